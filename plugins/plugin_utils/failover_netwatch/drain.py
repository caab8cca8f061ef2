# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Somebody wants a line drained, or no longer: what to write, and why not.

All times are the router's own, because its control script ends a drain by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .. import health
from ..drains import BEGIN, EARLIEST, END, LIST, LONGEST, Drain, drains, identity, left, text, written
from ..drains import reason as drains_reason
from ..findings import Finding
from ..lines import Wan
from ..reading import IntentErrors, Problems, did_you_mean
from ..routeros.names import BALANCE, comment
from ..routeros.paths import ADDRESS_LIST, CLOCK, NETWATCH, ROUTES, RULES, SCRIPTS
from ..routeros.reads import WHOLE, Read, Reads
from ..routeros.rows import Found, Row
from ..routeros.spelling import UNITS, span
from ..routeros.steps import Step, write_where
from ..week import FORM
from .netwatch import SCRIPT

READS: Reads = {
    ADDRESS_LIST: Read((".id", "list", "address", "comment")),
    CLOCK: WHOLE,
    NETWATCH: Read(("comment",)),
    ROUTES: Read(("comment", "distance", "disabled", "gateway")),
    RULES: Read(("comment", "disabled")),
    SCRIPTS: Read((".id", "name")),
}
"""What has to be known of a router."""


_TIME = re.compile(r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[ T])?([0-9]{1,2}:[0-9]{2})(:[0-9]{2})?")
_SPAN = re.compile(r"(?:[0-9]{1,6}[wdhms])+")
_ODD = re.compile(r"[^A-Za-z0-9_.@-]+")


@dataclass(frozen=True)
class Wish:
    """What somebody asks for.

    :param line: the name of a line.
    :param until: when it is to end, such as ``17:00`` or ``2026-11-28 17:00``; empty for no end.
    :param span: how long it is to last, such as ``2h``, in place of that.
    :param moves: whether connections that run have to go.
    :param who: by whom.
    """

    line: str
    until: str = ""
    span: str = ""
    moves: bool = False
    who: str = ""


def by(name: str) -> str:
    """Return whoever it is as one word."""
    return _ODD.sub("-", name).strip("-") or "somebody"


def begun(wish: Wish, wans: Sequence[Wan], found: Found) -> Drain | None:
    """Return the drain that is to be written; None where it is as wished already.

    Raises `IntentErrors` with all that speaks against it.
    """
    problems = Problems()
    wan = problems.read(None, line_of, wish.line, wans, found)
    now = problems.read(None, clock, found)
    end = problems.read(None, _end, wish, now) if now else None
    if now and end and now.year < EARLIEST:
        problems.note("/system clock", f"it shows {now:{FORM}}, so nobody can say when this ends", "set it, or leave out the end")
    if wan:
        problems.read(None, refuse_the_last, wan, wans, found)
    problems.refuse()
    if not wan or not now:  # for readers and type checkers: without them there are problems
        return None
    seconds = int((end - now).total_seconds()) if end else 0
    wanted = Drain(wan.interface, wan.name, f"{now:{FORM}}", f"{end:{FORM}}" if end else "", seconds, by(wish.who), wish.moves, BEGIN)
    there = drains(found, wans).get(wan.name)
    same = there is not None and there.until == wanted.until and there.moves == wanted.moves and not wish.span
    return None if same else wanted


def ended(wish: Wish, wans: Sequence[Wan], found: Found) -> Drain | None:
    """Return the drain that is to end; None where there is none.

    Raises `IntentErrors` with all that speaks against it.
    """
    wan = line_of(wish.line, wans, found)
    there = next((drain for drain in written(found) if drain.interface == wan.interface), None)
    return replace(there, line=wan.name, who=by(wish.who), state=END) if there and there.state != END else None


def steps(drain: Drain, found: Found, number: int) -> list[Step]:
    """Return what to write; `number` is that of the event that tells it, any."""
    row: Row = {"list": LIST, "address": _address(drain, found), "disabled": True, "comment": text(drain, number, reason(drain))}
    return [write_where(ADDRESS_LIST, [row], "comment", f"^{re.escape(identity(drain.interface))}\n")]


def reason(drain: Drain) -> str:
    """Return by whom it is and until when, for people."""
    return drains_reason(drain.who, drain.until if drain.state != END else "")


def is_done(drain: Drain, found: Found) -> bool:
    """Whether the control script has done what was written."""
    there = [one for one in written(found) if one.interface == drain.interface]
    return all(one.state not in (BEGIN, END) for one in there) and bool(there) is (drain.state != END)


def clock(found: Found) -> datetime:
    """Return what the router's clock shows.

    Raises `IntentErrors` for one that nobody can read.
    """
    (row,) = found[CLOCK]
    shown = f"{row.get('date', '')} {row.get('time', '')}"
    try:
        return datetime.strptime(shown, FORM)
    except ValueError:
        problem = f"it shows '{shown}', which is no date as RouterOS 7.10 and newer write it"
        raise IntentErrors([Finding("/system clock", problem, "look at it on the router", kind="clock")]) from None


def line_of(line: str, wans: Sequence[Wan], found: Found) -> Wan:
    """Return the line of this name.

    Raises `IntentErrors` where there is none, or nobody who would act.
    """
    names = [wan.name for wan in wans]
    if line not in names:
        problem = f"'{line}' is none of the lines{did_you_mean(line, names)}" if line else "it is not said which line is meant"
        raise IntentErrors([Finding("line", problem, f"write -e line=NAME, one of {', '.join(names)}", kind="drain")])
    if not any(row.get("name") == SCRIPT for row in found[SCRIPTS]):
        problem = f"the control script {SCRIPT} is not there, so nobody would act"
        raise IntentErrors([Finding("/system script", problem, "run multiwan.routeros.site with role failover_netwatch", kind="drain")])
    if line not in health.balanced_wans(found):
        raise IntentErrors([Finding("line", f"'{line}' is not on the router", "run multiwan.routeros.site first", kind="drain")])
    return wans[names.index(line)]


def refuse_the_last(wan: Wan, wans: Sequence[Wan], found: Found) -> None:
    """Refuse where no other line could take what this one would not.

    Raises `IntentErrors`.
    """
    out, drained = health.out_of_use(found, wans), drains(found, wans)
    off = {str(row.get("comment") or "") for row in found[ROUTES] if row.get("disabled")}
    others = {
        other.name: "out of use" if other.name in out else "drained" if other.name in drained else "switched off by hand"
        for other in wans
        if other is not wan
        and (other.name in out or other.name in drained or _ways(other) & off or other.name not in health.balanced_wans(found))
    }
    if len(others) == len(wans) - 1:
        said = " and ".join(f"{name} is {why}" for name, why in others.items()) or "it is the only one"
        problem = f"no other line could carry what '{wan.name}' does: {said}"
        raise IntentErrors([Finding("line", problem, "try it when another line is in use", kind="drain")])


def report(wish: Wish, wans: Sequence[Wan], found: Found) -> list[str]:
    """Return what is now, for people."""
    now = f"the router's clock shows {clock(found):{FORM}}"
    there = drains(found, wans).get(wish.line)
    if there is None:
        out, carries = health.out_of_use(found, wans), wish.line in {wan.name for wan in _carriers(wans, found)}
        said = "takes new connections" if carries else f"is not drained, and {'out of use' if wish.line in out else 'stands by'}"
        return [f"{wish.line} {said}; {now}"]
    until = f"until {there.until}" if there.until else "until it is undrained"
    carriers = ", ".join(wan.name for wan in _carriers(wans, found)) or "no line"
    stay = "those that run begin anew there" if there.moves else "those that run stay until they end"
    return [
        f"{wish.line} is drained since {there.since}, {until}, by {there.who}; {now}",
        f"new connections go by {carriers}, {stay}",
        *_remarks(found),
    ]


def _remarks(found: Found) -> Iterator[str]:
    rule = comment(BALANCE, "rule", "default")
    if not any(row.get("comment") == rule and not row.get("disabled") for row in found[RULES]):
        yield "what is not balanced, the router's own too, goes where main says: a drain does not change that"


def _ways(wan: Wan) -> set[str]:
    return {comment(BALANCE, "route", table, wan.name) for table in ("main", wan.name)}


def _carriers(wans: Sequence[Wan], found: Found) -> list[Wan]:
    out, drained = health.out_of_use(found, wans), drains(found, wans).keys()
    return health.healthy(wans, left(wans, out, drained))


def _end(wish: Wish, now: datetime) -> datetime | None:
    """When it is to end, by the router's clock; None for no end."""
    if wish.until and wish.span:
        raise IntentErrors([Finding("until", "'for' says too when it ends", "write one of the two", kind="drain")])
    end = _until(wish.until, now) if wish.until else now + _long(wish.span) if wish.span else None
    if end and end - now > timedelta(seconds=LONGEST):
        place, days = "until" if wish.until else "for", LONGEST // UNITS["d"]
        raise IntentErrors([Finding(place, f"that is more than {days} days", "write an earlier end, or none", kind="drain")])
    return end


def _until(said: str, now: datetime) -> datetime:
    match = _TIME.fullmatch(said)
    day, time, seconds = match.groups() if match else (None, "", None)
    try:
        end = datetime.strptime(f"{day or f'{now:%Y-%m-%d}'} {time}{seconds or ':00'}", FORM)
    except ValueError:
        raise IntentErrors([Finding("until", f"'{said}' is no time", "write such as 17:00, or '2026-11-28 17:00'", kind="drain")]) from None
    if end <= now:
        remedy = f"write a later one, such as '{end + timedelta(days=1):%Y-%m-%d %H:%M}'" if day is None else "write a later one"
        raise IntentErrors([Finding("until", f"'{said}' is over: the router's clock shows {now:{FORM}}", remedy, kind="drain")])
    return end


def _long(said: str) -> timedelta:
    seconds = sum(int(count) * UNITS[unit] for count, unit in re.findall(r"([0-9]+)([wdhms])", said)) if _SPAN.fullmatch(said) else 0
    if not seconds:
        raise IntentErrors([Finding("for", f"'{said}' is no time span", f"write such as 45m, 2h or {span(36 * 3600)}", kind="drain")])
    return timedelta(seconds=min(seconds, 10 * LONGEST))


def _address(drain: Drain, found: Found) -> str:
    """That of its entry, or one that no other entry of the list has."""
    rows = [row for row in found[ADDRESS_LIST] if row.get("list") == LIST]
    mine = [row for row in rows if str(row.get("comment") or "").startswith(f"{identity(drain.interface)}\n")]
    taken = {str(row.get("address")) for row in rows}
    free = (f"240.0.0.{number}" for number in range(1, 255))
    return str(mine[0]["address"]) if mine else next(address for address in free if address not in taken)
