# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control script of failover, as text. What it does stands in roles/failover_netwatch/templates/failover.rsc.j2."""

from __future__ import annotations

from .. import events, health
from ..lines import LeaseGateway, Wan, parts
from ..routeros.names import BALANCE, FAILOVER, PREFIX, SPECIFIC_LIST, comment, mark
from ..routeros.spelling import Value, array, exact, literal, mapping, span
from ..routeros.templates import render
from . import flows
from .intent import PROFILES, Intent, has_limits
from .netwatch import SCRIPT

LOCK = f"{PREFIX}-lock"
"""The list with the entry of the run that is at work."""

STRAY = f"{PREFIX}-stray"
"""The list with the entry that says that main's own default route has left the lines."""

STRAY_SAYS = "main has a default route by none of the lines: "
UNGUARDED = (
    f"the routing rule {comment(BALANCE, 'rule', 'specific')} is not as it should be, so the one behind it is off: "
    "what is not balanced goes where main says, until a playbook run mends it"
)

MOVED_LIST = f"{PREFIX}-moved-"
"""Before the name of a line: the list with the entry that says that its probes have to try another gateway first."""

MOVED = ": its lease has another gateway: "
NO_LEASE = "no lease on "
CLASHES = " has got a lease in the network of another interface, so that answers get lost: "

LOCK_TIME = "1m"
"""The entry vanishes by itself: a run that dies holds nobody up for long."""

TRIES = 700
"""So often a run asks for the lock, each time `PAUSE` later: longer than `LOCK_TIME`."""

PAUSE = "100ms"

UNHELD = 99
"""So many tries more does it cost when the lock can not be taken although nobody holds it."""


def source(intent: Intent) -> str:
    """Return the script."""
    return render(FAILOVER, "failover.rsc.j2", script_variables(intent))


def script_variables(intent: Intent) -> dict[str, object]:
    """Return what the template takes, as RouterOS writes it."""
    return {
        "name": SCRIPT,
        "wans": array(wan.name for wan in intent.wans),
        "lines": mapping({wan.name: _line(intent, wan, weight) for wan, weight in zip(intent.wans, parts(intent.wans), strict=True)}),
        "leased": array(wan.name for wan in intent.wans if isinstance(wan.gateway, LeaseGateway)),
        "hooks": mapping({events.DOWN: intent.on_down, events.UP: intent.on_up}),
        **flows.variables(intent),
        "demotion": health.DEMOTION,
        "blackhole": health.BLACKHOLE_DISTANCE,
        "traffic": literal(f"^{comment(BALANCE, 'route', '')}"),
        "mark": literal(mark("")),
        "route": literal(comment(BALANCE, "route", "")),
        "main": literal(comment(BALANCE, "route", "main", "")),
        "main_routes": literal(f"^{comment(BALANCE, 'route', 'main', '')}"),
        "main_length": len(comment(BALANCE, "route", "main", "")),
        "fast": literal(f"^{comment(BALANCE, 'fasttrack', '')}(unmarked|line)"),
        "fast_line": literal(f"^{comment(BALANCE, 'fasttrack', 'line')}"),
        "marks": literal(f"^{mark('')}"),
        "rule_specific": literal(comment(BALANCE, "rule", "specific")),
        "rule_default": literal(comment(BALANCE, "rule", "default")),
        "rules": literal(f"^{comment(BALANCE, 'rule', '')}"),
        "exits": literal(f"(^|%)({'|'.join(exact(wan.interface) for wan in intent.wans)})$"),
        "unguarded": literal(UNGUARDED),
        "stray_says": literal(STRAY_SAYS),
        "stray": literal(comment(FAILOVER, "stray", "")),
        "stray_list": literal(STRAY),
        "leave": literal(comment(BALANCE, "leave", "")),
        "slots": literal(f"^{comment(BALANCE, 'instead', '')}(tcp:)?[0-9]+$"),
        "slot": literal(f"^{comment(BALANCE, 'instead', '')}(tcp:|udp:)?"),
        "name_says": literal(f"{SCRIPT}: "),
        "specific_list": literal(SPECIFIC_LIST),
        "specific_lease": literal(comment(BALANCE, "specific", "lease", "")),
        "moved": literal(MOVED),
        "moved_list": literal(MOVED_LIST),
        "moved_time": span(2 * int(PROFILES[intent.profile].interval.removesuffix("s")) + 1),
        "moved_comment": literal(comment(FAILOVER, "moved")),
        "no_lease": literal(NO_LEASE),
        "clashes": literal(CLASHES),
        "lock": literal(LOCK),
        "lock_time": LOCK_TIME,
        "tries": TRIES,
        "pause": PAUSE,
        "unheld": UNHELD,
        "reader": literal(events.READER),
        "events": array([events.LIST]),
        "most_of_a_line": events.MOST_OF_A_LINE,
        **{word: literal(word) for word in (events.DOWN, events.UP, events.NOTE)},
        **events.keeping(SCRIPT),
        "says": literal(health.SAYS),
        "out_of_use": literal(health.OUT_OF_USE),
        "back": literal(health.BACK),
    }


def _line(intent: Intent, wan: Wan, weight: int) -> dict[str, Value]:
    """What the script has to know of a WAN; `probe` and `clean` are regular expressions of comments of netwatch,
    `tables` is one of those of its routes for traffic, and `exit` is one of a route's `immediate-gw`."""
    probes, quorum = len(intent.probes[wan.name]), intent.quorum[wan.name]
    return {
        **_lease(wan),
        **flows.of_line(wan),
        "exit": f"^([0-9.]+%)?{exact(wan.interface)}$",
        "probe": f"^{exact(comment(FAILOVER, 'probe', wan.name, ''))}",
        "clean": f"^{exact(comment(FAILOVER, 'clean', wan.name, ''))}",
        "tables": f"^{exact(comment(BALANCE, 'route', ''))}[^:]+:{exact(wan.name)}$",
        "weight": weight,
        "tier": wan.tier,
        "group": events.line_group(wan.name),
        "probes": probes,
        "enough": probes - quorum + 1,
        "quorum": quorum,
        "watched": has_limits(wan),
    }


def _lease(wan: Wan) -> dict[str, Value]:
    """What it has to know of one whose gateway is that of a lease; `routes` is a regular expression of comments of routes."""
    if not isinstance(wan.gateway, LeaseGateway):
        return {}
    balance, probe = exact(comment(BALANCE, "route", "")), exact(comment(FAILOVER, "route", wan.name))
    routes = f"^({balance}[^:]+:{exact(wan.name)}|{probe})$"
    return {"leased": wan.interface, "routes": routes, "nowhere": str(wan.gateway.nowhere)}
