# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WANs to routing tables and default routes.

Each WAN has a table: its own gateway first, the others after it by tier and weight, a blackhole last, so that marked traffic always has
a way and never leaves by a route that is not ours. What is not balanced has a table too (`MAIN_TABLE`), with all WANs and without a
blackhole: where no WAN has a usable route, packets go on to main, where a last-resort route of the user's may stand.

Two routing rules lead there: the first looks into main without its default routes, which thus stay as their owner has them, and the
second into the table of the WANs. `min-prefix=0` is Linux' ``suppress_prefixlength 0`` (manual, "Policy Routing"), and at least six
unrelated public set-ups of RouterOS 7 have this pair of rules. **The second one alone takes the LAN away**: it finds a default route for
what is in the router's own networks (a router was lost so). So the first one stands before it at every moment, and a rule that is not as
it should be is never set but written anew, because rules that were set have been reported not to match (7.16).

Among usable routes of one destination and table the lowest distance wins, and equal distances would become one ECMP route: distances
are unique in each table (MikroTik's manual, "Routing Decision"). Routes give every field that a read-back shows, distance and table
always: a route that hides them would be written again in each run.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from ..drains import DISTANCE
from ..health import BLACKHOLE_DISTANCE, DEMOTION
from ..lines import Wan, heaviest_first, route_gateway
from ..routeros.names import BALANCE, MAIN_TABLE, comment, mark
from ..routeros.rows import Row
from ..routeros.spelling import DEFAULT_DESTINATION

FIRST_DISTANCE = 1

SPECIFIC, DEFAULT = comment(BALANCE, "rule", "specific"), comment(BALANCE, "rule", "default")
"""The comments of the two routing rules."""


RULE_FIELDS = (
    *("action", "table", "min-prefix", "disabled", "comment"),
    *("src-address", "dst-address", "interface", "routing-mark", "realm", "vrf", "inactive", "invalid"),
)
"""What a routing rule does and whom it is for; the chain is one of the router's own words for its place (7.22)."""


def rule_rows() -> list[Row]:
    """Return the routing rules for what is not balanced, in order."""
    return [
        {"action": "lookup", "table": "main", "min-prefix": 0, "disabled": False, "comment": SPECIFIC},
        {"action": "lookup", "table": MAIN_TABLE, "disabled": False, "comment": DEFAULT},
    ]


def table_rows(wans: Sequence[Wan]) -> list[Row]:
    """Return one routing table per WAN, and the one of what is not balanced.

    `fib` is a flag: without it the routes of a table forward nothing (manual, "Policy Routing"), and it reads back empty, so only the
    empty value is idempotent (observed with community.routeros).
    """
    tables = {**{wan.name: mark(wan.name) for wan in _marked(wans)}, "main": MAIN_TABLE}
    return [{"name": table, "fib": "", "disabled": False, "comment": comment(BALANCE, "table", name)} for name, table in tables.items()]


def route_rows(
    wans: Sequence[Wan],
    check_gateway: str = "ping",
    down: Set[str] = frozenset(),
    unmarked: Sequence[Wan] = (),
    drained: Set[str] = frozenset(),
) -> list[Row]:
    """Return the default routes of all tables, those of what is not balanced last, and of these the healthy ones first.

    So when they move here from main, where an older release has them, there is no moment without one.

    :param down: the names of the WANs that are out of use.
    :param unmarked: all WANs in the order in which what is not balanced tries them; by tier and weight unless it is given.
    :param drained: the names of the WANs that are drained: what is not balanced tries them later, connections with their mark stay.
    """
    order = heaviest_first(wans)
    rows: list[Row] = []
    for own in _marked(wans):
        table = mark(own.name)
        rows += _table(own.name, table, [own, *(wan for wan in order if wan is not own)], wans, check_gateway, down)
        rows.append(
            {
                "dst-address": DEFAULT_DESTINATION,
                "blackhole": "",
                "distance": BLACKHOLE_DISTANCE,
                "routing-table": table,
                "disabled": False,
                "comment": comment(BALANCE, "route", own.name, "blackhole"),
            }
        )
    main = _table("main", MAIN_TABLE, unmarked or order, wans, check_gateway, down)
    for row, wan in zip(main, unmarked or order, strict=True):
        row["distance"] = int(row["distance"] or 0) + DISTANCE * (wan.name in drained)
    return rows + sorted(main, key=lambda row: int(row["distance"] or 0))


def _marked(wans: Sequence[Wan]) -> Sequence[Wan]:
    """The WANs that connections are marked for: one alone needs no mark."""
    return wans if len(wans) > 1 else ()


def _table(name: str, table: str, order: Sequence[Wan], wans: Sequence[Wan], check_gateway: str, down: Set[str]) -> list[Row]:
    rows: list[Row] = []
    for distance, wan in enumerate(order, FIRST_DISTANCE):
        row: Row = {
            "dst-address": DEFAULT_DESTINATION,
            "gateway": route_gateway(wan, wans),
            "distance": distance + DEMOTION * (wan.name in down),
            "routing-table": table,
            "disabled": False,
            "comment": comment(BALANCE, "route", name, wan.name),
        }
        if wan.gateway.addresses and check_gateway != "none":
            row["check-gateway"] = check_gateway
        rows.append(row)
    return rows
