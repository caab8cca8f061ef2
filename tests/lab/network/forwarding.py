# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's addresses, routes and routing rules, as the kernel of its namespace has to have them.

RouterOS decides in this order [MAN:Moving from v6 to v7] D: routing mark, local addresses, the user's rules, main.
The kernel's rules get preferences in that order. Only routes in use are put into the kernel, so a marked packet whose
table has no way falls through to the steps behind [MAN:Policy Routing] D.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Interface, ip_network

from ..router.paths import path
from ..router.routes import Route, compute_routes
from ..router.rows import id_text
from ..router.store import Router
from .devices import device_names

MARK_MASK = 0xFFFF
"""The part of a packet's mark that is its routing mark, the number of a table."""

MAIN = 254
LOCAL = 255
FIRST_TABLE = 1000
"""Tables beside main have this number and their row's id on top."""

MARK_PREFERENCE, LOCAL_PREFERENCE, USER_PREFERENCE, MAIN_PREFERENCE = 10, 100, 1000, 32766


class NotPlayed(Exception):
    """A row that the lab's network cannot put into effect; the message names it."""


@dataclass(frozen=True)
class Address:
    """An address on a device."""

    device: str
    address: str
    prefix_length: int


@dataclass(frozen=True)
class Way:
    """A route of the kernel.

    :param hops: gateways and devices; either may be empty.
    """

    table: int
    destination: str
    hops: tuple[tuple[str, str], ...]
    source: str = ""
    blackhole: bool = False


@dataclass(frozen=True)
class Rule:
    """A rule of policy routing."""

    preference: int
    table: int = 0
    mark: int = 0
    action: str = "to_tbl"
    source: str = ""
    destination: str = ""
    device: str = ""
    suppress: int = -1


def table_numbers(router: Router) -> dict[str, int]:
    """The kernel's number of each routing table that forwards, by name [MAN:Policy Routing] D: those with ``fib``."""
    return {
        str(row.values["name"]): FIRST_TABLE + row.id if row.id else MAIN
        for row in router.table(path("routing table"))
        if "fib" in row.values and row.values.get("disabled") != "true"
    }


def addresses(router: Router) -> Iterator[Address]:
    """The enabled IPv4 addresses of all interfaces."""
    names = device_names(router)
    for row in router.table(path("ip address")):
        device = names.get(router.text(row.values["interface"]))
        if row.values.get("disabled") != "true" and device:
            address = IPv4Interface(router.text(row.values["address"]))
            yield Address(device, str(address.ip), address.network.prefixlen)


def ways(router: Router) -> Iterator[Way]:
    """The routes in use; several connected routes to one network become one with several hops."""
    names, numbers = device_names(router), table_numbers(router)
    in_use: dict[tuple[int, str], list[Route]] = {}
    for route in compute_routes(router):
        if route.active and route.table in numbers:
            in_use.setdefault((numbers[route.table], str(route.network)), []).append(route)
    for (table, destination), routes in in_use.items():
        if any(route.blackhole for route in routes):
            yield Way(table, destination, (), blackhole=True)
            continue
        hops = [_hop(text, names) for route in routes for text in route.immediate]
        yield Way(table, destination, tuple(dict.fromkeys(hops)), source=_source(router, routes[0]))


def _hop(immediate: str, names: dict[str, str]) -> tuple[str, str]:
    address, _, interface = immediate.partition("%") if "%" in immediate else ("", "", immediate)
    return address, names[interface]


def _source(router: Router, route: Route) -> str:
    if route.row is None:
        return route.local_address.partition("%")[0]
    preferred = router.text(route.row.values.get("pref-src", ""))
    return preferred if preferred != "0.0.0.0" else ""


def rules(router: Router) -> Iterator[Rule]:
    """The rules, most important first."""
    numbers = table_numbers(router)
    for name, number in numbers.items():
        if name != "main":
            yield Rule(MARK_PREFERENCE, number, mark=number)
    yield Rule(LOCAL_PREFERENCE, LOCAL)
    for position, row in enumerate(router.table(path("routing rule"))):
        if row.values.get("disabled") != "true":
            written = {name: router.text(value) for name, value in row.values.items()}
            yield from _user_rules(router, written, USER_PREFERENCE + 2 * position, id_text(row.id))
    yield Rule(MAIN_PREFERENCE, MAIN)


_ACTIONS = {"lookup": "to_tbl", "lookup-only-in-table": "to_tbl", "drop": "blackhole", "unreachable": "unreachable"}
_RULE_PROPERTIES = frozenset(
    {"action", "table", "src-address", "dst-address", "interface", "routing-mark", "min-prefix", "disabled", "comment"}
)


def _user_rules(router: Router, row: dict[str, str], preference: int, number: str) -> Iterator[Rule]:
    """A row of /routing/rule. ``lookup-only-in-table`` is a look-up, and behind it the refusal of what found no way.

    :raises NotPlayed: for steps and conditions that the lab's network does not know.
    """
    label = f"/routing rule {number} {row.get('comment', '')}".rstrip()
    action = row.get("action", "lookup")
    strange = [name for name in row if name not in _RULE_PROPERTIES]
    if action not in _ACTIONS:
        strange.append(f"action={action}")
    if strange:
        raise NotPlayed(f"{label}: the lab's network does not play {', '.join(strange)}")
    names, numbers = device_names(router), table_numbers(router)
    rule = Rule(
        preference,
        table=numbers.get(row.get("table", "main"), 0) if _ACTIONS[action] == "to_tbl" else 0,
        mark=numbers.get(row["routing-mark"], 0) if "routing-mark" in row else 0,
        action=_ACTIONS[action],
        source=_prefix(row.get("src-address", "")),
        destination=_prefix(row.get("dst-address", "")),
        device=names.get(row["interface"], "") if "interface" in row else "",
        suppress=int(row["min-prefix"]) if "min-prefix" in row else -1,
    )
    yield rule
    if action == "lookup-only-in-table":
        yield replace(rule, preference=preference + 1, table=0, action="unreachable", suppress=-1)


def _prefix(text: str) -> str:
    return str(ip_network(text)) if text else ""
