# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is transferred: blocks that both ends can make, so that either can tell whether they arrived as they were."""

from __future__ import annotations

import hashlib
from functools import lru_cache

BLOCK = 16_384
"""Bytes in a block."""


@lru_cache(maxsize=4096)
def block(number: int) -> bytes:
    """The bytes of a block."""
    return hashlib.shake_256(number.to_bytes(8)).digest(BLOCK)
