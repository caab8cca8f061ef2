# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VRRP on a LAN: the clients' gateway is the address of VRRP, and what they send to it comes in by the interface of VRRP.

Seen on routers: ``forward: in:vrrp-WAN out:NIC1-INET`` in a firewall's log, rows with ``in-interface=vrrp1``, and scripts that put
``vrrp1`` into the list LAN [WILD] O. What the router sends to clients leaves by the interface that has their network, as its routes say.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network import tags
from tests.lab.network.surroundings import Lan

from .conftest import LINES

SERVER, CLIENT = "198.18.0.1", "192.168.88.70"
RULES = """
/interface vrrp add name=vrrp1 interface={below} vrid=49
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.2/24 interface={below}
add address=192.168.88.1/{length} interface=vrrp1
/routing table add name=isp2 fib
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=isp2
/ip firewall mangle
add action=mark-routing chain=prerouting dst-address-type=!local in-interface=vrrp1 new-routing-mark=isp2 comment=vrrp
add action=passthrough chain=prerouting in-interface={below} src-address={client} comment=below
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=ether2
"""
BELOW = {
    "ether3": ("", 0),
    "bridge": ("/interface bridge add name=bridge\n/interface bridge port add bridge=bridge interface=ether3\n", 0),
    "vlan10": ("/interface vlan add name=vlan10 vlan-id=10 interface=ether3\n", 10),
}


def plain(below: str, length: int = 32) -> str:
    """A router with VRRP on an interface."""
    return BELOW[below][0] + RULES.format(below=below, length=length, client=CLIENT)


@pytest.fixture(params=BELOW, scope="module")
def room(request: pytest.FixtureRequest) -> Iterator[Room]:
    vlan = BELOW[request.param][1]
    if vlan and not tags.are_played():
        pytest.skip("only root may load programs that put tags on")
    lan = Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1", vlan=vlan)
    with open_room(plain(request.param), LINES, [lan], engines=False) as made:
        yield made


def seen(room: Room, client: str = CLIENT) -> str:
    """The address that a server sees of a client."""
    (answer,) = run_clients(room.network.namespace_of("lan"), "whoami", pairs=[(client, SERVER)])
    return str(answer)


def met(room: Room, comment: str) -> int:
    """How many packets a row has met."""
    (row,) = (row for row in room.lab.router.table(("ip", "firewall", "mangle")) if room.lab.router.written(row, "comment") == comment)
    counters = room.lab.router.services.counters
    assert counters is not None
    return counters.read(("ip", "firewall", "mangle"), [f"*{row.id:X}"])[f"*{row.id:X}"].packets


def test_packets_for_the_shared_address_come_by_its_interface(room: Room) -> None:
    before = met(room, "vrrp"), met(room, "below")
    assert seen(room) == "198.51.100.2"
    assert met(room, "vrrp") > before[0] and met(room, "below") == before[1]


def test_clients_know_it_by_its_own_hardware_address(room: Room) -> None:
    assert seen(room) == "198.51.100.2"
    table = room.network.namespace_of("lan").inside(subprocess.check_output, ["ip", "neighbour", "show", "192.168.88.1"], text=True)
    assert "00:00:5e:00:01:31" in table


def test_a_client_that_uses_the_routers_own_address_comes_by_the_interface_below(room: Room) -> None:
    lan = room.network.namespace_of("lan")
    lan.run(["ip", "route", "add", "198.18.1.0/24", "via", "192.168.88.2", "dev", "lan"])
    (answer,) = run_clients(lan, "whoami", pairs=[(CLIENT, "198.18.1.1")])
    lan.run(["ip", "route", "del", "198.18.1.0/24"])
    assert answer == "203.0.113.2"
    assert met(room, "below")


def test_without_vrrp_nobody_has_the_address(room: Room) -> None:
    room.load("/interface vrrp disable vrrp1")
    found = run_clients(room.network.namespace_of("lan"), "connect", pairs=[(CLIENT, SERVER)], patience=1.5)
    room.load("/interface vrrp enable vrrp1")
    assert not found["taken"]
    assert seen(room) == "198.51.100.2"


def test_an_address_with_the_whole_network_works_too() -> None:
    lan = Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")
    with open_room(plain("ether3", 24), LINES, [lan], engines=False) as made:
        assert {seen(made, client) for client in lan.clients(8)} == {"198.51.100.2"}
