# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weights to buckets."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import buckets as module
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.buckets import Buckets, solve
from hypothesis import given, settings
from hypothesis import strategies as st


def solved(*numbers: int, tolerance: str = "0.5", max_rows: int = 16) -> Buckets:
    return solve(tuple(map(Fraction, numbers)), Fraction(tolerance), max_rows)


# The table of docs/weights.md.
@pytest.mark.parametrize(
    ("numbers", "counts", "rows", "deviation"),
    [
        ((10, 10), (1, 1), 2, 0.0),
        ((20, 10), (2, 1), 2, 0.0),
        ((700, 600), (7, 6), 7, 0.0),
        ((1000, 700, 600), (10, 7, 6), 14, 0.0),
        ((940, 35), (27, 1), 2, 0.018),
        ((1000, 937), (13, 12), 13, 0.374),
        ((50, 30, 20, 10), (5, 3, 2, 1), 7, 0.0),
    ],
)
def test_the_table_of_the_documentation(numbers: tuple[int, ...], counts: tuple[int, ...], rows: int, deviation: float) -> None:
    buckets = solved(*numbers)
    assert buckets.counts == counts
    assert buckets.denominator == sum(counts)
    assert buckets.rows == rows
    assert round(float(max(buckets.deviations)), 3) == deviation


@pytest.mark.parametrize("lines", range(2, 9))
def test_equal_shares_are_exact(lines: int) -> None:
    buckets = solved(*[10] * lines)
    assert buckets.counts == (1,) * lines
    assert set(buckets.deviations) == {0}


def test_the_best_plan_is_used_where_no_plan_is_good_enough() -> None:
    buckets = solved(700, 600, tolerance="0.5", max_rows=4)
    assert buckets.counts == (4, 3)
    assert max(buckets.deviations) == abs(Fraction(3, 7) - Fraction(6, 13)) * 100


def test_a_line_alone_takes_all() -> None:
    buckets = solved(7)
    assert (buckets.denominator, buckets.counts, buckets.rows, buckets.deviations) == (1, (1,), 1, (0,))


def test_the_first_of_equal_lines_is_the_catch_all() -> None:
    assert solved(10, 10, 5).catch_all == 0


def test_fewer_rows_than_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="3 lines need at least 3 rows, and the maximum is 2"):
        solved(1, 1, 1, max_rows=2)


numbers = st.lists(st.integers(1, 10_000), min_size=2, max_size=8)


@given(numbers, st.integers(8, 20))
def test_buckets_cover_the_denominator_once_and_state_their_deviation(drawn: list[int], max_rows: int) -> None:
    buckets = solved(*drawn, max_rows=max_rows)
    assert sum(buckets.counts) == buckets.denominator
    assert min(buckets.counts) >= 1
    assert len(drawn) <= buckets.rows <= max_rows
    for number, count, deviation in zip(drawn, buckets.counts, buckets.deviations, strict=True):
        assert deviation == abs(Fraction(count, buckets.denominator) - Fraction(number, sum(drawn))) * 100


@given(numbers, st.integers(1, 1000))
def test_only_ratios_count(drawn: list[int], factor: int) -> None:
    assert solved(*drawn) == solved(*(number * factor for number in drawn))


def by_trying_all(drawn: Sequence[int], tolerance: Fraction, max_rows: int, highest: int) -> tuple[Fraction, int, int]:
    """The same answer by brute force: deviation, rows, denominator."""
    wanted = [Fraction(number, sum(drawn)) for number in drawn]
    heavy = max(range(len(wanted)), key=lambda index: wanted[index])
    light = [share for index, share in enumerate(wanted) if index != heavy]
    best: tuple[Fraction, int, int] | None = None
    for rows in range(len(drawn), max_rows + 1):
        splits = [split for split in itertools.product(range(1, rows), repeat=len(light)) if sum(split) == rows - 1]
        for denominator, split in itertools.product(range(rows, highest + 1), splits):
            errors = [abs(Fraction(count, denominator) - share) for count, share in zip(split, light, strict=True)]
            errors.append(abs(Fraction(denominator - rows + 1, denominator) - wanted[heavy]))
            found = (max(errors) * 100, rows, denominator)
            best = min(best, found) if best else found
        if best and best[0] <= tolerance:
            break
    assert best
    return best


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=4),
    st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(2)]),
    st.integers(4, 7),
)
def test_no_plan_is_smaller_or_nearer(drawn: list[int], tolerance: Fraction, max_rows: int) -> None:
    highest = 40
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_DENOMINATOR", highest)
        buckets = solve.__wrapped__(tuple(map(Fraction, drawn)), tolerance, max_rows)
    found = (max(buckets.deviations), buckets.rows, buckets.denominator)
    assert found == by_trying_all(drawn, tolerance, max_rows, highest)
