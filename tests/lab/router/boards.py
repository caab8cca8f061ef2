# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Menus that boards and packages have and the command tree of a CHR lacks: a router has those that its export speaks of, with the
properties that it names, and the rows that they have by themselves. What they do is not played, but for the interfaces that they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from routeros_lsp.syntax.ast import Named, Subst, Word

from .interfaces import ETHERNET
from .paths import Path, path
from .store import Router
from .upgrade import Line, lines, plain

ROOTS = tuple(
    map(
        path,
        (
            *("caps-man", "container", "dude", "interface ethernet poe", "interface ethernet switch", "interface w60g"),
            *("interface wifiwave2", "interface wireless", "iot", "system gps", "system routerboard", "system ups"),
            *("tr069-client", "user-manager", "zerotier"),
        ),
    )
)
"""Where such menus begin [MAN] D."""

SWITCH, SWITCH_PORT = path("interface ethernet switch"), path("interface ethernet switch port")
OFFLOADING = "l3-hw-offloading"
"""Each port has it, whatever the chip does [MAN:L3 Hardware Offloading] D."""

QUEUES = path("queue interface")
"""One row for each port, which nobody adds."""


@dataclass
class Seen:
    """What an export says of a menu.

    :param values: what is written of each property.
    :param rows: rows that are there without being added: by name, by place, or what ``find`` asks for.
    :param table: whether it has rows at all.
    """

    values: dict[str, set[str]] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    table: bool = False


def fit(router: Router, source: str) -> None:
    """Gives a router the menus of boards that an export speaks of, with the rows that they have by themselves."""
    found: dict[Path, Seen] = {}
    ports = {row.name for row in router.table(ETHERNET)}
    for line in lines(source):
        if line.menu == QUEUES:
            for row in _meant(line):
                if row.get("name") in ports:
                    router.install(QUEUES, {}, {"name": row["name"], "interface": row["name"]})
        elif line.command and router.tree.menu(line.menu) is None and any(line.menu[: len(root)] == root for root in ROOTS):
            _note(found.setdefault(line.menu, Seen()), line)
    if SWITCH in found:
        found.setdefault(SWITCH_PORT, Seen(table=True)).values.setdefault(OFFLOADING, {"yes", "no"})
    for menu, seen in found.items():
        router.tree.add_menu(menu, {name: _is_switch(values) for name, values in seen.values.items()}, table=seen.table)
    for menu, seen in found.items():
        for row in _rows(router, menu, seen):
            state = {name: row.pop(name) for name in ("default-name", "default") if name in row}
            router.install(menu, row, state)


def _note(seen: Seen, line: Line) -> None:
    for argument in line.arguments():
        if isinstance(argument.name, Word):
            seen.values.setdefault(argument.name.text, set()).add(plain(argument))
    seen.table |= line.command == "add"
    for row in _meant(line):
        seen.table = True
        if row not in seen.rows:
            seen.rows.append(row)


def _meant(line: Line) -> Iterator[dict[str, str]]:
    """The rows that a ``set`` speaks of: ``[find default-name=wlan1]``, a name, or a place."""
    words = [element for element in line.statement.elements if isinstance(element, Word)]
    after = [word for word in words if word.text == line.command]
    for element in line.statement.elements if line.command == "set" else ():
        if isinstance(element, Subst):
            wanted = [(named.name.text, plain(named)) for inner in element.body for named in inner.elements if _is_plain(named)]
            yield {name: "true" if text == "yes" else text for name, text in wanted}
        elif isinstance(element, Word) and after and element.start > after[0].start:
            yield {"name": element.text}


def _is_plain(element: object) -> bool:
    return isinstance(element, Named) and isinstance(element.name, Word)


def _rows(router: Router, menu: Path, seen: Seen) -> Iterator[dict[str, str]]:
    """The rows that a menu has by itself; those that are meant by their place have names in their order, as switch chips have [MAN] D."""
    if menu == SWITCH_PORT:
        for row in router.table(ETHERNET):
            yield {"name": row.name or "", "switch": "switch1"}
        return
    places = [int(row["name"]) for row in seen.rows if row.get("name", "").isdecimal()]
    for number in range(1, max(places, default=-1) + 2):
        yield {"name": f"{menu[-1]}{number}"}
    for row in seen.rows:
        if not row.get("name", "").isdecimal():
            yield {"name": row.get("default-name", "default"), **row}


def _is_switch(values: Mapping[str, object] | set[str]) -> bool:
    """Whether a property is on or off."""
    return set(values) <= {"yes", "no"}
