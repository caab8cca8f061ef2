# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router that is balanced by hand 50 : 50, and its owner wants 90 : 10; and rows of QoS that mark connections beside ours.

Shares are counted at the ISPs, and downloads run while rows change.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import READS, findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE

from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Line
from tests.unit.apply.router import foreign, read_as
from tests.unit.door.runs import run

from .conftest import ADDRESSES, LANS

LAN, OFFICE = LANS[:2]
CLIENTS = LAN.clients(40)
FAST = 20_000_000
LINES = [
    Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24", down=FAST, up=FAST),
    Line("isp2", "ether2", "198.51.100.1", "198.51.100.0/24", down=FAST, up=FAST),
]
INTENT: dict[str, Any] = {
    "wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": 9},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": 1},
    ],
    "lan_interfaces": ["ether3", "ether4"],
}
BASE = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
add address=192.168.99.1/24 interface=ether4
/ip route
add gateway=203.0.113.1 dst-address=0.0.0.0/0 distance=1
add gateway=198.51.100.1 dst-address=0.0.0.0/0 distance=2
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=ether2
"""
TABLES = """
/routing table
add name=to1 fib
add name=to2 fib
/ip route
add gateway=203.0.113.1 routing-table=to1 dst-address=0.0.0.0/0
add gateway=198.51.100.1 routing-table=to2 dst-address=0.0.0.0/0
/ip firewall mangle
"""
ROUTED = """
add action=mark-routing chain=prerouting connection-mark=c1 in-interface=ether3 new-routing-mark=to1
add action=mark-routing chain=prerouting connection-mark=c2 in-interface=ether3 new-routing-mark=to2
add action=mark-routing chain=output connection-mark=c1 new-routing-mark=to1
add action=mark-routing chain=output connection-mark=c2 new-routing-mark=to2
"""


def dealt(limit: str = "") -> str:
    """Connections of the LAN, dealt to two marks."""
    rows = (
        "add action=mark-connection chain=prerouting dst-address-type=!local in-interface=ether3 per-connection-classifier=both-addresses:"
    )
    return "".join(f"{rows}2/{n} new-connection-mark=c{n + 1} {limit}\n" for n in (0, 1))


STYLES = {
    "marked once": f"""{TABLES}
add action=mark-connection chain=prerouting connection-mark=no-mark connection-state=new in-interface=ether1 new-connection-mark=c1
add action=mark-connection chain=prerouting connection-mark=no-mark connection-state=new in-interface=ether2 new-connection-mark=c2
{dealt("connection-mark=no-mark")}{ROUTED}""",
    "marked by each packet": f"""{TABLES}
add action=accept chain=prerouting dst-address=203.0.113.0/24 in-interface=ether3
add action=accept chain=prerouting dst-address=198.51.100.0/24 in-interface=ether3
add action=mark-connection chain=prerouting in-interface=ether1 new-connection-mark=in1
add action=mark-connection chain=prerouting in-interface=ether2 new-connection-mark=in2
add action=mark-connection chain=input in-interface=ether1 new-connection-mark=c1
add action=mark-connection chain=input in-interface=ether2 new-connection-mark=c2
{dealt()}
add action=mark-routing chain=prerouting connection-mark=in1 in-interface=ether3 new-routing-mark=to1
add action=mark-routing chain=prerouting connection-mark=in2 in-interface=ether3 new-routing-mark=to2
{ROUTED}""",
}
"""Both are 50 : 50. In the second one, neither what arrives nor what is dealt asks for a mark that is there."""


def told(room: Room) -> list[Finding]:
    """What balancing by hand, and marks, have against ours."""
    said = findings(read_intent(INTENT), read_as(room.lab, READS), probed=False)
    return [finding for finding in said if finding.kind in ("balancing", "marks", "policy", "script")]


def balance(room: Room, **options: object) -> bool:
    """Run the role, and return whether it has changed anything; without an answer it would refuse what it finds here."""
    answer = {"warn_only": ["balancing", "marks"]} if "take_over" not in options else {}
    changes = run(room.lab, {BALANCE: {**INTENT, **answer, **options}})
    room.network.kernel.settle()
    return bool(changes.changed)


def remove(room: Room) -> None:
    run(room.lab, {}, BALANCE)
    room.network.kernel.settle()


def shares(room: Room, lan: str = "lan", clients: Sequence[str] = CLIENTS, count: int = 400) -> dict[str, int]:
    return count_by_line(room.network, lan, "tcp", list(different_pairs(list(clients), count)))


def broken_while(room: Room, act: Callable[[], None]) -> int:
    """How many of 16 downloads break while something is done to the router; the machine may be slow, so they have patience."""
    result: dict[str, Any] = {}
    lan = room.network.clients["lan"].namespace
    pairs = list(different_pairs(CLIENTS[:16], 16))
    thread = threading.Thread(target=lambda: result.update(run_clients(lan, "keep", pairs=pairs, seconds=7, stall=4.0)))
    thread.start()
    threading.Event().wait(1.5)
    act()
    thread.join()
    return int(result["again"])


def exported(rows: dict[str, list[dict[str, str]]]) -> dict[str, list[dict[str, str]]]:
    """Rows without what an export leaves out: that one is not disabled."""
    return {path: [{key: row[key] for key in row if (key, row[key]) != ("disabled", "false")} for row in rows[path]] for path in rows}


@pytest.mark.parametrize("style", STYLES)
def test_taking_over_breaks_nothing_and_balances(style: str) -> None:
    with open_room(BASE + STYLES[style], LINES, [LAN], seed=7, engines=False) as room:
        before = shares(room)
        assert before["isp1"] in range(160, 240)
        (finding,) = told(room)
        assert (finding.kind, finding.refuses) == ("balancing", True)

        rows = foreign(room.lab)
        assert broken_while(room, lambda: balance(room, take_over=["balancing"])) == 0
        assert foreign(room.lab) != rows
        assert not balance(room, take_over=["balancing"])
        assert shares(room)["isp1"] in range(340, 380)
        if style == "marked once":
            assert broken_while(room, lambda: remove(room)) == 0
        else:  # its hash decides for each packet, also of what runs
            remove(room)
        assert exported(foreign(room.lab)) == exported(rows)
        assert shares(room) == before


def test_without_taking_over_nothing_is_as_wanted() -> None:
    """The fault that is refused: green, and the shares are those of the other rows."""
    with open_room(BASE + STYLES["marked by each packet"], LINES, [LAN], seed=7, engines=False) as room:
        balance(room)
        assert shares(room)["isp1"] in range(160, 240)


def test_a_policy_goes_on_by_its_line() -> None:
    """By the MAC address of the office; its row lets packets pass, so that ours would overrule it."""
    with open_room(BASE + STYLES["marked once"], LINES, [LAN, OFFICE], seed=7, engines=False) as room:
        office = room.network.clients["office"].namespace
        mac = office.inside(lambda: office.netlink.get_links()[-1].get_attr("IFLA_ADDRESS"))
        room.load(f"/ip firewall mangle add action=mark-routing chain=prerouting src-mac-address={mac} new-routing-mark=to2 comment=office")
        by_its_line = {"isp1": 0, "isp2": 40}
        assert shares(room, "office", OFFICE.clients(10), 40) == by_its_line
        balancing, policy = told(room)
        assert policy.place == "/ip firewall mangle 'office'"
        assert [change.fields for change in balancing.changes if change.row.get("comment") == "office"] == [{"passthrough": False}]
        balance(room, take_over=["balancing"])
        assert shares(room, "office", OFFICE.clients(10), 40) == by_its_line
        assert shares(room)["isp1"] in range(340, 380)


def test_qos_that_marks_connections() -> None:
    row = "/ip firewall mangle add chain={} action=mark-{} new-{}-mark=all in-interface={} comment=QoS"
    with open_room(BASE, LINES, [LAN], seed=7, engines=False) as room:
        balance(room)
        balanced = shares(room)
        assert balanced["isp1"] in range(340, 380)
        remove(room)

        room.load(row.format("prerouting", "connection", "connection", "ether3"))
        (before_ours,) = told(room)
        assert (before_ours.kind, before_ours.refuses) == ("marks", True)
        assert "'QoS'" in before_ours.problem
        balance(room)
        assert shares(room) == {"isp1": 400, "isp2": 0}

        room.load("/ip firewall mangle remove [find comment=QoS]")
        room.load(row.format("prerouting", "packet", "packet", "ether3"))
        assert told(room) == []
        assert shares(room) == balanced

        room.load("/ip firewall mangle remove [find comment=QoS]")
        assert spoofed(room) == 0
        room.load(row.format("forward", "connection", "connection", "ether3"))
        (over_ours,) = told(room)
        assert (over_ours.kind, over_ours.refuses) == ("marks", True)
        assert spoofed(room) > 0


def test_what_arrives_is_answered_by_its_line() -> None:
    """Beside an accept of the recipe that is not limited to the LAN, which hides it from our rows."""
    forward = f"add action=dst-nat chain=dstnat protocol=tcp dst-port=8080 dst-address-type=local to-addresses={CLIENTS[0]}\n"
    accept = "/ip firewall mangle add action=accept chain=prerouting dst-address=198.51.100.0/24\n"
    with open_room(BASE + forward + accept, LINES, [LAN], seed=7, engines=False) as room:

        def taken() -> int:
            pairs = [("8.8.4.4", ADDRESSES["isp2"])]
            return int(run_clients(room.network.internet.namespace, "connect", pairs=pairs, patience=2)["taken"])

        balance(room, lan_interfaces=["ether3"])
        assert taken() == 0
        balance(room, lan_interfaces=["ether3"], take_over=["marks"])
        assert taken() == 1


def spoofed(room: Room) -> int:
    """How many packets of connections with data come to an ISP with the address of the other line."""
    with room.network.observe() as seen:
        run_clients(room.network.clients["lan"].namespace, "connect", pairs=list(different_pairs(CLIENTS, 40)))
    return sum(counters["spoofed"].packets for counters in seen.values())
