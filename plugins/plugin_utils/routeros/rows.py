# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of a router as they are found.

They come by path, as community.routeros.api returns them: a row that says nothing of a field does not have the key, and what looks like a
number is one, be it a name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, summarize_address_range

from .names import PREFIX
from .paths import ADDRESSES, INTERFACES, LISTS, MEMBERS, PORTS

Row = dict[str, str | int | bool | None]
"""One entry of a RouterOS path, as community.routeros.api_modify takes it; None is for a field that is not to be there."""

Rows = Mapping[str, Sequence[Row]]
"""Rows by path, such as those of a plan."""

Found = Mapping[str, Sequence[Row]]
"""Rows of a router by path, as community.routeros.api returns them."""


ETHERNETS = frozenset({"ether", "bridge", "vlan", "bond", "wlan", "wifi", "wifiwave2", "vrrp", "macvlan"})
"""Types of interfaces behind which there is a network of hosts, as /interface shows them."""


def is_ethernet(interface: Row) -> bool:
    """Whether there is a network of hosts behind an interface; one that does not say what it is is a plain port."""
    return str(interface.get("type") or "ether") in ETHERNETS


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


def includes(found: Found, name: str, seen: Set[str] = frozenset()) -> frozenset[str]:
    """Return a list of interfaces by name, and all whose members are its own: those that it includes, and that these include."""
    inner = (other for row in found[LISTS] if str(row["name"]) == name for other in _parts(row.get("include")) if other not in seen)
    return frozenset({name}).union(*(includes(found, other, {*seen, name}) for other in inner))


def bridges(found: Found) -> dict[str, str]:
    """Return the bridge of each interface that is a port of one."""
    return {str(row["interface"]): str(row["bridge"]) for row in found[PORTS] if not row.get("disabled")}


@dataclass(frozen=True)
class Network:
    """A network that the router is a part of, by an address of its own; of a point-to-point link it is the other end."""

    network: IPv4Network
    interface: str
    own: IPv4Address
    dynamic: bool = False


def connected(found: Found) -> Iterator[Network]:
    """Yield the networks of all addresses that are in force. One that stands on a port of a bridge is the bridge's."""
    above = bridges(found)
    for row in (row for row in found[ADDRESSES] if not row.get("disabled")):
        own, interface = IPv4Interface(str(row["address"])), str(row["interface"])
        network = IPv4Network(f"{row.get('network') or own.ip}/{own.network.prefixlen}", strict=False)
        yield Network(network, above.get(interface, interface), own.ip, bool(row.get("dynamic")))


def is_ours(row: Row) -> bool:
    """Whether a row is one of this collection's."""
    return str(row.get("comment") or "").startswith(f"{PREFIX}:")


def table_of(route: Row) -> str:
    """The routing table that a route or a routing rule names; main where it names none."""
    return str(route.get("routing-table") or route.get("table") or "main")


def distance_of(route: Row) -> int:
    """The distance of a route; 0 where it shows none, as a connected one."""
    return int(str(route.get("distance") or 0))


def label(row: Row, rows: Sequence[Row] = ()) -> str:
    """What a sentence calls a row: its comment, else where it stands and what it takes. An id is no help to people.

    :param rows: all rows of its path, where its place among those of its chain is of use.
    """
    if str(row.get("comment") or "").strip():
        return f"'{row['comment']}'"
    if place := _place(row, rows):
        return f"row {place} of chain {row['chain']}{_in_brackets(row)}"
    where = {key: row[key] for key in ("chain", "action") if row.get(key)}
    told = {**where, **matchers(row)} if where else {key: row[key] for key in ("dst-address", "host", "name") if row.get(key)}
    return " ".join(f"{key}={value}" for key, value in told.items()) or "without a comment"


def labels(several: Iterable[Row], rows: Sequence[Row], beside: Set[str] = frozenset()) -> str:
    """What a sentence calls several of `rows`; those of one chain that differ in fields `beside` only, and have no comment, at once."""
    groups: dict[object, list[Row]] = {}
    for row in several:
        rest = {key: value for key, value in row.items() if key not in beside}
        named = str(row.get("comment") or "").strip()
        groups.setdefault(id(row) if named else (row.get("chain"), in_words(rest)), []).append(row)
    return ", ".join(label(group[0], rows) if len(group) == 1 else _labels(group, rows, beside) for group in groups.values())


def _labels(group: Sequence[Row], rows: Sequence[Row], beside: Set[str]) -> str:
    *places, last = (str(_place(row, rows)) for row in group)
    rest = {key: value for key, value in group[0].items() if key not in beside}
    return f"rows {', '.join(places)} and {last} of chain {group[0]['chain']}{_in_brackets(rest)}"


def _place(row: Row, rows: Sequence[Row]) -> int:
    """Which one of its chain a row is, counted from 1; 0 where it is none of `rows`."""
    alike = (other for other in rows if other.get("chain") == row.get("chain"))
    return next((place for place, other in enumerate(alike, 1) if other is row), 0)


def _in_brackets(row: Row) -> str:
    return f" ({in_words(row)})" if in_words(row) else ""


def in_words(row: Row) -> str:
    """The matchers of a firewall row, as they are written on the router."""
    return " ".join(f"{key}={value}" for key, value in matchers(row).items())


def matchers(row: Row) -> Row:
    """The fields by which a firewall row chooses packets."""
    return {key: value for key, value in row.items() if key not in _NOT_MATCHERS and value not in ("", None)}


_NOT_MATCHERS = frozenset(
    {".id", "chain", "action", "comment", "disabled", "dynamic", "builtin", "invalid", "inactive", "bytes", "packets", "log", "log-prefix"}
    | {"jump-target", "to-addresses", "to-ports", "randomise-ports", "same-not-by-dst", "reject-with", "hw-offload"}
    | {"new-connection-mark", "new-packet-mark", "new-routing-mark", "passthrough", "route-dst"}
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
