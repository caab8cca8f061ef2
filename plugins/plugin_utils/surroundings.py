# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands on the router around our rows: interfaces and their lists, networks, firewall rows of others.

Rows are read by path. A row that says nothing of a field does not have the key, and what looks like a number is one, be it a name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, summarize_address_range
from itertools import takewhile

from .intent import Lan, Wan
from .names import PREFIX, Found, Row
from .plan import ADDRESS_LIST, LISTS, MEMBERS, Intent

INTERFACES = "interface"
PORTS = "interface bridge port"
ADDRESSES = "ip address"
DHCP_CLIENTS = "ip dhcp-client"
DEVICE_MODE = "system device-mode"
FILTER = "ip firewall filter"


@dataclass(frozen=True)
class Network:
    """A network that the router is a part of, by an address of its own; of a point-to-point link it is the other end."""

    network: IPv4Network
    interface: str
    own: IPv4Address
    dynamic: bool = False


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
        return frozenset().union(*map(self.interfaces_of, self.intent.lans))

    def interfaces_of(self, lan: Lan) -> frozenset[str]:
        """The interfaces of one LAN side."""
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
        """The networks of all addresses. One that stands on a port of a bridge is the bridge's."""
        found = []
        for row in (row for row in self.found[ADDRESSES] if not row.get("disabled")):
            own, interface = IPv4Interface(str(row["address"])), str(row["interface"])
            network = IPv4Network(f"{row.get('network') or own.ip}/{own.network.prefixlen}", strict=False)
            found.append(Network(network, self.bridges.get(interface, interface), own.ip, bool(row.get("dynamic"))))
        return tuple(found)

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
    def spared(self) -> tuple[IPv4Network, ...]:
        """The networks that are not balanced."""
        return tuple(network for entry in self.intent.bypass for network in networks(entry))

    def is_spared(self, network: IPv4Network) -> bool:
        """Whether nothing that goes to this network is balanced."""
        return any(network.subnet_of(other) for other in self.spared)

    def is_own(self, network: IPv4Network) -> bool:
        """Whether this is an address of the router itself."""
        return network.prefixlen == 32 and network.network_address in self.own_addresses

    def is_here(self, network: IPv4Network) -> bool:
        """Whether an address of this network is the router's, or reached without a line."""
        return any(network.overlaps(other) for other in self.spared) or any(own in network for own in self.own_addresses)

    def address_list(self, name: str) -> tuple[IPv4Network, ...]:
        """The networks of an address list. A name in it has dynamic rows with its addresses beside it."""
        rows = (row for row in self.found[ADDRESS_LIST] if str(row.get("list")) == name and not row.get("disabled"))
        return tuple(network for row in rows for network in readable(row.get("address")))

    def foreign(self, path: str) -> Iterator[Row]:
        """Rows that are in force and not ours."""
        return (row for row in self.found[path] if not row.get("disabled") and not is_ours(row))

    def rows_of(self, path: str, chain: str, before: str = "") -> Iterator[Row]:
        """Rows of others in a built-in chain and in those that it jumps to; a row there has the matchers of the jump as well.

        :param before: only rows that stand before the one with this comment.
        """
        for row in takewhile(lambda row: not before or row.get("comment") != before, self.found[path]):
            if str(row.get("chain")) == chain and not row.get("disabled") and not is_ours(row):
                yield from self._with_targets(path, row, {chain})

    def _with_targets(self, path: str, row: Row, seen: Set[str]) -> Iterator[Row]:
        yield row
        target = str(row.get("jump-target"))
        if row.get("action") != "jump" or target in seen:
            return
        for inner in self.foreign(path):
            if str(inner.get("chain")) == target:
                yield from ({**matchers(row), **found} for found in self._with_targets(path, inner, {*seen, target}))

    def meets(self, row: Row, direction: str, interfaces: Iterable[str]) -> frozenset[str]:
        """Those of `interfaces` whose packets a row can meet, by its `direction`-interface (``in``, ``out``) and list of interfaces."""
        met = frozenset(interfaces)
        for key, members in (
            (f"{direction}-interface", lambda name: {name}),
            (f"{direction}-interface-list", self.members),
        ):
            if value := str(row.get(key) or ""):
                named = members(value.removeprefix("!"))
                met = met - named if value.startswith("!") else met & named
        return met


def members(found: Found, name: str, seen: Set[str] = frozenset()) -> frozenset[str]:
    """Return the interfaces of a list, with those of included lists and without those of excluded ones (manual, "Interface Lists")."""
    interfaces = {str(row["name"]): row for row in found[INTERFACES]}
    dynamic = frozenset(interface for interface, row in interfaces.items() if row.get("dynamic"))
    built_in = {"all": frozenset(interfaces), "none": frozenset[str](), "dynamic": dynamic}
    built_in["static"] = built_in["all"] - dynamic
    if name in built_in:
        return built_in[name]
    own = {str(row["interface"]) for row in found[MEMBERS] if str(row["list"]) == name and not row.get("disabled")}
    row = next((row for row in found[LISTS] if str(row["name"]) == name), {})
    for key, change in (("include", own.update), ("exclude", own.difference_update)):
        for other in _parts(row.get(key)):
            if other not in seen:
                change(members(found, other, {*seen, name}))
    return frozenset(own)


def bridges(found: Found) -> dict[str, str]:
    """Return the bridge of each interface that is a port of one."""
    return {str(row["interface"]): str(row["bridge"]) for row in found[PORTS] if not row.get("disabled")}


def device_mode(found: Found, features: Iterable[str]) -> Iterator[str]:
    """Yield what keeps features of the router off: its mode, or that it is flagged (manual, "Device-mode")."""
    for row in found.get(DEVICE_MODE, ()):
        if str(row.get("flagged", "no")).lower() in ("true", "yes"):
            yield (
                "/system device-mode: the router found a suspicious configuration and allows no fetch and no scheduler; "
                "look for what is not yours, then write /system device-mode update flagged=no, and press its button when it asks"
            )
        for feature in features:
            if str(row.get(feature, "yes")).lower() in ("false", "no"):
                yield (
                    f"/system device-mode {row.get('mode', '')}: {feature} is not allowed; "
                    f"write /system device-mode update {feature}=yes, then press the router's button when it asks"
                )


def is_ours(row: Row) -> bool:
    """Whether a row is one of this collection's."""
    return str(row.get("comment") or "").startswith(f"{PREFIX}:")


def label(row: Row) -> str:
    """What a sentence calls a row: its comment, else its id."""
    return f"'{row['comment']}'" if row.get("comment") else str(row.get(".id", "without a comment"))


def matchers(row: Row) -> Row:
    """The fields by which a firewall row chooses packets."""
    return {key: value for key, value in row.items() if key not in _NOT_MATCHERS and value not in ("", None)}


_NOT_MATCHERS = frozenset(
    {".id", "chain", "action", "comment", "disabled", "dynamic", "builtin", "invalid", "bytes", "packets", "log", "log-prefix"}
    | {"jump-target", "to-addresses", "to-ports", "randomise-ports", "same-not-by-dst"}
)


def networks(text: str) -> Iterator[IPv4Network]:
    """The networks of what RouterOS takes for addresses: an address, a prefix, or a range."""
    first, dash, last = text.partition("-")
    if dash:
        yield from summarize_address_range(IPv4Address(first), IPv4Address(last))
    else:
        yield IPv4Network(text, strict=False)


def readable(value: object) -> Iterator[IPv4Network]:
    """The networks of a field of a row, none of what cannot be read, such as a name or nothing at all."""
    with contextlib.suppress(ValueError):
        yield from networks(str(value or ""))


def _parts(value: object) -> list[str]:
    return [part for part in str(value or "").split(",") if part]
