# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines whose gateway is that of a lease: the DHCP client that gets it, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..findings import COMMAND, Finding
from ..gateways import given
from ..lines import LEASED, AddressGateway, LeaseGateway, Wan
from ..routeros.names import BALANCE, comment
from ..routeros.paths import ADDRESSES, DHCP_CLIENTS
from ..routeros.rows import Row, is_ours
from ..routeros.spelling import word
from .sides import WIREGUARD
from .surroundings import EVERY, Surroundings

WITHOUT_DHCP = EVERY["all-ppp"] | {"lte", WIREGUARD}
"""Kinds of interfaces that have no DHCP server at their other end."""


def client_rows(router: Surroundings) -> list[Row]:
    """Return a DHCP client of ours for each line that needs a lease and has none of its owner's.

    Without a default route in main, which would compete with those of its owner. The rest is as RouterOS has it by itself.
    """
    return [
        {
            "interface": wan.interface,
            "add-default-route": False,
            "disabled": False,
            "comment": comment(BALANCE, "lease", wan.name),
        }
        for _place, wan in _leased(router)
        if not _clients(router, wan)
    ]


def leases(router: Surroundings, probed: bool) -> Iterator[Finding]:
    """What is wrong with the leases, or worth knowing.

    :param probed: whether role failover_netwatch is there, whose script follows them.
    """
    for place, wan in _leased(router):
        interface, clients = wan.interface, _clients(router, wan)
        if not probed:
            remedy = "run role failover_netwatch as well, or write the gateway's address"
            yield Finding(place, "the control script of role failover_netwatch is what follows a lease", remedy, kind="dhcp")
        if clients:
            yield from _unbound(router, place, wan, clients)
        elif str(router.interfaces.get(interface, {}).get("type")).partition("-")[0] in WITHOUT_DHCP:
            yield Finding(place, f"'{interface}' is no interface for DHCP", f"write {interface}: it is the gateway itself", kind="dhcp")
        elif by_hand := _written_addresses(router, interface):
            problem = f"'{interface}' has no DHCP client, but the address {', '.join(by_hand)}"
            yield Finding(place, problem, "write the provider's gateway, or remove the address", kind="dhcp")
        elif ours := _clients(router, wan, ours=True):
            yield from _without_lease(router, place, wan, ours)
        else:
            problem = f"'{interface}' has no DHCP client, so the role adds one, and {wan.name} is used once it has a lease"
            yield Finding(place, problem, refuses=False, kind="no-lease")
    yield from _kept(router)


def _kept(router: Surroundings) -> Iterator[Finding]:
    """A client of ours goes with the word for it, and the address that it has got goes with the client."""
    for index, wan in enumerate(router.intent.wans):
        if isinstance(wan.gateway, AddressGateway) and _clients(router, wan, ours=True) and not _written_addresses(router, wan.interface):
            problem = f"the address of '{wan.interface}' is from the role's own DHCP client, which goes with it"
            keeps = f'/ip dhcp-client set [find interface={word(wan.interface)}] comment="lease of {wan.name}"'
            remedy = f"write {LEASED}, or the address that it is to have on the router, or keep the client by {COMMAND}"
            yield Finding(f"multiwan_wans[{index}].gateway", problem, remedy, keeps, kind="dhcp")


def _unbound(router: Surroundings, place: str, wan: Wan, clients: Sequence[Row]) -> Iterator[Finding]:
    if all(row.get("disabled") for row in clients):
        problem = f"the DHCP client of '{wan.interface}' is disabled, so that {wan.name} is not used"
        mend = f"/ip dhcp-client enable [find interface={word(wan.interface)}]"
        yield Finding(place, problem, command=mend, refuses=False, kind="no-lease")
    else:
        yield from _without_lease(router, place, wan, clients)


def _without_lease(router: Surroundings, place: str, wan: Wan, clients: Sequence[Row]) -> Iterator[Finding]:
    gateway = next(filter(None, map(given, clients)), None)
    if gateway in router.own_addresses:
        problem = f"the lease of '{wan.interface}' names {gateway} as the gateway, an address of the router itself"
        yield Finding(place, problem, f"{wan.name} is used once it has another one", refuses=False, kind="no-lease")
    elif gateway is None:
        has = "a lease without a gateway" if any(row.get("address") for row in clients) else "no lease"
        yield Finding(place, f"'{wan.interface}' has {has} now", f"{wan.name} is used once it has one", refuses=False, kind="no-lease")


def _leased(router: Surroundings) -> Iterator[tuple[str, Wan]]:
    """The lines whose gateway is that of a lease, each behind its place in the user's data."""
    for index, wan in enumerate(router.intent.wans):
        if isinstance(wan.gateway, LeaseGateway) and wan.interface in router.interfaces:
            yield f"multiwan_wans[{index}].gateway", wan


def _clients(router: Surroundings, wan: Wan, *, ours: bool = False) -> list[Row]:
    """The DHCP clients on the interface of a line: those of others, or ours."""
    return [row for row in router.found[DHCP_CLIENTS] if str(row.get("interface")) == wan.interface and is_ours(row) is ours]


def _written_addresses(router: Surroundings, interface: str) -> list[str]:
    rows = (row for row in router.foreign(ADDRESSES) if str(row.get("interface")) == interface and not row.get("dynamic"))
    return [str(row["address"]) for row in rows]
