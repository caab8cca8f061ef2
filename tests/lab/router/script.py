# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs RouterOS script text on its syntax tree. So far: menus, commands, ``[find ...]``, plain values.

What is not played raises a ``ScriptError`` with its place, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from routeros_lsp.schema.schema import match_name
from routeros_lsp.syntax.ast import (
    Brace,
    Element,
    EscapePart,
    Named,
    Statement,
    StringLit,
    Subst,
    TextPart,
    Word,
)
from routeros_lsp.syntax.parser import SyntaxDiagnostic

from .commands import Call, run
from .errors import Trap, no_such_command, no_such_prefix, unknown_parameter
from .paths import Path
from .reading import read_rows
from .schema import Node
from .store import Router
from .values import Flag
from .where import Condition, conditions
from .wire import to_bytes, to_text

POSITIONAL: Mapping[str, tuple[str, ...]] = {
    "comment": ("numbers", "comment"),
    "move": ("numbers", "destination"),
    "unset": ("numbers", "value-name"),
}
"""What unnamed arguments mean; where nothing else is said, the first one is the rows."""

Ids = list[str]
Refusal = Callable[[Statement, Exception], None]


class ScriptError(Exception):
    """A script that does not run any further.

    :param message: what is wrong, in RouterOS' words where they are known.
    :param position: offset of the place in the source.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True)
class Head:
    """The words at the start of a line: a menu, or a command in a menu.

    :param node: the command; None for a line that only names a menu.
    :param rest: the elements behind.
    """

    menu: Path
    command: str
    node: Node | None
    rest: Sequence[Element]


@dataclass
class Evaluator:
    """Runs statements.

    :param source: the text that the tree was made from.
    :param granted: the policies of whoever runs the script.
    :param refuse: called with each statement that could not be carried out; may raise to stop.
    :param faults: what the parser found wrong; a statement with a fault in it is refused.
    :param applied: how many commands were carried out.
    """

    router: Router
    source: str
    granted: frozenset[str]
    refuse: Refusal
    faults: Sequence[SyntaxDiagnostic] = ()
    applied: int = 0

    def statements(self, body: Sequence[Statement], menu: Path | None) -> Path | None:
        """Runs statements one after the other; a line that only names a menu changes the menu for those behind it.

        :param menu: the menu to start from; None after a menu that is not there.
        :returns: the menu after the last one.
        """
        for statement in body:
            try:
                menu = self._statement(statement, menu)
            except (Trap, ScriptError) as error:
                if isinstance(error, MenuMissing):
                    menu = None
                self.refuse(statement, error)
        return menu

    def _statement(self, statement: Statement, menu: Path | None) -> Path | None:
        self._check_syntax(statement)
        if not statement.elements:
            return () if statement.prefix == "/" else menu
        if statement.prefix == ":":
            raise ScriptError("lab: global commands are not played here", statement.start)
        if statement.prefix is None and len(statement.elements) == 1 and isinstance(statement.elements[0], Brace):
            return self.statements(statement.elements[0].body, menu)
        head = self._head(statement, () if statement.prefix == "/" else menu)
        if head.node is None:
            return self._enter(head)
        self._command(head)
        return menu

    def _check_syntax(self, statement: Statement) -> None:
        """Refuses a statement with a fault in it; what is in a block is left to the block's statements."""
        blocks = [element for element in statement.elements if isinstance(element, Brace)]
        for fault in self.faults:
            in_block = any(block.start < fault.start < block.end for block in blocks)
            if statement.start <= fault.start <= statement.end and not in_block:
                raise ScriptError(f"syntax error: {fault.message}", fault.start)

    def _enter(self, head: Head) -> Path | None:
        """A line that names a menu, perhaps with a block of commands for it behind."""
        after: Path | None = head.menu
        for element in head.rest:
            if not isinstance(element, Brace | Subst):
                raise ScriptError("expected end of command", element.start)
            after = self.statements(element.body, after)
        return after

    def _head(self, statement: Statement, menu: Path | None) -> Head:
        """Follows words through the tree; any unambiguous prefix of a name will do [MAN] D.

        :raises Trap: for names that are not there.
        """
        if menu is None:
            raise no_such_prefix()
        for index, element in enumerate(statement.elements):
            if not isinstance(element, Word):
                return Head(menu, "", None, statement.elements[index:])
            for name in filter(None, element.text.replace("..", "/../").split("/")):
                if name == "..":
                    menu = menu[:-1]
                    continue
                node = self.router.tree.node(menu)
                found = match_name(node.get("c") if node else None, name)
                if found.kind != "found":
                    raise no_such_command() if name in _KNOWN_COMMANDS else MenuMissing()
                if found.value.get("k"):
                    return Head(menu, found.name, found.value, statement.elements[index + 1 :])
                menu = (*menu, found.name)
                if self.router.tree.node(menu) is None:
                    raise MenuMissing()
        return Head(menu, "", None, ())

    def _command(self, head: Head) -> None:
        """Carries a command out. Rows that ``find`` did not find make it a silent no-op [MAN] D."""
        words = self._arguments(head)
        if any(value == [] for _, value in words):
            return
        attributes = tuple((name, value if isinstance(value, str) else ",".join(value)) for name, value in words)
        run(Call(self.router, self.granted, head.menu, head.command, attributes))
        self.applied += 1

    def _arguments(self, head: Head) -> list[tuple[str, str | Ids]]:
        """The words of a command by name."""
        assert head.node is not None
        known: dict[str, Mapping[str, object]] = dict(head.node.get("a", {}))
        if head.command in ("add", "set"):
            known |= {name: {} for name in self.router.menu(head.menu).arguments if name not in known}
        places = list(POSITIONAL.get(head.command, ("numbers",))) if head.node.get("u") else []
        words: list[tuple[str, str | Ids]] = []
        for element in head.rest:
            if isinstance(element, Named):
                name = self._argument_name(known, element)
                if self._is_flag(head, known, name):
                    raise ScriptError("expected end of command", element.equals_at)
                places = [place for place in places if place != name]
                words.append((name, self.value(element.value, head.menu)))
            elif isinstance(element, Word) and (
                element.text.startswith("!") or self._is_flag(head, known, element.text)
            ):
                words.append((element.text, ""))
            elif places:
                words.append((places.pop(0), self.value(element, head.menu)))
            else:
                raise ScriptError("expected end of command", element.start)
        return words

    def _argument_name(self, known: Mapping[str, object], element: Named) -> str:
        written = element.name.text if isinstance(element.name, Word) else element.name.value
        found = match_name(known, written)
        if found.kind == "none":
            raise unknown_parameter(written)
        if found.kind == "ambiguous":
            raise ScriptError(f"ambiguous argument name {written}", element.start)
        return found.name

    def _is_flag(self, head: Head, known: Mapping[str, Mapping[str, object]], word: str) -> bool:
        """``fib``, ``blackhole``, ``detail``: words that take no value in scripts [TIK4] O."""
        if word not in known:
            return False
        menu = self.router.menu(head.menu)
        return bool(known[word].get("f")) or (
            word in menu.arguments and isinstance(self.router.kind(head.menu, word), Flag)
        )

    def value(self, element: Element | None, menu: Path) -> str | Ids:
        """The value that an element stands for: text, or the ids that a ``[find]`` gives.

        :raises ScriptError: for what is not played.
        """
        match element:
            case None:
                return ""
            case Word():
                return element.text
            case StringLit():
                return text_of(element)
            case Subst():
                return self._find(element, menu)
            case Brace() if not element.body:
                return self.source[element.start : element.end]
            case _:
                raise ScriptError(f"lab: a {element.kind} is not played here", element.start)

    def _find(self, element: Subst, menu: Path) -> Ids:
        """The ids of the rows that meet the conditions; all rows without conditions [MAN] D."""
        if len(element.body) != 1:
            raise ScriptError("lab: only one command can stand in brackets here", element.start)
        head = self._head(element.body[0], () if element.body[0].prefix == "/" else menu)
        if head.command != "find":
            raise ScriptError(f"lab: [{head.command}] is not played here", element.start)
        wanted = list(self._conditions(head.rest))
        rows = read_rows(self.router, head.menu)
        return [row[".id"] for row in rows if all(condition(row) for condition in wanted)]

    def _conditions(self, elements: Sequence[Element]) -> Sequence[Condition]:
        try:
            return conditions(elements, text_of)
        except ValueError as error:
            raise ScriptError(str(error), elements[0].start) from error


class MenuMissing(Trap):
    """The line names a menu that is not there; relative lines behind it have no menu."""

    def __init__(self) -> None:
        known = no_such_prefix()
        super().__init__(known.message, known.category)


_KNOWN_COMMANDS = frozenset({"add", "set", "remove", "print", "find", "get", "enable", "disable", "move", "unset"})
"""Words that are commands even in a menu that lacks them."""


def text_of(literal: StringLit) -> str:
    """The text of a quoted string. Hexadecimal escapes are bytes; together they are UTF-8 [MAN] D/I.

    :raises ScriptError: for strings with variables and commands inside.
    """
    data = b""
    for part in literal.parts:
        if isinstance(part, TextPart):
            data += to_bytes(part.text)
        elif isinstance(part, EscapePart):
            data += part.text.encode("latin-1")
        else:
            raise ScriptError(f"lab: a {part.kind} in a string is not played here", part.start)
    return to_text(data)
