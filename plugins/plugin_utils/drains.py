# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines that somebody has drained: what is written of them on the router, and how much further away that makes them.

A drain is a disabled address-list entry of `LIST`: configuration, so it survives runs and reboots. Its comment is an identity that names
the interface, so that a line with another name keeps it, and a line of words::

    STATE ID DATE TIME END_DATE END_TIME SECONDS MOVES WHO LINE REASON

`STATE` is `BEGIN` (to be told and done), `ON`, or `END` (to be told and undone, then the entry goes). `ID` is dealt by chance: the same is
told once. All times are the router's own, as its clock shows them; ``- -`` is no end. `SECONDS` is how long all of it is to last, 0
without an end: by that the control script ends one whose end it cannot see, because the clock is wrong. `MOVES` says whether connections
that run have to go, ``move`` or ``stay``. How the script keeps to it: roles/failover_netwatch/templates/failover_drains.rsc.j2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from .lines import Wan
from .routeros.names import FAILOVER, PREFIX, comment
from .routeros.paths import ADDRESS_LIST
from .routeros.rows import Found, Row

DISTANCE = 50
"""What the route of a drained line has more than usual among those of what is not balanced: behind all others, before those out of use.
What one that is out of use has more is a multiple of it, so the usual distance is what is left of any."""

LIST = f"{PREFIX}-drains"

KEEPER = f"{PREFIX}-failover"
"""The control script of role failover_netwatch: without it nobody acts on a drain."""

FIRST_ADDRESS = "240.0.0.1"
"""Of the entries of `LIST`; nobody has such an address (RFC 1112)."""

BY, UNTIL, CLOCK = "by ", ", until ", " by the router's clock"
"""The words of the reason, see `reason`."""

BEGIN, ON, END = "begin", "on", "end"

NEVER = "- -"
"""In place of date and time, where there is no end."""

MOVE, STAY = "move", "stay"

LONGEST = 28 * 86_400
"""Seconds of the longest drain with an end: the lists by which the script tells a wrong clock hold more."""

EARLIEST = 2026
"""A clock that shows an earlier year is one that has not heard the time yet: these lines are younger."""

_WORDS = 10
"""Words before the reason."""


@dataclass(frozen=True)
class Drain:
    """A line that takes no new connections.

    :param line: what it was called when it was drained.
    :param since: date and time of the router's clock, such as ``2026-11-27 14:03:12``.
    :param until: the same; empty where it lasts until it is undrained.
    :param seconds: how long all of it is to last; 0 without an end.
    :param who: by whom it was drained.
    :param moves: whether connections that ran had to go.
    :param state: `BEGIN`, `ON` or `END`.
    """

    interface: str
    line: str
    since: str
    until: str
    seconds: int
    who: str
    moves: bool
    state: str


def identity(interface: str) -> str:
    """Return how the comment of an entry begins that is about the line by this interface."""
    return comment(FAILOVER, "drain", interface)


def text(drain: Drain, number: int, reason: str) -> str:
    """Return the comment of its entry. `number` is the event's, `reason` what people read of it."""
    moves = MOVE if drain.moves else STAY
    words = (drain.state, number, drain.since, drain.until or NEVER, drain.seconds, moves, drain.who, drain.line, reason)
    return f"{identity(drain.interface)}\n{' '.join(map(str, words))}"


def reason(who: str, until: str = "") -> str:
    """Return by whom a drain is and until when, for people; one that ends says by whom only."""
    return f"{BY}{who}" + (f"{UNTIL}{until}{CLOCK}" if until else "")


def drains(found: Found, wans: Sequence[Wan] = ()) -> Mapping[str, Drain]:
    """Return the drains that a router has, by the names of their lines.

    One that is about to end is none any more. An entry that nobody can read is none.

    :param wans: the WANs as the user calls them now: a drain belongs to the interface. Without them the names are those at the time.
    """
    there = {drain.interface: drain for drain in written(found) if drain.state != END}
    if not wans:
        return {drain.line: drain for drain in there.values()}
    return {wan.name: there[wan.interface] for wan in wans if wan.interface in there}


def written(found: Found) -> list[Drain]:
    """Return all drains that a router has, also those that are about to end, in the order of their entries."""
    read = (_read(row) for row in found.get(ADDRESS_LIST, ()) if row.get("list") == LIST)
    return [drain for drain in read if drain is not None]


def _read(row: Row) -> Drain | None:
    name, _newline, said = str(row.get("comment") or "").partition("\n")
    words = said.split(" ", _WORDS)
    if not name.startswith(identity("")) or len(words) <= _WORDS - 1 or words[0] not in (BEGIN, ON, END):
        return None
    state, _number, day, time, end_day, end_time, seconds, moves, who, line = words[:_WORDS]
    until = f"{end_day} {end_time}"
    return Drain(
        interface=name.removeprefix(identity("")),
        line=line,
        since=f"{day} {time}",
        until="" if until == NEVER else until,
        seconds=int(seconds) if seconds.isdecimal() and seconds.isascii() else 0,
        who=who,
        moves=moves == MOVE,
        state=state,
    )


def left(wans: Sequence[Wan], down: Set[str], drained: Set[str]) -> frozenset[str]:
    """Return the names of the WANs that take no new connections: those that are out of use, and the drained ones while another one is left.

    So with all others out of use a drained one carries.
    """
    names = frozenset(wan.name for wan in wans)
    return names & (down | drained) if names - down - drained else names & down
