# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the LAN is on a router: all of it, parts of it, VRRP, clients that dial in, and what is told of who is left out."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.sides import sides
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.surroundings import Surroundings

from tests.lab.router.lab import Lab
from tests.unit.apply.router import read
from tests.unit.door.runs import run

from .test_preflight import INTENT, Row, router

ALL = {**INTENT, "lan_interfaces": "all"}
Found = dict[str, list[Row]]


def network(number: int, interface: str, **more: object) -> Row:
    return {"address": f"10.0.{number}.1/24", "network": f"10.0.{number}.0", "interface": interface, **more}


def beside(paths: Found, **rows: list[Row]) -> Found:
    """A router with rows in paths that few have."""
    return {**router(**rows), **paths}


def lan(intent: dict[str, object], found: Found) -> list[str]:
    """The LAN as rows name it; of a list with a star."""
    return [f"{side}{'*' * side.is_list}" for side in sides(Surroundings(read_intent(intent), found))]


def told(intent: dict[str, object], found: Found) -> list[str]:
    return [finding.text for finding in findings(read_intent(intent), found, probed=False)]


def test_all_is_every_network_that_is_no_lines() -> None:
    here = router(interfaces=[{"name": "vlan10", "type": "vlan"}], addresses=[network(10, "vlan10"), network(3, "ether3")])
    assert lan(ALL, here) == ["bridge", "ether3", "vlan10"]
    assert lan({**INTENT, "lan_interfaces": ["all", "ether5"]}, here) == ["ether5", "bridge", "ether3", "vlan10"]
    assert told(ALL, here) == []


OTHERS = {
    "a lease is a line that nobody named": {"addresses": [network(3, "ether3", dynamic=True)]},
    "a DHCP client is a way out": {"addresses": [network(3, "ether3")], "clients": [{"interface": "ether3"}]},
    "so is the gateway of a default route": {
        "addresses": [network(3, "ether3")],
        "routes": [{"dst-address": "0.0.0.0/0", "gateway": "10.0.3.254", "disabled": True, "routing-table": "old"}],
    },
    "and one that names its interface": {
        "addresses": [network(3, "ether3")],
        "routes": [{"dst-address": "128.0.0.0/1", "gateway": "10.0.3.254%ether3", "routing-table": "x"}],
    },
    "a modem below a dialed line": {"addresses": [network(3, "ether3")], "dials": [{"name": "pppoe-out1", "interface": "ether3"}]},
    "an address that stands alone": {"addresses": [{"address": "10.0.3.1/32", "network": "10.0.3.1", "interface": "ether3"}]},
    "an interface that is off": {"interfaces": [{"name": "vlan3", "type": "vlan", "disabled": True}], "addresses": [network(3, "vlan3")]},
    "an address that is off": {"addresses": [network(3, "ether3", disabled=True)]},
    "a tunnel to a site": {"interfaces": [{"name": "gre1", "type": "gre-tunnel"}], "addresses": [network(3, "gre1")]},
    "what dials out": {"interfaces": [{"name": "l2tp-out1", "type": "l2tp-out"}], "addresses": [network(3, "l2tp-out1")]},
    "the router itself": {"interfaces": [{"name": "lo", "type": "loopback"}], "addresses": [network(3, "lo")]},
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_lan_is_not_among_all_and_not_told(name: str) -> None:
    rows = dict(OTHERS[name])
    found = beside({"interface pppoe-client": rows.pop("dials", [])}, **rows)
    assert lan(ALL, found) == ["bridge"]
    kinds = [finding.kind for finding in findings(read_intent(INTENT), found, probed=False)]
    assert "unnamed" not in kinds


def test_where_the_router_gives_addresses_there_is_a_lan() -> None:
    """Though a modem is on the same bridge, and another router behind it."""
    gateway = {"dst-address": "0.0.0.0/0", "gateway": "192.168.88.254", "distance": 5, "routing-table": "main"}
    outside: Found = {"interface pppoe-client": [{"name": "pppoe-out1", "interface": "bridge"}]}
    for paths, routes in ((outside, []), ({}, [gateway])):
        assert lan(ALL, beside(paths, routes=routes)) == []
        assert lan(ALL, beside({**paths, "ip dhcp-server": [{"interface": "bridge"}]}, routes=routes)) == ["bridge"]
        assert lan(ALL, beside({**paths, "ip dhcp-server": [{"interface": "bridge", "disabled": True}]}, routes=routes)) == []


def test_people_or_a_site_are_behind_a_wireguard_so_it_is_told_only() -> None:
    found = router(interfaces=[{"name": "wg1", "type": "wg"}], addresses=[network(9, "wg1")])
    assert lan(ALL, found) == ["bridge"]
    assert told(ALL, found) == ["multiwan_lan_interfaces: not balanced: 10.0.9.0/24 of wg1; add wg1 unless that is meant"]
    assert lan({**INTENT, "lan_interfaces": ["all", "wg1"]}, found) == ["wg1", "bridge"]
    assert told({**INTENT, "lan_interfaces": ["all", "wg1"]}, found) == []


def test_a_vrf_is_not_among_all() -> None:
    found = router(addresses=[network(3, "ether3")], vrfs=[{"name": "guests", "interfaces": "ether3,ether4"}])
    assert lan(ALL, found) == ["bridge"]


def test_networks_that_nobody_named_are_told_in_one_line() -> None:
    found = router(
        interfaces=[{"name": "vlan10", "type": "vlan"}, {"name": "vlan20", "type": "vlan"}],
        addresses=[network(10, "vlan10"), network(20, "vlan20"), network(21, "vlan20")],
    )
    assert told(INTENT, found) == [
        "multiwan_lan_interfaces: not balanced: 10.0.10.0/24 of vlan10, 10.0.20.0/24 of vlan20, 10.0.21.0/24 of vlan20; "
        "add vlan10, vlan20 unless that is meant"
    ]
    assert told({**INTENT, "lan_interfaces": ["bridge", "vlan10", "vlan20"]}, found) == []


def test_all_of_a_router_without_a_lan_is_refused() -> None:
    found = router()
    found["ip address"] = [row for row in found["ip address"] if row["interface"] != "bridge"]
    assert told(ALL, found)[0] == (
        "multiwan_lan_interfaces[0]: the router has no network but those of its lines, of tunnels and of Hotspots; "
        "write the interface of the LAN"
    )
    assert told(ALL, router(hotspots=[HOTSPOT]))[0].endswith("and of Hotspots; write {interface: bridge, hotspot: auth}")


HOTSPOT = {"name": "guests", "interface": "bridge"}
LOGGED_IN = {**INTENT, "lan_interfaces": [{"interface": "bridge", "hotspot": "auth"}]}


def test_a_hotspot_takes_its_owners_word() -> None:
    found = router(hotspots=[HOTSPOT])
    said = (
        "/ip hotspot guests: it serves bridge, and who is not logged in would be sent to a line instead of its login page; "
        "write {interface: bridge, hotspot: auth} in multiwan_lan_interfaces, so that only who is logged in is balanced, "
        "or leave bridge out, or write pcc_balance_warn_only: [hotspot]"
    )
    assert told(INTENT, found) == [said]
    assert told(LOGGED_IN, found) == []
    assert told({**INTENT, "lan_interfaces": [{"list": "LAN", "hotspot": "auth"}]}, found) == []
    assert told({**INTENT, "lan_interfaces": [{"list": "LAN"}]}, found) == [said]


def test_the_word_for_a_hotspot_that_is_not_there_is_refused() -> None:
    for hotspots in ([], [{**HOTSPOT, "disabled": True}], [{**HOTSPOT, "interface": "ether5"}]):
        assert told(LOGGED_IN, router(hotspots=hotspots)) == [
            "multiwan_lan_interfaces[0].hotspot: no Hotspot is on bridge; leave it out, or write pcc_balance_warn_only: [hotspot]"
        ]


def test_all_leaves_a_hotspot_out_until_it_is_named() -> None:
    found = router(hotspots=[HOTSPOT], addresses=[network(3, "ether3")])
    assert lan(ALL, found) == ["ether3"]
    assert told(ALL, found) == [
        "multiwan_lan_interfaces: not balanced: 192.168.88.0/24 of bridge; add {interface: bridge, hotspot: auth} unless that is meant"
    ]
    both = {**INTENT, "lan_interfaces": ["all", {"interface": "bridge", "hotspot": "auth"}]}
    assert told(both, router(hotspots=[HOTSPOT])) == []
    assert lan(both, found) == ["bridge", "ether3"]
    assert told(both, found) == []


def test_what_a_hotspot_takes_is_not_marked() -> None:
    """By the matchers of its own rows, before the LAN is looked at; and only where a LAN has the word."""
    rows = [row for row in plan(read_intent(LOGGED_IN))["ip firewall mangle"] if row["chain"] == "multiwan-new"]
    whole = {"action": "return", "in-interface-list": "multiwan-lan"}
    assert [{key: value for key, value in row.items() if key not in ("chain", "comment")} for row in rows[:4]] == [
        {**whole, "hotspot": "from-client,!auth"},
        {**whole, "protocol": "udp", "hotspot": "from-client", "dst-port": "53"},
        {**whole, "protocol": "tcp", "hotspot": "from-client", "dst-port": "53"},
        {**whole, "protocol": "tcp", "hotspot": "http"},
    ]
    assert rows[4:] == [row for row in plan(read_intent(INTENT))["ip firewall mangle"] if row["chain"] == "multiwan-new"]
    assert not any("hotspot" in row for row in plan(read_intent(ALL))["ip firewall mangle"])


@pytest.mark.parametrize(
    ("named", "there"),
    [("bridge", ["bridge", "vrrp1"]), ("vrrp1", ["vrrp1", "bridge"]), ("all", ["bridge", "vrrp1"]), ("ether3", ["ether3"])],
)
def test_an_interface_and_its_vrrp_are_one_lan(named: str, there: list[str]) -> None:
    vrrps = [{"name": "vrrp1", "interface": "bridge"}, {"name": "vrrp2", "interface": "ether1"}]
    found = beside(
        {"interface vrrp": vrrps},
        interfaces=[{"name": "vrrp1", "type": "vrrp"}, {"name": "vrrp2", "type": "vrrp"}],
        addresses=[{"address": "192.168.88.254/32", "network": "192.168.88.254", "interface": "vrrp1"}],
    )
    assert lan({**INTENT, "lan_interfaces": [named]}, found) == there


def test_a_vrrp_on_a_line_makes_no_lan_of_the_line() -> None:
    vrrps = [{"name": "vrrp1", "interface": "ether1"}]
    found = beside({"interface vrrp": vrrps}, interfaces=[{"name": "vrrp1", "type": "vrrp"}])
    assert lan({**INTENT, "lan_interfaces": ["vrrp1"]}, found) == ["vrrp1"]


def test_a_row_for_one_of_a_segment_is_for_all_of_it() -> None:
    """It is not sure by which one packets come in."""
    vrrp: Found = {"interface vrrp": [{"name": "vrrp1", "interface": "bridge"}]}
    for interface in ("bridge", "vrrp1"):
        row = {".id": "*1", "chain": "prerouting", "action": "mark-routing", "in-interface": interface, "new-routing-mark": "vpn"}
        found = beside(vrrp, mangle=[row], interfaces=[{"name": "vrrp1", "type": "vrrp"}])
        (finding,) = findings(read_intent(INTENT), found, probed=False)
        assert "sends all that comes from the LAN to table vpn" in finding.problem


def test_a_rule_for_all_of_a_segment_takes_all_of_the_lan() -> None:
    rule = {"action": "lookup", "table": "vpn", "src-address": "192.168.88.0/24"}
    vrrp: Found = {"interface vrrp": [{"name": "vrrp1", "interface": "bridge"}]}
    for found in (router(rules=[rule]), beside(vrrp, rules=[rule])):
        (finding,) = findings(read_intent(INTENT), found, probed=False)
        assert finding.problem.startswith("it takes all of the LAN") and not finding.command


def dialed(profile: Row | None = None, **more: list[Row]) -> Found:
    """A router at which people dial in by PPPoE."""
    return {
        "interface pppoe-server server": [{"service-name": "homes", "interface": "bridge", "default-profile": "people"}],
        "ppp profile": [{"name": "default"}, {"name": "people", ".id": "*7", **(profile or {})}],
        **{path.replace("_", " "): rows for path, rows in more.items()},
    }


HOMES = "/interface pppoe-server server homes: not balanced: who dials in with the profile people"
CONSENT = "unless that is meant, or multiwan_take_over: [clients]"
LISTED = {**INTENT, "lan_interfaces": [{"list": "LAN"}]}


def test_clients_that_dial_in_and_are_in_no_list_are_told_with_the_command() -> None:
    mend = '/ppp profile set [find name="people"] interface-list='
    assert told(LISTED, beside(dialed())) == [f"{HOMES}, which puts him into no list; write {mend}LAN {CONSENT}"]
    assert told(ALL, beside(dialed())) == [
        f"{HOMES}, which puts him into no list; write /interface list add name=clients; {mend}clients unless that is meant"
    ]
    assert told({**INTENT, "lan_interfaces": ["bridge"]}, beside(dialed())) == [
        f"{HOMES}, which puts him into no list; write /interface list add name=clients; {mend}clients "
        "and add {list: clients} to multiwan_lan_interfaces unless that is meant"
    ]


@pytest.mark.parametrize(
    ("items", "profile", "there"),
    [
        ([{"list": "LAN"}], "LAN", True),
        ([{"list": "homes"}], "inner", True),
        ([{"list": "dynamic"}], "", True),
        (["all"], "inner", True),
        (["all"], "WAN", False),
        (["ether5"], "inner", False),
        ([{"list": "inner"}], "homes", False),
    ],
)
def test_clients_of_a_list_that_is_a_lan_are_no_news(items: list[object], profile: str, there: bool) -> None:
    lists: list[Row] = [{"name": "homes", "include": "inner"}, {"name": "inner"}]
    found = beside(dialed({"interface-list": profile} if profile else {}), lists=lists)
    said = [text for text in told({**INTENT, "lan_interfaces": ["bridge", *items]}, found) if text.startswith(HOMES)]
    assert (said == []) is there
    if not there:
        assert said == [
            f"{HOMES}, which puts him into the list '{profile}'; add {{list: {profile}}} to multiwan_lan_interfaces unless that is meant"
        ]


def test_all_has_the_lists_of_who_dials_in() -> None:
    found = beside(
        dialed({"interface-list": "homes"}),
        interfaces=[{"name": "<pppoe-ann>", "type": "pppoe-in", "dynamic": True}],
        lists=[{"name": "homes"}],
        members=[{"list": "homes", "interface": "<pppoe-ann>", "dynamic": True}],
    )
    assert lan(ALL, found) == ["homes*", "bridge"]
    assert Surroundings(read_intent(ALL), found).lan == {"bridge", "<pppoe-ann>"}
    assert told(ALL, found) == []


def test_the_profile_of_a_line_is_left_alone() -> None:
    """What dials out by a profile is put into its list too: a line would be LAN."""
    clients: list[Row] = [{"name": "pppoe-out1", "interface": "ether6"}, {"name": "x", "interface": "ether6", "profile": "people"}]
    found = beside({**dialed(), "interface pppoe-client": clients})
    assert told(LISTED, found) == [
        f"{HOMES}, which puts him into no list, and is the profile of x too; "
        "give the server a profile of its own with an interface-list unless that is meant"
    ]


def test_secrets_have_profiles_of_their_own() -> None:
    secrets: list[Row] = [
        {"service": "any", "profile": "default"},
        {"service": "pppoe", "profile": "fast"},
        {"service": "l2tp", "profile": "roads"},
        {"service": "pppoe", "profile": "gone", "disabled": True},
    ]
    found = beside(dialed({"interface-list": "LAN"}, ppp_secret=secrets))
    found["ppp profile"] += [{"name": "fast", ".id": "*8"}, {"name": "roads", ".id": "*9"}]
    assert told(LISTED, found) == [
        "/interface pppoe-server server homes: not balanced: who dials in with the profile fast, which puts him into no list; "
        f'write /ppp profile set [find name="fast"] interface-list=LAN {CONSENT}'
    ]


def test_who_comes_over_the_internet_is_told_and_never_taken_over() -> None:
    roads: Found = {
        "interface l2tp-server server": [{"enabled": True, "default-profile": "roads"}],
        "interface sstp-server server": [{"enabled": False, "default-profile": "roads"}],
        "ppp profile": [{"name": "roads", ".id": "*9"}],
    }
    said = (
        "/interface l2tp-server server: not balanced: who dials in with the profile roads, which puts him into no list; "
        'write /ppp profile set [find name="roads"] interface-list=LAN unless that is meant'
    )
    assert told(LISTED, beside(roads)) == [said]
    (finding,) = findings(read_intent({**LISTED, "take_over": "all"}), beside(roads), probed=False)
    assert (finding.text, finding.is_made) == (said, False)


def test_with_consent_the_profile_puts_clients_into_the_list() -> None:
    def made(consent: object) -> Finding:
        (finding,) = findings(read_intent({**LISTED, "take_over": consent}), beside(dialed()), probed=False)
        return finding

    assert not made(["lists"]).is_made
    assert not made("all").is_made, "it widens what the firewall allows"
    for consent in (["clients"], ["all", "clients"]):
        assert [(change.path, change.fields) for change in made(consent).changes] == [("ppp profile", {"interface-list": "LAN"})]
        assert made(consent).is_made


@pytest.mark.parametrize(
    ("ranges", "entries"),
    [
        ("198.18.7.0-198.18.7.255", "198.18.7.0/24"),
        ("10.9.0.2-10.9.0.99,198.18.7.8-198.18.7.10", "198.18.7.8/31, 198.18.7.10"),
        ("10.9.0.2-10.9.0.99", ""),
    ],
)
def test_public_addresses_of_clients_have_to_be_bypassed(ranges: str, entries: str) -> None:
    pools: list[Row] = [{"name": "pool1", "ranges": ranges}, {"name": "pool2", "ranges": "198.18.9.0/24"}]
    found = beside(dialed({"interface-list": "LAN", "remote-address": "pool1"}, ip_pool=pools))
    said = [finding for finding in findings(read_intent(LISTED), found, probed=False)]
    assert [finding.kind for finding in said] == ["network"] * bool(entries)
    if entries:
        (finding,) = said
        assert f"add {entries}" in finding.text or entries in [str(row["address"]) for _path, row in finding.additions]
        assert told({**LISTED, "bypass": entries.split(", ")}, found) == []
        (made,) = findings(read_intent({**LISTED, "take_over": ["network"]}), found, probed=False)
        assert made.is_made
    assert told({**INTENT, "lan_interfaces": ["bridge"]}, found)[0].startswith(HOMES)


def test_an_address_of_one_client_counts_too() -> None:
    secrets: list[Row] = [
        {"service": "pppoe", "profile": "default", "remote-address": "198.18.7.7"},
        {"service": "ovpn", "remote-address": "198.18.7.8"},
    ]
    found = beside(dialed({"interface-list": "LAN"}, ppp_secret=secrets))
    (finding,) = findings(read_intent(LISTED), found, probed=False)
    assert [(path, row["address"]) for path, row in finding.additions] == [("ip firewall address-list", "198.18.7.7")]


def test_the_word_for_a_hotspot_may_come_later_and_go_again() -> None:
    """Rows for what it takes have to stand before the one that sends the LAN on."""
    with Lab(interfaces=4) as lab:
        assert not lab.load(
            "/ip address\nadd address=203.0.113.2/24 interface=ether1\nadd address=198.51.100.2/24 interface=ether2\n"
            "add address=192.168.88.1/24 interface=ether3\n/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1\n"
            "/ip hotspot add name=guests interface=ether3 disabled=no"
        ).skipped

        def rows(item: object) -> list[str]:
            run(lab, {"pcc_balance": {**INTENT, "lan_interfaces": [item], "warn_only": ["hotspot"]}})
            assert not run(lab, {"pcc_balance": {**INTENT, "lan_interfaces": [item], "warn_only": ["hotspot"]}}).changed
            there = read(lab, ["ip firewall mangle"])["ip firewall mangle"]
            return [str(row["comment"]).removeprefix("multiwan:pcc_balance:") for row in there if row["chain"] == "multiwan-new"]

        without = rows("ether3")
        assert rows({"interface": "ether3", "hotspot": "auth"}) == [
            *("hotspot:login", "hotspot:dns:udp", "hotspot:dns:tcp", "hotspot:proxy"),
            *without,
        ]
        assert rows("ether3") == without == ["new:lan", "arrive:isp1", "arrive:isp2"]
