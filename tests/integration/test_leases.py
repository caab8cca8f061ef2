# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets follow a lease: while it is there, after it was lost, when it comes back with another gateway, and when the cable is out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.experiments.openings import different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Lan, Line

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


def test_the_provider_moves_the_line(room: Room) -> None:
    room.network.give_lease("cable", address="192.0.2.20", gateway="192.0.2.1", customers="192.0.2.0/24")
    assert seen(room) == {"192.0.2.20"}
