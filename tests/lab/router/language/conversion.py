# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``:tonum``, ``:tobool``, ``:toip``, ``:totime``, ``:toid``, ``:toarray``: nil where a value cannot be converted [MAN,
EWORM] D/O."""

from __future__ import annotations

import datetime
import re
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

from ..addresses import parse_ip
from ..rows import parse_id
from .values import NIL, Array, Empty, Id, Span, Value, literal, parse_span, to_64_bits, to_str


def to_num(value: Value) -> Value:
    """A number: digits, a truth, an id, an address, whole seconds of a time."""
    match value:
        case bool() | int():
            return int(value)
        case str():
            found = literal(value.strip())
            return found if isinstance(found, int) and not isinstance(found, bool) else NIL
        case IPv4Address():
            return int(value)
        case Span():
            return value.ns // 1_000_000_000
        case Id():
            return value.number
        case _:
            return NIL


def to_bool(value: Value) -> Value:
    """A truth: the four words, and numbers."""
    match value:
        case bool():
            return value
        case int():
            return value != 0
        case str():
            found = literal(value)
            return found if isinstance(found, bool) else NIL
        case _:
            return NIL


def to_ip(value: Value) -> Value:
    """An address; that of a prefix, or that of a number."""
    match value:
        case IPv4Interface() | IPv6Interface():
            return value.ip
        case IPv4Address() | IPv6Address():
            return value
        case str():
            return parse_ip(value) or NIL
        case int() if not isinstance(value, bool) and 0 <= value < 2**32:
            return IPv4Address(value)
        case _:
            return NIL


def to_time(value: Value) -> Value:
    """A time: any of its spellings, seconds, or the time from 1970 to a date (``2026-01-31 10:00:00``) I."""
    match value:
        case Span():
            return value
        case int() if not isinstance(value, bool):
            return Span.of(seconds=value)
        case str() if re.fullmatch(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?", value):
            try:
                moment = datetime.datetime.fromisoformat(value).replace(tzinfo=datetime.UTC)
            except ValueError:
                return NIL
            return Span.of(seconds=moment.timestamp())
        case str() if re.fullmatch(r"-?\d+", value):
            return Span.of(seconds=to_64_bits(int(value)))
        case str():
            return parse_span(value) or NIL
        case _:
            return NIL


def to_id(value: Value) -> Value:
    """An id: ``*1A``, or its number."""
    match value:
        case Id():
            return value
        case int() if not isinstance(value, bool):
            return Id(value)
        case str():
            number = parse_id(value)
            return NIL if number is None else Id(number)
        case _:
            return NIL


def to_array(value: Value, delimiter: str = ",") -> Array:
    """An array: the parts of a text, or the value alone. An empty text has no parts [EWORM] O; parts are text I."""
    match value:
        case Array():
            return value
        case Empty() | "":
            return Array()
        case str():
            return Array(tuple(value.split(delimiter)))
        case _:
            return Array(tuple(to_str(value).split(delimiter)) if delimiter != "," else (value,))
