# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The instruments themselves: faults are what they say, and a wrong line is called wrong."""

from __future__ import annotations

import itertools

import pytest

from .faults import FAULTS, Bursts, Dead, Fault, Garden, Good, Jitter, Limited, Loss, Outages, chance, hand_overs, outages, regular
from .watched import Promise, Record, judge, watch

PROMISE = Promise(patience=6, out=10, garden=60, held=300)
TWO = Outages(spans=((100, 104), (200, 260)))


def lost(fault: Fault, seconds: int) -> float:
    """The share of packets that are lost, one a second."""
    return sum(fault.answer(float(at), at % 3) is None for at in range(seconds)) / seconds


@pytest.mark.parametrize(("fault", "share"), [(Good(), 0), (Loss(share=0.2), 0.2), (Dead(), 1 / 3), (Jitter(), 0.01), (TWO, 64 / 3600)])
def test_so_much_is_lost(fault: Fault, share: float) -> None:
    assert lost(fault, 3600) == pytest.approx(share, abs=0.02)


def test_bursts_lose_much_at_a_time_and_little_else() -> None:
    fault = Bursts(good=20, bad=5, lost=(0, 1), longest=1000, seed=7)
    fates = [fault.answer(float(at), 0) is None for at in range(20_000)]
    assert sum(fates) / len(fates) == pytest.approx(0.2, abs=0.03)
    ends = sum(now and not after for now, after in itertools.pairwise(fates))
    assert sum(fates) / ends == pytest.approx(5, abs=1)


def test_pings_that_are_too_many_are_dropped_whoever_sent_them() -> None:
    fault = Limited(rate=1, depth=2)
    assert [fault.answer(at, target) is not None for at, target in ((10, 0), (10, 1), (10, 2), (10.5, 0), (11, 0), (11.5, 1))] == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_a_garden_answers_pings_and_opens_nothing() -> None:
    fault = Garden(spans=((100, 200),))
    assert [(fault.answer(at, 0) is not None, fault.opens(at)) for at in (99, 100, 199, 200)] == [
        (True, True),
        (True, False),
        (True, False),
        (True, True),
    ]


def test_silences_come_when_they_are_described() -> None:
    assert list(regular("held", 6, 46, until=140).silent()) == [(30, 36), (76, 82)]
    for begin, end in hand_overs(2, 5, until=3600).silent():
        assert (begin - 30) % 15 == 0
        assert 2 <= end - begin <= 5
    spans = list(outages((5, 10), 600, until=3600).silent())
    assert [end - begin for begin, end in spans] == pytest.approx([5, 10, 5, 10, 5])
    assert all(after[0] - before[1] > 580 for before, after in itertools.pairwise(spans))
    assert 0 <= chance("x", 1) < 1
    assert all(fault.wanted in ("up", "out", "held", "garden") for fault in FAULTS.values())


def verdict(fault: Fault, left: list[float], back: list[float]) -> tuple[list[float], list[float], list[float], list[float | None]]:
    found = judge(Record(1000, left=left, back=back), fault, PROMISE)
    return found.mistakes, found.kept, found.leaving, found.returns


def test_a_good_line_may_never_be_left() -> None:
    assert verdict(Good(), [], []) == ([], [], [], [])
    assert verdict(Good(), [50], [90]) == ([50], [], [], [])


def test_a_dead_line_is_left_in_time_and_a_pause_leaves_it() -> None:
    assert verdict(TWO, [208], [290]) == ([], [], [8], [30])
    assert verdict(TWO, [102, 208], [140, 290]) == ([102], [], [2, 8], [36, 30])
    assert verdict(TWO, [], []) == ([], [200], [], [])
    assert verdict(TWO, [203], [290])[:2] == ([203], [])
    assert verdict(TWO, [215], [290])[:2] == ([], [200])
    assert verdict(TWO, [208], [])[3] == [None]


def test_a_line_that_flaps_is_left_within_five_minutes_and_stays_out() -> None:
    fault = regular("held", 6, 46)
    assert verdict(fault, [125], []) == ([], [], [125], [])
    assert verdict(fault, [40], []) == ([40], [], [40], [])
    assert verdict(fault, [], [])[1] == [30]
    assert verdict(fault, [125], [500])[1] == [500]


def test_a_garden_has_a_minute() -> None:
    fault = Garden(spans=((200, 500),))
    assert verdict(fault, [250], [540]) == ([], [], [50], [40])
    assert verdict(fault, [270], [540])[1] == [200]


def test_what_a_watched_router_does_is_counted() -> None:
    """An outage of two minutes with the router that is really there."""
    fault = Outages(spans=((60, 180),))
    record = watch(fault, 300)
    assert (len(record.left), len(record.back), record.failures) == (1, 1, [])
    assert 60 < record.left[0] < 75 and 180 < record.back[0] < 250
    assert [text.split()[3:5] for _, text in record.told] == [["down", "isp1"], ["up", "isp1"]]
    assert record.writes["ip/route"] == 6
    assert record.bytes > 0
    assert record.out_at(120) and not record.out_at(290)
