# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the router's device-mode allows no scheduler, as on new home routers, netwatch is the clock, and failover works as elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.router.errors import Trap
from tests.lab.router.factory import set_device_mode
from tests.unit.apply.router import read
from tests.unit.door.runs import look, run

from .site import Site, wans


class Home(Site):
    """A home router of today: its device-mode is `home`, and there is nobody at the site to press its button."""

    mode = "home"

    def play(self) -> int:
        set_device_mode(self.lab.router, self.mode)
        return len(run(self.lab, self.wanted).rows())

    @property
    def wanted(self) -> dict[str, dict[str, object]]:
        return {"pcc_balance": {"wans": self.lines, "lan_interfaces": ["ether9"]}, "failover_netwatch": self.failover}


@pytest.fixture
def site() -> Iterator[Home]:
    with Home(wans(2)) as site:
        yield site


def test_the_lab_refuses_the_scheduler_there(site: Home) -> None:
    with pytest.raises(Trap, match="not allowed by device-mode"):
        site.lab.router.add(("system", "scheduler"), {"name": "x", "on-event": ":log info x"})


def test_failover_works_on_netwatch_alone(site: Home) -> None:
    rows = read(site.lab, ("system scheduler", "tool netwatch"))
    assert rows["system scheduler"] == []
    (clock,) = (row for row in rows["tool netwatch"] if row["comment"] == "multiwan:failover_netwatch:clock")
    assert (clock["host"], clock["interval"], clock["test-script"]) == ("127.0.0.1", "10s", "multiwan-failover")
    assert site.play() == 0
    site.kill("isp1")
    site.clock.advance(20)
    assert site.out() == {"isp1"}
    site.revive("isp1")
    site.clock.advance(40)
    assert site.out() == set()


def test_the_clock_finds_what_no_probe_tells(site: Home) -> None:
    """Somebody has written a route of the line back while it is out; no entry of netwatch changes."""
    site.kill("isp1")
    site.clock.advance(60)
    site.load('/ip route set [find comment="multiwan:pcc_balance:route:isp2:isp1"] distance=2')
    site.clock.advance(11)
    assert site.out() == {"isp1"}


def test_the_run_says_it_in_one_sentence(site: Home) -> None:
    said = "the scheduler is not allowed, so netwatch is the clock of the control script: failover works as elsewhere"
    more = "but alerts cannot leave the router, because fetch is not allowed either"
    told = [finding.text for finding in look(site.lab, site.wanted).findings if finding.kind == "device-mode"]
    assert told == [f"/system device-mode home: {said}, {more}"]


def test_the_clock_changes_with_the_device_mode(site: Home) -> None:
    for mode, kept in (("advanced", 1), ("home", 0), ("advanced", 1)):
        site.mode = mode
        assert site.play() > 0
        assert len(read(site.lab, ("system scheduler",))["system scheduler"]) == kept
        assert site.play() == 0
