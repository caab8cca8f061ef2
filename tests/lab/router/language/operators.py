# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operators on values [MAN:Scripting] D. Types are not mixed: where RouterOS might convert, this does not I."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address

from . import patterns
from .strings import join
from .values import NOTHING, Array, Empty, Ip, Prefix, Span, Value, to_64_bits, to_str, type_of


def binary(sign: str, left: Value, right: Value) -> Value:
    """The value of ``left sign right``.

    :raises ValueError: when the operator does not take these values, and for a division by zero.
    """
    return _BINARY[sign](left, right)


def unary(sign: str, value: Value) -> Value:
    """The value of ``!x``, ``-x`` or ``~x``.

    :raises ValueError: when the operator does not take the value.
    """
    match sign, value:
        case "!", bool():
            return not value
        case "-", int() if not isinstance(value, bool):
            return to_64_bits(-value)
        case "-", Span():
            return Span(-value.ns)
        case "~", IPv4Address() if not isinstance(value, Prefix):
            return IPv4Address(~int(value) & 0xFFFFFFFF)
        case _:
            raise ValueError(f"cannot apply {sign} to {type_of(value)}")


def equal(left: Value, right: Value) -> bool:
    """Equality; values of different types are never equal ("0s" is not 0s) [RB5009] O."""
    if isinstance(left, Array) and isinstance(right, Array):
        return len(left) == len(right) and all(
            equal(one, other) and equal(value, another) for (one, value), (other, another) in zip(left.pairs(), right.pairs(), strict=True)
        )
    return type_of(left) == type_of(right) and left == right


def truth(value: Value) -> bool:
    """What a condition says.

    :raises ValueError: for anything but true and false.
    """
    if isinstance(value, bool):
        return value
    raise ValueError("conditional not boolean")


def _kind(value: Value) -> str:
    """The type, for operators; an address' family does not matter."""
    return {"ip6": "ip", "ip6-prefix": "ip-prefix"}.get(type_of(value), type_of(value))


def _refuse(verb: str, left: Value, right: Value) -> ValueError:
    return ValueError(f"cannot {verb} {type_of(left)} and {type_of(right)}")


def _add(left: Value, right: Value) -> Value:
    match left, right:
        case (int(), int()) if not isinstance(left, bool) and not isinstance(right, bool):
            return to_64_bits(left + right)
        case (Span(), Span()):
            return Span(left.ns + right.ns)
        case (Span(), int()) if not isinstance(right, bool):
            return Span(left.ns + right * 1_000_000_000)
        case (IPv4Address() | IPv6Address(), int()) if not isinstance(left, Prefix) and not isinstance(right, bool):
            return left + right
        case _:
            raise _refuse("add", left, right)


def _subtract(left: Value, right: Value) -> Value:
    match left, right:
        case (IPv4Address(), IPv4Address()) if not isinstance(left, Prefix) and not isinstance(right, Prefix):
            return int(left) - int(right)
        case (_, int() | Span()) if not isinstance(right, bool):
            try:
                return _add(left, unary("-", right))
            except ValueError:
                raise _refuse("subtract", left, right) from None
        case _:
            raise _refuse("subtract", left, right)


def _multiply(left: Value, right: Value) -> Value:
    match left, right:
        case (int(), int()) if not isinstance(left, bool) and not isinstance(right, bool):
            return to_64_bits(left * right)
        case (Span(), int()) if not isinstance(right, bool):
            return Span(left.ns * right)
        case _:
            raise _refuse("multiply", left, right)


def _divide(left: Value, right: Value) -> Value:
    """Whole numbers, cut towards zero."""
    match left, right:
        case (int(), int()) if not isinstance(left, bool) and not isinstance(right, bool):
            return to_64_bits(_quotient(left, right))
        case (Span(), int()) if not isinstance(right, bool):
            return Span(_quotient(left.ns, right))
        case (Span(), Span()):
            return _quotient(left.ns, right.ns)
        case _:
            raise _refuse("divide", left, right)


def _quotient(left: int, right: int) -> int:
    if right == 0:
        raise ValueError("division by zero")
    return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)


def _remainder(left: Value, right: Value) -> Value:
    if _kind(left) != "num" or _kind(right) != "num":
        raise _refuse("divide", left, right)
    assert isinstance(left, int) and isinstance(right, int)
    return left - right * _quotient(left, right)


_ORDERED = frozenset({"num", "str", "time", "ip", "ip6", "id"})


def _compare(test: Callable[[object, object], bool]) -> Callable[[Value, Value], Value]:
    def compare(left: Value, right: Value) -> Value:
        if type_of(left) != type_of(right) or type_of(left) not in _ORDERED:
            raise _refuse("compare", left, right)
        keys = [value.number if type_of(value) == "id" else value for value in (left, right)]  # type: ignore[union-attr]
        return test(*keys)

    return compare


def _logic(test: Callable[[bool, bool], bool]) -> Callable[[Value, Value], Value]:
    return lambda left, right: test(truth(left), truth(right))


def _is_in(left: Value, right: Value) -> Value:
    """An address, or a prefix, within a prefix."""
    if _kind(left) not in ("ip", "ip-prefix") or not isinstance(right, Prefix):
        raise _refuse("look for", left, right)
    assert isinstance(left, Ip)
    if left.version != right.version:
        return False
    inner = left.network if isinstance(left, Prefix) else type(right)(left).network
    return inner.subnet_of(right.network)  # type: ignore[arg-type]


def _bits(test: Callable[[int, int], int]) -> Callable[[Value, Value], Value]:
    """Bit operators work on addresses only [MAN] D."""

    def apply(left: Value, right: Value) -> Value:
        if not all(_kind(value) == "ip" for value in (left, right)) or type(left) is not type(right):
            raise _refuse("combine", left, right)
        return type(left)(test(int(left), int(right)))  # type: ignore[arg-type, call-arg, return-value]

    return apply


def _shift(by: Callable[[int, int], int]) -> Callable[[Value, Value], Value]:
    def apply(left: Value, right: Value) -> Value:
        if not isinstance(left, IPv4Address) or isinstance(left, Prefix) or type_of(right) != "num":
            raise _refuse("shift", left, right)
        return IPv4Address(by(int(left), int(right)) & 0xFFFFFFFF)  # type: ignore[arg-type]

    return apply


def _concatenate(left: Value, right: Value) -> Value:
    """One text; with an array, each of its elements with the text [MAN, TIK4] D/O."""
    if isinstance(left, Array) and isinstance(right, Array):
        raise _refuse("concatenate", left, right)
    if isinstance(left, Array):
        return _each(left, lambda element: _concatenate(element, right))
    if isinstance(right, Array):
        return _each(right, lambda element: _concatenate(left, element))
    return join(to_str(left), to_str(right))


def _each(array: Array, change: Callable[[Value], Value]) -> Array:
    return Array(tuple(map(change, array.items)), {key: change(value) for key, value in array.keyed.items()})


def _append(left: Value, right: Value) -> Value:
    """One array of both; a key of the second goes before the same key of the first. No value adds nothing I."""
    one, other = (
        value if isinstance(value, Array) else Array() if isinstance(value, Empty) else Array((value,)) for value in (left, right)
    )
    return Array(one.items + other.items, {**one.keyed, **other.keyed})


def _matches(left: Value, right: Value) -> Value:
    if not isinstance(right, str) or isinstance(left, Array):
        raise _refuse("match", left, right)
    return patterns.matches(to_str(left), right)


def _element(left: Value, right: Value) -> Value:
    """An element of an array; nothing where there is none, or where there is no array."""
    if isinstance(left, Array):
        return left.get(right)
    if isinstance(left, Empty):
        return NOTHING
    raise _refuse("take an element from", left, right)


_BINARY: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
    "=": equal,
    "!=": lambda left, right: not equal(left, right),
    "<>": lambda left, right: not equal(left, right),
    "<": _compare(operator.lt),
    ">": _compare(operator.gt),
    "<=": _compare(operator.le),
    ">=": _compare(operator.ge),
    "&&": _logic(lambda left, right: left and right),
    "and": _logic(lambda left, right: left and right),
    "||": _logic(lambda left, right: left or right),
    "or": _logic(lambda left, right: left or right),
    "in": _is_in,
    "&": _bits(operator.and_),
    "|": _bits(operator.or_),
    "^": _bits(operator.xor),
    "<<": _shift(operator.lshift),
    ">>": _shift(operator.rshift),
    ".": _concatenate,
    ",": _append,
    "~": _matches,
    "->": _element,
}
