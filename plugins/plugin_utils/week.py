# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hours of the week: as the user writes them, and as the matcher ``time`` of the firewall does.

A day begins at midnight of the router's clock. RouterOS writes ``22h-1d,fri,sat``, days from Sunday on (public exports of v6 and v7; 1d for
midnight stands there in ``0s-1d`` only). What it makes of a time over midnight with days is not known, so that is written as two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .reading import IntentError, read_choices
from .routeros.spelling import UNITS, seconds, span

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FORM = "%Y-%m-%d %H:%M:%S"
"""How a router's clock shows date and time, since 7.10."""
MIDNIGHT = 24 * 60
"""Minutes of a day."""

_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_SPAN = r"(?:[0-9]{1,6}[dhms])+"
_WRITTEN = re.compile(rf"(?P<begin>{_SPAN})-(?P<end>{_SPAN})(?P<days>(?:,(?:{'|'.join(DAYS)}))*)")


@dataclass(frozen=True)
class Moment:
    """A time of the week.

    :param day: its place in `DAYS`.
    :param minute: since midnight.
    """

    day: int
    minute: int


@dataclass(frozen=True)
class Hours:
    """The same hours of some days.

    :param begin: minutes since midnight.
    :param end: the same, up to `MIDNIGHT`; the first that is outside. Before `begin` where they go over midnight.
    :param days: places in `DAYS`, in order.
    """

    begin: int
    end: int
    days: tuple[int, ...] = tuple(range(len(DAYS)))

    def __contains__(self, moment: object) -> bool:
        """Whether a moment is one of these hours. Those over midnight are those of the same day, before and after."""
        if not isinstance(moment, Moment) or moment.day not in self.days:
            return False
        if self.begin <= self.end:
            return self.begin <= moment.minute < self.end
        return moment.minute >= self.begin or moment.minute < self.end

    def __str__(self) -> str:
        """For people: ``22:00 to 24:00 on fri, sat``."""
        days = "each day" if len(self.days) == len(DAYS) else f"on {', '.join(DAYS[day] for day in self.days)}"
        return f"{clock(self.begin)} to {clock(self.end)} {days}"

    @property
    def matcher(self) -> str:
        """The value of ``time`` in a row of the firewall."""
        begin, end = (span(minute * UNITS["m"]) for minute in (self.begin, self.end))
        return ",".join([f"{begin}-{end}", *(DAYS[day] for day in self.days)])


def clock(minute: int) -> str:
    """Return minutes since midnight as a clock shows them."""
    return f"{minute // 60:02}:{minute % 60:02}"


def moment_of(shown: Mapping[str, object]) -> Moment | None:
    """Return the time of the week that a router's clock shows, as its row says it; None where nobody can read it."""
    try:
        time = datetime.strptime(f"{shown.get('date')} {shown.get('time')}", FORM)
    except ValueError:
        return None
    return Moment(time.isoweekday() % len(DAYS), time.hour * 60 + time.minute)


def matched(value: str) -> Hours | None:
    """Return what a row of the firewall has in ``time``; None for what nobody can read. Without days it is each day."""
    found = _WRITTEN.fullmatch(value)
    if found is None:
        return None
    begin, end = int(seconds(found["begin"])) // UNITS["m"], -(-int(seconds(found["end"])) // UNITS["m"])  # as 23h59m59s
    days = [DAYS.index(day) for day in found["days"].split(",")[1:]]
    return Hours(begin, end, tuple(sorted(days))) if days else Hours(begin, end)


def read_hours(entry: Mapping[str, object], place: str) -> tuple[Hours, ...]:
    """Return the hours that `from`, `to` and `days` of an entry say, in one part or, over midnight, in two.

    The days are those on which they begin. Raises `IntentError`.
    """
    begin, end = (_read_clock(entry.get(key), f"{place}.{key}") for key in ("from", "to"))
    end = end or MIDNIGHT
    if begin == end:
        raise IntentError(f"{place}.to", f"{clock(end)} is when it begins", "write when it ends, or 00:00 to 24:00 for whole days")
    days = _read_days(entry.get("days"), f"{place}.days")
    if begin < end:
        return (Hours(begin, end, days),)
    return Hours(begin, MIDNIGHT, days), Hours(0, end, tuple(sorted((day + 1) % len(DAYS) for day in days)))


def read_moment(value: object, place: str, day: int | None) -> Moment:
    """Return a time of the week, written ``sat-22:30``, or ``22:30`` where the `day` is known. Raises `IntentError`."""
    name, _space, time = str(value).strip().replace("-", " ").rpartition(" ")
    if name and name not in DAYS:
        raise IntentError(place, f"'{name}' is no day", f"write one of {', '.join(DAYS)}, such as sat-22:30")
    if not name and day is None:
        raise IntentError(place, f"'{value}' says no day", f"write one, such as sat-{time}")
    return Moment(DAYS.index(name) if name else day or 0, _read_clock(time, place) % MIDNIGHT)


def _read_clock(value: object, place: str) -> int:
    """Minutes since midnight. YAML reads 22:00 without quotes as a number, 60 times 22; smaller than 60 it is none that it has made."""
    if value is None:
        raise IntentError(place, "missing", "write a time of the day such as 22:00")
    found = None if isinstance(value, bool) else _CLOCK.fullmatch(str(value))
    if found and int(found[2]) < 60:
        minute = int(found[1]) * 60 + int(found[2])
    else:
        minute = value if isinstance(value, int) and not isinstance(value, bool) and value >= 60 else -1
    if not 0 <= minute <= MIDNIGHT:
        raise IntentError(place, f"'{value}' is no time of the day", "write one from 00:00 to 24:00, such as 22:00")
    return minute


def _read_days(data: object, place: str) -> tuple[int, ...]:
    written: Sequence[str] | object = [data] if isinstance(data, str) else data
    chosen = read_choices(written, place, DAYS) if written is not None else frozenset(DAYS)
    if not chosen:
        raise IntentError(place, "empty", "write days such as [sat, sun], or leave the key out")
    return tuple(day for day, name in enumerate(DAYS) if name in chosen)
