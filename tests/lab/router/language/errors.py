# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a script ends before its end: by an error, or because a command says so."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Trap, no_such_prefix
from .values import Value


class ScriptError(Exception):
    """A script that does not run any further; ``on-error`` catches it.

    :param message: what is wrong, in RouterOS' words where they are known.
    :param position: offset of the place in the source; None as long as nobody knows it.
    :param trap: the refusal of a command that caused it.
    :param hint: what the lab knows beyond RouterOS' words.
    """

    def __init__(self, message: str, position: int | None = None, *, trap: Trap | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.trap = trap
        self.hint = hint
        self.place: tuple[int, int] | None = None
        self.command = ""

    @property
    def reason(self) -> str:
        """What an API client would be told of it, and the lab's hint."""
        return (self.trap.message if self.trap else self.message) + (f": {self.hint}" if self.hint else "")

    @property
    def described(self) -> str:
        """The message with its place, as the log has it: ``(/ip/route/set; line 3)`` for commands [MAN] D, ``(line 3
        column 7)`` for the rest [REQ] O."""
        if self.place is None:
            return self.message
        line, column = self.place
        return f"{self.message} ({f'{self.command}; line {line}' if self.command else f'line {line} column {column}'})"


class BadName(ScriptError):
    """A word that is no menu and no command. It is an error of the line, when the line is reached [REQ] O."""

    def __init__(self, name: str, position: int, trap: Trap) -> None:
        super().__init__(f"bad command name {name}", position, trap=trap)


class MenuMissing(BadName):
    """A line that names a menu that is not there; relative lines behind it have no menu."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(name, position, no_such_prefix())


class Interrupted(Exception):
    """The job was told to end; no ``on-error`` catches it."""


class Flow(Exception):
    """A command that goes somewhere else; not an error."""


@dataclass(eq=False)
class Return(Flow):
    """``:return``."""

    value: Value


class Break(Flow):
    """``:break``."""


class Continue(Flow):
    """``:continue``."""


class Exit(Flow):
    """``:exit``."""
