# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of every kind at once: a wireless station, LTE, a VLAN, PPPoE over a VLAN, a bridge with one port; each cut and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES

from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network import tags
from tests.lab.network.plugging import runs
from tests.lab.network.surroundings import Lan, Line
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, lasting_rows, steps

from .test_failover import statuses, wait_for, wait_until_as
from .test_outages import has_looked, wait_until_out

pytestmark = pytest.mark.skipif(not tags.are_played(), reason="only root may load programs that put tags on")

LAN = Lan("lan", "ether8", "192.168.88.0/24", "192.168.88.1")
LINES = [
    Line("wifi", "wlan1", "192.0.2.1", "192.0.2.0/24", leased="192.0.2.20"),
    Line("lte", "lte1", "10.65.0.1", "100.64.200.9/32", dialed="100.64.200.9"),
    Line("vlan", "vlan35", "198.51.100.1", "198.51.100.0/24"),
    Line("pppoe", "pppoe-out1", "10.64.0.1", "203.0.113.7/32", dialed="203.0.113.7"),
    Line("bridge", "bridge-wan", "198.18.255.1", "198.18.255.0/24", leased="198.18.255.20"),
]
ADDRESSES = {"wifi": "192.0.2.20", "lte": "100.64.200.9", "vlan": "198.51.100.2", "pppoe": "203.0.113.7", "bridge": "198.18.255.20"}
WANS = [
    {"name": "wifi", "interface": "wlan1", "gateway": "192.0.2.1"},
    {"name": "lte", "interface": "lte1", "gateway": "lte1"},
    {"name": "vlan", "interface": "vlan35", "gateway": "198.51.100.1"},
    {"name": "pppoe", "interface": "pppoe-out1", "gateway": "pppoe-out1"},
    {"name": "bridge", "interface": "bridge-wan", "gateway": "198.18.255.1"},
]
CONFIGURATION = """
/interface vlan add name=vlan35 vlan-id=35 interface=ether2
/interface vlan add name=vlan7 vlan-id=7 interface=ether3
/interface pppoe-client add name=pppoe-out1 interface=vlan7 disabled=no
/interface bridge add name=bridge-wan
/interface bridge port add bridge=bridge-wan interface=ether5
/ip dhcp-client add interface=wlan1 default-route-distance=3
/ip dhcp-client add interface=bridge-wan default-route-distance=4
/ip address add address=198.51.100.2/24 interface=vlan35
/ip address add address=192.168.88.1/24 interface=ether8
"""
PATIENCE = 60
"""Seconds until what has to happen has happened; some on an idle machine."""
COUNT = 500
TOLERANCE = 40
"""Connections that a fifth of 500 may be off: four standard deviations of the hash."""


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A line is good again after 4 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=4, packets=4))
        with open_room(CONFIGURATION, LINES, [LAN], seed=11, modems=["lte1"], radios=["wlan1"]) as made:
            watch = {"wans": WANS, "profile": "fast"}
            apply(made.lab, {"wans": WANS, "lan_interfaces": ["ether8"]})
            run_steps(made.lab, steps(watch, found(made.lab)))
            made.network.kernel.settle()
            wait_for(lambda: statuses(made, "probe") == {"up"} and has_looked(made), 30)
            yield made


def counted(room: Room) -> dict[str, int]:
    """How many of many new connections each line gets."""
    room.network.kernel.settle()
    return count_by_line(room.network, "lan", "tcp", list(different_pairs(LAN.clients(100), COUNT)))


def answered(room: Room) -> set[str]:
    """The addresses that servers see of clients: both directions work."""
    return set(run_clients(room.network.namespace_of("lan"), "whoami", pairs=list(different_pairs(LAN.clients(60), 60))))


def test_each_line_has_its_share(room: Room) -> None:
    assert all(abs(count - COUNT / 5) <= TOLERANCE for count in counted(room).values())
    assert answered(room) == set(ADDRESSES.values())


@pytest.mark.parametrize("outage", ["cable", "upstream"])
@pytest.mark.parametrize("line", ADDRESSES)
def test_each_line_dies_and_returns(room: Room, line: str, outage: str) -> None:
    before = lasting_rows(room.lab)
    room.network.cut(line, outage)
    wait_until_out(room, {line}, PATIENCE)
    rest = counted(room)
    assert rest.pop(line) == 0 and min(rest.values()) > COUNT / 5 - TOLERANCE
    assert answered(room) == {address for name, address in ADDRESSES.items() if name != line}
    room.network.mend(line)
    wait_until_out(room, set(), PATIENCE)
    assert counted(room)[line] > COUNT / 5 - TOLERANCE
    assert answered(room) == set(ADDRESSES.values())
    wait_until_as(room, before, PATIENCE)


def test_what_runs_when_a_cable_is_out(room: Room) -> None:
    """A VLAN does what its port does, and PPPoE over it; a bridge runs without its port, and its client keeps the lease."""
    router = room.lab.router
    router.set_running("ether3", False)
    assert not runs(router, "vlan7") and not runs(router, "pppoe-out1")
    router.set_running("ether3", True)
    for line in ("vlan", "bridge", "wifi"):
        room.network.cut(line, "cable")
    assert not runs(router, "ether2") and not runs(router, "vlan35") and not runs(router, "wlan1")
    assert not runs(router, "ether5") and runs(router, "bridge-wan")
    leases = {router.written(row, "interface"): row.state["status"] for row in router.table(("ip", "dhcp-client"))}
    assert leases == {"wlan1": "searching...", "bridge-wan": "bound"}
    for line in ("vlan", "bridge", "wifi"):
        room.network.mend(line)
    wait_until_out(room, set(), PATIENCE)
