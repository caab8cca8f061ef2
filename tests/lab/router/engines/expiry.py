# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Timed entries of address lists: they vanish when their time is over [MAN:Address-lists] D."""

from __future__ import annotations

from typing import NamedTuple

from ..paths import path
from ..rows import Change
from ..store import Router
from ..times import parse_duration
from .clock import Timer

ADDRESS_LIST = path("ip firewall address-list")


class Term(NamedTuple):
    """How long an entry was given, and what ends it."""

    text: str
    timer: Timer


class Expiry:
    """Removes the timed entries of one router while it is started. An entry that is given another time begins anew with
    it I; whether one does that is given the same again is a trait. What is left of the time is not shown."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._terms: dict[int, Term] = {}
        self._stop_observing = lambda: None

    def start(self) -> None:
        """Entries that are there already have all their time before them."""
        with self._router.lock:
            self._stop_observing = self._router.observe(self._notice)
            for row in self._router.table(ADDRESS_LIST):
                self._refresh(row.id)

    def stop(self) -> None:
        """Ends; entries stay."""
        self._stop_observing()
        for number in list(self._terms):
            self._forget(number)

    def _notice(self, change: Change) -> None:
        if change.menu == ADDRESS_LIST and change.kind != "state":
            with self._router.lock:
                anew = "timeout" in change.names and self._router.traits.same_timeout_begins_anew
                for number in change.ids:
                    self._refresh(number, anew=anew)

    def _refresh(self, number: int, *, anew: bool = False) -> None:
        row = self._router.row(ADDRESS_LIST, number)
        text = self._router.written(row, "timeout") if row is not None else ""
        milliseconds = parse_duration(text)
        term = self._terms.get(number)
        if term is not None and term.text == text and not anew:
            return
        self._forget(number)
        if milliseconds:
            timer = self._router.services.clock.call_later(milliseconds / 1000, lambda: self._end(number))
            self._terms[number] = Term(text, timer)

    def _end(self, number: int) -> None:
        with self._router.lock:
            row = self._router.row(ADDRESS_LIST, number)
            if self._terms.pop(number, None) is not None and row is not None:
                self._router.remove(ADDRESS_LIST, [row])

    def _forget(self, number: int) -> None:
        term = self._terms.pop(number, None)
        if term is not None:
            term.timer.cancel()
