# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab's log of what clients wrote, and of what they were refused."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from .errors import Trap
from .paths import Path, path_text

Attributes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Record:
    """One sentence of a client that was to change something.

    :param number: counts carried out and refused ones together, from 1.
    :param at: seconds since the epoch.
    :param attributes: the words of the sentence in their order, without the leading ``=``.
    :param result: the ids of the rows that were made or changed.
    :param message: why it was refused; empty for what was carried out.
    :param category: the category of the refusal.
    """

    number: int
    at: float
    user: str
    path: Path
    command: str
    attributes: Attributes
    result: str = ""
    message: str = ""
    category: int | None = None

    def shown(self) -> dict[str, str]:
        """The record as a row of the lab's own menu."""
        words = {
            "number": str(self.number),
            "time": f"{self.at:.3f}",
            "user": self.user,
            "path": path_text(self.path),
            "command": self.command,
            "attributes": " ".join(f"{name}={value}" for name, value in self.attributes),
            "result": self.result,
            "message": self.message,
            "category": "" if self.category is None else str(self.category),
        }
        return {name: value for name, value in words.items() if value}


@dataclass
class WriteLog:
    """What was written, and what was refused; and how often clients have logged in and said something.

    :param logins: how often somebody was let in.
    :param sentences: how many sentences were answered, logins and those for the lab's own menu not counted.
    """

    writes: list[Record] = field(default_factory=list)
    refused: list[Record] = field(default_factory=list)
    logins: int = 0
    sentences: int = 0
    _number: int = 0

    def written(self, user: str, path: Path, command: str, attributes: Attributes, result: str) -> None:
        """Notes a write that was carried out."""
        self.writes.append(Record(self._next(), time.time(), user, path, command, attributes, result))

    def refuse(self, user: str, path: Path, command: str, attributes: Attributes, trap: Trap) -> None:
        """Notes a write that was refused."""
        record = Record(self._next(), time.time(), user, path, command, attributes, message=trap.message, category=trap.category)
        self.refused.append(record)

    def reset(self) -> None:
        """Forgets everything and counts from 1 again."""
        self.writes.clear()
        self.refused.clear()
        self._number = self.logins = self.sentences = 0

    def _next(self) -> int:
        self._number += 1
        return self._number
