# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words and sentences of the binary API [MAN:API] D. Pure: bytes in, text out.

Words are bytes of no declared character set. They become text as UTF-8 with ``surrogateescape``, so that any bytes
come back unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MAX_WORD = 1 << 26
"""Longest word that is taken, in bytes; the limit keeps a lost peer from filling memory."""


class WireError(Exception):
    """The peer is out of step: a reserved length byte, or a word that is too long."""


def to_bytes(text: str) -> bytes:
    """The bytes of a word."""
    return text.encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """The text of a word."""
    return data.decode("utf-8", "surrogateescape")


def encode_length(length: int) -> bytes:
    """The shortest of the five length prefixes.

    :raises WireError: for a length that 32 bits do not hold.
    """
    if length < 0x80:
        return length.to_bytes(1, "big")
    if length < 0x4000:
        return (length | 0x8000).to_bytes(2, "big")
    if length < 0x200000:
        return (length | 0xC00000).to_bytes(3, "big")
    if length < 0x10000000:
        return (length | 0xE0000000).to_bytes(4, "big")
    if length < 0x100000000:
        return b"\xf0" + length.to_bytes(4, "big")
    raise WireError(f"a word of {length} bytes cannot be sent")


def encode_sentence(words: Iterable[str]) -> bytes:
    """Length-prefixed words, closed by a word of no length."""
    encoded = bytearray()
    for word in words:
        data = to_bytes(word)
        encoded += encode_length(len(data)) + data
    return bytes(encoded + b"\x00")


class Decoder:
    """Turns a stream of bytes, cut anywhere, into sentences."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._words: list[str] = []

    def feed(self, data: bytes) -> Iterator[list[str]]:
        """The sentences that these bytes complete. Empty sentences are left out [MAN:API] D.

        :raises WireError: when the peer is out of step; the decoder is of no further use then.
        """
        self._data += data
        while (word := self._next_word()) is not None:
            if word:
                self._words.append(to_text(word))
            elif self._words:
                sentence, self._words = self._words, []
                yield sentence

    def _next_word(self) -> bytes | None:
        """The next whole word, or None as long as bytes of it are missing."""
        if not self._data:
            return None
        extra = _extra_length_bytes(self._data[0])
        if len(self._data) <= extra:
            return None
        if extra == 4:
            length = int.from_bytes(self._data[1:5], "big")
        else:
            length = int.from_bytes(self._data[: extra + 1], "big") & (1 << (7 * (extra + 1))) - 1
        if length > MAX_WORD:
            raise WireError(f"a word of {length} bytes was announced")
        start, end = extra + 1, extra + 1 + length
        if len(self._data) < end:
            return None
        word = bytes(self._data[start:end])
        del self._data[:end]
        return word


def _extra_length_bytes(first: int) -> int:
    """How many bytes follow the first one in a length prefix.

    :raises WireError: for a first byte above 0xF0; those from 0xF8 on are reserved [MAN:API] D, those below mean
        nothing.
    """
    for limit, extra in ((0x80, 0), (0xC0, 1), (0xE0, 2), (0xF0, 3), (0xF1, 4)):
        if first < limit:
            return extra
    raise WireError(f"length byte {first:#x} is reserved")
