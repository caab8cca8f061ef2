# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows and what happens to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .paths import Path
from .values import Value


@dataclass
class Row:
    """One entry of a menu, or the values of a menu that holds one set of them.

    :param id: the number behind ``*1A``; it never changes and is never given again.
    :param values: what can be written.
    :param state: what can only be read: counters, status.
    :param dynamic: made by the router itself; not to be written.
    :param builtin: there from the start; not to be written.
    :param made: when it was made by the router's clock, in seconds since 1970.
    """

    id: int
    values: dict[str, Value] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    dynamic: bool = False
    builtin: bool = False
    made: float = 0

    @property
    def name(self) -> str | None:
        """What the row is called; None where rows have no names."""
        name = self.values.get("name", self.state.get("name"))
        return name if isinstance(name, str) else None


@dataclass(frozen=True)
class Change:
    """Something that was done to rows of a menu, told to observers after it was done.

    :param names: the properties that ``set`` was given, as they were before or not.
    """

    menu: Path
    kind: Literal["add", "set", "remove", "move", "state"]
    ids: tuple[int, ...]
    names: frozenset[str] = frozenset()


def id_text(number: int) -> str:
    """An id as clients see it: ``*`` and upper-case hexadecimal digits [MAN] D."""
    return f"*{number:X}"


def parse_id(text: str) -> int | None:
    """The number of an id; None for other text."""
    if not text.startswith("*"):
        return None
    try:
        return int(text[1:], 16)
    except ValueError:
        return None
