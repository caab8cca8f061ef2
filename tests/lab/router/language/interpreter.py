# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs statements: finds out what each one is, and hands it to those who play it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from routeros_lsp.syntax.ast import Brace, Element, Named, Statement, StringLit, Subst, Variable

from ..errors import Trap
from ..paths import Path
from . import control, functions, menu_commands
from .errors import Exit, Flow, MenuMissing, Return, ScriptError
from .expressions import evaluate
from .frame import Execution, Frame, Refusal
from .heads import Head, find_head
from .program import Program
from .scope import Scope
from .values import NOTHING, Code, Value


def run_program(program: Program, execution: Execution, names: Mapping[str, Value] | None = None, refuse: Refusal | None = None) -> None:
    """Runs a program to its end.

    :param names: variables that the caller brings along.
    :param refuse: told of each line that fails, faults of the syntax included; the lines behind it run. Without it the
        first error ends the program, and one with faults does not start.
    :raises ScriptError: without ``refuse``.
    :raises Interrupted: when the execution is cancelled.
    """
    if refuse is None:
        program.check(execution.router.version)
    scope = Scope(execution.globals, None, names)
    runner = Interpreter()
    try:
        runner.statements(program.statements, Frame(runner, execution, program, scope, refuse=refuse))
    except (Return, Exit):
        return
    except Flow as flow:
        raise ScriptError(f"{type(flow).__name__.lower()} outside of a loop") from None


class Interpreter:
    """The runner of the language."""

    def statements(self, body: Sequence[Statement], frame: Frame) -> tuple[Path | None, Value]:
        """Runs statements one after the other; a line that only names a menu changes the menu for those behind it.

        :returns: the menu after the last one, and its value.
        """
        menu = frame.menu
        value: Value = NOTHING
        for statement in body:
            try:
                menu, value = self._placed(statement, frame if menu == frame.menu else replace(frame, menu=menu))
            except ScriptError as error:
                if frame.refuse is None:
                    raise
                frame.refuse(statement, error)
                if isinstance(error, MenuMissing):
                    menu = None
        return menu, value

    def block(self, brace: Brace, frame: Frame, names: Mapping[str, Value] | None = None) -> Value:
        """Runs a block in a scope of its own; an error ends it."""
        inner = replace(frame, scope=frame.scope.block(names), refuse=None)
        return self.statements(brace.body, inner)[1]

    def substitution(self, subst: Subst, frame: Frame) -> Value:
        """Runs what is in brackets."""
        return self.statements(subst.body, replace(frame, refuse=None) if frame.refuse else frame)[1]

    def call(self, code: Code, arguments: Sequence[Element], frame: Frame) -> Value:
        """Calls a function: positional arguments are $1, $2 ..., others have their names [MAN] D."""
        frame.execution.count()
        names: dict[str, Value] = {}
        position = 0
        for element in arguments:
            if isinstance(element, Named):
                name = element.name.value if isinstance(element.name, StringLit) else element.name.text
                names[name] = NOTHING if element.value is None else evaluate(element.value, frame)
            else:
                position += 1
                names[str(position)] = evaluate(element, frame)
        scope = Scope(frame.scope.shared, None, names)
        inner = Frame(self, frame.execution, code.program, scope, code.menu)
        try:
            return self.statements(code.body, inner)[1]
        except Return as returned:
            return returned.value

    def _placed(self, statement: Statement, frame: Frame) -> tuple[Path | None, Value]:
        """Runs one statement; an error that does not know its place gets the statement's."""
        try:
            return self._statement(statement, frame)
        except ScriptError as error:
            if error.place is None:
                error.position = statement.start if error.position is None else error.position
                error.place = frame.program.place(error.position)
            raise

    def _statement(self, statement: Statement, frame: Frame) -> tuple[Path | None, Value]:
        if frame.refuse is not None and (fault := frame.program.fault_in(statement, frame.execution.router.version)):
            raise fault.error()
        elements = statement.elements
        if not elements:
            return (() if statement.prefix == "/" else frame.menu), NOTHING
        if statement.prefix is None and isinstance(elements[0], Variable):
            return frame.menu, self._function(elements[0], elements[1:], frame)
        if statement.prefix is None and len(elements) == 1 and isinstance(elements[0], Brace | Subst):
            return self._inside(elements[0], frame)
        head = find_head(frame.execution.router, statement, frame.menu)
        if head.node is None:
            return self._enter(statement, head, frame)
        frame.execution.count()
        return frame.menu, self._command(head, frame)

    def _command(self, head: Head, frame: Frame) -> Value:
        try:
            if not head.is_global or head.command == "ping":
                return menu_commands.run_command(head, frame)
            if head.command in control.COMMANDS:
                return control.COMMANDS[head.command](head, frame)
            if head.command in functions.COMMANDS:
                return functions.COMMANDS[head.command](head, frame)
        except Trap as trap:
            error = ScriptError(trap.message, head.position, trap=trap)
            error.command = head.text
            raise error from trap
        raise ScriptError(f"lab: the command {head.command} is not played here", head.position)

    def _function(self, name: Variable, arguments: Sequence[Element], frame: Frame) -> Value:
        code = frame.scope.read(name.name)
        if isinstance(code, Code):
            return self.call(code, arguments, frame)
        if arguments:
            raise ScriptError("bad command name", name.start, hint=f"${name.name} is no function")
        return code

    def _enter(self, statement: Statement, head: Head, frame: Frame) -> tuple[Path | None, Value]:
        """A line that names a menu, perhaps with a block of commands for it behind. After a colon the menu does not
        become the current one."""
        after: Path | None = head.menu
        value: Value = NOTHING
        for element in head.rest:
            if not isinstance(element, Brace | Subst):
                raise ScriptError("expected end of command", element.start)
            after, value = self._inside(element, replace(frame, menu=after))
        return (frame.menu if statement.prefix == ":" else after), value

    def _inside(self, element: Brace | Subst, frame: Frame) -> tuple[Path | None, Value]:
        """A block, or brackets, as a line of its own: it shares the menu with the lines around."""
        scope = frame.scope.block() if isinstance(element, Brace) else frame.scope
        return self.statements(element.body, replace(frame, scope=scope))
