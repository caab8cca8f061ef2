# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ways in which the router breaks when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Drop = Literal["", "before", "after"]


@dataclass
class Faults:
    """What goes wrong. Counters count from the moment they are set, and go off once.

    :param drop_before_write: the connection is cut instead of the n-th write; 0 is off.
    :param drop_after_write: the connection is cut after the n-th write, before its answer; 0 is off.
    :param refuse_logins: every login is refused as if the password were wrong.
    :param delay: seconds before each answer.
    :param silent_while: while this is true, packets are dropped both ways without a word.
    :param deaf_while: while this is true, only those of connections that nobody is logged in over are.
    :param silence: seconds after which TCP gives up a connection whose packets are dropped, about nine minutes
        [MAN:Configuration management] D; the session ends then.
    """

    drop_before_write: int = 0
    drop_after_write: int = 0
    refuse_logins: bool = False
    delay: float = 0.0
    silent_while: Callable[[], bool] | None = None
    deaf_while: Callable[[], bool] | None = None
    silence: float = 540.0

    def next_write(self) -> Drop:
        """Counts a write, refused ones included, and says whether the connection is to be cut at it."""
        self.drop_before_write, before = _count_down(self.drop_before_write)
        self.drop_after_write, after = _count_down(self.drop_after_write)
        if before:
            return "before"
        return "after" if after else ""

    def is_silent(self, established: bool) -> bool:
        """Whether packets of a connection are dropped.

        :param established: whether somebody is logged in over it.
        """
        silent, deaf = self.silent_while, None if established else self.deaf_while
        return bool((silent and silent()) or (deaf and deaf()))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.drop_before_write = self.drop_after_write = 0
        self.refuse_logins, self.delay = False, 0.0
        self.silent_while = self.deaf_while = None


def _count_down(counter: int) -> tuple[int, bool]:
    """The counter after one write, and whether this was the write it waited for."""
    return max(counter - 1, 0), counter == 1
