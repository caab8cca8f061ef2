# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lines carry, second by second, while people download and a line dies and returns."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

from ..network.network import Network

PERIOD = 0.5
"""Seconds between two readings."""


@dataclass
class Story:
    """Readings of all lines and what happened meanwhile. It is told between ``__enter__`` and ``__exit__``.

    :param times: seconds since the beginning, one per reading.
    :param speeds: bits per second towards the LAN in the period that ends there, by line.
    :param events: seconds since the beginning, and what happened.
    """

    network: Network
    times: list[float] = field(default_factory=list)
    speeds: dict[str, list[float]] = field(default_factory=dict)
    events: list[tuple[float, str]] = field(default_factory=list)

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

    def tell(self, event: str) -> float:
        """Notes that something happens now; returns when that is."""
        when = self.now
        self.events.append((when, event))
        print(f"    {when:5.1f} s  {event}", flush=True)
        return when

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
