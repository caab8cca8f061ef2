# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The arguments of a menu's command, as words of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from routeros_lsp.syntax.ast import Brace, Element, Named, Word

from ..errors import no_such_item
from ..schema import Node
from ..values import Flag, Text
from .arguments import WITHOUT_VALUE, argument_name
from .errors import ScriptError
from .expressions import evaluate
from .frame import Frame
from .heads import Head
from .values import Array, Empty, Value, to_str

POSITIONAL: Mapping[str, tuple[str, ...]] = {
    "comment": ("numbers", "comment"),
    "fetch": ("url",),
    "get": ("number", "value-name"),
    "move": ("numbers", "destination"),
    "unset": ("numbers", "value-name"),
}
"""What unnamed arguments mean, as far as the command has them; elsewhere what the command insists on, or the rows."""

ROW_WORDS = frozenset({"numbers", "number", ".id"})

Words = Sequence[tuple[str, Value]]


def read_words(head: Head, elements: Sequence[Element], frame: Frame) -> Words:
    """The arguments of a command by name, in their order; a name with a leading ``!`` is to be unset.

    :raises Trap: for names that are not known.
    :raises ScriptError: for an argument too many, and for a value where none belongs.
    """
    assert head.node is not None
    known = _known_arguments(head, frame)
    places = _places(head.command, head.node)
    words: list[tuple[str, Value]] = []
    group = ""
    for element in elements:
        if isinstance(element, Named):
            name = argument_name(known, _grouped(element, group))
            group = name.rpartition(".")[0] or group
            if _is_flag(head, known, name, frame):
                raise ScriptError("expected end of command", element.equals_at)
            places = [place for place in places if place != name]
            words.append((name, _argument(element.value, frame)))
        elif isinstance(element, Word) and (element.text.startswith("!") or _is_flag(head, known, element.text, frame)):
            words.append((element.text, ""))
        elif places:
            words.append((places.pop(0), _argument(element, frame)))
        else:
            raise ScriptError("expected end of command", element.start)
    return words


def _grouped(element: Named, group: str) -> Named:
    """An argument with its whole name: a dot at its beginning stands for the group of the one before it, as exports write it
    (``configuration.country=Latvia .mode=ap``) [WILD] O."""
    if isinstance(element.name, Word) and element.name.text.startswith(".") and group:
        return replace(element, name=replace(element.name, text=f"{group}{element.name.text}"))
    return element


def _known_arguments(head: Head, frame: Frame) -> dict[str, Node]:
    assert head.node is not None
    known: dict[str, Node] = dict(head.node.get("a", {}))
    if head.command in ("add", "set"):
        known |= {name: {} for name in frame.execution.router.menu(head.menu).arguments if name not in known}
    return known


def _places(command: str, node: Node) -> list[str]:
    """What unnamed arguments mean."""
    if not node.get("u"):
        return []
    wanted = POSITIONAL.get(command) or node.get("r") or ("numbers",)
    return [name for name in wanted if name in node.get("a", {})]


def _is_flag(head: Head, known: Mapping[str, Node], word: str, frame: Frame) -> bool:
    """``fib``, ``blackhole``, ``detail``: words that take no value in scripts [TIK4] O."""
    if word not in known:
        return False
    router = frame.execution.router
    is_property = word in router.menu(head.menu).arguments
    return bool(known[word].get("f") or word in WITHOUT_VALUE or (is_property and isinstance(router.kind(head.menu, word), Flag)))


def _argument(element: Element | None, frame: Frame) -> Value:
    """The value of an argument. A bare word is text as it stands; ``{ }`` is the text inside, as of a script."""
    match element:
        case None:
            return ""
        case Word():
            return element.text
        case Brace() if not element.body:
            return frame.program.source[element.start : element.end]
        case Brace():
            return frame.program.source[element.start + 1 : element.end - 1]
        case Named():
            raise ScriptError("syntax error", element.start)
        case _:
            return evaluate(element, frame)


def word_text(value: Value, is_list: bool = True) -> str:
    """A value as a word of the API.

    :param is_list: elements of an array become a comma list, in place of the array's text.
    """
    return ",".join(map(to_str, value)) if isinstance(value, Array) and is_list else to_str(value)


def is_list(head: Head, name: str, frame: Frame) -> bool:
    """Whether an argument takes several values: rows, and properties that are no plain text."""
    router = frame.execution.router
    if name in router.menu(head.menu).arguments:
        return not isinstance(router.kind(head.menu, name), Text)
    return name in ROW_WORDS


def names_no_row(words: Words) -> bool:
    """Rows that ``find`` did not find make a command a silent no-op [MAN, SVR] D/O."""
    return any(name in ROW_WORDS and isinstance(value, Array) and len(value) == 0 for name, value in words)


def check_numbers(head: Head, words: Words, frame: Frame) -> None:
    """Places that ``print`` shows cannot be used in scripts [MAN:Scripting tips] D, and no value is no row.

    :raises Trap: for those.
    """
    for name, value in words:
        if name not in ROW_WORDS:
            continue
        numbers = [to_str(element) for element in value] if isinstance(value, Array) else to_str(value).split(",")
        names = frame.execution.router.reference_names(head.menu)
        places = any(number.isdecimal() and number not in names for number in numbers)
        if isinstance(value, Empty) or (places and not frame.execution.positions):
            raise no_such_item()
