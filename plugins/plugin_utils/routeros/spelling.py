# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How RouterOS spells values when they are read back: in any other spelling each run would report a change.

And how its scripting language and its terminal take texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Value = str | bool | int | Mapping[str, "Value"]
"""What a script can be given: RouterOS knows these as str, bool, num, and array."""

DEFAULT_DESTINATION = "0.0.0.0/0"
EMPTY = '[:toarray ""]'
"""An array of nothing; ``{}`` is a syntax error (manual, "Scripting")."""

UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
"""Seconds of each unit of a time span, from the largest on."""


def literal(text: str) -> str:
    """Return `text` as a string of RouterOS' scripting language, byte by byte where it is not plain ASCII (manual, "Scripting")."""
    return '"' + "".join(_escaped(byte) for byte in text.encode()) + '"'


def _escaped(byte: int) -> str:
    letter = chr(byte)
    if letter in '"\\$':
        return f"\\{letter}"
    if letter == "\n":
        return "\\n"
    return letter if 32 <= byte < 127 else f"\\{byte:02X}"


def word(name: str) -> str:
    """Return a name as a command on the router takes it: in quotes, unless it is one plain word.

    Without quotes ``007`` is a number there, ``1d`` a time, ``10.0.0.1`` an address and ``yes`` a truth, and no text equals those. Nor is a
    bare word a text to `find` if a field has that name, such as a comment that is ``disabled``: there, write `literal`.
    """
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name) and name not in _MEANINGFUL else literal(name)


_MEANINGFUL = frozenset({"yes", "no", "true", "false", "nil", "nothing", "and", "or", "in", "where"})


def span(seconds: int) -> str:
    """Return a time span in whole seconds such as ``1m30s``; ``0s`` for none."""
    parts = []
    for unit, size in UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def seconds(text: object) -> float:
    """Return the seconds of a time as `span` and `milliseconds` write it, and the API: ``1w2d3h4m5s``, ``1s500ms20us``; 0 for nothing."""
    units = {**UNITS, "ms": 1e-3, "us": 1e-6}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"([0-9]+)(ms|us|[wdhms])", str(text or "")))


def milliseconds(value: int) -> str:
    """Return a time span of less than a minute such as ``1s500ms``; `value`, above zero, is in milliseconds."""
    seconds, rest = divmod(value, 1000)
    return (f"{seconds}s" if seconds else "") + (f"{rest}ms" if rest else "")


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
