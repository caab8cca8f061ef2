# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets follow a lease: while it is there, after it was lost, when it comes back with another gateway, and when the cable is out; and
whatever the provider has given: one address alone, one of the carrier's, that of a modem which another line's modem has too."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.lab.experiments.openings import different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Lan, Line
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown, read_rows

from .test_failover import wait_for

LAN = Lan("lan", "ether8", "192.168.88.0/24", "192.168.88.1")
LINES = [
    Line("cable", "ether1", "198.51.100.1", "198.51.100.0/24", leased="198.51.100.7"),
    Line("dsl", "pppoe-out1", "10.64.0.1", "203.0.113.7/32", dialed="203.0.113.7"),
]
CONFIGURATION = """
/ip dhcp-client add interface=ether1 disabled=no
/interface pppoe-client add name=pppoe-out1 interface=ether2 disabled=no add-default-route=yes default-route-distance=2
/ip address add address=192.168.88.1/24 interface=ether8
/ip firewall nat add chain=srcnat action=masquerade out-interface=ether1
/ip firewall nat add chain=srcnat action=masquerade out-interface=pppoe-out1
"""


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with open_room(CONFIGURATION, LINES, [LAN], engines=False) as made:
        yield made


def seen(room: Room) -> set[str]:
    """The addresses that servers see of clients."""
    room.network.kernel.settle()
    return set(run_clients(room.network.clients["lan"].namespace, "whoami", pairs=list(different_pairs(LAN.clients(5), 5))))


def client(room: Room, interface: str = "ether1") -> Shown:
    """The row of an interface's client."""
    (row,) = [row for row in read_rows(room.lab.router, path("ip dhcp-client")) if row["interface"] == interface]
    return row


def carried(room: Room) -> dict[str, int]:
    """How many of some connections each line's provider has carried; none with an address of another line."""
    room.network.kernel.settle()
    with room.network.observe() as counted:
        seen(room)
    assert not any(counted[line]["spoofed"].packets for line in counted)
    return {line: counted[line]["up-new-tcp"].packets for line in counted}


def test_a_lease_leads_and_the_dialed_line_stands_by(room: Room) -> None:
    assert seen(room) == {"198.51.100.7"}
    room.network.lose_lease("cable")
    assert seen(room) == {"203.0.113.7"}
    room.network.give_lease("cable")
    assert seen(room) == {"198.51.100.7"}


def test_a_cable_that_is_out_costs_the_lease(room: Room) -> None:
    room.network.cut("cable", "cable")
    assert seen(room) == {"203.0.113.7"}
    room.network.mend("cable")
    assert seen(room) == {"198.51.100.7"}


@pytest.mark.parametrize(
    ("address", "gateway", "customers"),
    [
        ("198.51.100.7", "198.51.100.254", "198.51.100.0/24"),  # the gateway moves alone
        ("198.51.100.99", "198.51.100.254", "198.51.100.0/24"),  # the address moves alone
        ("192.0.2.20", "192.0.2.1", "192.0.2.0/24"),
        ("100.72.3.4", "100.64.0.1", "100.64.0.0/10"),  # between the provider and its customers
        ("192.0.2.77", "10.0.0.1", "192.0.2.77/32"),  # one address, whose gateway lies elsewhere
        ("198.51.100.7", "198.51.100.1", "198.51.100.0/24"),
    ],
)
def test_the_provider_moves_the_line(room: Room, address: str, gateway: str, customers: str) -> None:
    room.network.give_lease("cable", address=address, gateway=gateway, customers=customers)
    assert (client(room)["address"].partition("/")[0], client(room)["gateway"]) == (address, gateway)
    assert seen(room) == {address}
    assert carried(room) == {"cable": 5, "dsl": 0}


def test_the_routers_own_commands(room: Room) -> None:
    for command in ("renew", "release"):
        room.load(f"/ip dhcp-client {command} [find interface=ether1]")
        assert (client(room)["status"], seen(room)) == ("bound", {"198.51.100.7"})


def test_a_lease_that_names_no_gateway_leads_nowhere(room: Room) -> None:
    room.network.give_lease("cable", announced=False)
    assert (client(room)["status"], "gateway" in client(room), seen(room)) == ("bound", False, {"203.0.113.7"})
    room.load("/ip route add dst-address=0.0.0.0/0 gateway=198.51.100.1 comment=known")
    assert seen(room) == {"198.51.100.7"}
    room.load("/ip route remove [find comment=known]")
    room.network.give_lease("cable")


def test_a_lease_ends_when_nobody_renews_it() -> None:
    """Four seconds: asked for again after two, given up after four."""
    with open_room(CONFIGURATION, [replace(LINES[0], seconds=4), LINES[1]], [LAN]) as made:
        time.sleep(5)
        assert (client(made)["status"] in ("bound", "renewing..."), seen(made)) == (True, {"198.51.100.7"})
        made.network.silence_leases("cable")
        wait_for(lambda: client(made)["status"] == "searching...", 6)
        assert seen(made) == {"203.0.113.7"}
        made.network.give_lease("cable")
        assert seen(made) == {"198.51.100.7"}
        assert not made.lab.writes


MODEMS = [
    Line("one", "ether1", "192.168.1.1", "192.168.1.0/24", leased="192.168.1.2", translates=True),
    Line("two", "ether2", "192.168.1.1", "192.168.1.0/24", leased="192.168.1.2", translates=True),
]
TWO_CLIENTS = """
/ip dhcp-client add interface=ether1 disabled=no
/ip dhcp-client add interface=ether2 disabled=no default-route-distance=2
/ip address add address=192.168.88.1/24 interface=ether8
/ip firewall nat add chain=srcnat action=masquerade out-interface=ether1
/ip firewall nat add chain=srcnat action=masquerade out-interface=ether2
/ip route add dst-address=198.18.0.0/16 gateway=192.168.1.1%ether1 comment=one
/ip route add dst-address=198.19.0.0/16 gateway={second}%ether2 comment=two
"""


@pytest.mark.parametrize(("second", "address"), [("192.168.1.1", "192.168.1.2"), ("192.168.1.254", "192.168.1.3")])
def test_two_modems_with_one_network(second: str, address: str) -> None:
    """Routes that name the interface go by their own modem; the modems' customers are told apart behind them."""
    lines = [MODEMS[0], replace(MODEMS[1], gateway=second, leased=address)]
    with open_room(TWO_CLIENTS.format(second=second), lines, [LAN], engines=False) as made:
        publics = {name: made.network.isps[name].public for name in ("one", "two")}
        for target, line in (("198.18.0.1", "one"), ("198.19.0.1", "two")):
            pairs = [(source, target) for source in LAN.clients(5)]
            with made.network.observe() as counted:
                told = set(run_clients(made.network.clients["lan"].namespace, "whoami", pairs=pairs))
            assert told == {publics[line]}
            assert {name: (found["up-new-tcp"].packets, found["spoofed"].packets) for name, found in counted.items()} == {
                name: (5 if name == line else 0, 0) for name in ("one", "two")
            }
        made.network.cut("one", "cable")
        made.network.kernel.settle()
        pairs = [(source, "198.19.0.1") for source in LAN.clients(5)]
        assert set(run_clients(made.network.clients["lan"].namespace, "whoami", pairs=pairs)) == {publics["two"]}


def test_a_wrong_line_is_seen_behind_modems_too() -> None:
    """A packet with an address that is not of the line is thrown away, whether a modem translates or not."""
    configuration = re.sub(r"/ip firewall nat .*ether2\n", "", TWO_CLIENTS).format(second="192.168.1.1")
    with open_room(configuration, MODEMS, [LAN], engines=False) as made:
        with made.network.observe() as counted:
            pairs = [(source, "198.19.0.1") for source in LAN.clients(5)]
            told = run_clients(made.network.clients["lan"].namespace, "whoami", pairs=pairs)
        assert set(told) == {"TimeoutError"}
        assert counted["two"]["spoofed"].packets >= 5


def test_customers_of_two_providers_are_not_the_same() -> None:
    lines = [replace(line, translates=False) for line in MODEMS]
    configuration = TWO_CLIENTS.format(second="192.168.1.1")
    refused = pytest.raises(ValueError, match=r"two: another line has the network 192\.168\.1\.0/24")
    with refused, open_room(configuration, lines, [LAN], engines=False):
        pass


def test_a_lease_of_the_lans_own_network() -> None:
    """The modem has the LAN's network: the router has two ways to it, and says so."""
    lines = [Line("one", "ether1", "192.168.88.254", "192.168.88.0/24", leased="192.168.88.2", translates=True), LINES[1]]
    with open_room(CONFIGURATION, lines, [LAN], engines=False) as made:
        connected = [row for row in read_rows(made.lab.router, path("ip route")) if row["dst-address"] == "192.168.88.0/24"]
        assert [(row["gateway"], row["ecmp"]) for row in connected] == [("ether8", "true"), ("ether1", "true")]
