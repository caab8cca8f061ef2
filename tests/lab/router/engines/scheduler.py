# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of /system/scheduler, run when their time comes [MAN:Scheduler] D.

An entry without a start begins when it is added. Times are of the lab's time zone, UTC.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

from ..logs import date_text
from ..paths import path
from ..rows import Change, Row
from ..rules import is_allowed
from ..store import Router
from ..times import parse_duration
from .clock import Timer
from .job import Origin
from .jobs import ScriptEngine

SCHEDULER = path("system scheduler")
AFTER_BOOT = 3.0
"""Seconds from the boot to entries that start with it [MAN] D."""

SHORTEST = 1.0
"""Seconds of the shortest interval [MAN] D."""

STARTUP = "startup"


@dataclass
class Entry:
    """What the engine keeps of a row.

    :param since: when it was added, in seconds since the epoch.
    :param boot: whether it was there when the router booted.
    """

    since: float
    boot: bool
    timer: Timer | None = None


class Scheduler:
    """Runs the entries of one router while it is started."""

    def __init__(self, router: Router, scripts: ScriptEngine) -> None:
        self._router = router
        self._scripts = scripts
        self._entries: dict[int, Entry] = {}
        self._stop_observing = lambda: None

    def start(self) -> None:
        """Begins, with the entries that are there as at a boot."""
        now = self._router.services.clock.now()
        with self._router.lock:
            self._stop_observing = self._router.observe(self._notice)
            for row in list(self._router.table(SCHEDULER)):
                self._entries[row.id] = Entry(now, boot=True)
                self._router.set_state(SCHEDULER, row, {"run-count": "0"})
                self._plan(row)

    def stop(self) -> None:
        """Ends; what runs already goes on."""
        self._stop_observing()
        for entry in self._entries.values():
            if entry.timer is not None:
                entry.timer.cancel()
        self._entries.clear()

    def _notice(self, change: Change) -> None:
        """Plans anew what was added or changed."""
        if change.menu != SCHEDULER or change.kind == "state":
            return
        for number in change.ids:
            row = self._router.row(SCHEDULER, number)
            if row is None:
                self._forget(number)
                continue
            self._entries.setdefault(number, Entry(self._router.services.clock.now(), boot=False))
            self._plan(row)

    def _forget(self, number: int) -> None:
        entry = self._entries.pop(number, None)
        if entry is not None and entry.timer is not None:
            entry.timer.cancel()

    def _plan(self, row: Row) -> None:
        """Sets the timer of an entry, and ``next-run``."""
        entry = self._entries[row.id]
        if entry.timer is not None:
            entry.timer.cancel()
            entry.timer = None
        moment = None if row.values.get("disabled") == "true" else self.next_run(row, entry)
        state = {name: value for name, value in row.state.items() if name != "next-run"}
        if moment is not None:
            clock = self._router.services.clock
            entry.timer = clock.call_later(moment - clock.now(), lambda: self._fire(row))
            state["next-run"] = date_text(moment)
        self._router.replace_state(SCHEDULER, row, state)

    def next_run(self, row: Row, entry: Entry) -> float | None:
        """When an entry runs next, in seconds since the epoch; None for never.

        Runs are aligned to the start. With ``startup`` and an interval the first run is one interval after the boot;
        without one it is not in the boot in which the entry was made [MAN, RB5009] D/O.
        """
        now = self._router.services.clock.now()
        interval = self._interval(row)
        if self._router.written(row, "start-time") == STARTUP:
            if interval is None:
                moment = entry.since + AFTER_BOOT
                return moment if entry.boot and moment > now else None
            start = entry.since
        else:
            start = self._start(row, entry)
            if start > now:
                return start
        if interval is None:
            return None
        return start + (math.floor((now - start) / interval) + 1) * interval

    def _start(self, row: Row, entry: Entry) -> float:
        """``start-date`` and ``start-time``; what is missing is the entry's first day, or moment."""
        day, clock_time = self._router.written(row, "start-date"), self._router.written(row, "start-time")
        if not day and not clock_time:
            return entry.since
        first = datetime.datetime.fromtimestamp(entry.since, datetime.UTC)
        date = datetime.date.fromisoformat(day) if day else first.date()
        time = datetime.time.fromisoformat(clock_time) if clock_time else first.time()
        return datetime.datetime.combine(date, time, datetime.UTC).timestamp()

    def _interval(self, row: Row) -> float | None:
        """Seconds between two runs; None for once."""
        milliseconds = parse_duration(self._router.written(row, "interval") or "0s") or 0
        return max(milliseconds / 1000, SHORTEST) if milliseconds else None

    def _fire(self, row: Row) -> None:
        """Runs an entry with its own policies, as its owner; one that device-mode turned off stays where it is
        [MAN:Device-mode] D."""
        with self._router.lock:
            if row.id not in self._entries:
                return
            if is_allowed(self._router, "scheduler"):
                count = int(row.state.get("run-count", "0")) + 1
                self._router.set_state(SCHEDULER, row, {"run-count": str(count)})
                name = row.name or ""
                self._scripts.start_event(
                    self._router.written(row, "on-event"),
                    row.state.get("owner", ""),
                    self._scripts.policies(row),
                    Origin(f"from scheduler ({name})", f"scheduler:{name}"),
                )
            self._plan(row)
