# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of failover: what watches the lines, and what acts on it.

Each WAN has a routing table of its own for its probes: its gateway, and a blackhole behind it, so that a probe never leaves by another
line. Only ICMP of the router itself to the probed addresses goes by it (chain output); where users' traffic to these addresses goes is
not touched. The control script (script.py) does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from .. import scheduler
from ..device_mode import allows
from ..drains import left
from ..health import BLACKHOLE_DISTANCE, healthy, unchecked
from ..lines import Wan, balanced, route_gateway
from ..releases import of_router
from ..routeros.names import FAILOVER, PREFIX, comment, probe_table
from ..routeros.paths import ADDRESS_LIST, MANGLE, NETWATCH, ROUTES, SCHEDULER, SCRIPTS, TABLES, menu
from ..routeros.rows import Found, Row, Rows
from ..routeros.spelling import DEFAULT_DESTINATION, span
from ..routeros.steps import Forget, Step, add, clear, clear_left, clear_mangle, write
from . import flows
from .intent import Intent, checks_of
from .netwatch import EARLY_FROM, PORTS, SCRIPT, State, as_shown, clock_row, netwatch_rows

CHAIN_PROBE = f"{PREFIX}-probe"

#: All that the script needs, and within what hooks of netwatch may do (manual, "Netwatch"). A script with a wider policy never starts.
POLICY = "read,write,test"


@dataclass(frozen=True)
class Router:
    """What the plan has to know of a router.

    :param schedules: whether its device-mode allows the scheduler; where it does not, netwatch is the clock.
    :param ends_early: whether netwatch can end a test as soon as it has failed.
    """

    schedules: bool = True
    ends_early: bool = False


ANY = Router()


def router(found: Found) -> Router:
    """Return what the plan has to know of a router that has the rows `found`."""
    return Router(allows(found, "scheduler"), of_router(found) >= EARLY_FROM)


def plan(
    intent: Intent, source: str, down: Set[str] = frozenset(), on: Router = ANY, drained: Set[str] = frozenset()
) -> dict[str, list[Row]]:
    """Return all rows by path.

    `source` is the text of the control script, `down` names the WANs that are out of use: they stay so. `on` is the router. `drained`
    names the WANs that somebody has drained.
    """
    wans = intent.wans
    carry = {wan.name for wan in healthy(wans, left(wans, down, drained)) or balanced(wans)}
    states = {wan.name: State(wan.name in carry, wan.name in down) for wan in wans}
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
        NETWATCH: [
            *(row for wan in wans for row in netwatch_rows(intent, wan, states[wan.name], on.ends_early)),
            *([] if on.schedules else [clock_row(intent.schedule)]),
        ],
        SCHEDULER: [_schedule(intent)] if on.schedules else [],
    }


def _schedule(intent: Intent) -> Row:
    return {
        "name": SCRIPT,
        **scheduler.start(),
        "interval": span(intent.schedule),
        "on-event": SCRIPT,
        "policy": POLICY,
        "disabled": False,
        "comment": comment(FAILOVER, "scheduler"),
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
    """The router's own pings to probed addresses, and its connections to the ports that are checked there, go by the tables of the probes.

    Nothing else of the router's does, so a row names protocol, address and port: by its address alone the router's own DNS would die with a
    line. Whatever mark a connection has: rows of others may mark the answers by the line that they come in on.
    """
    rows: list[Row] = []
    for wan in intent.wans:
        for address in intent.probes[wan.name]:
            way: Row = {
                "chain": CHAIN_PROBE,
                "action": "mark-routing",
                "dst-address": address,
                "new-routing-mark": probe_table(wan.name),
                "passthrough": False,
            }
            rows.append(way | {"protocol": "icmp", "comment": comment(FAILOVER, "way", wan.name, address)})
            for kind in checks_of(wan):
                named = comment(FAILOVER, "way", wan.name, address, kind)
                rows.append(way | dict(zip(("protocol", "dst-port"), PORTS[kind], strict=True)) | {"comment": named})
    checked = [kind for kind in PORTS if any(kind in checks_of(wan) for wan in intent.wans)]
    enter: Row = {"chain": "output", "action": "jump", "jump-target": CHAIN_PROBE}
    return [
        *rows,
        enter | {"protocol": "icmp", "comment": comment(FAILOVER, "enter")},
        *(
            enter | {"protocol": PORTS[kind][0], "dst-port": PORTS[kind][1], "comment": comment(FAILOVER, "enter", kind)}
            for kind in checked
        ),
    ]


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
    runs, used = (SCHEDULER, NETWATCH, SCRIPTS), (ROUTES, TABLES, ADDRESS_LIST)
    cleared = [*(clear(FAILOVER, path) for path in runs), *clear_mangle(FAILOVER), *(clear(FAILOVER, path) for path in used)]
    passing = (("comment", comment(FAILOVER, "")), ("list", flows.PASSING))
    return [*cleared, *(Forget(f"Clear {menu(ADDRESS_LIST)}", ADDRESS_LIST, field, regex) for field, regex in passing)]
