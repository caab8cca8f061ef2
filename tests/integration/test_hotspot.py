# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Hotspot: who is not logged in sees the login page, and nothing of theirs leaves; who is, is balanced by ``hotspot=auth``."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network import tags
from tests.lab.network.played import NotPlayed
from tests.lab.network.portal import LOGIN_PAGE
from tests.lab.network.surroundings import Lan
from tests.lab.router.traits import Traits

from .conftest import BY_HAND, LINES

LAN = Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")
OFFICE = Lan("office", "ether4", "192.168.99.0/24", "192.168.99.1")
GUEST, MEMBER, BYPASSED, FAR = "192.168.88.70", "192.168.88.71", "192.168.88.72", "192.168.88.200"
FREE, SERVER = "198.18.7.1", "198.18.0.1"
PAGE = "198.18.7.2"

HOTSPOT = f"""
/ip address add address=192.168.99.1/24 interface=ether4
/ip hotspot profile add name=hsprof1 hotspot-address=192.168.88.1
/ip hotspot add name=hotspot1 interface=ether3 profile=hsprof1 disabled=no
/ip hotspot walled-garden ip add action=accept dst-address={FREE}
/ip hotspot walled-garden add dst-host={PAGE}
/ip hotspot ip-binding add address={BYPASSED} type=bypassed
/ip firewall mangle set [find action=mark-connection] hotspot=auth
"""
"""Clients that are logged in go by their half of the LAN; the others by main, isp1."""


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with open_room(BY_HAND + HOTSPOT, LINES, [LAN, OFFICE], engines=False) as made:
        yield made


@pytest.fixture
def member(room: Room) -> Iterator[str]:
    room.log_in(MEMBER)
    yield MEMBER
    room.log_out(MEMBER)


def asked(room: Room, client: str, server: str = SERVER, lan: str = "lan") -> str:
    """What a client reads that asks a server for its address."""
    (answer,) = run_clients(room.network.clients[lan].namespace, "whoami", pairs=[(client, server)])
    return str(answer)


def test_the_rows_are_those_of_a_router(room: Room) -> None:
    """As ``/ip firewall nat print`` of a hEX with 7.x shows them [WILD] O; the walled garden's are among them."""
    rows = [row for row in room.lab.router.table(("ip", "firewall", "nat")) if row.dynamic]
    assert room.lab.router.table(("ip", "firewall", "nat"))[: len(rows)] == rows
    text = [" ".join(room.lab.router.written(row, name) for name in ("chain", "action", "dst-port", "hotspot")) for row in rows]
    assert text[0] == "dstnat jump  from-client"
    assert text.count("hs-unauth return  ") == 1
    assert {line.split()[-1] for line in text if "redirect" in line} == {"53", "local-dst", "80", "3128", "8080", "443", "http"}


def test_a_guest_gets_the_login_page_and_nothing_leaves(room: Room) -> None:
    with room.network.observe() as seen:
        assert asked(room, GUEST) == LOGIN_PAGE
    assert not any(seen[line.name]["up"].packets for line in LINES)


def test_a_guest_reaches_nothing_by_other_ports(room: Room) -> None:
    with room.network.observe() as seen:
        assert run_clients(room.network.clients["lan"].namespace, "connect", pairs=[(GUEST, "1.1.1.1")])["taken"] == 1
        room.network.clients["lan"].namespace.inside(_send, GUEST, SERVER)
    assert not any(seen[line.name]["up"].packets for line in LINES)


def _send(client: str, server: str) -> None:
    for port in (443, 22):
        with socket.socket() as opened:
            opened.settimeout(1)
            opened.bind((client, 0))
            with pytest.raises(ConnectionRefusedError):
                opened.connect((server, port))
    with socket.socket(type=socket.SOCK_DGRAM) as opened:
        opened.bind((client, 0))
        opened.sendto(b"x", (server, 4000))


def test_login_and_logout_change_it(room: Room) -> None:
    assert asked(room, GUEST) == LOGIN_PAGE
    room.log_in(GUEST)
    assert asked(room, GUEST) == "203.0.113.2"
    room.log_out(GUEST)
    assert asked(room, GUEST) == LOGIN_PAGE


def test_a_client_is_logged_out_by_removing_its_row(room: Room) -> None:
    room.log_in(GUEST)
    room.load(f'/ip hotspot active remove [find address="{GUEST}"]')
    assert asked(room, GUEST) == LOGIN_PAGE


def test_only_who_is_logged_in_is_balanced(room: Room, member: str) -> None:
    room.log_in(FAR)
    assert asked(room, member) == "203.0.113.2"
    assert asked(room, FAR) == "198.51.100.2"
    marked = count_by_line(room.network, "lan", "udp", list(different_pairs([FAR], 50)))
    assert marked == {"isp1": 0, "isp2": 50}
    room.log_out(FAR)
    assert asked(room, FAR) == LOGIN_PAGE


def test_the_walled_garden_is_open(room: Room) -> None:
    """By address for all, and as a page through the router's own proxy, which goes by main."""
    assert asked(room, FAR, FREE) == "203.0.113.2"
    assert asked(room, FAR, PAGE) == "203.0.113.2"


def test_who_is_bypassed_need_not_log_in(room: Room) -> None:
    assert asked(room, BYPASSED) == "203.0.113.2"


def test_other_lans_know_nothing_of_it(room: Room) -> None:
    room.network.kernel.settle()
    assert asked(room, "192.168.99.70", lan="office") == "203.0.113.2"


def test_answers_to_a_guest_stay_out(room: Room) -> None:
    """What begins from outside is refused on its way to a client that is not logged in."""
    row = "/ip firewall nat add chain=dstnat action=dst-nat protocol=tcp dst-port=8081 in-interface=ether1 to-ports=8080 comment=in"
    room.load(f"{row} to-addresses={GUEST}")
    before = room.network.internet.namespace.inside(_reaches, "203.0.113.2", 8081)
    room.log_in(GUEST)
    afterwards = room.network.internet.namespace.inside(_reaches, "203.0.113.2", 8081)
    room.log_out(GUEST)
    room.load("/ip firewall nat remove [find comment=in]")
    assert (before, afterwards) == (False, True)


def _reaches(address: str, port: int) -> bool:
    with socket.socket() as opened:
        opened.settimeout(2)
        opened.bind((str(IPv4Address(SERVER) + 1), 0))
        try:
            opened.connect((address, port))
        except OSError:
            return False
    return True


def test_a_disabled_hotspot_keeps_nobody_out(room: Room) -> None:
    room.load("/ip hotspot disable hotspot1")
    assert asked(room, GUEST) == "203.0.113.2"
    assert not [row for row in room.lab.router.table(("ip", "firewall", "filter")) if row.dynamic]
    room.load("/ip hotspot enable hotspot1")
    assert asked(room, GUEST) == LOGIN_PAGE


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("/ip hotspot ip-binding add mac-address=02:00:00:00:00:01 type=bypassed comment=x", "mac-address=02:00:00:00:00:01"),
        ("/ip hotspot ip-binding add address=192.168.88.90 type=blocked comment=x", "type=blocked"),
        ("/ip hotspot walled-garden ip add dst-host=example.com comment=x", "dst-host=example.com"),
    ],
)
def test_what_is_not_played_is_named(room: Room, rows: str, reason: str) -> None:
    with pytest.raises(NotPlayed, match=reason):
        room.load(rows)
    room.load(f"{rows.partition(' add ')[0]} remove [find comment=x]")


def test_whether_who_is_bypassed_counts_as_logged_in_is_a_trait() -> None:
    """In the upper half of the LAN, so that its mark shows."""
    bypassed = HOTSPOT.replace(BYPASSED, FAR)
    for trait, seen in ((True, "198.51.100.2"), (False, "203.0.113.2")):
        with open_room(BY_HAND + bypassed, LINES, [LAN], engines=False, traits=Traits(bypassed_is_auth=trait)) as made:
            assert asked(made, FAR) == seen


def test_what_is_not_played_may_be_left_out() -> None:
    """As hosts in walled gardens of strangers are; the others of the list are played."""
    more = "/ip hotspot walled-garden ip add dst-host=example.com\n/ip hotspot ip-binding add mac-address=02:00:00:00:00:01 type=bypassed\n"
    with open_room(BY_HAND + HOTSPOT + more, LINES, [LAN], engines=False, leave_out=True) as made:
        left_out = [reason.rpartition(" ")[2] for reason in made.network.kernel.left_out]
        assert left_out == ["dst-host=example.com", "mac-address=02:00:00:00:00:01"]
        assert (asked(made, GUEST), asked(made, FAR, FREE), asked(made, BYPASSED)) == (LOGIN_PAGE, "203.0.113.2", "203.0.113.2")


def test_marks_for_all_take_the_login_page_away(room: Room) -> None:
    """A mark comes before the router's own addresses [MAN:Moving from v6 to v7] D: what was turned to the login page goes to a line."""
    room.load("/ip firewall mangle unset [find action=mark-connection] hotspot")
    found = run_clients(room.network.clients["lan"].namespace, "connect", pairs=[(GUEST, SERVER)], patience=1.5)
    room.load("/ip firewall mangle set [find action=mark-connection] hotspot=auth")
    assert not found["taken"]
    assert asked(room, GUEST) == LOGIN_PAGE


BELOW = {
    "bridge": "/interface bridge add name=bridge\n/interface bridge port add bridge=bridge interface=ether3",
    "vlan10": "/interface vlan add name=vlan10 vlan-id=10 interface=ether3",
}


@pytest.mark.parametrize("interface", BELOW)
def test_on_a_bridge_and_on_a_vlan(interface: str) -> None:
    """Beside a LAN that is none of its business, at the same port where it is a VLAN."""
    if interface == "vlan10" and not tags.are_played():
        pytest.skip("only root may load programs that put tags on")
    configuration = f"""
    {BELOW[interface]}
    {BY_HAND.replace("interface=ether3", f"interface={interface}")}
    /ip address add address=192.168.99.1/24 interface={"ether3" if interface == "vlan10" else "ether4"}
    /ip hotspot add name=hotspot1 interface={interface} disabled=no
    /ip firewall mangle set [find action=mark-connection] hotspot=auth
    """
    lan = replace(LAN, vlan=10 if interface == "vlan10" else 0)
    office = replace(OFFICE, interface="ether3" if interface == "vlan10" else "ether4")
    with open_room(configuration, LINES, [lan, office], engines=False) as made:
        assert asked(made, GUEST) == LOGIN_PAGE
        assert asked(made, "192.168.99.70", lan="office") == "203.0.113.2"
        made.log_in(GUEST)
        assert asked(made, GUEST) == "203.0.113.2"
