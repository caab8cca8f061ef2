# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which line takes what is not balanced, and when its owner is asked first."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import unmarked
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, are_rules, plan, rule_steps
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.routes import rule_rows
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.surroundings import Surroundings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import MANGLE, ROUTES, RULES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import Place, Step

from .test_preflight import MAIN, Row, router

ISP1 = {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": 3}
ISP2 = {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": 2}
ISP3 = {"name": "isp3", "interface": "ether5", "gateway": "192.0.2.1"}
LTE = {"name": "lte", "interface": "pppoe-out1", "gateway": "pppoe-out1", "weight": 9, "tier": 2}
ALL = {"wans": [ISP1, ISP2, ISP3, LTE], "lan_interfaces": ["bridge"]}


def default(gateway: str, distance: int = 1, **more: object) -> Row:
    return {"dst-address": "0.0.0.0/0", "gateway": gateway, "distance": distance, "routing-table": "main", "active": True, **more}


def ours(*names: str, table: str = "multiwan-main", down: Sequence[str] = ()) -> list[Row]:
    """Our routes for what is not balanced, as they stand on a router."""
    return [
        default("", place + 100 * (name in down), comment=f"multiwan:pcc_balance:route:main:{name}", **{"routing-table": table})
        for place, name in enumerate(names, 1)
    ]


def order(found: Found, **options: object) -> list[str]:
    return [wan.name for wan in unmarked.order(Surroundings(read_intent({**ALL, **options}), found))]


def said(found: Found, **options: object) -> list[Finding]:
    here = Surroundings(read_intent({**ALL, **options}), found)
    return [*unmarked.choices(here), *unmarked.remarks(here)]


FIRST = {
    "by the gateway's network": ([default("198.51.100.1")], "isp2"),
    "as the router says": ([default("9.9.9.9", **{"immediate-gw": "198.51.100.1%ether2"})], "isp2"),
    "with its interface": ([default("192.0.2.1%ether5")], "isp3"),
    "the nearest one that is active": ([default("203.0.113.1", active=False, inactive=True), default("198.51.100.1", 2)], "isp2"),
    "a recursive gateway": (
        [default("9.9.9.9", **{"target-scope": 11}), {**default("198.51.100.1"), "dst-address": "9.9.9.9/32"}],
        "isp2",
    ),
    "ECMP": ([default("198.51.100.1"), default("192.0.2.1%ether5")], "isp1"),
    "ECMP in one row": ([default("198.51.100.1,192.0.2.1", **{"immediate-gw": "198.51.100.1%ether2,192.0.2.1%ether5"})], "isp1"),
    "a higher tier": ([default("pppoe-out1")], "isp1"),
    "none": ([], "isp1"),
    "none that is active": ([default("198.51.100.1", active=False)], "isp1"),
    "disabled": ([default("198.51.100.1", disabled=True)], "isp1"),
    "of another table": ([default("198.51.100.1", **{"routing-table": "vpn"})], "isp1"),
}


@pytest.mark.parametrize(("routes", "first"), FIRST.values(), ids=FIRST)
def test_the_first_run_follows_the_active_default_route_of_main(routes: list[Row], first: str) -> None:
    found = router(main=routes)
    rest = [name for name in ("isp1", "isp2", "isp3") if name != first]
    assert order(found) == [first, *rest, "lte"]
    kinds = {finding.kind for finding in said(found)}
    follows = first != "isp1"
    assert ("first-wan" not in kinds) == follows


def test_later_runs_keep_the_order_that_is_on_the_router() -> None:
    for table in ("multiwan-main", "main"):  # an older release has them in main
        for down in ((), ("isp2",)):
            found = router(main=[MAIN, *ours("isp2", "isp3", "isp1", "lte", table=table, down=down)])
            assert order(found) == ["isp2", "isp3", "isp1", "lte"]
            assert said(found) == []


def test_one_line_alone_has_decided_nothing_for_those_that_come() -> None:
    """What is not balanced still goes where main says."""
    alone = ours("isp1")
    assert order(router(main=[default("198.51.100.1"), *alone])) == ["isp2", "isp1", "isp3", "lte"]
    strange = [default("10.9.9.9", **{"immediate-gw": "10.9.9.9%wg1"}), *alone]
    assert [finding.kind for finding in said(router(main=strange)) if finding.refuses] == ["default-route"]


def test_a_route_that_somebody_has_disabled_is_not_first() -> None:
    """It hides its distance, and packets follow the others."""
    first, *others = ours("isp1", "isp2", "isp3", "lte")
    hidden = {field: value for field, value in first.items() if field not in ("distance", "routing-table")}
    assert order(router(main=[{**hidden, "disabled": True}, *others])) == ["isp2", "isp3", "isp1", "lte"]


def test_a_new_line_comes_behind_those_of_its_tier_and_a_tier_before_all_habits() -> None:
    found = router(main=ours("lte", "isp3", "isp1"))
    assert order(found) == ["isp3", "isp1", "isp2", "lte"]


def test_a_line_that_has_another_name_keeps_its_place() -> None:
    rows = [{**row, "gateway": gateway} for row, gateway in zip(ours("old", "isp1"), ("198.51.100.1", "203.0.113.1"), strict=True)]
    assert order(router(main=rows)) == ["isp2", "isp1", "isp3", "lte"]


def test_the_user_may_name_the_first_line() -> None:
    assert order(router(main=ours("isp2", "isp1", "isp3", "lte")), first_wan="isp3") == ["isp3", "isp2", "isp1", "lte"]
    assert said(router(main=[]), first_wan="isp3") == []


def test_it_is_told_where_a_first_run_cannot_leave_things_where_they_are() -> None:
    (none,) = said(router(main=[]))
    assert none.text == (
        "main has no active default route by a line, so what is not balanced goes by isp1 first; "
        "write pcc_balance_first_wan for another one"
    )
    (both,) = said(router(main=[default("198.51.100.1"), default("192.0.2.1%ether5")]))
    assert both.problem == "main's default route goes by isp2 and isp3, so what is not balanced goes by isp1 first"


OTHERS = {
    "a tunnel before ours": ([default("198.51.100.1", 5), default("wg1")], ["1 wg1"]),
    "as near as ours": ([default("198.51.100.1"), default("10.9.9.9")], ["1 10.9.9.9"]),
    "none of ours at all": ([default("10.9.9.9", 50)], ["50 10.9.9.9"]),
    "a blackhole": ([default("198.51.100.1", 5), default("", 2, blackhole="")], ["2 "]),
    "not active": ([default("198.51.100.1", 5), default("10.9.9.9", 2, active=False, inactive=True)], ["2 10.9.9.9"]),
    "a last resort": ([default("198.51.100.1"), default("10.9.9.9", 200)], []),
    "by two lines": ([default("203.0.113.1"), default("198.51.100.1", 2)], []),
    "by a backup": ([default("198.51.100.1"), default("pppoe-out1", 2)], []),
}


@pytest.mark.parametrize(("routes", "told"), OTHERS.values(), ids=OTHERS)
def test_a_default_route_by_none_of_the_lines_is_asked_about(routes: list[Row], told: list[str]) -> None:
    asked = [finding for finding in said(router(main=routes)) if finding.refuses]
    assert [finding.problem.split(" of distance ")[1].split(" ")[0] for finding in asked] == [text.split(" ")[0] for text in told]
    assert {finding.kind for finding in asked} <= {"default-route"}
    for choice in ("main", "lines"):
        assert not [finding for finding in said(router(main=routes), unmarked=choice) if finding.refuses]


def test_a_blackhole_behind_the_lines_is_told() -> None:
    routes = [default("198.51.100.1"), default("", 250, blackhole="", active=False, comment="end")]
    (told,) = said(router(main=routes))
    assert (told.place, told.kind, told.refuses) == ("/ip route 'end' of distance 250", "blackhole", False)
    assert said(router(main=routes), unmarked="main") == []


def test_a_main_without_default_may_be_meant() -> None:
    rule = {"action": "lookup", "src-address": "192.168.99.0/24", "table": "vpn"}
    mark = {"chain": "prerouting", "action": "mark-routing", "new-routing-mark": "vpn"}
    for found in (router(main=[], rules=[rule]), router(main=[], mangle=[mark])):
        assert [finding.kind for finding in said(found) if finding.refuses] == ["default-route"]
    for found in (
        router(main=[MAIN], rules=[rule]),
        router(main=[], rules=[{**rule, "table": "main"}]),
        router(main=ours("isp1", "isp2"), rules=[rule]),
    ):
        assert [finding for finding in said(found) if finding.refuses] == []


ORDERS = {
    "mangle,vrf-lookup,vrf-unreach,local,user,main": "",
    "vrf-lookup,vrf-unreach,local,mangle,user,main": "",
    "vrf-lookup,vrf-unreach,local,user,mangle,main": "'user' comes before 'mangle', so nothing would be balanced",
    "mangle,user,local,main": "'user' comes before 'local', so the two routing rules of the role would not do their work",
    "mangle,vrf-lookup,local,main,user": "'main' comes before 'user', so the two routing rules of the role would not do their work",
    "": "",
}


@pytest.mark.parametrize(("policy", "problem"), ORDERS.items())
def test_the_order_of_rules_that_takes_ours_away_is_refused(policy: str, problem: str) -> None:
    told = said(router(routing=[{"policy-rules": policy}]))
    assert [finding.problem for finding in told if finding.refuses] == [problem][: bool(problem)]
    late = policy.find("mangle") > policy.find("main") > -1
    assert bool(said(router(routing=[{"policy-rules": policy}]), unmarked="main")) is late


def test_marks_behind_main_have_no_effect_without_rules_of_ours_either() -> None:
    (finding,) = said(router(routing=[{"policy-rules": "local,main,mangle,user"}]), unmarked="main")
    assert finding.problem == "'main' comes before 'mangle', so nothing would be balanced"


NO_LEASE = {"ip address": [{"address": "192.168.88.1/24", "network": "192.168.88.0", "interface": "bridge"}]}


@pytest.mark.parametrize(
    "routes",
    [
        [default("203.0.113.1", active=False, inactive=True)],
        [
            default("9.9.9.9", active=False, inactive=True, **{"target-scope": 11}),
            {**default("203.0.113.1", active=False, inactive=True), "dst-address": "9.9.9.9/32"},
        ],
    ],
    ids=["by its gateway", "by a recursive gateway"],
)
def test_a_default_by_a_line_that_has_lost_its_lease_is_still_by_that_line(routes: list[Row]) -> None:
    """As when its cable is out: a run in an outage goes on."""
    assert not [finding for finding in said({**router(), **NO_LEASE, ROUTES: routes}) if finding.refuses]


def test_a_last_resort_only_warns_while_all_lines_are_out() -> None:
    resort = default("wg0", 20)
    assert [finding.kind for finding in said({**router(), ROUTES: [resort]}) if finding.refuses] == ["default-route"]
    later = said({**router(), ROUTES: [resort, *ours("isp1", "isp2", "isp3", "lte")]})
    assert [(finding.kind, finding.refuses) for finding in later] == [("default-route", False)]


def steps_of(*rules: Row) -> list[Step]:
    return rule_steps(rule_rows(), {RULES: list(rules)})


def test_rules_that_are_right_are_left_alone() -> None:
    first, second = rule_rows()
    other = {"action": "lookup", "table": "vpn"}
    assert steps_of(other, first, {**second, "chain": "user"}) == []
    (step,) = steps_of(first, second, other)
    assert step == Place("Move /routing/rule", RULES, (str(first["comment"]), str(second["comment"])))


FIRST_RULE, SECOND_RULE = rule_rows()
HALF = {
    "the first is missing": [SECOND_RULE],
    "the second is missing": [FIRST_RULE],
    "the other way round": [SECOND_RULE, FIRST_RULE],
    "the first is disabled": [{**FIRST_RULE, "disabled": True}, SECOND_RULE],
    "the second is disabled": [FIRST_RULE, {**SECOND_RULE, "disabled": True}],
    "another min-prefix": [{**FIRST_RULE, "min-prefix": 8}, SECOND_RULE],
    "no min-prefix": [{key: value for key, value in FIRST_RULE.items() if key != "min-prefix"}, SECOND_RULE],
    "a min-prefix at the second": [FIRST_RULE, {**SECOND_RULE, "min-prefix": 0}],
    "another table": [{**FIRST_RULE, "table": "vpn"}, SECOND_RULE],
    "for one network only": [{**FIRST_RULE, "src-address": "192.168.88.0/24"}, SECOND_RULE],
    "twice": [FIRST_RULE, FIRST_RULE, SECOND_RULE],
}


@pytest.mark.parametrize("rules", HALF.values(), ids=HALF)
def test_rules_that_are_half_right_are_written_anew_and_never_set(rules: list[Row]) -> None:
    assert not are_rules(rules)
    cleared, written = steps_of(*rules)
    assert not isinstance(cleared, Place) and not isinstance(written, Place)
    assert (cleared["rows"], written["rows"]) == ([], rule_rows())


def test_what_follows_main_has_no_rules() -> None:
    intent = read_intent({**ALL, "unmarked": "main"})
    assert plan(intent)[RULES] == []
    (cleared,) = rule_steps([], {RULES: rule_rows()})
    assert not isinstance(cleared, Place) and cleared["rows"] == []
    assert rule_steps([], {RULES: []}) == []


def paths(found: Found) -> list[str]:
    steps = apply_steps(plan(read_intent(ALL)), found)
    return [step["path"] for step in steps if not isinstance(step, Place) and step["rows"]]


def test_rules_come_behind_the_marks_but_before_routes_that_move_out_of_main() -> None:
    first = paths(router(main=[MAIN]))
    assert first.index(RULES) > first.index(MANGLE)
    upgrade = paths(router(main=ours("isp1", "isp2", table="main")))
    assert upgrade.index(RULES) < upgrade.index(ROUTES)
