# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How paths are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from .rows import Found


@dataclass(frozen=True)
class Only:
    """Which rows are asked for: those whose `field` has one of these values, which may depend on what was read before."""

    field: str
    values: Callable[[Found], Sequence[str]]


@dataclass(frozen=True)
class Read:
    """How one path is read: all `columns`, or these; all rows, or only those.

    `hidden` says that a row also has, as None, what the router knows and does not show. Only module api_info says so, with
    ``hide_defaults: false`` and ``handle_disabled: null-value``; it leaves out what can only be read.

    `optional` says that a router may have no such path, as a board without a switch chip: then it has no rows.
    `may_fail` says that a path which cannot be read is taken for empty.
    """

    columns: tuple[str, ...] | None = None
    hidden: bool = False
    optional: bool = False
    only: Only | None = None
    may_fail: bool = False


Reads = Mapping[str, Read]
"""What is to be read, by path."""

WHOLE = Read()
IF_THERE = Read(optional=True)


def tolerant(reads: Reads) -> dict[str, Read]:
    """Return the same, of which none has to succeed."""
    return {path: replace(read, may_fail=True) for path, read in reads.items()}


def together(*several: Reads) -> dict[str, Read]:
    """Return one reading for all of them, each path once, in the order in which they come."""
    merged: dict[str, Read] = {}
    for reads in several:
        for path, read in reads.items():
            merged[path] = _both(merged.get(path, read), read)
    return merged


def _both(one: Read, other: Read) -> Read:
    columns = None if one.columns is None or other.columns is None else tuple(dict.fromkeys((*one.columns, *other.columns)))
    only = one.only if one.only == other.only else None
    optional, may_fail = one.optional and other.optional, one.may_fail and other.may_fail
    return Read(columns, one.hidden or other.hidden, optional, only, may_fail)
