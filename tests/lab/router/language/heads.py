# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words at the start of a line: menus and a command, found in the command tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from routeros_lsp.schema.schema import match_name
from routeros_lsp.syntax.ast import Element, Statement, Word

from ..errors import no_such_command
from ..paths import Path, path_text
from ..schema import Node
from ..store import Router
from ..versions import Version
from .errors import BadName, MenuMissing

SLASHES_FROM = Version.parse("7.0")
"""Older releases know ``/ip route add`` only [MAN] D."""

USUAL_COMMANDS = frozenset({"add", "set", "remove", "print", "find", "get", "enable", "disable", "move", "unset"})
"""Words that are commands even in a menu that lacks them."""


@dataclass(frozen=True)
class Head:
    """What a line begins with.

    :param command: empty for a line that only names a menu.
    :param node: the command's node of the tree; None for a line that only names a menu.
    :param rest: the elements behind.
    :param position: where the command, or else the line, begins.
    """

    menu: Path
    command: str
    node: Node | None
    rest: Sequence[Element]
    position: int

    @property
    def is_global(self) -> bool:
        """Whether it is a command of the root, as ``:put``."""
        return self.node is not None and not self.menu

    @property
    def text(self) -> str:
        """The command as the log names it: ``/ip/route/add``."""
        return path_text((*self.menu, self.command))


def find_head(router: Router, statement: Statement, menu: Path | None) -> Head:
    """Follows words through the tree; any unambiguous prefix of a name will do [MAN] D.

    :param menu: where relative words start from; None after a menu that is not there.
    :raises BadName: for names that are not there.
    """
    current = () if statement.prefix is not None else menu
    if current is None:
        raise MenuMissing(_first_word(statement), statement.start)
    for index, element in enumerate(statement.elements):
        if not isinstance(element, Word):
            return Head(current, "", None, statement.elements[index:], element.start)
        for name in _names(router, element):
            if name == "..":
                current = current[:-1]
                continue
            found = match_name(_children(router, current), name)
            if found.kind != "found":
                if name in USUAL_COMMANDS:
                    raise BadName(name, element.start, no_such_command())
                raise MenuMissing(name, element.start)
            if found.value.get("k"):
                return Head(current, found.name, found.value, statement.elements[index + 1 :], element.start)
            current = (*current, found.name)
            if router.tree.node(current) is None:
                raise MenuMissing(name, element.start)
    return Head(current, "", None, (), statement.start)


def _names(router: Router, word: Word) -> Iterator[str]:
    """The names in a word such as ``ip/address`` or ``..``."""
    if router.version < SLASHES_FROM and "/" in word.text:
        raise MenuMissing(word.text, word.start)
    yield from filter(None, word.text.replace("..", "/../").split("/"))


def _children(router: Router, menu: Path) -> Mapping[str, Node]:
    """Menus and commands in a menu."""
    node = router.tree.node(menu) if menu else {"c": router.tree.top}
    return node.get("c", {}) if node else {}


def _first_word(statement: Statement) -> str:
    first = statement.elements[0]
    return first.text if isinstance(first, Word) else ""
