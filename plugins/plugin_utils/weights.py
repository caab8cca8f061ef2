# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weights to buckets: how many remainders of the PCC hash each WAN owns.

RouterOS compares ``hash % denominator`` with a remainder, one row per remainder. A WAN with `b` of `D` buckets gets the share ``b / D``
and costs `b` rows, except for the heaviest: it takes what is left over, in one row without a hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

#: Larger denominators would bring a share nearer to its weight by less than 0.1 points, and cost rows.
MAX_DENOMINATOR = 1000

DEFAULT_TOLERANCE = Fraction(1, 2)
DEFAULT_MAX_ROWS = 16


@dataclass(frozen=True)
class Buckets:
    """The solution, in the order of the weights given.

    `catch_all` is the index of the heaviest WAN. `shares` and `wanted` are fractions of one; `deviations` are ``|share - wanted|`` in percentage points.
    """

    denominator: int
    counts: tuple[int, ...]
    catch_all: int
    wanted: tuple[Fraction, ...]

    @property
    def rows(self) -> int:
        """Classification rows: one per bucket, and one for the catch-all."""
        return self.denominator - self.counts[self.catch_all] + 1

    @property
    def shares(self) -> tuple[Fraction, ...]:
        return tuple(Fraction(count, self.denominator) for count in self.counts)

    @property
    def deviations(self) -> tuple[Fraction, ...]:
        return tuple(abs(share - wanted) * 100 for share, wanted in zip(self.shares, self.wanted, strict=True))


def solve(
    weights: Sequence[Fraction], tolerance: Fraction = DEFAULT_TOLERANCE, max_rows: int = DEFAULT_MAX_ROWS
) -> Buckets:
    """Return the smallest number of rows whose shares are all within `tolerance` (percentage points) of the weights.

    Of several with as few rows, the one with the smallest deviation is taken, then the one with the smallest denominator. Where
    `max_rows` rows cannot meet the tolerance, the smallest deviation that they can reach is taken. Raises `ValueError` when
    there are fewer rows than weights.
    """
    if max_rows < len(weights):
        raise ValueError(f"{len(weights)} lines need at least {len(weights)} rows, and the maximum is {max_rows}")
    total = sum(weights, Fraction())
    wanted = tuple(Fraction(weight) / total for weight in weights)
    heaviest = max(range(len(wanted)), key=lambda index: wanted[index])
    best = _spread(wanted, heaviest, len(wanted), len(wanted))
    for rows in range(len(wanted), max_rows + 1):
        for denominator in _denominators(1 - wanted[heaviest], rows, max(best.deviations) / 100):
            found = _spread(wanted, heaviest, denominator, rows)
            if _quality(found) < _quality(best):
                best = found
        if max(best.deviations) <= tolerance:
            break
    return best


def _quality(buckets: Buckets) -> tuple[Fraction, int, int]:
    return max(buckets.deviations), buckets.rows, buckets.denominator


def _denominators(light: Fraction, rows: int, deviation: Fraction) -> range:
    """The denominators under which `rows` rows can do no worse than `deviation` (a fraction of one).

    The light WANs, with the share `light` together, get ``rows - 1`` buckets: the catch-all is off by ``|(rows - 1) / D - light|``.
    """
    low = ceil((rows - 1) / (light + deviation))
    high = floor((rows - 1) / (light - deviation)) if light > deviation else MAX_DENOMINATOR
    return range(max(rows, low), min(high, MAX_DENOMINATOR) + 1)


def _spread(wanted: tuple[Fraction, ...], heaviest: int, denominator: int, rows: int) -> Buckets:
    """Give the light WANs ``rows - 1`` buckets together, at least one each, with the smallest largest error, and the heaviest the rest."""
    exact = [share * denominator for share in wanted]
    counts = [max(1, floor(value)) for value in exact]
    counts[heaviest] = denominator - rows + 1
    light = [index for index in range(len(wanted)) if index != heaviest]
    while missing := denominator - sum(counts):
        step = 1 if missing > 0 else -1
        movable = [index for index in light if counts[index] + step >= 1]
        counts[min(movable, key=lambda index: abs(counts[index] + step - exact[index]))] += step
    return Buckets(denominator, tuple(counts), heaviest, wanted)
