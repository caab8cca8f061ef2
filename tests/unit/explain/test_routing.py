# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of a packet by marks, rules, tables and routes, against the look-up of the lab, on routers that are read over the API."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.packets import Packet, Scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.routing import BESIDE, LINE, LOCAL, NOWHERE, UNSURE, way
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.scenes import READS, found_scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent

from tests.lab.network.lookup import BLACKHOLE, IS_LOCAL, NO_ROUTE, UNREACHABLE, lookup
from tests.lab.router.lab import Lab
from tests.unit.apply.router import apply, read_as

from .scene import CLIENT, INTENT, router

CONFIGURATION = """
/interface wireguard
add name=wireguard1
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
add address=10.9.0.1/24 interface=wireguard1
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
add dst-address=10.20.0.0/16 gateway=10.9.0.2
add dst-address=100.64.7.0/24 gateway=198.51.100.1
add dst-address=172.16.9.0/24 blackhole
/routing table
add name=vpn fib
/ip route
add dst-address=0.0.0.0/0 gateway=10.9.0.2 routing-table=vpn
"""
WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
]
DATA = {"wans": WANS, "lan_interfaces": ["ether3"]}
DESTINATIONS = (
    *("198.18.0.1", "203.0.113.1", "198.51.100.77", "192.168.88.64", "192.168.88.1", "203.0.113.2", "10.9.0.2", "10.20.3.4"),
    *("10.99.0.1", "100.64.7.7", "100.64.8.8", "172.16.9.9"),
)
MARKS = ("", "multiwan-isp1", "multiwan-isp2", "vpn")
VARIANTS = {
    "as it is": "",
    "a rule for a client": f"/routing rule add action=lookup-only-in-table src-address={CLIENT}/32 table=vpn",
    "a rule for the LAN": "/routing rule add action=lookup interface=ether3 table=vpn",
    "a rule that drops": "/routing rule add action=drop dst-address=198.18.0.0/15",
    "a rule that refuses": "/routing rule add action=unreachable dst-address=10.99.0.0/16",
    "main is demoted": '/ip route set [find comment="multiwan:pcc_balance:route:main:isp1"] distance=101',
    "isp2 is demoted": '/ip route set [find comment~":isp2\\$"] distance=102',
    "a gateway in no network": '/ip route set [find comment="multiwan:pcc_balance:route:main:isp1"] gateway=192.0.2.254',
    "a route is off": '/ip route disable [find comment="multiwan:pcc_balance:route:isp1:isp1"]',
    "no rules": "/routing rule remove [find]",
    "another order": "/routing settings set policy-rules=vrf-lookup,vrf-unreach,local,user,mangle,main",
}
KINDS = {IS_LOCAL: LOCAL, NO_ROUTE: NOWHERE, BLACKHOLE: NOWHERE, UNREACHABLE: NOWHERE}
LINES = {"ether1": "isp1", "ether2": "isp2"}


def scene_of(lab: Lab) -> Scene:
    return found_scene(read_intent(DATA), read_as(lab, READS))


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_packet_goes_where_the_lab_sends_it(variant: str) -> None:
    with Lab(version="7.22.3") as lab:
        lab.load(CONFIGURATION)
        apply(lab, DATA)
        assert not lab.load(VARIANTS[variant]).skipped
        scene = scene_of(lab)
        for destination in DESTINATIONS:
            for mark in MARKS:
                packet = Packet(IPv4Address(CLIENT), IPv4Address(destination), "tcp", came_in=frozenset({"ether3"}), routing_mark=mark)
                found = way(scene, packet)
                wanted = lookup(lab.router, destination, mark, CLIENT, "ether3")
                case = (variant, destination, mark, found)
                if wanted in KINDS:
                    assert found.kind == KINDS[wanted], case
                else:
                    assert found.interfaces == {wanted}, case
                    assert (found.kind, found.line) == ((LINE, LINES[wanted]) if wanted in LINES else (BESIDE, "")), case


def outside(to: str = "198.18.0.1", mark: str = "") -> Packet:
    return Packet(IPv4Address(CLIENT), IPv4Address(to), "tcp", came_in=frozenset({"bridge"}), routing_mark=mark)


@pytest.mark.parametrize(
    ("more", "doubt"),
    [
        ({"routing rule": [{"action": "lookup", "table": "vpn", "realm": 5, "comment": "mine"}]}, "/routing/rule 'mine' asks for realm=5"),
        ({"routing rule": [{"action": "mangle", "comment": "mine"}]}, "/routing/rule 'mine' has action=mangle"),
        (
            {"ip route": [{"dst-address": "198.18.0.0/15", "gateway": "10.77.0.1@other", "comment": "mine", "active": True}]},
            "/ip/route 'mine' leads by 10.77.0.1@other, which is not known",
        ),
        (
            {
                "ip route": [
                    {"dst-address": "198.18.0.0/15", "immediate-gw": "203.0.113.1%ether1,x%ether4", "active": True, "comment": "mine"}
                ]
            },
            "/ip/route 'mine' leads by ether1 and ether4 at once",
        ),
    ],
)
def test_what_is_not_understood_is_said(more: dict, doubt: str) -> None:
    found = way(router(more, first=True), outside())
    assert (found.kind, found.doubt) == (UNSURE, doubt)


def test_a_blackhole_that_is_a_default_route_may_be_hidden_or_not() -> None:
    scene = router({"ip route": [{"dst-address": "0.0.0.0/0", "blackhole": "", "distance": 0, "active": True, "comment": "last"}]}, INTENT)
    routes = [row for row in scene.found["ip route"] if row.get("gateway") != "203.0.113.1" or row.get("comment")]
    blind = Scene(scene.intent, {**scene.found, "ip route": routes})
    assert way(blind, outside()).doubt == "/ip/route 'last' is a blackhole, and whether the rule hides it is not known"
