# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scripts of others that switch rows of mangle: netwatch, scheduler, DHCP clients and PPP profiles run them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from ..routeros.paths import DHCP_CLIENTS, NETWATCH, PROFILES, SCHEDULER, SCRIPTS
from ..routeros.rows import Found, Row, is_ours
from .met import HASHES

_WRITES = re.compile(r"\bmangle\b/?[^/]*?\b(?:enable|disable|add|remove|set|unset|move)\b")
_DEALS = re.compile(rf"\b(?:{'|'.join(sorted(HASHES))})=")
_CALLS = re.compile(r"\b(?:run|enable|set|execute|parse)\b")

_EVENTS = {
    NETWATCH: ("up-script", "down-script", "test-script"),
    SCHEDULER: ("on-event",),
    DHCP_CLIENTS: ("script",),
    PROFILES: ("on-up", "on-down"),
    SCRIPTS: ("source",),
}
_CALLED = (SCRIPTS, SCHEDULER)
_NAMES = {NETWATCH: "host", DHCP_CLIENTS: "interface"}


@dataclass(frozen=True)
class Switch:
    """A row whose script switches rows of mangle, itself or by what it calls."""

    path: str
    row: Row

    @property
    def can_rest(self) -> bool:
        """Whether the row does nothing but run scripts, so that it can be disabled."""
        return self.path in (NETWATCH, SCHEDULER)

    @property
    def label(self) -> str:
        """What a sentence calls it."""
        return f"/{self.path} '{self.row.get(_NAMES.get(self.path, 'name'))}'"


def switches(found: Found, words: Set[str], others: Set[str]) -> list[Switch]:
    """Return the rows in force that switch rows of mangle which these `words` name: their comments, marks and tables.

    A script that names none of the `others` switches them too: it finds them in another way. One that deals connections writes them anew.
    """
    rows = [(path, row, _text(path, row)) for path in _EVENTS for row in found.get(path, ()) if not is_ours(row)]

    def switch(text: str) -> bool:
        theirs = bool(words) and (_names(text, words) or not _names(text, others))
        return bool(_WRITES.search(text)) and (theirs or bool(_DEALS.search(text)))

    concerned = [switch(text) for _path, _row, text in rows]
    for _call in rows:  # a script calls another one
        called = {str(row.get("name")) for (path, row, _text), yes in zip(rows, concerned, strict=True) if yes and path in _CALLED}
        concerned = [yes or _calls(text, called) for (_path, _row, text), yes in zip(rows, concerned, strict=True)]
    running = (Switch(path, row) for (path, row, _text), yes in zip(rows, concerned, strict=True) if yes and path != SCRIPTS)
    return [switch for switch in running if not switch.row.get("disabled")]


def _text(path: str, row: Row) -> str:
    return "\n".join(str(row.get(field) or "") for field in _EVENTS[path])


def _names(text: str, words: Iterable[str]) -> bool:
    return any(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) for word in words if word)


def _calls(text: str, names: Set[str]) -> bool:
    lines: Iterator[str] = (line.strip() for line in text.splitlines())
    return any(line in names or (_CALLS.search(line) and _names(line, names)) for line in lines)
