# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections of ours, given to balancing by hand: for a moment, while ours goes, they get the marks by which its rows route.

A connection that runs would lose its line when our rows go. So each gets the mark that leads to a table whose default route has the gateway
of its line. What sends no packet in that moment is not reached.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..routeros.names import BALANCE, comment, mark
from ..routeros.paths import MANGLE, ROUTES
from ..routeros.rows import Found, Row, distance_of, is_ours, table_of
from ..routeros.spelling import DEFAULT_DESTINATION

HANDOVER = comment(BALANCE, "handover")
HANDOVER_SECONDS = 2.0
"""So long they work alone: a connection that runs sends a packet in that time."""


def handover_rows(found: Found) -> list[Row]:
    """Return rows of mangle that give our connections to rows of others that route known marks; none where there are no such rows."""
    gateways = _gateways(found)
    marks = {gateways[table]: name for name, table in _known(found) if table in gateways}
    routing = (row for row in found.get(MANGLE, ()) if is_ours(row) and row.get("action") == "mark-routing")
    ours = dict.fromkeys(str(row.get("new-routing-mark")) for row in routing)
    return [
        {
            "chain": chain,
            "action": "mark-connection",
            "connection-mark": table,
            "new-connection-mark": marks[gateways[table]],
            "passthrough": True,
            "comment": f"{HANDOVER}:{table.removeprefix(mark(''))}:{chain}",
        }
        for table in ours
        if gateways.get(table) in marks
        for chain in ("forward", "input")
    ]


def _known(found: Found) -> Iterator[tuple[str, str]]:
    """The marks and tables of rows of others that route what is marked in the LAN's direction, the first one last."""
    for row in reversed(found.get(MANGLE, ())):
        wanted = str(row.get("connection-mark") or "!")
        routes = row.get("action") == "mark-routing" and row.get("chain") != "output"
        if routes and not wanted.startswith("!") and wanted != "no-mark" and not is_ours(row) and not row.get("disabled"):
            yield wanted, str(row.get("new-routing-mark"))


def _gateways(found: Found) -> dict[str, str]:
    """By table, the gateway of its best default route."""
    best: dict[str, tuple[int, str]] = {}
    for row in found.get(ROUTES, ()):
        table = table_of(row)
        if row.get("dst-address") == DEFAULT_DESTINATION and not row.get("disabled") and table != "main" and row.get("gateway"):
            route = distance_of(row), str(row.get("immediate-gw") or row["gateway"])
            best[table] = min(best.get(table, route), route)
    return {table: gateway for table, (_distance, gateway) in best.items()}
