# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is not balanced: which line it goes by, and whether that may be decided for the owner of the router.

It has no mark: traffic of the router itself, of networks that are no LAN of ours, connections that are older than us. Until we come it
goes by the default route of main. It goes by the same line afterwards, and fails over, where that route is by one of the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from ..drains import DISTANCE
from ..findings import Finding
from ..lines import Wan, balanced, heaviest_first, route_gateway
from ..routeros.names import BALANCE, comment
from ..routeros.paths import MANGLE, ROUTES, ROUTING, RULES
from ..routeros.rows import Found, Row, distance_of, is_ours, label, readable, table_of
from ..routeros.spelling import DEFAULT_DESTINATION
from .intent import LINES, MAIN
from .surroundings import Surroundings

FACTORY_ORDER = "mangle,vrf-lookup,vrf-unreach,local,user,main"
"""The factory value of ``policy-rules`` in /routing/settings (7.22; observed)."""

MARKS_FIRST = (("mangle", "main"),)
"""What has to come before what in it, whatever the role has: marks before main, whose default route takes all."""
ORDERS = (("mangle", "user"), *MARKS_FIRST, ("local", "user"), ("user", "main"))
"""Where the role has rules: marks and the router's own addresses before rules, and rules before main."""

_DEPTH = 3
"""So many recursive gateways are followed."""


@dataclass(frozen=True)
class Default:
    """A default route of main that is not ours.

    :param interfaces: those by which it goes; none of a blackhole, or where that cannot be known.
    """

    row: Row
    distance: int
    interfaces: frozenset[str]

    @property
    def is_active(self) -> bool:
        """Whether the router uses it."""
        return bool(self.row.get("active"))


def defaults(router: Surroundings) -> list[Default]:
    """Return the default routes of main that are not ours, the nearest first."""
    rows = [row for row in router.foreign(ROUTES) if _is_in_main(row) and row.get("dst-address") == DEFAULT_DESTINATION]
    there = [Default(row, distance_of(row), exits(router, row)) for row in rows]
    return sorted(there, key=lambda default: default.distance)


def exits(router: Surroundings, row: Row, depth: int = _DEPTH) -> frozenset[str]:
    """Return the interfaces by which a route goes: what the router says, else where its gateways are."""
    hops = str(row.get("immediate-gw") or row.get("gateway") or "").split(",")
    return frozenset().union(*(_exits_of_hop(router, hop, depth) for hop in hops if hop))


def order(router: Surroundings) -> list[Wan]:
    """Return all WANs in the order in which what is not balanced tries them.

    First by tier. Of a tier, first the one that the user names, else the one that is first on the router already, else the one that
    main's own default route uses: so the first run moves no packet. The others as they stand on the router, new ones by weight. A line
    that has another name now is known by its gateway.
    """
    wans = router.intent.wans
    known = _on_the_router(router.found)
    renamed = {gateway: place for place, (name, gateway) in enumerate(known) if name not in {wan.name for wan in wans}}
    by_name = {name: place for place, (name, _gateway) in enumerate(known)}
    places = {wan.name: by_name.get(wan.name, renamed.get(route_gateway(wan, wans), len(known))) for wan in wans}
    chosen = router.intent.options.first_wan or ("" if known else line_of_main(router))
    return sorted(heaviest_first(wans), key=lambda wan: (wan.tier, wan.name != chosen, places[wan.name]))


def choices(router: Surroundings) -> Iterator[Finding]:
    """What has to be decided before the first write."""
    unmarked = router.intent.options.unmarked
    yield from _order_of_rules(router, MARKS_FIRST if unmarked == MAIN else ORDERS)
    if unmarked in (MAIN, LINES):
        return
    yield from _other_ways(router)
    yield from _main_without_default(router)


def remarks(router: Surroundings) -> Iterator[Finding]:
    """What the user should know."""
    yield from _first_line(router)
    yield from _last_resorts(router)


def _last_resorts(router: Surroundings) -> Iterator[Finding]:
    """Linux hides default routes from a rule with `suppress_prefixlength`, but no blackhole (tried); of RouterOS it is not known."""
    there = [default for default in defaults(router) if router.intent.options.unmarked != MAIN]
    for default in there[1:]:
        if not default.interfaces and "blackhole" in default.row:
            problem = "while no other default route of main is left, it may take what is not balanced, although there are lines"
            place = f"/ip route {label(default.row)} of distance {default.distance}"
            yield Finding(place, problem, "remove it: while a line is there, packets have a way", refuses=False, kind="blackhole")


def _first_line(router: Surroundings) -> Iterator[Finding]:
    """By which line the first run sends what is not balanced, where it cannot stay where it is."""
    options = router.intent.options
    if _on_the_router(router.found) or options.first_wan or options.unmarked == MAIN or line_of_main(router):
        return
    active = [default for default in defaults(router) if default.is_active]
    used = sorted({router.wans[name].name for default in active for name in default.interfaces & router.wans.keys()})
    why = f"main's default route goes by {' and '.join(used)}" if used else "main has no active default route by a line"
    problem = f"{why}, so what is not balanced goes by {order(router)[0].name} first"
    yield Finding("", problem, "write pcc_balance_first_wan for another one", refuses=False, kind="first-wan")


def _on_the_router(found: Found) -> list[tuple[str, str]]:
    """The names and gateways of the WANs in the order that is on the router, as it is while all are well.

    One line alone is in no order: no rule leads to its route, so what is not balanced goes where main says, and nobody has decided yet
    by which of two lines. A route that is disabled may hide its distance (observed); it is not what packets follow now.
    """
    prefix = f"{comment(BALANCE, 'route', 'main')}:"
    routes = [row for row in found.get(ROUTES, ()) if str(row.get("comment") or "").startswith(prefix)]
    routes.sort(key=lambda row: (row.get("distance") is None, distance_of(row) % DISTANCE))
    return [(str(row["comment"]).removeprefix(prefix), str(row.get("gateway") or "")) for row in routes] if len(routes) > 1 else []


def line_of_main(router: Surroundings) -> str:
    """The name of the WAN of the lowest tier that main's one active default route uses, if there is such a one."""
    active = [default for default in defaults(router) if default.is_active]
    used = frozenset().union(*(default.interfaces for default in active))
    names = [wan.name for wan in balanced(router.intent.wans) if {wan.interface} == used]
    return names[0] if names and len(active) == 1 else ""


def _other_ways(router: Surroundings) -> Iterator[Finding]:
    """Default routes by none of the lines, unless they are behind one that is by a line: they are what carries the traffic now."""
    there = defaults(router)
    best = min((default.distance for default in there if default.interfaces & router.wans.keys()), default=None)
    refuses = best is not None or not _on_the_router(router.found)  # once all lines are out, a last resort is what is left
    for default in there:
        if default.interfaces & router.wans.keys() or (best is not None and default.distance > best):
            continue
        way = default.row.get("gateway") or "blackhole"
        problem = f"a default route of distance {default.distance} in main by none of the lines, so it is not known what is to follow it"
        remedy = (
            "write multiwan_unmarked: lines where all that is not balanced is to go by the lines, "
            "or multiwan_unmarked: main where it is to go on as now, without failover"
        )
        yield Finding(f"/ip route {label(default.row)} by {way}", problem, remedy, refuses=refuses, kind="default-route")


def _main_without_default(router: Surroundings) -> Iterator[Finding]:
    """Somebody who leads packets by tables of their own may want that others have no way."""
    if defaults(router) or _on_the_router(router.found):
        return
    leading = [*_rules_to_tables(router.foreign(RULES)), *_marks_to_tables(router.foreign(MANGLE))]
    if leading:
        problem = (
            f"main has no default route, and {leading[0]} leads to a table of its own: what is not balanced may be meant to have no way"
        )
        remedy = "write multiwan_unmarked: main where that is so, or multiwan_unmarked: lines"
        yield Finding("/ip route", problem, remedy, kind="default-route")


def _rules_to_tables(rows: Iterable[Row]) -> Iterator[str]:
    return (f"/routing rule {label(row)}" for row in rows if table_of(row) != MAIN)


def _marks_to_tables(rows: Iterable[Row]) -> Iterator[str]:
    return (f"/ip firewall mangle {label(row)}" for row in rows if str(row.get("new-routing-mark") or MAIN) != MAIN)


def _order_of_rules(router: Surroundings, orders: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Of 7.22 and newer; before, the order was always that of the factory (manual, "Moving from v6 to v7")."""
    for row in router.found[ROUTING]:
        steps = str(row.get("policy-rules") or "").split(",")
        places = {step: place for place, step in enumerate(steps)}
        wrong = [(first, then) for first, then in orders if first in places and then in places and places[first] > places[then]]
        if wrong:
            first, then = wrong[0]
            effect = "nothing would be balanced" if first == "mangle" else "the two routing rules of the role would not do their work"
            problem = f"'{then}' comes before '{first}', so {effect}"
            mend = f"/routing settings set policy-rules={FACTORY_ORDER}"
            yield Finding(f"/routing settings policy-rules={','.join(steps)}", problem, command=mend, kind="policy-rules")


def _exits_of_hop(router: Surroundings, hop: str, depth: int) -> frozenset[str]:
    address, _percent, interface = hop.partition("%")
    if interface or hop in router.interfaces:
        name = interface or hop
        return frozenset({router.bridges.get(name, name)})
    try:
        target = IPv4Address(address)
    except ValueError:
        return frozenset()
    direct = frozenset(here.interface for here in router.networks if target in here.network)
    # a line that is out may have lost its address with its lease, and its gateway is known all the same
    written = frozenset(wan.interface for wan in router.intent.wans if target in wan.gateway.addresses)
    return direct or written or _recursive(router, target, depth)


def _recursive(router: Surroundings, target: IPv4Address, depth: int) -> frozenset[str]:
    """By a route to the gateway: the one with the longest prefix (manual, "IP Routing", recursive gateways)."""
    ways: Mapping[int, Sequence[Row]] = {}
    for row in router.foreign(ROUTES):
        for network in readable(row.get("dst-address")):
            if network.prefixlen and target in network and _is_in_main(row):
                ways = {**ways, network.prefixlen: [*ways.get(network.prefixlen, ()), row]}
    if not ways or not depth:
        return frozenset()
    return frozenset().union(*(exits(router, row, depth - 1) for row in ways[max(ways)]))


def _is_in_main(row: Row) -> bool:
    return not is_ours(row) and table_of(row) == MAIN
