# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Queries of ``print``: a stack of conditions in words that start with ``?`` [MAN:API] D."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .errors import Trap, invalid_value


def matches(words: Iterable[str], row: Mapping[str, str]) -> bool:
    """Whether a row meets the query: everything left on the stack is true; an empty stack is true.

    :param words: the query words without their leading ``?``.
    :raises Trap: for operators that find too little on the stack, and for words that mean nothing.
    """
    stack: list[bool] = []
    for word in words:
        if word.startswith("#"):
            _operate(word[1:], stack)
        else:
            stack.append(_condition(word, row))
    return all(stack)


def _condition(word: str, row: Mapping[str, str]) -> bool:
    """One condition: ``name``, ``-name``, ``name=x``, ``=name=x``, ``<name=x``, ``>name=x``."""
    sign = word[0] if word[:1] in ("-", "=", "<", ">") else ""
    name, equals, wanted = word[len(sign) :].partition("=")
    if name == "":
        raise invalid_value("query")
    have = row.get(name)
    if sign == "-":
        return have is None
    if not equals:
        return have is not None
    if have is None:
        return False
    if sign in ("<", ">"):
        below, above = _compare(have, wanted)
        return below if sign == "<" else above
    return have == wanted or _truth(have) == _truth(wanted) is not None


def _truth(text: str) -> bool | None:
    """``?disabled=yes`` finds rows that read ``true`` I."""
    return {"yes": True, "true": True, "no": False, "false": False}.get(text)


def _compare(have: str, wanted: str) -> tuple[bool, bool]:
    """Whether the first is below, and above, the second; as numbers where both are, as text otherwise."""
    if have.isdecimal() and wanted.isdecimal():
        return int(have) < int(wanted), int(have) > int(wanted)
    return have < wanted, have > wanted


def _operate(operators: str, stack: list[bool]) -> None:
    """Applies ``!``, ``&`` and ``|``."""
    for operator in operators:
        try:
            if operator == "!":
                stack.append(not stack.pop())
            elif operator == "&":
                stack.append(stack.pop() & stack.pop())
            elif operator == "|":
                stack.append(stack.pop() | stack.pop())
            else:
                raise invalid_value("query")
        except IndexError:
            raise Trap("query stack is empty") from None
