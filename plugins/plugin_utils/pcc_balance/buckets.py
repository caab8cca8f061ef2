# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weights to buckets: how many remainders of the PCC hash each WAN owns.

RouterOS compares ``hash % denominator`` with a remainder, one row per remainder. A WAN with `b` of `D` buckets gets the share ``b / D``
and costs `b` rows, except for the heaviest: it takes what is left over, in one row without a hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, lcm

#: Larger denominators would bring a share nearer to its weight by less than 0.1 points, and cost rows.
MAX_DENOMINATOR = 1000

DEFAULT_TOLERANCE = Fraction(1, 2)
DEFAULT_MAX_ROWS = 16
MAX_ROWS = 64


@dataclass(frozen=True)
class Buckets:
    """The solution, in the order of the weights given.

    `catch_all` is the index of the heaviest WAN.
    `shares` and `wanted` are fractions of one; `deviations` are ``|share - wanted|`` in percentage points.
    """

    denominator: int
    counts: tuple[int, ...]
    catch_all: int
    wanted: tuple[Fraction, ...]

    @property
    def rows(self) -> int:
        """Classification rows of one classifier: one per bucket, and one for the catch-all."""
        return self.denominator - self.counts[self.catch_all] + 1

    @property
    def shares(self) -> tuple[Fraction, ...]:
        return tuple(Fraction(count, self.denominator) for count in self.counts)

    @property
    def deviations(self) -> tuple[Fraction, ...]:
        return tuple(abs(share - wanted) * 100 for share, wanted in zip(self.shares, self.wanted, strict=True))


@lru_cache(maxsize=64)
def solve(weights: tuple[Fraction, ...], tolerance: Fraction = DEFAULT_TOLERANCE, max_rows: int = DEFAULT_MAX_ROWS) -> Buckets:
    """Return the smallest number of rows whose shares are all within `tolerance` (percentage points) of the weights.

    Of several with as few rows, the one with the smallest deviation is taken, then the one with the smallest denominator. Where
    `max_rows` rows cannot meet the tolerance, the smallest deviation that they can reach is taken. Raises `ValueError` when
    there are fewer rows than weights.
    """
    if max_rows < len(weights):
        raise ValueError(f"{len(weights)} lines need at least {len(weights)} rows, and the maximum is {max_rows}")
    scale = lcm(*(Fraction(weight).denominator for weight in weights))
    parts = tuple(int(weight * scale) for weight in weights)
    total = sum(parts)
    heaviest = parts.index(max(parts))
    light = total - parts[heaviest]
    best = _spread(parts, heaviest, len(parts), len(parts))
    # A line alone takes all; two or more may do better than one bucket each.
    for rows in range(len(parts), max_rows + 1) if len(parts) > 1 else ():
        for denominator in _denominators(light, total, rows, best.error):
            if not _may_be_better(light, total, rows, denominator, best.error):
                continue
            candidate = _spread(parts, heaviest, denominator, rows)
            if candidate.error < best.error:
                best = candidate
        if best.error * 100 <= tolerance:
            break
    wanted = tuple(Fraction(part, total) for part in parts)
    return Buckets(best.denominator, best.counts, heaviest, wanted)


@dataclass(frozen=True)
class _Candidate:
    """`error` is the largest ``|share - wanted|``, a fraction of one."""

    denominator: int
    counts: tuple[int, ...]
    error: Fraction


def _denominators(light: int, total: int, rows: int, error: Fraction) -> range:
    """The denominators under which `rows` rows can do no worse than `error`.

    The light WANs, with ``light / total`` together, get ``rows - 1`` buckets: that far is the catch-all off.
    """
    share = Fraction(light, total)
    low = ceil((rows - 1) / (share + error))
    high = floor((rows - 1) / (share - error)) if share > error else MAX_DENOMINATOR
    return range(max(rows, low), min(high, MAX_DENOMINATOR) + 1)


def _may_be_better(light: int, total: int, rows: int, denominator: int, error: Fraction) -> bool:
    """Whether the catch-all alone is less than `error` off, as in `_denominators`; in whole numbers, because most have to be passed by."""
    off = abs((rows - 1) * total - light * denominator)
    return off * error.denominator < error.numerator * denominator * total


def _spread(parts: tuple[int, ...], heaviest: int, denominator: int, rows: int) -> _Candidate:
    """Give the light WANs ``rows - 1`` buckets, at least one each, with the smallest largest error; the rest is the heaviest's."""
    total = sum(parts)
    exact = [part * denominator for part in parts]  # in buckets times total
    counts = [max(1, value // total) for value in exact]
    counts[heaviest] = denominator - rows + 1
    light = [index for index in range(len(parts)) if index != heaviest]
    while missing := denominator - sum(counts):
        step = 1 if missing > 0 else -1
        movable = [index for index in light if counts[index] + step >= 1]
        counts[min(movable, key=lambda index: abs((counts[index] + step) * total - exact[index]))] += step
    error = max(abs(count * total - value) for count, value in zip(counts, exact, strict=True))
    return _Candidate(denominator, tuple(counts), Fraction(error, denominator * total))
