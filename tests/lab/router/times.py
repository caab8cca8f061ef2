# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times: spans, dates, times of day.

"Reads as" rules are [MAN, LIBR, TIK4, REST23] D/O unless a line says otherwise.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from .errors import invalid_value
from .values import Finder, Value

_UNITS_MS = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_CLOCK = re.compile(r"(?:(?P<w>\d+)w)?(?:(?P<d>\d+)d)?(?P<h>\d+):(?P<m>\d{1,2}):(?P<s>\d{1,2})(?:\.(?P<ms>\d{1,3}))?")
_PARTS = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")


@functools.lru_cache(maxsize=4096)
def parse_duration(text: str) -> int | None:
    """A time span in milliseconds; None for other text.

    Forms: ``00:00:10``, ``1d02:03:04``, ``1h30m``, ``200ms``, ``3600`` (seconds).
    """
    if text.isdecimal():
        return int(text) * 1000
    if clock := _CLOCK.fullmatch(text):
        parts = clock.groupdict(default="0")
        parts["ms"] = parts["ms"].ljust(3, "0") if clock["ms"] else "0"
        return sum(int(value) * _UNITS_MS[unit] for unit, value in parts.items())
    if text and (found := _PARTS.fullmatch(text)):
        return sum(int(value or 0) * size for value, size in zip(found.groups(), _UNITS_MS.values(), strict=True))
    return None


def format_duration(milliseconds: int) -> str:
    """A time span as it reads: ``10s``, ``1m30s``, ``1d``, ``200ms``, ``0s``. Weeks as in ``1w2d`` I."""
    if milliseconds == 0:
        return "0s"
    text = ""
    for unit, size in _UNITS_MS.items():
        count, milliseconds = divmod(milliseconds, size)
        if count:
            text += f"{count}{unit}"
    return text


def format_microseconds(microseconds: int) -> str:
    """A time as round trip times read: ``12ms345us``, ``1s20ms``, ``0us`` [MAN:Ping] D."""
    milliseconds, rest = divmod(microseconds, 1000)
    text = format_duration(milliseconds) if milliseconds else ""
    return f"{text}{rest}us" if rest or not text else text


@dataclass(frozen=True)
class Duration:
    """A time span, or a keyword.

    :param lenient: keeps text that is no time span, and bare digits; for menus of which nothing but the property's
        name is known.
    :param low_ms: the shortest span that is taken, in milliseconds.
    :param high_ms: the longest one; 0 for no limit.
    """

    words: tuple[str, ...] = ()
    lenient: bool = False
    low_ms: int = 0
    high_ms: int = 0

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The span in its shortest form."""
        if text in self.words or (self.lenient and text.isdecimal()):
            return text
        milliseconds = parse_duration(text)
        if milliseconds is None and self.lenient:
            return text
        if milliseconds is None or milliseconds < self.low_ms or milliseconds > (self.high_ms or milliseconds):
            raise invalid_value(name)
        return format_duration(milliseconds)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Date:
    """A date, read as in ISO 8601 from 7.10 on [MAN] D. The form of older exports (oct/19/2020) is taken too I."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The date as year-month-day."""
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return text
        found = re.fullmatch(r"([a-z]{3})/(\d{2})/(\d{4})", text.lower())
        if found is None or found[1] not in _MONTHS:
            raise invalid_value(name)
        return f"{found[3]}-{_MONTHS.index(found[1]) + 1:02}-{found[2]}"


@dataclass(frozen=True)
class TimeOfDay:
    """A time of day, or a keyword."""

    words: tuple[str, ...] = ()

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The time as hours:minutes:seconds."""
        if text in self.words:
            return text
        milliseconds = parse_duration(text)
        if milliseconds is None or milliseconds >= _UNITS_MS["d"]:
            raise invalid_value(name)
        seconds = milliseconds // 1000
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
