# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The times of leases: a client asks again at half of a lease's time, asks anybody at seven eighths of it, and is without one when
nobody has answered to its end (RFC 2131, 4.4.5)."""

from __future__ import annotations

from collections.abc import Callable

from ..leases import CLIENT, REBINDING, RENEWING, Held, ask, ask_or_lose, lose, show
from ..rows import Change, Row
from ..store import Router
from .clock import Timer

HALF, MOST = 1 / 2, 7 / 8
"""The parts of a lease's time after which a client asks."""

ANSWER = 1.0
"""Seconds until a server has answered; how long a router shows ``renewing...`` is unknown."""


class Renewals:
    """Renews the leases of one router while it is started."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._known: dict[int, Held] = {}
        self._timers: dict[int, Timer] = {}
        self._stop_observing = lambda: None

    def start(self) -> None:
        """Begins; leases that are there already run on."""
        with self._router.lock:
            self._stop_observing = self._router.observe(self._notice)
            self._router.provider.renewals = self._ask_again
            self._refresh()

    def stop(self) -> None:
        """Ends; leases stay as they are."""
        self._stop_observing()
        with self._router.lock:
            self._router.provider.renewals = None
            for number in list(self._known):
                self._forget(number)

    def _notice(self, change: Change) -> None:
        if change.menu == CLIENT:
            with self._router.lock:
                self._refresh()

    def _refresh(self) -> None:
        """Plans the next step of each lease that is new, and forgets those that are gone."""
        for number in self._known.keys() - self._router.held.keys():
            self._forget(number)
        for number, held in self._router.held.items():
            if self._known.get(number) is not held:
                self._known[number] = held
                self._plan(number, held.ends - held.lease.seconds * (1 - HALF), lambda row: self._announce(row, RENEWING, MOST))

    def _ask_again(self, row: Row) -> None:
        """A client was told to renew."""
        self._plan(row.id, self._now() + ANSWER, lambda row: ask_or_lose(self._router, row))

    def _announce(self, row: Row, status: str, last: float) -> None:
        show(self._router, row, status)
        self._plan(row.id, self._now() + ANSWER, lambda row: self._ask(row, last))

    def _ask(self, row: Row, last: float) -> None:
        """Asks; without an answer the next step comes when that part of the lease's time is over."""
        if ask(self._router, row):
            return
        held = self._router.held[row.id]
        if last < 1:
            self._plan(row.id, held.ends - held.lease.seconds * (1 - last), lambda row: self._announce(row, REBINDING, 1))
        else:
            self._plan(row.id, held.ends, lambda row: lose(self._router, row))

    def _plan(self, number: int, when: float, step: Callable[[Row], None]) -> None:
        if number in self._timers:
            self._timers[number].cancel()

        def act() -> None:
            with self._router.lock:
                row = self._router.row(CLIENT, number)
                if row is not None and self._timers.get(number) is timer:
                    step(row)

        timer = self._timers[number] = self._router.services.clock.call_later(max(0.0, when - self._now()), act)

    def _forget(self, number: int) -> None:
        self._known.pop(number, None)
        timer = self._timers.pop(number, None)
        if timer is not None:
            timer.cancel()

    def _now(self) -> float:
        return self._router.services.clock.now()
