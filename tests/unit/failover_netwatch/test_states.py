# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The states of a line: suspect, out, held, switched off by hand; what each writes, and how it is left."""

from __future__ import annotations

import pytest

from tests.lab.router.rows import Change
from tests.lab.router.traits import Traits

from .site import Site, wans
from .test_script import left, owners, with_a_reader


def configuration(site: Site) -> list[str]:
    """What is written to flash from now on: every change but those of entries that vanish by themselves."""
    written: list[str] = []
    menus = {("ip", "firewall", "address-list")}

    def notice(change: Change) -> None:
        if change.kind == "state" or change.menu == ("log",):
            return
        rows = [site.lab.router.row(change.menu, number) for number in change.ids]
        if change.menu in menus and all(row is None or "timeout" in row.values for row in rows):
            return
        written.append(f"{change.kind} {'/'.join(change.menu)}")

    site.lab.router.observe(notice)
    return written


@pytest.mark.parametrize("count", [2, 3, 8])
def test_a_pause_sends_new_connections_elsewhere_and_writes_nothing(count: int) -> None:
    with Site(wans(count)) as site:
        with_a_reader(site)
        site.clock.advance(70)  # each check has shown that it works here, which is written once
        site.connections.marks = {"*1": "multiwan-isp1", "*2": "multiwan-isp2"}
        written = configuration(site)
        site.kill("isp1")
        site.clock.advance(4)
        assert site.suspects() == {"isp1"}
        site.revive("isp1")
        site.clock.advance(2)
        assert site.suspects() == set()
        site.clock.advance(30)
        assert (written, site.out(), site.states()) == ([], set(), {})
        assert site.connections.marks == {"*1": "multiwan-isp1", "*2": "multiwan-isp2"}
        assert site.events() == []


def test_what_is_written_would_be_seen() -> None:
    """The test before this one can fail."""
    with Site(wans(2)) as site:
        site.clock.advance(70)
        written = configuration(site)
        site.kill("isp1")
        site.clock.advance(15)
        assert {"set ip/route", "set ip/firewall/mangle"} <= set(written)


def pauses(site: Site, dead: float, period: float, seconds: float) -> list[float]:
    """The line is dead for so long in each period; when it was told of."""
    told, begin = [], site.clock.now()
    while site.clock.now() - begin < seconds:
        for change, time in ((site.kill, dead), (site.revive, period - dead)):
            change("isp1")
            for _ in range(round(2 * time)):
                site.clock.advance(0.5)
                told += [site.clock.now() - begin] * (len(site.events()) - len(told))
    return told


@pytest.mark.parametrize(("dead", "period"), [(6, 46), (6, 20)])
def test_a_line_that_flaps_is_held_and_told_once(dead: float, period: float) -> None:
    with Site(wans(2)) as site:
        with_a_reader(site)
        site.clock.advance(70)
        told = pauses(site, dead, period, 1200)
        assert len(told) == 1
        assert told[0] <= 300
        assert (site.out(), site.states()) == ({"isp1"}, {"ether1": "held"})
        assert site.events() == ["line:isp1 0 held isp1 it was silent three times in ten minutes"]
        site.revive("isp1")
        site.clock.advance(150)
        assert (site.out(), site.states()) == (set(), {"ether1": "up"})
        assert site.events()[1:] == ["line:isp1 0 up isp1 "]


def test_a_short_pause_each_five_minutes_is_never_held() -> None:
    with Site(wans(2)) as site:
        with_a_reader(site)
        site.clock.advance(70)
        assert pauses(site, 2, 300, 3600) == []


def test_gaps_of_a_satellite_are_no_outage() -> None:
    """Of 2 to 5 seconds, every 15."""
    with Site(wans(2)) as site:
        with_a_reader(site)
        site.clock.advance(70)
        for turn in range(60):
            assert pauses(site, 2 + 3 * (turn % 7) / 6, 15, 15) == []


def test_each_death_in_an_hour_doubles_the_time_that_it_has_to_be_good() -> None:
    with Site(wans(2)) as site:
        site.clock.advance(70)
        returns = []
        for _ in range(4):
            site.kill("isp1")
            site.clock.advance(30)
            assert site.out() == {"isp1"}
            site.revive("isp1")
            begin = site.clock.now()
            while site.out():
                site.clock.advance(1)
            returns.append(site.clock.now() - begin)
        assert returns == sorted(returns), returns
        assert returns[0] <= 40
        assert all(25 * 2**turn <= took <= 25 * 2**turn + 15 for turn, took in enumerate(returns) if turn), returns


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("way", ["isp1:isp1", "main:isp1"])
@pytest.mark.parametrize("act", ["disable", "remove"])
def test_a_route_that_somebody_switches_off_stops_nothing(act: str, way: str, hidden: bool) -> None:
    with Site(wans(3), Traits(disabled_route_is_short=hidden)) as site:
        with_a_reader(site)
        site.clock.advance(70)
        site.load(f'/ip route {act} [find comment="multiwan:pcc_balance:route:{way}"]')
        site.clock.advance(11)
        assert (left(site), site.states()) == ({"isp1"}, {"ether1": "hand"})
        assert site.events() == ["line:isp1 0 hand isp1 a route of it is disabled or gone"]
        site.kill("isp2")
        site.clock.advance(20)
        assert site.demoted() >= {"isp2"}
        assert left(site) == {"isp1", "isp2"}
        assert set(owners(site)) == {"isp3"}
        site.revive("isp2")
        site.clock.advance(80)
        assert left(site) == {"isp1"}
        assert site.play() > 0
        site.clock.advance(11)
        assert (left(site), site.out(), site.states()["ether1"]) == (set(), set(), "up")
        assert [event.split(" ")[2] for event in site.events()] == ["hand", "down", "up", "up"]
        assert not [line for line in site.log() if not line.startswith("multiwan: ")]


def test_of_two_that_die_at_once_and_of_all_the_last_one_is_never_left() -> None:
    with Site(wans(2)) as site:
        site.clock.advance(70)
        site.connections.marks = {"*1": "multiwan-isp1", "*2": "multiwan-isp2"}
        site.kill("isp1")
        site.kill("isp2")
        site.clock.advance(40)
        assert site.out() == {"isp1", "isp2"}
        assert left(site) == set()
        assert set(site.connections.marks) == {"*1", "*2"}


RENAMED = [{**wan, "name": f"line{number}"} for number, wan in enumerate(wans(3), 1)]
EXCHANGED = [{**wan, "name": name} for wan, name in zip(wans(3), ("isp2", "isp1", "isp3"), strict=True)]


@pytest.mark.parametrize("lines", [RENAMED, EXCHANGED], ids=["renamed", "exchanged"])
def test_the_outage_stays_with_the_line_whatever_it_is_called(lines: list[dict[str, object]]) -> None:
    with Site(wans(3)) as site:
        probes = {name: list(site.targets(name)) for name in ("isp1", "isp2", "isp3")}
        site.lines = [{**wan, "probes": probes[str(wan["name"])]} for wan in site.lines]
        site.play()
        site.clock.advance(70)
        site.kill("isp1")
        site.clock.advance(15)
        assert site.out() == {"isp1"}
        site.lines = [{**wan, "probes": probes[f"isp{number}"]} for number, wan in enumerate(lines, 1)]
        assert site.play() > 0
        now = str(lines[0]["name"])
        assert site.out() == {now}
        site.clock.advance(30)
        assert (site.out(), left(site), site.states()) == ({now}, {now}, {"ether1": "out"})
        site.revive(now)
        site.clock.advance(60)
        assert (site.out(), left(site), site.states()) == (set(), set(), {"ether1": "up"})


def test_a_suspicion_while_another_line_is_out_goes_to_the_third() -> None:
    """Its row is there, and the rows that would give its connections back to it are void while its list has entries."""
    with Site(wans(3)) as site:
        site.clock.advance(70)
        site.kill("isp1")
        site.clock.advance(15)
        site.kill("isp2")
        site.clock.advance(4)
        assert (site.out(), site.suspects()) == ({"isp1"}, {"isp2"})
        rows = {str(row["comment"]).split(":", 2)[2]: row for row in site.mangle()}
        chosen = [name for name in ("isp1", "isp2", "isp3") if not rows[f"else:{name}"].get("disabled")]
        assert chosen == ["isp2", "isp3"]
        assert rows["else:isp2"]["src-address-list"] == "!multiwan-suspect:isp2"
        assert rows["suspect:isp2"]["src-address-list"] == "multiwan-suspect:isp2"


def test_the_row_of_a_line_that_is_taken_away_goes() -> None:
    with Site(wans(3)) as site:
        site.clock.advance(70)
        site.kill("isp3")
        site.clock.advance(20)
        assert site.states() == {"ether3": "out"}
        site.lines = wans(2)
        site.play()
        site.clock.advance(11)
        assert (site.states(), site.out()) == ({}, set())


def test_a_row_that_somebody_has_written_by_hand_holds_nobody_up() -> None:
    with Site(wans(2), profile="fast") as site:
        site.clock.advance(70)
        comment = r'"multiwan:failover_netwatch:line:ether1\nodd"'
        site.load(f"/ip firewall address-list add list=multiwan-lines address=240.0.0.9 disabled=yes comment={comment}")
        site.clock.advance(30)
        site.kill("isp2")
        site.clock.advance(15)
        assert "isp2" in site.out()
        site.revive("isp2")
        site.clock.advance(60)
        assert site.out() == set()
