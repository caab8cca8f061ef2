# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan: all rows that balancing wants on the router, and the safe order in which to write them."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from ..drains import left
from ..health import check_gateway
from ..lines import Lan, Wan
from ..routeros.names import BALANCE, BYPASS_LIST, LAN_LIST, comment, owned
from ..routeros.paths import ADDRESS_LIST, LISTS, MANGLE, MEMBERS, NAT, ROUTES, RULES, TABLES
from ..routeros.rows import Found, Row, Rows
from ..routeros.steps import Step, add, clear, clear_left, clear_mangle, is_placed, last, write
from .chains import mangle_rows
from .handover import HANDOVER_SECONDS, handover_rows
from .intent import MAIN, Intent, Options, solve_buckets, solve_periods
from .nat import nat_rows
from .routes import DEFAULT, RULE_FIELDS, SPECIFIC, route_rows, rule_rows, table_rows


def mark_table(
    wans: Sequence[Wan], options: Options, down: Set[str] = frozenset(), prefix: str = "pcc_balance_", hotspot: bool = False
) -> list[Row]:
    """Return the mangle rows; errors name ``prefix + key``. With one WAN there is nothing to tell apart, and none of them."""
    classifiers = options.classifier_tcp, options.classifier_udp
    if len(wans) == 1:
        return []
    buckets, at_times = solve_buckets(wans, options, prefix), solve_periods(wans, options, prefix)
    return mangle_rows(wans, buckets, *classifiers, options.bypass_services, down, hotspot, at_times)


def plan(
    intent: Intent,
    down: Set[str] = frozenset(),
    probed: bool = False,
    unmarked: Sequence[Wan] = (),
    exempt: Sequence[Row] = (),
    lans: Sequence[Lan] = (),
    drained: Set[str] = frozenset(),
) -> dict[str, list[Row]]:
    """Return all rows by path.

    `down` names the WANs that are out of use. `probed` says that probes judge the lines (see `health.check_gateway`). `unmarked` has all
    WANs in the order in which what is not balanced tries them (see `unmarked.order`). `exempt` are rows that keep what NAT of others
    leaves untranslated as it is (see `exemptions`). `lans` are the LAN sides as they are on the router (see `sides`), without which there
    are those that the user has named. `drained` names the WANs that somebody has drained (see `drains`).

    One WAN by itself has nothing to be balanced with: main stays alone with what goes where, and the route of the WAN says whether it is
    out of use.
    """
    wans, options = intent.wans, intent.options
    several = len(wans) > 1
    lans = lans or [lan for lan in intent.lans if not lan.is_everything]
    return {
        LISTS: _lan_list(lans),
        MEMBERS: [
            {"list": LAN_LIST, "interface": lan.name, "comment": comment(BALANCE, "lan", lan.name)} for lan in lans if not lan.is_list
        ],
        ADDRESS_LIST: [bypass_row(network) for network in intent.bypass] if several else [],
        TABLES: table_rows(wans),
        ROUTES: route_rows(wans, check_gateway(options.check_gateway, probed), down, unmarked, drained),
        NAT: nat_rows(wans, exempt) if options.nat else [],
        MANGLE: mark_table(wans, options, left(wans, down, drained), hotspot=any(lan.has_hotspot for lan in lans)),
        RULES: rule_rows() if several and options.unmarked != MAIN else [],
    }


def bypass_row(network: str) -> Row:
    """Return the row that keeps connections to a network from being balanced."""
    return {"list": BYPASS_LIST, "address": network, "comment": comment(BALANCE, "bypass", network)}


def apply_steps(rows: Rows, found: Found | None = None) -> list[Step]:
    """Return what to write, in order, to bring a router on which `found` is to the plan.

    What marks lead to is written before the marks, and what old marks led to is removed after them: at no moment is a connection marked
    for a table without a route. The routing rules come last, when the marks keep older sessions on their line; but before the routes
    that a release before 0.2 has in main, so that these have a way at every moment while they move.
    """
    found = found or {}
    rules = rule_steps(rows[RULES], found)
    early, late = (rules, []) if _has_routes_in_main(found) else ([], rules)
    return [
        *(write(BALANCE, path, rows[path]) for path in (LISTS, MEMBERS, ADDRESS_LIST)),
        add(TABLES, rows[TABLES]),
        *early,
        *(add(path, rows[path]) for path in (ROUTES, NAT)),
        write(BALANCE, MANGLE, rows[MANGLE]),
        *late,
        *(write(BALANCE, path, rows.get(path, ())) for path in _elsewhere(rows, found)),
        *clear_left(BALANCE, (NAT, ROUTES, TABLES), rows, found),
    ]


def rule_steps(rows: Sequence[Row], found: Found) -> list[Step]:
    """Return what brings the routing rules to these `rows`, of which the first guards the second at every moment (see routes.py)."""
    there = [row for row in found.get(RULES, ()) if row.get("comment") in (SPECIFIC, DEFAULT)]
    if rows and are_rules(there):
        step = last(RULES, rows)
        return [] if is_placed(step, found[RULES]) else [step]
    cleared = [clear(BALANCE, RULES)] if there else []
    return [*cleared, *([write(BALANCE, RULES, rows)] if rows else [])]


def are_rules(there: Sequence[Row]) -> bool:
    """Whether these rows of the router are the two rules, in order, and do what they are for."""
    return [_said(row) for row in there] == [_said(row) for row in rule_rows()]


def _said(rule: Row) -> Row:
    """What a routing rule says: a number may be 0, which is not the same as nothing."""
    return {field: value for field, value in rule.items() if field in RULE_FIELDS and value is not None and value is not False}


def _has_routes_in_main(found: Found) -> bool:
    ours = f"{comment(BALANCE, 'route', 'main')}:"
    return any(str(row.get("comment") or "").startswith(ours) and row.get("routing-table") == "main" for row in found.get(ROUTES, ()))


def remove_steps(found: Found | None = None) -> list[Step]:
    """Return what to write, in order, to take every row of ours away: rules and marks first, then what they led to.

    Where rows of others route marks to the same gateways, our connections get these marks before.
    """
    handed = handover_rows(found or {})
    paths = (*_elsewhere({}, found or {}), *_PATHS)
    cleared = (step for path in paths for step in (clear_mangle(BALANCE) if path == MANGLE else [clear(BALANCE, path)]))
    if not handed:
        return list(cleared)
    hand_over = add(MANGLE, handed)
    hand_over["rest"] = HANDOVER_SECONDS
    return [hand_over, *cleared]


def _elsewhere(rows: Rows, found: Found) -> list[str]:
    """The paths beside those of each plan that have rows of ours, or are to have some."""
    there = {path for path in found if any(re.match(owned(BALANCE), str(row.get("comment") or "")) for row in found[path])}
    return sorted((there | {path for path in rows if rows[path]}) - {*_PATHS})


_PATHS = (RULES, MANGLE, NAT, ROUTES, TABLES, ADDRESS_LIST, MEMBERS, LISTS)
"""Those of each plan, in the order in which they are cleared."""


def _lan_list(lans: Sequence[Lan]) -> list[Row]:
    row: Row = {"name": LAN_LIST, "comment": comment(BALANCE, "lan")}
    if included := ",".join(lan.name for lan in lans if lan.is_list):
        row["include"] = included
    return [row]
