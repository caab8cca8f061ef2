# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""By which route a packet leaves: marks, the router's own addresses, the routing rules, main, in the order of the router.

The order is that of the manual ("Moving from v6 to v7", "Routing Decision"); from 7.22 on it stands in /routing/settings, and a rule stands
behind the step that its `chain` is named after. A table without a way that can be used leads to the next step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..pcc_balance.unmarked import FACTORY_ORDER, exits
from ..routeros.names import BALANCE, PREFIX, comment
from ..routeros.paths import ROUTES, ROUTING, RULES
from ..routeros.rows import Row, distance_of, is_ours, label, readable, table_of
from .packets import Packet, Scene, meets

LOCAL, NOWHERE, BESIDE, LINE, UNSURE = "local", "nowhere", "beside", "line", "unsure"
"""What a way leads to: the router itself; nothing at all; an interface that is no line's; a line; nobody can know."""


@dataclass(frozen=True)
class Way:
    """Where a packet goes.

    :param kind: one of the words above.
    :param line: its name; empty for none.
    :param interfaces: those by which it leaves.
    :param passed: the rules and routes that led there, in order.
    :param table: the table of the route.
    :param doubt: why nobody can know.
    :param asks: the row that asks for what cannot be known.
    """

    kind: str
    line: str = ""
    interfaces: frozenset[str] = frozenset()
    passed: tuple[Row, ...] = ()
    table: str = ""
    doubt: str = ""
    asks: Row | None = None


def way(scene: Scene, packet: Packet) -> Way:
    """Return where a packet goes, as its addresses and its routing mark are now."""
    rules = [row for row in scene.found.get(RULES, ()) if not row.get("disabled")]
    for step in _order(scene):
        found = _step(scene, step, packet)
        if found is not None:
            return found
        for rule in rules:
            if str(rule.get("chain") or "user") == step and (found := _by_rule(scene, rule, packet)):
                return found
    return Way(NOWHERE)


def _order(scene: Scene) -> Sequence[str]:
    written = (str(row.get("policy-rules") or "") for row in scene.found.get(ROUTING, ()))
    return [step.strip() for step in (next(filter(None, written), "") or FACTORY_ORDER).split(",")]


def _step(scene: Scene, step: str, packet: Packet) -> Way | None:
    if step == "mangle" and packet.routing_mark:
        return _by_table(scene, packet.routing_mark, packet)
    if step == "local" and scene.kind_of(packet.destination) in ("local", "broadcast"):
        return Way(LOCAL)
    if step == "main" and not scene.asked:
        return Way(UNSURE, doubt="main's own routes decide, and no router was asked")
    return _by_table(scene, "main", packet) if step == "main" else None


def _by_rule(scene: Scene, rule: Row, packet: Packet) -> Way | None:
    met, unsure = meets(scene, rule, packet)
    if met is False:
        return None
    action = str(rule.get("action") or "lookup")
    place = f"/routing/rule {label(rule)}"
    if met is None:
        return Way(UNSURE, passed=(rule,), doubt=f"{place} asks for {unsure}", asks=rule)
    if action in ("drop", "unreachable"):
        return Way(NOWHERE, passed=(rule,))
    if action not in ("lookup", "lookup-only-in-table"):
        return Way(UNSURE, passed=(rule,), doubt=f"{place} has action={action}")
    shortest = rule.get("min-prefix")
    found = _by_table(scene, table_of(rule), packet, -1 if shortest in (None, "") else int(str(shortest)))
    if found is None:
        return Way(NOWHERE, passed=(rule,)) if action == "lookup-only-in-table" else None
    return Way(found.kind, found.line, found.interfaces, (rule, *found.passed), found.table, found.doubt, found.asks)


def _by_table(scene: Scene, table: str, packet: Packet, suppress: int = -1) -> Way | None:
    """The way by a table, if it has one that is longer than `suppress`.

    A blackhole that such a rule would hide is hidden by some and not by others: of RouterOS it is not known (see unmarked.py).
    """
    best = _best(scene, table, packet)
    if not best:
        return None
    length = next(network.prefixlen for network in readable(best[0].get("dst-address")) if packet.destination in network)
    hidden = length <= suppress
    if any("blackhole" in row or row.get("type") in ("blackhole", "unreachable", "prohibit") for row in best):
        told = f"/ip/route {label(best[0])} is a blackhole, and whether the rule hides it is not known"
        return Way(UNSURE, passed=tuple(best), table=table, doubt=told) if hidden else Way(NOWHERE, passed=tuple(best), table=table)
    return None if hidden else _by_routes(scene, table, best)


def _by_routes(scene: Scene, table: str, best: Sequence[Row]) -> Way:
    """Several ways at once (ECMP) are dealt by a hash of their own."""
    names = {wan.interface: wan.name for wan in scene.intent.wans}
    out, unknown = frozenset[str](), ""
    for row in best:
        interfaces = _interfaces(scene, row)
        out |= interfaces
        unknown = unknown or ("" if interfaces else f"{row.get('gateway')}, which is not known")
    line = next((names[interface] for interface in sorted(out) if interface in names), "")
    if line and len(out) > 1:
        unknown = unknown or f"{' and '.join(sorted(out))} at once"
    if unknown:
        return Way(UNSURE, passed=tuple(best), table=table, doubt=f"/ip/route {label(best[0])} leads by {unknown}")
    return Way(LINE if line else BESIDE, line, out, tuple(best), table)


def _best(scene: Scene, table: str, packet: Packet) -> list[Row]:
    """The routes in use of the longest prefix that has any: what the router calls active, else the nearest of those that can be used.

    A route that can be used and waits is neither active nor inactive (manual, "IP Routing", flags).
    """
    by_length: dict[int, list[Row]] = {}
    for row in scene.found.get(ROUTES, ()):
        if table_of(row) == table and not row.get("disabled") and not row.get("inactive"):
            for network in readable(row.get("dst-address")):
                if packet.destination in network:
                    by_length.setdefault(network.prefixlen, []).append(row)
    if not by_length:
        return []
    longest = by_length[max(by_length)]
    if active := [row for row in longest if row.get("active")]:
        return active
    nearest = min(map(distance_of, longest))
    return [row for row in longest if distance_of(row) == nearest]


def _interfaces(scene: Scene, row: Row) -> frozenset[str]:
    """The interfaces by which a route leads. One of ours is named after its line: without a router, or a lease, its gateway says less."""
    out = exits(scene.router, row)
    wan = scene.wan(next(_named(row), "")) if is_ours(row) and not out else None
    return out if wan is None else frozenset({wan.interface})


def _named(row: Row) -> Iterator[str]:
    """The line that a route of ours is named after."""
    text = str(row.get("comment") or "")
    if text.startswith((comment(BALANCE, "route", ""), f"{PREFIX}:failover_netwatch:")):
        yield text.rpartition(":")[2]
