# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What state each line is in, read from the rows of a router: the same places as in failover_states.rsc.j2.

Where nothing watches the lines there are two states: a line is up while its route is in use, else out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..drains import drains
from ..failover_netwatch.script import HOLD_LIST, LINES_LIST
from ..health import DEMOTION, probes_watch
from ..lines import Wan
from ..routeros.names import BALANCE, FAILOVER, comment, suspect_list
from ..routeros.paths import ADDRESS_LIST, ROUTES
from ..routeros.rows import Found, Row, distance_of
from ..routeros.spelling import seconds

UP, SUSPECT, OUT, HELD, HAND, NONE = "up", "suspect", "out", "held", "hand", "none"
"""The states of a line; `NONE` of one that no row on the router is about."""
STATES = (UP, SUSPECT, OUT, HELD, HAND, NONE)
CARRIES, STANDS_BY, UNUSED = "carries", "stands by", "unused"
"""What a line is used for: new connections go by it, it waits for lines of a lower tier to go out, or it is left."""


@dataclass(frozen=True)
class State:
    """What is known of a line.

    :param state: one of `STATES`.
    :param since: when it became so, by the router's clock, as ``2026-11-27 21:40:05``; empty where nothing says so.
    :param reason: why, in words of the router; empty for a line that is up.
    :param by: by whom; ``router`` is the control script.
    :param hold: for so many seconds at least it does not return, although it may be good; None where nothing holds it.
    :param drained: since when, until when (empty for no end) and by whom it is drained; None of a line that is not.
    """

    state: str
    since: str = ""
    reason: str = ""
    by: str = ""
    hold: int | None = None
    drained: Mapping[str, str] | None = None


def states(found: Found, wans: Sequence[Wan]) -> dict[str, State]:
    """Return the state of each line, by name."""
    watched = probes_watch(found)
    written = _written(found)
    if not watched:
        return {wan.name: _unwatched(found, wan) for wan in wans}
    will = {name: {"since": one.since, "until": one.until, "by": one.who} for name, one in drains(found, wans).items()}
    return {wan.name: replace(_state(found, wan, written.get(wan.interface)), drained=will.get(wan.name)) for wan in wans}


def uses(states: Mapping[str, State], wans: Sequence[Wan]) -> dict[str, str]:
    """Return what each line is used for, by name.

    Lines that are up carry, those of the lowest tier that has one; else those that are suspect; else drained ones in the same order; else,
    but for those by hand, all that there are.
    """
    for kinds, drained in (((UP,), False), ((UP, SUSPECT), False), ((UP,), True), ((UP, SUSPECT), True), ((UP, SUSPECT, OUT, HELD), True)):
        able = [wan for wan in wans if states[wan.name].state in kinds and (drained or not states[wan.name].drained)]
        if able:
            tier = min(wan.tier for wan in able)
            carry = {wan.name for wan in able if wan.tier == tier}
            waits = {wan.name for wan in able if wan.tier > tier}
            return {wan.name: CARRIES if wan.name in carry else STANDS_BY if wan.name in waits else UNUSED for wan in wans}
    return dict.fromkeys((wan.name for wan in wans), UNUSED)


def _state(found: Found, wan: Wan, written: State | None) -> State:
    routes = list(_routes(found, wan))
    if not routes:
        return State(NONE, reason="it has no route: no run has balanced it yet")
    state = written or State(OUT if any(distance_of(row) >= DEMOTION for row in routes) else UP)
    if state.state == UP and _entries(found, suspect_list(wan.name)):
        return State(SUSPECT, reason="its probes are silent; new connections go elsewhere while that is looked into")
    held = [seconds(row.get("timeout")) for row in _entries(found, f"{HOLD_LIST}{wan.name}")]
    hold = int(max(held)) if held and state.state in (OUT, HELD) else None
    return State(state.state, state.since, state.reason, state.by, hold)


def _unwatched(found: Found, wan: Wan) -> State:
    routes = list(_routes(found, wan))
    if not routes:
        return State(NONE, reason="it has no route: no run has balanced it yet")
    if any(row.get("active") for row in routes):
        return State(UP)
    return State(OUT, reason="its route is not in use: the gateway does not answer, or the interface is down")


def _routes(found: Found, wan: Wan) -> Iterator[Row]:
    """The first route of its own table, or that of main where there is one line."""
    own, alone = comment(BALANCE, "route", wan.name, wan.name), comment(BALANCE, "route", "main", wan.name)
    rows = {str(row.get("comment")): row for row in found.get(ROUTES, ()) if row.get("comment") in (own, alone)}
    if rows:
        yield rows.get(own) or rows[alone]


def _entries(found: Found, name: str) -> list[Row]:
    return [row for row in found.get(ADDRESS_LIST, ()) if row.get("list") == name and not row.get("disabled")]


def _written(found: Found) -> dict[str, State]:
    """What the control script has written of lines, by interface: ``STATE[!] ID DATE TIME MOMENT WHO LINE REASON`` behind the identity."""
    prefix = comment(FAILOVER, "line", "")
    read = {}
    for row in found.get(ADDRESS_LIST, ()):
        identity, _end, text = str(row.get("comment") or "").partition("\n")
        words = text.split(" ", 7)
        if row.get("list") == LINES_LIST and identity.startswith(prefix) and len(words) >= 7:
            state, _id, date, time, _moment, who, _line, *reason = words
            why = " ".join(reason) if state.rstrip("!") != UP else ""
            read[identity.removeprefix(prefix)] = State(state.rstrip("!"), f"{date} {time}", why, who.partition(",")[0])
    return read
