# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A part of a day with each fault: no line is left by mistake, none is kept longer than promised. `make bench` has whole days."""

from __future__ import annotations

import pytest

from .faults import FAULTS, Fault, Garden, Outages, outages
from .watched import PROMISES, Record, judge, watch

SHORT: dict[str, Fault] = {
    **FAULTS,
    "outages of 1 s to 30 min": outages((3, 12, 60), 420),
    "an outage of 2 min each hour": Outages(spans=((100, 220),)),
    "pings only, 10 min of each hour": Garden(spans=((200, 800),)),
}
"""The same faults, those with long pauses closer together."""

LONG = {name for name, fault in SHORT.items() if fault.wanted in ("out", "garden")} | {"bursts of loss", "longer bursts of loss"}
"""What goes wrong seldom."""


@pytest.mark.parametrize("name", SHORT)
def test_no_line_is_left_by_mistake_and_none_is_kept(name: str) -> None:
    fault = SHORT[name]
    record = watch(fault, 1500 if name in LONG else 700)
    verdict = judge(record, fault, PROMISES["normal"])
    assert record.failures == []
    assert (verdict.mistakes, verdict.kept) == ([], []), record
    assert words_told(record) == len(record.left) + len(record.back)
    if not record.left:
        assert not +record.writes


def words_told(record: Record) -> int:
    """How many times people hear of the line, each once."""
    assert len({text for _, text in record.told}) == len(record.told)
    return len(record.told)


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.wanted == "held"])
def test_a_line_that_flaps_is_told_once(name: str) -> None:
    record = watch(FAULTS[name], 700)
    assert [text.split()[3:5] for _, text in record.told] == [["held", "isp1"]]
