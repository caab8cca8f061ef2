# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs with a way back: what the router keeps, what it takes back, and what people are told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import dead_man, engine, way_back
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.way_back import PORTION, WayBack
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE, FAILOVER

from tests.lab.router.errors import failure
from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.safe_mode import HISTORY
from tests.unit.apply.router import door
from tests.unit.lab.client import add, connect, raw

from .runs import Options

MANGLE, NAT, RULES, NETWATCH = path("ip firewall mangle"), path("ip firewall nat"), path("routing rule"), path("tool netwatch")
BUILTIN = ("prerouting", "input", "forward", "output", "postrouting")
BOT = {"token": "123456:no-bot-has-this-token-of-thirty-five", "chats": [-1001], "interfaces": ["bridge"], "api_url": "http://192.0.2.80"}


def lines(count: int, **weights: int) -> list[dict[str, object]]:
    """WANs by number, each with its own weight."""
    wans = [{"name": f"isp{number}", "interface": f"ether{number}", "gateway": f"203.0.{number}.1"} for number in range(1, count + 1)]
    return [wan | {"weight": f"{weights.get(str(wan['name']), 10)}M"} for wan in wans]


def balanced(count: int, **weights: int) -> Options:
    return {BALANCE: {"wans": lines(count, **weights), "lan_interfaces": ["bridge"]}}


def watched(count: int, **weights: int) -> Options:
    return {**balanced(count, **weights), FAILOVER: {"wans": lines(count, **weights)}}


def start(count: int) -> str:
    """A router with so many lines."""
    return "\n".join(
        (
            "/interface bridge add name=bridge",
            "/interface bridge port add bridge=bridge interface=ether10",
            "/ip address add address=192.168.88.1/24 interface=bridge",
            "/ip dns set servers=192.0.2.53",
            "/certificate settings set builtin-trust-store=fetch",
            *(f"/ip address add address=203.0.{number}.2/24 interface=ether{number}" for number in range(1, count + 1)),
            *(f"/ip route add gateway=203.0.{number}.1 distance={number}" for number in range(1, count + 1)),
        )
    )


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A router with two lines, which takes back at once what a connection leaves behind."""
    with Lab(interfaces=10) as lab:
        lab.load(start(2), on_error="stop")
        lab.router.safe_mode.delay = 0.02
        yield lab


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_back, "EACH", 0.05)
    monkeypatch.setattr(way_back, "LEFT_BEHIND", 2)
    monkeypatch.setattr(way_back, "COMES_BACK", 5)


class Run:
    """What became of a run.

    :param trouble: why it has failed, if it has.
    """

    def __init__(self, lab: Lab, options: Options, *absent: str, timeout: int = 60) -> None:
        wanted, problems = site.read(options, absent)
        assert problems == []
        self.changes, self.trouble = Changes(), None
        with door(lab, timeout=timeout) as router:
            checked = site.check(wanted, router.found(site.reads(wanted, router.user)))
            back = WayBack(router, lambda: door(lab, timeout=timeout))
            try:
                back.carry_out(*checked.portions(), self.changes)
            except RouterProblem as problem:
                self.trouble: Finding | None = problem.finding
        self.told, self.kept, self.has_written = back.told, back.kept, back.has_written


@pytest.fixture
def takes(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many writes there were each time that safe mode was taken."""
    return noted(lab, monkeypatch)


def noted(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    seen: list[int] = []
    take = lab.router.safe_mode.take

    def noting(*given: Any) -> None:
        seen.append(len(lab.writes))
        take(*given)

    monkeypatch.setattr(lab.router.safe_mode, "take", noting)
    return seen


def moving(lab: Lab) -> list[str]:
    """The rows of ours that packets meet."""
    rows = json.loads(lab.dump())
    entered = [row for row in rows.get("ip firewall mangle", []) if row["chain"] in BUILTIN]
    mine = [*entered, *rows.get("ip firewall nat", []), *rows.get("routing rule", [])]
    return [row["comment"] for row in mine if row.get("comment", "").startswith("multiwan:")]


def left(lab: Lab) -> dict[str, list[dict[str, str]]]:
    """All rows but what a run leaves for a moment in case that nobody hears of it any more."""
    rows = json.loads(lab.dump())
    return {path: mine for path, found in rows.items() if (mine := [row for row in found if not is_passing(row)])}


def by_chain(lab: Lab) -> dict[str, list[dict[str, str]]]:
    """The same, the rows of mangle by chain: chains stand in no order."""
    rows = left(lab)
    return rows | {"ip firewall mangle": sorted(rows["ip firewall mangle"], key=lambda row: row["chain"])}


def is_passing(row: dict[str, str]) -> bool:
    return row.get("comment", "").startswith("multiwan:way_back:")


def until(done: Callable[[], object], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not (is_done := bool(done())) and time.monotonic() < end:
        time.sleep(0.01)
    return is_done


def test_a_good_change_stays(lab: Lab) -> None:
    first = Run(lab, watched(2))
    assert (first.trouble, first.told) == (None, "kept: a new connection reaches the router")
    wanted = lab.dump()
    second = Run(lab, watched(2, isp1=30))
    assert (second.trouble, second.told) == (None, "kept: a new connection reaches the router, and isp1, isp2 carry as before")
    assert lab.dump() != wanted
    time.sleep(0.1)
    assert (lab.router.safe_mode.hold, lab.router.safe_mode.undone) == (None, 0)
    assert "way_back" not in lab.dump()


def test_both_portions_together_are_what_is_written_at_once(lab: Lab) -> None:
    Run(lab, watched(2))
    with Lab(interfaces=10) as other:
        other.load(start(2), on_error="stop")
        wanted, _problems = site.read(watched(2), ())
        with door(other) as router:
            for step in site.check(wanted, router.found(site.reads(wanted, router.user))).steps():
                router.write(step, Changes(), check=False)
        assert by_chain(lab) == by_chain(other)


def test_a_run_without_changes_takes_nothing_and_proves_nothing(lab: Lab, takes: list[int]) -> None:
    Run(lab, watched(2))
    with door(lab) as router:
        lab.device.log.reset()
        wanted, _problems = site.read(watched(2), ())
        for step in site.check(wanted, router.found(site.reads(wanted, router.user))).steps():
            router.write(step, Changes(), check=False)
        sentences = lab.device.log.sentences
    lab.device.log.reset()
    takes.clear()
    run = Run(lab, watched(2))
    assert (run.told, run.changes.changed, lab.writes, takes) == ("", False, [], [])
    assert (lab.device.log.logins, lab.device.log.sentences) == (1, sentences)


def test_a_run_with_changes_logs_in_once_more(lab: Lab) -> None:
    Run(lab, watched(2))
    lab.device.log.reset()
    assert Run(lab, watched(2, isp1=30)).changes.changed
    assert lab.device.log.logins == 2


@pytest.mark.parametrize("count", [2, 8])
def test_a_first_run_holds_few_actions_at_a_time(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With eight lines several hundred rows are written; all that moves packets is one portion."""
    with Lab(interfaces=10) as lab:
        lab.load(start(count), on_error="stop")
        takes, most = noted(lab, monkeypatch), [0]
        lab.router.observe(lambda _change: most.append(lab.router.safe_mode.hold.actions if lab.router.safe_mode.hold else 0))
        run = Run(lab, {**watched(count), ALERTS: BOT})
        assert run.told == "kept: a new connection reaches the router"
        assert max(most) <= PORTION
        assert len(lab.writes) > {2: 100, 8: 380}[count]
        assert len(takes) == {2: 2, 8: 5}[count]
        met = [
            record for record in lab.writes[: takes[-1]] if record.path in (NAT, RULES) or dict(record.attributes).get("chain") in BUILTIN
        ]
        assert met == []
        assert not Run(lab, {**watched(count), ALERTS: BOT}).changes.changed


def test_more_than_fits_is_kept_in_parts_and_says_so(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    Run(lab, watched(2))
    most = [0]
    lab.router.observe(lambda _change: most.append(lab.router.safe_mode.hold.actions if lab.router.safe_mode.hold else 0))
    run = Run(lab, {}, BALANCE, FAILOVER)
    words = f"kept: a new connection reaches the router (in 2 parts, each kept by itself: more than {PORTION} writes move packets)"
    assert (run.trouble, run.told) == (None, words)
    assert max(most) <= PORTION
    assert "multiwan" not in lab.dump()


def test_a_change_that_cuts_the_api_is_taken_back(lab: Lab) -> None:
    """New connections are not answered any more as soon as marks are there; the one that writes goes on."""
    before = lab.dump()
    lab.faults.deaf_while = lambda: bool(moving(lab))
    run = Run(lab, watched(2), timeout=1)
    assert run.told == way_back.TAKEN_BACK
    assert run.trouble is not None
    assert (run.trouble.place, run.trouble.kind) == ("the proof", way_back.UNPROVEN)
    assert run.trouble.problem.startswith("over a new connection: 127.0.0.1, port ")
    assert moving(lab) == []
    assert {row.kind for row in run.kept.rows()} == {"added"}
    assert lab.writes[-1].command == "run", "the control script looks at the router at once"
    lab.faults.clear()
    assert Run(lab, watched(2)).trouble is None
    Run(lab, {}, BALANCE, FAILOVER)
    assert lab.dump() == before


def test_packets_that_are_dropped_silently_are_answered_by_an_entry_of_the_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_man, "LIFE", 2)
    monkeypatch.setattr(dead_man, "LOOKS", 1)
    with Lab(interfaces=10, engines=True) as lab:
        lab.load(start(2), on_error="stop")
        lab.faults.silent_while = lambda: bool(moving(lab))
        run = Run(lab, watched(2), timeout=1)
        assert lab.router.safe_mode.undone == 1
        assert moving(lab) == []
        assert run.told == way_back.TAKEN_BACK
        assert until(lambda: "way_back" not in lab.dump())
        assert lab.router.safe_mode.hold is None
        lab.faults.clear()
        assert Run(lab, watched(2)).trouble is None
        assert moving(lab) != []


def test_where_no_scheduler_is_allowed_the_run_says_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_back, "COMES_BACK", 1)
    with Lab(interfaces=10, device_mode="home") as lab:
        lab.load(start(2), on_error="stop")
        lab.router.safe_mode.delay, lab.faults.silence = 0.02, 6
        lab.faults.silent_while = lambda: bool(moving(lab))
        run = Run(lab, watched(2), timeout=1)
        words = "nobody reaches the router for 1 seconds now; it takes back what moves packets within about nine minutes of the last write"
        assert run.told == words
        assert until(lambda: moving(lab) == [])
        assert lab.router.safe_mode.undone == 1


def test_a_line_that_no_longer_carries(lab: Lab) -> None:
    """Its route is inactive after the change, as when its interface has gone by it."""
    Run(lab, watched(2))
    before = lab.dump()

    def unplug(_change: object) -> None:
        if any(record.path == MANGLE for record in lab.writes[-1:]) and lab.router.links.get(2) is not False:
            lab.router.set_running("ether2", False)

    lab.device.log.reset()
    stop = lab.router.observe(unplug)
    run = Run(lab, watched(2, isp1=30))
    stop()
    assert run.trouble is not None
    assert run.trouble.text == ("the proof: isp2 (its route is inactive) carried before, and does no more; mend that, then run it again")
    assert run.told == way_back.TAKEN_BACK
    assert left(lab) == json.loads(before)


class Pinger:
    """Answers pings but for those to some addresses."""

    def __init__(self) -> None:
        self.silent: frozenset[str] = frozenset()
        self.asked: list[str] = []

    def ping(self, ping: Any) -> list[float | None]:
        self.asked.append(ping.host)
        return [None if ping.host in self.silent else 0.01] * ping.count


@pytest.mark.parametrize("other", ["", "one address is silent", "all are"])
def test_a_line_whose_probes_have_answered_is_asked(lab: Lab, other: str) -> None:
    lab.device.services.pinger = pinger = Pinger()
    Run(lab, watched(2))
    assert pinger.asked == []
    hosts: list[str] = []
    for row in lab.router.table(NETWATCH):
        comment = str(row.values["comment"])
        if comment.startswith("multiwan:failover_netwatch:probe:"):
            lab.router.set_state(NETWATCH, row, {"status": "up"})
            hosts += [comment.rpartition(":")[2]] if ":isp2:" in comment else []
    before = lab.dump()
    pinger.silent = frozenset({"": [], "one address is silent": hosts[:1], "all are": hosts}[other])
    run = Run(lab, watched(2, isp1=30))
    assert len(hosts) >= 2
    assert set(pinger.asked) & set(hosts)
    if other == "all are":
        assert run.trouble is not None
        assert run.trouble.problem == f"isp2 carried before, and none of {', '.join(hosts)} answers by it now"
        assert left(lab) == json.loads(before)
    else:
        assert (run.trouble, run.told) == (None, "kept: a new connection reaches the router, and isp1, isp2 carry as before")


def test_somebody_else_who_holds_it_is_named_before_the_first_write(lab: Lab) -> None:
    lab.load("/user add name=carla group=full password=secret", on_error="stop")
    before = lab.dump()
    other = connect(lab, "carla", "secret")
    raw(other, "/safe-mode/take")
    run = Run(lab, watched(2))
    assert run.trouble is not None
    assert run.trouble.text == (
        "/safe-mode: 'carla' (api:carla) holds it, and when that ends without a release, the router takes back what this run writes; "
        "let it be released there, or where nobody is there any more write /safe-mode release"
    )
    assert (run.has_written, lab.writes, lab.dump()) == (False, [], before)
    assert not lab.load(run.trouble.command, on_error="stop").skipped
    assert Run(lab, watched(2)).trouble is None


def test_what_a_run_has_left_behind_a_moment_ago_is_waited_for(lab: Lab) -> None:
    lab.router.safe_mode.delay = 0.5
    killed = connect(lab)
    raw(killed, "/safe-mode/take")
    add(killed, "/ip/firewall/mangle", chain="x", comment="half done")
    killed.close()
    assert Run(lab, watched(2)).trouble is None
    assert "half done" not in lab.dump()


@pytest.mark.parametrize("version", ["7.15.3", "7.17.1", "7.18.2"])
def test_a_release_without_safe_mode_is_written_as_ever(version: str) -> None:
    with Lab(version, interfaces=10) as lab:
        lab.load(start(2), on_error="stop")
        run = Run(lab, watched(2))
        assert run.trouble is None
        assert run.told == ("kept: a new connection reaches the router" if version == "7.18.2" else way_back.TOO_OLD)
        assert Run(lab, watched(2)).told == ""
        assert moving(lab) != []


def test_a_refused_write_takes_back_what_came_before(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.router, "add", refused(lab, RULES))
    run = Run(lab, watched(2))
    assert run.trouble is not None
    assert run.trouble.text.startswith("Write /routing/rule: ")
    assert run.told == way_back.TAKEN_BACK
    assert moving(lab) == []


def refused(lab: Lab, menu: tuple[str, ...]) -> Callable[..., Any]:
    """`add` of a router that refuses rows of one menu."""
    plain = lab.router.add

    def add_row(where: tuple[str, ...], *given: Any) -> Any:
        if where == menu:
            raise failure("not today")
        return plain(where, *given)

    return add_row


@pytest.mark.parametrize("works", [True, False])
def test_a_history_that_runs_over_is_told(lab: Lab, works: bool) -> None:
    """Others write so much meanwhile that the router ends safe mode without a word."""
    Run(lab, watched(2))

    begun = []

    def busy(_change: object) -> None:
        if not begun and lab.router.safe_mode.hold and any(record.path == MANGLE for record in lab.writes[-1:]):
            begun.append(True)
            for number in range(HISTORY):
                lab.router.add(("ip", "firewall", "address-list"), {"list": "busy", "address": f"192.0.2.{number}"})

    lab.device.log.reset()
    stop = lab.router.observe(busy)
    if not works:
        lab.faults.deaf_while = lambda: bool(begun) and lab.router.safe_mode.hold is None
    run = Run(lab, watched(2, isp1=30), timeout=1)
    stop()
    lab.faults.clear()
    assert run.told == ("kept: a new connection reaches the router, and isp1, isp2 carry as before" if works else way_back.ENDED)
    assert (run.trouble is None) is works
    assert lab.router.safe_mode.undone == 0


class Killed(BaseException):
    """The controller is gone."""


class Killer:
    """Ends the controller instead of its n-th write.

    :param at: n; 0 lets it live.
    :param held: whether the router would have taken something back then.
    """

    def __init__(self, lab: Lab) -> None:
        self.at, self.held = 0, False
        self._lab = lab

    def write(self, plain: Callable[..., None]) -> Callable[..., None]:
        """What the connection does in place of `plain`."""

        def write(connection: engine.Watched, cmd: str, *words: str) -> None:
            if self.at and cmd.rpartition("/")[2] in engine.WRITES:
                self.at -= 1
                if not self.at:
                    self.held = self._lab.router.safe_mode.hold is not None
                    raise Killed
            plain(connection, cmd, *words)

        return write


@pytest.mark.parametrize("changed", [False, True], ids=["first run", "other weights"])
def test_the_controller_is_killed_at_every_write(lab: Lab, monkeypatch: pytest.MonkeyPatch, changed: bool) -> None:
    """The router takes back what it was told since safe mode was taken; the next run heals."""
    killer = Killer(lab)
    monkeypatch.setattr(engine.Watched, "writeSentence", killer.write(engine.Watched.writeSentence))
    after, number, kept = balanced(2, isp1=30) if changed else balanced(2), 0, 0
    while True:
        lab.device.reset()
        lab.load(start(2), on_error="stop")
        if changed:
            Run(lab, balanced(2))
        moved, begun = moving(lab), left(lab)
        number += 1
        killer.at = number
        try:
            Run(lab, after)
            break
        except Killed:
            killer.at = 0
        assert until(lambda: lab.router.safe_mode.hold is None)
        if not killer.held and left(lab) != begun and moving(lab):  # it was kept before
            kept += 1
        else:
            assert moving(lab) == moved, f"killed at write {number}"
            assert not changed or left(lab) == begun, f"killed at write {number}"
        assert Run(lab, after).trouble is None, f"killed at write {number}"
        assert not Run(lab, after).changes.changed
    assert number > (6 if changed else 50)
    assert kept == len(("the entry of the scheduler goes", "its sign of life goes"))


def test_a_control_script_that_takes_long_is_no_reason(lab: Lab) -> None:
    """In the middle of an outage it waits longer than an answer may take."""
    Run(lab, watched(2))
    lab.device.log.reset()
    begun = []
    lab.router.observe(lambda change: begun.append(change) if change.menu == MANGLE else None)
    lab.load('/system/script set multiwan-failover source=":delay 3s"', on_error="stop")
    assert Run(lab, {**balanced(2, isp1=30)}, timeout=1).told == "kept: a new connection reaches the router, and isp1, isp2 carry as before"
    assert begun


def test_a_control_script_that_fails_is_one(lab: Lab) -> None:
    Run(lab, watched(2))
    lab.load('/system/script set multiwan-failover source=":error broken"', on_error="stop")
    before = left(lab)
    run = Run(lab, balanced(2, isp1=30))
    assert run.trouble is not None
    assert run.trouble.problem.startswith("over a new connection: /system/script: ")
    assert left(lab) == before


@pytest.mark.parametrize("works", [True, False])
def test_our_entries_of_the_scheduler_rest_meanwhile(lab: Lab, works: bool) -> None:
    """What the scripts write while safe mode is held would be undone as well."""
    options = {**watched(2), ALERTS: BOT}
    Run(lab, options)
    scheduler = path("system scheduler")

    def awake() -> set[str]:
        rows = [row for row in lab.router.table(scheduler) if row.values.get("disabled") != "true"]
        return {str(row.name) for row in rows} - {dead_man.NAME}

    before, seen = awake(), []
    assert before == {"multiwan-failover", "multiwan-telegram"}
    stop = lab.router.observe(lambda change: seen.append(awake()) if change.menu == MANGLE else None)
    if not works:
        lab.faults.deaf_while = lambda: bool(seen)
    lab.router.observe(lambda _change: lab.faults.clear() if lab.router.safe_mode.undone else None)
    changed = {**watched(2, isp1=30), ALERTS: BOT}
    run = Run(lab, changed, timeout=1)
    stop()
    assert (run.trouble is None) is works
    assert seen[0] == set()
    assert awake() == before
    lab.faults.clear()
    assert Run(lab, changed).changes.changed is not works


def test_a_script_that_stays_without_lines_is_left_alone(lab: Lab) -> None:
    """It would write lists of networks for lines that are no more."""
    Run(lab, watched(2))
    run = Run(lab, {}, BALANCE)
    assert (run.trouble, run.told) == (None, "kept: a new connection reaches the router")
    assert '"comment": "multiwan:pcc_balance:' not in lab.dump()
    assert '"comment": "multiwan:failover_netwatch:' in lab.dump()
