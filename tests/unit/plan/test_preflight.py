# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent against what the router has."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.plan import plan, read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.preflight import check

INTENT = {
    "wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
    ],
    "lan_interfaces": ["bridge", {"list": "LAN"}],
}
CLEAN = {"errors": [], "warnings": []}


def router(**rows: list[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    """A router that has what the intent names, with more rows in some paths."""
    return {
        "interface": [{"name": name} for name in ("bridge", "ether1", "ether2", "ether3")],
        "interface list": [{"name": name} for name in ("LAN", "WAN")],
        "ip firewall filter": rows.get("filter_rows", []),
        "ip firewall mangle": rows.get("mangle", []),
        "ip route": rows.get("routes", []),
    }


def test_a_clean_router_needs_nothing() -> None:
    assert check(INTENT, router()) == CLEAN


def test_our_own_rows_are_no_reason_to_complain() -> None:
    rows = plan(read_intent(INTENT))
    assert check(INTENT, router(mangle=rows["ip firewall mangle"], routes=rows["ip route"])) == CLEAN


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
    assert found == {"errors": ["multiwan_wans: 0 given; write 2 to 8 WANs"], "warnings": []}


def test_missing_interfaces_are_all_named_with_what_there_is() -> None:
    lines = [INTENT["wans"][0], {**INTENT["wans"][1], "interface": "ether7"}]
    found = check({"wans": lines, "lan_interfaces": ["bridge1", {"list": "Lan"}]}, router())
    assert found["errors"] == [
        "multiwan_wans[1].interface: the router has no interface 'ether7'; it has bridge, ether1, ether2, ether3",
        "multiwan_lan_interfaces[0]: the router has no interface 'bridge1'; it has bridge, ether1, ether2, ether3",
        "multiwan_lan_interfaces[1]: the router has no interface list 'Lan'; it has LAN, WAN",
    ]


def test_a_list_written_as_an_interface_gets_a_hint() -> None:
    found = check({**INTENT, "lan_interfaces": ["LAN"]}, router())
    assert found["errors"] == [
        "multiwan_lan_interfaces[0]: the router has no interface 'LAN'; but an interface list of that name: write {list: LAN}"
    ]


FASTTRACK = {".id": "*7", "chain": "forward", "action": "fasttrack-connection"}
TRACKED = (
    "FastTrack would send balanced connections out by the wrong line; "
    "write /ip firewall filter set [find action=fasttrack-connection] connection-mark=no-mark"
)


@pytest.mark.parametrize(
    ("row", "label"),
    [
        (FASTTRACK, "*7"),
        ({**FASTTRACK, "comment": "defconf: fasttrack"}, "'defconf: fasttrack'"),
        ({**FASTTRACK, "disabled": False, "connection-mark": ""}, "*7"),
        ({**FASTTRACK, "connection-mark": "!no-mark"}, "*7"),
        ({**FASTTRACK, "connection-mark": "!voip"}, "*7"),
        ({**FASTTRACK, "connection-mark": "multiwan-isp1"}, "*7"),
        ({"action": "fasttrack-connection"}, "without a comment"),
    ],
)
def test_fasttrack_is_refused_or_warned_of(row: dict[str, object], label: str) -> None:
    sentence = f"/ip firewall filter {label}: {TRACKED}"
    refused = {"errors": [f"{sentence}, or write pcc_balance_fasttrack: warn"], "warnings": []}
    assert check(INTENT, router(filter_rows=[row])) == refused
    warned = {"errors": [], "warnings": [sentence]}
    assert check({**INTENT, "fasttrack": "warn"}, router(filter_rows=[row])) == warned


@pytest.mark.parametrize(
    "row",
    [
        {**FASTTRACK, "connection-mark": "no-mark"},
        {**FASTTRACK, "connection-mark": "voip"},
        {**FASTTRACK, "disabled": True},
        {**FASTTRACK, "action": "accept"},
        # What RouterOS shows at the head of the chain while FastTrack is on.
        {".id": "*F", "chain": "forward", "action": "passthrough", "dynamic": True, "comment": "special dummy rule"},
    ],
)
def test_a_fasttrack_that_takes_nothing_of_ours_is_harmless(row: dict[str, object]) -> None:
    assert check(INTENT, router(filter_rows=[row])) == CLEAN


def test_foreign_marks_are_counted_and_named() -> None:
    mangle = [
        {".id": "*1", "chain": "prerouting", "action": "mark-connection", "comment": "voip"},
        {".id": "*2", "chain": "output", "action": "mark-routing"},
        {".id": "*3", "chain": "prerouting", "action": "accept", "dynamic": True},
    ]
    assert check(INTENT, router(mangle=mangle)) == {
        "errors": [],
        "warnings": ["/ip firewall mangle: 3 rows that are not ours may take connections before multiwan-new sees them: 'voip', *2, *3"],
    }


def test_one_foreign_mark_is_one() -> None:
    (warning,) = check(INTENT, router(mangle=[{".id": "*2", "chain": "output", "action": "accept"}]))["warnings"]
    assert warning == "/ip firewall mangle: a row that is not ours may take connections before multiwan-new sees them: *2"


@pytest.mark.parametrize(
    "row",
    [
        {"chain": "forward", "action": "mark-connection"},
        {"chain": "forward", "action": "change-mss", "dynamic": True},
        {"chain": "prerouting", "action": "mark-packet"},
        {"chain": "prerouting", "action": "passthrough", "dynamic": True},
        {"chain": "prerouting", "action": "mark-connection", "disabled": True},
        {"chain": "prerouting", "action": "mark-connection", "comment": "multiwan:other:row"},
    ],
)
def test_rows_that_take_no_connection_are_not_named(row: dict[str, object]) -> None:
    assert check(INTENT, router(mangle=[row])) == CLEAN


DEFAULT = {".id": "*9", "dst-address": "0.0.0.0/0", "gateway": "192.0.2.1", "distance": 1, "routing-table": "main"}
WISH = "stands beside ours in the table main; give it a distance above 2 and below 250, or remove it"


@pytest.mark.parametrize(
    ("row", "label", "distance"),
    [
        (DEFAULT, "*9 by 192.0.2.1", 1),
        ({**DEFAULT, "distance": 2, "comment": "old line"}, "'old line' by 192.0.2.1", 2),
        ({key: value for key, value in DEFAULT.items() if key != "routing-table"}, "*9 by 192.0.2.1", 1),
        ({**DEFAULT, "gateway": "", "blackhole": ""}, "*9 by blackhole", 1),
    ],
    ids=["static", "commented", "no table named", "blackhole"],
)
def test_foreign_default_routes_are_named(row: dict[str, object], label: str, distance: int) -> None:
    sentence = f"/ip route {label}: a default route of distance {distance} {WISH}"
    assert check(INTENT, router(routes=[row])) == {"errors": [], "warnings": [sentence]}


@pytest.mark.parametrize(
    "row",
    [
        {**DEFAULT, "distance": 3},
        {**DEFAULT, "disabled": True},
        {**DEFAULT, "routing-table": "vpn"},
        {**DEFAULT, "dst-address": "192.168.5.0/24", "dynamic": True},
        {**DEFAULT, "comment": "multiwan:pcc_balance:route:main:isp1"},
    ],
    ids=["above ours", "disabled", "other table", "connected", "ours"],
)
def test_routes_beside_the_way_are_not_named(row: dict[str, object]) -> None:
    assert check(INTENT, router(routes=[row])) == CLEAN


def test_all_findings_are_told_at_once() -> None:
    rows = router(filter_rows=[FASTTRACK], mangle=[{".id": "*1", "chain": "output", "action": "accept"}], routes=[DEFAULT])
    found = check({**INTENT, "lan_interfaces": ["LAN"]}, rows)
    assert [len(found["errors"]), len(found["warnings"])] == [2, 2]


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
    intent = {**INTENT, "bypass": ["192.168.0.0/16", "192.0.2.64/26", "192.0.2.4-192.0.2.6"]}
    assert check(intent, router(routes=[row])) == CLEAN


@pytest.mark.parametrize("gateway", ["bridge", "192.168.88.2"])
def test_network_that_clients_would_lose_is_told(gateway: str) -> None:
    found = check({**INTENT, "bypass": ["10.0.0.0/8"]}, router(routes=[route("192.168.99.0/24", gateway)]))
    assert found["warnings"] == [
        f"/ip route 192.168.99.0/24 by {gateway}: clients' connections to it would leave by a line; "
        "add it to pcc_balance_bypass unless that is wanted"
    ]


@pytest.mark.parametrize(
    ("row", "gateway", "client"),
    [
        ({"vrf-interface": "ether1"}, "203.0.113.1", "the DHCP client of ether1"),
        ({}, "203.0.113.1%ether1", "the DHCP client of ether1"),
        ({}, "ether2", "ether2"),
        ({}, "203.0.113.1", "the DHCP or PPPoE client that makes it"),
    ],
    ids=["DHCP", "DHCP, gateway with its interface", "PPPoE", "unknown"],
)
def test_default_route_of_a_client_is_mended_at_the_client(row: dict[str, object], gateway: str, client: str) -> None:
    found = check(INTENT, router(routes=[route("0.0.0.0/0", gateway, distance=1, dynamic=True, **row, **{".id": "*2"})]))
    assert found["errors"] == []
    assert found["warnings"] == [
        f"/ip route *2 by {gateway}: a default route of distance 1 stands beside ours in the table main; "
        f"set add-default-route=no, or a default-route-distance above 2, on {client}"
    ]
