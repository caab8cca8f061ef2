# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``:convert``, ``:serialize`` and ``:deserialize``: values in the forms of other programs [SCH] O."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

from ..wire import to_bytes, to_text
from .values import NOTHING, Array, Empty, Value, literal, to_str

URL_SAFE = "-._~"
"""What ``to=url`` leaves as it is beside letters and digits I."""


def convert(value: Value, source: str, target: str) -> Value:
    """A value from one form to another.

    :raises ValueError: for a form that is not played, and for a value that is not of its form.
    """
    if source not in _DECODERS or target not in _ENCODERS:
        raise ValueError(f"lab: :convert from={source} to={target} is not played here")
    try:
        return _ENCODERS[target](_DECODERS[source](value))
    except ValueError as error:
        raise ValueError(f"invalid value for :convert from={source}: {error}") from error


def _from_bytes(value: Value) -> bytes:
    if not isinstance(value, Array):
        raise ValueError("an array of numbers is expected")
    return bytes(number if isinstance(number, int) else -1 for number in value)


_DECODERS: Mapping[str, Callable[[Value], bytes]] = {
    "raw": lambda value: to_bytes(to_str(value)),
    "base64": lambda value: base64.b64decode(to_bytes(to_str(value)), validate=True),
    "base32": lambda value: base64.b32decode(to_bytes(to_str(value))),
    "hex": lambda value: bytes.fromhex(to_str(value)),
    "url": lambda value: urllib.parse.unquote_to_bytes(to_bytes(to_str(value))),
    "byte-array": _from_bytes,
}

_ENCODERS: Mapping[str, Callable[[bytes], Value]] = {
    "raw": to_text,
    "base64": lambda data: base64.b64encode(data).decode(),
    "base32": lambda data: base64.b32encode(data).decode(),
    "hex": lambda data: data.hex(),
    "url": lambda data: urllib.parse.quote_from_bytes(data, safe=URL_SAFE),
    "byte-array": lambda data: Array(tuple(data)),
}


def to_json(value: Value, *, pretty: bool = False, convert_strings: bool = True) -> str:
    """A value as JSON. An array with keys is an object.

    :param convert_strings: texts that look like numbers or truths are written as such.
    """
    plain = _plain(value, convert_strings)
    if pretty:
        return json.dumps(plain, ensure_ascii=False, indent=4)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Value, convert_strings: bool) -> Any:
    match value:
        case Empty():
            return None
        case bool() | int():
            return value
        case Array() if value.keyed:
            return {to_str(key): _plain(element, convert_strings) for key, element in value.pairs()}
        case Array():
            return [_plain(element, convert_strings) for element in value]
        case str() if convert_strings and isinstance(found := literal(value), bool | int):
            return found
        case _:
            return to_str(value)


def from_json(text: str, *, convert_strings: bool = True) -> Value:
    """The value of a JSON text. Fractions are cut off their numbers I.

    :param convert_strings: texts that look like other values become such.
    :raises ValueError: for text that is not JSON.
    """
    return _value(json.loads(text, parse_float=lambda digits: int(float(digits))), convert_strings)


def _value(plain: Any, convert_strings: bool) -> Value:
    match plain:
        case None:
            return NOTHING
        case dict():
            return Array((), {key: _value(element, convert_strings) for key, element in plain.items()})
        case list():
            return Array(tuple(_value(element, convert_strings) for element in plain))
        case str() if convert_strings:
            return literal(plain)
        case _:
            return plain  # type: ignore[no-any-return]
