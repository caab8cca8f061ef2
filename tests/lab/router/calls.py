# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a client, or a script, tells the router, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import unknown_parameter
from .paths import Path, path
from .reading import Shown, read_rows
from .records import Attributes
from .rows import Row
from .store import Router
from .users import CHANGES_NOTHING, visible

if TYPE_CHECKING:
    from .language.frame import Execution

SAFE_MODE = path("safe-mode")


@dataclass(frozen=True)
class Call:
    """One command with its words.

    :param granted: the policies of whoever gives it.
    :param attributes: names and values in their order; a name with a leading ``!`` is to be unset.
    :param queries: query words without their leading ``?``.
    :param user: whoever gives it; becomes the owner of scripts and of scheduler entries.
    :param script: the script that gives it; None for a client.
    :param session: tells the session of a client from others.
    """

    router: Router
    granted: frozenset[str]
    path: Path
    command: str
    attributes: Attributes = ()
    queries: tuple[str, ...] = ()
    user: str = "admin"
    script: Execution | None = None
    session: object = None

    @property
    def writes(self) -> bool:
        """Whether the command is one that changes something. To take safe mode changes nothing."""
        return self.command not in CHANGES_NOTHING and self.path != SAFE_MODE

    def rows(self) -> list[Shown]:
        """The rows of the menu, as far as whoever gives the command may see them."""
        if self.path == SAFE_MODE:
            return [self.router.safe_mode.shown(self.holder)]
        return [visible(self.granted, row) for row in read_rows(self.router, self.path)]

    @property
    def holder(self) -> object:
        """Who holds safe mode where this call takes it: the session of the client, or the run of the script I."""
        return self.session if self.script is None else id(self.script)

    def words(self, *expected: str) -> dict[str, str]:
        """The attributes by name.

        :raises Trap: for names other than the expected ones; without expectations all are taken.
        """
        words = dict(self.attributes)
        for name in words:
            if expected and name not in expected:
                raise unknown_parameter(name)
        return words


@dataclass
class Reply:
    """What a command answers.

    :param rows: the rows of a print; None for commands that answer none.
    :param ret: the value of ``=ret=``.
    :param touched: the rows that it changed.
    """

    rows: list[Shown] | None = None
    ret: str | None = None
    touched: Sequence[Row] = ()
