# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent against what the router has."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import label

from tests.unit.sentences import balance as check

INTENT = {
    "wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
    ],
    "lan_interfaces": ["bridge", {"list": "LAN"}],
}
CLEAN = {"errors": [], "warnings": []}
Row = dict[str, object]
MAIN: Row = {
    "dst-address": "0.0.0.0/0",
    "gateway": "203.0.113.1",
    "immediate-gw": "203.0.113.1%ether1",
    "distance": 1,
    "routing-table": "main",
    "active": True,
    "comment": "main's own",
}
GUARD: Row = {".id": "*FF", "chain": "input", "action": "drop"}
"""What keeps the internet out of all lines."""
SWITCH: Row = {"name": "switch1", "l3-hw-offloading": True}
SWITCH_PORT: Row = {"name": "ether2", "switch": "switch1", "l3-hw-offloading": True}


def router(**rows: list[Row]) -> dict[str, list[Row]]:
    """A router that has what the intent names, with more rows in some paths."""
    return {
        "interface": [
            *({"name": f"ether{number}", "type": "ether"} for number in range(1, 7)),
            {"name": "bridge", "type": "bridge"},
            {"name": "pppoe-out1", "type": "pppoe-out", "dynamic": True},
            *rows.get("interfaces", []),
        ],
        "interface bridge port": rows.get("ports", []),
        "interface list": [
            *({"name": name, "builtin": True} for name in ("all", "dynamic", "none", "static")),
            {"name": "LAN", "include": "", "exclude": ""},
            {"name": "WAN"},
            *rows.get("lists", []),
        ],
        "interface list member": [
            {"list": "LAN", "interface": "bridge"},
            {"list": "WAN", "interface": "ether1"},
            {"list": "WAN", "interface": "ether2"},
            *rows.get("members", []),
        ],
        "ip address": [
            *rows.get("first_line", [{"address": "203.0.113.2/24", "network": "203.0.113.0", "interface": "ether1"}]),
            {"address": "198.51.100.2/24", "network": "198.51.100.0", "interface": "ether2", "dynamic": True},
            {"address": "192.168.88.1/24", "network": "192.168.88.0", "interface": "bridge"},
            *rows.get("addresses", []),
        ],
        "ip dhcp-client": rows.get("clients", []),
        "ip firewall address-list": rows.get("address_lists", []),
        "ip firewall filter": [*rows.get("filter_rows", []), *rows.get("guards", [GUARD])],
        "ip firewall mangle": rows.get("mangle", []),
        "ip firewall nat": rows.get("nat", []),
        "ip route": [*rows.get("main", [MAIN]), *rows.get("routes", [])],
        "routing rule": rows.get("rules", []),
        "routing settings": rows.get("routing", [{}]),
        "ip firewall connection tracking": rows.get("tracking", [{"enabled": "auto"}]),
        "ip firewall raw": rows.get("raw", []),
        "ip hotspot": rows.get("hotspots", []),
        "ip vrf": rows.get("vrfs", []),
        "interface ethernet switch": rows.get("switches", []),
        "interface ethernet switch port": rows.get("switch_ports", []),
        "interface vlan": rows.get("vlans", []),
        "ipv6 dhcp-client": rows.get("ipv6_clients", []),
        "ipv6 route": rows.get("ipv6_routes", []),
        "ip settings": rows.get("settings", [{"rp-filter": False}]),
        "routing table": [{"name": "main", "dynamic": True}, *rows.get("tables", [])],
    }


def test_a_clean_router_needs_nothing() -> None:
    assert check(INTENT, router()) == CLEAN


def test_our_own_rows_are_no_reason_to_complain() -> None:
    rows = plan(read_intent(INTENT))
    found = router(
        address_lists=rows["ip firewall address-list"],
        lists=rows["interface list"],
        mangle=rows["ip firewall mangle"],
        nat=rows["ip firewall nat"],
        routes=rows["ip route"],
        tables=rows["routing table"],
    )
    assert check(INTENT, found) == CLEAN


def test_a_line_that_is_out_of_use_is_reported() -> None:
    watched = [{"comment": "multiwan:failover_netwatch:probe:isp1:1.1.1.1"}]
    rows = plan(read_intent(INTENT), {"isp1"})
    found = {**router(mangle=rows["ip firewall mangle"], routes=rows["ip route"]), "tool netwatch": watched}
    assert check(INTENT, found) == {"errors": [], "warnings": ["isp1 is out of use on the router; this run leaves it so"]}
    assert check(INTENT, {**found, "tool netwatch": []}) == CLEAN


def test_without_a_router_only_the_intent_is_checked() -> None:
    assert check(INTENT) == CLEAN
    assert check({**INTENT, "lan_interfaces": []}) == {
        "errors": ["multiwan_lan_interfaces: empty; write the interface of the LAN, such as [bridge]"],
        "warnings": [],
    }


def test_a_wrong_intent_is_not_compared_with_a_router() -> None:
    found = check({**INTENT, "wans": []}, {})
    assert found == {"errors": ["multiwan_wans: 0 given; write 1 to 8 WANs"], "warnings": []}


HAVE = "it has bridge, ether1, ether2, ether3, ether4, ether5, ether6, pppoe-out1"


def test_missing_interfaces_are_all_named_with_what_there_is() -> None:
    lines = [INTENT["wans"][0], {**INTENT["wans"][1], "interface": "ether7"}]
    found = check({"wans": lines, "lan_interfaces": ["bridge1", {"list": "Lan"}]}, router())
    assert found["errors"] == [
        f"multiwan_wans[1].interface: the router has no interface 'ether7'; {HAVE}",
        f"multiwan_lan_interfaces[0]: the router has no interface 'bridge1'; {HAVE}",
        "multiwan_lan_interfaces[1]: the router has no interface list 'Lan'; it has LAN, WAN, all, dynamic, none, static",
    ]


def test_a_list_written_as_an_interface_gets_a_hint() -> None:
    found = check({**INTENT, "lan_interfaces": ["LAN"]}, router())
    assert found["errors"] == [
        "multiwan_lan_interfaces[0]: the router has no interface 'LAN'; but an interface list of that name: write {list: LAN}"
    ]


def assert_conflict(kind: str, sentence: str, found: dict[str, list[Row]], intent: dict[str, object] = INTENT, taken: bool = False) -> None:
    """It is refused, with the way to be warned only, and the way to have it mended where there is one; and those ways lead there."""
    mended = f", or write multiwan_take_over: [{kind}]" if taken else ""
    refused = {"errors": [f"{sentence}{mended}, or write pcc_balance_warn_only: [{kind}]"], "warnings": []}
    assert check(intent, found) == refused
    assert check({**intent, "warn_only": [kind]}, found) == {"errors": [], "warnings": [sentence]}


FASTTRACK = {".id": "*7", "chain": "forward", "action": "fasttrack-connection"}
TRACKED = "FastTrack would send {} out by the wrong line; write /ip firewall filter set [find {}] disabled=yes"


@pytest.mark.parametrize(
    ("row", "label"),
    [
        (FASTTRACK, "chain=forward action=fasttrack-connection"),
        ({**FASTTRACK, "comment": "defconf: fasttrack"}, "'defconf: fasttrack'"),
        ({**FASTTRACK, "disabled": False, "connection-mark": ""}, "chain=forward action=fasttrack-connection"),
        ({**FASTTRACK, "connection-mark": "!no-mark"}, "chain=forward action=fasttrack-connection connection-mark=!no-mark"),
        ({**FASTTRACK, "connection-mark": "!voip"}, "chain=forward action=fasttrack-connection connection-mark=!voip"),
        ({**FASTTRACK, "connection-mark": "multiwan-isp1"}, "chain=forward action=fasttrack-connection connection-mark=multiwan-isp1"),
        ({**FASTTRACK, "connection-mark": "no-mark"}, "chain=forward action=fasttrack-connection connection-mark=no-mark"),
        ({"action": "fasttrack-connection"}, "action=fasttrack-connection"),
    ],
)
def test_fasttrack_is_refused_or_warned_of(row: dict[str, object], label: str) -> None:
    told = f'comment="{row["comment"]}"' if "comment" in row else "chain=forward action=fasttrack-connection"
    told = "action=fasttrack-connection" if "chain" not in row else told
    what = "what is not balanced" if row.get("connection-mark") == "no-mark" else "balanced connections"
    sentence = f"/ip firewall filter {label}: {TRACKED.format(what, told)}"
    assert_conflict("fasttrack", sentence, router(filter_rows=[row]), taken=True)


@pytest.mark.parametrize(
    "row",
    [
        {**FASTTRACK, "connection-mark": "voip"},
        {**FASTTRACK, "disabled": True},
        {**FASTTRACK, "action": "accept"},
        # What RouterOS shows at the head of the chain while FastTrack is on.
        {".id": "*F", "chain": "forward", "action": "passthrough", "dynamic": True, "comment": "special dummy rule"},
    ],
)
def test_a_fasttrack_that_takes_nothing_of_ours_is_harmless(row: dict[str, object]) -> None:
    assert check(INTENT, router(filter_rows=[row])) == CLEAN


def test_fasttrack_without_a_mark_follows_main_as_the_rest_does() -> None:
    assert check({**INTENT, "unmarked": "main"}, router(filter_rows=[{**FASTTRACK, "connection-mark": "no-mark"}])) == CLEAN


DEFAULT = {".id": "*9", "dst-address": "0.0.0.0/0", "gateway": "192.0.2.1", "distance": 1, "routing-table": "main"}


def test_all_findings_are_told_at_once() -> None:
    passing = {".id": "*1", "chain": "prerouting", "action": "accept", "src-address": "192.168.88.9"}
    rows = router(filter_rows=[FASTTRACK], mangle=[passing], routes=[DEFAULT])
    found = check({**INTENT, "lan_interfaces": ["LAN"]}, rows)
    assert [len(found["errors"]), len(found["warnings"])] == [3, 2]


def route(destination: str, gateway: str, **more: object) -> dict[str, object]:
    return {"dst-address": destination, "gateway": gateway, "distance": 0, "routing-table": "main"} | more


@pytest.mark.parametrize(
    "row",
    [
        route("192.168.88.0/24", "bridge", dynamic=True),
        route("203.0.113.0/24", "ether1", dynamic=True),
        route("9.9.9.9/32", "198.51.100.1"),
        route("9.9.9.9/32", "198.51.100.1%ether2"),
        route("192.0.2.0/24", "bridge", disabled=True),
        route("2001:db8::/64", "bridge"),
        route("192.0.2.64/28", "bridge"),
        route("192.0.2.5/32", "bridge"),
        {**route("192.0.2.0/24", "bridge"), "routing-table": "guests"},
    ],
    ids=lambda row: f"{row['dst-address']} by {row['gateway']}",
)
def test_networks_that_are_spared_or_behind_a_line_are_no_news(row: dict[str, object]) -> None:
    intent = {**INTENT, "bypass": ["192.0.2.64/26", "192.0.2.4-192.0.2.6"]}
    assert check(intent, router(routes=[row])) == CLEAN


@pytest.mark.parametrize("gateway", ["bridge", "192.168.88.2"])
def test_network_that_clients_would_lose_is_told(gateway: str) -> None:
    found = check(INTENT, router(routes=[route("192.0.2.0/24", gateway)]))
    assert found["warnings"] == [
        f"/ip route 192.0.2.0/24 by {gateway}: clients' connections to it would leave by a line; "
        "add it to pcc_balance_bypass unless that is wanted"
    ]


def test_a_public_network_of_the_lan_has_to_be_bypassed() -> None:
    """A network of a line, one that a lease or a dial-in brings, an address alone, and one that is off are none."""
    intent = {**INTENT, "lan_interfaces": ["bridge", "ether5", "ether6"]}
    rows = [
        {"address": "192.0.2.65/28", "network": "192.0.2.64", "interface": "ether5"},
        {"address": "192.0.2.66/28", "network": "192.0.2.64", "interface": "ether6"},
        {"address": "192.0.2.1/32", "network": "192.0.2.9", "interface": "ether6"},
        {"address": "192.0.2.17/28", "network": "192.0.2.16", "interface": "ether6", "dynamic": True},
        {"address": "192.0.2.33/28", "network": "192.0.2.32", "interface": "ether6", "disabled": True},
        {"address": "192.0.2.99/32", "network": "192.0.2.99", "interface": "ether6"},
    ]
    connected = [route("192.0.2.64/28", "ether5", dynamic=True), route("192.0.2.9/32", "ether6", dynamic=True)]
    found = router(addresses=rows, routes=connected)
    risk = "and connections to it would leave by a line; add"
    consent = "or write multiwan_take_over: [network]"
    assert check(intent, found) == {
        "errors": [
            f"pcc_balance_bypass: 192.0.2.64/28 is the network of ether5, {risk} 192.0.2.64/28, {consent}",
            f"pcc_balance_bypass: 192.0.2.9/32 is the network of ether6, {risk} 192.0.2.9, {consent}",
        ],
        "warnings": [],
    }
    assert check({**intent, "bypass": ["192.0.2.64/28", "192.0.2.9"]}, found) == CLEAN


def test_a_network_that_somebody_has_put_into_the_list_is_bypassed() -> None:
    rows = [{"address": "192.0.2.65/28", "network": "192.0.2.64", "interface": "bridge"}]
    by_hand = [{"list": "multiwan-bypass", "address": "192.0.2.64/28"}, {"list": "multiwan-bypass", "address": "a.example"}]
    found = {**router(addresses=rows), "ip firewall address-list": by_hand}
    assert check(INTENT, found)["errors"] == []


def test_a_public_network_outside_the_lan_may_be_that_of_an_old_line() -> None:
    rows = [{"address": "192.0.2.65/28", "network": "192.0.2.64", "interface": "ether5"}]
    found = router(addresses=rows, routes=[route("192.0.2.64/28", "ether5", dynamic=True)])
    assert check(INTENT, found) == {
        "errors": [],
        "warnings": [
            "/ip route 192.0.2.64/28 by ether5: clients' connections to it would leave by a line; "
            "add it to pcc_balance_bypass unless that is wanted",
            "multiwan_lan_interfaces: not balanced: 192.0.2.64/28 of ether5; add ether5 unless that is meant",
        ],
    }


PORT = {"bridge": "bridge", "interface": "ether3"}


def test_a_port_of_a_bridge_is_no_lan_and_no_line() -> None:
    intent = {"wans": [INTENT["wans"][0], {**INTENT["wans"][1], "interface": "ether4"}], "lan_interfaces": ["ether3"]}
    assert check(intent, router(ports=[PORT, {**PORT, "interface": "ether4"}])) == {
        "errors": [
            "multiwan_wans[1].interface: 'ether4' is a port of the bridge 'bridge', so nothing can be routed to it; "
            'write /interface bridge port set [find interface="ether4"] disabled=yes, or write multiwan_take_over: [ports]',
            "multiwan_lan_interfaces[0]: 'ether3' is a port of the bridge 'bridge', and packets come from the bridge; write bridge",
        ],
        "warnings": ["multiwan_lan_interfaces: not balanced: 192.168.88.0/24 of bridge; add bridge unless that is meant"],
    }
    addresses = [{"address": "198.51.100.3/24", "network": "198.51.100.0", "interface": "ether4"}]
    assert check(intent, router(ports=[{**PORT, "disabled": True}], addresses=addresses))["errors"] == []


def test_a_list_with_a_port_wants_its_bridge_too() -> None:
    intent, ports = {**INTENT, "lan_interfaces": [{"list": "home"}]}, [PORT]
    rows: dict[str, list[Row]] = {"lists": [{"name": "home"}], "members": [{"list": "home", "interface": "ether3"}]}
    assert check(intent, router(ports=ports, **rows))["errors"] == [
        "multiwan_lan_interfaces[0]: 'ether3' of the list 'home' is a port of the bridge 'bridge', and packets come from the bridge; "
        "write /interface list member add list=home interface=bridge"
    ]
    rows["members"].append({"list": "home", "interface": "bridge"})
    assert check(intent, router(ports=ports, **rows)) == CLEAN


@pytest.mark.parametrize(
    ("lists", "members"),
    [
        ([{"name": "home"}], [{"list": "home", "interface": "ether2"}]),
        ([{"name": "home", "include": "LAN,WAN", "exclude": "one"}, {"name": "one"}], [{"list": "one", "interface": "ether1"}]),
        ([{"name": "home", "include": "a"}, {"name": "a", "include": "home,b"}, {"name": "b"}], [{"list": "b", "interface": "ether2"}]),
    ],
    ids=["member", "included, but for one", "included in a circle"],
)
def test_a_list_of_the_lan_with_a_line_is_refused(lists: list[Row], members: list[Row]) -> None:
    found = router(lists=lists, members=members)
    assert check({**INTENT, "lan_interfaces": [{"list": "home"}]}, found)["errors"] == [
        "multiwan_lan_interfaces[0]: the list 'home' holds 'ether2', the interface of WAN 'isp2', whose answers would be sent out again; "
        "write a list of LAN interfaces only"
    ]


@pytest.mark.parametrize(("name", "lines"), [("all", 2), ("static", 2), ("dynamic", 0), ("none", 0)])
def test_lists_that_are_always_there_hold_what_their_name_says(name: str, lines: int) -> None:
    assert len(check({**INTENT, "lan_interfaces": [{"list": name}]}, router())["errors"]) == lines


ON_ETHERNET = "where the gateway has an address; write"
LOOK = "it, or dhcp where it has a DHCP client"


@pytest.mark.parametrize(
    ("interface", "kind", "clients", "wish"),
    [
        ("ether2", "ether", [], LOOK),
        (
            "ether2",
            "ether",
            [{"interface": "ether2", "status": "searching..."}],
            "dhcp, which follows its lease",
        ),
        ("ether2", "ether", [{"interface": "ether2", "gateway": "198.51.100.9"}], "dhcp, which follows its lease"),
        (
            "bridge",
            "bridge",
            [{"interface": "ether2", "gateway": "198.51.100.9"}],
            LOOK,
        ),
        ("vlan7", "vlan", [], LOOK),
    ],
    ids=["alone", "no lease yet", "lease", "bridge", "vlan"],
)
def test_ethernet_is_no_gateway(interface: str, kind: str, clients: list[Row], wish: str) -> None:
    lines = [INTENT["wans"][0], {"name": "isp2", "interface": interface, "gateway": interface}]
    found = router(clients=clients, interfaces=[{"name": "vlan7", "type": "vlan"}])
    assert check({"wans": lines, "lan_interfaces": ["ether3"]}, found)["errors"] == [
        f"multiwan_wans[1].gateway: '{interface}' is Ethernet (type {kind}), {ON_ETHERNET} {wish}"
    ]


def test_a_dialed_interface_is_a_gateway() -> None:
    lines = [INTENT["wans"][0], {"name": "isp2", "interface": "pppoe-out1", "gateway": "pppoe-out1"}]
    assert check({**INTENT, "wans": lines}, router()) == CLEAN


def test_strict_reverse_path_filtering_is_refused() -> None:
    assert check(INTENT, router(settings=[{"rp-filter": "strict"}])) == {
        "errors": [
            "/ip settings rp-filter=strict: what comes in by another line than the first one of the table main would be thrown away; "
            "write /ip settings set rp-filter=loose, or write multiwan_take_over: [rp-filter]"
        ],
        "warnings": [],
    }
    assert check(INTENT, router(settings=[{"rp-filter": "loose"}])) == CLEAN


def test_a_gateway_that_does_not_answer_is_told() -> None:
    rows = plan(read_intent(INTENT))["ip route"]
    found = router(routes=[{**row, "inactive": "main:isp2" in str(row["comment"])} for row in rows])
    assert check(INTENT, found) == {
        "errors": [],
        "warnings": [
            "multiwan_wans[1].gateway: 198.51.100.1 does not answer the router, so that the line is not used; "
            "if the line is well, its gateway answers no pings: write pcc_balance_check_gateway: arp"
        ],
    }
    assert check({**INTENT, "check_gateway": "none"}, found) == CLEAN
    watched = {**found, "tool netwatch": [{"comment": "multiwan:failover_netwatch:probe:isp1:1.1.1.1"}]}
    assert check(INTENT, watched) == CLEAN


DNS = {".id": "*1", "chain": "dstnat", "action": "redirect", "protocol": "udp", "dst-port": 53}
LIMIT = "limit it by dst-address-type=local or in-interface"
LOST = "what it takes of the LAN's connections would leave by a line instead of reaching"


@pytest.mark.parametrize(
    ("row", "target", "services"),
    [
        (DNS, "the router", "53/udp"),
        ({**DNS, "in-interface-list": "!WAN"}, "the router", "53/udp"),
        ({**DNS, "in-interface-list": "LAN", "protocol": "tcp", "dst-port": "53,8000-8010"}, "the router", "53/tcp, 8000-8010/tcp"),
        ({**DNS, "in-interface": "bridge", "action": "dst-nat", "to-addresses": "192.168.88.2"}, "192.168.88.2", "53/udp"),
        ({**DNS, "in-interface": "!ether1", "action": "dst-nat", "to-addresses": "203.0.113.2"}, "203.0.113.2", "53/udp"),
        ({**DNS, "dst-address": "!192.168.88.2"}, "the router", "53/udp"),
        ({**DNS, "dst-address-list": "!mine"}, "the router", "53/udp"),
        ({".id": "*1", "chain": "dstnat", "action": "netmap", "to-addresses": "10.7.0.0/24"}, "10.7.0.0/24", None),
        ({**DNS, "action": "dst-nat", "to-addresses": "192.167.255.9-192.168.0.9", "dst-port": "!53"}, "192.167.255.9-192.168.0.9", None),
        ({".id": "*1", "chain": "dstnat", "action": "redirect", "protocol": "icmp"}, "the router", None),
    ],
)
def test_nat_that_takes_connections_of_the_lan_is_refused(row: Row, target: str, services: str | None) -> None:
    lists = [
        {"list": "mine", "address": "203.0.113.2"},
        {"list": "theirs", "address": "203.0.113.2"},
        {"list": "theirs", "address": "198.18.7.1"},
    ]
    wish = f"add {services} to pcc_balance_bypass_services, or {LIMIT}" if services else LIMIT
    found = router(nat=[row], address_lists=lists)
    assert_conflict("dst-nat", f"/ip firewall nat {label(row)}: {LOST} {target}; {wish}", found)
    if services:
        assert check({**INTENT, "bypass_services": services.split(", ")}, found) == CLEAN


@pytest.mark.parametrize(
    ("row", "wish"),
    [
        ({**DNS, "dst-address": "198.18.7.0/24", "connection-mark": "!voip"}, "add 198.18.7.0/24"),
        ({**DNS, "dst-address-list": "theirs"}, "add what the address list 'theirs' holds"),
    ],
)
def test_nat_of_some_destinations_is_mended_by_destinations(row: Row, wish: str) -> None:
    lists = [{"list": "theirs", "address": "198.18.7.1"}]
    sentence = f"/ip firewall nat {label(row)}: {LOST} the router; {wish} to pcc_balance_bypass"
    assert_conflict("dst-nat", sentence, router(nat=[row], address_lists=lists))
    assert check({**INTENT, "bypass": ["198.18.7.0/24"]}, router(nat=[row], address_lists=lists)) == CLEAN


FORWARD = {".id": "*1", "chain": "dstnat", "action": "dst-nat", "protocol": "tcp", "dst-port": "8443", "to-addresses": "192.168.88.9"}


def test_a_port_forward_is_mended_by_one_command() -> None:
    mend = "/ip firewall nat set [find chain=dstnat action=dst-nat] dst-address-type=local"
    wish = f"write {mend} if it is for the router's own addresses, or add 8443/tcp to pcc_balance_bypass_services"
    assert_conflict("dst-nat", f"/ip firewall nat {label(FORWARD)}: {LOST} 192.168.88.9; {wish}", router(nat=[FORWARD]), taken=True)
    assert check(INTENT, router(nat=[{**FORWARD, "dst-address-type": "local"}])) == CLEAN


def test_what_hotspot_redirects_is_told_of_as_hotspot() -> None:
    jump = {".id": "*1", "chain": "dstnat", "action": "jump", "jump-target": "hotspot", "hotspot": "from-client", "dynamic": True}
    row = {".id": "*2", "chain": "hotspot", "action": "redirect", "protocol": "udp", "dst-port": "53", "to-ports": 64872, "dynamic": True}
    assert check(INTENT, router(nat=[jump, row])) == CLEAN


@pytest.mark.parametrize(
    "row",
    [
        {**DNS, "disabled": True},
        {**DNS, "comment": "multiwan:other:row"},
        {**DNS, "chain": "srcnat"},
        {**DNS, "action": "accept"},
        {**DNS, "in-interface": "ether1"},
        {**DNS, "in-interface": "ether5"},
        {**DNS, "in-interface-list": "WAN"},
        {**DNS, "in-interface-list": "!LAN"},
        {**DNS, "dst-address-type": "local"},
        {**DNS, "dst-address": "203.0.113.2"},
        {**DNS, "dst-address": "192.168.88.0/24"},
        {**DNS, "dst-address-list": "mine"},
        {**DNS, "connection-mark": "no-mark"},
        {**DNS, "connection-mark": "voip"},
        {**DNS, "action": "dst-nat", "to-addresses": "9.9.9.9"},
        {**DNS, "action": "dst-nat", "to-ports": 5353},
    ],
)
def test_nat_that_leaves_balanced_connections_alone_is_no_news(row: Row) -> None:
    """An address list may hold names; their addresses stand beside them. A row may have no address at all."""
    mine = [
        {"list": "mine"},
        {"list": "mine", "address": "203.0.113.2", "dynamic": True},
        {"list": "mine", "address": "home.example.org"},
        {"list": "mine", "address": "198.18.7.1", "disabled": True},
    ]
    assert check(INTENT, router(nat=[row], address_lists=mine)) == CLEAN


def test_a_range_of_services_covers_those_in_it() -> None:
    row = {**DNS, "dst-port": "53,8000"}
    sentence = f"/ip firewall nat {label(row)}: {LOST} the router; add 53/udp to pcc_balance_bypass_services, or {LIMIT}"
    assert_conflict("dst-nat", sentence, router(nat=[row]), {**INTENT, "bypass_services": ["7000-8000/udp", "53/tcp"]})


def test_nat_in_another_chain_is_followed_with_what_the_jump_says() -> None:
    def jumping(**fields: object) -> list[Row]:
        jump = {".id": "*1", "chain": "dstnat", "action": "jump", "jump-target": "dns", **fields}
        back = {".id": "*2", "chain": "dns", "action": "jump", "jump-target": "dns"}
        return [jump, back, {".id": "*3", "chain": "dns", "action": "redirect", "to-ports": 53}]

    services = f"add 53/udp to pcc_balance_bypass_services, or {LIMIT}"
    found = router(nat=jumping(**{"protocol": "udp", "dst-port": 53}))
    assert_conflict("dst-nat", f"/ip firewall nat chain=dns action=redirect protocol=udp dst-port=53: {LOST} the router; {services}", found)
    assert check(INTENT, router(nat=jumping(**{"in-interface-list": "WAN"}))) == CLEAN
    assert check(INTENT, router(nat=jumping(disabled=True))) == CLEAN


def test_an_address_of_one_line_for_what_leaves_by_another_is_refused() -> None:
    """As many write it who have one line with a fixed address."""
    row = {".id": "*1", "chain": "srcnat", "action": "src-nat", "to-addresses": "203.0.113.2", "comment": "fixed"}
    sentence = (
        "/ip firewall nat 'fixed': it gives what leaves by line isp2 the address 203.0.113.2 of line isp1, and no answer comes back; "
        'write /ip firewall nat set [find comment="fixed"] out-interface=ether1'
    )
    for more in ({}, {"src-address": "192.168.88.0/24"}, {"out-interface-list": "WAN"}, {"out-interface": "!bridge"}):
        assert_conflict("masquerade", sentence, router(nat=[{**row, **more}]))
    for more in (
        {"out-interface": "ether1"},
        {"out-interface": "bridge"},
        {"dst-address": "192.168.88.0/24"},
        {"routing-mark": "vpn"},
        {"connection-mark": "vpn"},
        {"to-addresses": "192.168.88.1"},
    ):
        assert check(INTENT, router(nat=[{**row, **more}])) == CLEAN
    behind = [{"chain": "srcnat", "action": "masquerade", "comment": f"multiwan:pcc_balance:nat:isp{line}"} for line in (1, 2)]
    assert check(INTENT, router(nat=[*behind, row])) == CLEAN


MASQUERADE = {".id": "*1", "chain": "srcnat", "action": "masquerade", "out-interface-list": "WAN", "ipsec-policy": "out,none"}
FIXED = {**INTENT, "wans": [INTENT["wans"][0], {**INTENT["wans"][1], "source_address": "198.51.100.2"}]}


def test_masquerade_by_a_list_that_is_to_have_the_line_is_refused() -> None:
    """The first run would add the line to the list, and only the second one would see what that does to NAT."""
    found = router(nat=[MASQUERADE], guards=[{**GUARD, "in-interface-list": "WAN"}])
    found["interface list member"] = [member for member in found["interface list member"] if member["interface"] != "ether2"]
    assert [sentence.partition(": ")[0] for sentence in check(FIXED, found)["errors"]] == [
        f"/ip firewall filter {label({**GUARD, 'in-interface-list': 'WAN'})}",
        f"/ip firewall nat {label(MASQUERADE)}",
    ]


@pytest.mark.parametrize(
    "row",
    [
        MASQUERADE,
        {".id": "*1", "chain": "srcnat", "action": "masquerade"},
        {".id": "*1", "chain": "srcnat", "action": "masquerade", "src-address": "192.168.88.0/24", "out-interface": "!bridge"},
    ],
)
def test_masquerade_before_a_fixed_address_is_refused(row: Row) -> None:
    sentence = (
        f"/ip firewall nat {label(row)}: it comes before ours, so multiwan_wans[1].source_address 198.51.100.2 would have no effect; "
        "keep ether2 out of it, or remove it: the role writes a row for each line"
    )
    assert_conflict("masquerade", sentence, router(nat=[row]), FIXED)
    assert check(INTENT, router(nat=[row])) == CLEAN
    assert check({**FIXED, "nat": False}, router(nat=[row])) == CLEAN


@pytest.mark.parametrize(
    "nat",
    [
        [{**MASQUERADE, "disabled": True}],
        [{**MASQUERADE, "out-interface-list": "LAN"}],
        [{**MASQUERADE, "dst-address": "192.168.88.0/24"}],
        [
            {
                "chain": "srcnat",
                "action": "src-nat",
                "to-addresses": "198.51.100.8",
                "src-address": "192.168.88.9",
                "out-interface": "ether2",
            }
        ],
        [{"chain": "srcnat", "action": "src-nat", "comment": "multiwan:pcc_balance:nat:isp2"}, MASQUERADE],
    ],
    ids=["disabled", "other way out", "hairpin", "a choice of the user's", "behind ours"],
)
def test_other_translation_beside_a_fixed_address_is_no_news(nat: list[Row]) -> None:
    assert check(FIXED, router(nat=nat)) == CLEAN


WEB = {".id": "*1", "chain": "dstnat", "action": "dst-nat", "in-interface-list": "WAN", "to-addresses": "10.7.0.2", "comment": "web"}
DMZ = [{"address": "10.7.0.1/24", "network": "10.7.0.0", "interface": "ether5"}]


NOT_NAMED = "multiwan_lan_interfaces: not balanced: 10.7.0.0/24 of ether5; add ether5 unless that is meant"


def test_a_server_outside_the_lan_is_told() -> None:
    assert check(INTENT, router(nat=[WEB], addresses=DMZ)) == {
        "errors": [],
        "warnings": [
            "/ip firewall nat 'web': 10.7.0.2 is behind ether5, whose answers go by the table main, whatever their line; "
            "add ether5 to multiwan_lan_interfaces",
            NOT_NAMED,
        ],
    }
    assert check({**INTENT, "lan_interfaces": ["bridge", "ether5"]}, router(nat=[WEB], addresses=DMZ)) == CLEAN


@pytest.mark.parametrize(
    "row",
    [{**WEB, "to-addresses": "192.168.88.20"}, {**WEB, "in-interface-list": "LAN", "to-addresses": "9.9.9.9"}, {**WEB, "action": "accept"}],
    ids=["in the LAN", "not from a line", "no translation"],
)
def test_servers_that_are_answered_by_their_line_are_no_news(row: Row) -> None:
    assert check(INTENT, router(nat=[row], addresses=DMZ)) == {"errors": [], "warnings": [NOT_NAMED]}


DROP = {".id": "*1", "chain": "forward", "action": "drop", "in-interface-list": "WAN", "connection-nat-state": "!dstnat"}


@pytest.mark.parametrize("row", [DROP, {**DROP, "in-interface-list": "!LAN"}, {**DROP, "in-interface-list": ""}])
def test_a_filter_that_knows_all_lines_is_no_news(row: Row) -> None:
    assert check(INTENT, router(filter_rows=[row])) == CLEAN


def lines(*changes: Row) -> dict[str, object]:
    """The intent with its lines changed, one mapping for each."""
    return {**INTENT, "wans": [{**wan, **change} for wan, change in zip(INTENT["wans"], changes, strict=True)]}


NOT_OF = "multiwan_wans[{}].gateway: {} is in {}, the network of {}, and not in one of {}; write the gateway of this line"
OUR_OWN = "multiwan_wans[0].gateway: {} is an address of the router itself; write the provider's"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            ({"gateway": "198.51.100.1"}, {"gateway": "203.0.113.1"}),
            [
                NOT_OF.format(0, "198.51.100.1", "198.51.100.0/24", "ether2", "ether1"),
                NOT_OF.format(1, "203.0.113.1", "203.0.113.0/24", "ether1", "ether2"),
            ],
        ),
        (({"gateway": "203.0.113.2"}, {}), [OUR_OWN.format("203.0.113.2")]),
        (({"gateway": "192.168.88.1"}, {}), [OUR_OWN.format("192.168.88.1")]),
        (({"gateway": "192.168.88.9"}, {}), [NOT_OF.format(0, "192.168.88.9", "192.168.88.0/24", "bridge", "ether1")]),
    ],
    ids=["swapped", "its own address", "an address of the LAN side", "in the LAN"],
)
def test_a_gateway_that_cannot_be_one_is_refused(changes: tuple[Row, ...], errors: list[str]) -> None:
    assert check(lines(*changes), router())["errors"] == errors


BESIDE = "a line needs an address beside its gateway"


def test_a_gateway_in_no_network_of_its_line_is_told() -> None:
    assert check(lines({"gateway": "192.0.2.1"}, {}), router()) == {
        "errors": [],
        "warnings": [
            f"multiwan_wans[0].gateway: 192.0.2.1 is no neighbour of ether1, which has the networks 203.0.113.0/24; {BESIDE}",
        ],
    }
    assert check(lines({}, {"interface": "ether5", "gateway": "192.0.2.1"}), router()) == {
        "errors": [],
        "warnings": [f"multiwan_wans[1].gateway: 192.0.2.1 is no neighbour of ether5, which has no address; {BESIDE}"],
    }


MODEM = {"address": "192.168.1.100/24", "network": "192.168.1.0", "dynamic": True}


def test_lines_may_share_a_network() -> None:
    """Each of two modems is 192.168.1.1; the lease of one may come later."""
    main = [{**MAIN, "immediate-gw": "192.168.1.1%ether5"}]
    intent = lines({"interface": "ether5", "gateway": "192.168.1.1"}, {"interface": "ether6", "gateway": "192.168.1.1"})
    first, second = {**MODEM, "interface": "ether5"}, {**MODEM, "address": "192.168.1.101/24", "interface": "ether6"}
    assert check(intent, router(main=main, addresses=[first, second])) == CLEAN
    assert check(intent, router(main=main, addresses=[first], clients=[{"interface": "ether6", "status": "searching..."}])) == {
        "errors": [],
        "warnings": [f"multiwan_wans[1].gateway: 192.168.1.1 is no neighbour of ether6, which has no address; {BESIDE}"],
    }
    refused = [NOT_OF.format(1, "192.168.1.1", "192.168.1.0/24", "ether5", "ether6")]
    assert check(intent, router(main=main, addresses=[first]))["errors"] == refused
    off = [{"interface": "ether6", "disabled": True}]
    assert check(intent, router(main=main, addresses=[first, {**second, "disabled": True}], clients=off))["errors"] == refused


@pytest.mark.parametrize(
    "address",
    [
        {"address": "10.0.0.7/32", "network": "192.0.2.1", "interface": "ether5"},
        {"address": "192.0.2.7/24", "interface": "ether5"},
        {"address": "192.0.2.7/24", "network": "192.0.2.0", "interface": "ether5", "dynamic": True},
    ],
    ids=["point to point", "network not shown", "lease"],
)
def test_a_gateway_beside_its_line_is_no_news(address: Row) -> None:
    assert check(lines({}, {"interface": "ether5", "gateway": "192.0.2.1"}), router(addresses=[address])) == CLEAN


def test_an_address_on_a_port_is_one_of_its_bridge() -> None:
    address = {"address": "192.0.2.7/24", "network": "192.0.2.0", "interface": "ether3"}
    intent = {**lines({}, {"interface": "bridge", "gateway": "192.0.2.1"}), "lan_interfaces": ["ether4"]}
    assert check(intent, router(ports=[PORT], addresses=[address])) == CLEAN


def test_a_line_that_is_off_is_told() -> None:
    found = router()
    found["interface"] = [{**row, "disabled": row["name"] == "ether2"} for row in found["interface"]]
    assert check(INTENT, found) == {
        "errors": [],
        "warnings": ["multiwan_wans[1].interface: 'ether2' is disabled, so that the line is not used; write /interface enable ether2"],
    }


def test_a_lan_of_empty_lists_is_told() -> None:
    lists: list[Row] = [{"name": "vpn"}]
    warning = "multiwan_lan_interfaces: the lists have no members now, so that nothing is balanced until they have some"
    intent = {**INTENT, "lan_interfaces": [{"list": "vpn"}]}
    assert check(intent, router(lists=lists)) == {
        "errors": [],
        "warnings": [warning, "multiwan_lan_interfaces: not balanced: 192.168.88.0/24 of bridge; add bridge unless that is meant"],
    }
    assert check({**intent, "lan_interfaces": ["bridge", {"list": "vpn"}]}, router(lists=lists)) == CLEAN


def test_a_lease_with_another_gateway_is_told() -> None:
    """A typing error, which the network of the line has a place for."""
    there = router(clients=[{"interface": "ether1", "gateway": "203.0.113.1"}, {"interface": "ether2", "gateway": "198.51.100.9"}])
    problem = "198.51.100.1 is not the gateway that the DHCP lease of ether2 says"
    said = f"multiwan_wans[1].gateway: {problem}; write dhcp to follow it, or 198.51.100.9, unless it is meant"
    assert check(INTENT, there) == {"errors": [], "warnings": [said]}
    assert (
        check(INTENT, router(clients=[{"interface": "ether2", "disabled": True, "gateway": "198.51.100.9"}, {"interface": "ether1"}]))
        == CLEAN
    )


def test_unusual_source_addresses_are_told() -> None:
    place = "multiwan_wans[{}].source_address: 192.0.2.9"
    nowhere = f"{place} is no address of the router; answers come only if the provider routes it here"
    assert check(lines({}, {"source_address": "192.0.2.9"}), router()) == {"errors": [], "warnings": [nowhere.format(1)]}
    twice = check(lines({"source_address": "192.0.2.9"}, {"source_address": "192.0.2.9"}), router())
    both = f"{place.format(1)} is that of isp1 too; answers come only if it is routed here over both lines"
    assert twice == {"errors": [], "warnings": [nowhere.format(0), nowhere.format(1), both]}


@pytest.mark.parametrize("enabled", ["no", False])
def test_a_router_that_tracks_no_connections_is_told(enabled: object) -> None:
    assert check(INTENT, router(tracking=[{"enabled": enabled}])) == {
        "errors": [],
        "warnings": [
            "/ip firewall connection tracking enabled=no: connections that nothing keeps track of cannot be marked, so that nothing is "
            "balanced; write /ip firewall connection tracking set enabled=auto"
        ],
    }
    assert check(INTENT, router(tracking=[{"enabled": True}])) == CLEAN


TAKEN = "the role needs this name, and this row is not of its making; remove it, or write"


def test_names_that_others_have_taken_are_refused() -> None:
    lists: list[Row] = [{"name": "multiwan-lan", "comment": "mine"}, {"name": "multiwan-wan"}]
    tables: list[Row] = [{"name": "multiwan-isp2", "fib": ""}, {"name": "multiwan-isp3", "fib": ""}]
    assert check(INTENT, router(lists=lists, tables=tables)) == {
        "errors": [
            f"/interface list multiwan-lan: {TAKEN} /interface list set [find name=multiwan-lan] name=...",
            f"/routing table multiwan-isp2: {TAKEN} /routing table set [find name=multiwan-isp2] name=...",
        ],
        "warnings": [],
    }


def test_entries_in_our_address_list_are_refused_where_ours_would_stand_twice_else_told() -> None:
    """RouterOS takes an address once per list, if both are enabled."""
    rows = [{"list": "multiwan-bypass", "address": address} for address in ("192.0.2.7", "192.0.2.8", "10.0.0.0/8")]
    assert check(INTENT, router(address_lists=[*rows, {"list": "mine", "address": "10.0.0.0/8"}])) == {
        "errors": [
            "/ip firewall address-list multiwan-bypass: 10.0.0.0/8 is not of the role's making, so it cannot write its own; "
            'write /ip firewall address-list remove [find list=multiwan-bypass address="10.0.0.0/8"]'
        ],
        "warnings": ["/ip firewall address-list multiwan-bypass: entries that are not the role's, and not balanced either: 2"],
    }
    assert check(INTENT, router(address_lists=[{**rows[2], "disabled": True}])) == CLEAN


def test_names_with_spaces_can_be_pasted() -> None:
    name = 'ether3 "office"'
    port = {"bridge": "my bridge", "interface": name}
    rows: dict[str, list[Row]] = {
        "interfaces": [{"name": name, "type": "ether"}, {"name": "my bridge", "type": "bridge"}],
        "lists": [{"name": "My LAN"}],
        "members": [{"list": "My LAN", "interface": name}],
        "ports": [port],
    }
    assert check({**lines({}, {"interface": name}), "lan_interfaces": [{"list": "My LAN"}]}, router(**rows))["errors"] == [
        f"multiwan_wans[1].interface: '{name}' is a port of the bridge 'my bridge', so nothing can be routed to it; "
        r'write /interface bridge port set [find interface="ether3 \"office\""] disabled=yes, or write multiwan_take_over: [ports]',
        f"multiwan_lan_interfaces[0]: '{name}' of the list 'My LAN' is a port of the bridge 'my bridge', and packets come from the "
        'bridge; write /interface list member add list="My LAN" interface="my bridge"',
        f"multiwan_lan_interfaces[0]: the list 'My LAN' holds '{name}', the interface of WAN 'isp2', whose answers would be sent out "
        "again; write a list of LAN interfaces only",
    ]
