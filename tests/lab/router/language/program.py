# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From text to a program: what RouterOS finds wrong before it runs anything.

That is the syntax, names of variables, and variables that nobody declared [MAN] D. Names of commands are looked at
when their line is reached [REQ] O.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from routeros_lsp.binder.binder import BindOptions, Reference, bind
from routeros_lsp.rules import RULES
from routeros_lsp.syntax.ast import Brace, Named, Script, Statement, Subst, Word
from routeros_lsp.syntax.parser import parse
from routeros_lsp.syntax.walk import visit

from ..versions import ERROR_ATTRIBUTES, Version
from .errors import ScriptError

Kind = Literal["script", "import", "function"]
"""A script is one scope; each line of an import is one; a function knows any name, as an argument."""


@dataclass(frozen=True)
class Fault:
    """Something wrong with a place of the source.

    :param hint: what the lab knows beyond RouterOS' words.
    :param until: the first release for which it is none; None for a fault everywhere.
    """

    message: str
    start: int
    hint: str = ""
    until: Version | None = None

    def error(self) -> ScriptError:
        """The fault as what stops a script."""
        return ScriptError(self.message, self.start, hint=self.hint)


@dataclass(frozen=True, eq=False)
class Program:
    """A text with its syntax tree."""

    source: str
    statements: Sequence[Statement]
    faults: Sequence[Fault]

    def place(self, position: int) -> tuple[int, int]:
        """Line and column of an offset, counted from 1."""
        before = self.source[:position]
        return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1

    def faults_for(self, version: Version) -> Sequence[Fault]:
        """What is wrong for a release."""
        return [fault for fault in self.faults if fault.until is None or version < fault.until]

    def fault_in(self, statement: Statement, version: Version) -> Fault | None:
        """What is wrong with a statement; what is in a block on it is left to the block's statements."""
        blocks = [element for element in statement.elements if isinstance(element, Brace)]
        for fault in self.faults_for(version):
            in_block = any(block.start < fault.start < block.end for block in blocks)
            if statement.start <= fault.start <= statement.end and not in_block:
                return fault
        return None

    def check(self, version: Version) -> Program:
        """The program itself.

        :raises ScriptError: when it does not start on this release, by its first fault.
        """
        for fault in self.faults_for(version):
            error = fault.error()
            error.place = self.place(fault.start)
            raise error
        return self


@functools.lru_cache(maxsize=256)
def read_program(source: str, kind: Kind = "script", known: frozenset[str] = frozenset()) -> Program:
    """Reads a text, faults and all.

    :param known: variables that the caller brings along.
    """
    parsed = parse(source)
    matched = _matched(parsed.script)
    faults = [
        Fault(_message(fault.rule, fault.message), fault.start, fault.message)
        for fault in parsed.diagnostics
        if RULES[fault.rule].severity == "error" and not (fault.rule == "syntax/adjacent-tokens" and fault.start in matched)
    ]
    if not faults:
        found = [*_name_faults(parsed.script, source, kind, known), *_second_names(parsed.script)]
        faults = sorted(found, key=lambda fault: fault.start)
    return Program(source, parsed.script.statements, faults)


def _matched(script: Script) -> set[int]:
    """Where values begin that stand right behind a ``~`` of ``find``; the parser takes them for a fault without ``where``,
    but ``[find comment~"..."]`` is in dozens of unrelated public scripts [WILD] O."""
    places: set[int] = set()

    def note(node: object, _parent: object) -> None:
        if isinstance(node, Statement):
            words = [element.text.rpartition("/")[2] if isinstance(element, Word) else "" for element in node.elements]
            behind = node.elements[words.index("find") + 1 :] if "find" in words else []
            places.update(element.end for element in behind if isinstance(element, Word) and element.text.endswith("~"))

    visit(script, note)
    return places


def _second_names(script: Script) -> list[Fault]:
    """Second names of ``:onerror``. What releases before them say is unknown; the lab's do not start the script, which is the worst."""
    faults: list[Fault] = []

    def note(node: object, _parent: object) -> None:
        match node:
            case Statement(elements=[Word(text="onerror"), Word() as names, *_]) if "," in names.text:
                faults.append(Fault("syntax error", names.start, "a second name is younger", ERROR_ATTRIBUTES))

    visit(script, note)
    return faults


def _message(rule: str, explained: str) -> str:
    """RouterOS' words [REQ, TIK4] O."""
    return "missing closing brace" if rule == "syntax/missing-closer" and "'}'" in explained else "syntax error"


def _name_faults(script: Script, source: str, kind: Kind, known: frozenset[str]) -> Iterator[Fault]:
    bound = bind(script, source, BindOptions("import" if kind == "import" else "script", known))
    for named in bound.named_declarations:
        yield Fault("expected end of command", named.equals_at)
    for site in bound.name_sites:
        if isinstance(site.element, Word) and re.fullmatch(r"[A-Za-z0-9]+", site.text) is None:
            yield Fault("expected end of command", site.start)
        elif isinstance(site.element, Word) and site.text in ("and", "or", "in"):
            yield Fault("syntax error", site.start, f"{site.text} is a keyword")
    functions = [(scope.start, scope.end) for scope in bound.scopes if scope.kind == "function"] + list(_texts(script.statements))
    for reference in bound.references:
        in_function = any(start < reference.start < end for start, end in functions) or kind == "function"
        if not (in_function and reference.access == "read") and not _is_declared(reference):
            yield Fault(f"undeclared variable {reference.name}", reference.start)


def _texts(statements: Iterable[Statement]) -> Iterator[tuple[int, int]]:
    """Where braces are the text of a script, as in ``script={...}``: it runs elsewhere, with names of its own."""
    for statement in statements:
        for element in statement.elements:
            if isinstance(element, Brace | Subst):
                yield from _texts(element.body)
            elif isinstance(element, Named) and isinstance(element.value, Brace):
                name = element.name.text if isinstance(element.name, Word) else ""
                if _SCRIPTS.fullmatch(name) and name != "on-error":
                    yield element.value.start, element.value.end
                else:
                    yield from _texts(element.value.body)


_SCRIPTS = re.compile(r"(.*-)?script|source|on-[a-z]+")
"""Properties that hold a script; ``on-error`` is no property."""


def _is_declared(reference: Reference) -> bool:
    """Whether a name is declared where it is used: in the same block or around it. Inside a function any name can be
    read: it may be an argument, else it is nothing."""
    return reference.resolution.kind in ("declared", "exempt")
