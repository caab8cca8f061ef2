# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values of the language and what ``:typeof`` calls them [MAN:Scripting] D.

num is ``int`` (64 bits, signed), bool is ``bool``, str is ``str`` (bytes as in ``wire``), ip and ip6 are addresses,
ip-prefix and ip6-prefix are interfaces of ``ipaddress`` (they keep their host bits); the rest is here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, NetmaskValueError
from typing import TYPE_CHECKING

from ..addresses import parse_ip
from ..rows import id_text, parse_id
from ..times import parse_duration

if TYPE_CHECKING:
    from routeros_lsp.syntax.ast import Statement

    from ..paths import Path
    from .program import Program


class Empty(Enum):
    """No value: ``nil`` is what a conversion or search without result gives, ``nothing`` what was never set."""

    NIL = "nil"
    NOTHING = "nothing"


NIL, NOTHING = Empty.NIL, Empty.NOTHING


@dataclass(frozen=True, order=True)
class Span:
    """A time.

    :param ns: nanoseconds; may be negative.
    """

    ns: int

    @classmethod
    def of(cls, *, seconds: float) -> Span:
        """A time of so many seconds."""
        return cls(round(seconds * NS))

    @property
    def seconds(self) -> float:
        """The time in seconds."""
        return self.ns / NS

    def __str__(self) -> str:
        """``00:00:10``, ``1d02:03:04``, ``00:00:00.200`` [MAN, REQ] D/O."""
        seconds, fraction = divmod(abs(self.ns), NS)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        days, hour = divmod(hours, 24)
        weeks, day = divmod(days, 7)
        text = "-" if self.ns < 0 else ""
        text += f"{weeks}w" if weeks else ""
        text += f"{day}d" if day else ""
        text += f"{hour:02}:{minute:02}:{second:02}"
        digits = f"{fraction:09}"
        return text + (f".{digits[:3] if digits.endswith('0' * 6) else digits}" if fraction else "")


NS = 1_000_000_000
"""Nanoseconds in a second."""


@dataclass(frozen=True)
class Id:
    """The id of a row."""

    number: int

    def __str__(self) -> str:
        return id_text(self.number)


@dataclass(frozen=True)
class Array:
    """Elements without a key come first in their order, those with one follow sorted by it [MAN] D.

    An array never changes; ``with_value`` makes another one.
    """

    items: tuple[Value, ...] = ()
    keyed: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keyed", dict(sorted(self.keyed.items())))

    def __len__(self) -> int:
        return len(self.items) + len(self.keyed)

    def __iter__(self) -> Iterator[Value]:
        yield from self.items
        yield from self.keyed.values()

    def pairs(self) -> Iterator[tuple[Value, Value]]:
        """Keys and elements; the key of an element without one is its index."""
        yield from enumerate(self.items)
        yield from self.keyed.items()

    def get(self, key: Value) -> Value:
        """The element under a key or index; nothing where there is none."""
        if isinstance(key, int) and not isinstance(key, bool) and str(key) not in self.keyed:
            values = list(self)
            return values[key] if 0 <= key < len(values) else NOTHING
        return self.keyed.get(to_str(key), NOTHING)

    def with_value(self, key: Value, value: Value) -> Array:
        """The array with an element set, or taken away when the value is nothing. An index at the end appends.

        :raises IndexError: for an index beyond the end.
        """
        if isinstance(key, int) and not isinstance(key, bool):
            items = list(self.items)
            if not 0 <= key <= len(items):
                raise IndexError(key)
            items[key : key + 1] = [] if value is NOTHING else [value]
            return Array(tuple(items), self.keyed)
        keyed = {name: element for name, element in self.keyed.items() if name != to_str(key)}
        if value is not NOTHING:
            keyed[to_str(key)] = value
        return Array(self.items, keyed)


@dataclass(frozen=True, eq=False)
class Code:
    """Code to be called: a function, or what ``:parse`` made.

    :param menu: where its relative commands start from.
    """

    program: Program
    body: Sequence[Statement]
    menu: Path | None
    text: str


Ip = IPv4Address | IPv6Address
Prefix = IPv4Interface | IPv6Interface
Value = bool | int | str | Ip | Prefix | Span | Id | Array | Code | Empty


def type_of(value: Value) -> str:
    """What ``:typeof`` says."""
    match value:
        case Empty():
            return value.value
        case bool():
            return "bool"
        case int():
            return "num"
        case str():
            return "str"
        case IPv4Interface():
            return "ip-prefix"
        case IPv6Interface():
            return "ip6-prefix"
        case IPv4Address():
            return "ip"
        case IPv6Address():
            return "ip6"
        case Span():
            return "time"
        case Id():
            return "id"
        case Array():
            return "array"
        case Code():
            return "code"


def to_str(value: Value) -> str:
    """A value as text. Elements of an array are parted by ``;``; no value is the empty text."""
    match value:
        case Empty():
            return ""
        case bool():
            return "true" if value else "false"
        case Array():
            parts = [to_str(item) for item in value.items]
            return ";".join([*parts, *(f"{key}={to_str(item)}" for key, item in value.keyed.items())])
        case Code():
            return value.text
        case _:
            return str(value)


def to_64_bits(number: int) -> int:
    """The number as 64 bits with a sign hold it."""
    return (number + 2**63) % 2**64 - 2**63


def literal(text: str) -> Value:
    """What an unquoted word stands for: a number, ``yes`` and ``no``, an address, a time, an id, else text [REQ] O."""
    if re.fullmatch(r"-?\d+|0x[0-9a-fA-F]+", text):
        return to_64_bits(int(text, 0) if "x" in text else int(text))
    if text in _TRUTH:
        return _TRUTH[text]
    if re.fullmatch(r"\*[0-9A-Fa-f]+", text):
        return Id(parse_id(text) or 0)
    for read in (parse_ip, parse_prefix, parse_span):
        found: Value | None = read(text)
        if found is not None:
            return found
    return text


_TRUTH = {"yes": True, "true": True, "no": False, "false": False}


def parse_prefix(text: str) -> Prefix | None:
    """A prefix with its length; None for other text."""
    address, slash, length = text.partition("/")
    if not slash or parse_ip(address) is None or not length.isdecimal():
        return None
    try:
        return IPv6Interface(text) if ":" in address else IPv4Interface(text)
    except (AddressValueError, NetmaskValueError):
        return None


def parse_span(text: str) -> Span | None:
    """A time: ``10s``, ``1m30s``, ``00:01:30``, ``1d02:03:04``; None for other text, bare numbers included."""
    milliseconds = None if text.isdecimal() else parse_duration(text)
    return None if milliseconds is None else Span(milliseconds * 1_000_000)
