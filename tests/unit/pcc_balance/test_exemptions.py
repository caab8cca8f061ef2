# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What NAT of others leaves untranslated, in rows of ours; and what it does not translate at all."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.exemptions import exemptions
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.surroundings import Surroundings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import label

from tests.lab.router.lab import Lab
from tests.unit.apply.router import read, run_steps

from .test_preflight import INTENT, Row, router

MASQUERADE: Row = {"chain": "srcnat", "action": "masquerade", "out-interface": "ether1"}


def exempt(*nat: Row, **options: object) -> list[Row]:
    intent = read_intent({**INTENT, **options})
    return exemptions(Surroundings(intent, router(nat=list(nat))))


def accept(line: int, what: str, **fields: object) -> Row:
    comment = f"multiwan:pcc_balance:nat:exempt:isp{line}:{what}"
    named = {key.replace("_", "-"): value for key, value in fields.items()}
    return {"chain": "srcnat", "action": "accept", "out-interface": f"ether{line}", **named, "comment": comment}


TO_10 = "dst-address=10.0.0.0/8"


@pytest.mark.parametrize(
    ("row", "rows"),
    [
        (MASQUERADE, []),
        ({**MASQUERADE, "dst-address": "10.0.0.0/8"}, []),
        ({**MASQUERADE, "dst-address": "!10.0.0.0/8"}, [accept(1, TO_10, dst_address="10.0.0.0/8")]),
        ({**MASQUERADE, "dst-address": "!10.0.0.0/8", "action": "src-nat"}, [accept(1, TO_10, dst_address="10.0.0.0/8")]),
        ({**MASQUERADE, "dst-address-list": "!vpn"}, [accept(1, "dst-address-list=vpn", dst_address_list="vpn")]),
        ({**MASQUERADE, "src-address-list": "!dmz"}, [accept(1, "src-address-list=dmz", src_address_list="dmz")]),
        (
            {**MASQUERADE, "src-address": "!192.0.2.0/28", "dst-address": "!10.0.0.0/8"},
            [accept(1, TO_10, dst_address="10.0.0.0/8"), accept(1, "src-address=192.0.2.0/28", src_address="192.0.2.0/28")],
        ),
        (
            {**MASQUERADE, "src-address": "192.168.88.0/24", "dst-address": "!10.0.0.0/8"},
            [accept(1, f"{TO_10},src-address=192.168.88.0/24", src_address="192.168.88.0/24", dst_address="10.0.0.0/8")],
        ),
        (
            {**MASQUERADE, "out-interface": "!bridge", "dst-address": "!10.0.0.0/8"},
            [accept(line, TO_10, dst_address="10.0.0.0/8") for line in (1, 2)],
        ),
        (
            {"chain": "srcnat", "action": "masquerade", "dst-address": "!10.0.0.0/8"},
            [accept(line, TO_10, dst_address="10.0.0.0/8") for line in (1, 2)],
        ),
        ({**MASQUERADE, "out-interface": "bridge", "dst-address": "!10.0.0.0/8"}, []),
        ({**MASQUERADE, "dst-address": "!10.0.0.0/8", "disabled": True}, []),
        ({**MASQUERADE, "dst-address": "!10.0.0.0/8", "comment": "multiwan:other:row"}, []),
        ({**MASQUERADE, "dst-address": "!10.0.0.0/8", "action": "accept"}, []),
        ({**MASQUERADE, "dst-address": "!10.0.0.0/8", "limit": "5,5:packet"}, []),
    ],
)
def test_what_theirs_lets_through_ours_lets_through(row: Row, rows: list[Row]) -> None:
    made = exempt(row)
    assert sorted(made, key=str) == sorted(rows, key=str)
    assert exempt(row, row) == made, "twice the same is once"
    assert exempt(row, nat=False) == []


def test_a_list_that_has_one_line_is_about_all() -> None:
    """Else the second line would begin to translate as soon as it is a member."""
    row = {"chain": "srcnat", "action": "masquerade", "out-interface-list": "WAN", "dst-address": "!10.0.0.0/8"}
    found = router(nat=[row])
    found["interface list member"] = [member for member in found["interface list member"] if member["interface"] != "ether2"]
    assert exemptions(Surroundings(read_intent(INTENT), found)) == [accept(line, TO_10, dst_address="10.0.0.0/8") for line in (1, 2)]


def test_what_ours_cannot_choose_by_is_told() -> None:
    row = {**MASQUERADE, ".id": "*4", "dst-address": "!10.0.0.0/8", "limit": "5,5:packet"}
    found = router(nat=[row])
    (finding,) = findings(read_intent(INTENT), found, probed=False)
    assert not finding.refuses
    assert finding.text == (
        f"/ip firewall nat {label(row)}: what it leaves untranslated gets the address of its line by our rows; "
        "add a row before it that accepts what is to stay as it is"
    )


OURS: Row = {"chain": "srcnat", "action": "masquerade", "out-interface": "ether1", "comment": "multiwan:pcc_balance:nat:isp1"}
ACCEPT: Row = {"chain": "srcnat", "action": "accept", "dst-address": "10.0.0.0/8"}


@pytest.mark.parametrize(
    ("row", "rows"),
    [
        (ACCEPT, [accept(line, TO_10, dst_address="10.0.0.0/8") for line in (1, 2)]),
        ({**ACCEPT, "out-interface": "ether2"}, [accept(2, TO_10, dst_address="10.0.0.0/8")]),
        (
            {**ACCEPT, "dst-address": "!10.0.0.0/8", "out-interface": "ether2"},
            [accept(2, "dst-address=!10.0.0.0/8", dst_address="!10.0.0.0/8")],
        ),
        ({**ACCEPT, "out-interface": "bridge"}, []),
        ({**ACCEPT, "disabled": True}, []),
        ({**ACCEPT, "chain": "dstnat"}, []),
        ({"chain": "srcnat", "action": "accept", "out-interface": "ether1"}, []),
    ],
)
def test_what_they_accept_behind_ours_is_not_translated_either(row: Row, rows: list[Row]) -> None:
    """Before ours it needs no help, and what accepts all of a line would be the end of it."""
    assert exempt(OURS, row) == rows
    assert exempt(OURS, *rows, row) == rows, "the same in the next run"
    assert exempt(row, OURS) == []


def test_an_accept_behind_ours_that_ours_cannot_say_is_told() -> None:
    told = findings(read_intent(INTENT), router(nat=[OURS, {**ACCEPT, "limit": "5,5:packet"}]), probed=False)
    assert [finding.kind for finding in told] == ["nat-exemption"]


def test_they_stand_before_the_rows_that_translate_whenever_they_come() -> None:
    intent = read_intent({**INTENT, "lan_interfaces": ["ether3"]})
    theirs = "/ip firewall nat add chain=srcnat action=masquerade out-interface=ether1 dst-address=!10.0.0.0/8"

    def run(lab: Lab) -> int:
        found = read(lab, ["interface", "interface list", "interface list member", "ip firewall nat", "ip route", "routing table"])
        rows = plan(intent, exempt=exemptions(Surroundings(intent, found)))
        return run_steps(lab, apply_steps(rows, found))

    with Lab() as lab:
        run(lab)
        lab.load(theirs, on_error="stop")
        run(lab)
        comments = [str(row.get("comment", "")) for row in read(lab, ["ip firewall nat"])["ip firewall nat"]]
        mine = [comment for comment in comments if comment]
        assert mine == [f"multiwan:pcc_balance:nat:{name}" for name in (f"exempt:isp1:{TO_10}", "isp1", "isp2")]
        assert run(lab) == 0
        lab.load('/ip firewall nat remove [find comment=""]', on_error="stop")
        run(lab)
        assert [row["comment"] for row in read(lab, ["ip firewall nat"])["ip firewall nat"]] == mine[1:]


LAN_ONLY = {"chain": "srcnat", "action": "masquerade", "src-address": "192.168.88.0/24"}


@pytest.mark.parametrize(
    ("nat", "lines"),
    [
        ([], ["isp1", "isp2"]),
        ([LAN_ONLY], ["isp1", "isp2"]),
        ([LAN_ONLY, MASQUERADE], ["isp2"]),
        ([{"chain": "srcnat", "action": "masquerade", "src-address": "!10.0.0.0/8"}], []),
        ([{"chain": "srcnat", "action": "masquerade", "src-address-type": "!local"}], ["isp1", "isp2"]),
        ([{"chain": "srcnat", "action": "masquerade"}], []),
    ],
)
def test_probes_that_nobody_translates_are_told(nat: list[Row], lines: list[str]) -> None:
    def told(probed: bool, **options: object) -> list[str]:
        return [
            finding.text for finding in findings(read_intent({**INTENT, **options}), router(nat=nat), probed) if finding.kind == "probe-nat"
        ]

    assert told(True, nat=False) == [
        f"pcc_balance_nat: no row translates the router's own packets on line {line}: a probe with another line's address gets no answer; "
        "let a masquerade row hold for it without a source, or the line may be taken for dead"
        for line in lines
    ]
    assert told(False, nat=False) == told(True) == []
