# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may be wrong with a line, as functions of time: the same packet at the same moment has the same fate in each run.

Times are in seconds since the fault began, targets are numbered from 0.
"""

from __future__ import annotations

import bisect
import itertools
import math
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

USUAL = 0.02
"""Seconds of a round trip on a good line."""

TCP = -1
"""The number of a target that is no target of pings: its server has a fate of its own."""

FOREVER = 10 * 86400.0
"""Longer than anybody watches."""

Span = tuple[float, float]
"""From, and until when."""


class Fault(Protocol):
    """One fault.

    ``wanted``: what has to become of the line. ``up``: never out. ``out``: out when it was silent for longer than the patience, and never
    else. ``garden``: the same, within a minute. ``held``: out within five minutes, as one that flaps. ``limits``: whether packets take
    from each other, so that they have to be asked about in their order.
    """

    wanted: str
    limits: bool

    def answer(self, at: float, target: int) -> float | None:
        """Seconds of the round trip of a packet; None for one that is lost."""

    def opens(self, at: float) -> bool:
        """Whether a TCP connection that is begun now is answered."""

    def silent(self) -> Iterator[Span]:
        """When nothing of use comes through, in order."""


def chance(*what: object) -> float:
    """A number from 0 to 1 that belongs to these words."""
    return zlib.crc32("/".join(map(str, what)).encode()) / 2**32


@dataclass(frozen=True)
class Good:
    """No fault at all."""

    wanted: str = "up"
    limits: bool = False

    def answer(self, at: float, target: int) -> float | None:
        return USUAL

    def opens(self, at: float) -> bool:
        return any(self.answer(at + wait, TCP) is not None for wait in (0, 1, 3))

    def silent(self) -> Iterator[Span]:
        return iter(())


@dataclass(frozen=True)
class Loss(Good):
    """Each packet is lost by chance, there or back.

    :param share: from 0 to 1.
    """

    share: float = 0.0
    seed: int = 1

    def answer(self, at: float, target: int) -> float | None:
        return None if chance("loss", self.seed, target, f"{at:.4f}") < self.share else USUAL


@dataclass(frozen=True)
class Bursts(Good):
    """Loss in bursts (Gilbert and Elliott): the line is good, or bad, for times of no memory.

    :param good, bad: how long a state lasts, in the mean.
    :param longest: seconds of a burst at most; what lasts for longer is none.
    :param lost: the share of lost packets in each.
    """

    good: float = 45.0
    bad: float = 1.5
    lost: tuple[float, float] = (0.002, 0.75)
    longest: float = 12.0
    seed: int = 1

    @cached_property
    def _turns(self) -> Sequence[float]:
        """When the state changes; it begins good."""
        generator, at, turns = random.Random(self.seed), 0.0, []
        for mean, most in itertools.cycle(((self.good, FOREVER), (self.bad, self.longest))):
            at += min(generator.expovariate(1 / mean), most)
            turns.append(at)
            if at > FOREVER / 5:
                return turns
        raise AssertionError

    def answer(self, at: float, target: int) -> float | None:
        bad = bisect.bisect(self._turns, at) % 2
        return None if chance("burst", self.seed, target, f"{at:.4f}") < self.lost[bad] else USUAL


@dataclass(frozen=True)
class Jitter(Good):
    """LTE under load: round trips of 40 to some hundred ms with a long tail (log-normal), spikes while a cell is changed, 1 % lost.

    :param middle: seconds of the median round trip.
    :param tail: the deviation of its logarithm.
    """

    middle: float = 0.09
    tail: float = 0.6
    spikes: float = 1 / 120
    seed: int = 1

    def answer(self, at: float, target: int) -> float | None:
        if chance("lost", self.seed, target, f"{at:.4f}") < 0.01:
            return None
        draw = random.Random(zlib.crc32(f"{self.seed}/{target}/{at:.4f}".encode()))
        trip = self.middle * math.exp(draw.gauss(0, self.tail))
        # within a second of a spike everything waits for its end
        second = int(at)
        if chance("spike", self.seed, second) < self.spikes:
            trip += second + 1 - at
        return trip


@dataclass(frozen=True)
class Dead(Good):
    """Some targets do not answer.

    :param targets: which.
    """

    targets: frozenset[int] = frozenset({0})

    def answer(self, at: float, target: int) -> float | None:
        return None if target in self.targets else USUAL


@dataclass(frozen=True)
class Limited(Good):
    """A provider that lets so many pings per second through, for all targets together, and drops the rest.

    :param rate: tokens a second.
    :param depth: how many there may be.
    """

    limits: bool = True
    rate: float = 1.0
    depth: float = 5.0
    _bucket: list[float] = field(default_factory=lambda: [0.0, 0.0])
    """When a packet came last, and how many tokens there were then."""

    def answer(self, at: float, target: int) -> float | None:
        last, tokens = self._bucket
        tokens = min(self.depth, tokens + (at - last) * self.rate)
        passes = tokens >= 1
        self._bucket[:] = [at, tokens - passes]
        return USUAL if passes else None


@dataclass(frozen=True)
class Outages(Good):
    """The line is dead at some times, and good at all others.

    :param spans: when it is dead.
    """

    wanted: str = "out"
    spans: tuple[Span, ...] = ()

    @cached_property
    def _begins(self) -> Sequence[float]:
        return [begin for begin, _ in self.spans]

    def answer(self, at: float, target: int) -> float | None:
        place = bisect.bisect(self._begins, at) - 1
        # a packet that is under way when the line dies is lost as well
        dead = place >= 0 and at < self.spans[place][1]
        return None if dead else USUAL

    def silent(self) -> Iterator[Span]:
        return iter(self.spans)


@dataclass(frozen=True)
class Garden(Outages):
    """A provider that answers pings at all times, but opens no connection at some: the quota is used up, or a portal waits."""

    wanted: str = "garden"

    def answer(self, at: float, target: int) -> float | None:
        return USUAL

    def opens(self, at: float) -> bool:
        return super().answer(at, TCP) is not None


def regular(wanted: str, dead: float, every: float, offset: float = 30.0, until: float = 86400.0) -> Outages:
    """Dead for so long, again and again; `every` is best no whole number of seconds, since probes keep to these."""
    count = int((until - offset) / every)
    return Outages(wanted, spans=tuple((offset + every * n, offset + every * n + dead) for n in range(count)))


def hand_overs(least: float, most: float, every: float = 15.0, seed: int = 1, until: float = 86400.0) -> Outages:
    """A gap of changing length at each hand-over, as with satellites: the line is in use for all that."""
    begins = (30.0 + every * number for number in range(int((until - 30) / every)))
    return Outages("up", spans=tuple((begin, begin + least + (most - least) * chance("gap", seed, begin)) for begin in begins))


def outages(lengths: Sequence[float], every: float, seed: int = 1, until: float = 86400.0) -> Outages:
    """Outages of these lengths in turn, each at a moment by chance in its part of the time."""
    spans: list[Span] = []
    begin = every / 2
    for number, length in zip(itertools.count(), itertools.cycle(lengths)):
        at = begin + 10 * chance("begin", seed, number)
        if at + length + every / 2 > until:
            return Outages(spans=tuple(spans))
        spans.append((at, at + length))
        begin += every + length
    raise AssertionError


DAY = 86400.0
HOUR = 3600.0

FAULTS: Mapping[str, Fault] = {
    "none": Good(),
    "loss of 1 %": Loss(share=0.01),
    "loss of 5 %": Loss(share=0.05),
    "loss of 10 %": Loss(share=0.10),
    "loss of 20 %": Loss(share=0.20),
    "bursts of loss": Bursts(),
    "longer bursts of loss": Bursts(good=90.0, bad=5.0, lost=(0.002, 0.6), seed=2),
    "one ping a second passes": Limited(),
    "round trips of LTE": Jitter(),
    "one dead target": Dead(),
    "gaps of 0.2 to 1.5 s each 15 s": hand_overs(0.2, 1.5),
    "gaps of 2 to 5 s each 15 s": hand_overs(2, 5),
    "dead 2 s of each 5 min": regular("up", 2, 300.1),
    "dead 6 s of each 46 s": regular("held", 6, 46.1),
    "dead 6 s of each 20 s": regular("held", 6, 20.1),
    "outages of 1 s to 30 min": outages((1, 2, 3, 4, 5, 8, 12, 15, 20, 30, 60, 180, 600, 1800), 1200),
    "an outage of 2 min each hour": outages((120,), HOUR + 30, seed=3, until=DAY + HOUR),
    "pings only, 10 min of each hour": Garden(spans=outages((600,), HOUR, seed=4).spans),
}
"""What is watched, by its name in the tables."""
