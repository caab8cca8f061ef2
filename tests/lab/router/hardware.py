# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ports that exported configurations speak of, so that a router can be made that has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from routeros_lsp.syntax.ast import Element, Named, Statement, StringLit, Subst, Word
from routeros_lsp.syntax.parser import parse

from .factory import Port, ports

USUAL_PORTS = 8
"""How many ethernet ports a router has when nothing says otherwise."""

NAMING = frozenset(
    {"interface", "interfaces", "in-interface", "out-interface", "gateway", "parent", "target", "master-interface", "slaves"}
    | {"in-bridge-port", "out-bridge-port", "tagged", "untagged", "ports", "primary"}
)
"""Arguments that name ports; an export says nothing else of one that is as shipped."""

_PORT = re.compile(r"(ether|sfp|sfp-sfpplus|sfpplus|combo|qsfpplus\d+-|qsfp28-\d+-|wlan|wifi|lte)\d+")
"""A radio is a port like others here: what is said of its waves is not played; a modem is an interface of its own kind."""


def ports_of(sources: Iterable[str]) -> list[Port]:
    """The usual ports, and those that the texts name by ``default-name=``, or where an interface is meant.

    A port that the text renames has its new name from the start. An export's order of lines does not care about names
    that are still taken (ports renamed onto each other's default names), while the router refuses a taken name; this
    is the router as it was when the export was written.
    """
    statements = [statement for source in sources for statement in parse(source).script.statements]
    names = {port.default_name: port.name for port in ports(USUAL_PORTS)}
    for statement in statements:
        for default_name in _default_names(statement):
            names[default_name] = _named(statement.elements, "name") or names.get(default_name, default_name)
    known = names.keys() | names.values()
    known |= {name for statement in statements if (name := _named(statement.elements, "name"))}
    for statement in statements:
        for mentioned in _mentioned(statement.elements):
            if mentioned not in known:
                names[mentioned] = mentioned
    return [Port(default_name, name) for default_name, name in sorted(names.items(), key=_by_number)]


def _default_names(statement: Statement) -> Iterator[str]:
    """What ``[find default-name=ether2]`` of a statement asks for, as far as it is a port of a wired kind."""
    for element in statement.elements:
        for inner in element.body if isinstance(element, Subst) else ():
            name = _named(inner.elements, "default-name")
            if name and _PORT.fullmatch(name):
                yield name


def _mentioned(elements: Iterable[Element]) -> Iterator[str]:
    """What arguments have that looks like a port as shipped: ``!ether9``, ``192.0.2.1%ether9``, ``ether9,ether10``."""
    for element in elements:
        if isinstance(element, Named) and isinstance(element.name, Word) and element.name.text in NAMING:
            words = re.split(r"[,%!]", _named([element], element.name.text) or "")
            yield from filter(_PORT.fullmatch, words)


def _named(elements: Iterable[Element], wanted: str) -> str | None:
    """The plain value of an argument by name."""
    for element in elements:
        match element:
            case Named(name=Word(text=name), value=Word(text=text)) if name == wanted:
                return text
            case Named(name=Word(text=name), value=StringLit(value=text)) if name == wanted:
                return text
    return None


def _by_number(item: tuple[str, str]) -> tuple[str, int]:
    """Sorts ether2 before ether10."""
    stem = item[0].rstrip("0123456789")
    return stem, int(item[0][len(stem) :])
