# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who takes over from a dead WAN.

Connections keep the line that the buckets give them as long as it is healthy: what happens to one line moves no client of another.
Those of a dead WAN are spread by a second hash over the *slots*, which belong to the healthy WANs in proportion to their weights. The
number of slots has no factor in common with the denominator of the buckets, so the two remainders of one hash are independent (Chinese
remainder theorem).

The control script on the router deals the slots out by the same rule, see templates/failover.rsc.j2 of role failover_netwatch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations
from math import gcd

from ..health import healthy
from ..lines import Wan, balanced, parts

MAX_SLOTS = 13
#: Percentage points that any line's share may be off while other lines are dead.
TOLERANCE = 1


def slots(wans: Sequence[Wan], count: int) -> list[Wan]:
    """Deal `count` slots out, each to the WAN with the most weight for twice the slots it has, plus one (Sainte-Lague).

    Of equals the first one gets it.
    """
    weights, owned = parts(wans), [0] * len(wans)
    dealt = []
    for _slot in range(count):
        winner = 0
        for index in range(1, len(wans)):
            if weights[index] * (2 * owned[winner] + 1) > weights[winner] * (2 * owned[index] + 1):
                winner = index
        owned[winner] += 1
        dealt.append(wans[winner])
    return dealt


@lru_cache(maxsize=64)
def slot_count(wans: tuple[Wan, ...], denominator: int) -> int:
    """Return the smallest number of slots with which every outage leaves all shares within `TOLERANCE`, else the best one.

    `denominator` is that of the buckets.
    """
    counts = [count for count in range(1, MAX_SLOTS + 1) if gcd(count, denominator) == 1]
    deviations = {count: deviation(wans, count) for count in counts}
    enough = (count for count in counts if deviations[count] <= TOLERANCE)
    return next(enough, min(counts, key=lambda count: deviations[count]))


def deviation(wans: tuple[Wan, ...], count: int) -> float:
    """Return how far any share is off with `count` slots, over all outages, in percentage points."""
    return max(
        round(100 * outage.displaced * abs(outage.dealt[:count].count(index) / count - wanted), 6)
        for outage in _outages(wans)
        for index, wanted in enumerate(outage.wanted)
    )


@dataclass(frozen=True)
class _Outage:
    """`displaced` is the share of connections whose line is dead, `wanted` what each healthy WAN should get of them, `dealt` who gets
    which slot; the slots of a smaller number are the first ones of a larger number."""

    displaced: float
    wanted: tuple[float, ...]
    dealt: tuple[int, ...]


@lru_cache(maxsize=64)
def _outages(wans: tuple[Wan, ...]) -> tuple[_Outage, ...]:
    at_home = balanced(wans)
    outages = []
    for dead in chain.from_iterable(combinations(wans, size) for size in range(1, len(wans))):
        down = {wan.name for wan in dead}
        heirs = healthy(wans, down)
        weights = parts(heirs)
        displaced = sum(wan.weight for wan in at_home if wan.name in down) / sum(wan.weight for wan in at_home)
        dealt = tuple(heirs.index(wan) for wan in slots(heirs, MAX_SLOTS))
        outages.append(_Outage(float(displaced), tuple(weight / sum(weights) for weight in weights), dealt))
    return tuple(outages)
