# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How values are written in RouterOS' scripting language (manual, "Scripting").

All of these return source text, ready to stand in a script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Value = str | bool | int | Mapping[str, "Value"]
"""What a script can be given: RouterOS knows these as str, bool, num, and array."""

EMPTY = '[:toarray ""]'
"""An array of nothing; ``{}`` is a syntax error (manual, "Scripting")."""


def literal(text: str) -> str:
    """Return `text` as a string, byte by byte where it is not plain ASCII."""
    return '"' + "".join(_escaped(byte) for byte in text.encode()) + '"'


def _escaped(byte: int) -> str:
    letter = chr(byte)
    if letter in '"\\$':
        return f"\\{letter}"
    if letter == "\n":
        return "\\n"
    return letter if 32 <= byte < 127 else f"\\{byte:02X}"


def word(name: str) -> str:
    """Return a name as a command on the router takes it: in quotes, unless it is one plain word."""
    return name if re.fullmatch(r"[A-Za-z0-9_.-]+", name) else literal(name)


def value(given: Value) -> str:
    """Return a value: a string in quotes, a truth, a number, or an array with keys."""
    if isinstance(given, Mapping):
        return mapping(given)
    if isinstance(given, bool):
        return "true" if given else "false"
    return literal(given) if isinstance(given, str) else str(given)


def array(values: Iterable[Value]) -> str:
    """Return an array, such as ``{"isp1";"isp2"}``: the router keeps its order."""
    return _braces(map(value, values))


def mapping(pairs: Mapping[str, Value]) -> str:
    """Return an array with keys, such as ``{"isp1"=5;"isp2"=3}``: the router sorts it by key."""
    return _braces(f"{literal(key)}={value(given)}" for key, given in pairs.items())


def _braces(parts: Iterable[str]) -> str:
    inside = ";".join(parts)
    return f"{{{inside}}}" if inside else EMPTY


def exact(text: str) -> str:
    """Return a regular expression that finds `text` as it is (POSIX extended). It is no source text yet, see `literal`."""
    return re.sub(r"[.^$*+?()\[\]{}|\\]", r"\\\g<0>", text)
