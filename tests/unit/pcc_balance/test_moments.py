# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where what is not balanced goes after every single write: to the internet, and to the LAN."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import MANGLE, ROUTES, RULES, TABLES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import Place

from tests.lab.network.lookup import NO_ROUTE, Moment, lookup, watch
from tests.lab.router.lab import Lab
from tests.lab.router.store import Router
from tests.lab.router.traits import Traits
from tests.unit.apply.router import ModuleFailed, read, run_steps
from tests.unit.door.runs import run

ISP1 = {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": 3}
ISP2 = {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": 1}
BALANCE = {"wans": [ISP1, ISP2], "lan_interfaces": ["ether3"]}
SITE = {"pcc_balance": BALANCE}
ROUTER = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
"""
OWN = {
    "by isp1": ("/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1 distance=1\n", "ether1"),
    "by isp2": ("/ip route add dst-address=0.0.0.0/0 gateway=198.51.100.1 distance=1\n", "ether2"),
    "none": ("", NO_ROUTE),
}
INTERNET, LAN, GUEST = "198.18.0.1", "192.168.88.70", "192.168.99.70"


def ways(router: Router) -> tuple[str, str]:
    return lookup(router, INTERNET), lookup(router, LAN)


@pytest.fixture(params=OWN)
def own(request: pytest.FixtureRequest) -> Iterator[tuple[Lab, str]]:
    """A router with this default route, and where its packets go."""
    configuration, exit_ = OWN[request.param]
    with Lab() as lab:
        assert lab.load(ROUTER + configuration).skipped == []
        yield lab, exit_


def test_the_first_run_an_edit_and_the_removal_move_no_packet(own: tuple[Lab, str]) -> None:
    lab, before = own
    assert ways(lab.router) == (before, "ether3")
    with watch(lab, ways) as first:
        run(lab, SITE)
    assert len(first) > 30
    assert {lan for _internet, lan in seen(first)} == {"ether3"}
    after = lookup(lab.router, INTERNET)
    assert after == (before if before != NO_ROUTE else "ether1")
    assert {internet for internet, _lan in seen(first)} == {before, after}
    with watch(lab, ways) as edit:
        run(lab, {"pcc_balance": {**BALANCE, "wans": [{**ISP1, "weight": 1}, {**ISP2, "weight": 3}]}})
    assert edit and seen(edit) == {(after, "ether3")}
    with watch(lab, ways) as removal:
        run(lab, {}, "pcc_balance")
    assert seen(removal) <= {(after, "ether3"), (before, "ether3")}
    assert ways(lab.router) == (before, "ether3")


def test_it_holds_where_min_prefix_needs_a_specific_route() -> None:
    """As was reported of 7.16.1: main has connected networks too."""
    for configuration, before in OWN.values():
        with Lab("7.16.2", traits=Traits(min_prefix_needs_specifics=True)) as lab:
            assert lab.load(ROUTER + configuration).skipped == []
            run(lab, SITE)
            assert ways(lab.router) == (before if before != NO_ROUTE else "ether1", "ether3")


def test_the_line_that_is_named_is_the_first(own: tuple[Lab, str]) -> None:
    lab, _before = own
    for name, exit_ in (("isp2", "ether2"), ("isp1", "ether1")):
        run(lab, {"pcc_balance": {**BALANCE, "first_wan": name}})
        assert ways(lab.router) == (exit_, "ether3")
        run(lab, SITE)
        assert ways(lab.router) == (exit_, "ether3")


def test_what_follows_main_goes_on_as_before(own: tuple[Lab, str]) -> None:
    lab, before = own
    with watch(lab, ways) as moments:
        run(lab, {"pcc_balance": {**BALANCE, "unmarked": "main"}})
    assert seen(moments) == {(before, "ether3")}
    run(lab, SITE)
    with watch(lab, ways) as back:
        run(lab, {"pcc_balance": {**BALANCE, "unmarked": "main"}})
    assert {lan for _internet, lan in seen(back)} == {"ether3"}
    assert ways(lab.router) == (before, "ether3")


@pytest.mark.parametrize("fault", ["drop_before_write", "drop_after_write"])
def test_a_cut_anywhere_takes_no_way_and_no_lan(fault: str) -> None:
    for configuration, before in OWN.values():
        with Lab() as lab:
            assert lab.load(ROUTER + configuration).skipped == []
            run(lab, SITE)
            wanted, writes = lab.dump(), len(lab.writes)
        cuts = range(1, writes + 1) if before == "ether2" else range(writes - 6, writes + 1)
        for number in cuts:
            with Lab() as lab:
                assert lab.load(ROUTER + configuration).skipped == []
                setattr(lab.faults, fault, number)
                with pytest.raises(Exception, match=r"\S"):
                    run(lab, SITE)
                setattr(lab.faults, fault, 0)
                internet, lan = ways(lab.router)
                assert (lan, internet in (before, "ether1")) == ("ether3", True)
                run(lab, SITE)
                assert lab.dump() == wanted


# --- an upgrade from routes in main


def old_rows(down: Sequence[str]) -> dict[str, list[Row]]:
    """What a release before this table left."""
    rows = plan(read_intent(BALANCE), frozenset(down))
    main = [{**row, "routing-table": "main"} if row["routing-table"] == "multiwan-main" else row for row in rows[ROUTES]]
    tables = [row for row in rows[TABLES] if row["name"] != "multiwan-main"]
    mangle = [row for row in rows[MANGLE] if "adopt" not in str(row["comment"])]
    return {**rows, ROUTES: main, TABLES: tables, MANGLE: mangle, RULES: []}


def make_old(lab: Lab, down: Sequence[str]) -> None:
    assert lab.load(ROUTER).skipped == []
    steps = [step for step in apply_steps(old_rows(down)) if not isinstance(step, Place) and step["path"] != RULES]
    run_steps(lab, steps)
    for row in old_rows(down)[ROUTES]:
        assert row["routing-table"] != "multiwan-main"


def upgrade(lab: Lab, down: Sequence[str]) -> int:
    rows = plan(read_intent(BALANCE), frozenset(down))
    return run_steps(lab, apply_steps(rows, read(lab, (TABLES, ROUTES, RULES))))


@pytest.mark.parametrize(("down", "exit_"), [((), "ether1"), (("isp1",), "ether2"), (("isp2",), "ether1")], ids=str)
def test_an_upgrade_has_the_same_way_at_every_moment(down: Sequence[str], exit_: str) -> None:
    with Lab() as lab:
        make_old(lab, down)
        assert ways(lab.router) == (exit_, "ether3")
        with watch(lab, ways) as moments:
            assert upgrade(lab, down) > 0
        assert len(moments) >= 5
        assert seen(moments) == {(exit_, "ether3")}
        assert upgrade(lab, down) == 0
        writes = len(moments)
    for number in range(1, writes + 1):
        with Lab() as lab:
            make_old(lab, down)
            lab.faults.drop_after_write = number
            with pytest.raises(ModuleFailed):
                upgrade(lab, down)
            lab.faults.drop_after_write = 0
            assert ways(lab.router) == (exit_, "ether3")
            with watch(lab, ways) as moments:
                upgrade(lab, down)
            assert seen(moments) <= {(exit_, "ether3")}


# --- rules of the owner


def test_rules_of_the_owner_win_whenever_they_were_added() -> None:
    """Behind ours they would never be met: a rule that locks a network in would let it out."""
    lock = "/routing rule add action=unreachable src-address=192.168.99.0/24 comment=lock\n"
    with Lab() as lab:
        assert lab.load(ROUTER + OWN["by isp2"][0]).skipped == []
        run(lab, SITE)
        assert lookup(lab.router, INTERNET, source=GUEST) == "ether2"
        assert lab.load(lock).skipped == []
        changes = run(lab, SITE)
        assert lookup(lab.router, INTERNET, source=GUEST) == "unreachable"
        assert [(change.kind, change.name.rpartition(":")[2]) for change in changes.rows()] == [("moved", "specific"), ("moved", "default")]
        assert not run(lab, SITE).changed
        names = [str(row.get("comment")).rpartition(":")[2] for row in read(lab, [RULES])[RULES]]
        assert names == ["lock", "specific", "default"]


HALF = {
    "the first disabled": '/routing rule disable [find comment="multiwan:pcc_balance:rule:specific"]',
    "the first removed": '/routing rule remove [find comment="multiwan:pcc_balance:rule:specific"]',
    "the second removed": '/routing rule remove [find comment="multiwan:pcc_balance:rule:default"]',
    "another min-prefix": '/routing rule set [find comment="multiwan:pcc_balance:rule:specific"] min-prefix=8',
    "a min-prefix at the second": '/routing rule set [find comment="multiwan:pcc_balance:rule:default"] min-prefix=0',
    "the other way round": (
        '/routing rule move [find comment="multiwan:pcc_balance:rule:default"] [find comment="multiwan:pcc_balance:rule:specific"]'
    ),
}


@pytest.mark.parametrize("typed", HALF.values(), ids=HALF)
def test_a_run_mends_rules_that_are_half_right(typed: str) -> None:
    with Lab() as lab:
        assert lab.load(ROUTER + OWN["by isp2"][0]).skipped == []
        run(lab, SITE)
        wanted = lab.dump()
        assert lab.load(f"{typed}\n").skipped == []
        broken = ways(lab.router)
        with watch(lab, ways) as moments:
            preview = run(lab, SITE, check=True)
        assert preview.changed and not moments
        with watch(lab, ways) as moments:
            changes = run(lab, SITE)
        assert [(row.path, row.name, row.kind) for row in preview.rows()] == [(row.path, row.name, row.kind) for row in changes.rows()]
        assert seen(moments) <= {broken, ("ether2", "ether3")}
        assert lab.dump() == wanted
        assert not run(lab, SITE).changed


def seen(moments: Sequence[Moment[tuple[str, str]]]) -> set[tuple[str, str]]:
    return {moment.seen for moment in moments}
