# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody asks for who wants a line drained: when it ends, what speaks against it, and the row that is written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import drains, health
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import steering
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.drains import Drain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import drain as steer
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.drain import Wish, begun, by, ended, report
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.netwatch import SCRIPT
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.plan import remove_steps
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, CLOCK, ROUTES, RULES, SCRIPTS
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.apply.router import door, run_steps
from tests.unit.failover_netwatch.drained import begin, distances, end, states, told
from tests.unit.failover_netwatch.site import Site, wans
from tests.unit.failover_netwatch.test_script import left, with_a_reader

from .runs import look, run

WANS = read_wans(wans(3))
RULE = "multiwan:pcc_balance:rule:default"


def router(down: tuple[str, ...] = (), off: tuple[str, ...] = (), **other: Any) -> dict[str, list[dict[str, Any]]]:
    """A router under both roles; other paths by their names with underscores."""
    ways = [
        {"comment": f"multiwan:pcc_balance:route:{table}:{wan.name}", "distance": 1 + 100 * (wan.name in down), "gateway": f"203.0.113.{n}"}
        for n, wan in enumerate(WANS, 1)
        for table in ("main", wan.name)
    ]
    return {
        ADDRESS_LIST: [],
        CLOCK: [{"date": "2026-11-27", "time": "14:03:12"}],
        "tool netwatch": [{"comment": "multiwan:failover_netwatch:probe:isp1:1.1.1.1"}],
        ROUTES: [way | {"disabled": str(way["comment"]).split(":")[-1] in off} for way in ways],
        RULES: [{"comment": RULE}],
        SCRIPTS: [{".id": "*1", "name": "multiwan-failover"}],
        **{path.replace("_", " "): rows for path, rows in other.items()},
    }


def drained(*lines: str, state: str = drains.ON) -> list[dict[str, str]]:
    """Their entries, each until 17:00."""
    there = [Drain(wan.interface, wan.name, "2026-11-27 13:00:00", "2026-11-27 17:00:00", 14400, "anna", False, state) for wan in WANS]
    return [
        {"list": drains.LIST, "address": f"240.0.0.{n}", "comment": drains.text(drain, n, "by anna")}
        for n, drain in enumerate(there, 1)
        if drain.line in lines
    ]


REFUSED = [
    (Wish("ips1"), router(), "line: 'ips1' is none of the lines, did you mean 'isp1'?; write -e line=NAME, one of isp1, isp2, isp3"),
    (Wish(""), router(), "line: it is not said which line is meant; write -e line=NAME, one of isp1, isp2, isp3"),
    (
        Wish("isp1"),
        router(system_script=[]),
        "/system script: the control script multiwan-failover is not there, so nobody would act; "
        "run multiwan.routeros.site with role failover_netwatch",
    ),
    (Wish("isp1"), router(ip_route=[]), "line: 'isp1' is not on the router; run multiwan.routeros.site first"),
    (
        Wish("isp1"),
        router(down=("isp2",), off=("isp3",)),
        "line: no other line could carry what 'isp1' does: isp2 is out of use and isp3 is switched off by hand; "
        "try it when another line is in use",
    ),
    (
        Wish("isp3"),
        router(down=("isp2",)) | {ADDRESS_LIST: drained("isp1")},
        "line: no other line could carry what 'isp3' does: isp1 is drained and isp2 is out of use; try it when another line is in use",
    ),
    (Wish("isp1", until="17:00", span="2h"), router(), "until: 'for' says too when it ends; write one of the two"),
    (Wish("isp1", until="1020"), router(), "until: '1020' is no time; write such as 17:00, or '2026-11-28 17:00'"),
    (Wish("isp1", until="25:00"), router(), "until: '25:00' is no time; write such as 17:00, or '2026-11-28 17:00'"),
    (
        Wish("isp1", until="14:03:12"),
        router(),
        "until: '14:03:12' is over: the router's clock shows 2026-11-27 14:03:12; write a later one, such as '2026-11-28 14:03'",
    ),
    (
        Wish("isp1", until="2026-11-27 09:00"),
        router(),
        "until: '2026-11-27 09:00' is over: the router's clock shows 2026-11-27 14:03:12; write a later one",
    ),
    (Wish("isp1", span="two hours"), router(), "for: 'two hours' is no time span; write such as 45m, 2h or 1d12h"),
    (Wish("isp1", span="0m"), router(), "for: '0m' is no time span; write such as 45m, 2h or 1d12h"),
    (Wish("isp1", span="999999w"), router(), "for: that is more than 28 days; write an earlier end, or none"),
    (Wish("isp1", until="2027-01-27 09:00"), router(), "until: that is more than 28 days; write an earlier end, or none"),
    (
        Wish("isp1", span="2h"),
        router(system_clock=[{"date": "1970-01-02", "time": "00:10:00"}]),
        "/system clock: it shows 1970-01-02 00:10:00, so nobody can say when this ends; set it, or leave out the end",
    ),
    (
        Wish("isp1"),
        router(system_clock=[{"date": "nov/27/2026", "time": "00:10:00"}]),
        "/system clock: it shows 'nov/27/2026 00:10:00', which is no date as RouterOS 7.10 and newer write it; look at it on the router",
    ),
]


@pytest.mark.parametrize(("wish", "found", "message"), REFUSED, ids=lambda value: value[:50] if isinstance(value, str) else "")
def test_it_is_refused_in_these_words(wish: Wish, found: dict[str, Any], message: str) -> None:
    with pytest.raises(IntentErrors) as refused:
        begun(wish, WANS, found)
    assert str(refused.value) == message


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(IntentErrors) as refused:
        begun(Wish("isp9", until="x"), WANS, router())
    assert len(refused.value.findings) == 2


@pytest.mark.parametrize(
    ("until", "span", "end"),
    [
        ("17:00", "", "2026-11-27 17:00:00"),
        ("17:00:30", "", "2026-11-27 17:00:30"),
        ("2026-11-28 9:00", "", "2026-11-28 09:00:00"),
        ("2026-11-28T09:00", "", "2026-11-28 09:00:00"),
        ("", "2h", "2026-11-27 16:03:12"),
        ("", "1d1h30m", "2026-11-28 15:33:12"),
        ("", "", ""),
    ],
)
def test_the_end_is_by_the_routers_clock(until: str, span: str, end: str) -> None:
    drain = begun(Wish("isp1", until=until, span=span, who="anna"), WANS, router())
    assert drain
    assert (drain.until, drain.since, drain.interface, drain.who) == (end, "2026-11-27 14:03:12", "ether1", "anna")
    begins, ends = (datetime.fromisoformat(text or drain.since) for text in (drain.since, end))
    assert ends - begins == timedelta(seconds=drain.seconds)


def test_without_an_end_the_clock_may_be_wrong() -> None:
    assert begun(Wish("isp1"), WANS, router(system_clock=[{"date": "1970-01-02", "time": "00:10:00"}]))


def test_a_dead_line_may_be_drained_and_a_backup_is_another_line() -> None:
    assert begun(Wish("isp1"), WANS, router(down=("isp1", "isp2")))


def test_one_that_is_as_wished_is_left() -> None:
    found = router() | {ADDRESS_LIST: drained("isp1")}
    assert begun(Wish("isp1", until="17:00"), WANS, found) is None
    later = begun(Wish("isp1", until="18:00"), WANS, found)
    assert later
    assert later.until == "2026-11-27 18:00:00"
    (step,) = steer.steps(later, found, 7)
    assert isinstance(step, dict)
    assert step["rows"][0]["address"] == "240.0.0.1"
    assert begun(Wish("isp1", until="17:00", moves=True), WANS, found)


def test_the_end_of_one_that_is_not_there_is_nothing() -> None:
    assert ended(Wish("isp1"), WANS, router()) is None
    assert ended(Wish("isp1"), WANS, router() | {ADDRESS_LIST: drained("isp1", state=drains.END)}) is None
    drain = ended(Wish("isp1", who="bert"), WANS, router() | {ADDRESS_LIST: drained("isp1", "isp2")})
    assert drain
    assert (drain.state, drain.who, drain.interface, steer.reason(drain)) == (drains.END, "bert", "ether1", "by bert")


def test_the_last_line_may_be_undrained() -> None:
    assert ended(Wish("isp1"), WANS, router(down=("isp2", "isp3")) | {ADDRESS_LIST: drained("isp1")})


@given(st.text())
def test_whoever_it_is_is_one_word(name: str) -> None:
    assert " " not in by(name)
    assert by(name).isascii()
    assert by(name)


NAMES = st.sampled_from(["ether1", "pppoe-out1", "vlan 5", "lte1.a"])
WORDS = st.text("abcXYZ09._@-", min_size=1, max_size=12)
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2099, 1, 1)).map(lambda moment: f"{moment:{steer.FORM}}")


@given(
    drain=st.builds(
        Drain,
        NAMES,
        WORDS,
        TIMES,
        TIMES | st.just(""),
        st.integers(0, 10**7),
        WORDS,
        st.booleans(),
        st.sampled_from(("begin", "on", "end")),
    ),
    reason=st.text(st.characters(exclude_categories=["Cc"]), max_size=40),
    number=st.integers(1, 10**9),
)
def test_what_is_written_is_read(drain: Drain, reason: str, number: int) -> None:
    found = {ADDRESS_LIST: [{"list": drains.LIST, "comment": drains.text(drain, number, reason)}]}
    assert drains.written(found) == [drain]
    assert drains.drains(found) == ({drain.line: drain} if drain.state != "end" else {})


@given(st.text(max_size=200))
def test_what_somebody_wrote_by_hand_is_no_drain_or_one(comment: str) -> None:
    for start in ("", "multiwan:failover_netwatch:drain:ether1\n"):
        assert len(drains.written({ADDRESS_LIST: [{"list": drains.LIST, "comment": start + comment}]})) <= 1


@given(down=st.sets(st.sampled_from(["isp1", "isp2", "isp3", "gone"])), will=st.sets(st.sampled_from(["isp1", "isp2", "isp3"])))
def test_a_drained_line_is_left_while_another_one_is_not(down: set[str], will: set[str]) -> None:
    gone = drains.left(WANS, down, will)
    names = {wan.name for wan in WANS}
    assert gone >= down & names
    assert gone <= (down | will) & names
    assert gone == names if names <= down else gone < names


def test_distances_can_be_told_apart() -> None:
    """The usual one is what is left of any, whatever was added."""
    assert health.DEMOTION % drains.DISTANCE == 0
    assert drains.DISTANCE < health.DEMOTION
    assert 2 * health.DEMOTION <= health.BLACKHOLE_DISTANCE


def test_a_drain_is_called_as_its_line_is_now() -> None:
    renamed = read_wans([{**wan, "name": f"line{n}"} for n, wan in enumerate(wans(3), 1)])
    assert list(drains.drains({ADDRESS_LIST: drained("isp1")}, renamed)) == ["line1"]
    assert list(drains.drains({ADDRESS_LIST: drained("isp1")})) == ["isp1"]


def test_people_read_what_is_now() -> None:
    found = router(down=("isp2",)) | {ADDRESS_LIST: drained("isp1")}
    assert report(Wish("isp1"), WANS, found) == [
        "isp1 is drained since 2026-11-27 13:00:00, until 2026-11-27 17:00:00, by anna; the router's clock shows 2026-11-27 14:03:12",
        "new connections go by isp3, those that run stay until they end",
    ]
    assert report(Wish("isp2"), WANS, found) == ["isp2 is not drained, and out of use; the router's clock shows 2026-11-27 14:03:12"]
    assert report(Wish("isp3"), WANS, found) == ["isp3 takes new connections; the router's clock shows 2026-11-27 14:03:12"]
    backup = read_wans([*wans(3)[:2], {**wans(3)[2], "tier": 2}])
    assert report(Wish("isp3"), backup, router()) == ["isp3 is not drained, and stands by; the router's clock shows 2026-11-27 14:03:12"]
    by_main = report(Wish("isp1"), WANS, found | {RULES: []})
    assert by_main[2:] == ["what is not balanced, the router's own too, goes where main says: a drain does not change that"]


def test_the_door_writes_one_row_and_the_script_does_the_rest() -> None:
    """As the actions do it, but for Ansible."""
    with Site(wans(3)) as site, door(site.lab) as router:
        with_a_reader(site)
        lines = read_wans(site.lines)
        before = site.lab.dump()
        for check in (True, False):
            found = router.found(steer.READS)
            drain = begun(Wish("isp1", span="2h", who="anna"), lines, found)
            assert drain
            for step in steer.steps(drain, found, 7):
                router.write(step, Changes(), check=check)
            assert (site.lab.dump() == before) is check
            assert not steer.is_done(drain, router.found(steer.READS))
        router.run_if_there(SCRIPT)
        found = router.found(steer.READS)
        assert steer.is_done(drain, found)
        assert (states(site), left(site), distances(site)["isp1"]) == ({"isp1": "on"}, {"isp1"}, [51, 1])
        assert begun(Wish("isp1", until=drain.until), lines, found) is None
        end(site)
        assert told(site) == [f"drained isp1 by anna, until {drain.until} by the router's clock", "undrained isp1 by anna"]


def test_a_run_leaves_it_so_and_says_so() -> None:
    with Site(wans(3)) as site:
        wanted = {"pcc_balance": {"wans": site.lines, "lan_interfaces": ["ether9"]}, "failover_netwatch": site.failover}
        run(site.lab, wanted)
        begin(site)
        assert run(site.lab, wanted).rows() == []
        assert [one.text for one in look(site.lab, wanted).findings if one.kind == "drained"] == [
            "isp1 is drained, by anna; this run leaves it so"
        ]
        assert (distances(site)["isp1"], left(site)) == ([51, 1], {"isp1"})


def test_what_the_action_itself_refuses() -> None:
    assert steering.absent().text == "failover_netwatch_state: it is absent, so nobody would do it; run it on the router first"
    drain = begun(Wish("isp1"), WANS, router())
    assert drain
    assert steering.late(drain).text == (
        "/system script multiwan-failover: what is wished of isp1 is written on the router, but the control script has not done it; "
        "look at /log on the router, and at its entry of /system scheduler"
    )


def test_a_removal_takes_drains_away() -> None:
    with Site(wans(3)) as site:
        begin(site, seconds=600)
        run_steps(site.lab, remove_steps())
        assert states(site) == {}
        site.balance()
        assert (distances(site)["isp1"], left(site)) == ([1, 1], set())
