# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lines carry, second by second, while people download and a line dies and returns."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, NamedTuple

from ..network.network import Network

PERIOD = 0.5
"""Seconds between two readings."""

Mood = Literal["", "bad", "good"]


class Event(NamedTuple):
    """Something that happened, so many seconds after the beginning: for better, for worse, or neither."""

    when: float
    what: str
    mood: Mood


@dataclass
class Story:
    """Readings of all lines and what happened meanwhile. It is told between ``__enter__`` and ``__exit__``.

    :param times: seconds since the beginning, one per reading.
    :param speeds: bits per second towards the LAN in the period that ends there, by line.
    :param events: what happened meanwhile.
    """

    network: Network
    times: list[float] = field(default_factory=list)
    speeds: dict[str, list[float]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def __enter__(self) -> Story:
        self._begun = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, name="story", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._begun

    def tell(self, event: str, mood: Mood = "") -> float:
        """Notes that something happens now; returns when that is."""
        when = self.now
        self.events.append(Event(when, event, mood))
        print(f"    {when:5.1f} s  {event}", flush=True)
        return when

    def last(self, line: str) -> float:
        """Bits per second of a line in the last period that has ended; 0 before the first has."""
        return (self.speeds.get(line) or [0.0])[-1]

    def mean(self, begin: float, end: float) -> dict[str, float]:
        """Bits per second by line, on average between two moments."""
        chosen = [index for index, when in enumerate(self.times) if begin + PERIOD <= when <= end]
        return {line: sum(speeds[index] for index in chosen) / len(chosen) for line, speeds in self.speeds.items()}

    def _read(self) -> None:
        before, then = self._carried(), self.now
        while not self._ended.wait(PERIOD):
            carried, when = self._carried(), self.now
            self.times.append(when)
            for line, number in carried.items():
                self.speeds.setdefault(line, []).append((number - before[line]) * 8 / (when - then))
            before, then = carried, when

    def _carried(self) -> dict[str, int]:
        return {name: isp.carried()["down"] for name, isp in self.network.isps.items()}
