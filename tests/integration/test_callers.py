# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients that dial in, and those of WireGuard: interfaces that come and go, in a list that the profile names, balanced by it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.router.ppp_server import NobodyAnswers
from tests.lab.router.reading import read_rows

from .conftest import LANS, LINES

SERVER = "198.18.0.1"
CONFIGURATION = """
/interface list add name=LAN
/interface wireguard add name=wireguard1
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=10.9.0.1/24 interface=wireguard1
/ip pool add name=homes ranges=10.20.0.10-10.20.0.11
/ppp profile add name=homes local-address=10.20.0.1 remote-address=homes interface-list=LAN address-list=online
/ppp profile add name=plain local-address=10.21.0.1 remote-address=10.21.0.2
/ppp secret
add name=anna profile=homes password=x
add name=ben profile=homes password=x service=pppoe
add name=cleo profile=homes password=x service=l2tp
add name=dora profile=plain password=x
add name=emil profile=homes password=x disabled=yes
/interface pppoe-server server add interface=ether3 service-name=homes disabled=no
/interface l2tp-server server set enabled=yes
/routing table add name=isp2 fib
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=isp2
/ip firewall mangle
add action=mark-connection chain=prerouting connection-state=new in-interface-list=LAN new-connection-mark=isp2 comment=list
add action=mark-connection chain=prerouting connection-state=new in-interface=all-ppp new-connection-mark=isp2 comment=ppp disabled=yes
add action=mark-routing chain=prerouting connection-mark=isp2 in-interface=!ether2 new-routing-mark=isp2
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=ether2
"""
"""What comes from the list goes by isp2, all else by main, isp1."""


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with open_room(CONFIGURATION, LINES, [LANS[2]], engines=False) as made:
        yield made


def seen(room: Room, address: str, people: str = "callers") -> str:
    """The address that a server sees of a client."""
    (answer,) = run_clients(room.network.namespace_of(people), "whoami", pairs=[(address, SERVER)])
    return str(answer)


def test_a_caller_is_in_the_list_of_its_profile_and_leaves_it(room: Room) -> None:
    """The rows are those that a router shows [WILD] O."""
    router = room.lab.router
    caller = room.network.dial_in("anna")
    assert caller.address == "10.20.0.10"
    (member,) = read_rows(router, ("interface", "list", "member"))
    assert (member["interface"], member["list"], member["dynamic"]) == ("<pppoe-anna>", "LAN", "true")
    (interface,) = (row for row in read_rows(router, ("interface",)) if row["name"] == "<pppoe-anna>")
    assert (interface["type"], interface["dynamic"], interface["running"]) == ("pppoe-in", "true", "true")
    (address,) = (row for row in read_rows(router, ("ip", "address")) if row["interface"] == "<pppoe-anna>")
    assert (address["address"], address["network"], address["dynamic"]) == ("10.20.0.1/32", "10.20.0.10", "true")
    assert [row["name"] for row in read_rows(router, ("ppp", "active"))] == ["anna"]
    assert [row["address"] for row in read_rows(router, ("ip", "firewall", "address-list"))] == ["10.20.0.10"]
    assert seen(room, caller.address) == "198.51.100.2"
    before = room.lab.dump()
    room.network.hang_up(caller)
    assert not read_rows(router, ("interface", "list", "member")) and not read_rows(router, ("ppp", "active"))
    assert not [row for row in read_rows(router, ("interface",)) if "anna" in row["name"]]
    assert room.lab.dump() == before


def test_many_callers_are_told_apart(room: Room) -> None:
    anna, ben, dora = room.network.dial_in("anna"), room.network.dial_in("ben"), room.network.dial_in("dora")
    try:
        assert (anna.address, ben.address, dora.address) == ("10.20.0.10", "10.20.0.11", "10.21.0.2")
        assert [seen(room, caller.address) for caller in (anna, ben, dora)] == ["198.51.100.2", "198.51.100.2", "203.0.113.2"]
        counted = count_by_line(room.network, "callers", "tcp", list(different_pairs([anna.address, dora.address], 60)))
        assert counted == {"isp1": 30, "isp2": 30}
        with pytest.raises(NobodyAnswers, match="no address is left"):
            room.network.dial_in("cleo", "l2tp")
        room.network.hang_up(ben)
        cleo = room.network.dial_in("cleo", "l2tp")
        assert seen(room, cleo.address) == "198.51.100.2"
        room.network.hang_up(cleo)
        assert seen(room, anna.address) == "198.51.100.2"
    finally:
        for caller in (anna, dora):
            room.network.hang_up(caller)


def test_all_ppp_means_callers_too(room: Room) -> None:
    room.load("/ip firewall mangle enable [find comment=ppp]")
    dora = room.network.dial_in("dora")
    assert seen(room, dora.address) == "198.51.100.2"
    assert seen(room, "10.9.0.64", "tunnel") == "203.0.113.2"
    room.network.hang_up(dora)
    room.load("/ip firewall mangle disable [find comment=ppp]")


def test_an_interface_made_for_a_user_stays(room: Room) -> None:
    room.load("/interface pppoe-server add name=dora-in user=dora service=homes\n/interface list member add interface=dora-in list=LAN")
    dora = room.network.dial_in("dora")
    assert dora.session.interface == "dora-in" and seen(room, dora.address) == "198.51.100.2"
    room.network.hang_up(dora)
    (row,) = (row for row in read_rows(room.lab.router, ("interface",)) if row["name"] == "dora-in")
    assert row["running"] == "false"
    again = room.network.dial_in("dora")
    assert seen(room, again.address) == "198.51.100.2"
    room.network.hang_up(again)
    room.load("/interface list member remove [find interface=dora-in]\n/interface pppoe-server remove dora-in")


@pytest.mark.parametrize(
    ("user", "kind", "reason"),
    [
        ("nobody", "pppoe", "no enabled /ppp/secret nobody"),
        ("emil", "pppoe", "no enabled /ppp/secret emil"),
        ("cleo", "pppoe", "cleo for pppoe"),
        ("anna", "sstp", "no enabled /interface/sstp-server/server"),
    ],
)
def test_who_is_not_known_is_not_let_in(room: Room, user: str, kind: str, reason: str) -> None:
    with pytest.raises(NobodyAnswers, match=reason):
        room.network.dial_in(user, kind)


def test_wireguard_clients_come_by_one_interface(room: Room) -> None:
    """Without encryption, as a link to one other router: which peer a packet is from shows in its address only."""
    assert seen(room, "10.9.0.64", "tunnel") == "203.0.113.2"
    room.load("/interface list member add interface=wireguard1 list=LAN")
    assert seen(room, "10.9.0.65", "tunnel") == "198.51.100.2"
    room.load("/interface list member remove [find interface=wireguard1]")
