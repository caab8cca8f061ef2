# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's time: real, or under a test's control."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

Action = Callable[[], None]
POLLING = 0.01
"""How often, in real seconds, a sleeper under a test's control looks at whether it was cancelled."""


class Timer:
    """Something that is to happen.

    :param when: seconds since the epoch.
    """

    def __init__(self, when: float, action: Action) -> None:
        self.when = when
        self._action: Action | None = action
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """It does not happen."""
        self._action = None

    def fire(self) -> None:
        """Lets it happen, once."""
        with self._lock:
            action, self._action = self._action, None
        if action is not None:
            action()


class Clock(Protocol):
    """Time, and what waits for it."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float, cancelled: threading.Event) -> None:
        """Returns after so many seconds, or when the event is set."""

    def call_later(self, seconds: float, action: Action) -> Timer:
        """Lets something short happen after so many seconds, in the clock's own thread."""

    def start(self, work: Action, name: str) -> threading.Thread:
        """Runs something that may sleep in a thread of its own."""

    def stop(self) -> None:
        """Forgets what was to happen."""


class RealClock:
    """The time of the machine. Its thread starts with the first timer and ends with ``stop``."""

    def __init__(self) -> None:
        self._agenda: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float, cancelled: threading.Event) -> None:
        """Sleeps, or wakes by the event."""
        cancelled.wait(seconds)

    def call_later(self, seconds: float, action: Action) -> Timer:
        """Puts an action on the agenda."""
        timer = Timer(self.now() + seconds, action)
        with self._changed:
            heapq.heappush(self._agenda, (timer.when, next(self._numbers), timer))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lab-clock", daemon=True)
                self._thread.start()
            self._changed.notify()
        return timer

    def start(self, work: Action, name: str) -> threading.Thread:
        """A daemon thread."""
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Empties the agenda and ends the thread."""
        with self._changed:
            self._agenda.clear()
            thread, self._thread = self._thread, None
            self._changed.notify()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while (timer := self._next()) is not None:
            timer.fire()

    def _next(self) -> Timer | None:
        """Waits for the next timer that is due; None when the clock was stopped."""
        with self._changed:
            while self._thread is threading.current_thread():
                wait = self._agenda[0][0] - self.now() if self._agenda else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._agenda)[2]
                self._changed.wait(wait)
            return None


class ManualClock:
    """Time that stands still until a test moves it, and one thread at a time.

    What happens at one moment is over before the next one comes: ``advance`` waits for every thread that the clock
    started to end or to sleep. Such threads take turns, in the order in which they began or woke; one works until it
    sleeps. So a test sees the same order of events each time.

    :param now: seconds since the epoch to begin with.
    :param patience: how many real seconds threads may work without sleeping.
    """

    def __init__(self, now: float = 1_767_225_600.0, patience: float = 60.0) -> None:
        self._now = now
        self._patience = patience
        self._agenda: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition(threading.RLock())
        self._workers: dict[int, int] = {}
        self._working = False
        self._stops = 0
        self._ready: deque[threading.Event] = deque()

    def now(self) -> float:
        """Where the test has put it; at first the beginning of 2026."""
        return self._now

    def sleep(self, seconds: float, cancelled: threading.Event) -> None:
        """Blocks until a test has advanced the clock so far, or has cancelled the sleeper, or the clock has been stopped."""
        woken, me = threading.Event(), threading.get_ident()
        worker, stops = me in self._workers, self._workers.get(me, self._stops)
        wake = (lambda: self._take_turn(woken)) if worker else woken.set
        timer = self.call_later(seconds, wake)
        if worker:
            self._pass_turn()
        while not woken.wait(POLLING):
            if cancelled.is_set() or stops != self._stops:
                timer.fire()
                woken.wait()

    def call_later(self, seconds: float, action: Action) -> Timer:
        """Puts an action on the agenda."""
        with self._changed:
            timer = Timer(self._now + max(seconds, 0.0), action)
            heapq.heappush(self._agenda, (timer.when, next(self._numbers), timer))
            return timer

    def start(self, work: Action, name: str) -> threading.Thread:
        """A daemon thread that ``advance`` waits for."""
        turn, stops = threading.Event(), self._stops

        def run() -> None:
            turn.wait()
            self._workers[threading.get_ident()] = stops
            try:
                work()
            finally:
                del self._workers[threading.get_ident()]
                self._pass_turn()

        self._take_turn(turn)
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Empties the agenda; who has begun before sleeps no more, since nobody would wake it."""
        with self._changed:
            self._agenda.clear()
            self._stops += 1

    def advance(self, seconds: float) -> None:
        """Lets time pass, with all that happens in it.

        :raises TimeoutError: when a thread neither ends nor sleeps.
        """
        end = self._now + seconds
        self.settle()
        while (timer := self._due(end)) is not None:
            timer.fire()
            self.settle()
        self._now = end

    def settle(self) -> None:
        """Waits for what happens at this moment.

        :raises TimeoutError: when a thread neither ends nor sleeps.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._working, self._patience):
                raise TimeoutError("a thread neither ends nor sleeps")

    def _due(self, end: float) -> Timer | None:
        """The next timer before the end; its time is now."""
        with self._changed:
            if not self._agenda or self._agenda[0][0] > end:
                return None
            timer = heapq.heappop(self._agenda)[2]
            self._now = max(self._now, timer.when)
            return timer

    def _take_turn(self, turn: threading.Event) -> None:
        """Sets the event once it is a thread's turn."""
        with self._changed:
            if self._working:
                self._ready.append(turn)
            else:
                self._working = True
                turn.set()

    def _pass_turn(self) -> None:
        """Lets the next thread work."""
        with self._changed:
            if self._ready:
                self._ready.popleft().set()
            else:
                self._working = False
                self._changed.notify_all()
