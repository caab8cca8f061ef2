# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exports of releases that are too old for the lab, as the router would have them after its upgrade.

What RouterOS 6 says in other words than 7 is said in those of 7 [MAN:Moving from v6 to v7] D: tables come into being, routes and rules name
them, several gateways become several routes. Lines keep their numbers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeros_lsp.syntax.ast import Named, Statement, StringLit, Word
from routeros_lsp.syntax.parser import parse

from .errors import Trap
from .paths import Path, path
from .versions import DEFAULT_VERSION, OLDEST_VERSION, Version

if TYPE_CHECKING:
    from .store import Router

COMMANDS = frozenset({"add", "set", "remove", "disable", "enable", "unset", "move", "print", "reset"})
"""Words that end the names of menus on a line of an export."""

CERTIFICATE = path("certificate")
ROUTE, ROUTE_RULE, ROUTE_VRF = path("ip route"), path("ip route rule"), path("ip route vrf")
MOVED: Mapping[Path, str] = {ROUTE_RULE: "routing rule", ROUTE_VRF: "ip vrf"}
"""Menus that have another place in RouterOS 7."""

GONE_POLICIES = ("dude", "tikapp")
"""Policies of users that RouterOS 7 does not have [SCH] O."""

_HEADER = re.compile(r"^\ufeff?# .* by RouterOS (\d+(?:\.\d+){1,2})", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """A command of an export.

    :param source: the text that it stands in.
    :param menu: where the command is; the line need not say it.
    :param named: where the line names the menu; None where it does not.
    :param command: empty for a line that only names a menu.
    """

    source: str
    statement: Statement
    menu: Path
    named: tuple[int, int] | None
    command: str

    def argument(self, name: str) -> Named | None:
        """An argument by its name."""
        return next((element for element in self.arguments() if _name(element) == name), None)

    def arguments(self) -> Iterator[Named]:
        """All arguments with a value."""
        yield from (element for element in self.statement.elements if isinstance(element, Named))

    def value(self, name: str) -> str:
        """The plain text of an argument; empty for one that is not there."""
        found = self.argument(name)
        return plain(found) if found else ""


@dataclass(frozen=True)
class Edit:
    """Another text for a part of the source."""

    start: int
    end: int
    text: str


def release_of(sources: Sequence[str]) -> str:
    """The release that wrote the exports, or the oldest that the lab plays for one that is older.

    Without a header it is the usual release, or the oldest for an export that speaks as RouterOS 6 does.
    """
    found = [header[1] for source in sources if (header := _HEADER.search(source))]
    if found:
        return found[0] if Version.parse(found[0]) >= Version.parse(OLDEST_VERSION) else OLDEST_VERSION
    return OLDEST_VERSION if any(speaks_v6(source) for source in sources) else DEFAULT_VERSION


def speaks_v6(source: str) -> bool:
    """Whether RouterOS 6 wrote an export, by its header, or by what only that release knows."""
    header = _HEADER.search(source)
    if header:
        return Version.parse(header[1]) < Version.parse("7.0")
    return any(line.menu in MOVED or (line.menu == ROUTE and line.argument("routing-mark")) for line in lines(source))


def upgraded(source: str) -> str:
    """An export of RouterOS 6 in the words of RouterOS 7; any other is as it was."""
    return _edited(source, [edit for line in lines(source) for edit in _edits(line)]) if speaks_v6(source) else source


def tables_of(source: str) -> list[str]:
    """The routing tables that an export of RouterOS 6 makes by naming them."""
    if not speaks_v6(source):
        return []
    names = ("routing-mark", "new-routing-mark", "table")
    found = (
        line.value(name).removeprefix("!")
        for line in lines(source)
        for name in names
        if line.command == "add" and line.menu != ROUTE_VRF and (name != "table" or line.menu == ROUTE_RULE)
    )
    return [name for name in dict.fromkeys(found) if name not in ("", "main")]


def certificates_of(source: str) -> list[str]:
    """The certificates that an export names."""
    found = (line.value("certificate") for line in lines(source) if line.menu != CERTIFICATE)
    return [name for name in dict.fromkeys(found) if name not in ("", "none", "any", "auto")]


def with_addresses(source: str) -> str:
    """An export whose hardware addresses were made unreadable before it was shown, with some in their place, no two alike."""
    numbers = itertools.count(1)
    return re.sub(r"(?:XX:){5}XX", lambda _: f"02:00:00:00:FF:{next(numbers) % 256:02X}", source)


def without_empty(source: str, router: Router) -> str:
    """An export without the arguments that are empty where this release refuses the empty text: they say that nothing is set."""
    return _edited(source, [edit for line in lines(source) for edit in _empty(line, router)])


def lines(source: str) -> Iterator[Line]:
    """The commands of an export."""
    current: Path = ()
    for statement in parse(source).script.statements:
        words = [element for element in statement.elements if isinstance(element, Word)]
        names: list[str] = []
        command = ""
        end = statement.start
        for word in words:
            if word.text in COMMANDS:
                command = word.text
                break
            names += filter(None, word.text.split("/"))
            end = word.end
        menu = tuple(names) if statement.prefix == "/" else (*current, *names) if command else current
        if statement.prefix == "/" and not command:
            current = menu
        named = (statement.start, end) if statement.prefix == "/" else None
        yield Line(source, statement, menu, named, command)


def plain(named: Named) -> str:
    """The text of an argument's value; empty for a value that has to be worked out."""
    match named.value:
        case Word(text=text) | StringLit(value=text):
            return str(text)
        case _:
            return ""


def _name(named: Named) -> str:
    return named.name.text if isinstance(named.name, Word) else ""


def _edits(line: Line) -> Iterator[Edit]:
    if line.menu in MOVED and line.named:
        yield Edit(*line.named, f"/{MOVED[line.menu]}")
    if line.menu in CONVERSIONS and line.command:
        yield from CONVERSIONS[line.menu](line)


def _route(line: Line) -> Iterator[Edit]:
    """``type=blackhole`` is a flag, of whatever kind the refusal was [MAN] D; a route has one gateway in place of several, and what BGP
    said of it is no property any more [SCH] O."""
    if mark := line.argument("routing-mark"):
        yield Edit(mark.name.start, mark.name.end, "routing-table")
    if kind := line.argument("type"):
        yield Edit(kind.start, kind.end, "" if plain(kind) == "unicast" else "blackhole")
    for argument in line.arguments():
        if _name(argument).startswith("bgp-"):
            yield Edit(argument.start, argument.end, "")
    gateways = list(dict.fromkeys(line.value("gateway").split(",")))
    if len(gateways) > 1:
        yield from _one_each(line, gateways)


def _one_each(line: Line, gateways: Sequence[str]) -> Iterator[Edit]:
    gateway = line.argument("gateway")
    assert gateway is not None
    yield Edit(gateway.start, gateway.end, f"gateway={gateways[0]}")
    start = line.statement.start
    text = _edited(
        line.source[start : line.statement.end],
        [Edit(edit.start - start, edit.end - start, edit.text) for edit in _route_words(line)]
        + [Edit(gateway.start - start, gateway.end - start, "gateway={}")],
    )
    joined = re.sub(r"\\\r?\n\s*", "", text)
    others = "".join(f"; {joined.replace('gateway={}', f'gateway={other}')}" for other in gateways[1:])
    yield Edit(line.statement.end, line.statement.end, others)


def _route_words(line: Line) -> Iterator[Edit]:
    """What a further route of the same line says in other words."""
    if mark := line.argument("routing-mark"):
        yield Edit(mark.name.start, mark.name.end, "routing-table")


def _vrf(line: Line) -> Iterator[Edit]:
    for argument in line.arguments():
        if _name(argument) == "routing-mark":
            yield Edit(argument.name.start, argument.name.end, "name")
        elif _name(argument) not in ("interfaces", "comment", "disabled"):
            yield Edit(argument.start, argument.end, "")


def _time(line: Line) -> Iterator[Edit]:
    """Servers of the time are one list."""
    old = [argument for argument in line.arguments() if _name(argument) in ("primary-ntp", "secondary-ntp", "server-dns-names")]
    servers = [text for argument in old if (text := plain(argument)) not in ("", "0.0.0.0")]
    for place, argument in enumerate(old):
        yield Edit(argument.start, argument.end, f"servers={','.join(servers)}" if servers and not place else "")


def _group(line: Line) -> Iterator[Edit]:
    policy = line.argument("policy")
    if policy:
        words = [word for word in plain(policy).split(",") if word.removeprefix("!") not in GONE_POLICIES]
        yield Edit(policy.start, policy.end, f"policy={','.join(words)}")


CONVERSIONS: Mapping[Path, Callable[[Line], Iterator[Edit]]] = {
    ROUTE: _route,
    ROUTE_VRF: _vrf,
    path("system ntp client"): _time,
    path("user group"): _group,
}
"""What an upgrade changes on a line, by its menu."""


def _empty(line: Line, router: Router) -> Iterator[Edit]:
    menu = router.tree.menu(line.menu) if line.command in ("add", "set") else None
    for argument in line.arguments() if menu else ():
        name = _name(argument)
        if isinstance(argument.value, StringLit) and argument.value.value == "" and menu and name in menu.arguments:
            try:
                router.kind(line.menu, name).parse(name, "", router)
            except Trap:
                yield Edit(argument.start, argument.end, "")


def _edited(source: str, edits: Sequence[Edit]) -> str:
    """A text after all edits; those of the same place in their order."""
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [source[position : edit.start], edit.text]
        position = edit.end
    return "".join([*pieces, source[position:]])
