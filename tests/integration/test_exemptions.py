# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the owner's NAT leaves alone keeps its address on every line, and the rest has that of its line: seen at the ISPs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site

from tests.lab.experiments.openings import OPENINGS
from tests.lab.experiments.room import Room, open_room
from tests.unit.apply.router import read_as, run_steps

from .conftest import CONFIGURATION, INTENT, LANS, LINES

THEIRS = """
/interface list
add name=WAN
/interface list member
add list=WAN interface=ether1
/ip firewall address-list
add list=partners address=198.18.1.0/24
/ip firewall nat
add chain=srcnat action=masquerade out-interface-list=WAN dst-address=!198.18.0.0/24 dst-address-list=!partners comment=theirs
"""
CLIENTS = LANS[0].clients(40)


def run(room: Room) -> int:
    """A run of the role, as the door does it; how many steps changed something."""
    wanted, problems = site.read({"pcc_balance": INTENT})
    assert problems == []
    changes = run_steps(room.lab, site.check(wanted, read_as(room.lab, site.reads(wanted, room.lab.user))).steps())
    room.network.kernel.settle()
    return changes


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """The list has the first line only: what it leaves alone is left alone on both."""
    with open_room(CONFIGURATION + THEIRS, LINES, LANS, seed=7, engines=False) as made:
        run(made)
        yield made


@pytest.mark.parametrize(("network", "kept"), [("198.18.0", True), ("198.18.1", True), ("198.18.2", False)])
def test_exempted_destinations_see_the_clients_own_address(room: Room, network: str, kept: bool) -> None:
    pairs = [(client, f"{network}.{number}") for number, client in enumerate(CLIENTS, 1)]
    with room.network.observe() as seen:
        room.network.clients["lan"].namespace.inside(OPENINGS["udp"], pairs)
    counter = "spoofed" if kept else "up-new-udp"
    taken = {line: counters[counter].packets for line, counters in seen.items()}
    assert sum(taken.values()) == len(pairs)
    assert min(taken.values()) > 0
    assert sum(counters["spoofed"].packets for counters in seen.values()) == (len(pairs) if kept else 0)


def test_a_second_run_changes_nothing(room: Room) -> None:
    assert run(room) == 0
