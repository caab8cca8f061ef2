# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the filter keeps out of one line and not of another, and the commands that mend it, run on a router."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import READS, findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.surroundings import Surroundings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found

from tests.lab.router.lab import Lab
from tests.unit.apply.router import read
from tests.unit.door.runs import look, run

from .test_preflight import INTENT, Row, router

DROP: Row = {".id": "*1", "chain": "input", "action": "drop"}
BY_LIST = {**DROP, "in-interface-list": "WAN"}
ONE = [{"list": "WAN", "interface": "ether2", "disabled": True}]


def told(found: Found, kinds: tuple[str, ...] = ("lists",)) -> list[Finding]:
    return [finding for finding in findings(read_intent(INTENT), found, probed=False) if finding.kind in kinds]


def beside(*filter_rows: Row, **rows: list[Row]) -> dict[str, list[Row]]:
    """A router whose list WAN has the first line only, unless it is said otherwise."""
    found = router(filter_rows=list(filter_rows), guards=[], **rows)
    found["interface list member"] = [row for row in found["interface list member"] if row["interface"] != "ether2"]
    return found


@pytest.mark.parametrize(
    "rows",
    [
        [DROP],
        [{**DROP, "in-interface-list": "!LAN"}],
        [{**DROP, "in-interface": "!bridge"}],
        [{**DROP, "in-interface": "ether1"}, {**DROP, "in-interface": "ether2"}],
        [{**DROP, "in-interface": "ether1", "protocol": "udp", "dst-port": 53}, {**DROP, "protocol": "udp"}],
        [{**BY_LIST, "connection-state": "new"}, {**DROP, "in-interface-list": "!LAN"}],
    ],
)
def test_lines_that_are_guarded_alike_are_no_news(rows: list[Row]) -> None:
    assert told(beside(*rows), ("lists", "unguarded")) == []


@pytest.mark.parametrize(
    "row",
    [
        {**BY_LIST, "connection-state": "invalid"},
        {**BY_LIST, "connection-state": "!established,related,new"},
        {**BY_LIST, "src-address-list": "attackers"},
        {**BY_LIST, "action": "accept", "protocol": "icmp"},
        {**BY_LIST, "in-interface-list": "!WAN"},
        {**BY_LIST, "disabled": True},
        {**BY_LIST, "comment": "multiwan:other:row"},
        {**BY_LIST, "chain": "output"},
    ],
)
def test_rows_that_keep_nothing_new_out_guard_nothing(row: Row) -> None:
    assert [finding.kind for finding in told(beside(row), ("lists", "unguarded"))] == ["unguarded"]


def test_where_no_line_is_guarded_there_is_one_remark() -> None:
    (remark,) = told(beside(), ("lists", "unguarded", "filter"))
    assert not remark.refuses
    assert remark.text == (
        "/ip firewall filter: no row of chain input keeps the internet out of any line, so that the router's own services are open to it"
    )


@pytest.mark.parametrize("chain", ["input", "forward"])
def test_a_line_that_a_list_lacks_is_added_to_it(chain: str) -> None:
    rows = [{**BY_LIST, "chain": chain}, {**BY_LIST, "chain": chain, "connection-state": "new", ".id": "*2"}]
    (finding,) = told(beside(*rows), ("lists", "filter"))
    member = {"list": "WAN", "interface": "ether2", "comment": "multiwan:pcc_balance:guard:WAN:isp2"}
    assert finding.refuses
    assert finding.additions == (("interface list member", member),)
    added = beside(*rows, members=[])
    added["interface list member"].append(member)
    (again,) = told(added, ("lists", "filter"))
    assert again.additions == finding.additions, "it does not go away because we have added it"
    assert not again.command
    added["interface list member"][-1] = {**member, "comment": "mine"}
    assert told(added, ("lists", "filter")) == []


def test_a_list_that_only_opens_something_is_told() -> None:
    (finding,) = told(beside({**BY_LIST, "action": "accept", "protocol": "icmp"}, DROP), ("lists", "filter"))
    assert not finding.refuses
    assert "the list 'WAN' lacks ether2, so this row does not hold for line isp2" in finding.text


def test_a_line_among_the_lan_is_taken_out() -> None:
    member = {".id": "*5", "list": "LAN", "interface": "ether3"}
    found = router(guards=[{**DROP, "in-interface-list": "!LAN"}], members=[member])
    lines = [INTENT["wans"][0], {**INTENT["wans"][1], "interface": "ether3"}]
    intent = read_intent({"wans": lines, "lan_interfaces": ["bridge"]})
    (finding,) = (finding for finding in findings(intent, found, probed=False) if finding.kind == "lists")
    assert [(change.path, change.row, change.fields) for change in finding.changes] == [
        ("interface list member", member, {"disabled": True})
    ]


def test_a_list_that_the_router_fills_gets_no_members() -> None:
    lines = [INTENT["wans"][0], {"name": "isp2", "interface": "pppoe-out1", "gateway": "pppoe-out1"}]
    found = router(filter_rows=[{**DROP, "in-interface-list": "dynamic"}], guards=[])
    (finding,) = (finding for finding in findings(read_intent({**INTENT, "wans": lines}), found, probed=False) if finding.kind == "lists")
    assert finding.additions == finding.changes == ()
    assert finding.command.endswith("in-interface=ether1 place-before=[find chain=input action=drop]")


def test_a_row_behind_a_jump_is_not_copied() -> None:
    rows = [{".id": "*1", "chain": "input", "action": "jump", "jump-target": "wan", "in-interface": "ether1"}]
    (finding,) = told(beside(*rows, {".id": "*2", "chain": "wan", "action": "drop"}))
    assert finding.command == ""
    assert "let it hold for all lines alike" in finding.text


LAB = """
/interface list add name=WAN
/interface list add name=LAN
/interface list member add list=LAN interface=ether3
/interface list member add list=WAN interface=ether1
"""
LINES = {**INTENT, "lan_interfaces": ["ether3"]}
NEW = "connection-state=new"


@pytest.mark.parametrize(
    "rows",
    [
        "chain=input action=drop in-interface-list=WAN",
        "chain=input action=drop in-interface=ether1",
        f'chain=input action=drop in-interface=ether1 protocol=tcp dst-port=22,8291 {NEW} comment="a \\"guard\\""',
        f"chain=forward action=reject reject-with=icmp-admin-prohibited in-interface=ether1 {NEW} connection-nat-state=!dstnat",
    ],
)
def test_the_command_mends_it(rows: str) -> None:
    with Lab() as lab:
        lab.load(f"{LAB}/ip firewall filter add chain=forward action=accept\n/ip firewall filter add {rows}\n", on_error="stop")
        (finding,) = lab_findings(lab)
        job = lab.device.start_script(finding.command)
        job.wait()
        assert job.error is None
        assert lab_findings(lab) == []
        there = read(lab, ["ip firewall filter"])["ip firewall filter"]
        if "list" not in rows:
            assert [row.get("in-interface") for row in there] == [None, "ether2", "ether1"]
            mine, theirs = (
                {key: value for key, value in row.items() if key not in (".id", "comment", "in-interface")} for row in there[1:]
            )
            assert mine == theirs


def test_rows_that_a_line_lacks_alike_are_one_finding() -> None:
    rows = ("chain=input action=drop comment=in", f"chain=forward action=drop {NEW} connection-nat-state=!dstnat")
    with Lab() as lab:
        for row in rows:
            lab.load(f"{LAB if row is rows[0] else ''}/ip firewall filter add {row} in-interface=ether1\n", on_error="stop")
        (finding,) = lab_findings(lab)
        place, _, problem = finding.text.partition(": ")
        assert place == f"/ip firewall filter 'in', chain=forward action=drop {NEW} connection-nat-state=!dstnat in-interface=ether1"
        assert problem.startswith("they guard line isp1, and line isp2 is open to the internet; write /ip firewall filter add chain=input")
        job = lab.device.start_script(finding.command)
        job.wait()
        assert job.error is None
        assert lab_findings(lab) == []
        there = read(lab, ["ip firewall filter"])["ip firewall filter"]
        assert [row["in-interface"] for row in there] == ["ether2", "ether1"] * 2


def test_the_command_takes_a_line_out_of_the_lan() -> None:
    with Lab() as lab:
        lab.load(f"{LAB}/interface list member add list=LAN interface=ether2\n", on_error="stop")
        lab.load("/ip firewall filter add chain=input action=drop in-interface-list=!LAN", on_error="stop")
        (finding,) = lab_findings(lab)
        job = lab.device.start_script(finding.command)
        job.wait()
        assert job.error is None
        assert lab_findings(lab) == []
        assert [row.get("disabled", False) for row in read(lab, ["interface list member"])["interface list member"]] == [False, False, True]


def lab_findings(lab: Lab) -> list[Finding]:
    return [finding for finding in findings(read_intent(LINES), read(lab, (*SMALL,)), probed=False) if finding.kind == "lists"]


SMALL = [path for path, how in READS.items() if not how.optional]


def test_all_interfaces_of_a_kind_are_those_of_the_type() -> None:
    """Both lines are Ethernet, and so are ports of the LAN's bridge; neither is dialed."""
    assert told(beside({**DROP, "in-interface": "all-ethernet"}), ("lists", "unguarded")) == []
    for other in ("all-ppp", "all-vlan", "all-wireless"):
        assert [finding.kind for finding in told(beside({**DROP, "in-interface": other}), ("lists", "unguarded"))] == ["unguarded"]
    intent = read_intent({**INTENT, "wans": [INTENT["wans"][0], {"name": "dsl", "interface": "pppoe-out1", "gateway": "pppoe-out1"}]})
    here = Surroundings(intent, router())
    assert here.meets({"out-interface": "all-ppp"}, "out", here.wans) == {"pppoe-out1"}
    assert here.meets({"out-interface": "!all-ppp"}, "out", here.wans) == {"ether1"}


def test_nobody_is_told_to_add_a_line_to_the_lists_of_the_lan() -> None:
    """It would open the router to the internet."""
    found = beside({**DROP, "in-interface-list": "!LAN"}, members=[])
    found["interface list member"] += [{"list": "LAN", "interface": "ether2", ".id": "*9"}]
    (finding,) = told(found, ("lists", "filter"))
    assert [(change.row["interface"], change.fields) for change in finding.changes] == [("ether2", {"disabled": True})]


LEFT = r"""
/interface list
add name=WAN
add name=LAN
/interface list member
add list=WAN interface=ether9
add list=LAN interface=bridge
/ip firewall filter
"""


@pytest.mark.parametrize(
    "row",
    [
        "add chain=input action=drop in-interface-list=WAN",
        "add chain=input action=accept in-interface-list=!WAN\nadd chain=input action=drop",
    ],
)
def test_lines_stay_guarded_when_the_line_for_which_the_row_was_written_is_gone(row: str) -> None:
    others = [{"name": "old", "interface": "ether9", "gateway": "192.0.2.1"}]
    options = {BALANCE: {"wans": [*INTENT["wans"], *others], "lan_interfaces": ["bridge"], "take_over": ["lists"]}}
    left = {BALANCE: {**options[BALANCE], "wans": INTENT["wans"]}}
    with Lab(interfaces=9) as lab:
        lab.load(f"/interface bridge add name=bridge\n{LEFT}{row}", on_error="stop")
        run(lab, options)
        members = read(lab, ("interface list member",))["interface list member"]
        assert {row["interface"] for row in members if row["list"] == "WAN"} == {"ether9", "ether1", "ether2"}
        run(lab, left)
        assert read(lab, ("interface list member",))["interface list member"] == members
        without = look(lab, {BALANCE: {**left[BALANCE], "take_over": []}})
        assert {finding.kind for finding in without.findings if finding.refuses} == {"lists"}
