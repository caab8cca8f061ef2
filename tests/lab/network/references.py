# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows that name what is no longer there."""

from __future__ import annotations

from ..router.rows import Row
from ..router.store import Router
from ..router.values import Reference


def is_dangling(router: Router, row: Row) -> bool:
    """Whether a row refers to a row that is gone; it then shows an id [REST23] O. That it plays no part is I."""
    pieces = (piece for value in row.values.values() if not isinstance(value, str) for piece in value)
    return any(isinstance(piece, Reference) and router.row(piece.menu, piece.id) is None for piece in pieces)
