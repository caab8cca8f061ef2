# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The steps: their order, and that each touches rows of its own only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, plan, remove_steps
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import (
    ADDRESS_LIST,
    LISTS,
    MANGLE,
    MEMBERS,
    NAT,
    ROUTES,
    RULES,
    TABLES,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row
from hypothesis import given
from hypothesis import strategies as st

from .strategies import wans

OURS = re.compile(r"^multiwan:pcc_balance:")
FOREIGN = ("", "defconf: masquerade", "multiwan:other:table:isp1", "x multiwan:pcc_balance:table:isp1", "multiwan")

LINES = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "50M"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": "30M"},
    {"name": "isp.3", "interface": "lte1", "gateway": "lte1", "weight": "10M", "tier": 2},
]


def rows_of(lines: list[dict[str, object]], **options: object) -> dict[str, list[Row]]:
    return plan(read_intent({"wans": lines, "lan_interfaces": ["bridge", "vlan10", {"list": "LAN"}], **options}))


def accepted(comment: object, restrict: Sequence[Mapping[str, object]]) -> bool:
    """Whether api_modify looks at a row with this comment, whatever its chain: every rule must fit, from the start of the text on."""
    assert {rule["field"] for rule in restrict} <= {"comment", "chain"}
    rules = [rule for rule in restrict if rule["field"] == "comment"]
    assert rules
    fits = (bool(re.match(str(rule["regex"]), str(comment))) != rule.get("invert", False) for rule in rules)
    return all(fits)


def comments(rows: Mapping[str, Sequence[Row]], path: str) -> set[str]:
    return {str(row["comment"]) for row in rows[path]}


def test_the_order_of_writing() -> None:
    steps = apply_steps(rows_of(LINES))
    assert [(step["path"], bool(step["rows"])) for step in steps] == [
        (LISTS, True),
        (MEMBERS, True),
        (ADDRESS_LIST, True),
        (TABLES, True),
        (ROUTES, True),
        (NAT, True),
        (MANGLE, True),
        (RULES, True),
        (NAT, False),
        (ROUTES, False),
        (TABLES, False),
    ]


def test_the_order_of_removing() -> None:
    steps = remove_steps()
    assert [step["path"] for step in steps] == [RULES, MANGLE, MANGLE, NAT, ROUTES, TABLES, ADDRESS_LIST, MEMBERS, LISTS]
    assert not any(step["rows"] or step["ordered"] for step in steps)


def test_steps_say_what_they_do() -> None:
    names = [step["name"] for step in (*apply_steps(rows_of(LINES)), *remove_steps())]
    assert names[6:9] == ["Write /ip/firewall/mangle", "Write /routing/rule", "Clear /ip/firewall/nat"]
    assert names[11:13] == ["Clear /routing/rule", "Clear /ip/firewall/mangle"]


def test_only_mangle_and_rules_are_ordered_and_nat_that_leaves_something_alone() -> None:
    assert [step["path"] for step in apply_steps(rows_of(LINES)) if step["ordered"]] == [MANGLE, RULES]
    exempt = {"chain": "srcnat", "action": "accept", "comment": "multiwan:pcc_balance:nat:exempt:isp1:dst-address=10.0.0.0/8"}
    rows = {**rows_of(LINES), NAT: [exempt, *rows_of(LINES)[NAT]]}
    assert [step["path"] for step in apply_steps(rows) if step["ordered"]] == [NAT, MANGLE, RULES]


def test_removing_covers_every_path_of_the_plan() -> None:
    assert {step["path"] for step in remove_steps()} == set(rows_of(LINES))


@given(wans(), st.booleans())
def test_each_step_accepts_all_rows_that_it_writes(data, nat: bool) -> None:
    for step in apply_steps(rows_of(data, nat=nat)):
        assert all(accepted(row["comment"], step["restrict"]) for row in step["rows"])


@given(wans(), st.booleans())
def test_the_steps_together_write_the_whole_plan_once(data, nat: bool) -> None:
    rows = rows_of(data, nat=nat)
    written = [(step["path"], row) for step in apply_steps(rows) for row in step["rows"]]
    assert written == [(path, row) for path in rows for row in rows[path]]


@given(wans())
def test_no_step_touches_a_row_of_somebody_else(data) -> None:
    for step in (*apply_steps(rows_of(data)), *remove_steps()):
        assert not any(accepted(comment, step["restrict"]) for comment in FOREIGN)


@given(wans(), wans())
def test_what_goes_is_left_until_the_marks_are_written_and_then_cleared(old, new) -> None:
    """From any plan to any other: a wanted row is never cleared, an unwanted one of ours always is."""
    before, after = rows_of(old), rows_of(new)
    steps = apply_steps(after)
    marked = [step["path"] for step in steps].index(MANGLE)
    for path in (TABLES, ROUTES, NAT):
        unwanted = comments(before, path) - comments(after, path)
        first, last = [(number, step) for number, step in enumerate(steps) if step["path"] == path]
        assert first[0] < marked < last[0]
        assert not any(accepted(comment, first[1]["restrict"]) for comment in unwanted)
        assert all(accepted(comment, last[1]["restrict"]) for comment in unwanted)
        assert not any(accepted(comment, last[1]["restrict"]) for comment in comments(after, path))


@given(wans(), wans())
def test_what_is_known_to_have_nothing_left_is_not_cleared(old, new) -> None:
    before, after = rows_of(old), rows_of(new)
    others = [{"comment": comment} for comment in FOREIGN]
    found = {path: [*before[path], *others] for path in (TABLES, NAT)}  # nobody looked at the routes
    cleared = {step["path"] for step in apply_steps(after, found) if not step["rows"]}
    assert cleared == {ROUTES} | {path for path in found if comments(before, path) - comments(after, path)}


def test_a_name_is_no_pattern() -> None:
    """The row of a removed line `ispX3` is not taken for the one of `isp.3`, nor `isp11` for `isp1`."""
    for step in apply_steps(rows_of(LINES)):
        for name in ("ispX3", "isp11", "isp"):
            comment = f"multiwan:pcc_balance:table:{name}"
            if step["path"] == TABLES:
                assert accepted(comment, step["restrict"]) is (not step["rows"])


def test_without_nat_its_rows_are_cleared_after_the_marks() -> None:
    steps = apply_steps(rows_of(LINES, nat=False))
    nat = [step for step in steps if step["path"] == NAT]
    assert [step["rows"] for step in nat] == [[], []]
    gone = "multiwan:pcc_balance:nat:isp1"
    assert [accepted(gone, step["restrict"]) for step in nat] == [False, True]
    assert not any(accepted(comment, nat[0]["restrict"]) for comment in FOREIGN)


@given(wans())
def test_comments_are_unique_over_all_paths_and_ours(data) -> None:
    rows = rows_of(data)
    found = [str(row["comment"]) for path in rows for row in rows[path]]
    assert len(found) == len(set(found))
    assert all(OURS.match(comment) for comment in found)


@pytest.mark.parametrize("path", [LISTS, MEMBERS, ADDRESS_LIST, MANGLE])
def test_what_is_written_whole_takes_all_rows_of_ours(path: str) -> None:
    (step,) = [step for step in apply_steps(rows_of(LINES)) if step["path"] == path]
    assert step["restrict"] == [{"field": "comment", "regex": "^multiwan:pcc_balance:"}]


def test_the_lan_list_includes_lists_and_has_interfaces_as_members() -> None:
    rows = rows_of(LINES)
    assert rows[LISTS] == [{"name": "multiwan-lan", "comment": "multiwan:pcc_balance:lan", "include": "LAN"}]
    assert [(row["list"], row["interface"]) for row in rows[MEMBERS]] == [
        ("multiwan-lan", "bridge"),
        ("multiwan-lan", "vlan10"),
    ]


def test_a_line_is_masqueraded_or_has_its_address() -> None:
    rows = rows_of([LINES[0], {**LINES[1], "source_address": "198.51.100.2"}])[NAT]
    assert [(row["action"], row.get("to-addresses"), row["out-interface"]) for row in rows] == [
        ("masquerade", None, "ether1"),
        ("src-nat", "198.51.100.2", "ether2"),
    ]
