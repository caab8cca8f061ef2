# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong, as data: what is read of the user's and what stands on the router are judged in the same form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .routeros.changing import Change
from .routeros.rows import Row

COMMAND = "{command}"
"""What stands for the command in a remedy."""
INTENT = "intent"
"""The kind of what is wrong with the user's data itself."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing.

    `place` is a path in the user's data (``multiwan_wans[1].gateway``) or on the router (``/ip firewall nat 'DNS'``), empty where the
    whole router is meant. `remedy` says in words what to do. `command` is what to paste on the router, a line for each command, empty if
    there is none; where `COMMAND` stands in the remedy, the sentence has it there, and without a remedy the sentence says to write it.
    `refuses` says that nothing may be written while this is so. `kind` is one word, by which the user can answer it.

    `changes` are what it takes in rows of others to mend it, and `additions` what it takes in rows of ours, each behind its path. Both
    are made only with the consent of the user (``multiwan_take_over`` has the kind).
    """

    place: str
    problem: str
    remedy: str = ""
    command: str = ""
    refuses: bool = True
    kind: str = INTENT
    changes: tuple[Change, ...] = ()
    additions: tuple[tuple[str, Row], ...] = ()

    @property
    def text(self) -> str:
        """The whole of it in one sentence, such as ``/ip settings: problem; write COMMAND``."""
        remedy = self._in_words().replace(COMMAND, self.command.replace("\n", "; ")) if self.command else self.remedy
        return ": ".join(filter(None, (self.place, "; ".join(filter(None, (self.problem, remedy))))))

    @property
    def advice(self) -> str:
        """The remedy for where the command has a line of its own; empty where the command says all."""
        return self.remedy.replace(COMMAND, _below(self.command)) if self.command else self.remedy

    @property
    def is_made(self) -> bool:
        """Whether it is mended by this run: then it needs to be told to nobody."""
        return not self.refuses and bool(self.changes or self.additions)

    def or_else(self, words: str) -> Finding:
        """Return it with one more remedy."""
        return replace(self, remedy=f"{self._in_words()}, or {words}")

    def _in_words(self) -> str:
        return self.remedy or (f"write {COMMAND}" if self.command else "")


def _below(commands: str) -> str:
    return "the commands below" if "\n" in commands else "the command below"


def texts(findings: Iterable[Finding], refusing: bool) -> list[str]:
    """Return the sentences of those that refuse, or of those that only warn."""
    return [finding.text for finding in findings if finding.refuses is refusing]
