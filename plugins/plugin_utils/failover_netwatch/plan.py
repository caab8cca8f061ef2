# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of failover: what watches the lines, and what acts on it.

Each WAN has a routing table of its own for its probes: its gateway, and a blackhole behind it, so that a probe never leaves by another
line. Only ICMP of the router itself to the probed addresses goes by it (chain output); where users' traffic to these addresses goes is
not touched. The control script (script.py) does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from .. import scheduler
from ..health import BLACKHOLE_DISTANCE, unchecked
from ..lines import Wan, route_gateway
from ..routeros.names import FAILOVER, PREFIX, comment, probe_table
from ..routeros.paths import ADDRESS_LIST, MANGLE, NETWATCH, ROUTES, SCHEDULER, SCRIPTS, TABLES
from ..routeros.rows import Found, Row, Rows
from ..routeros.spelling import DEFAULT_DESTINATION, span
from ..routeros.steps import Step, add, clear, clear_left, write
from .intent import Intent
from .netwatch import SCRIPT, as_shown, netwatch_rows

CHAIN_PROBE = f"{PREFIX}-probe"

#: All that the script needs, and within what hooks of netwatch may do (manual, "Netwatch"). A script with a wider policy never starts.
POLICY = "read,write,test"


def plan(intent: Intent, source: str, down: Set[str] = frozenset()) -> dict[str, list[Row]]:
    """Return all rows by path.

    `source` is the text of the control script, `down` names the WANs that are out of use: they stay so.
    """
    wans = intent.wans
    return {
        TABLES: [
            {"name": probe_table(wan.name), "fib": "", "disabled": False, "comment": comment(FAILOVER, "table", wan.name)} for wan in wans
        ],
        ROUTES: [row for wan in wans for row in _route_rows(wan, wans)],
        MANGLE: _mangle_rows(intent),
        SCRIPTS: [
            {
                "name": SCRIPT,
                "source": source,
                "policy": POLICY,
                "dont-require-permissions": False,
                "comment": comment(FAILOVER, "script"),
            }
        ],
        NETWATCH: [row for wan in wans for row in netwatch_rows(intent, wan, wan.name in down)],
        SCHEDULER: [
            {
                "name": SCRIPT,
                **scheduler.start(),
                "interval": span(intent.schedule),
                "on-event": SCRIPT,
                "policy": POLICY,
                "disabled": False,
                "comment": comment(FAILOVER, "scheduler"),
            }
        ],
    }


def _route_rows(wan: Wan, wans: Sequence[Wan]) -> Iterator[Row]:
    """The line, and nothing behind it. Without check-gateway: the probes themselves tell when a gateway is back."""
    common: Row = {
        "dst-address": DEFAULT_DESTINATION,
        "routing-table": probe_table(wan.name),
        "disabled": False,
    }
    yield {
        **common,
        "gateway": route_gateway(wan, wans),
        "distance": 1,
        "comment": comment(FAILOVER, "route", wan.name),
    }
    yield {
        **common,
        "blackhole": "",
        "distance": BLACKHOLE_DISTANCE,
        "comment": comment(FAILOVER, "route", wan.name, "blackhole"),
    }


def _mangle_rows(intent: Intent) -> list[Row]:
    """The router's own pings to probed addresses, and nothing else, go by the tables of the probes.

    Whatever mark their connection has: rows of others may mark the answers by the line that they come in on.
    """
    rows: list[Row] = [
        {
            "chain": CHAIN_PROBE,
            "action": "mark-routing",
            "dst-address": address,
            "new-routing-mark": probe_table(wan.name),
            "passthrough": False,
            "comment": comment(FAILOVER, "way", wan.name, address),
        }
        for wan in intent.wans
        for address in intent.probes[wan.name]
    ]
    enter: Row = {
        "chain": "output",
        "action": "jump",
        "protocol": "icmp",
        "jump-target": CHAIN_PROBE,
        "comment": comment(FAILOVER, "enter"),
    }
    return [*rows, enter]


def uncheck(found: Found) -> list[Step]:
    """Return what takes `check-gateway` from the routes of pcc_balance that `found` has: from now on the probes judge.

    It is for a run that does not write the plan of pcc_balance itself.
    """
    rows = unchecked(found)
    return [add(ROUTES, rows)] if rows else []


def apply_steps(rows: Rows, found: Found) -> list[Step]:
    """Return what to write on a router that has the rows `found`, in order.

    Tables and routes come before the probes that use them, and the script before what runs it. What is left of earlier plans goes last.
    """
    written = {**rows, NETWATCH: list(as_shown(rows[NETWATCH], found.get(NETWATCH, ())))}
    return [
        *(add(path, written[path]) for path in (TABLES, ROUTES)),
        *(write(FAILOVER, path, written[path]) for path in (MANGLE, SCRIPTS, NETWATCH, SCHEDULER)),
        *clear_left(FAILOVER, (ROUTES, TABLES), written, found),
    ]


def remove_steps() -> list[Step]:
    """Return what to write, in order, to take every row of ours away: what runs the script first."""
    return [clear(FAILOVER, path) for path in (SCHEDULER, NETWATCH, SCRIPTS, MANGLE, ROUTES, TABLES, ADDRESS_LIST)]
