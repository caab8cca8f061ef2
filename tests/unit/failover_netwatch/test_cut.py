# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A playbook run in the middle of an outage is cut off; the dead line stays out of use, and the next run heals."""

from __future__ import annotations

import pytest

from tests.unit.apply.router import ModuleFailed

from .site import Site, lasting_rows, wans

BEFORE = wans(2)
OTHER_WEIGHTS = wans(2, isp1=10, isp2=30)
A_LINE_MORE = wans(3, isp1=30, isp2=10, isp3=20)


@pytest.mark.parametrize(
    ("after", "fault", "every"),
    [
        (OTHER_WEIGHTS, "drop_before_write", 1),
        (OTHER_WEIGHTS, "drop_after_write", 1),
        (A_LINE_MORE, "drop_after_write", 5),
    ],
    ids=["other weights, before each write", "other weights, after each write", "a line more, after every fifth write"],
)
def test_a_cut_in_the_middle_of_an_outage(after: list[dict[str, object]], fault: str, every: int) -> None:
    """For a line more, all 92 writes were cut once while this was written; every fifth is what there is time for."""
    with Site(BEFORE) as site:
        site.kill("isp1")
        site.clock.advance(10)
        assert site.out() == {"isp1"}
        writes = play(site, after)
        wanted = lasting_rows(site.lab)
        assert site.play() == 0
        assert writes >= 8
        for number in range(1, writes + 1, every):
            play(site, BEFORE)
            setattr(site.lab.faults, fault, number)
            with pytest.raises(ModuleFailed):
                play(site, after)
            site.lab.faults.clear()
            assert "isp1" in site.demoted(), f"after the cut at write {number}"
            site.clock.advance(11)
            assert "isp1" in site.demoted(), f"while the router is alone, after the cut at write {number}"
            play(site, after)
            assert lasting_rows(site.lab) == wanted, f"cut at write {number}"
            assert site.out() == {"isp1"}
        assert not [message for message in site.log() if not message.startswith("multiwan: ")]


def play(site: Site, lines: list[dict[str, object]]) -> int:
    """A run with these lines; how many writes it took."""
    before = len(site.lab.writes)
    site.lines = lines
    site.play()
    return len(site.lab.writes) - before
