# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``:len``, ``:pick`` and ``:find``. Text is bytes [MAN:API] D: lengths and indexes count bytes, not letters."""

from __future__ import annotations

import itertools

from ..wire import to_bytes, to_text
from .values import NIL, Array, Empty, Value, to_str


def length(value: Value) -> int:
    """Elements of an array, else bytes of the value as text; no value has none."""
    return len(value) if isinstance(value, Array) else len(to_bytes(to_str(value)))


def pick(value: Value, begin: int, end: int | None) -> Value:
    """A part from ``begin`` to before ``end``; without an end one element, or one byte of text [MAN] D/I.

    :returns: nil for a begin outside the value.
    """
    size = length(value)
    if not 0 <= begin < size:
        return NIL
    if isinstance(value, Array):
        if end is None:
            return next(itertools.islice(value, begin, None))
        first, last, _step = slice(begin, end).indices(size)
        plain = len(value.items)
        keyed = itertools.islice(value.keyed.items(), max(first - plain, 0), max(last - plain, 0))
        return Array(value.items[first:last], dict(keyed))
    return to_text(to_bytes(to_str(value))[begin : begin + 1 if end is None else end])


def find(value: Value, key: Value, after: int | None) -> Value:
    """Where a text has another one in it, or an array an element.

    :param after: the search starts behind this position; -1 or None starts at the beginning [MAN] D/I.
    :returns: the index or, in an array, the key; nil when there is none.
    """
    start = 0 if after is None else after + 1
    if isinstance(value, Array):
        pairs = list(value.pairs())[start:]
        return next((place for place, element in pairs if element == key and type(element) is type(key)), NIL)
    if isinstance(value, Empty):
        return NIL
    found = to_bytes(to_str(value)).find(to_bytes(to_str(key)), start)
    return NIL if found < 0 else found


def join(left: str, right: str) -> str:
    """Two texts as one. Halves of a letter that meet again are the letter again."""
    return to_text(to_bytes(left) + to_bytes(right))
