# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a script runs: on whose behalf, in which menu, with which variables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ..paths import Path
from ..users import SYSTEM_USER
from .errors import Interrupted, ScriptError
from .program import Program
from .scope import Globals, Scope
from .values import Code, Value

if TYPE_CHECKING:
    from routeros_lsp.syntax.ast import Brace, Element, Statement, Subst

    from ..store import Router

Refusal = Callable[["Statement", ScriptError], None]


@dataclass
class Execution:
    """One run of a script, with what it calls.

    :param user: whose global variables it sees.
    :param granted: the policies it runs with.
    :param name: the script's name, as ``:jobname`` has it; empty for a text.
    :param positions: whether rows can be named by their place in the menu; only while a configuration is loaded.
    :param commands: how many commands it has carried out so far, those in brackets included.
    :param writes: how many of them were carried out and may have changed something.
    :param output: what it put, a line each.
    :param globals: its global variables, unless it shares those of its user.
    :param cancelled: ends it before its next command, and wakes it from a delay.
    """

    router: Router
    user: str
    granted: frozenset[str]
    name: str = ""
    positions: bool = False
    commands: int = 0
    writes: int = 0
    output: list[str] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    globals: Globals = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self._is_alone:
            self.globals = self.router.services.globals_of(self.user)

    @property
    def _is_alone(self) -> bool:
        """Whether its global variables are its own: each run of netwatch has an environment of its own [MAN:Netwatch] D, and so
        have other hooks I; for the rest it is a trait."""
        return self.user == SYSTEM_USER or (self.router.traits.globals_need_policy and "policy" not in self.granted)

    def count(self) -> None:
        """Counts a command that is about to run.

        :raises Interrupted: when the job was told to end.
        """
        self.check()
        self.commands += 1

    def check(self) -> None:
        """Ends a job that was told to end.

        :raises Interrupted: for such a job.
        """
        if self.cancelled.is_set():
            raise Interrupted


@dataclass(frozen=True)
class Frame:
    """The surroundings of a statement.

    :param menu: where relative commands start from; None after a menu that is not there.
    :param row: the properties of the row that a condition is asked about; they hide variables of their names.
    :param refuse: told of statements that fail, in place of failing; None where an error ends the block.
    """

    runner: Runner
    execution: Execution
    program: Program
    scope: Scope
    menu: Path | None = ()
    row: Mapping[str, Value] | None = None
    refuse: Refusal | None = None


class Runner(Protocol):
    """What runs statements; the other parts of the language call it for the code inside of values and commands."""

    def block(self, brace: Brace, frame: Frame, names: Mapping[str, Value] | None = None) -> Value:
        """Runs a block in a scope of its own; its value is that of its last command.

        :param names: variables that the block begins with.
        """

    def substitution(self, subst: Subst, frame: Frame) -> Value:
        """Runs the command in brackets and returns its value."""

    def call(self, code: Code, arguments: Sequence[Element], frame: Frame) -> Value:
        """Calls a function."""
