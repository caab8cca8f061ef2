# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hash of ``per-connection-classifier``, as the network computes it for a packet: known here because its seed is.

A router hashes with the same function, and takes its hash by ``%`` [GPL] D; nft takes it by multiplying (see matchers.py).
"""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

from .matchers import FIELDS

_WORD = 0xFFFFFFFF
_GOLDEN = 0xDEADBEEF
_LONGEST = 12


def jhash(data: bytes, seed: int) -> int:
    """Bob Jenkins' lookup3 of 12 bytes at most, as Linux has it in jhash.h; words are little-endian, as on x86.

    :raises ValueError: for more: no key of IPv4 has them.
    """
    if len(data) > _LONGEST:
        raise ValueError(f"{len(data)} bytes")
    a = b = c = (_GOLDEN + len(data) + seed) & _WORD
    if not data:
        return c
    first, second, third = struct.unpack("<3I", data.ljust(_LONGEST, b"\0"))
    return _final((a + first) & _WORD, (b + second) & _WORD, (c + third) & _WORD)


def remainder(classifier: str, ends: tuple[IPv4Address, IPv4Address], ports: tuple[int, int] | None, denominator: int, seed: int) -> int:
    """Which bucket of so many a packet is in.

    :param classifier: one of RouterOS' words, such as ``both-addresses``.
    :param ends: source and destination.
    :param ports: of source and destination; None for a protocol without.
    :raises KeyError: for a word that is none.
    """
    fields = FIELDS[classifier] if ports else "".join(field for field in FIELDS[classifier] if field in "ab")
    if not fields or denominator == 1:
        return 0
    source, destination = (end.packed for end in ends)
    first, second = (port.to_bytes(2, "big") for port in ports or (0, 0))
    known = {"a": source, "b": destination, "s": first, "d": second}
    data = b"".join(known[field] for field in fields)
    if len(data) > 4 and len(data) % 4:
        data += bytes(2)  # a part of a concatenation fills a register of its own
    return jhash(data, seed) * denominator >> 32


def _turn(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _WORD


def _final(a: int, b: int, c: int) -> int:
    c = ((c ^ b) - _turn(b, 14)) & _WORD
    a = ((a ^ c) - _turn(c, 11)) & _WORD
    b = ((b ^ a) - _turn(a, 25)) & _WORD
    c = ((c ^ b) - _turn(b, 16)) & _WORD
    a = ((a ^ c) - _turn(c, 4)) & _WORD
    b = ((b ^ a) - _turn(a, 14)) & _WORD
    return ((c ^ b) - _turn(b, 24)) & _WORD
