# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's addresses, routes and routing rules, as the kernel of its namespace has to have them.

RouterOS decides in this order [MAN:Moving from v6 to v7] D: routing mark, local addresses, the user's rules, main; from
7.22 on in that of ``/routing/settings policy-rules``. The kernel's rules get preferences in that order. Only routes in
use are put into the kernel, so a marked packet whose table has no way falls through to the steps behind [MAN:Policy Routing] D.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface, ip_network

from ..router.addresses import parse_ip
from ..router.interfaces import actual_interface
from ..router.paths import path
from ..router.routes import Hop, Route, compute_routes
from ..router.rows import Row, id_text
from ..router.store import Router
from .devices import device_names
from .firewall.matchers import FASTTRACKED
from .played import NotPlayed, is_dangling

MARK_MASK = 0xFFFF
"""The part of a packet's mark that is its routing mark, the number of a table."""

MAIN = 254
LOCAL = 255
FIRST_TABLE = 1000
"""Tables beside main have this number and their row's id on top."""

DECISIONS = ("mangle", "vrf-lookup", "vrf-unreach", "local", "user", "main")
"""The order of decisions from the factory, and before 7.22 [MAN:Moving from v6 to v7] D. VRFs are not played."""
STEP = 100_000
"""Preferences of a decision, and behind it of the rows in the chain of its name."""
FAST_PATH = FASTTRACKED
"""The bit of a packet's mark that says that it is fasttracked, and that FastTrack looks at main only."""


@dataclass(frozen=True)
class Address:
    """An address on a device.

    :param origin: the row that it stands for, in words; the same below.
    """

    device: str
    address: str
    prefix_length: int
    origin: str = field(default="", compare=False)


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
    origin: str = field(default="", compare=False)

    @property
    def place(self) -> tuple[int, str]:
        """The table and the destination, of which the kernel has one route."""
        return self.table, self.destination


@dataclass(frozen=True)
class Rule:
    """A rule of policy routing.

    :param mark: None for packets with any mark or none.
    :param mask: the bits of the mark that are looked at.
    """

    preference: int
    table: int = 0
    mark: int | None = None
    mask: int = MARK_MASK
    action: str = "to_tbl"
    source: str = ""
    destination: str = ""
    device: str = ""
    suppress: int = -1
    origin: str = field(default="", compare=False)


TABLE = path("routing table")


def table_numbers(router: Router) -> dict[str, int]:
    """The kernel's number of each routing table, by name."""
    return {str(row.values["name"]): FIRST_TABLE + row.id if row.id else MAIN for row in router.table(TABLE)}


def _forwarding_tables(router: Router) -> set[str]:
    """Tables whose routes are the kernel's too: those with ``fib`` [MAN:Policy Routing] D."""
    found = (row.values for row in router.table(TABLE) if "fib" in row.values)
    return {str(values["name"]) for values in found if values.get("disabled") != "true"}


def _label(router: Router, menu: str, row: Row) -> str:
    """A row in words."""
    comment = router.written(row, "comment")
    return f"{menu} {id_text(row.id)}{f' ({comment})' if comment else ''}"


def addresses(router: Router) -> Iterator[Address]:
    """The enabled IPv4 addresses of all interfaces."""
    names = device_names(router)
    for row in router.table(path("ip address")):
        below = router.referenced_row(row.values["interface"])
        device = names.get(actual_interface(router, *below)[1].name or "") if below else None
        if row.values.get("disabled") != "true" and device:
            address = IPv4Interface(router.text(row.values["address"]))
            yield Address(device, str(address.ip), address.network.prefixlen, _label(router, "/ip address", row))


def ways(router: Router) -> Iterator[Way]:
    """The routes in use; several connected routes to one network become one with several hops.

    :raises NotPlayed: for an enabled route, in use or not, with something that the lab's network does not know.
    """
    names, numbers, forwarding = device_names(router), table_numbers(router), _forwarding_tables(router)
    in_use: dict[tuple[int, str], list[Route]] = {}
    for route in compute_routes(router):
        if route.row is not None:
            _check_route(router, route, route.row)
        if route.active and route.table in forwarding:
            in_use.setdefault((numbers[route.table], str(route.network)), []).append(route)
    for (table, destination), routes in in_use.items():
        origin = ", ".join(_label(router, "/ip route", route.row) for route in routes if route.row)
        if any(route.blackhole for route in routes):
            yield Way(table, destination, (), blackhole=True, origin=origin)
            continue
        hops = [_hop(text, names) for route in routes for text in route.immediate]
        yield Way(table, destination, tuple(dict.fromkeys(hops)), source=_source(router, routes[0]), origin=origin)


_ROUTE_PROPERTIES = frozenset(
    {"dst-address", "gateway", "distance", "scope", "target-scope", "routing-table", "blackhole", "check-gateway", "pref-src"}
    | {"disabled", "comment"}
)


def _check_route(router: Router, route: Route, row: Row) -> None:
    """RouterOS takes any address as ``pref-src`` [GPL] I, the kernel only its own."""
    strange = [f"{name}={router.written(row, name)}" for name in row.values if name not in _ROUTE_PROPERTIES]
    strange += [f"gateway={hop.text}" for hop in route.hops if not _is_known(hop)]
    if route.check == "bfd":
        strange.append("check-gateway=bfd")
    source = _source(router, route)
    if source and source not in {address.address for address in addresses(router)}:
        strange.append(f"pref-src={source}, which is no address of the router")
    if strange:
        raise NotPlayed(f"{_label(router, '/ip route', row)}: the lab's network does not play {', '.join(strange)}")


def _is_known(hop: Hop) -> bool:
    """An interface, an IPv4 address, or both. An address is looked up in main [MAN:Moving from v6 to v7] D, said or not."""
    target = parse_ip(hop.address) if hop.address else None
    if target is not None and target.version != 4:
        return False
    return "@" not in hop.text or hop.text == f"{hop.address}@main"


def _hop(immediate: str, names: dict[str, str]) -> tuple[str, str]:
    address, _, interface = immediate.partition("%") if "%" in immediate else ("", "", immediate)
    return address, names[interface]


def _source(router: Router, route: Route) -> str:
    if route.row is None:  # a default that somebody gave says nothing of its source
        return route.local_address.partition("%")[0]
    preferred = router.text(route.row.values.get("pref-src", ""))
    return preferred if preferred != "0.0.0.0" else ""


def rules(router: Router) -> Iterator[Rule]:
    """The rules, most important first."""
    if not router.traits.fasttrack_follows_rules:
        yield Rule(1, LOCAL, mark=FAST_PATH, mask=FAST_PATH)
        yield Rule(2, MAIN, mark=FAST_PATH, mask=FAST_PATH)
    rows = [row for row in router.table(path("routing rule")) if row.values.get("disabled") != "true" and not is_dangling(router, row)]
    if router.traits.min_prefix_needs_specifics:
        rows = [row for row in rows if "min-prefix" not in row.values or _has_specifics(router, row)]
    for number, decision in enumerate(decisions(router), start=1):
        yield from _decision(router, decision, STEP * number)
        own = [row for row in rows if router.text(row.values.get("chain", "user")) == decision]
        for position, row in enumerate(own):
            written = {name: router.text(value) for name, value in row.values.items()}
            yield from _user_rules(router, written, STEP * number + 1 + 2 * position, _label(router, "/routing rule", row))


def decisions(router: Router) -> tuple[str, ...]:
    """The order of decisions. Rows of ``/routing/rule`` stand right behind the decision that their chain is named after, in
    ``user`` where they name none [MAN:routing rule] D; that rows of a chain that is not in the order play no part is I."""
    (settings,) = router.table(path("routing settings"))[:1] or (None,)
    written = router.text(settings.values.get("policy-rules", "")) if settings else ""
    return tuple(name.strip() for name in written.split(",")) if written else DECISIONS


def _decision(router: Router, name: str, preference: int) -> Iterator[Rule]:
    """What RouterOS itself looks at: a table for each mark, its own addresses, main."""
    if name == "mangle":
        for table, number in table_numbers(router).items():
            if table != "main":
                yield Rule(preference, number, mark=number)
    elif name in ("local", "main"):
        yield Rule(preference, LOCAL if name == "local" else MAIN)


def _has_specifics(router: Router, row: Row) -> bool:
    """Whether the table of a rule has a route in use that is no default."""
    table = router.text(row.values.get("table", "main"))
    return any(route.active and route.table == table and route.network.prefixlen for route in compute_routes(router))


_ACTIONS = {"lookup": "to_tbl", "lookup-only-in-table": "to_tbl", "drop": "blackhole", "unreachable": "unreachable"}
_RULE_PROPERTIES = frozenset(
    {"action", "table", "src-address", "dst-address", "interface", "routing-mark", "min-prefix", "chain", "disabled", "comment"}
)


def _user_rules(router: Router, row: dict[str, str], preference: int, label: str) -> Iterator[Rule]:
    """A row of /routing/rule. ``lookup-only-in-table`` is a look-up, and behind it the refusal of what found no way.

    :raises NotPlayed: for steps and conditions that the lab's network does not know.
    """
    action = row.get("action", "lookup")
    strange = [name for name in row if name not in _RULE_PROPERTIES]
    if action not in _ACTIONS:
        strange.append(f"action={action}")
    if strange:
        raise NotPlayed(f"{label}: the lab's network does not play {', '.join(strange)}")
    names, numbers = device_names(router), table_numbers(router)
    rule = Rule(
        preference,
        table=numbers[row.get("table", "main")] if _ACTIONS[action] == "to_tbl" else 0,
        mark=_mark(row["routing-mark"], numbers) if "routing-mark" in row else None,
        action=_ACTIONS[action],
        source=_prefix(row.get("src-address", "")),
        destination=_prefix(row.get("dst-address", "")),
        device=names[row["interface"]] if "interface" in row else "",
        suppress=min(int(row["min-prefix"]), 32) if "min-prefix" in row else -1,
        origin=label,
    )
    yield rule
    if action == "lookup-only-in-table":
        yield replace(rule, preference=preference + 1, table=0, action="unreachable", suppress=-1)


def _mark(name: str, numbers: dict[str, int]) -> int:
    """The mark of the packets for a table; as in the firewall those for main have none."""
    return 0 if name == "main" else numbers[name]


def _prefix(text: str) -> str:
    return str(ip_network(text)) if text else ""
