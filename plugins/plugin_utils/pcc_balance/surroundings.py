# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands on the router around our rows: interfaces and their lists, networks, firewall rows of others.

Rows are read by path. A row that says nothing of a field does not have the key, and what looks like a number is one, be it a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from itertools import takewhile

from ..lines import Lan, Wan
from ..routeros.names import BYPASS_LIST
from ..routeros.paths import ADDRESS_LIST, DHCP_CLIENTS, INTERFACES, ROUTES
from ..routeros.rows import Found, Network, Row, bridges, connected, is_ours, matchers, members, readable
from . import sides
from .intent import Intent

EVERY = {
    "all-ethernet": {"ether"},
    "all-ppp": {"ppp", "pppoe", "l2tp", "pptp", "sstp", "ovpn"},
    "all-vlan": {"vlan"},
    "all-wireless": {"wlan", "wifi"},
}
"""By the word that a row of the firewall may have for an interface, the types that it means; behind a dash they say which end it is."""


@dataclass(frozen=True)
class Surroundings:
    """A router, as somebody with this intent sees it."""

    intent: Intent
    found: Found

    @cached_property
    def interfaces(self) -> dict[str, Row]:
        """All interfaces by name."""
        return {str(row["name"]): row for row in self.found[INTERFACES]}

    @cached_property
    def wans(self) -> dict[str, Wan]:
        """The WANs by interface."""
        return {wan.interface: wan for wan in self.intent.wans}

    @cached_property
    def lan(self) -> frozenset[str]:
        """The interfaces from which connections are balanced."""
        return sides.segments(self, frozenset().union(*map(self.interfaces_of, self.intent.lans)))

    def interfaces_of(self, lan: Lan) -> frozenset[str]:
        """The interfaces of one LAN side."""
        if lan.is_everything:
            return sides.everything(self)
        return self.members(lan.name) if lan.is_list else frozenset({lan.name})

    def members(self, name: str) -> frozenset[str]:
        """The interfaces of a list."""
        return members(self.found, name)

    @cached_property
    def bridges(self) -> dict[str, str]:
        """The bridge of each interface that is a port of one."""
        return bridges(self.found)

    @cached_property
    def own_addresses(self) -> frozenset[IPv4Address]:
        """The router's own addresses."""
        return frozenset(here.own for here in self.networks)

    @cached_property
    def networks(self) -> tuple[Network, ...]:
        """The networks of all addresses."""
        return tuple(connected(self.found))

    def waits_for_address(self, interface: str) -> bool:
        """Whether a DHCP client is to bring the address of an interface that has none."""
        clients = {str(row.get("interface")) for row in self.found[DHCP_CLIENTS] if not row.get("disabled")}
        return interface in clients and all(here.interface != interface for here in self.networks)

    def connected(self) -> Iterator[Network]:
        """The networks of addresses that somebody wrote, but for those of WANs and addresses that stand alone."""
        for here in self.networks:
            if not here.dynamic and here.network != IPv4Network(here.own) and here.interface not in self.wans:
                yield here

    @cached_property
    def lan_networks(self) -> frozenset[IPv4Network]:
        """The networks that the router is a part of on the LAN's interfaces."""
        return frozenset(here.network for here in self.connected() if here.interface in self.lan)

    @cached_property
    def behind_lan(self) -> tuple[IPv4Network, ...]:
        """Those, and all to which a route leads, but for default routes."""
        routed = (network for row in self.foreign(ROUTES) for network in readable(row.get("dst-address")))
        return (*self.lan_networks, *(network for network in routed if network.prefixlen))

    @cached_property
    def spared(self) -> tuple[IPv4Network, ...]:
        """The networks that are not balanced: those of the intent, and what somebody has put into the list by hand."""
        by_hand = (row for row in self.foreign(ADDRESS_LIST) if row.get("list") == BYPASS_LIST)
        entries = (*self.intent.bypass, *(row.get("address") for row in by_hand))
        return tuple(network for entry in entries for network in readable(entry))

    def is_spared(self, network: IPv4Network) -> bool:
        """Whether nothing that goes to this network is balanced."""
        return any(network.subnet_of(other) for other in self.spared)

    def is_own(self, network: IPv4Network) -> bool:
        """Whether this is an address of the router itself."""
        return network.prefixlen == 32 and network.network_address in self.own_addresses

    def is_never_balanced(self, row: Row) -> bool:
        """Whether all destinations of a firewall row or a routing rule are the router's own addresses, or not balanced."""
        if row.get("dst-address-type") == "local":
            return True
        for key, read in (("dst-address", readable), ("dst-address-list", self.address_list)):
            value = str(row.get(key) or "!")
            if not value.startswith("!") and all(self.is_spared(network) or self.is_own(network) for network in read(value)):
                return True
        return False

    def is_here(self, network: IPv4Network) -> bool:
        """Whether an address of this network is the router's, or reached without a line."""
        return any(network.overlaps(other) for other in self.spared) or any(own in network for own in self.own_addresses)

    def address_list(self, name: str) -> tuple[IPv4Network, ...]:
        """The networks of an address list. A name in it has dynamic rows with its addresses beside it."""
        return self._address_lists.get(name, ())

    @cached_property
    def _address_lists(self) -> dict[str, tuple[IPv4Network, ...]]:
        """A list may have thousands of entries, and many rows may name it."""
        lists: dict[str, list[IPv4Network]] = {}
        for row in self.found[ADDRESS_LIST]:
            if not row.get("disabled"):
                lists.setdefault(str(row.get("list")), []).extend(readable(row.get("address")))
        return {name: tuple(entries) for name, entries in lists.items()}

    def foreign(self, path: str) -> Iterator[Row]:
        """Rows that are in force and not ours."""
        return (row for row in self.found.get(path, ()) if not row.get("disabled") and not is_ours(row))

    def rows_of(self, path: str, chain: str, before: str = "") -> Iterator[Row]:
        """Rows of others in a built-in chain and in those that it jumps to; a row there has the matchers of the jump as well.

        :param before: only rows that stand before the one with this comment.
        """
        return (met for row in self._of_chain(path, chain, before) for met, _jumps in self.ways(path, row))

    def _of_chain(self, path: str, chain: str, before: str) -> Iterator[Row]:
        rows = takewhile(lambda row: not before or row.get("comment") != before, self.found.get(path, ()))
        return (row for row in rows if str(row.get("chain")) == chain and not row.get("disabled") and not is_ours(row))

    def ways(self, path: str, row: Row, jumps: tuple[Row, ...] = ()) -> Iterator[tuple[Row, tuple[Row, ...]]]:
        """A row, and those that it jumps to, with the matchers of the jumps; behind each the rows as found, from the first jump on."""
        yield row, (*jumps, row)
        target = str(row.get("jump-target"))
        if row.get("action") != "jump" or any(str(jump.get("chain")) == target for jump in (*jumps, row)):
            return
        for inner in self.foreign(path):
            if str(inner.get("chain")) == target:
                yield from (({**matchers(row), **met}, passed) for met, passed in self.ways(path, inner, (*jumps, row)))

    def _called(self, name: str) -> frozenset[str]:
        """The interface of this name, or all of a kind: ``all-ppp`` and the like (schema 7.22.3)."""
        if name not in EVERY:
            return frozenset({name})
        return frozenset(there for there, row in self.interfaces.items() if str(row.get("type")).partition("-")[0] in EVERY[name])

    def meets(self, row: Row, direction: str, interfaces: Iterable[str]) -> frozenset[str]:
        """Those of `interfaces` whose packets a row can meet, by its `direction`-interface (``in``, ``out``) and list of interfaces."""
        met = frozenset(interfaces)
        for key, named_by in (
            (f"{direction}-interface", self._called),
            (f"{direction}-interface-list", self.members),
        ):
            if value := str(row.get(key) or ""):
                named = named_by(value.removeprefix("!"))
                met = met - named if value.startswith("!") else met & named
        return met
