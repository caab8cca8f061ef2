# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The codec: bytes come back as they were, and librouteros writes the same bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from librouteros.protocol import encode_sentence as librouteros_sentence

from tests.lab.router.wire import MAX_WORD, Decoder, WireError, encode_length, encode_sentence, to_bytes, to_text

WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300), min_size=1, max_size=5)


@settings(database=None)
@given(WORDS)
def test_same_bytes_as_librouteros(words: list[str]) -> None:
    assert encode_sentence(words) == librouteros_sentence(*words, encoding="utf-8")


@settings(database=None)
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5), st.integers(1, 50))
def test_any_bytes_come_back_however_they_are_cut(words: list[bytes], size: int) -> None:
    stream = encode_sentence(to_text(word) for word in words)
    decoder = Decoder()
    found = [sentence for at in range(0, len(stream), size) for sentence in decoder.feed(stream[at : at + size])]
    assert [[to_bytes(word) for word in sentence] for sentence in found] == [words]


@pytest.mark.parametrize(
    ("length", "prefix"),
    [
        (0x7F, "7f"),
        (0x80, "8080"),
        (0x3FFF, "bfff"),
        (0x4000, "c04000"),
        (0x1FFFFF, "dfffff"),
        (0x200000, "e0200000"),
        (0xFFFFFFF, "efffffff"),
        (0x10000000, "f010000000"),
    ],
)
def test_length_prefixes(length: int, prefix: str) -> None:
    assert encode_length(length).hex() == prefix


def test_too_long_a_word_cannot_be_sent() -> None:
    with pytest.raises(WireError):
        encode_length(1 << 32)


@pytest.mark.parametrize("size", [0x7F, 0x80, 0x3FFF, 0x4000, 0x1FFFFF, 0x200000])
def test_words_at_the_borders_of_the_prefixes(size: int) -> None:
    sentence = ["x" * size, "end"]
    assert list(Decoder().feed(encode_sentence(sentence))) == [sentence]


def test_the_longest_prefix_is_understood_for_short_words_too() -> None:
    assert list(Decoder().feed(b"\xf0\x00\x00\x00\x02hi\x00")) == [["hi"]]


def test_empty_sentences_are_ignored() -> None:
    assert list(Decoder().feed(b"\x00\x00" + encode_sentence(["/quit"]) + b"\x00")) == [["/quit"]]


@pytest.mark.parametrize("first", [0xF1, 0xF8, 0xFF])
def test_reserved_length_bytes(first: int) -> None:
    with pytest.raises(WireError):
        list(Decoder().feed(bytes([first, 0, 0, 0, 0])))


def test_a_word_too_long_to_be_true() -> None:
    with pytest.raises(WireError):
        list(Decoder().feed(b"\xf0" + (MAX_WORD + 1).to_bytes(4, "big")))
