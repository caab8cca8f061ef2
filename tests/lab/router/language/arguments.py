# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Arguments of global commands: by name, or by their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from routeros_lsp.schema.schema import match_name
from routeros_lsp.syntax.ast import Brace, Element, Named, StringLit, Word

from ..errors import missing_arguments, unknown_parameter
from .errors import ScriptError
from .expressions import evaluate
from .frame import Frame
from .heads import Head
from .values import NOTHING, Code, Value

WITHOUT_VALUE = frozenset({"as-string", "as-value", "use-tz", "use-script-permissions", "once", "without-paging"})
"""Arguments that are given by their name alone and that the tree does not mark so."""


class Arguments:
    """The arguments of one command.

    :param order: what unnamed ones mean.
    :param required: what it insists on.
    :raises ScriptError: for an argument too many.
    :raises Trap: for unknown names and for required ones that are missing.
    """

    def __init__(self, head: Head, frame: Frame, order: Sequence[str], required: Sequence[str] = ()) -> None:
        assert head.node is not None
        self.head = head
        self.frame = frame
        self._given: dict[str, Element] = {}
        self._flags: set[str] = set()
        known: Mapping[str, object] = head.node.get("a", {})
        places = list(order)
        for element in head.rest:
            if isinstance(element, Named):
                name = argument_name(known, element)
                places = [place for place in places if place != name]
                if element.value is not None:
                    self._given[name] = element.value
            elif isinstance(element, Word) and element.text in WITHOUT_VALUE & known.keys():
                self._flags.add(element.text)
            elif places:
                self._given[places.pop(0)] = element
            else:
                raise ScriptError("expected end of command", element.start)
        missing = [name for name in required if name not in self._given]
        if missing:
            raise missing_arguments(missing)

    def __contains__(self, name: str) -> bool:
        return name in self._given or name in self._flags

    def element(self, name: str) -> Any:
        """An argument as it is written.

        :raises KeyError: when it is not given.
        """
        return self._given[name]

    def value(self, name: str, default: Value = NOTHING) -> Value:
        """The value of an argument."""
        return evaluate(self._given[name], self.frame) if name in self._given else default

    def brace(self, name: str) -> Brace | None:
        """A block; None when it is not given.

        :raises ScriptError: for anything but ``{ }``.
        """
        element = self._given.get(name)
        if element is None or isinstance(element, Brace):
            return element
        raise ScriptError(f"lab: {name}= that is no block is not played here", element.start)

    def names(self, name: str) -> list[str]:
        """The variable, or variables, that an argument names."""
        element = self._given[name]
        match element:
            case Word():
                return element.text.split(",")
            case StringLit():
                return [element.value]
            case _:
                raise ScriptError("syntax error", element.start, hint="a name of a variable is expected")

    def code(self, name: str) -> Code | None:
        """A block as a value: a function."""
        brace = self.brace(name)
        if brace is None:
            return None
        program = self.frame.program
        return Code(program, brace.body, self.frame.menu, program.source[brace.start + 1 : brace.end - 1])


def argument_name(known: Mapping[str, object], element: Named) -> str:
    """The argument that a name, or a prefix of one, means.

    :raises Trap: for a name that is not known.
    :raises ScriptError: for a prefix of several.
    """
    written = element.name.text if isinstance(element.name, Word) else element.name.value
    found = match_name(known, written)
    if found.kind == "none":
        raise unknown_parameter(written)
    if found.kind == "ambiguous":
        raise ScriptError(f"ambiguous argument name {written}", element.start)
    return found.name
