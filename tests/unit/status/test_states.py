# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a look says of each state of a line, while the control script makes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status import prometheus, screen

from tests.unit.failover_netwatch.drained import begin
from tests.unit.failover_netwatch.site import Site, wans
from tests.unit.failover_netwatch.test_states import pauses

from .looks import line, look


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(wans(3, isp1=2)) as made:
        made.clock.advance(70)
        yield made


def test_all_is_well(site: Site) -> None:
    told = look(site)
    assert (told["well"], told["problems"], told["waiting"]) == (True, [], {"events": 0, "messages": 0})
    assert [(one["state"], one["use"], one["wanted_percent"], one["since"]) for one in told["lines"]] == [
        ("up", "carries", 50.0, ""),
        ("up", "carries", 25.0, ""),
        ("up", "carries", 25.0, ""),
    ]
    assert (told["lines"][0]["gateway"], told["lines"][0]["address"]) == ("203.0.113.1", "203.0.113.101")
    assert (told["unmarked"], told["fasttrack"], told["taken_over"]) == ("isp1", "none", [])
    probe = told["lines"][1]["probes"][0]
    assert (probe["address"], probe["state"], probe["loss"], probe["round_trip"]) == (site.targets("isp2")[0], "up", 0.0, 10.0)
    assert probe["checks"] == {"tcp": "up"}


def test_a_line_that_is_silent_for_a_moment_is_suspect_and_no_problem(site: Site) -> None:
    site.kill("isp1")
    site.clock.advance(4)
    assert (line(site, "isp1")["state"], line(site, "isp1")["use"]) == ("suspect", "unused")
    assert look(site)["well"]
    assert [one["wanted_percent"] for one in look(site)["lines"]] == [0.0, 50.0, 50.0]


def test_a_line_that_is_out_says_since_when_and_why(site: Site) -> None:
    site.kill("isp1")
    site.clock.advance(30)
    told = line(site, "isp1")
    assert (told["state"], told["use"], told["by"], told["hold"]) == ("out", "unused", "router", None)
    assert told["since"].startswith("2026-01-01 00:01:")
    assert told["reason"].startswith("no answer from ")
    report = look(site)
    assert report["problems"] == [f"isp1 is out of use since {told['since']}: {told['reason']}"]
    assert (report["well"], report["unmarked"]) == (False, "isp2")
    assert {probe["state"] for probe in told["probes"]} == {"down"}


def test_a_line_that_is_back_says_since_when_and_is_no_problem(site: Site) -> None:
    site.kill("isp1")
    site.clock.advance(30)
    site.revive("isp1")
    site.clock.advance(60)
    told = line(site, "isp1")
    assert (told["state"], told["use"], told["reason"]) == ("up", "carries", "")
    assert told["since"].startswith("2026-01-01 00:02:")
    assert look(site)["well"]


def test_a_line_that_flaps_is_held_and_says_how_long_at_least() -> None:
    with Site(wans(2)) as site:
        site.clock.advance(70)
        pauses(site, 6, 20, 200)
        told = line(site, "isp1")
        assert (told["state"], told["reason"]) == ("held", "it was silent three times in ten minutes")
        assert told["hold"] > 0


def test_a_line_that_dies_again_says_how_long_at_least(site: Site) -> None:
    for _ in range(2):
        site.kill("isp1")
        site.clock.advance(30)
        site.revive("isp1")
        site.clock.advance(120)
    site.kill("isp1")
    site.clock.advance(15)
    first = line(site, "isp1")["hold"]
    assert first is not None
    assert 0 < first <= 25 * 4


def test_a_line_that_is_switched_off_by_hand(site: Site) -> None:
    site.load('/ip route disable [find comment="multiwan:pcc_balance:route:isp2:isp2"]')
    site.clock.advance(20)
    told = line(site, "isp2")
    assert (told["state"], told["reason"]) == ("hand", "a route of it is disabled or gone")
    assert look(site)["problems"][0].startswith("isp2 is switched off by hand since ")


def test_a_backup_stands_by_until_it_is_needed() -> None:
    with Site([*wans(2), {**wans(3)[2], "tier": 2}]) as site:
        site.clock.advance(70)
        assert [(one["use"], one["wanted_percent"]) for one in look(site)["lines"]] == [
            ("carries", 50.0),
            ("carries", 50.0),
            ("stands by", 0.0),
        ]
        assert line(site, "isp3")["probes"][0]["state"] == "up"
        site.kill("isp1")
        site.kill("isp2")
        site.clock.advance(60)
        assert [one["use"] for one in look(site)["lines"]] == ["unused", "unused", "carries"]


def test_a_line_that_is_drained_says_until_when_and_is_no_problem_nor_its_death_an_outage(site: Site) -> None:
    begin(site, seconds=3600)
    told = line(site, "isp1")
    assert (told["state"], told["use"], told["wanted_percent"], told["drained"]["by"]) == ("up", "unused", 0.0, "anna")
    assert told["drained"]["until"] > told["drained"]["since"] > "2026"
    assert (look(site)["well"], look(site)["unmarked"]) == (True, "isp2")
    said = screen.lines(look(site))
    assert f"isp1 is drained since {told['drained']['since']}, until {told['drained']['until']}, by anna" in said
    assert any(text.startswith("isp1") and "drained" in text and "unused" in text for text in said)
    assert 'multiwan_line_drained{router="gateway",line="isp1"} 1' in prometheus.text("gateway", look(site), 0)
    site.kill("isp1")
    site.clock.advance(30)
    told = line(site, "isp1")
    assert (told["state"], told["use"], told["by"], look(site)["problems"]) == ("out", "unused", "router", [])


def test_a_drained_line_carries_where_no_other_does(site: Site) -> None:
    begin(site)
    site.kill("isp2")
    site.kill("isp3")
    site.clock.advance(30)
    assert [(one["state"], one["use"]) for one in look(site)["lines"]] == [("up", "carries"), ("out", "unused"), ("out", "unused")]
    assert line(site, "isp1")["drained"]["until"] == ""


def test_with_all_lines_out_all_carry() -> None:
    with Site(wans(2)) as site:
        site.clock.advance(70)
        site.kill("isp1")
        site.kill("isp2")
        site.clock.advance(60)
        assert {(one["state"], one["use"], one["wanted_percent"]) for one in look(site)["lines"]} == {("out", "carries", 50.0)}


def test_a_line_that_is_renamed_while_it_is_out_is_still_out(site: Site) -> None:
    site.kill("isp1")
    site.clock.advance(30)
    since = line(site, "isp1")["since"]
    site.lines[0] = {**site.lines[0], "name": "fibre", "probes": list(site.targets("isp1"))}
    site.play()
    site.clock.advance(15)
    told = line(site, "fibre")
    assert (told["state"], told["since"]) == ("out", since)


def test_a_new_line_is_not_balanced_yet(site: Site) -> None:
    site.lines.append(wans(4)[3])
    told = line(site, "isp4")
    assert (told["state"], told["use"]) == ("none", "unused")
    assert look(site)["problems"] == ["isp4 is not balanced: it has no route: no run has balanced it yet"]


def test_without_probes_the_route_says_how_a_line_is(site: Site) -> None:
    site.load('/tool netwatch remove [find comment~"^multiwan:"]')
    assert [one["state"] for one in look(site)["lines"]] == ["up", "up", "up"]
    site.load('/ip route set [find comment="multiwan:pcc_balance:route:isp3:isp3"] gateway=192.0.2.77')
    assert (line(site, "isp3")["state"], line(site, "isp3")["use"]) == ("out", "unused")


def test_at_hours_of_a_schedule_the_wanted_shares_are_those_of_these_hours() -> None:
    """The lab's clock begins at midnight, a Thursday."""
    lines = [{**line, "schedule": [{"from": "00:00", "to": "01:00", "days": ["thu"], "weight": 3}]} for line in wans(1)]
    with Site([*lines, wans(2)[1]]) as made:
        made.clock.advance(70)
        told = look(made)
        assert [one["wanted_percent"] for one in told["lines"]] == [75.0, 25.0]
        assert told["hours"] == "00:00 to 01:00 on thu"
        assert "the weights are those of 00:00 to 01:00 on thu" in screen.lines(told)
        made.clock.advance(3600)
        told = look(made)
        assert [one["wanted_percent"] for one in told["lines"]] == [50.0, 50.0]
        assert (told["hours"], [line for line in screen.lines(told) if "weights" in line]) == ("", [])
