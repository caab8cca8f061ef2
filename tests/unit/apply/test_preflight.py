# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each finding of the preflight, from rows that the modules have read.

They leave out fields that they do not know, and turn texts into numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import READS

from tests.lab.router.lab import Lab
from tests.unit.sentences import balance as check

from .router import apply, read_as

LINES = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "source_address": "198.51.100.7"},
]
INTENT = {"wans": LINES, "lan_interfaces": ["bridge", {"list": "LAN"}]}

SOUND = """
/interface bridge
add name=bridge
/interface bridge port
add bridge=bridge interface=ether3
/interface pppoe-client
add interface=ether4 name=pppoe-out1 user=x disabled=no
/interface list
add name=LAN
add name=WAN
/interface list member
add interface=bridge list=LAN
add interface=ether1 list=WAN
add interface=ether2 list=WAN
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=198.51.100.7/24 interface=ether2
add address=192.168.88.1/24 interface=bridge
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1 comment=own
/ip firewall filter
add action=fasttrack-connection chain=forward connection-mark=voip connection-state=established,related
add action=drop chain=input in-interface-list=!LAN
add action=drop chain=forward connection-nat-state=!dstnat connection-state=new in-interface-list=WAN
/ip firewall nat
add action=masquerade chain=srcnat dst-address=192.168.88.0/24 src-address=192.168.88.0/24
add action=dst-nat chain=dstnat dst-port=443 in-interface-list=WAN protocol=tcp to-addresses=192.168.88.20
"""

FINDINGS = {
    "port as LAN": ("", {"lan_interfaces": ["ether3"]}, "'ether3' is a port of the bridge 'bridge'"),
    "list with a line": ("", {"lan_interfaces": [{"list": "WAN"}]}, "the list 'WAN' holds 'ether1', the interface of WAN 'isp1'"),
    "Ethernet as gateway": (
        "",
        {"wans": [LINES[0], {**LINES[1], "gateway": "ether2"}]},
        "'ether2' is Ethernet (type ether)",
    ),
    "public network": (
        "/ip address add address=192.0.2.65/28 interface=ether5",
        {"lan_interfaces": ["bridge", "ether5"]},
        "pcc_balance_bypass: 192.0.2.64/28 is the network of ether5",
    ),
    "public other end": (
        "/ip address add address=10.0.0.1/32 network=192.0.2.9 interface=ether5",
        {"lan_interfaces": ["bridge", "ether5"]},
        "pcc_balance_bypass: 192.0.2.9/32 is the network of ether5",
    ),
    "public network elsewhere": (
        "/ip address add address=192.0.2.65/28 interface=ether5",
        {},
        "/ip route 192.0.2.64/28 by ether5: clients' connections",
    ),
    "strict": ("/ip settings set rp-filter=strict", {}, "/ip settings rp-filter=strict"),
    "FastTrack": ("/ip firewall filter add action=fasttrack-connection chain=forward comment=ft", {}, "/ip firewall filter 'ft'"),
    "default route": ("/ip route add dst-address=0.0.0.0/0 gateway=192.168.88.9 comment=old", {}, "/ip route 'old' by 192.168.88.9"),
    "redirect of one port": (
        "/ip firewall nat add action=redirect chain=dstnat dst-port=53 protocol=udp comment=dns",
        {},
        "add 53/udp to pcc_balance_bypass_services",
    ),
    "dst-nat of several ports": (
        "/ip firewall nat add action=dst-nat chain=dstnat dst-port=53,8000-8010 protocol=tcp to-addresses=192.168.88.2",
        {"bypass_services": ["53/tcp"]},
        "add 8000-8010/tcp to pcc_balance_bypass_services",
    ),
    "masquerade": ("/ip firewall nat add action=masquerade chain=srcnat out-interface-list=WAN comment=all", {}, "/ip firewall nat 'all'"),
    "server elsewhere": (
        "/ip address add address=10.7.0.1/24 interface=ether5\n"
        "/ip firewall nat add action=dst-nat chain=dstnat in-interface=ether1 to-addresses=10.7.0.2 comment=dmz",
        {},
        "/ip firewall nat 'dmz': 10.7.0.2 is behind ether5",
    ),
    "line without a guard": ("/interface list member remove [find interface=ether2]", {}, "the list 'WAN' lacks ether2"),
    "network behind a router": (
        "/ip route add dst-address=192.0.2.0/24 gateway=192.168.88.9",
        {},
        "/ip route 192.0.2.0/24 by 192.168.88.9",
    ),
    "gateways swapped": (
        "",
        {"wans": [{**LINES[0], "gateway": "198.51.100.1"}, {**LINES[1], "gateway": "203.0.113.1"}]},
        "multiwan_wans[0].gateway: 198.51.100.1 is in 198.51.100.0/24, the network of ether2, and not in one of ether1",
    ),
    "gateway of our own": (
        "",
        {"wans": [{**LINES[0], "gateway": "203.0.113.2"}, LINES[1]]},
        "multiwan_wans[0].gateway: 203.0.113.2 is an address of the router itself",
    ),
    "gateway out of reach": (
        "",
        {"wans": [{**LINES[0], "gateway": "192.0.2.1"}, LINES[1]]},
        "multiwan_wans[0].gateway: 192.0.2.1 is no neighbour of ether1, which has the networks 203.0.113.0/24",
    ),
    "line that is off": ("/interface ethernet disable ether2", {}, "multiwan_wans[1].interface: 'ether2' is disabled"),
    "no connection tracking": ("/ip firewall connection tracking set enabled=no", {}, "/ip firewall connection tracking enabled=no"),
    "list of our name": ("/interface list add name=multiwan-lan", {}, "/interface list multiwan-lan: the role needs this name"),
    "table of our name": ("/routing table add fib name=multiwan-isp2", {}, "/routing table multiwan-isp2: the role needs this name"),
    "address list of our name": (
        "/ip firewall address-list add list=multiwan-bypass address=10.0.0.0/8",
        {},
        "/ip firewall address-list multiwan-bypass: 10.0.0.0/8 is not of the role's making",
    ),
    "list without members": ("/interface list add name=guests", {"lan_interfaces": [{"list": "guests"}]}, "the lists have no members now"),
    "source of nobody": (
        "",
        {"wans": [LINES[0], {**LINES[1], "source_address": "198.51.100.9"}]},
        "multiwan_wans[1].source_address: 198.51.100.9 is no address of the router",
    ),
    "mark of somebody else, behind a jump": (
        "/ip firewall mangle add action=jump chain=prerouting jump-target=theirs\n"
        "/ip firewall mangle add action=mark-connection chain=theirs new-connection-mark=voip comment=voip",
        {},
        "these mark connections before ours do, so that none of them is balanced: 'voip'",
    ),
    "mark of somebody else": (
        "/ip firewall mangle add action=mark-connection chain=prerouting new-connection-mark=voip comment=voip",
        {},
        "these mark connections before ours do, so that none of them is balanced: 'voip'",
    ),
}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(interfaces=6) as lab:
        assert lab.load(SOUND).skipped == []
        yield lab


def found(lab: Lab, **changes: object) -> list[str]:
    """All that is found; errors first."""
    result = check({**INTENT, **changes}, read_as(lab, READS))
    return [*result["errors"], *result["warnings"]]


def test_on_a_sound_router_nothing_is_found_before_and_after_the_first_run(lab: Lab) -> None:
    assert found(lab) == []
    apply(lab, INTENT)
    assert found(lab) == []


@pytest.mark.parametrize(("configuration", "changes", "sentence"), FINDINGS.values(), ids=FINDINGS)
def test_what_is_wrong_is_found(lab: Lab, configuration: str, changes: dict[str, object], sentence: str) -> None:
    assert lab.load(configuration).skipped == []
    told = found(lab, **changes)
    assert any(sentence in line for line in told), told


def test_a_dialed_line_may_be_its_own_gateway(lab: Lab) -> None:
    assert lab.load("/interface list member add list=WAN interface=pppoe-out1").skipped == []
    assert found(lab, wans=[*LINES, {"name": "isp3", "interface": "pppoe-out1", "gateway": "pppoe-out1"}]) == []


def test_a_line_whose_gateway_does_not_answer_is_found(lab: Lab) -> None:
    apply(lab, INTENT)
    assert lab.load("/interface ethernet disable ether2").skipped == []
    assert any("multiwan_wans[1].gateway: 198.51.100.1 does not answer" in line for line in found(lab))


def test_services_and_networks_of_the_user_are_written_once(lab: Lab) -> None:
    intent = {**INTENT, "bypass": ["192.0.2.64/28"], "bypass_services": ["53/udp", "53/tcp", "8000-8099/tcp"]}
    assert apply(lab, intent) > 0
    assert apply(lab, intent) == 0
    assert apply(lab, INTENT) > 0
    assert apply(lab, INTENT) == 0
