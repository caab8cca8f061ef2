# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What keeps packets from our rows or decides over them, addresses that do not fit, and IPv6: what is told, and what is no news."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import READS, findings

from tests.lab.router.lab import Lab
from tests.unit.apply.router import apply, read

from .test_preflight import INTENT, SWITCH, SWITCH_PORT, Row, router


def kinds(intent: dict[str, object] = INTENT, **rows: list[Row]) -> list[str]:
    return [finding.kind for finding in findings(read_intent(intent), router(**rows), probed=False)]


def texts(**rows: list[Row]) -> list[str]:
    return [finding.text for finding in findings(read_intent(INTENT), router(**rows), probed=False)]


def line(**changes: object) -> dict[str, object]:
    """The intent with its second line changed."""
    return {**INTENT, "wans": [INTENT["wans"][0], {**INTENT["wans"][1], **changes}]}


VLAN = line(interface="vlan7", gateway="198.51.100.1")
MOVED = {"addresses": [{"address": "198.51.100.3/24", "network": "198.51.100.0", "interface": "vlan7"}], "interfaces": [{"name": "vlan7"}]}


@pytest.mark.parametrize(
    ("switch", "port", "told"),
    [
        ({}, {}, ["l3-hardware"]),
        ({"l3-hw-offloading": False}, {}, []),
        ({}, {"l3-hw-offloading": False}, []),
        ({}, {"name": "ether3"}, []),
        ({}, {"switch": "switch2"}, []),
    ],
)
def test_a_line_that_the_switch_chip_routes_to(switch: Row, port: Row, told: list[str]) -> None:
    assert kinds(switches=[{**SWITCH, **switch}], switch_ports=[{**SWITCH_PORT, **port}]) == told


def test_a_vlan_and_a_bridge_send_by_their_ports() -> None:
    chip = {"switches": [SWITCH], "switch_ports": [{**SWITCH_PORT, "name": "ether6"}], **MOVED}
    port = [{"interface": "ether6", "bridge": "bridge2"}]
    assert kinds(VLAN, vlans=[{"name": "vlan7", "interface": "ether6"}], **chip) == ["l3-hardware"]
    assert kinds(VLAN, vlans=[{"name": "vlan7", "interface": "bridge2"}], ports=port, **chip) == ["l3-hardware"]
    assert kinds(VLAN, vlans=[{"name": "vlan7", "interface": "ether5"}], **chip) == []


@pytest.mark.parametrize(("interface", "told"), [("bridge", ["hotspot"]), ("ether5", [])])
def test_a_hotspot_on_the_lan(interface: str, told: list[str]) -> None:
    assert kinds(hotspots=[{"name": "guests", "interface": interface}]) == told
    assert kinds(hotspots=[{"name": "guests", "interface": interface, "disabled": True}]) == []


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"name": "blue", "interfaces": "ether5,ether2"}, ["vrf"]),
        ({"name": "blue", "interfaces": "bridge,ether1"}, ["vrf", "vrf"]),
        ({"name": "blue", "interfaces": "WAN"}, ["vrf", "vrf"]),
        ({"name": "blue", "interfaces": "ether5"}, []),
        ({"name": "blue", "interfaces": "none"}, []),
        ({"name": "main", "interfaces": "all", "builtin": True}, []),
    ],
)
def test_a_vrf_that_holds_what_is_ours(row: Row, told: list[str]) -> None:
    assert kinds(vrfs=[row]) == told


NOTRACK: Row = {".id": "*1", "chain": "prerouting", "action": "notrack"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (NOTRACK, ["notrack"]),
        ({**NOTRACK, "in-interface-list": "WAN"}, ["notrack"]),
        ({**NOTRACK, "src-address": "192.168.88.0/24"}, ["notrack"]),
        ({**NOTRACK, "protocol": "udp", "dst-port": "53"}, ["untracked"]),
        ({**NOTRACK, "in-interface": "bridge", "dst-address": "192.0.2.0/24"}, ["untracked"]),
        ({**NOTRACK, "in-interface": "bridge", "dst-address": "192.168.0.0/16"}, []),
        ({**NOTRACK, "dst-address-type": "local"}, []),
        ({**NOTRACK, "in-interface": "ether5"}, []),
        ({**NOTRACK, "in-interface": "bridge", "src-address": "10.9.0.0/16"}, []),
        ({**NOTRACK, "action": "drop"}, []),
        ({**NOTRACK, "chain": "output"}, []),
        ({**NOTRACK, "disabled": True}, []),
    ],
)
def test_rows_that_keep_connections_untracked(row: Row, told: list[str]) -> None:
    assert kinds(raw=[row]) == told


RULE: Row = {".id": "*1", "action": "lookup", "table": "vpn"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (RULE, ["rule"]),
        ({**RULE, "src-address": "192.168.88.7/32"}, ["rule"]),
        ({**RULE, "interface": "bridge", "action": "lookup-only-in-table"}, ["rule"]),
        ({".id": "*1", "action": "drop", "src-address": "192.168.88.0/24"}, ["rule"]),
        ({**RULE, "dst-address": "192.0.2.0/24"}, ["rule-destination"]),
        ({**RULE, "dst-address": "10.0.0.0/8"}, []),
        ({**RULE, "table": "main"}, []),
        ({**RULE, "src-address": "203.0.113.2/32"}, []),
        ({**RULE, "interface": "ether1"}, []),
        ({**RULE, "routing-mark": "theirs"}, []),
        ({**RULE, "disabled": True}, []),
        ({**RULE, "comment": "multiwan:pcc_balance:rule:default"}, []),
        ({"action": "mangle", "dynamic": True}, []),
    ],
)
def test_routing_rules_that_marks_come_before(row: Row, told: list[str]) -> None:
    assert kinds(rules=[row]) == told


RULED = """
/ip address add address=192.168.88.1/24 interface=ether3
/routing table add name=vpn fib
/routing rule add action=lookup table=vpn {}
"""
SMALL = [path for path, how in READS.items() if not how.optional]
LAB = {**INTENT, "lan_interfaces": ["ether3", "ether4"]}


def commands(lab: Lab, kind: str) -> list[str]:
    return [finding.command for finding in findings(read_intent(LAB), read(lab, SMALL), probed=False) if finding.kind == kind]


HALVES = [{**RULE, "src-address": f"192.168.88.{half}/25", ".id": f"*{half}"} for half in (0, 128)]


def test_rules_that_take_all_of_the_lan_together_are_not_let_through() -> None:
    """Half of the LAN by each line: were both let through before the marks, nothing would be balanced."""
    through = [{"chain": "prerouting", "action": "accept", "src-address": row["src-address"]} for row in HALVES]
    for mangle in ([], through):
        found = router(rules=HALVES)
        found["ip firewall mangle"] = mangle
        said = [finding for finding in findings(read_intent(INTENT), found, False) if finding.kind == "rule"]
        assert [finding.command for finding in said] == ["", ""]
        assert all("together with other rules it takes all of the LAN" in finding.text for finding in said)
    assert kinds(rules=HALVES[:1]) == ["rule"]


@pytest.mark.parametrize("rule", ["src-address=192.168.88.7/32", "interface=ether3", "src-address=192.168.88.0/25 interface=ether3"])
@pytest.mark.parametrize("first", ["", "/ip firewall mangle add chain=prerouting action=mark-packet new-packet-mark=voip passthrough=yes"])
def test_what_a_rule_is_about_may_be_let_through_before_the_marks(rule: str, first: str) -> None:
    """The command mends it, for this run and for later ones, and stands before what was there."""
    with Lab() as lab:
        lab.load(RULED.format(rule) + first, on_error="stop")
        (command,) = commands(lab, "rule")
        job = lab.device.start_script(command)
        job.wait()
        assert job.error is None
        assert read(lab, ["ip firewall mangle"])["ip firewall mangle"][0]["action"] == "accept"
        assert commands(lab, "rule") == []
        apply(lab, LAB)
        assert commands(lab, "rule") == []
        lab.load("/ip firewall mangle disable [find where chain=prerouting action=accept]", on_error="stop")
        assert len(commands(lab, "rule")) == 1


def test_what_takes_all_of_the_lan_has_no_command() -> None:
    """To let all of it through before the marks would leave nothing to balance."""
    with Lab() as lab:
        lab.load(RULED.format("interface=ether3"), on_error="stop")
        (finding,) = (
            one for one in findings(read_intent({**LAB, "lan_interfaces": ["ether3"]}), read(lab, SMALL), False) if one.kind == "rule"
        )
        assert (finding.command, finding.remedy.partition(",")[0]) == ("", "limit it to what is not to be balanced")


def test_the_command_for_a_port_forward_limits_it() -> None:
    with Lab() as lab:
        forward = "chain=dstnat action=dst-nat protocol=tcp dst-port=8443 to-addresses=192.168.88.9"
        lab.load(RULED.format("disabled=yes") + f"/ip firewall nat add {forward}", on_error="stop")
        (command,) = commands(lab, "dst-nat")
        job = lab.device.start_script(command)
        job.wait()
        assert job.error is None
        assert read(lab, ["ip firewall nat"])["ip firewall nat"][0]["dst-address-type"] == "local"
        assert commands(lab, "dst-nat") == []


@pytest.mark.parametrize(
    ("gateway", "told"),
    [("198.51.100.0", ["gateway"]), ("198.51.100.255", ["gateway"]), ("198.51.100.254", [])],
)
def test_a_gateway_that_nobody_can_be(gateway: str, told: list[str]) -> None:
    assert kinds(line(gateway=gateway)) == told


def test_the_ends_of_a_link_between_two_are_gateways() -> None:
    link = {"address": "198.18.1.1/31", "network": "198.18.1.0", "interface": "ether2"}
    assert kinds(line(gateway="198.18.1.0"), addresses=[link]) == []


def test_a_modem_with_the_network_of_the_lan() -> None:
    modem = {"address": "192.168.88.100/24", "network": "192.168.88.0", "interface": "ether2", "dynamic": True}
    assert kinds(addresses=[modem]) == ["network"]
    assert kinds(addresses=[{**modem, "interface": "ether5"}]) == []
    assert kinds(addresses=[{**modem, "address": "192.168.89.100/24", "network": "192.168.89.0"}]) == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("203.0.113.2", ["source-address"]),
        ("203.0.113.9", ["source-address", "strange-source"]),
        ("192.168.88.1", ["source-address"]),
        ("198.51.100.2", []),
        ("198.18.5.1", []),
    ],
)
def test_a_source_that_is_not_of_its_line(address: str, told: list[str]) -> None:
    """A public address on the LAN may be routed here over a line."""
    public = {"address": "198.18.5.1/29", "network": "198.18.5.0", "interface": "bridge"}
    assert kinds({**line(source_address=address), "bypass": ["198.18.5.0/29"]}, addresses=[public]) == told


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"dst-address": "0.0.0.0/1", "gateway": "wg0"}, ["default-route"]),
        ({"dst-address": "128.0.0.0/1", "blackhole": ""}, ["default-route"]),
        ({"dst-address": "0.0.0.0/1", "gateway": "203.0.113.1"}, []),
        ({"dst-address": "0.0.0.0/1", "gateway": "wg0", "routing-table": "vpn"}, []),
        ({"dst-address": "0.0.0.0/1", "gateway": "wg0", "disabled": True}, []),
    ],
)
def test_a_default_route_in_two_halves(row: Row, told: list[str]) -> None:
    assert kinds(routes=[row]) == told


def test_ipv6_is_told_of_by_line() -> None:
    routes = [
        {"dst-address": "::/0", "gateway": "fe80::1%ether1"},
        {"dst-address": "2001:db8::/48", "gateway": "fe80::1%ether2"},
        {"dst-address": "::/0", "gateway": "ether2", "disabled": True},
    ]
    clients = [{"interface": "ether1", "prefix": "2001:db8::/56, 1d"}, {"interface": "ether2", "request": "prefix"}]
    nothing = "IPv6 is not balanced and does not fail over"
    assert texts(ipv6_routes=routes) == [f"/ipv6: line isp1 brings a default route; {nothing}"]
    assert texts(ipv6_routes=routes, ipv6_clients=clients) == [f"/ipv6: line isp1 brings a default route and a prefix; {nothing}"]
    assert texts(ipv6_clients=[{**clients[0], "interface": "ether2"}]) == [f"/ipv6: line isp2 brings a prefix; {nothing}"]
