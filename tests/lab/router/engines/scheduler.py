# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of /system/scheduler, run when their time comes [MAN:Scheduler] D.

An entry without a start begins when it is added, and that moment is its start from then on. A start that the router's clock has not
reached holds an entry back, so one that was added in 2026 does not run on a board that woke up in 1970 [MAN] I. ``startup`` counts from
the boot, whatever the clock says. Times are of the lab's time zone, UTC.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

from ..logs import CLOCK, date_text, write_log
from ..paths import path
from ..reading import STARTUP, read_row
from ..rows import Change, Row
from ..rules import is_allowed
from ..store import Router
from ..times import parse_duration
from ..users import exists, policies
from ..versions import DEFAULT_START
from .clock import Timer
from .job import Origin
from .jobs import ScriptEngine

SCHEDULER = path("system scheduler")
AFTER_BOOT = 3.0
"""Seconds from the boot to entries that start with it [MAN] D."""

SHORTEST = 1.0
"""Seconds of the shortest interval [MAN] D."""

DEFAULT = ("1970-01-01", "00:00:00")
"""The start that may be the default one."""


@dataclass
class Entry:
    """What the engine keeps of a row.

    :param since: when it was added, or the router booted, in seconds of what only goes on.
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
        if change.menu == CLOCK:
            for row in list(self._router.table(SCHEDULER)):
                self._plan(row)
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
        if self._router.written(row, "days") not in ("", "always"):
            write_log(self._router, "script,warning", f"lab: days= of the scheduler entry {row.name} is not played here")
        moment = None if row.values.get("disabled") == "true" or self._is_passed_over(row) else self.next_run(row, entry)
        state = {name: value for name, value in row.state.items() if name != "next-run"}
        if moment is not None:
            services = self._router.services
            entry.timer = services.clock.call_later(moment - services.wall_time(), lambda: self._fire(row))
            state["next-run"] = date_text(moment)
        self._router.replace_state(SCHEDULER, row, state)

    def next_run(self, row: Row, entry: Entry) -> float | None:
        """When an entry runs next by the router's clock, in seconds since 1970; None for never.

        Runs are aligned to the start. With ``startup`` and an interval the first run is one interval after the boot;
        without one it is not in the boot in which the entry was made [MAN, RB5009] D/O.
        """
        services = self._router.services
        now = services.wall_time()
        interval = self._interval(row)
        if self._router.written(row, "start-time") == STARTUP:
            start = now - (services.clock.now() - entry.since)
            if interval is None:
                moment = start + AFTER_BOOT
                return moment if entry.boot and moment > now else None
            if not entry.boot and self._router.traits.startup_waits_for_boot:
                return None
        else:
            start = self._start(row)
            if start > now:
                return start
        if interval is None:
            return None
        return start + (math.floor((now - start) / interval) + 1) * interval

    def _start(self, row: Row) -> float:
        """When an entry begins; one that was left out whole keeps the fraction of its second I."""
        if "start-date" not in row.values and "start-time" not in row.values:
            return row.made
        shown = read_row(self._router, SCHEDULER, row)
        return datetime.datetime.fromisoformat(f"{shown['start-date']} {shown['start-time']}+00:00").timestamp()

    def _is_passed_over(self, row: Row) -> bool:
        """Whether the release does not run an entry, for its default start."""
        first, fixed = DEFAULT_START
        start = (self._router.written(row, "start-date"), self._router.written(row, "start-time"))
        return self._router.traits.default_start_never_runs and first <= self._router.version < fixed and start in (("", ""), DEFAULT)

    def _interval(self, row: Row) -> float | None:
        """Seconds between two runs; None for once."""
        milliseconds = parse_duration(self._router.written(row, "interval") or "0s") or 0
        return max(milliseconds / 1000, SHORTEST) if milliseconds else None

    def _fire(self, row: Row) -> None:
        """Runs an entry with its own policies, as its owner; one that device-mode turned off stays where it is
        [MAN:Device-mode] D. One with more policies than its owner has is refused I; of an owner who is gone nothing is known."""
        with self._router.lock:
            if row.id not in self._entries:
                return
            if is_allowed(self._router, "scheduler"):
                count = int(row.state.get("run-count", "0")) + 1
                self._router.set_state(SCHEDULER, row, {"run-count": str(count)})
                name, owner, granted = row.name or "", row.state.get("owner", ""), self._scripts.policies(row)
                origin = Origin(f"from scheduler ({name})", f"scheduler:{name}")
                if not exists(self._router, owner) or granted <= policies(self._router, owner):
                    self._scripts.start_event(self._router.written(row, "on-event"), owner, granted, origin)
                else:
                    self._scripts.refuse(origin, owner)
            self._plan(row)
