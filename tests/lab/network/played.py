# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which rows the network plays: those that it knows, the kernel takes, and that speak of what is there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pyroute2.netlink.exceptions import NetlinkError

from ..router.rows import Row
from ..router.store import Router
from ..router.values import Reference


class NotPlayed(Exception):
    """A row that the lab's network cannot put into effect; the message names it."""


@contextlib.contextmanager
def refusals(origin: str) -> Iterator[None]:
    """What the kernel refuses is named.

    :param origin: the row that it stands for, in words.
    :raises NotPlayed: when the kernel refuses.
    """
    try:
        yield
    except NetlinkError as error:
        raise NotPlayed(f"{origin}: the kernel refuses it: {error}") from error


def is_dangling(router: Router, row: Row) -> bool:
    """Whether a row refers to a row that is gone; it then shows an id [REST23] O. That it plays no part is I."""
    pieces = (piece for value in row.values.values() if not isinstance(value, str) for piece in value)
    return any(isinstance(piece, Reference) and router.row(piece.menu, piece.id) is None for piece in pieces)
