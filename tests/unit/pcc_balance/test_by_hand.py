# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Balancing by hand in the styles of recipes and generators, and marks of others: what is refused, what is disabled, what stays."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row as Found
from hypothesis import given
from hypothesis import strategies as st

from .test_preflight import INTENT, Row, router

KINDS = ("balancing", "marks", "policy", "script")


def marked(mark: str, chain: str = "prerouting", **more: object) -> Row:
    """A row that gives a mark to connections."""
    return {"chain": chain, "action": "mark-connection", "new-connection-mark": mark, **_fields(more)}


def routed(table: str, chain: str = "prerouting", **more: object) -> Row:
    """A row that sends packets to a table."""
    return {"chain": chain, "action": "mark-routing", "new-routing-mark": table, **_fields(more)}


def accepted(chain: str = "prerouting", **more: object) -> Row:
    return {"chain": chain, "action": "accept", **_fields(more)}


def jump(target: str, chain: str = "prerouting", **more: object) -> Row:
    return {"chain": chain, "action": "jump", "jump-target": target, **_fields(more)}


def _fields(more: dict[str, object]) -> Row:
    return {key.replace("_", "-"): value for key, value in more.items()}


def pcc(mark: str, remainder: int, **more: object) -> Row:
    """A row that deals connections of the LAN."""
    return marked(mark, in_interface="bridge", per_connection_classifier=f"both-addresses:2/{remainder}", **more)


KNOWN = [
    routed("to1", connection_mark="c1", in_interface="bridge"),
    routed("to2", connection_mark="c2", in_interface="bridge"),
    routed("to1", "output", connection_mark="c1"),
    routed("to2", "output", connection_mark="c2"),
]
BY_HAND = [
    accepted(dst_address="203.0.113.0/24", in_interface="bridge"),
    marked("c1", in_interface="ether1", connection_mark="no-mark"),
    marked("c2", in_interface="ether2", connection_mark="no-mark"),
    pcc("c1", 0, connection_mark="no-mark", dst_address_type="!local"),
    pcc("c2", 1, connection_mark="no-mark", dst_address_type="!local"),
    *KNOWN,
]


def numbered(rows: Iterable[Row]) -> list[Row]:
    return [{".id": f"*{number}", **row} for number, row in enumerate(rows, 1)]


def told(mangle: list[Row], **more: list[Row]) -> list[Finding]:
    paths = {
        path.replace("_", " "): rows
        for path, rows in more.items()
        if path.split("_")[0] in ("system", "tool", "ppp", "routing") and path != "routing_table"
    }
    found = {**router(mangle=numbered(mangle), **{key: rows for key, rows in more.items() if key.replace("_", " ") not in paths}), **paths}
    return [finding for finding in findings(read_intent(INTENT), found, probed=False) if finding.kind in KINDS]


def only(mangle: list[Row], **more: list[Row]) -> Finding:
    (finding,) = told(mangle, **more)
    return finding


def changed(finding: Finding) -> dict[object, Found]:
    """The fields that become others, by the number of the row, or by its name."""
    return {change.row.get("name") or int(str(change.row[".id"]).strip("*")): change.fields for change in finding.changes}


OFF: Found = {"disabled": True}

STYLES = {
    "recipe of version 7": (BY_HAND, [2, 3, 4, 5]),
    "recipe of version 6, arrivals in input": (
        [
            marked("c1", "input", in_interface="ether1"),
            marked("c2", "input", in_interface="ether2"),
            *KNOWN[2:],
            pcc("c1", 0),
            pcc("c2", 1),
            *KNOWN[:2],
        ],
        [1, 2, 5, 6],
    ),
    "arrivals under names of their own, always marked": (
        [
            marked("in1", in_interface="ether1"),
            routed("to1", connection_mark="in1"),
            pcc("c1", 0),
            pcc("c2", 1),
            *KNOWN,
        ],
        [1, 3, 4],
    ),
    "arrivals by a list": ([marked("c1", in_interface_list="WAN"), pcc("c1", 0), pcc("c2", 1), *KNOWN], [1, 2, 3]),
    "the router's own connections are dealt": (
        [pcc("c1", 0), pcc("c2", 1), *KNOWN, marked("c1", "output", connection_mark="no-mark", nth="2,1"), marked("c2", "output")],
        [1, 2, 7, 8],
    ),
    "nth, the rest by a row without": (
        [
            marked("c1", in_interface="bridge", connection_state="new", nth="2,1"),
            marked("c2", in_interface="bridge", connection_state="new"),
            *KNOWN,
        ],
        [1, 2],
    ),
    "random, the rest by a row without": (
        [marked("c1", in_interface="bridge", random="50"), marked("c2", in_interface="bridge", connection_mark="no-mark"), *KNOWN],
        [1, 2],
    ),
    "the rest of a part of the LAN": (
        [
            marked("c1", in_interface="bridge", src_address="192.168.88.0/25", nth="2,1"),
            marked("c2", in_interface="bridge", src_address="192.168.88.0/25"),
            *KNOWN,
        ],
        [1, 2],
    ),
    "no interface, but lists of addresses": (
        [
            accepted(dst_address="192.168.88.0/24"),
            marked("c1", dst_address_list="!local", src_address_list="local", per_connection_classifier="src-address:2/0"),
            marked("c2", dst_address_list="!local", src_address_list="local", per_connection_classifier="src-address:2/1"),
            *KNOWN,
        ],
        [2, 3],
    ),
    "marked as the LAN's first": (
        [
            marked("lan", in_interface="bridge", connection_state="new"),
            {**pcc("c1", 0), "connection-mark": "lan"},
            {**pcc("c2", 1), "connection-mark": "lan"},
            *KNOWN,
        ],
        [1],
    ),
    "chains of their own": (
        [
            jump("new", connection_mark="no-mark", in_interface="bridge"),
            *KNOWN,
            {**marked("c1", "new"), "per-connection-classifier": "src-address:2/0"},
            {**marked("c2", "new"), "per-connection-classifier": "src-address:2/1"},
        ],
        [6, 7],
    ),
    "jumps that deal": (
        [
            jump("one", in_interface="bridge", connection_mark="no-mark", nth="2,1"),
            jump("two", in_interface="bridge", connection_mark="no-mark", nth="2,2"),
            jump("one", in_interface="bridge", connection_mark="c1"),
            jump("two", in_interface="bridge", connection_mark="c2"),
            marked("c1", "one"),
            routed("to1", "one"),
            marked("c2", "two"),
            routed("to2", "two"),
        ],
        [1, 2],
    ),
    "straight to the tables": (
        [
            routed("to1", in_interface="bridge", per_connection_classifier="src-address:2/0", passthrough=False),
            routed("to2", in_interface="bridge"),
        ],
        [1, 2],
    ),
    "local where !local was meant": ([pcc("c1", 0, dst_address_type="local"), pcc("c2", 1, dst_address_type="local"), *KNOWN], [1, 2]),
}


@pytest.mark.parametrize("style", STYLES)
def test_only_what_gives_marks_to_new_connections_is_disabled(style: str) -> None:
    rows, disabled = STYLES[style]
    lists: list[Row] = [{"list": "local", "address": "192.168.88.0/24"}]
    finding = only(rows, address_lists=lists)
    assert (finding.kind, finding.refuses) == ("balancing", True)
    assert changed(finding) == dict.fromkeys(disabled, OFF)
    after = [{**row, "disabled": number in disabled} for number, row in enumerate(rows, 1)]
    assert told(after, address_lists=lists) == []


def test_it_is_told_with_its_rows() -> None:
    finding = only([{**BY_HAND[1], "comment": "came by one"}, *BY_HAND[2:]])
    assert finding.text == (
        "/ip firewall mangle: this router is balanced by hand already: 8 mangle rows lead to the tables to1, to2, and new connections would"
        " not be ours: 'came by one', row 2 of chain prerouting (in-interface=ether2 connection-mark=no-mark),"
        " rows 3 and 4 of chain prerouting (in-interface=bridge connection-mark=no-mark dst-address-type=!local);"
        " disable these; the other rows may stay, connections that run keep their line by"
        " them, or write multiwan_take_over: [balancing], or write pcc_balance_warn_only: [balancing]"
    )


def test_it_is_the_same_in_each_run() -> None:
    ours: list[Row] = [dict(row) for row in plan(read_intent(INTENT))["ip firewall mangle"]]
    assert changed(only([*BY_HAND, *ours])) == changed(only(BY_HAND))


@pytest.mark.parametrize(
    "rows",
    [
        [pcc("c1", 0), pcc("c2", 1)],
        [{**pcc("c1", 0), "disabled": True}, *KNOWN],
        [marked("c1", in_interface="guests", per_connection_classifier="src-address:2/0"), *KNOWN],
        [routed("main", in_interface="guests", nth="2,1")],
    ],
    ids=["marks that lead nowhere", "disabled", "another network", "main"],
)
def test_other_rows_are_no_balancing(rows: list[Row]) -> None:
    assert [finding for finding in told(rows) if finding.kind == "balancing"] == []


POLICIES = {
    "MAC": {"src_mac_address": "02:00:00:00:00:01"},
    "address": {"src_address": "192.168.88.9"},
    "address list": {"dst_address_list": "bank"},
    "port": {"protocol": "tcp", "dst_port": "25"},
}


@pytest.mark.parametrize("limits", POLICIES.values(), ids=POLICIES)
def test_policies_stay_and_are_told(limits: dict[str, object]) -> None:
    words = " ".join(f"{key.replace('_', '-')}={value}" for key, value in limits.items())
    policy = marked("c2", **limits, comment="mine")
    balancing, told_of = told([policy, *BY_HAND])
    assert changed(balancing) == dict.fromkeys([3, 4, 5, 6], OFF)
    assert (told_of.kind, told_of.refuses) == ("policy", False)
    assert told_of.text == f"/ip firewall mangle 'mine': it stays: what it takes ({words}) goes by table to2 and is not balanced"


def test_a_policy_that_ours_would_overrule_stops_there() -> None:
    balancing, policy = told([*BY_HAND, routed("to2", src_mac_address="02:00:00:00:00:01", comment="mine")])
    assert changed(balancing) == {**dict.fromkeys([2, 3, 4, 5], OFF), 10: {"passthrough": False}}
    assert "set passthrough=no on 'mine', or ours overrule them" in balancing.text
    assert "it stays" in policy.text


def test_a_policy_that_was_overruled_is_left_alone() -> None:
    balancing, policy = told([routed("to2", in_interface="bridge", src_address="192.168.88.9", comment="mine"), *BY_HAND])
    assert changed(balancing) == dict.fromkeys([3, 4, 5, 6], OFF)
    assert policy.text == "/ip firewall mangle 'mine': rows behind it overrule it, as before: what it takes is balanced"


def test_a_policy_behind_ours_takes_nothing() -> None:
    ours: list[Row] = [dict(row) for row in plan(read_intent(INTENT))["ip firewall mangle"]]
    _balancing, policy = told([*BY_HAND, *ours, marked("c2", src_address="192.168.88.9", comment="late")])
    assert policy.text == "/ip firewall mangle 'late': it stands behind ours, so that what it takes is balanced"


def test_rules_are_policies() -> None:
    rules = [
        {"src-address": "192.168.88.9/32", "table": "to2", "action": "lookup"},
        {"src-address": "203.0.113.2/32", "table": "to1", "action": "lookup"},
    ]
    _balancing, policy = told(BY_HAND, routing_rule=rules)
    assert policy.text == "/routing rule: it stays: of 192.168.88.9/32, what is not balanced goes by table to2; marks come before rules"


NAMED = [{**row, "comment": f"PCC{number}"} for number, row in enumerate(BY_HAND)]
ENABLES = '/ip firewall mangle enable [find comment="PCC3"]'
SCRIPTS = {
    "netwatch": ({"tool_netwatch": [{"name": "w", "host": "192.0.2.1", "up-script": ENABLES}]}, ["w"]),
    "netwatch by a script": (
        {
            "tool_netwatch": [{"name": "w", "host": "192.0.2.1", "down-script": "/system script run back"}],
            "system_script": [{"name": "back", "source": ENABLES}],
        },
        ["w"],
    ),
    "netwatch by name": (
        {
            "tool_netwatch": [{"name": "w", "host": "192.0.2.1", "down-script": "back"}],
            "system_script": [{"name": "back", "source": ENABLES}],
        },
        ["w"],
    ),
    "scheduler, that netwatch starts": (
        {
            "tool_netwatch": [{"name": "w", "host": "192.0.2.1", "up-script": "/system scheduler enable again"}],
            "system_scheduler": [{"name": "again", "on-event": ENABLES, "disabled": True}],
        },
        ["w"],
    ),
    "scheduler that writes them anew": (
        {"system_scheduler": [{"name": "s", "on-event": "/ip firewall mangle remove [find]\n/ip firewall mangle\nadd chain=prerouting"}]},
        ["s"],
    ),
    "paths of version 7": (
        {"system_scheduler": [{"name": "s", "on-event": "/ip/firewall/mangle/enable [find where new-connection-mark=c1]"}]},
        ["s"],
    ),
}


@pytest.mark.parametrize("style", SCRIPTS)
def test_who_would_switch_them_back_is_disabled_too(style: str) -> None:
    rows, disabled = SCRIPTS[style]
    finding = only(NAMED, **rows)
    assert changed(finding) == dict.fromkeys([2, 3, 4, 5, *disabled], OFF)


def test_rows_that_only_scripts_enable_are_balancing_too() -> None:
    finding = only([{**row, "disabled": True} for row in NAMED], **SCRIPTS["netwatch"][0])
    assert changed(finding) == {"w": OFF}
    assert "no row of it is in force now, and scripts bring them: /tool netwatch '192.0.2.1'" in finding.text


REBUILD = """/ip firewall mangle remove [find]
/ip firewall mangle add chain=prerouting action=mark-connection new-connection-mark=c1 per-connection-classifier=src-address:2/0"""


def test_a_monitor_that_rebuilds_mangle_is_refused() -> None:
    monitor = [{"name": "monitor", "on-event": "/system script run rebuild"}]
    scripts = [{"name": "rebuild", "source": REBUILD}]
    kids = [marked("kids", "forward", connection_mark="no-mark", comment="kids")]
    for mangle, more in (([], {}), (kids, {}), (NAMED, dict.fromkeys([2, 3, 4, 5], OFF))):
        finding = only(mangle, system_scheduler=monitor, system_script=scripts)
        assert finding.kind == "balancing" and finding.refuses
        assert changed(finding) == {**more, "monitor": OFF}


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("tool_netwatch", {"host": "192.0.2.1", "down-script": '/ip route disable [find comment="PCC3"]'}),
        ("tool_netwatch", {"host": "192.0.2.1", "down-script": '/ip firewall mangle disable [find comment="kids"]'}),
        ("tool_netwatch", {"host": "192.0.2.1", "down-script": ENABLES, "disabled": True}),
        (
            "system_scheduler",
            {"name": "s", "on-event": ':log info [/ip firewall mangle get [find comment="PCC3"] bytes]; /queue simple set 0'},
        ),
        ("system_scheduler", {"name": "s", "on-event": ENABLES, "comment": "multiwan:failover_netwatch:control"}),
        ("system_script", {"name": "by hand", "source": ENABLES}),
    ],
    ids=["routes", "other rows", "disabled", "reads only", "ours", "nobody runs it"],
)
def test_other_scripts_are_left_alone(path: str, row: Row) -> None:
    kids = {"chain": "forward", "action": "mark-packet", "new-packet-mark": "kids", "comment": "kids"}
    assert changed(only([*NAMED, kids], **{path: [row]})) == dict.fromkeys([2, 3, 4, 5], OFF)


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ({"clients": [{"interface": "ether1", "script": ENABLES}]}, "/ip dhcp-client 'ether1'"),
        ({"ppp_profile": [{"name": "line", "on-up": ENABLES}]}, "/ppp profile 'line'"),
    ],
)
def test_scripts_of_leases_and_calls_are_told(rows: dict[str, list[Row]], name: str) -> None:
    balancing, script = told(NAMED, **rows)
    assert changed(balancing) == dict.fromkeys([2, 3, 4, 5], OFF)
    assert script.text == (
        f"{name}: its script switches rows of balancing by hand, which would mark connections before ours again;"
        " take what is about mangle out of it"
    )


BEFORE = "these mark connections before ours do, so that none of them is balanced"
OVER = "these mark connections over ours, which lose their line by it"
ANSWERS = "these mark connections over ours, as they take answers from the internet too"
MARKS = {
    "before ours": (marked("qos"), BEFORE),
    "before ours, of the LAN": (marked("qos", in_interface="bridge", connection_state="new", connection_mark="no-mark"), BEFORE),
    "before ours, a part": (marked("web", protocol="tcp", dst_port="80,443"), BEFORE),
    "behind routing, forward": (marked("qos", "forward"), OVER),
    "forward, up": (marked("up", "forward", out_interface="ether1"), OVER),
    "forward, down": (marked("down", "forward", in_interface_list="WAN"), OVER),
    "forward, new ones": (marked("up", "forward", connection_state="new", in_interface="bridge"), OVER),
    "postrouting": (marked("up", "postrouting", out_interface="ether2"), OVER),
    "answers": (marked("down", in_interface="ether1"), OVER),
    "answers to the router": (marked("down", "input", in_interface="ether1"), OVER),
    "answers of the router": (marked("own", "output"), OVER),
    "answers, by a port of a client": (marked("rdp", in_interface="ether1", protocol="tcp", dst_port="42000-42255"), ANSWERS),
}


@pytest.mark.parametrize(("row", "problem"), MARKS.values(), ids=MARKS)
def test_marks_before_or_over_ours_are_refused(row: Row, problem: str) -> None:
    finding = only([{**row, "comment": "qos"}])
    assert (finding.kind, finding.refuses) == ("marks", True)
    assert finding.problem == f"{problem}: 'qos'"


def test_answers_are_left_out_by_their_state() -> None:
    row = marked("rdp", in_interface="ether1", protocol="tcp", dst_port="42000-42255", comment="rdp")
    assert changed(only([row])) == {1: {"connection-state": "new"}}
    after = only([{**row, "connection-state": "new"}])
    assert not after.refuses
    assert after.problem.startswith("what it marks (")


HARMLESS = {
    "marks of packets": {"chain": "prerouting", "action": "mark-packet", "new-packet-mark": "up"},
    "size of segments": {"chain": "forward", "action": "change-mss", "new-mss": "clamp-to-pmtu"},
    "another interface": marked("guests", in_interface="ether6"),
    "to the router": marked("own", dst_address_type="local", in_interface="bridge"),
    "between private networks": marked("vpn", dst_address="10.0.0.0/8", in_interface="bridge"),
    "connections without a mark, forward": marked("rest", "forward", connection_mark="no-mark"),
    "marks of others": marked("more", "forward", connection_mark="vpn"),
    "within the LAN": marked("lan", "forward", in_interface="bridge", out_interface="bridge"),
    "the router's own new ones": marked("own", "output", connection_state="new"),
    "addresses that no LAN has": routed("vpn", src_address="192.168.69.11-192.168.69.19"),
    "known marks": routed("vpn", connection_mark="vpn", passthrough=False),
    "networks of the lines": accepted(in_interface="bridge", dst_address="203.0.113.0/24"),
    "private networks": accepted(dst_address="192.168.0.0/16", src_address="192.168.0.0/16"),
    "disabled": marked("qos", disabled=True),
    "dynamic, of another chain": {"chain": "hs", "action": "mark-connection", "new-connection-mark": "x", "dynamic": True},
}


@pytest.mark.parametrize("row", HARMLESS.values(), ids=HARMLESS)
def test_rows_that_take_nothing_of_ours_are_not_told(row: Row) -> None:
    assert told([row]) == []


TAKEN = {
    "accepted": accepted(in_interface="bridge"),
    "accepted once known": accepted(connection_state="established,related"),
    "accepted but for a list": accepted(in_interface_list="LAN", src_address_list="!balanced"),
    "routed": routed("vpn", in_interface="bridge", passthrough=False),
    "routed, and on": routed("vpn", in_interface="bridge"),
    "marked and routed": marked("vpn", in_interface="bridge"),
}


def test_arrivals_in_input_that_lead_to_a_table_are_harmless() -> None:
    assert told([marked("c1", "input", in_interface="ether1"), routed("to1", "output", connection_mark="c1")]) == []


@pytest.mark.parametrize("row", TAKEN.values(), ids=TAKEN)
def test_what_takes_everything_is_refused(row: Row) -> None:
    finding = only([{**row, "comment": "all"}, routed("vpn", connection_mark="vpn")])
    assert (finding.kind, finding.refuses) == ("marks", True)
    assert finding.problem.startswith("'all' sends all that comes from the LAN to ")


@pytest.mark.parametrize(
    "halves", [("192.168.88.0/25", "192.168.88.128/25"), ("192.168.88.0-192.168.88.99", "192.168.88.100-192.168.88.255")]
)
def test_parts_that_are_everything_together_are_refused(halves: tuple[str, str]) -> None:
    rows = [
        routed("one", src_address=halves[0], passthrough=False, comment="one"),
        accepted(src_address=halves[1], comment="other"),
    ]
    refusing = [finding for finding in told(rows) if finding.refuses]
    assert [(finding.kind, finding.problem.rpartition(": ")[2]) for finding in refusing] == [("marks", "'one', 'other'")]
    assert not [finding for finding in told(rows[:1]) if finding.refuses]


PARTS = {
    "accepted": (accepted(src_address="192.168.88.9"), "routing rules and main"),
    "routed": (routed("vpn", src_address="192.168.88.9", passthrough=False), "table vpn"),
    "marked and routed": (marked("vpn", src_address="192.168.88.9"), "table vpn"),
}


@pytest.mark.parametrize(("row", "way"), PARTS.values(), ids=PARTS)
def test_what_takes_a_part_is_told(row: Row, way: str) -> None:
    finding = only([{**row, "comment": "part"}, routed("vpn", connection_mark="vpn")])
    assert (finding.kind, finding.refuses) == ("policy", False)
    assert finding.problem == f"it stays: what it takes (src-address=192.168.88.9) goes by {way} and is not balanced"


def test_a_part_that_ours_would_overrule_is_refused() -> None:
    finding = only([routed("vpn", src_address="192.168.88.9", comment="part")])
    assert (finding.kind, finding.refuses) == ("marks", True)
    assert changed(finding) == {1: {"passthrough": False}}


def test_rows_that_hide_what_arrives_are_refused() -> None:
    row = accepted(dst_address="203.0.113.0/24", comment="wan")
    finding = only([row])
    assert changed(finding) == {1: {"in-interface": "bridge"}}
    assert told([{**row, "in-interface": "bridge"}]) == []
    more: list[Row] = [{"list": "LAN", "interface": "ether6"}]
    assert changed(only([row], members=more)) == {1: {"in-interface-list": "LAN"}}
    assert finding.kind == "marks"
    assert finding.problem == "'wan' accepts what comes in by a line before ours can mark it: answers would go by main"


ROWS = st.sampled_from(
    [
        *(row for rows, _disabled in STYLES.values() for row in rows),
        *(row for row, _problem in MARKS.values()),
        *HARMLESS.values(),
        *TAKEN.values(),
        *(row for row, _table in PARTS.values()),
    ]
)


@given(st.lists(ROWS, max_size=14))
def test_changes_never_touch_what_routes_known_marks_or_leads_elsewhere(rows: list[Row]) -> None:
    """Whatever stands there, in whatever order; and what is changed is no reason to complain any more."""
    mangle = numbered(rows)
    goes = {row.get("new-routing-mark") for row in rows} - {None, "main"}
    for finding in told(rows):
        for change in finding.changes:
            row = next(row for row in mangle if row[".id"] == change.row[".id"])
            assert row == change.row
            assert not row.get("disabled")
            if change.fields == OFF:
                assert row["action"] in ("mark-connection", "mark-routing", "jump")
                assert row["action"] != "mark-routing" or str(row.get("connection-mark", "no-mark")) == "no-mark"
                assert goes


@given(st.permutations(BY_HAND))
def test_the_order_of_rows_does_not_matter(rows: list[Row]) -> None:
    finding = next(finding for finding in told(rows) if finding.kind == "balancing")
    givers = [number for number, row in enumerate(rows, 1) if row["action"] == "mark-connection"]
    assert changed(finding) == dict.fromkeys(givers, OFF)
