# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a removal would leave behind is looked at before the first write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.removal import NO_DEFAULT, NO_NAT, findings, reads
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST
from ansible_collections.multiwan.routeros.plugins.plugin_utils.site import Refused

from tests.lab.router.lab import Lab
from tests.unit.apply.router import apply, door
from tests.unit.door.runs import look, run

WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": 3},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
]
BALANCED = {"pcc_balance": {"wans": WANS, "lan_interfaces": ["ether3"]}}
ADDRESSES = """
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.168.88.1/24 interface=ether3
"""
DEFAULT1 = "/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1 comment=mine\n"
DEFAULT2 = "/ip route add dst-address=0.0.0.0/0 gateway=198.51.100.1\n"
NAT1, NAT2 = (f"/ip firewall nat add chain=srcnat action=masquerade out-interface={port}\n" for port in ("ether1", "ether2"))
NAT = "/ip firewall nat add chain=srcnat action=masquerade\n"
GONE = "/ip route remove [find comment=mine]\n"

NAT1_OFF = "/ip firewall nat disable [find out-interface=ether1 !comment]"

NO_WAY = "main has no active default route of its own, so the router would have no way out"
NO_WAY_BEFORE = "main is left without an active default route, as it was before the first run"
UNTRANSLATED = "no row but ours translates what goes out by {}, so the LAN would have no way out"
UNTRANSLATED_BEFORE = "nothing is left that translates what goes out by {}, as it was before the first run"


class Table:
    """A connection table with these rows."""

    def __init__(self, *found: Mapping[str, str]) -> None:
        self.found = found

    def rows(self) -> Sequence[Mapping[str, str]]:
        return [{".id": f"*{number}", "protocol": "tcp", **row} for number, row in enumerate(self.found, 1)]

    def remove(self, ids: Sequence[str]) -> None:
        raise NotImplementedError


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(interfaces=4) as lab:
        load(lab, ADDRESSES)
        yield lab


def load(lab: Lab, text: str) -> None:
    assert [str(line) for line in lab.load(text).skipped] == []


def said(lab: Lab) -> list[str]:
    """What a removal would say; what refuses it begins with an exclamation mark."""
    return [f"{'!' * finding.refuses}{finding.problem}" for finding in look(lab, {}, "pcc_balance").findings]


def commands(lab: Lab) -> list[str]:
    return [finding.command for finding in look(lab, {}, "pcc_balance").findings if finding.command]


ROUTERS = {
    "default and NAT": (DEFAULT1 + NAT1, "", []),
    "NAT without an interface": (DEFAULT1 + NAT, "", []),
    "NAT of a list": (
        f"{DEFAULT1}/interface list add name=WAN\n/interface list member add list=WAN interface=ether1\n"
        "/ip firewall nat add chain=srcnat action=masquerade out-interface-list=WAN",
        "",
        [],
    ),
    "NAT in a chain of its own": (
        f"{DEFAULT1}/ip firewall nat add chain=srcnat action=jump jump-target=out\n"
        "/ip firewall nat add chain=out action=masquerade out-interface=ether1",
        "",
        [],
    ),
    "neither": ("", "", [NO_WAY_BEFORE]),
    "no NAT": (DEFAULT1, "", [UNTRANSLATED_BEFORE.format("ether1")]),
    "no default": (NAT1, "", [NO_WAY_BEFORE]),
    "no default, one later": (NAT1, DEFAULT1, []),
    "no default, one later by an untranslated line": (NAT1, DEFAULT2, ["!" + UNTRANSLATED.format("ether2")]),
    "default that goes": (DEFAULT1 + NAT1, GONE, ["!" + NO_WAY]),
    "default that is disabled": (DEFAULT1 + NAT1, "/ip route disable [find comment=mine]", ["!" + NO_WAY]),
    "default that moves": (DEFAULT1 + NAT1, GONE + DEFAULT2, ["!" + UNTRANSLATED.format("ether2")]),
    "default that moves, all translated": (DEFAULT1 + NAT, GONE + DEFAULT2, []),
    "NAT of another line than main's": (DEFAULT2 + NAT1, f"{DEFAULT1}{NAT1_OFF}", [f"!{UNTRANSLATED}".format(f"ether{n}") for n in (1, 2)]),
    "NAT that goes": (DEFAULT1 + NAT1, "/ip firewall nat remove [find !comment]", ["!" + UNTRANSLATED.format("ether1")]),
    "NAT that is disabled": (DEFAULT1 + NAT1, "/ip firewall nat disable [find !comment]", ["!" + UNTRANSLATED.format("ether1")]),
    "NAT of another line": (DEFAULT1 + NAT1 + NAT2, NAT1_OFF, ["!" + UNTRANSLATED.format("ether1")]),
    "both go": (DEFAULT1 + NAT1, f"{GONE}/ip firewall nat remove [find !comment]", ["!" + NO_WAY, "!" + UNTRANSLATED.format("ether1")]),
    "a default of another table": (
        f"/routing table add name=vpn fib\n{DEFAULT1.strip()} routing-table=vpn\n{NAT1}",
        "",
        [NO_WAY_BEFORE],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "later", "expected"), ROUTERS.values(), ids=ROUTERS)
def test_no_router_loses_its_way_out(lab: Lab, before: str, later: str, expected: list[str]) -> None:
    load(lab, before)
    assert said(lab) == []
    run(lab, BALANCED)
    assert not run(lab, BALANCED).changed
    load(lab, later)
    assert said(lab) == expected
    there = json.loads(lab.dump())
    if any(text.startswith("!") for text in expected):
        with pytest.raises(Refused):
            run(lab, {}, "pcc_balance")
        assert json.loads(lab.dump()) == there
        for command in commands(lab):
            load(lab, command)
        assert said(lab) == []
    run(lab, {}, "pcc_balance")
    assert "multiwan" not in lab.dump()
    assert said(lab) == []


def test_what_was_lacking_is_noted_once(lab: Lab) -> None:
    def noted() -> list[str]:
        rows = json.loads(lab.dump())[ADDRESS_LIST]
        return [row["comment"] for row in rows if row["list"] == "multiwan-before" and row["disabled"] == "true"]

    run(lab, BALANCED)
    assert noted() == [NO_DEFAULT, NO_NAT]
    load(lab, DEFAULT1 + NAT1)
    run(lab, {"pcc_balance": {**BALANCED["pcc_balance"], "nat": False}})
    assert noted() == [NO_DEFAULT, NO_NAT]
    run(lab, {}, "pcc_balance")
    run(lab, BALANCED)
    assert noted() == []


def test_a_router_of_an_older_release_has_no_note(lab: Lab) -> None:
    """It is refused what nobody knows, unless its owner says so."""
    apply(lab, BALANCED["pcc_balance"])
    expected = [NO_WAY, UNTRANSLATED.format("ether1")]
    run(lab, BALANCED)
    assert said(lab) == [f"!{text}" for text in expected]
    with door(lab) as router:
        found = router.found(reads(router.user))
    assert [(finding.problem, finding.refuses) for finding in findings(found, anyway=True)] == [(text, False) for text in expected]


def test_routes_that_wait_behind_those_of_an_older_release_count(lab: Lab) -> None:
    """Those stand in main, at the lowest distances."""
    load(lab, NAT1)
    apply(lab, BALANCED["pcc_balance"])
    load(lab, '/routing rule remove [find comment~"multiwan"]\n/ip route set [find comment~"route:main"] routing-table=main')
    assert said(lab) == ["!" + NO_WAY]
    load(lab, f"{DEFAULT1.strip()} distance=20")
    assert said(lab) == []


@pytest.mark.parametrize("fault", ["drop_before_write", "drop_after_write"])
@pytest.mark.parametrize("before", ["", DEFAULT1 + NAT1], ids=["nothing", "default and NAT"])
def test_a_removal_that_was_cut_goes_on(lab: Lab, before: str, fault: str) -> None:
    load(lab, before)
    untouched = lab.dump()
    run(lab, BALANCED)
    begun = len(lab.writes)
    run(lab, {}, "pcc_balance")
    writes = len(lab.writes) - begun
    assert writes >= 8
    for number in range(1, writes + 1):
        run(lab, BALANCED)
        setattr(lab.faults, fault, number)
        with pytest.raises(RouterProblem):
            run(lab, {}, "pcc_balance")
        setattr(lab.faults, fault, 0)
        run(lab, {}, "pcc_balance")
        assert lab.dump() == untouched, f"cut at write {number}"


def test_what_cannot_be_read_stops_no_removal(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    run(lab, BALANCED)
    with door(lab) as router:
        call = router._engine.call
        asked = []

        def refusing(module: str, arguments: Mapping[str, object], *, check: bool = False) -> Any:
            asked.append(arguments["path"])
            return {"failed": True, "msg": "no such command"} if len(asked) % 2 else call(module, arguments, check=check)

        for odd in (True, False):
            asked[:] = [] if odd else ["one more"]
            monkeypatch.setattr(router._engine, "call", refusing)
            found = router.found(reads(router.user))
            assert set(asked) - {"one more"} <= found.keys()
            findings(found, anyway=False)


def test_few_connections_are_asked_for(lab: Lab) -> None:
    """Those to the router's own addresses, at the port of the service by which we come."""
    load(lab, "/ip service set api port=18728\n/ip service set api-ssl port=18729")
    mine = {"src-address": "127.0.0.1:5000", "dst-address": "198.51.100.2:18728", "tcp-state": "established"}
    others = [{**mine, "dst-address": end} for end in ("198.51.100.2:18729", "198.51.100.2:443", "9.9.9.9:18728", "127.0.0.1:18728")]
    with lab.router.services.plugged(connections=Table(mine, *others)), door(lab) as router:
        found = router.found(reads(router.user))
        assert [row["dst-address"] for row in found["ip firewall connection"]] == [mine["dst-address"]]
        assert found["user active"] == [{"name": "admin", "address": "127.0.0.1", "via": "api"}]
        assert router.found(reads("somebody"))["ip firewall connection"] == []


def session(own: str, **more: str) -> Mapping[str, str]:
    return {"src-address": "127.0.0.1:5000", "dst-address": f"{own}:8728", "tcp-state": "established", **more}


OVER1, OVER2, LAN = session("203.0.113.2"), session("198.51.100.2"), session("192.168.88.1")
MARKED2 = session("203.0.113.2", **{"connection-mark": "multiwan-isp2"})
CUT = (
    "this run comes from 127.0.0.1 by {}, and once the marks are gone its answers leave by another way: "
    "it would be cut off, and the rest of our rows would stay"
)
RULE = "/routing table add name=own fib\n/ip route add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=own\n"
SESSIONS = {
    "from the LAN": (DEFAULT1, [LAN], []),
    "over main's line": (DEFAULT1, [OVER1], []),
    "over another line": (DEFAULT1, [OVER2], ["isp2"]),
    "over another line, by its mark": (DEFAULT1, [MARKED2], ["isp2"]),
    "over the second line, which is main's": (DEFAULT2, [OVER2], []),
    "over the first line, which is not main's": (DEFAULT2, [OVER1], ["isp1"]),
    "ended": (DEFAULT1, [{**OVER2, "tcp-state": "time-wait"}], []),
    "of somebody else": (DEFAULT1, [{**OVER2, "src-address": "127.0.0.9:5000"}], []),
    "over both": (DEFAULT1, [OVER1, OVER2], ["isp2"]),
    "without a default": ("", [OVER1], ["isp1"]),
    "answered by a rule of the owner's": (f"{DEFAULT1}{RULE}/routing rule add src-address=198.51.100.2 table=own", [OVER2], []),
    "a rule of another address": (f"{DEFAULT1}{RULE}/routing rule add src-address=198.51.100.9 action=lookup table=own", [OVER2], ["isp2"]),
    "a rule of one interface": (
        f"{DEFAULT1}{RULE}/routing rule add src-address=198.51.100.2 interface=ether3 action=lookup table=own", [OVER2], ["isp2"]
    ),
    "answered by a route to us": (f"{DEFAULT1}/ip route add dst-address=127.0.0.0/24 gateway=198.51.100.1", [OVER2], []),
    "two defaults at once": (DEFAULT1 + DEFAULT2, [OVER2], ["isp2"]),
}  # fmt: skip


@pytest.mark.parametrize(("before", "connections", "by"), SESSIONS.values(), ids=SESSIONS)
def test_nobody_cuts_off_the_branch_they_sit_on(lab: Lab, before: str, connections: list[Mapping[str, str]], by: list[str]) -> None:
    load(lab, f"{before}\n{NAT1}{NAT2}")
    run(lab, BALANCED)
    with lab.router.services.plugged(connections=Table(*connections)):
        cut = [finding for finding in look(lab, {}, "pcc_balance").findings if finding.place == "/user active"]
        assert [finding.problem for finding in cut] == [CUT.format(line) for line in by]
        assert all(finding.refuses for finding in cut)
        for finding in cut:
            load(lab, finding.command)
        assert not {finding.problem for finding in cut} & {finding.problem for finding in look(lab, {}, "pcc_balance").findings}


def test_it_is_said_by_which_line_to_come(lab: Lab) -> None:
    load(lab, DEFAULT1 + NAT1)
    run(lab, BALANCED)
    with lab.router.services.plugged(connections=Table(OVER2)):
        (finding,) = look(lab, {}, "pcc_balance").findings
    assert finding.text == (
        f"/user active: {CUT.format('isp2')}; connect over isp1 or from the LAN, or first write /ip route add dst-address=127.0.0.1/32 "
        "gateway=198.51.100.1, or write pcc_balance_warn_only: [removal]"
    )
