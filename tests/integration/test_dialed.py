# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines whose gateway is the interface, PPPoE and LTE, the latter a backup of tier 2: balanced, watched, cut and repaired."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES

from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Lan, Line
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, lasting_rows, steps

from .test_failover import statuses, wait_for, wait_until_as
from .test_outages import has_looked, wait_until_out

LAN = Lan("lan", "ether8", "192.168.88.0/24", "192.168.88.1")
LINES = [
    Line("fiber", "ether1", "203.0.113.1", "203.0.113.0/24"),
    Line("dsl", "pppoe-out1", "10.64.0.1", "198.51.100.7/32", dialed="198.51.100.7"),
    Line("lte", "lte1", "10.65.0.1", "192.0.2.9/32", dialed="192.0.2.9"),
]
WANS = [
    {"name": "fiber", "interface": "ether1", "gateway": "203.0.113.1", "weight": 20},
    {"name": "dsl", "interface": "pppoe-out1", "gateway": "pppoe-out1", "weight": 10},
    {"name": "lte", "interface": "lte1", "gateway": "lte1", "tier": 2},
]
CONFIGURATION = """
/interface pppoe-client add name=pppoe-out1 interface=ether2 disabled=no
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=192.168.88.1/24 interface=ether8
"""
COUNT = 600
TOLERANCE = 8
"""Points that the share of 600 connections may be off: four standard deviations of the hash."""


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """The modem is in its slot before the configuration names it; a line is good again after 4 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=4, packets=4))
        with open_room(CONFIGURATION, LINES, [LAN], seed=5, modems=["lte1"]) as made:
            watch = {"wans": WANS, "profile": "fast"}
            apply(made.lab, {"wans": WANS, "lan_interfaces": ["ether8"]})
            run_steps(made.lab, steps(watch, found(made.lab)))
            made.network.kernel.settle()
            wait_for(lambda: statuses(made, "probe", "fiber") == {"up"} and has_looked(made), 25)
            yield made


def shares(room: Room) -> dict[str, float]:
    """Percent of many new connections, by line, once the kernel is what the rows are: on a busy machine it comes a moment later."""
    room.network.kernel.settle()
    counted = count_by_line(room.network, "lan", "tcp", list(different_pairs(LAN.clients(150), COUNT)))
    return {line: 100 * count / COUNT for line, count in counted.items()}


def near(found: dict[str, float], **wanted: float) -> bool:
    """Whether shares are as wanted; who shall have nothing has nothing."""
    return all(abs(share - wanted.get(line, 0)) <= (TOLERANCE if line in wanted else 0) for line, share in found.items())


def answered(room: Room) -> set[str]:
    """The addresses that servers see of clients: both directions work."""
    return set(run_clients(room.network.clients["lan"].namespace, "whoami", pairs=list(different_pairs(LAN.clients(30), 30))))


def test_tier_1_is_balanced_and_the_backup_rests(room: Room) -> None:
    wait_for(lambda: near(shares(room), fiber=66.7, dsl=33.3), 15)
    assert answered(room) == {"203.0.113.2", "198.51.100.7"}


def test_probes_of_dialed_lines_leave_by_them(room: Room) -> None:
    with room.network.observe() as seen:
        time.sleep(5)
    for line in ("fiber", "dsl"):
        assert seen[line]["up"].packets >= 12 and seen[line]["down"].packets >= 12  # of 15
    assert seen["lte"]["up"].packets <= 2  # it rests
    assert not any(traffic["spoofed"].packets for traffic in seen.values())


@pytest.mark.parametrize("outage", ["upstream", "cable"])
def test_a_dialed_line_dies_and_returns(room: Room, outage: str) -> None:
    before = lasting_rows(room.lab)
    room.network.cut("dsl", outage)
    wait_until_out(room, {"dsl"}, 15)
    wait_for(lambda: near(shares(room), fiber=100), 15)
    room.network.mend("dsl")
    wait_until_out(room, set(), 40)
    wait_for(lambda: near(shares(room), fiber=66.7, dsl=33.3), 15)
    assert answered(room) == {"203.0.113.2", "198.51.100.7"}
    wait_until_as(room, before, 10)


def test_a_line_that_dials_again_has_other_addresses(room: Room) -> None:
    """What the router writes by itself is gone from the rows once the line is good again."""
    before = lasting_rows(room.lab)
    for address, remote in (("198.51.100.8", "10.64.0.1"), ("198.51.100.9", "10.64.0.9"), ("198.51.100.7", "10.64.0.1")):
        room.network.redial("dsl", address=address, remote=remote)
        wait_until_out(room, set(), 40)
        assert answered(room) == {"203.0.113.2", address}
    room.network.redial("lte", address="192.0.2.10")
    wait_until_as(room, before, 20)
    room.network.redial("lte", address="192.0.2.9")


def test_the_backup_carries_all_when_tier_1_is_dead_and_nothing_afterwards(room: Room) -> None:
    before = lasting_rows(room.lab)
    room.network.cut("dsl", "gateway")
    room.network.cut("fiber", "upstream")
    wait_until_out(room, {"dsl", "fiber"}, 15)
    wait_for(lambda: near(shares(room), lte=100), 15)
    assert answered(room) == {"192.0.2.9"}
    room.network.mend("dsl")
    wait_until_out(room, {"fiber"}, 40)
    wait_for(lambda: near(shares(room), dsl=100), 15)
    room.network.mend("fiber")
    wait_until_out(room, set(), 40)
    wait_for(lambda: near(shares(room), fiber=66.7, dsl=33.3), 15)
    wait_until_as(room, before, 10)
