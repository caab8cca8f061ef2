# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A way back: what a run writes is kept when a new connection has seen that the router works with it; else the router takes it back.

    what lies idle ──► in portions, each kept at once
    what moves packets ──► one portion ──► a new connection: the router answers, the control script runs, the lines carry ──► kept
                                │                                     │ no, or nobody is there any more
                                └──────────────── taken back ◄────────┘

The router does that by its safe mode, from 7.18 on: it belongs to one connection, and with the end of that one all is undone that was
written since, by anybody (manual, "Configuration management"). It holds about 100 actions; with more it ends without a word. So actions
are counted on the connection, and more of them than fit into one portion are several portions, each of which is proven.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any

from ..carrying import READS, Lines, carrying, has_lines, lost, to_ask
from ..failover_netwatch.netwatch import SCRIPT
from ..findings import COMMAND, Finding
from ..routeros.names import PREFIX
from ..routeros.paths import SCHEDULER
from ..routeros.steps import Step
from .changes import Changes
from .dead_man import COMMENT, DeadMan
from .problems import LOST
from .router import Router, RouterProblem

PORTION = 80
"""Actions that one portion holds at most: the router's history has room for the rest of what happens meanwhile."""
LEFT_BEHIND = 30
"""Seconds that a run waits for a connection of its own user to be taken back, such as that of a run that was killed a moment ago."""
COMES_BACK = 90
"""Seconds that a run waits for a router that it cannot reach any more."""
EACH = 1.0
"""Seconds between two looks at the router."""
ROUNDS = 3
"""How often a line is asked, a second apart: a neighbour's address may have to be found first."""

Another = Callable[[], AbstractContextManager[Router]]
"""Makes one more connection to the same router."""

HELD, UNPROVEN = "held", "unproven"
"""Kinds of findings: somebody else holds safe mode; what was written does not work as what was there before."""
TAKEN_BACK = "the router has taken back what moves packets; what lies idle stays, and the next run goes on from there"
IDLE_BACK = "the router has taken back what was written last, none of which has met a packet"
ENDED = "the router has ended safe mode by itself, as it does when others write much meanwhile, so nothing was taken back"
TOO_OLD = "written without a way back, which RouterOS has from 7.18 on"
ONE_BY_ONE = "written without a way back: the modules of community.routeros run one by one here, each over a connection of its own"


class WayBack:
    """One run with a way back.

    :param router: the connection that writes.
    :param another: makes new ones.
    :param first: is called once, before anything is written.

    `has_written` says whether anything was written. `told` says in one sentence what became of it, and is empty where nothing was. `kept`
    is what stays, whatever happens.
    """

    def __init__(self, router: Router, another: Another, first: Callable[[], None] = lambda: None) -> None:
        self._router = router
        self._first = first
        self._another = another
        self._before: Lines | None = None
        self._dead_man = DeadMan(router)
        self._possible = True
        self._is_held = False
        self._moves = False
        self._actions = 0
        self._portions = 0
        self._watches = False
        self._resting: list[str] = []
        self._carrying: list[str] = []
        self.has_written = False
        self.told = ""
        self.kept = Changes()

    def carry_out(self, first: Sequence[Step], steps: Sequence[Step], changes: Changes) -> None:
        """Write what lies idle, then all; note it in `changes`.

        Raises `RouterProblem` where the router refuses a step or is lost, where somebody else holds safe mode, and where what was written
        is taken back.
        """
        self._possible = self._watches = self._router.watch(self._about_to_write)
        self._changes = changes
        try:
            if not self._possible:  # nobody sees when it writes
                self._first()
            for step in first:
                self._router.write(step, changes, check=False)
            self._let_go()
            self.kept = deepcopy(changes)
            self._moves = True
            for step in steps:
                if isinstance(step, dict) and step["path"] == SCHEDULER:
                    self._wake()  # the step looks at them
                self._router.write(step, changes, check=False)
            if self._is_held:
                self._wake()
                self._prove()
                self._let_go()
                self.told = self._says_kept()
                with suppress(RouterProblem), self._unwatched():  # it removes itself as well
                    self._dead_man.end(self._router)
        except RouterProblem as trouble:
            raise self._undone(trouble.finding) from None
        finally:
            self._router.watch(None)
        if not self._possible and changes.changed:
            self.told = self.told or ONE_BY_ONE
        self.kept = changes

    def _about_to_write(self, rows: int) -> None:
        """Is called before each sentence that writes so many rows, wherever it is said."""
        with self._unwatched():
            if self._is_held and self._actions + rows > PORTION:
                if self._moves:
                    self._wake()
                    self._prove()
                self._let_go()
            if not self.has_written:
                self._first()
            if self._possible and not self._is_held:
                self._take()
            self._dead_man.put_off()
            self._actions += rows
            self.has_written = True

    def _take(self) -> None:
        """Take safe mode; a router that has none writes as ever.

        Raises `RouterProblem` where somebody else holds it.
        """
        state = self._state(time.monotonic() + LEFT_BEHIND)
        if state is None:
            self._possible, self.told = False, TOO_OLD
            return
        if self._before is None:
            self._before = carrying(self._router.found(READS))
        if self._moves:
            self._dead_man.begin()
        try:
            self._router.keep("take on-error=abort")
        except RouterProblem as trouble:
            self._state(0)  # somebody else was quicker
            self._possible, self.told = False, f"written without a way back: {trouble.finding.problem}"
            return
        self._is_held, self._actions = True, 0
        self._portions += self._moves
        if self._moves:
            self._rest()

    def _state(self, until: float) -> dict[str, Any] | None:
        """What the router says of safe mode, when nobody else holds it."""
        while (state := self._router.safe_mode()) and state.get("enabled") and not state.get("current"):
            if state.get("user") != self._router.user or time.monotonic() >= until:
                raise RouterProblem(_held(state))
            time.sleep(EACH)
        return state

    def _rest(self) -> None:
        """Our entries of the scheduler rest: what they did meanwhile would be undone as well, and a message be sent twice."""
        there = self._router.rows(SCHEDULER, (".id", "comment", "disabled"))
        ours = [row for row in there if str(row.get("comment") or "").startswith(f"{PREFIX}:") and row.get("comment") != COMMENT]
        self._resting = [str(row[".id"]) for row in ours if not row.get("disabled")]
        self._switch("yes")

    def _wake(self) -> None:
        """They go on, those that are still there."""
        with self._unwatched():
            there = {str(row[".id"]) for row in self._router.rows(SCHEDULER, (".id",))} if self._resting else set()
            self._resting = [number for number in self._resting if number in there]
            self._switch("no")
        self._resting = []

    def _switch(self, disabled: str) -> None:
        if self._resting:
            self._router.change(SCHEDULER, "update", f".id={','.join(self._resting)} disabled={disabled}")
            self._actions += len(self._resting)

    @contextmanager
    def _unwatched(self) -> Iterator[None]:
        """What is written in this block is not counted."""
        before, self._watches = self._watches, False
        self._router.watch(None)
        try:
            yield
        finally:
            self._watches = before
            self._router.watch(self._about_to_write if before else None)

    def _let_go(self) -> None:
        """Keep what was written. That the router has ended safe mode by itself changes nothing of what is kept."""
        if self._is_held:
            self._is_held = False
            if self._is_current():
                self._router.keep("release")

    def _is_current(self) -> bool:
        return bool((self._router.safe_mode() or {}).get("current"))

    def _prove(self) -> None:
        """Look at the router over a new connection.

        Raises `RouterProblem` where it is not as before.
        """
        self._dead_man.put_off()
        try:
            problems = self._looked(runs=True)
        except RouterProblem as trouble:
            problems = [f"over a new connection: {trouble.finding.text}"]
        if problems:
            raise RouterProblem(Finding("the proof", "; ".join(problems), "mend that, then run it again", kind=UNPROVEN))

    def _looked(self, *, runs: bool) -> list[str]:
        """What a new connection sees. In the middle of an outage the control script may take longer than an answer may: then it goes on.

        :param runs: whether the control script is run first.
        """
        try:
            with self._another() as other:
                if runs and has_lines(other.found(READS)):  # without lines it has nothing to look after
                    other.run_if_there(SCRIPT)
                return self._not_as_before(other)
        except RouterProblem as trouble:
            if not runs or LOST not in trouble.finding.problem:
                raise
        return self._looked(runs=False)

    def _not_as_before(self, other: Router) -> list[str]:
        before = self._before or Lines()
        now = other.found(READS)
        self._carrying = sorted(before.ours.keys() & carrying(now).ours.keys())
        gone = [f"{line} carried before, and does no more" for line in lost(before, now)]
        silent = to_ask(before, now)
        for number in range(ROUNDS if not gone else 0):
            time.sleep(EACH if number and silent else 0)
            silent = {name: hosts for name, hosts in silent.items() if not any(map(other.answers, hosts))}
        return [*gone, *(f"{name} carried before, and none of {', '.join(hosts)} answers by it now" for name, hosts in silent.items())]

    def _undone(self, trouble: Finding) -> RouterProblem:
        """What a run says that has come to its end too early: what it holds is taken back."""
        if not self._is_held:
            return RouterProblem(trouble)
        self._is_held = False
        self._router.watch(None)
        try:
            if not self._is_current():
                self.told, self.kept = ENDED, self._changes
                return RouterProblem(trouble)
            self._router.keep("unroll")
        except RouterProblem:
            self._router.close()  # the end of the connection takes it back as well
        back = TAKEN_BACK if self._moves else IDLE_BACK
        self.told = back if self._comes_back() else self._says_lost()
        return RouterProblem(replace(trouble, remedy="run it again") if "stays" in trouble.remedy else trouble)

    def _comes_back(self) -> bool:
        """Whether the router is reached again and nobody holds safe mode any more; the control script runs then at once."""
        end = time.monotonic() + COMES_BACK
        while True:
            try:
                with self._another() as other:
                    if not (other.safe_mode() or {}).get("enabled"):
                        self._dead_man.end(other)
                        other.run_if_there(SCRIPT)
                        return True
            except RouterProblem:
                pass
            if time.monotonic() >= end:
                return False
            time.sleep(EACH)

    def _says_kept(self) -> str:
        lines = f", and {', '.join(self._carrying)} {'carry' if len(self._carrying) > 1 else 'carries'} as before" if self._carrying else ""
        parts = f" (in {self._portions} parts, each kept by itself: more than {PORTION} writes move packets)" if self._portions > 1 else ""
        return f"kept: a new connection reaches the router{lines}{parts}"

    def _says_lost(self) -> str:
        soon = "within a minute" if self._dead_man.is_there else "within about nine minutes"
        return f"nobody reaches the router for {COMES_BACK} seconds now; it takes back what moves packets {soon} of the last write"


def _held(state: dict[str, Any]) -> Finding:
    who = " ".join(filter(None, (f"'{state.get('user') or 'somebody'}'", f"({state['owner']})" if state.get("owner") else "")))
    problem = f"{who} holds it, and when that ends without a release, the router takes back what this run writes"
    remedy = f"let it be released there, or where nobody is there any more write {COMMAND}"
    return Finding("/safe-mode", problem, remedy, "/safe-mode release", kind=HELD)
