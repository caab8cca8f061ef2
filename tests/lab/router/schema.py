# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's command tree: which menus, commands and arguments there are.

It is the tree that the package ``routeros-lsp`` brings along, read from a CHR 7.21.4, narrowed or widened to another
version by the tables of ``versions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from routeros_lsp.analyze import bundled_schema

from .paths import Path, path
from .versions import BOARD_PROPERTIES, COMMANDS, GONE_PROPERTIES, LATER_PROPERTIES, MENUS, PROPERTIES, ROOT_PING_UNTIL, Version

Node = Mapping[str, Any]

NOT_PROPERTIES = frozenset({"numbers", "number", "copy-from", "place-before"})
"""Arguments that say which row is meant, or where it goes."""

NOT_IN_TREE: Mapping[Path, Node] = {
    path("system routerboard"): {"c": {"print": {"k": 1}, "get": {"k": 1}}},
}
"""Menus that the crawl of a CHR lacks and clients ask for all the same: a CHR answers ``routerboard=no`` [CR] I."""

LOOP_COMMANDS: Mapping[str, Node] = {"break": {"k": 1}, "continue": {"k": 1}, "exit": {"k": 1}}
"""Commands that the crawl of the tree lacks."""

ALL_VERSIONS_FROM = Version.parse("7.0")
"""Older routers are served with the tree's own version: no crawl of RouterOS 6 exists."""


@dataclass(frozen=True)
class Argument:
    """An argument of a command, as the console describes it.

    :param text: the description of its values, such as ``Num; 1..255 (integer number)``; may be empty.
    :param words: the keywords that the console offers.
    :param complete: the console says that there are no others.
    :param flag: given without a value.
    """

    name: str
    text: str = ""
    words: tuple[str, ...] = ()
    complete: bool = False
    flag: bool = False

    @classmethod
    def of(cls, name: str, info: Mapping[str, Any]) -> Argument:
        """Reads an argument of the command database."""
        return cls(name, info.get("t", ""), tuple(info.get("e", ())), bool(info.get("x")), bool(info.get("f")))


@dataclass(frozen=True)
class Menu:
    """One menu of the tree.

    :param arguments: what ``add`` and ``set`` take, without the words that say which row is meant.
    :param required: what ``add`` insists on.
    :param readable: what ``get`` reads.
    """

    path: Path
    commands: Mapping[str, Node]
    arguments: Mapping[str, Argument]
    add_names: frozenset[str]
    set_names: frozenset[str]
    required: tuple[str, ...] = ()
    readable: frozenset[str] = frozenset()
    unsettable: frozenset[str] = frozenset()

    @cached_property
    def single(self) -> bool:
        """Whether the menu is one set of values, not a table of rows."""
        return "find" not in self.commands and "add" not in self.commands

    @property
    def ordered(self) -> bool:
        """Whether the order of rows means something: ``move`` is there only then [SCH] O."""
        return "move" in self.commands


@dataclass
class CommandTree:
    """The tree of one version.

    :param added: menus that the router has besides, by ``add_menu``.
    """

    version: Version
    added: set[Path] = field(default_factory=set)
    _menus: dict[Path, Menu | None] = field(default_factory=dict)

    @cached_property
    def root(self) -> Node:
        """The top of the command database.

        :raises RuntimeError: when the package came without its data.
        """
        schema = bundled_schema()
        if schema is None:
            raise RuntimeError("routeros-lsp came without its command database")
        return schema.root

    @cached_property
    def top(self) -> Mapping[str, Node]:
        """Menus and commands of the root; commands by version."""
        gone = {name for name, since in COMMANDS.items() if self.version < since}
        gone |= {"ping"} if self.version >= ROOT_PING_UNTIL else set()
        return {name: child for name, child in {**self.root["c"], **LOOP_COMMANDS}.items() if name not in gone}

    def node(self, menu: Path) -> Node | None:
        """The node of a menu; None for a path that is not there or is a command."""
        if not self._is_old_enough(MENUS.get(menu)):
            return None
        node: Node = self.root
        for name in menu:
            child = node.get("c", {}).get(name)
            if child is None or child.get("k"):
                return NOT_IN_TREE.get(menu)
            node = child
        return node

    def menu(self, menu: Path) -> Menu | None:
        """The menu at a path; None where there is none."""
        if menu not in self._menus:
            node = self.node(menu)
            self._menus[menu] = None if node is None else self._read(menu, node)
        return self._menus[menu]

    def add_menu(self, menu: Path, names: Mapping[str, bool], *, table: bool) -> None:
        """Adds a menu that the tree lacks.

        :param names: its properties, and whether they are on or off.
        :param table: whether it has rows; else it is one set of values.
        """
        arguments: dict[str, Node] = {name: {"e": ["no", "yes"]} if switch else {} for name, switch in names.items()}
        commands: dict[str, Node] = {"print": {"k": 1}, "set": {"k": 1, "a": arguments}, "get": {"k": 1}}
        if table:
            row: Node = {"k": 1, "a": {"numbers": {}}, "u": 1}
            commands |= {"find": {"k": 1}, "add": commands["set"], "set": {"k": 1, "a": {"numbers": {}, **arguments}, "u": 1}}
            commands |= {"get": row, **dict.fromkeys(("remove", "enable", "disable"), row)}
        self.root = _with_node(self.root, menu, {"c": commands})
        self.added.add(menu)
        self._menus.clear()
        self.__dict__.pop("top", None)

    def paths(self) -> list[Path]:
        """All menus that hold values, rows or settings, parents first."""
        found: list[Path] = []

        def walk(node: Node, menu: Path) -> None:
            if self.node(menu) is None:
                return
            if any(child.get("k") and name in ("print", "set", "add") for name, child in node.get("c", {}).items()):
                found.append(menu)
            for name, child in node.get("c", {}).items():
                if not child.get("k"):
                    walk(child, (*menu, name))

        walk(self.root, ())
        return found

    def _is_old_enough(self, since: Version | None) -> bool:
        return since is None or self.version < ALL_VERSIONS_FROM or since <= self.version

    def _read(self, menu: Path, node: Node) -> Menu:
        commands = {name: child for name, child in node.get("c", {}).items() if child.get("k")}
        hidden = {name for name, since in PROPERTIES.get(menu, {}).items() if not self._is_old_enough(since)}
        later = {name for name, since in LATER_PROPERTIES.get(menu, {}).items() if since <= self.version}
        later |= {name for name, (since, until) in GONE_PROPERTIES.get(menu, {}).items() if since <= self.version < until}
        later |= BOARD_PROPERTIES.get(menu, frozenset())

        def names(command: str) -> frozenset[str]:
            if command not in commands:
                return frozenset()
            return frozenset(commands[command].get("a", {})) - NOT_PROPERTIES - hidden | later

        infos = {**commands.get("set", {}).get("a", {}), **commands.get("add", {}).get("a", {})}
        arguments = {name: Argument.of(name, infos.get(name, {})) for name in names("add") | names("set")}
        return Menu(
            path=menu,
            commands=commands,
            arguments=arguments,
            add_names=names("add"),
            set_names=names("set"),
            required=tuple(commands.get("add", {}).get("r", ())),
            readable=_value_names(commands, "get") - hidden,
            unsettable=_value_names(commands, "unset") - hidden,
        )


def _with_node(root: Node, menu: Path, added: Node, above: Path = ()) -> Node:
    """A copy of a tree with the children of one node added."""
    if not menu:
        return {**root, "c": {**root.get("c", {}), **added["c"]}}
    here = (*above, menu[0])
    child = root.get("c", {}).get(menu[0]) or NOT_IN_TREE.get(here, {"c": {}})
    return {**root, "c": {**root.get("c", {}), menu[0]: _with_node(child, menu[1:], added, here)}}


def _value_names(commands: Mapping[str, Node], command: str) -> frozenset[str]:
    argument = commands.get(command, {}).get("a", {}).get("value-name", {})
    return frozenset(argument.get("e", ()))
