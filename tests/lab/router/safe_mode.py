# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Safe mode: whoever holds it keeps what was changed since by a release; else all of it is undone, also what others have changed
[MAN:Configuration management, TIK4] D/O.

It belongs to the session that has taken it. Entries of address lists with a timeout are no configuration, so they are not undone I.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .engines.clock import Timer
from .errors import Trap, failure, no_match
from .paths import Path, path_text
from .rows import Change, Row
from .values import Value

if TYPE_CHECKING:
    from .store import Router

LOG = ("log",)
HISTORY = 100
"""How many actions the history holds. With more than that the session is put out of safe mode without a word, and nothing is undone
[MAN:Configuration management] D."""
ON_ERROR = ("abort", "ask", "release", "unroll")
"""What ``take`` does where somebody else holds it [SCH] O; what ``ask`` does over the API is unknown, here it is refused I."""

_Kept = list[tuple[Row, dict[str, Value]]]


def held(user: str) -> Trap:
    """Somebody else holds safe mode. The text is unknown."""
    return failure(f"safe mode is already taken by {user}")


def not_held() -> Trap:
    """What only the holder may do. The text is unknown."""
    return failure("safe mode is not taken by this session")


@dataclass
class Hold:
    """What is known of the session that holds safe mode.

    :param session: tells it from others.
    :param owner: how ``print`` calls the session I.
    :param rows: all rows of then, with what was written in them.
    :param actions: how many there were since.
    """

    session: object
    user: str
    owner: str
    rows: Mapping[Path, _Kept] = field(repr=False)
    actions: int = 0
    timer: Timer | None = None


@dataclass
class SafeMode:
    """Safe mode of one router.

    :param delay: seconds from the end of a session to the undo; about two were seen on a CHR [TIK4] O.
    :param undone: how often something was undone.
    """

    router: Router
    delay: float = 2.0
    undone: int = 0
    hold: Hold | None = None
    history: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    _fleeting: set[tuple[Path, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.router.observe(self._count)

    def take(self, session: object, user: str, owner: str, on_error: str = "ask") -> None:
        """Takes safe mode for a session.

        :raises Trap: where somebody else holds it, and ``on_error`` does not say what becomes of that.
        """
        if on_error not in ON_ERROR:
            raise no_match("on-error")
        with self.router.lock:
            if self.hold is not None and self.hold.session == session:
                return
            if self.hold is not None:
                if on_error in ("abort", "ask"):
                    raise held(self.hold.user)
                self._end(undo=on_error == "unroll")
            self.hold = Hold(session, user, owner, self._rows())

    def release(self) -> None:
        """Keeps what was changed. Any session may, so that the hold of one that is gone can be cleared [TIK4] O."""
        with self.router.lock:
            self._end(undo=False)

    def unroll(self, session: object) -> None:
        """Undoes what was changed; the session stays [TIK4] O. By another session: unknown, here it is refused I.

        :raises Trap: where the session does not hold it.
        """
        with self.router.lock:
            if not self.is_current(session):
                raise not_held()
            self._end(undo=True)

    def ended(self, session: object) -> None:
        """A session is over: what it holds is undone in a moment."""
        with self.router.lock:
            hold = self.hold
            if hold is not None and hold.session == session and hold.timer is None:
                hold.timer = self.router.services.clock.call_later(self.delay, lambda: self._end_of(hold))

    def forget(self) -> None:
        """Nobody holds it, and nothing was ever done."""
        self._end(undo=False)
        self.history.clear()
        self._fleeting.clear()

    def is_current(self, session: object) -> bool:
        """Whether this session holds it."""
        return self.hold is not None and self.hold.session == session

    def shown(self, session: object) -> dict[str, str]:
        """What ``print`` tells a session. The names are those of the command tree [SCH] O, what they mean is I."""
        hold = self.hold
        told = {"current": _word(self.is_current(session)), "enabled": _word(hold is not None)}
        return told | ({"owner": hold.owner, "user": hold.user} if hold else {})

    def actions(self) -> list[dict[str, str]]:
        """The history, the latest action first; ``floating-undo`` marks what safe mode would undo [MAN:Configuration management] D."""
        floating = self.hold.actions if self.hold else 0
        numbered = enumerate(reversed(self.history))
        return [{".id": f"*{place + 1:X}", "action": text, "floating-undo": _word(place < floating)} for place, (_, text) in numbered]

    def _end_of(self, hold: Hold) -> None:
        with self.router.lock:
            if self.hold is hold:
                self._end(undo=True)

    def _end(self, *, undo: bool) -> None:
        hold, self.hold = self.hold, None
        if hold is None:
            return
        if hold.timer is not None:
            hold.timer.cancel()
        if undo and hold.actions:
            self.undone += 1
            self._restore(hold.rows)

    def _rows(self) -> dict[Path, _Kept]:
        tables = {menu: rows for menu, rows in self.router.tables.items() if menu != LOG}
        return {menu: [(row, dict(row.values)) for row in rows if _is_lasting(row)] for menu, rows in tables.items()}

    def _restore(self, rows: Mapping[Path, _Kept]) -> None:
        """Puts all rows back in their places; what the router itself has made since stays."""
        for menu in [menu for menu in {**rows, **self.router.tables} if menu != LOG]:
            kept = rows.get(menu, [])
            table = self.router.table(menu)
            known = {row.id for row, _ in kept}
            back = [row.id for row, _ in kept if all(row is not other for other in table)]
            gone = [row.id for row in table if _is_lasting(row) and row.id not in known]
            other = [row.id for row, values in kept if row.id not in back and row.values != values]
            before = [row.id for row in table if row.id in known]
            moved = not back and before != [row.id for row, _ in kept]
            if not (back or gone or other or moved):
                continue
            for row, values in kept:
                row.values = values
            first = next((place for place, row in enumerate(table) if _is_lasting(row)), len(table))
            fleeting = [[row for row in part if not _is_lasting(row)] for part in (table[:first], table[first:])]
            table[:] = [*fleeting[0], *(row for row, _ in kept), *fleeting[1]]
            changes = (
                Change(menu, "remove", tuple(gone)),
                Change(menu, "add", tuple(back)),
                Change(menu, "set", tuple(other)),
                Change(menu, "move", tuple(before) if moved else ()),
            )
            for change in changes:
                if change.ids:
                    self.router.notify(change)

    def _count(self, change: Change) -> None:
        """Counts what is configuration. One command for several rows is as many actions I."""
        if change.kind == "state" or change.menu == LOG:
            return
        rows = [row for row in self.router.table(change.menu) if row.id in change.ids]
        self._fleeting |= {(change.menu, row.id) for row in rows if not _is_lasting(row)}
        lasting = [number for number in change.ids if (change.menu, number) not in self._fleeting]
        now = self.router.services.wall_time()
        self.history.extend((now, f"{path_text(change.menu)} {change.kind}") for _ in lasting)
        if self.hold is not None:
            self.hold.actions += len(lasting)
            if self.hold.actions > HISTORY:
                self._end(undo=False)


def _is_lasting(row: Row) -> bool:
    """Whether a row is configuration."""
    return not row.dynamic and "timeout" not in row.values


def _word(value: bool) -> str:
    return "true" if value else "false"
