# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The value of an element: a word, a text, a variable, ``( )``, ``[ ]``, ``{ }``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from routeros_lsp.syntax.ast import (
    Binary,
    Brace,
    CommandPart,
    EscapePart,
    ExpressionPart,
    Group,
    Missing,
    Named,
    Statement,
    StringLit,
    Subst,
    TextPart,
    Unary,
    Variable,
    VariablePart,
    Word,
)

from ..wire import to_bytes, to_text
from . import operators
from .errors import ScriptError
from .frame import Frame
from .values import Array, Value, literal, to_str


def evaluate(node: Any, frame: Frame) -> Value:
    """The value of an element or expression.

    :raises ScriptError: for values that operators do not take, and for what is not played.
    """
    match node:
        case Word():
            return _word(node, frame)
        case StringLit():
            return text_of(node, frame)
        case Variable():
            return variable(node.name, frame)
        case Subst():
            return frame.runner.substitution(node, frame)
        case Group():
            return _group(node, frame)
        case Brace():
            return _array(node, frame)
        case Binary():
            return _binary(node, frame)
        case Unary():
            return _guarded(node.start, operators.unary, node.op, evaluate(node.operand, frame))
        case Missing():
            raise ScriptError("syntax error", node.start)
        case _:
            raise ScriptError(f"lab: a {node.kind} is not played here", node.start)


def condition(node: Any, frame: Frame) -> bool:
    """What a condition says.

    :raises ScriptError: for anything but true and false.
    """
    return _guarded(node.start, operators.truth, evaluate(node, frame))


def variable(name: str, frame: Frame) -> Value:
    """A variable. While a condition is asked, a property of this name hides it [MAN:Scripting tips] D."""
    if frame.row is not None and name in frame.row:
        return frame.row[name]
    return frame.scope.read(name)


def text_of(literal_: StringLit, frame: Frame) -> str:
    """A quoted text. Hexadecimal escapes are bytes; together they are UTF-8 [MAN] D/I."""
    data = b""
    for part in literal_.parts:
        match part:
            case TextPart():
                data += to_bytes(part.text)
            case EscapePart():
                data += part.text.encode("latin-1")
            case VariablePart():
                data += to_bytes(to_str(variable(part.name, frame)))
            case ExpressionPart():
                data += to_bytes(to_str(evaluate(part.group, frame)))
            case CommandPart():
                data += to_bytes(to_str(evaluate(part.subst, frame)))
    return to_text(data)


def property_name(node: Any, frame: Frame) -> str | None:
    """The property that a bare word means while a condition is asked. Inside ``( )`` the syntax tree has the hyphens
    of names as minus signs."""
    if frame.row is None or not isinstance(node, Word | Binary):
        return None
    name = frame.program.source[node.start : node.end]
    return name if name in frame.row else None


def _word(word: Word, frame: Frame) -> Value:
    name = property_name(word, frame)
    if name is not None and frame.row is not None:
        return frame.row[name]
    value = literal(word.text)
    if isinstance(value, str) and re.fullmatch(r"\d+/\d+", word.text):
        hint = "a division needs blanks, this reads as an address"
        raise ScriptError("invalid value", word.start, hint=hint)
    return value


def _group(group: Group, frame: Frame) -> Value:
    if len(group.exprs) != 1:
        raise ScriptError("lab: several values in brackets are not played here", group.start)
    return evaluate(group.exprs[0], frame)


def _binary(node: Binary, frame: Frame) -> Value:
    name = property_name(node, frame)
    if name is not None and frame.row is not None:
        return frame.row[name]
    left, right = evaluate(node.left, frame), evaluate(node.right, frame)
    return _guarded(node.op_start, operators.binary, node.op, left, right)


def _array(brace: Brace, frame: Frame) -> Array:
    """``{1;2;a=3}``. ``{}`` is no array but a syntax error [EWORM] O."""
    if not brace.body:
        raise ScriptError("syntax error", brace.start, hint='an empty array is [:toarray ""]')
    items: list[Value] = []
    keyed: dict[str, Value] = {}
    for statement in brace.body:
        element = _only(statement)
        if isinstance(element, Named):
            keyed[_key(element, frame)] = evaluate(element.value, frame) if element.value is not None else ""
        else:
            items.append(evaluate(element, frame))
    return Array(tuple(items), keyed)


def _only(statement: Statement) -> Any:
    if len(statement.elements) != 1 or statement.prefix is not None:
        raise ScriptError("syntax error", statement.start, hint="an array's element is one value")
    return statement.elements[0]


def _key(element: Named, frame: Frame) -> str:
    """A key with anything but lower-case letters needs quotes [MAN] D; digits are taken too I."""
    if isinstance(element.name, StringLit):
        return text_of(element.name, frame)
    if re.fullmatch(r"[a-z0-9]+", element.name.text) is None:
        raise ScriptError("syntax error", element.start, hint="this key needs quotes")
    return element.name.text


def _guarded(position: int, function: Any, *values: Any) -> Any:
    """Calls a function of values; what it refuses becomes an error of the place."""
    try:
        return function(*values)
    except ValueError as error:
        raise ScriptError(str(error), position) from error


def numbers(values: Sequence[tuple[Value, int]]) -> list[int]:
    """Values that have to be numbers, with their places.

    :raises ScriptError: for others.
    """
    for value, position in values:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ScriptError("invalid value", position, hint=f"{to_str(value)!r} is not a number")
    return [int(value) for value, _ in values]  # type: ignore[arg-type]
