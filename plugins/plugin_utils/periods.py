# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weights by time of day: the schedules of all lines together, as the few different sets of weights that the week has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .lines import Wan, parts
from .reading import IntentError
from .week import DAYS, MIDNIGHT, Hours, Moment

PERIOD = "period"
"""How the key of each begins, before its number."""
MOST = 4
"""Periods beside the usual weights: each has rows of its own."""


@dataclass(frozen=True)
class Period:
    """When the lines have other weights than usual.

    :param number: from 1 on.
    :param wans: all WANs in the user's order, with the weights of these hours.
    :param hours: when; they do not overlap, nor do those of several periods.
    """

    number: int
    wans: tuple[Wan, ...]
    hours: tuple[Hours, ...]

    @property
    def key(self) -> str:
        """What it is called in comments and chains."""
        return f"{PERIOD}{self.number}"


def periods(wans: Sequence[Wan]) -> tuple[Period, ...]:
    """Return when the weights are not the usual ones; weights of the same ratio are the same.

    Raises `IntentError` for more than `MOST`.
    """
    usual = tuple(parts(wans))
    times: dict[tuple[int, ...], dict[tuple[int, int], list[int]]] = {}
    weighted: dict[tuple[int, ...], tuple[Wan, ...]] = {}
    for day in range(len(DAYS)):
        for begin, end, then in _spans(wans, day):
            ratio = tuple(parts(then))
            if ratio != usual:
                weighted.setdefault(ratio, then)
                times.setdefault(ratio, {}).setdefault((begin, end), []).append(day)
    if len(weighted) > MOST:
        raise IntentError(
            "multiwan_wans", f"the schedules of all lines make {len(weighted)} different sets of weights", f"write {MOST} or fewer"
        )
    return tuple(
        Period(number, then, tuple(Hours(*span, tuple(days)) for span, days in sorted(times[ratio].items())))
        for number, (ratio, then) in enumerate(weighted.items(), 1)
    )


def period_at(wans: Sequence[Wan], moment: Moment | None) -> Period | None:
    """Return the period of a moment; None for the usual weights, and where the moment is not known."""
    return next((period for period in periods(wans) if any(moment in hours for hours in period.hours)), None)


def wans_at(wans: Sequence[Wan], moment: Moment | None) -> Sequence[Wan]:
    """Return the WANs with their weights of a moment."""
    period = period_at(wans, moment)
    return period.wans if period else wans


def _spans(wans: Sequence[Wan], day: int) -> Iterator[tuple[int, int, tuple[Wan, ...]]]:
    """The day in parts in which no weight changes, each with the WANs as they are then; neighbours of the same weights are one."""
    on_it = [hours for wan in wans for turn in wan.schedule for hours in turn.hours if day in hours.days]
    ends = sorted({0, MIDNIGHT, *(end for hours in on_it for end in (hours.begin, hours.end))})
    open_: tuple[int, int, tuple[Wan, ...]] | None = None
    for begin, end in pairwise(ends):
        then = tuple(_at(wan, Moment(day, begin)) for wan in wans)
        if open_ and open_[2] == then:
            open_ = (open_[0], end, then)
            continue
        if open_:
            yield open_
        open_ = (begin, end, then)
    if open_:
        yield open_


def _at(wan: Wan, moment: Moment) -> Wan:
    weight = next((turn.weight for turn in wan.schedule if any(moment in hours for hours in turn.hours)), wan.weight)
    return replace(wan, weight=weight)
