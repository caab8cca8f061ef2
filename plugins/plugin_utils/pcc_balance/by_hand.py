# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Balancing that somebody made by hand, recognised by its tables: those to which dealt connections go, and every row that leads there.

::

    seed        deals by PCC, nth or random      ─┐
    rest        as wide as a seed, deals nothing  ├─ mark ── known ──► table     (or straight to the table)
    arrival     by the line that it came in on    │
    policy      a part of the traffic            ─┘

What gives marks to new connections stands against ours. What routes connections that have a mark (`known`) does not: ours have others, and
connections that run keep their line by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from ..routeros.rows import Row
from .met import Met, once


@dataclass(frozen=True)
class ByHand:
    """What a router's rows of mangle do for balancing, all of them as packets meet them."""

    rows: Sequence[Met]

    @cached_property
    def _leads(self) -> dict[str, Set[str]]:
        """The tables to which each mark leads, by other marks too."""
        leads: dict[str, Set[str]] = defaultdict(frozenset)
        known = [met for met in self.rows if met.known]
        for _way in known:
            for met in known:
                leads[met.known] |= self._goes(met, leads)
        return dict(leads)

    @staticmethod
    def _goes(met: Met, leads: dict[str, Set[str]]) -> Set[str]:
        return {met.table} - {""} | leads.get(met.mark, frozenset())

    def leads_to(self, met: Met) -> Set[str]:
        """The tables to which a row leads what it meets."""
        return self._goes(met, self._leads)

    @cached_property
    def seeds(self) -> tuple[Met, ...]:
        """The rows that deal connections to tables."""
        return tuple(met for met in self.rows if met.dealing and self.leads_to(met) and self._concerns_us(met))

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables to which connections are dealt, and the rest of them goes."""
        rest = filter(self._is_rest, self.rows)
        return frozenset().union(*map(self.leads_to, (*self.seeds, *rest)))

    @cached_property
    def members(self) -> tuple[Met, ...]:
        """Every row that leads to these tables."""
        return tuple(met for met in self.rows if self.leads_to(met) & self.tables)

    @cached_property
    def givers(self) -> list[Row]:
        """The rows, as found, that give marks to new connections, where ours do it once these are disabled."""
        routing = {id(met.row) for met in self.members if met.known and not met.mark}
        return once(row for met in self.members if (row := self._giver(met)) and id(row) not in routing and not row.get("dynamic"))

    @cached_property
    def policies(self) -> tuple[Met, ...]:
        """The rows that send a part of what is balanced to a line of its own."""
        given = set(map(id, self.givers))
        others = (met for met in self.members if met.chain == "prerouting" and met.meets_balanced)
        return tuple(met for met in others if not given & set(map(id, met.passed)))

    def is_overruled(self, policy: Met) -> bool:
        """Whether a row behind this one sends its packets elsewhere: the last routing mark counts."""
        behind = self.members[self.members.index(policy) + 1 :]
        routing = (met for met in behind if met.known and met.table and met.chain == policy.chain)
        return bool(policy.table) and not policy.stops and any(met.from_lan >= policy.from_lan and not met.limits for met in routing)

    @staticmethod
    def _concerns_us(met: Met) -> bool:
        return met.chain == "output" or bool(met.from_lan or met.from_wans)

    def _giver(self, met: Met) -> Row | None:
        """The row to disable, so that a row gives no marks to new connections; None where it gives none, or is a policy."""
        if met.known or not self._concerns_us(met):
            return None
        if met.dealing:
            return met.dealing
        if met.mark and (met.arriving or (met.chain != "prerouting" and not met.limits)):
            return met.row
        return met.row if self._is_rest(met) or (met.chain == "prerouting" and met.from_lan and met.is_whole) else None

    def _is_rest(self, met: Met) -> bool:
        """Whether a row takes what the rows that deal leave over."""
        if met.known or met.dealing or not met.from_lan or met.chain != "prerouting":
            return False
        return any(map(met.is_as_wide_as, self.seeds))
