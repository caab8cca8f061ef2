# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control script of failover, as text. What it does stands in roles/failover_netwatch/templates/failover.rsc.j2."""

from __future__ import annotations

from collections.abc import Sequence

from .. import drains, events, health
from ..lines import CHECKS, LeaseGateway, Wan, parts
from ..periods import periods
from ..routeros.names import BALANCE, FAILOVER, PREFIX, SPECIFIC_LIST, comment, mark, suspect_list
from ..routeros.spelling import Value, array, exact, literal, mapping, milliseconds, span
from ..routeros.templates import render
from . import evidence, flows
from .intent import Intent
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

LINES_LIST = health.LINES_LIST

PATIENCE_LIST = f"{PREFIX}-patience:"
SUSPICIONS_LIST = f"{PREFIX}-suspicions:"
PAUSE_LIST = f"{PREFIX}-pause:"
DEATHS_LIST = f"{PREFIX}-deaths:"
HOLD_LIST = f"{PREFIX}-hold:"
DUE_LIST = f"{PREFIX}-due:"
"""Before the name of a line: lists whose entries vanish by themselves; failover_states.rsc.j2 says what each means."""

SUSPECT_TIME = "10m"
SUSPICION_TIME = "9m30s"
"""A suspicion is forgotten before ten minutes are over: pauses that come once in five minutes are never the third one."""
TOO_MANY = 3
"""Suspicions that last, and are a death."""
PAUSE_TIME = "70s"
"""In this time each check of a line is made again, see `intent.Profile.check`."""
DEATH_TIME = "1h"
DUE_TIME = "1d"
MOST_DOUBLED = 6
"""So many deaths are told apart: a line has to be good for 32 windows at most."""

LONGEST_PING = 5000
"""Milliseconds between pings of /tool/ping at most, which is as long as it waits for an answer (manual, "Ping")."""

FLAPS = "it was silent three times in ten minutes"
BY_HAND = "a route of it is disabled or gone"
WHO = "router"
"""By whom a line was put out or in, as its row says: the control script, by what it has seen."""
UNTOLD = f"{WHO},untold"
"""The same of a line that was drained then: it is no outage, and nobody is told of it."""

DRAIN_TIME_LIST, DRAIN_CLOCK_LIST = f"{PREFIX}-drain-time:", f"{PREFIX}-drain-clock:"
"""Before the number of a drain: lists whose entries vanish by themselves; failover_drains.rsc.j2 says what each means."""
DRAIN_CLOCK_TIME = "30w"
"""Longer than any drain with an end, see `drains.LONGEST`."""
TIME_OVER = "its time is over"

LOCK_TIME = "1m"
"""The entry vanishes by itself: a run that dies holds nobody up for long."""

TRIES = 700
"""So often a run asks for the lock, each time `POLL` later: longer than `LOCK_TIME`."""

POLL = "100ms"
"""Between two looks of a run that waits for something."""

UNHELD = 99
"""So many tries more does it cost when the lock can not be taken although nobody holds it."""


_PASSING = {
    "patience": PATIENCE_LIST,
    "suspicions": SUSPICIONS_LIST,
    "pause": PAUSE_LIST,
    "deaths": DEATHS_LIST,
    "hold": HOLD_LIST,
    "due": DUE_LIST,
}


def source(intent: Intent) -> str:
    """Return the script."""
    return render(FAILOVER, "failover.rsc.j2", script_variables(intent))


def script_variables(intent: Intent) -> dict[str, object]:
    """Return what the template takes, as RouterOS writes it."""
    return {
        "name": SCRIPT,
        "wans": array(wan.name for wan in intent.wans),
        "lines": mapping({wan.name: _line(intent, wan) for wan in intent.wans}),
        "deals": mapping(_deals(intent.wans)),
        "leased": array(wan.name for wan in intent.wans if isinstance(wan.gateway, LeaseGateway)),
        "hooks": mapping({"out": intent.on_down, "held": intent.on_down, "hand": "", "up": intent.on_up}),
        "event_words": mapping({"out": events.DOWN, "held": events.HELD, "hand": events.HAND, "up": events.UP}),
        "log_words": mapping({"out": health.OUT_OF_USE, "held": health.FLAPPING, "hand": health.BY_HAND, "up": health.BACK}),
        "itself": literal(SCRIPT),
        "passing": literal(comment(FAILOVER, "passing")),
        "suspect_list": literal(suspect_list("")),
        "suspect_text": suspect_list(""),
        "suspect_time": SUSPECT_TIME,
        "suspicion_time": SUSPICION_TIME,
        "too_many": TOO_MANY,
        "pause_time": PAUSE_TIME,
        "death_time": DEATH_TIME,
        "due_time": DUE_TIME,
        "most_doubled": MOST_DOUBLED,
        "dues": literal(f"^{DUE_LIST}"),
        "due_length": len(DUE_LIST),
        "flaps": literal(FLAPS),
        "by_hand": literal(BY_HAND),
        "who": literal(WHO),
        **_calm(intent),
        "lines_list": literal(LINES_LIST),
        "lines_text": LINES_LIST,
        **{f"{word}_list": literal(name) for word, name in _PASSING.items()},
        **{f"{word}_text": name for word, name in _PASSING.items()},
        **flows.variables(intent),
        **_drains(),
        "untold": literal(UNTOLD),
        "demotion": health.DEMOTION,
        "blackhole": health.BLACKHOLE_DISTANCE,
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
        "otherwise": literal(comment(BALANCE, "else", "")),
        "slots": literal(_slots("")),
        "name_says": literal(f"{SCRIPT}: "),
        "specific_list": literal(SPECIFIC_LIST),
        "specific_lease": literal(comment(BALANCE, "specific", "lease", "")),
        "moved": literal(MOVED),
        "moved_list": literal(MOVED_LIST),
        "moved_time": span(_moved(intent)),
        "moved_comment": literal(comment(FAILOVER, "moved")),
        "no_lease": literal(NO_LEASE),
        "clashes": literal(CLASHES),
        "lock": literal(LOCK),
        "lock_time": LOCK_TIME,
        "tries": TRIES,
        "poll": POLL,
        "unheld": UNHELD,
        "reader": literal(events.READER),
        "events": array([events.LIST]),
        "most_of_a_line": events.MOST_OF_A_LINE,
        **{word: literal(word) for word in (events.DOWN, events.UP, events.NOTE)},
        **events.keeping(SCRIPT),
        **evidence.script_variables(),
        "says": literal(health.SAYS),
    }


def _drains() -> dict[str, object]:
    """What failover_drains.rsc.j2 takes, and what else the script has to know of lines that somebody has drained."""
    return {
        "drains_list": literal(drains.LIST),
        "drains_text": drains.LIST,
        "drain_begin": literal(drains.BEGIN),
        "drain_on": literal(drains.ON),
        "drain_end": literal(drains.END),
        "moves": literal(drains.MOVE),
        "drain_distance": drains.DISTANCE,
        "drain_time_list": literal(DRAIN_TIME_LIST),
        "drain_time_text": DRAIN_TIME_LIST,
        "drain_clock_list": literal(DRAIN_CLOCK_LIST),
        "drain_clock_text": DRAIN_CLOCK_LIST,
        "drain_clock_time": DRAIN_CLOCK_TIME,
        "time_over": literal(TIME_OVER),
        "drain_events": mapping({drains.BEGIN: events.DRAINED, drains.END: events.UNDRAINED}),
        "drain_log_words": mapping({drains.BEGIN: health.DRAINED, drains.END: health.UNDRAINED}),
        "untold_log_words": mapping({"out": health.SILENT_DRAINED, "held": health.FLAPPING_DRAINED, "up": health.BACK_DRAINED}),
    }


def _calm(intent: Intent) -> dict[str, object]:
    """What the script looks for to see that all is well. With one line there are the routes of main only."""
    several = len(intent.wans) > 1
    return {
        "watched": literal(f"^{comment(FAILOVER, '')}"),
        "passing_lists": literal(f"^({PREFIX}-(suspect|hold|due|doubt|drill):|{drains.LIST}$)"),
        "checked": literal(f"^{comment(FAILOVER, '')}({'|'.join(CHECKS)}):"),
        "known_checks": literal(evidence.known_checks(intent)),
        "line_rows": literal(f"^{exact(comment(FAILOVER, ''))}(line|drain):({'|'.join(exact(wan.interface) for wan in intent.wans)})\n"),
        "traffic": literal(f"^{comment(BALANCE, 'route', '')}"),
        "all_ways": len(intent.wans) * (len(intent.wans) + 2) if several else 1,
        "leaves": literal(f"^{comment(BALANCE, 'leave', '')}"),
        "others": literal(f"^{comment(BALANCE, 'else', '')}"),
        "at_rest": literal(f"^{comment(FAILOVER, 'clean', '')}"),
    }


def _moved(intent: Intent) -> int:
    """For so many seconds what was lost says nothing of a line with a new gateway: until each of its addresses was asked twice."""
    turns = (intent.profile_of(wan).gap * len(intent.probes[wan.name]) for wan in intent.wans)
    return 2 * max(1000, *turns) // 1000 + 1


def _deals(wans: Sequence[Wan]) -> dict[str, Value]:
    """How slots are dealt, for the usual weights and for those of each period: the rows of the slots that are counted, how the comments of
    all begin, and the weights."""
    weighted = {"": wans, **{period.key: period.wans for period in periods(wans)}} if len(wans) > 1 else {"": wans}
    return {
        key or "usual": {
            "slots": _slots(key),
            "slot": f"^{comment(BALANCE, 'instead', *([key] if key else []), '')}(tcp:|udp:)?",
            "weights": {wan.name: weight for wan, weight in zip(then, parts(then), strict=True)},
        }
        for key, then in weighted.items()
    }


def _slots(period: str) -> str:
    """What finds the rows of the slots; those of UDP, where it has its own, are as many."""
    return f"^{comment(BALANCE, 'instead', *([period] if period else []), '')}(tcp:)?[0-9]+$"


def _line(intent: Intent, wan: Wan) -> dict[str, Value]:
    """What the script has to know of a WAN; `failover.rsc.j2` says what each is."""
    identity = comment(FAILOVER, "line", wan.interface)
    tables = f"main|{exact(wan.name)}" if len(intent.wans) > 1 else "main"
    return {
        **_lease(wan),
        **evidence.keys(intent, wan),
        **_times(intent, wan),
        "exactly": exact(wan.name),
        "identity": identity,
        "row": f"^{exact(identity)}\n",
        "drain": f"^{exact(drains.identity(wan.interface))}\n",
        "drain-identity": drains.identity(wan.interface),
        "leads": f"^{exact(comment(BALANCE, 'route', ''))}({tables}):{exact(wan.name)}$",
        "needs": 2 if len(intent.wans) > 1 else 1,
        **flows.of_line(wan),
        "exit": f"^([0-9.]+%)?{exact(wan.interface)}$",
        "ways": f"^{exact(comment(BALANCE, 'route', ''))}[^:]+:{exact(wan.name)}$",
        "tier": wan.tier,
        "group": events.line_group(wan.name),
    }


def _times(intent: Intent, wan: Wan) -> dict[str, Value]:
    """How long the script waits.

    Within its patience a suspect is asked twice by as many pings, one after the other, of which each waits for `slow`. In between, as late
    as a pause of five seconds can no longer last and one of six does, one more ping tells whether the suspicion counts.
    """
    profile = intent.profile_of(wan)
    patience, enough = 1000 * profile.patience, evidence.enough(intent, wan)
    return {
        "patience": milliseconds(patience),
        "window": profile.window,
        "wait": profile.wait,
        "slow": milliseconds(min(patience // (2 * enough), LONGEST_PING)),
        "breath": milliseconds(patience * 14 // 100),
    }


def _lease(wan: Wan) -> dict[str, Value]:
    """What it has to know of one whose gateway is that of a lease; `routes` is a regular expression of comments of routes."""
    if not isinstance(wan.gateway, LeaseGateway):
        return {}
    balance, probe = exact(comment(BALANCE, "route", "")), exact(comment(FAILOVER, "route", wan.name))
    routes = f"^({balance}[^:]+:{exact(wan.name)}|{probe})$"
    return {"leased": wan.interface, "routes": routes, "nowhere": str(wan.gateway.nowhere)}
