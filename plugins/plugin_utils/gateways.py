# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gateways as a router knows them: the one of a lease, and an address that is not clear without its interface.

Two modems may have one network. An address in it says nothing of the interface then, and the router takes one of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address

from .lines import NOWHERE, AddressGateway, Gateway, LeaseGateway, Wan
from .routeros.names import BALANCE, comment
from .routeros.paths import DHCP_CLIENTS, ROUTES
from .routeros.rows import Found, Row, connected

NOBODY = "0.0.0.0"
"""A server that names no gateway may be shown so."""
_SPARE = (NOWHERE, IPv4Address("198.51.100.254"), IPv4Address("203.0.113.254"))
"""Addresses that are kept for documentation (RFC 5737): somebody may have a network of them all the same."""


def resolved(wans: Sequence[Wan], found: Found) -> tuple[Wan, ...]:
    """Return the WANs with their gateways as the router with the rows `found` knows them.

    A lease that is not there leaves the gateway as it is on the router: the control script looks after it. The same holds for an
    interface that a route names: the other network may be away for an hour.
    """
    return tuple(replace(wan, gateway=_known(wan, found)) for wan in wans)


def is_without_lease(wan: Wan) -> bool:
    """Whether a WAN, as the router knows it, waits for the gateway of a lease."""
    return isinstance(wan.gateway, LeaseGateway) and wan.gateway.address is None


def lease(found: Found, interface: str) -> IPv4Address | None:
    """Return the gateway of the lease of an interface."""
    clients = (row for row in found[DHCP_CLIENTS] if str(row.get("interface")) == interface and not row.get("disabled"))
    return next(filter(None, map(given, clients)), None)


def given(client: Row) -> IPv4Address | None:
    """Return the gateway that a DHCP client shows while it is bound (manual, "DHCP Client"), for the control script as well; None where it
    shows none, or the address of nobody."""
    gateway = str(client.get("gateway") or NOBODY)
    return None if gateway == NOBODY else IPv4Address(gateway)


def _known(wan: Wan, found: Found) -> Gateway:
    gateway, written = wan.gateway, _written(wan, found)
    if isinstance(gateway, LeaseGateway):
        nowhere = next((address for address in _SPARE if not _beside(found, address)), NOWHERE)
        return LeaseGateway(lease(found, wan.interface) or written, nowhere)
    if isinstance(gateway, AddressGateway):
        unclear = len(_beside(found, gateway.address)) > 1 or written == gateway.address
        return replace(gateway, named=gateway.named or unclear)
    return gateway


def _beside(found: Found, address: IPv4Address) -> frozenset[str]:
    """The interfaces in whose networks an address is."""
    return frozenset(here.interface for here in connected(found) if address in here.network)


def _written(wan: Wan, found: Found) -> IPv4Address | None:
    """The gateway of a WAN on the router, where it has the interface behind it."""
    ours = comment(BALANCE, "route", "main", wan.name)
    for row in found.get(ROUTES, ()):
        address, _percent, interface = str(row.get("gateway") or "").partition("%")
        if row.get("comment") == ours and interface == wan.interface:
            with suppress(ValueError):  # somebody may have written something else
                return IPv4Address(address)
    return None
