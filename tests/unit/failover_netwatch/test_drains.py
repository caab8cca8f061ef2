# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line that somebody has drained: what the control script makes of it, for how long, and what is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import drains
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import MANGLE, ROUTES

from tests.lab.router.traits import Traits
from tests.unit.apply.router import read

from .drained import LISTS, SOON, begin, distances, end, rows, states, told
from .site import Site, render, wans
from .test_power import EACH, Power, reboot
from .test_script import left, owners, with_a_reader
from .test_states import configuration

BEGUN, ENDED = "drained isp1 by anna", "undrained isp1 by anna"
OVER = "undrained isp1 its time is over"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(wans(3), profile="fast") as site:
        with_a_reader(site)
        site.clock.advance(70)
        yield site


def test_new_connections_go_elsewhere_and_those_that_run_stay(site: Site) -> None:
    before = read(site.lab, (ROUTES, MANGLE))
    site.connections.marks = {"*1": "multiwan-isp1", "*2": "multiwan-isp2"}
    begin(site)
    assert (left(site), set(owners(site)), states(site)) == ({"isp1"}, {"isp2", "isp3"}, {"isp1": "on"})
    assert distances(site) == {"isp1": [51, 1], "isp2": [2, 1], "isp3": [3, 1]}
    assert set(site.connections.marks) == {"*1", "*2"}
    assert (site.out(), site.states()) == (set(), {})
    assert site.play() == 0
    site.clock.advance(60)
    end(site)
    assert read(site.lab, (ROUTES, MANGLE)) == before
    assert (left(site), rows(site), set(site.connections.marks)) == (set(), [], {"*1", "*2"})
    assert told(site) == [BEGUN, ENDED]
    assert site.log() == [
        "multiwan: isp1 is drained, so new connections go elsewhere: by anna",
        "multiwan: isp1 is not drained any more: by anna",
    ]


def test_while_it_lasts_nothing_is_written_and_nobody_waits_for_a_lock(site: Site) -> None:
    begin(site, seconds=3600)
    written = configuration(site)
    site.clock.advance(120)
    assert (written, site.locks(), left(site)) == ([], [], {"isp1"})


def test_what_is_not_balanced_leaves_by_its_address_and_only_that(site: Site) -> None:
    site.connections.marks = {"*1": "multiwan-isp1", "*2": "", "*3": "", "*4": ""}
    address = {"*2": "203.0.113.101", "*3": "203.0.113.102", "*4": "198.51.100.9"}
    site.connections.more = {number: {"reply-dst-address": f"{where}:4000"} for number, where in address.items()}
    begin(site)
    assert set(site.connections.marks) == {"*1", "*3", "*4"}


def test_connections_are_moved_on_request(site: Site) -> None:
    site.connections.marks = {"*1": "multiwan-isp1", "*2": "multiwan-isp2"}
    begin(site, moves=True)
    assert (set(site.connections.marks), left(site), site.out()) == ({"*2"}, {"isp1"}, set())


def test_a_drain_ends_by_the_clock(site: Site) -> None:
    begin(site, seconds=600)
    site.clock.advance(580 - SOON)
    assert (left(site), told(site)) == ({"isp1"}, [BEGUN])
    site.clock.advance(20 + SOON)
    assert (left(site), rows(site), told(site)) == (set(), [], [BEGUN, OVER])
    assert distances(site)["isp1"] == [1, 1]


def test_it_survives_a_run_that_changes_other_things_and_a_reboot(site: Site) -> None:
    begin(site, seconds=600)
    site.lines = wans(3, isp1=30, isp2=10, isp3=10)
    assert site.play() > 0
    assert (left(site), distances(site)["isp1"]) == ({"isp1"}, [51, 1])
    reboot(site)
    assert (left(site), distances(site)["isp1"]) == ({"isp1"}, [51, 1])
    site.clock.advance(120)
    assert (left(site), set(owners(site)), told(site)) == ({"isp1"}, {"isp2", "isp3"}, [BEGUN])
    assert site.play() == 0
    site.clock.advance(600)
    assert (left(site), told(site)) == (set(), [BEGUN, OVER])


def wake_in_1970(site: Site) -> None:
    """A board without a battery."""
    site.lab.devices[0].has_battery = False
    reboot(site)
    assert site.lab.router.services.wall_time() < 3 * 86_400


def hear_the_time(site: Site) -> None:
    """From somebody on the network."""
    site.lab.router.services.set_wall_time(site.clock.now())


def test_a_clock_that_is_wrong_at_boot_ends_nothing(site: Site) -> None:
    """It goes on as long as the time is not known, and then ends when it should: not earlier, and not later."""
    begin(site, seconds=600)
    site.clock.advance(100)
    wake_in_1970(site)
    site.clock.advance(120)
    assert (left(site), told(site)) == ({"isp1"}, [BEGUN])
    hear_the_time(site)
    site.clock.advance(600 - 220 - 2 * SOON)
    assert (left(site), told(site)) == ({"isp1"}, [BEGUN])
    site.clock.advance(2 * SOON)
    assert (left(site), rows(site), told(site)) == (set(), [], [BEGUN, OVER])


def test_one_that_was_over_while_the_power_was_off_ends_with_the_right_time(site: Site) -> None:
    begin(site, seconds=600)
    wake_in_1970(site)
    site.clock.advance(30)
    assert left(site) == {"isp1"}
    site.lab.router.services.set_wall_time(site.clock.now() + 3600)
    site.clock.advance(SOON)
    assert (left(site), told(site)) == (set(), [BEGUN, OVER])


def test_a_clock_that_stays_wrong_prolongs_it_once_by_all_of_its_time_at_most(site: Site) -> None:
    begin(site, seconds=600)
    site.clock.advance(400)
    wake_in_1970(site)
    site.clock.advance(580)
    assert left(site) == {"isp1"}
    site.clock.advance(40)
    assert (left(site), rows(site), told(site)) == (set(), [], [BEGUN, OVER])


def test_a_clock_that_was_put_back_ends_nothing_early(site: Site) -> None:
    """Another time zone, after weeks of uptime."""
    site.lab.router.services.set_wall_time(site.clock.now() + 8 * 3600)
    begin(site, seconds=600)
    hear_the_time(site)
    site.clock.advance(500)
    assert left(site) == {"isp1"}
    site.clock.advance(130)
    assert (left(site), told(site)) == (set(), [BEGUN, OVER])


def test_without_an_end_it_lasts_through_any_time(site: Site) -> None:
    begin(site)
    wake_in_1970(site)
    site.clock.advance(60)
    site.lab.router.services.set_wall_time(site.clock.now() + 90 * 86_400)
    site.clock.advance(60)
    assert (left(site), told(site)) == ({"isp1"}, [BEGUN])


def test_a_line_with_another_name_keeps_it(site: Site) -> None:
    probes = {str(wan["name"]): list(site.targets(str(wan["name"]))) for wan in site.lines}
    begin(site, seconds=600)
    site.lines = [{**wan, "name": f"line{n}", "probes": probes[str(wan["name"])]} for n, wan in enumerate(site.lines, 1)]
    site.play()
    assert (left(site), distances(site)["line1"]) == ({"line1"}, [51, 1])
    site.clock.advance(60)
    assert (left(site), distances(site)["line1"]) == ({"line1"}, [51, 1])
    site.clock.advance(600)
    assert (left(site), told(site)[-1]) == (set(), "undrained line1 its time is over")


def test_the_row_of_a_line_that_is_taken_away_goes(site: Site) -> None:
    begin(site, "isp3")
    site.lines = wans(2)
    site.play()
    site.clock.advance(SOON)
    assert (rows(site), left(site)) == ([], set())


def test_while_all_others_are_out_it_carries(site: Site) -> None:
    begin(site)
    site.kill("isp2")
    site.kill("isp3")
    site.clock.advance(25)
    assert (site.out(), left(site), set(owners(site))) == ({"isp2", "isp3"}, {"isp2", "isp3"}, {"isp1"})
    assert distances(site) == {"isp1": [51, 1], "isp2": [102, 101], "isp3": [103, 101]}
    assert site.play() == 0
    site.revive("isp2")
    site.clock.advance(60)
    assert (site.out(), left(site), set(owners(site))) == ({"isp3"}, {"isp1", "isp3"}, {"isp2"})
    assert [what for what in told(site) if "isp1" in what] == [BEGUN]


def test_a_suspect_line_comes_before_a_drained_one() -> None:
    """With two lines: no row sends new connections of the suspect one to the other."""
    with Site(wans(2)) as site:
        site.clock.advance(70)
        begin(site)
        site.kill("isp2")
        site.clock.advance(4)
        assert (site.suspects(), left(site)) == ({"isp2"}, {"isp1"})
        on = [str(one["comment"]) for one in site.mangle() if ":else:" in str(one["comment"]) and not one.get("disabled")]
        assert on == ["multiwan:pcc_balance:else:isp2"]


def test_one_that_is_held_and_clean_comes_before_a_drained_one() -> None:
    """It need not wait any longer."""
    with Site(wans(2), profile="fast") as site:
        site.clock.advance(70)
        for _ in range(3):
            site.kill("isp2")
            site.clock.advance(25)
            site.revive("isp2")
            site.clock.advance(20)
        assert site.out() == {"isp2"}
        begin(site)
        site.clock.advance(20)
        assert (site.out(), left(site)) == (set(), {"isp1"})


def test_a_backup_comes_before_a_drained_line() -> None:
    lines = [*wans(2)[:1], {**wans(2)[1], "tier": 2}]
    with Site(lines) as site:
        site.clock.advance(70)
        begin(site)
        assert (left(site), set(owners(site)), site.play()) == ({"isp1"}, {"isp2"}, 0)
        end(site)
        assert (left(site), site.play()) == (set(), 0)


def test_with_all_lines_out_nothing_is_left(site: Site) -> None:
    begin(site)
    for line in ("isp1", "isp2", "isp3"):
        site.kill(line)
    site.clock.advance(30)
    assert (site.out(), left(site)) == ({"isp1", "isp2", "isp3"}, set())
    assert distances(site)["isp1"] == [151, 101]
    assert site.play() == 0


def test_its_death_is_no_outage_nor_its_return_a_return(site: Site) -> None:
    site.lab.router.add(("system", "script"), {"name": "hook", "source": ":log info hook", "policy": "read,write,test"})
    site.options |= {"on_down": "hook", "on_up": "hook"}
    site.play()
    site.connections.marks = {"*1": "multiwan-isp1", "*2": "multiwan-isp2"}
    begin(site)
    site.kill("isp1")
    site.clock.advance(20)
    assert (site.out(), left(site), distances(site)["isp1"]) == ({"isp1"}, {"isp1"}, [151, 101])
    assert set(site.connections.marks) == {"*2"}
    assert site.play() == 0
    site.revive("isp1")
    site.clock.advance(60)
    assert (site.out(), left(site), distances(site)["isp1"]) == (set(), {"isp1"}, [51, 1])
    assert told(site) == [BEGUN]
    assert site.log()[1:] == [
        "multiwan: isp1 is drained, and answers no more: no answer from 1.1.1.1, 8.8.8.8",
        "multiwan: isp1 is drained, and answers again",
    ]
    end(site)
    site.kill("isp1")
    site.clock.advance(20)
    assert told(site)[1:] == [ENDED, "down isp1 no answer from 1.1.1.1, 8.8.8.8"]
    assert site.log()[-1] == "hook"


@pytest.mark.parametrize("seconds", [0, 120])
def test_one_that_is_dead_when_it_ends_is_told_once(site: Site, seconds: int) -> None:
    begin(site, seconds=seconds)
    site.kill("isp1")
    site.clock.advance(30)
    assert told(site) == [BEGUN]
    if seconds:
        site.clock.advance(seconds)
    else:
        end(site)
    wanted = [BEGUN, OVER if seconds else ENDED, "down isp1 no answer from 1.1.1.1, 8.8.8.8"]
    assert (told(site), site.out(), left(site), rows(site)) == (wanted, {"isp1"}, {"isp1"}, [])
    assert distances(site)["isp1"] == [101, 101]
    site.clock.advance(60)
    assert told(site) == wanted
    site.revive("isp1")
    site.clock.advance(90)
    assert told(site) == [*wanted, "up isp1 "]


def test_a_line_that_was_out_before_returns_as_one_that_is_drained(site: Site) -> None:
    site.kill("isp1")
    site.clock.advance(20)
    begin(site)
    site.revive("isp1")
    site.clock.advance(60)
    assert [what.split(" ")[0] for what in told(site)] == ["down", "drained", "up"]
    assert (site.out(), left(site)) == (set(), {"isp1"})


@pytest.mark.parametrize("act", ["disable", "remove"])
def test_a_route_of_it_by_hand_stops_nothing(act: str) -> None:
    with Site(wans(3), Traits(disabled_route_is_short=True)) as site:
        with_a_reader(site)
        site.clock.advance(70)
        begin(site)
        site.load(f'/ip route {act} [find comment="multiwan:pcc_balance:route:main:isp1"]')
        site.clock.advance(SOON)
        assert (left(site), site.states()) == ({"isp1"}, {"ether1": "hand"})
        site.play()
        assert distances(site)["isp1"] == [51, 1]
        site.clock.advance(SOON)
        assert (left(site), site.states()) == ({"isp1"}, {"ether1": "up"})
        end(site)
        assert (left(site), distances(site)["isp1"]) == (set(), [1, 1])


def test_a_run_that_had_read_before_its_end_is_put_right(site: Site) -> None:
    """It may write the distance back once the row has gone."""
    begin(site)
    end(site)
    site.load('/ip route set [find comment="multiwan:pcc_balance:route:main:isp1"] distance=51')
    site.clock.advance(SOON)
    assert distances(site)["isp1"] == [1, 1]


def test_a_row_that_nobody_can_read_drains_nothing(site: Site) -> None:
    for number, comment in enumerate(("multiwan:failover_netwatch:drain:ether1\nnow", "multiwan:failover_netwatch:drain:ether2"), 1):
        site.lab.router.add(LISTS, {"list": drains.LIST, "address": f"240.0.0.{number}", "disabled": "yes", "comment": comment})
    site.clock.advance(SOON)
    assert (left(site), told(site), rows(site), site.play()) == (set(), [], [], 0)
    assert not [line for line in site.log() if not line.startswith("multiwan: ")]


def test_a_line_that_is_given_its_calls_back_takes_none_from_a_drained_one() -> None:
    """With ``failback: move`` what leaves a line is moved after five minutes; a drained one keeps what runs."""
    lines = [{**wans(2)[0], "failback": "move"}, {**wans(2)[1], "tier": 2, "failback": "move"}]
    with Site(lines) as site:
        site.clock.advance(70)
        site.connections.marks = {"*1": "multiwan-isp1"}
        site.connections.more = {
            "*1": {"protocol": "udp", "srcnat": "true", "reply-dst-address": "203.0.113.101:4000", "dst-address": "198.51.100.9:5060"}
        }
        begin(site)
        site.clock.advance(900)
        assert set(site.connections.marks) == {"*1"}
        end(site)
        site.clock.advance(900)
        assert set(site.connections.marks) == {"*1"}


def cuts(ends: bool) -> Iterator[int]:
    """Each write of the script while a drain begins, or ends; the power goes at each of them in turn."""
    for number in range(1, 100, max(1, EACH // 3)):
        with pytest.MonkeyPatch.context() as patch, Site(wans(3), profile="fast") as site:
            with_a_reader(site)
            if ends:
                begin(site, seconds=60)
            power = Power(site, patch, number - 1)
            if not ends:
                begin(site, seconds=600)
            for _second in range(80):
                site.clock.advance(1)
                if power.gone:
                    break
            patch.undo()
            if not power.gone:
                return
            reboot(site)
            site.clock.advance(40)
            where = f"cut at write {number}"
            wanted = set() if ends else {"isp1"}
            assert (left(site), set(states(site)), site.locks()) == (wanted, wanted, []), where
            assert distances(site)["isp1"] == ([1, 1] if ends else [51, 1]), where
            assert told(site) == ([BEGUN, OVER] if ends else [BEGUN]), where
            assert site.play() == 0, where
            yield number


@pytest.mark.parametrize(("ends", "least"), [(False, 3), (True, 3)], ids=["begins", "ends"])
def test_a_cut_at_any_write_is_healed_after_the_boot_and_told_once(ends: bool, least: int) -> None:
    assert len(list(cuts(ends))) >= least


def test_the_cost_of_an_idle_run_is_the_same_for_any_number_of_lines() -> None:
    costs = set()
    for count in (2, 3, 8):
        with Site(wans(count)) as site:
            job = site.lab.devices[0].start_script(render(site.failover))
            job.wait()
            assert job.error is None
            costs.add(job.commands)
    assert len(costs) == 1
    assert max(costs) < 150
