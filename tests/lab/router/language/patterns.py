# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Regular expressions: POSIX extended [MAN] D, over bytes."""

from __future__ import annotations

import functools
import re

from ..wire import to_bytes

_CLASSES = {
    b"alpha": b"a-zA-Z",
    b"digit": b"0-9",
    b"alnum": b"a-zA-Z0-9",
    b"upper": b"A-Z",
    b"lower": b"a-z",
    b"space": rb"\s",
    b"blank": rb" \t",
    b"punct": rb"!-/:-@\[-`{-~",
    b"xdigit": b"0-9a-fA-F",
}

_BRACKET = re.compile(rb"\[(\^?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]", re.DOTALL)
_PIECE = re.compile(rb"\[:([a-z]+):\]|([\\\[&~|])", re.DOTALL)


def matches(text: str, pattern: str) -> bool:
    """Whether the pattern is found anywhere in the text.

    :raises ValueError: for a pattern that is not POSIX extended.
    """
    return _compiled(to_bytes(pattern)).search(to_bytes(text)) is not None


@functools.lru_cache(maxsize=256)
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    translated = b""
    position = 0
    while position < len(pattern):
        byte = pattern[position : position + 1]
        if byte == b"[":
            found = _BRACKET.match(pattern, position)
            if found is None:
                raise ValueError("bad regexp: [ without ]")
            translated += b"[" + found[1] + _set(found[2]) + b"]"
            position = found.end()
            continue
        if byte == b"\\":
            escaped = pattern[position + 1 : position + 2]
            if escaped == b"" or escaped.isalnum():
                raise ValueError(f"bad regexp: \\{escaped.decode('latin-1')} is not POSIX")
            translated += b"\\" + escaped
            position += 2
            continue
        if byte == b"(" and pattern[position + 1 : position + 2] == b"?":
            raise ValueError("bad regexp: (? is not POSIX")
        translated += rb"\Z" if byte == b"$" else byte
        position += 1
    try:
        return re.compile(translated, re.DOTALL)
    except re.error as error:
        raise ValueError(f"bad regexp: {error}") from error


def _set(members: bytes) -> bytes:
    """The inside of a bracket; a backslash is itself there."""

    def replace(piece: re.Match[bytes]) -> bytes:
        if piece[1] is None:
            return b"\\" + piece[2]
        if piece[1] not in _CLASSES:
            raise ValueError(f"bad regexp: [:{piece[1].decode()}:]")
        return _CLASSES[piece[1]]

    closing, members = (b"\\]", members[1:]) if members.startswith(b"]") else (b"", members)
    return closing + _PIECE.sub(replace, members)
