# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Conditions of ``find where`` and ``print where``: ``name=value``, ``name~"regex"``, ``name``, ``!name``, brackets.

A bare word that is a property is that property of the row, on both sides, and it hides a variable of its name [MAN:
Scripting tips] D.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from routeros_lsp.syntax.ast import Binary, Element, Group, Named, Operator, Unary, Variable, Word
from routeros_lsp.syntax.parser import PRECEDENCE

from .errors import ScriptError
from .expressions import condition, evaluate, property_name
from .frame import Frame
from .operators import binary, equal
from .values import Array, Empty, Value, literal, to_str

Token = Operator | Element

_OPERATORS = re.compile(r"&&|\|\||!=|<=|>=|<>|[~<>=]|!")
_WORDS = frozenset({"and", "or", "in", "&&", "||", "~", "<", ">", "<=", ">=", "!=", "<>", ".", ","})


def parse_conditions(elements: Sequence[Element]) -> Any:
    """The expression behind ``find`` or ``where``; conditions side by side all have to hold. None for no conditions.

    :raises ScriptError: for what is no condition.
    """
    tokens = list(_tokens(elements))
    if not tokens:
        return None
    return _Parser(tokens).whole()


def meets(expression: Any, frame: Frame) -> bool:
    """Whether the frame's row meets a condition.

    :raises ScriptError: for operators that do not take the values.
    """
    match expression:
        case None:
            return True
        case Group(exprs=[inner]):
            return meets(inner, frame)
        case Binary(op="&&" | "and"):
            return meets(expression.left, frame) and meets(expression.right, frame)
        case Binary(op="||" | "or"):
            return meets(expression.left, frame) or meets(expression.right, frame)
        case Unary(op="!"):
            return not meets(expression.operand, frame)
        case Binary(op="=" | "!=" | "<>") if property_name(expression, frame) is None:
            same = _same(evaluate(expression.left, frame), evaluate(expression.right, frame))
            return same is (expression.op == "=")
        case Binary(op="~" | "<" | ">" | "<=" | ">=" | "in") if property_name(expression, frame) is None:
            return _holds(expression, frame)
        case Word() if property_name(expression, frame) is None and isinstance(literal(expression.text), str):
            return False
        case _ if _is_property(expression, frame):
            return _has_value(evaluate(expression, frame))
        case _:
            return condition(expression, frame)


def _is_property(expression: Any, frame: Frame) -> bool:
    if isinstance(expression, Variable):
        return frame.row is not None and expression.name in frame.row
    return property_name(expression, frame) is not None


def _same(left: Value, right: Value) -> bool:
    """Equality in a condition. A property without a value equals "" and no. Numbers equal texts of the same digits,
    and yes and no their words I; addresses and times do not equal text: unquoted they find nothing [MAN, TIK4] D/O."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Empty):
            return isinstance(other, Empty) or other is False or other == ""
        if isinstance(one, str) and isinstance(other, bool):
            return one in (("yes", "true") if other else ("no", "false"))
        if isinstance(one, str) and isinstance(other, int):
            return one == str(other)
    return equal(left, right)


def _holds(expression: Binary, frame: Frame) -> bool:
    """A comparison; one with a property that has no value does not hold. Elements of a list match one by one I."""
    left, right = evaluate(expression.left, frame), evaluate(expression.right, frame)
    if isinstance(left, Empty) and expression.op != "~":
        return False
    if expression.op == "~":
        left = to_str(left) if isinstance(left, bool | Empty | Array) else left
    try:
        return binary(expression.op, left, right) is True
    except ValueError as error:
        raise ScriptError(str(error), expression.op_start) from error


def _has_value(value: Value) -> bool:
    """A property on its own: on, or with a value."""
    return value if isinstance(value, bool) else not isinstance(value, Empty) and to_str(value) != ""


def _tokens(elements: Sequence[Element]) -> Iterator[Token]:
    """Operands and operators. The syntax tree has ``a!=b`` as a name with a value, and ``a~`` as a word."""
    for element in elements:
        if isinstance(element, Named) and isinstance(element.name, Word):
            sign = next((sign for sign in ("!", "<", ">") if element.name.text.endswith(sign)), "")
            name = element.name.text.removesuffix(sign) if sign else element.name.text
            yield from _lexed(name, element.name.start)
            yield Operator(start=element.equals_at, end=element.equals_at + 1, op=f"{sign}=")
            if element.value is not None:
                yield element.value
            else:
                yield Word(start=element.end, end=element.end, text="")
        elif isinstance(element, Word):
            yield from _lexed(element.text, element.start)
        else:
            yield element


def _lexed(text: str, start: int) -> Iterator[Token]:
    """A word taken apart at the operators in it."""
    if text in _WORDS:
        yield Operator(start=start, end=start + len(text), op=text)
        return
    position = 0
    while position < len(text):
        found = _OPERATORS.search(text, position)
        end = found.start() if found else len(text)
        if end > position:
            yield Word(start=start + position, end=start + end, text=text[position:end])
        if found is None:
            return
        yield Operator(start=start + end, end=start + found.end(), op=found[0])
        position = found.end()


class _Parser:
    """Operators by their precedence; operands side by side are joined by ``and``."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._position = 0

    def whole(self) -> Any:
        expression = self._expression(0)
        if self._position < len(self._tokens):
            raise ScriptError("syntax error", self._tokens[self._position].start)
        return expression

    def _next(self) -> Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _expression(self, lowest: int) -> Any:
        left = self._operand()
        while (token := self._next()) is not None:
            sign, width = (token.op, 1) if isinstance(token, Operator) and token.op != "!" else ("&&", 0)
            if PRECEDENCE[sign] < lowest:
                break
            self._position += width
            right = self._expression(PRECEDENCE[sign] + 1)
            left = Binary(start=left.start, end=right.end, op=sign, op_start=token.start, left=left, right=right)
        return left

    def _operand(self) -> Any:
        token = self._next()
        if token is None:
            raise ScriptError("syntax error", self._tokens[-1].end, hint="a value is expected")
        self._position += 1
        if not isinstance(token, Operator):
            return token
        if token.op != "!":
            raise ScriptError("syntax error", token.start, hint="a value is expected")
        operand = self._operand()
        return Unary(start=token.start, end=operand.end, op="!", operand=operand)
