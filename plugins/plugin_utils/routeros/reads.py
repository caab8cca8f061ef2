# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How paths are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Read:
    """How one path is read: all `columns`, or these.

    `hidden` says that a row also has, as None, what the router knows and does not show. Only module api_info says so, with
    ``hide_defaults: false`` and ``handle_disabled: null-value``; it leaves out what can only be read.

    `optional` says that a router may have no such path, as a board without a switch chip: then it has no rows.
    """

    columns: tuple[str, ...] | None = None
    hidden: bool = False
    optional: bool = False


Reads = Mapping[str, Read]
"""What is to be read, by path."""

WHOLE = Read()
IF_THERE = Read(optional=True)


def together(*several: Reads) -> dict[str, Read]:
    """Return one reading for all of them, each path once, in the order in which they come."""
    merged: dict[str, Read] = {}
    for reads in several:
        for path, read in reads.items():
            merged[path] = _both(merged.get(path, read), read)
    return merged


def _both(one: Read, other: Read) -> Read:
    columns = None if one.columns is None or other.columns is None else tuple(dict.fromkeys((*one.columns, *other.columns)))
    return Read(columns, one.hidden or other.hidden, one.optional and other.optional)
