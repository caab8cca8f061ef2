# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control script, run by the lab's netwatch and scheduler as RouterOS would."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import plan as failover_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import healthy, out_of_use
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import balanced, read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import intent as balance_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import plan as balance_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.slots import slots
from ansible_collections.multiwan.routeros.plugins.plugin_utils.periods import periods
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import MANGLE, ROUTES

from tests.lab.router.errors import failure
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.rows import Row
from tests.lab.router.traits import Traits
from tests.unit.apply.router import read, run_steps

from .site import READ, Site, found, render, steps, wans

TIERED = [*wans(3, isp1=30, isp2=10, isp3=20), {**wans(4)[3], "weight": 5, "tier": 2}]
NIGHT = {"from": "22:00", "to": "06:00", "weight": 90}
SCHEDULED = [{**line, **({"schedule": [NIGHT]} if line["name"] in ("isp2", "isp4") else {})} for line in TIERED]
CASES = {"2": wans(2), "3": wans(3, isp1=50, isp2=30, isp3=20), "4": wans(4), "backup": TIERED, "by time of day": SCHEDULED}


@pytest.mark.parametrize("case", CASES)
def test_the_script_is_clean(case: str, tmp_path: Path) -> None:
    file = tmp_path / "failover.rsc"
    lines = [{**wan, "name": f"{wan['name']}.a-b_c"} for wan in CASES[case]]
    file.write_text(render({"wans": lines, "on_down": "my hook", "on_up": "other"}))
    program = Path(sys.executable).with_name("routeros-lsp")
    checked = subprocess.run([program, "check", "--strict", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("case", CASES)
def test_each_outage_leaves_the_rows_that_the_plan_says(case: str) -> None:
    """One outage after another: the script and the playbook agree, so a run during an outage writes nothing."""
    lines = CASES[case]
    names = [str(wan["name"]) for wan in lines]
    with Site(lines, profile="calm") as site:
        for dead in outages(names):
            for name in names:
                (site.kill if name in dead else site.revive)(name)
            site.clock.advance(135)
            assert site.out() == set(dead)
            assert owners(site) == [wan.name for wan in slots(*expected(site, dead))]
            for period in periods(read_wans(lines)):
                count = len(owners(site, period.key))
                heirs = healthy(period.wans, set(dead)) or balanced(period.wans)
                assert owners(site, period.key) == [wan.name for wan in slots(heirs, count)]
            assert site.play() == 0
        assert not [message for message in site.log() if not message.startswith("multiwan: ")]


def outages(names: list[str]) -> list[tuple[str, ...]]:
    """Each line alone, all but one, and all."""
    singles = list(itertools.combinations(names, 1))
    return [*singles, *([tuple(names[1:]), tuple(names[:-1])] if len(names) > 2 else []), tuple(names)]


def expected(site: Site, dead: tuple[str, ...]) -> tuple[list, int]:
    parsed = read_wans(site.lines)
    return healthy(parsed, set(dead)) or balanced(parsed), len(owners(site))


def owners(site: Site, period: str = "") -> list[str]:
    """Who has which slot, with the usual weights or with those of a period."""
    begin = f"multiwan:pcc_balance:instead:{period}:" if period else "multiwan:pcc_balance:instead:"
    comments = {str(row["comment"]).removeprefix(begin): row for row in site.mangle() if str(row["comment"]).startswith(begin)}
    rows = {text.rsplit(":", 1)[-1]: row for text, row in comments.items() if not text.startswith("period")}
    rows.pop("udp", None)  # the jump to the slots of UDP
    return [str(rows[str(slot)]["new-connection-mark"]).removeprefix("multiwan-") for slot in range(len(rows))]


def left(site: Site) -> set[str]:
    """Lines whose new connections go elsewhere."""
    rows = [row for row in site.mangle() if ":leave:" in str(row["comment"])]
    return {str(row["comment"]).rsplit(":", 1)[1] for row in rows if not row.get("disabled")}


def test_a_dead_line_is_left_and_only_its_connections_go() -> None:
    with Site(wans(2)) as site:
        site.connections.marks = {"*1": "multiwan-isp1", "*2": "multiwan-isp2", "*3": "multiwan-isp1", "*4": "voip"}
        site.kill("isp1")
        site.clock.advance(12)
        assert (site.out(), left(site)) == ({"isp1"}, {"isp1"})
        assert site.connections.marks == {"*2": "multiwan-isp2", "*4": "voip"}
        assert site.log() == ["multiwan: isp1 is out of use: no answer from 1.1.1.1, 8.8.8.8"]


def test_the_return_takes_a_clean_window_and_forgets_nothing() -> None:
    with Site(wans(2)) as site:
        site.kill("isp1")
        site.clock.advance(20)
        site.connections.marks = {"*1": "multiwan-isp1", "*2": "multiwan-isp2"}
        site.revive("isp1")
        site.clock.advance(25)
        assert site.out() == {"isp1"}
        site.clock.advance(40)
        assert (site.out(), left(site)) == (set(), set())
        assert set(site.connections.marks) == {"*1", "*2"}
        assert site.log()[1:] == ["multiwan: isp1 is in use again"]
        assert all(entry["disabled"] == "true" for entry in site.netwatch("clean", "isp1"))


@pytest.mark.parametrize(("profile", "seconds", "patience"), [("fast", 2, 3), ("normal", 3, 6), ("calm", 8, 20)])
def test_a_profile_notices_in_the_time_that_it_says(profile: str, seconds: float, patience: float) -> None:
    with Site(wans(2), profile=profile) as site:
        site.clock.advance(7.3)
        site.kill("isp1")
        site.clock.advance(seconds)
        assert (site.suspects(), site.out()) == ({"isp1"}, set())
        site.clock.advance(patience - 1)
        assert site.suspects() == {"isp1"}
        site.clock.advance(3.5)
        assert site.out() == {"isp1"}


def test_one_dead_target_is_nothing() -> None:
    with Site(wans(2)) as site:
        site.kill("isp1", 1)
        site.clock.advance(600)
        assert (site.out(), site.log()) == (set(), [])


def test_with_all_lines_dead_nothing_is_forgotten_until_one_is_back() -> None:
    with Site(wans(2)) as site:
        site.kill("isp1")
        site.clock.advance(13)
        site.connections.marks = {"*1": "multiwan-isp1", "*2": "multiwan-isp2"}
        site.kill("isp2")
        site.clock.advance(30)
        assert site.out() == {"isp1", "isp2"}
        assert set(site.connections.marks) == {"*1", "*2"}
        assert left(site) == set()
        site.revive("isp1")
        site.clock.advance(70)
        assert site.out() == {"isp2"}
        assert set(site.connections.marks) == {"*1"}
        assert (owners(site), left(site)) == (["isp1"], {"isp2"})


def test_a_reboot_during_an_outage() -> None:
    with Site(wans(2)) as site:
        site.kill("isp1")
        site.clock.advance(10)
        site.lab.devices[0].reboot()
        assert site.out() == {"isp1"}
        site.clock.advance(4)
        assert {entry["status"] for entry in site.netwatch("probe", "isp2")} == {"unknown"}
        site.clock.advance(120)
        assert site.out() == {"isp1"}
        site.revive("isp1")
        site.clock.advance(70)
        assert site.out() == set()
        assert len(site.log()) == 1  # the log lies in memory: only the return is left


def test_a_run_during_an_outage_changes_only_what_the_user_changed() -> None:
    with Site(wans(2)) as site:
        site.kill("isp1")
        site.clock.advance(10)
        asked = Counter(site.probes.asked)
        site.lines = [{**wan, "weight": weight} for wan, weight in zip(wans(2), (30, 10), strict=True)]
        assert site.play() > 0
        assert site.out() == {"isp1"}
        assert left(site) == {"isp1"}
        assert {entry["status"] for entry in site.netwatch("probe", "isp2")} == {"up"}
        assert {entry["status"] for entry in site.netwatch("probe", "isp1")} == {"down"}
        site.clock.advance(4)
        assert all(site.probes.asked[host] > asked[host] for host in site.targets("isp2"))
        assert site.play() == 0
        assert len(site.log()) == 1


HOOK = """
:global multiwanLine; :global multiwanEvent
:log info "hook: $line $event, $multiwanLine $multiwanEvent"
"""


@pytest.mark.parametrize("needed", [True, False])
@pytest.mark.parametrize("starter", ["netwatch", "scheduler"])
def test_hooks_are_told_which_line(starter: str, needed: bool) -> None:
    with Site(wans(2), Traits(globals_need_policy=needed), on_down="hook", on_up="hook") as site:
        words = {"name": "hook", "source": HOOK, "policy": "read,write,test"}
        site.lab.router.add(("system", "script"), words)
        if starter == "scheduler":
            site.load('/tool netwatch set [find] up-script="" down-script=""')
        else:
            site.load("/system scheduler disable [find name=multiwan-failover]")
        site.kill("isp2")
        site.clock.advance(25)
        site.revive("isp2")
        site.clock.advance(70)
        assert [line for line in site.log() if line.startswith("hook")] == ["hook: isp2 down, isp2 down", "hook: isp2 up, isp2 up"]


def with_a_reader(site: Site) -> None:
    """A script that would tell people, but does not."""
    site.load('/system script add name=multiwan-telegram source=":log info idle"')


def test_events_are_written_where_somebody_reads_them() -> None:
    lines = [{**wan, "name": f"a.{wan['name']}"} for wan in wans(2)]
    for reader in (False, True):
        with Site(lines) as site:
            if reader:
                with_a_reader(site)
            site.kill("a.isp1")
            site.clock.advance(15)
            site.revive("a.isp1")
            site.clock.advance(70)
            told = ["line:a/isp1 0 down a.isp1 no answer from 1.1.1.1, 8.8.8.8", "line:a/isp1 0 up a.isp1 "]
            assert site.events() == (told if reader else [])
            assert site.log() == ["multiwan: a.isp1 is out of use: no answer from 1.1.1.1, 8.8.8.8", "multiwan: a.isp1 is in use again"]


def test_of_a_line_that_nobody_reads_about_the_first_events_and_the_latest_are_left() -> None:
    with Site(wans(2), profile="fast") as site:
        with_a_reader(site)
        for _ in range(10):
            site.kill("isp1")
            site.clock.advance(10)
            site.revive("isp1")
            site.load('/ip firewall address-list remove [find list~"^multiwan-(deaths|hold):"]')  # as if an hour had passed
            site.clock.advance(60)
        counts = [event.split(" ")[1:3] for event in site.events()]
        assert counts == [["0", "down"], ["0", "up"], ["0", "down"], ["16", "up"]]


def test_two_runs_that_tell_at_the_same_time_lose_nothing() -> None:
    """Both lines die at once, and the address of an entry is taken when the second one comes."""
    with Site(wans(3)) as site:
        with_a_reader(site)
        site.load("/ip firewall address-list add list=multiwan-events address=240.0.0.2 disabled=yes comment=x")
        site.load("/ip firewall address-list add list=multiwan-events address=240.0.0.1 disabled=yes comment=y")
        site.kill("isp1")
        site.kill("isp2")
        site.clock.advance(20)
        assert sorted(site.events()[2:]) == [
            f"line:isp{n} 0 down isp{n} no answer from {silent}" for n, silent in ((1, "1.1.1.1, 8.8.8.8"), (2, "1.0.0.1, 8.8.4.4"))
        ]


def test_runs_at_the_same_time_act_once() -> None:
    """Three probes and the scheduler start the script while the first run is slow to write."""
    with Site(wans(2), on_down="hook") as site:
        site.lab.router.add(("system", "script"), {"name": "hook", "source": ":log info hook", "policy": "read,write,test"})
        slow(site, 40)
        site.kill("isp1")
        site.clock.advance(12)
        (holder,) = site.locks()
        for _second in range(30):
            site.clock.advance(1)
            assert site.locks() == [holder]
        assert site.log() == []
        site.clock.advance(20)
        assert (site.out(), site.locks()) == ({"isp1"}, [])
        assert site.log() == ["multiwan: isp1 is out of use: no answer from 1.1.1.1, 8.8.8.8", "hook"]


def slow(site: Site, seconds: int) -> None:
    """Whoever works takes so long before it writes routes."""
    place = "      # 2. Routes."
    source = render(site.failover)
    assert source.count(place) == 1
    menu = ("system", "script")
    (row,) = [row for row in site.lab.router.table(menu) if row.values["name"] == "multiwan-failover"]
    site.lab.router.set(menu, [row], {"source": source.replace(place, f"      :delay {seconds}s\n{place}")})


def test_connections_that_take_their_time_hold_nothing_up() -> None:
    """The outage is told, the hook has run, and no lock is held while they go; one that was cut in it has the next run go on."""
    with Site(wans(2), on_down="hook") as site:
        site.lab.router.add(("system", "script"), {"name": "hook", "source": ":log info hook", "policy": "read,write,test"})
        site.connections.marks = {f"*{number}": "multiwan-isp1" for number in range(1, 41)}
        site.connections.pauses = [1.0] * 40
        site.kill("isp1")
        site.clock.advance(13)
        assert (site.out(), site.locks(), site.log()[1:]) == ({"isp1"}, [], ["hook"])
        assert site.connections.marks
        site.clock.advance(60)
        assert site.connections.marks == {}


def test_a_run_that_outlives_its_lock_leaves_that_of_the_next_one_alone() -> None:
    with Site(wans(2)) as site:
        slow(site, 100)
        site.kill("isp1")
        site.clock.advance(60)
        (first,) = site.locks()
        site.clock.advance(20)
        (second,) = site.locks()
        assert second != first
        site.clock.advance(38)
        assert (site.out(), len(site.log()), site.locks()) == ({"isp1"}, 1, [second])
        site.clock.advance(100)
        assert (site.out(), len(site.log()), site.locks()) == ({"isp1"}, 1, [])


def test_a_hook_may_take_its_time_and_have_any_name() -> None:
    """It holds no lock: meanwhile the next run puts another line out of use."""
    name = 'say "$it" \\ now'
    with Site(wans(3), on_down=name) as site:
        site.lab.router.add(("system", "script"), {"name": name, "source": ":delay 60s; :log info hook", "policy": "read,write,test"})
        site.kill("isp1")
        site.clock.advance(12)
        assert (site.out(), site.locks()) == ({"isp1"}, [])
        site.kill("isp2")
        site.clock.advance(12)
        assert site.out() == {"isp1", "isp2"}
        site.clock.advance(60)
        assert site.log()[2:] == ["hook", "hook"]


def test_a_run_that_fails_gives_the_lock_back_and_the_next_one_ends_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site(wans(2)) as site:
        write, refused = site.lab.router.set, []

        def refuse_once(menu: tuple[str, ...], rows: Sequence[Row], given: Mapping[str, str]) -> None:
            if menu == ("ip", "route") and not refused:
                refused.append(rows)
                raise failure("busy")
            write(menu, rows, given)

        monkeypatch.setattr(site.lab.router, "set", refuse_once)
        site.kill("isp1")
        site.clock.advance(15)
        assert (site.out(), site.locks(), len(refused)) == ({"isp1"}, [], 1)
        assert [line for line in site.log() if "busy" in line]
        assert len([line for line in site.log() if line.startswith("multiwan: isp1 is out of use: ")]) == 1


def test_without_a_lock_failover_goes_on() -> None:
    """Somebody's entry that does not vanish: after its time is over, the lock is taken for broken."""
    with Site(wans(2)) as site:
        site.load('/ip firewall address-list add list=multiwan-lock address=127.0.0.1 comment="not ours"')
        site.kill("isp1")
        site.clock.advance(70)
        assert site.out() == set()
        site.clock.advance(10)
        assert (site.out(), site.locks()) == ({"isp1"}, ["not ours"])


def test_a_line_that_is_not_balanced_is_left_alone() -> None:
    with Site(wans(3)) as site:
        site.load('/ip route remove [find comment~"^multiwan:pcc_balance:route:.*:isp1\\$"]')
        site.connections.marks = {"*1": "multiwan-isp1"}
        site.kill("isp1")
        site.clock.advance(60)
        site.revive("isp1")
        site.clock.advance(60)
        assert (site.connections.marks, site.log()) == ({"*1": "multiwan-isp1"}, [])


def checked(site: Site) -> set[str]:
    """Tables whose routes are checked by asking the gateway."""
    rows = read(site.lab, [ROUTES])[ROUTES]
    return {str(row["comment"]).split(":")[3] for row in rows if row.get("check-gateway")}


def test_a_gateway_that_answers_no_pings_is_no_outage() -> None:
    """Without probes it would be: the routes go, and nobody forgets the connections that used them."""
    with Site(wans(2)) as site:
        assert checked(site) == set()
        site.probes.dead.add("203.0.113.1")
        site.clock.advance(120)
        assert (site.out(), site.log(), inactive(site)) == (set(), [], set())
        run_steps(site.lab, failover_plan.remove_steps())
        site.balance()
        site.clock.advance(120)
        assert inactive(site) == {"isp1"}


def inactive(site: Site) -> set[str]:
    """Lines that routes do not lead to, whatever their distance."""
    rows = read_rows(site.lab.router, path("ip route"))
    return {row["comment"].rsplit(":", 1)[1] for row in rows if row["inactive"] == "true" and "pcc_balance" in row.get("comment", "")}


def test_the_routes_are_not_checked_from_the_first_run_on_and_written_once() -> None:
    """The script may change the distance of a route in the very moment in which the role writes it."""
    with Site(wans(3)) as site:
        run_steps(site.lab, failover_plan.remove_steps())
        site.balance()
        before = found(site.lab)
        assert len(checked(site)) == 4
        for table in ("isp1", "isp2", "isp3", "main"):
            site.load(f'/ip route set [find comment="multiwan:pcc_balance:route:{table}:isp1"] distance=101')
        written = steps(site.failover, before)
        run_steps(site.lab, written)
        assert (checked(site), site.out()) == (set(), {"isp1"})


def test_an_idle_run_writes_nothing() -> None:
    with Site(wans(2)) as site:
        before = site.lab.dump()
        job = site.lab.devices[0].start_script(render(site.failover))
        job.wait()
        assert job.error is None
        assert site.lab.dump() == before
        assert job.commands < 150


def test_removal_and_the_next_run_put_all_lines_in_use() -> None:
    with Site(wans(2)) as site:
        site.kill("isp1")
        site.clock.advance(10)
        run_steps(site.lab, failover_plan.remove_steps())
        left_over = [row for rows in json.loads(site.lab.dump()).values() for row in rows if "multiwan:failover_netwatch" in str(row)]
        assert all("timeout" in row for row in left_over)
        assert out_of_use(read(site.lab, READ)) == frozenset()
        assert checked(site) == set()
        site.balance()
        assert (site.out(), checked(site)) == (set(), {"isp1", "isp2", "main"})


@pytest.mark.parametrize("cut", [True, False], ids=["dies", "returns"])
def test_a_line_that_changes_while_a_playbook_runs_is_told_by_its_probes_afterwards(cut: bool) -> None:
    """The roles have read the router before, and write what it was then."""
    with Site(wans(2)) as site:
        if not cut:
            site.kill("isp1")
            site.clock.advance(10)
        before = read(site.lab, READ)
        balance = balance_plan.plan(
            balance_intent.read_intent({"wans": site.lines, "lan_interfaces": ["ether9"]}), out_of_use(before), probed=True
        )
        watch = steps(site.failover, found(site.lab))
        if cut:
            site.kill("isp1")
            site.clock.advance(10)
        else:
            site.revive("isp1")
            site.clock.advance(80)
        assert site.demoted() == ({"isp1"} if cut else set())
        run_steps(site.lab, [step for step in balance_plan.apply_steps(balance) if cut is (step["path"] == MANGLE)])
        run_steps(site.lab, watch)
        site.clock.advance(60)
        if cut:
            assert (site.out(), left(site), set(owners(site))) == ({"isp1"}, {"isp1"}, {"isp2"})
            site.revive("isp1")
            site.clock.advance(80)
        assert (site.out(), left(site)) == (set(), set())


@pytest.mark.parametrize("dead", [False, True])
def test_routes_that_a_run_in_between_has_written_back_are_put_right(dead: bool) -> None:
    """It has read the line's route in main before the script wrote it, and the tables after."""
    with Site(wans(2), profile="fast") as site:
        if dead:
            site.kill("isp1")
        site.clock.advance(20)
        right = site.out()
        for table, distance in (("isp1", 1), ("isp2", 2)):
            written = distance if dead else 100 + distance
            site.load(f'/ip route set [find comment="multiwan:pcc_balance:route:{table}:isp1"] distance={written}')
        site.clock.advance(11)
        assert (right, site.out()) == ({"isp1"} if dead else set(), right)
        before = site.lab.dump()
        site.clock.advance(30)
        assert site.lab.dump() == before
