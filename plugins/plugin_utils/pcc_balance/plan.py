# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan: all rows that balancing wants on the router, and the safe order in which to write them."""

from __future__ import annotations

from collections.abc import Sequence, Set

from ..health import check_gateway
from ..lines import Lan, Wan
from ..routeros.names import BALANCE, BYPASS_LIST, LAN_LIST, comment
from ..routeros.paths import ADDRESS_LIST, LISTS, MANGLE, MEMBERS, NAT, ROUTES, TABLES
from ..routeros.rows import Found, Row, Rows
from ..routeros.steps import Step, add, clear, clear_left, write
from .chains import mangle_rows
from .intent import Intent, Options, solve_buckets
from .nat import nat_rows
from .routes import route_rows, table_rows


def mark_table(wans: Sequence[Wan], options: Options, down: Set[str] = frozenset(), prefix: str = "pcc_balance_") -> list[Row]:
    """Return the mangle rows; errors name ``prefix + key``."""
    classifiers = options.classifier_tcp, options.classifier_udp
    return mangle_rows(wans, solve_buckets(wans, options, prefix), *classifiers, options.bypass_services, down)


def plan(intent: Intent, down: Set[str] = frozenset(), probed: bool = False, exempt: Sequence[Row] = ()) -> dict[str, list[Row]]:
    """Return all rows by path.

    `down` names the WANs that are out of use. `probed` says that probes judge the lines (see `health.check_gateway`).
    `exempt` are rows that keep what NAT of others leaves untranslated as it is (see `exemptions`).
    """
    wans, lans, options = intent.wans, intent.lans, intent.options
    return {
        LISTS: _lan_list(lans),
        MEMBERS: [
            {"list": LAN_LIST, "interface": lan.name, "comment": comment(BALANCE, "lan", lan.name)} for lan in lans if not lan.is_list
        ],
        ADDRESS_LIST: [
            {"list": BYPASS_LIST, "address": network, "comment": comment(BALANCE, "bypass", network)} for network in intent.bypass
        ],
        TABLES: table_rows(wans),
        ROUTES: route_rows(wans, check_gateway(options.check_gateway, probed), down),
        NAT: nat_rows(wans, exempt) if options.nat else [],
        MANGLE: mark_table(wans, options, down),
    }


def apply_steps(rows: Rows, found: Found | None = None) -> list[Step]:
    """Return what to write, in order, to bring a router on which `found` is to the plan.

    What marks lead to is written before the marks, and what old marks led to is removed after them: at no moment is a connection marked
    for a table without a route.
    """
    return [
        *(write(BALANCE, path, rows[path]) for path in (LISTS, MEMBERS, ADDRESS_LIST)),
        *(add(path, rows[path]) for path in (TABLES, ROUTES, NAT)),
        write(BALANCE, MANGLE, rows[MANGLE]),
        *clear_left(BALANCE, (NAT, ROUTES, TABLES), rows, found or {}),
    ]


def remove_steps() -> list[Step]:
    """Return what to write, in order, to take every row of ours away: the marks first, then what they led to."""
    return [clear(BALANCE, path) for path in (MANGLE, NAT, ROUTES, TABLES, ADDRESS_LIST, MEMBERS, LISTS)]


def _lan_list(lans: Sequence[Lan]) -> list[Row]:
    row: Row = {"name": LAN_LIST, "comment": comment(BALANCE, "lan")}
    if included := ",".join(lan.name for lan in lans if lan.is_list):
        row["include"] = included
    return [row]
