# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line that is lost for an exercise: left as in an outage, told as one, and back by itself when its entry is gone."""

from __future__ import annotations

import pytest

from .site import Site, wans
from .test_script import with_a_reader


def cut(site: Site, line: str, timeout: str = "1m") -> None:
    site.load(f'/ip firewall address-list add list="multiwan-drill:{line}" address=127.0.0.1 timeout={timeout}')


@pytest.mark.parametrize("count", [2, 3])
def test_a_line_is_left_while_the_entry_is_there_and_comes_back(count: int) -> None:
    with Site(wans(count)) as site:
        with_a_reader(site)
        site.clock.advance(70)
        cut(site, "isp1")
        site.clock.advance(11)
        assert site.suspects() == {"isp1"}
        site.clock.advance(12)
        assert (site.out(), site.states()) == ({"isp1"}, {"ether1": "out"})
        assert site.events() == ["line:isp1 0 down isp1 a drill"]
        site.clock.advance(35)
        assert site.out() == {"isp1"}
        site.clock.advance(60)
        assert (site.out(), site.states(), site.suspects()) == (set(), {"ether1": "up"}, set())
        assert site.events()[1:] == ["line:isp1 0 up isp1 "]


def test_other_lines_are_judged_meanwhile() -> None:
    with Site(wans(3)) as site:
        site.clock.advance(70)
        cut(site, "isp1", "5m")
        site.clock.advance(30)
        site.kill("isp2")
        site.clock.advance(30)
        assert site.out() == {"isp1", "isp2"}
        site.revive("isp2")
        site.clock.advance(60)
        assert site.out() == {"isp1"}


def test_with_all_others_out_the_line_is_used() -> None:
    """Nobody is cut off by an exercise."""
    with Site(wans(2)) as site:
        site.clock.advance(70)
        cut(site, "isp1", "10m")
        site.clock.advance(30)
        site.kill("isp2")
        site.clock.advance(60)
        disabled = [row.get("disabled") for row in site.mangle() if str(row["comment"]).startswith("multiwan:pcc_balance:leave:")]
        assert disabled == [True, True]


def test_a_reboot_ends_it() -> None:
    with Site(wans(2)) as site:
        site.clock.advance(70)
        cut(site, "isp1", "10m")
        site.clock.advance(30)
        assert site.out() == {"isp1"}
        site.lab.device.reboot()
        site.clock.advance(120)
        assert site.out() == set()
