# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is balanced and who is not, counted at the ISPs: a Hotspot's clients, those that dial in, VLANs, networks that nobody named."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.portal import LOGIN_PAGE
from tests.lab.network.surroundings import Lan
from tests.lab.router.reading import read_rows
from tests.lab.router.traits import Traits
from tests.unit.door.runs import look, run

from .conftest import ADDRESSES, LINES

HOTSPOT = Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")
LANS = [
    HOTSPOT,
    Lan("office", "ether4", "192.168.99.0/24", "192.168.99.1"),
    Lan("vlan", "vlan10", "10.0.10.0/24", "10.0.10.1"),
    Lan("tunnel", "wireguard1", "10.9.0.0/24", "10.9.0.1"),
]
FREE, PAGE, SERVER = "198.18.7.1", "198.18.7.2", "198.18.0.1"
MEMBERS, GUESTS = HOTSPOT.clients(20), [f"192.168.88.{200 + number}" for number in range(20)]
CONFIGURATION = f"""
/interface list
add name=LAN
add name=WAN
/interface list member
add list=WAN interface=ether1
add list=WAN interface=ether2
/ip firewall filter
add chain=input action=accept connection-state=established,related
add chain=input action=drop in-interface-list=WAN
/interface vlan add name=vlan10 interface=ether4 vlan-id=10
/interface wireguard add name=wireguard1
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
add address=192.168.99.1/24 interface=ether4
add address=10.0.10.1/24 interface=vlan10
add address=10.9.0.1/24 interface=wireguard1
/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1
/ip hotspot profile add name=hsprof1 hotspot-address=192.168.88.1
/ip hotspot add name=hotspot1 interface=ether3 profile=hsprof1 disabled=no
/ip hotspot walled-garden ip add action=accept dst-address={FREE}
/ip hotspot walled-garden add dst-host={PAGE}
/ip pool add name=homes ranges=10.20.0.10-10.20.0.99
/ppp profile add name=homes local-address=10.20.0.1 remote-address=homes
/ppp profile add name=roads local-address=10.21.0.1 remote-address=10.21.0.2
/ppp secret
add name=anna service=pppoe password=x
add name=ben service=pppoe password=x
add name=cleo service=l2tp profile=roads password=x
/interface pppoe-server server add interface=ether4 service-name=homes default-profile=homes disabled=no
/interface l2tp-server server set enabled=yes default-profile=roads
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=ether2
"""
"""Main goes by isp1, so whoever is not balanced does."""
OPTIONS = {
    "wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": 20},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": 10},
    ],
    "lan_interfaces": [{"interface": "ether3", "hotspot": "auth"}, {"list": "LAN"}],
    "take_over": ["clients"],
}
BY_WEIGHT = range(160, 240)
"""Of 300 connections, those of the line that has two thirds."""


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with open_room(CONFIGURATION, LINES, LANS, seed=7, engines=False, interfaces=6) as made:
        run(made.lab, {"pcc_balance": OPTIONS})
        made.network.kernel.settle()
        yield made


@pytest.fixture
def members(room: Room) -> Iterator[list[str]]:
    for member in MEMBERS:
        room.log_in(member)
    yield MEMBERS
    for member in MEMBERS:
        room.log_out(member)


def asked(room: Room, clients: list[str], server: str = SERVER, people: str = "lan") -> set[str]:
    """What clients read that ask a server for their address."""
    return set(run_clients(room.network.namespace_of(people), "whoami", pairs=[(client, server) for client in clients]))


def counted(room: Room, clients: list[str], people: str, count: int = 300, protocol: str = "tcp") -> dict[str, int]:
    return count_by_line(room.network, people, protocol, list(different_pairs(clients, count)))


def sent(room: Room, clients: list[str], port: int, kind: socket.SocketKind) -> dict[str, int]:
    """Has clients begin something that may be refused; the packets that come to each ISP."""

    def send() -> None:
        for client in clients:
            with socket.socket(type=kind) as opened:
                opened.bind((client, 0))
                opened.settimeout(1)
                if kind == socket.SOCK_DGRAM:
                    opened.sendto(b"x", (SERVER, port))
                else:
                    opened.connect_ex((SERVER, port))

    with room.network.observe() as seen:
        room.network.clients["lan"].namespace.inside(send)
    return {line: counters["up"].packets for line, counters in seen.items()}


NOTHING = {"isp1": 0, "isp2": 0}


def test_the_run_says_who_is_not_balanced(room: Room) -> None:
    said = [finding.text for finding in look(room.lab, {"pcc_balance": OPTIONS}).findings]
    assert said[0] == (
        "multiwan_lan_interfaces: not balanced: 192.168.99.0/24 of ether4, 10.0.10.0/24 of vlan10, 10.9.0.0/24 of wireguard1; "
        "add ether4, vlan10, wireguard1 unless that is meant"
    )
    assert said[1:] == [
        "/interface l2tp-server server: not balanced: who dials in with the profile roads, which puts him into no list; "
        'write /ppp profile set [find name="roads"] interface-list=LAN unless that is meant'
    ]
    assert not run(room.lab, {"pcc_balance": OPTIONS}).changed


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_who_is_logged_in_is_balanced_by_weight(room: Room, members: list[str], protocol: str) -> None:
    many = [*members, *(f"192.168.88.{number}" for number in range(100, 180))] if protocol == "udp" else members
    for client in many[len(members) :]:
        room.log_in(client)
    shares = counted(room, many, "lan", protocol=protocol)
    for client in many[len(members) :]:
        room.log_out(client)
    assert shares["isp1"] in BY_WEIGHT


def test_who_is_not_gets_the_login_page_and_nothing_leaves(room: Room) -> None:
    with room.network.observe() as seen:
        assert asked(room, GUESTS) == {LOGIN_PAGE}
    assert not any(counters["up"].packets for counters in seen.values())
    for port, kind in ((443, socket.SOCK_STREAM), (22, socket.SOCK_STREAM), (443, socket.SOCK_DGRAM), (53, socket.SOCK_DGRAM)):
        assert sent(room, GUESTS, port, kind) == NOTHING


def test_dns_of_all_clients_is_the_routers(room: Room, members: list[str]) -> None:
    """Hotspot redirects it, whoever asks and whomever."""
    assert sent(room, members, 53, socket.SOCK_DGRAM) == sent(room, members, 53, socket.SOCK_STREAM) == NOTHING


def test_the_walled_garden_is_open_and_not_balanced(room: Room) -> None:
    """By address, and as a page through the router's proxy."""
    assert asked(room, GUESTS, FREE) == {ADDRESSES["isp1"]}
    assert asked(room, GUESTS, PAGE) == {ADDRESSES["isp1"]}


def test_login_and_logout_change_it(room: Room) -> None:
    assert asked(room, GUESTS) == {LOGIN_PAGE}
    for guest in GUESTS:
        room.log_in(guest)
    assert asked(room, GUESTS) == set(ADDRESSES.values())
    for guest in GUESTS:
        room.log_out(guest)
    assert asked(room, GUESTS) == {LOGIN_PAGE}


def test_what_runs_at_the_logout_is_kept_in_but_for_the_walled_garden(room: Room, members: list[str]) -> None:
    """There it goes on by its line: no ISP sees the address of another one."""

    def opened(server: str) -> list[socket.socket]:
        sockets = [socket.socket(type=socket.SOCK_DGRAM) for _ in members]
        for client, mine in zip(members, sockets, strict=True):
            mine.bind((client, 0))
            mine.connect((server, 9))
        return sockets

    def send(sockets: list[socket.socket]) -> dict[str, int]:
        with room.network.observe() as seen:
            for mine in sockets:
                try:
                    mine.send(b"x")
                except OSError:
                    mine.send(b"x")  # the error of the last packet, which was refused
        assert not any(counters["spoofed"].packets for counters in seen.values())
        return {line: counters["up"].packets for line, counters in seen.items()}

    lan = room.network.clients["lan"].namespace
    kept, free = lan.inside(opened, SERVER), lan.inside(opened, FREE)
    before = send(kept), send(free)
    assert all(lines["isp2"] and sum(lines.values()) == len(members) for lines in before)
    for member in members:
        room.log_out(member)
    assert (send(kept), send(free)) == (NOTHING, before[1])
    for mine in (*kept, *free):
        mine.close()


def test_without_our_rows_for_it_the_login_page_is_lost(room: Room) -> None:
    """Which is why a Hotspot takes a word of its owner's."""
    room.load('/ip firewall mangle disable [find comment~"multiwan:pcc_balance:hotspot:"]')
    assert asked(room, GUESTS) != {LOGIN_PAGE}
    assert run(room.lab, {"pcc_balance": OPTIONS}).changed
    room.network.kernel.settle()
    assert asked(room, GUESTS) == {LOGIN_PAGE}


def test_who_dials_in_by_pppoe_is_balanced_by_the_list_of_the_profile(room: Room) -> None:
    profiles = {row["name"]: row.get("interface-list") for row in read_rows(room.lab.router, ("ppp", "profile"))}
    assert (profiles["homes"], profiles["roads"]) == ("LAN", None)
    anna, ben, cleo = (room.network.dial_in(name, kind) for name, kind in (("anna", "pppoe"), ("ben", "pppoe"), ("cleo", "l2tp")))
    try:
        assert counted(room, [anna.address, ben.address], "callers")["isp1"] in BY_WEIGHT
        assert counted(room, [cleo.address], "callers") == {"isp1": 300, "isp2": 0}
        assert not run(room.lab, {"pcc_balance": OPTIONS}).changed
    finally:
        for caller in (anna, ben, cleo):
            room.network.hang_up(caller)


@pytest.mark.parametrize(("people", "client"), [("office", "192.168.99.70"), ("vlan", "10.0.10.70"), ("tunnel", "10.9.0.70")])
def test_who_is_not_named_is_not_balanced(room: Room, people: str, client: str) -> None:
    assert counted(room, [client], people, 100) == {"isp1": 100, "isp2": 0}


def test_all_is_every_network_but_tunnels_and_a_later_one_comes_with_the_next_run() -> None:
    everything = {**OPTIONS, "lan_interfaces": ["all", {"interface": "ether3", "hotspot": "auth"}], "take_over": []}
    later = "/ip address add address=10.0.10.1/24 interface=vlan10"
    with open_room(
        CONFIGURATION.replace("add address=10.0.10.1/24 interface=vlan10\n", ""), LINES, LANS, seed=7, engines=False, interfaces=6
    ) as room:
        room.load("/ppp profile set homes interface-list=LAN")
        before = room.lab.dump()
        run(room.lab, {"pcc_balance": everything})
        room.load(later)
        assert counted(room, ["10.0.10.70"], "vlan", 100) == {"isp1": 100, "isp2": 0}
        assert [finding.kind for finding in look(room.lab, {"pcc_balance": everything}).findings] == ["unnamed", "unnamed-clients"]
        run(room.lab, {"pcc_balance": everything})
        room.network.kernel.settle()
        for people, client in (("office", "192.168.99.70"), ("vlan", "10.0.10.70")):
            assert counted(room, [client], people)["isp1"] in BY_WEIGHT
        anna = room.network.dial_in("anna")
        assert counted(room, [anna.address], "callers")["isp1"] in BY_WEIGHT
        assert not run(room.lab, {"pcc_balance": everything}).changed
        room.network.hang_up(anna)
        assert counted(room, ["10.9.0.70"], "tunnel", 100) == {"isp1": 100, "isp2": 0}
        assert asked(room, GUESTS) == {LOGIN_PAGE}
        run(room.lab, {}, "pcc_balance")
        room.load("/ip address remove [find interface=vlan10]")
        assert room.lab.dump() == before


def test_a_removal_gives_the_profile_back_and_leaves_the_hotspot() -> None:
    with open_room(CONFIGURATION, LINES, LANS, seed=7, engines=False, interfaces=6) as room:
        before = room.lab.dump()
        run(room.lab, {"pcc_balance": OPTIONS})
        run(room.lab, {}, "pcc_balance")
        room.network.kernel.settle()
        assert room.lab.dump() == before
        assert asked(room, GUESTS) == {LOGIN_PAGE}


def test_rows_that_lose_their_matcher_keep_the_lan_unbalanced_and_not_the_guests_in() -> None:
    """As toggling does below 7.21; the next run writes it again."""
    traits = Traits(toggling_drops_hotspot=True)
    with open_room(CONFIGURATION, LINES, LANS, seed=7, engines=False, interfaces=6, traits=traits) as room:
        run(room.lab, {"pcc_balance": OPTIONS})
        for command in ("disable", "enable"):
            room.load(f'/ip firewall mangle {command} [find comment~"multiwan:pcc_balance:hotspot:"]')
        assert "hotspot=from-client" not in room.lab.dump().partition("/ip firewall mangle")[2].partition("\n/ip firewall nat")[0]
        for member in MEMBERS:
            room.log_in(member)
        assert (asked(room, MEMBERS), asked(room, GUESTS)) == ({ADDRESSES["isp1"]}, {LOGIN_PAGE})
        assert run(room.lab, {"pcc_balance": OPTIONS}).changed
        room.network.kernel.settle()
        assert (asked(room, MEMBERS), asked(room, GUESTS)) == (set(ADDRESSES.values()), {LOGIN_PAGE})


VRRP = """
/interface vrrp add name=vrrp1 interface=ether3 vrid=49
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.2/24 interface=ether3
add address=192.168.88.1/32 interface=vrrp1
/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1
"""


@pytest.mark.parametrize("named", ["ether3", "vrrp1"])
def test_clients_of_a_vrrp_are_balanced_by_whichever_gateway_they_go(named: str) -> None:
    """By the shared address they come in by the VRRP, by the router's own address by the interface below."""
    with open_room(VRRP, LINES, [HOTSPOT], seed=7, engines=False) as room:
        before = room.lab.dump()
        options = {**OPTIONS, "lan_interfaces": [named], "take_over": []}
        assert not [finding.text for finding in look(room.lab, {"pcc_balance": options}).findings if "not balanced" in finding.problem]
        run(room.lab, {"pcc_balance": options})
        room.network.kernel.settle()
        assert asked(room, MEMBERS) == set(ADDRESSES.values())
        assert counted(room, MEMBERS, "lan")["isp1"] in BY_WEIGHT
        room.network.namespace_of("lan").run(["ip", "route", "replace", "default", "via", "192.168.88.2", "dev", "lan"])
        assert asked(room, MEMBERS) == set(ADDRESSES.values())
        assert counted(room, MEMBERS, "lan")["isp1"] in BY_WEIGHT
        run(room.lab, {}, "pcc_balance")
        assert room.lab.dump() == before
