# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines whose gateway is that of a lease: balanced, and followed by the control script alone when the lease moves, goes and comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.leases import client_rows  # noqa: F401

from tests.lab.experiments.openings import different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Lan, Line
from tests.unit.door.runs import run

from .test_dialed import COUNT, near, shares
from .test_failover import statuses, wait_for
from .test_outages import out_of_use

LAN = Lan("lan", "ether8", "192.168.88.0/24", "192.168.88.1")
LINES = [
    Line("cable", "ether1", "198.51.100.1", "198.51.100.0/24", leased="198.51.100.7"),
    Line("dsl", "ether2", "100.64.99.1", "100.64.99.0/24", leased="100.64.99.7"),
]
WANS = [
    {"name": "cable", "interface": "ether1", "gateway": "dhcp", "weight": 20},
    {"name": "dsl", "interface": "ether2", "gateway": "dhcp", "weight": 10},
]
OPTIONS = {
    "pcc_balance": {"wans": WANS, "lan_interfaces": ["ether8"]},
    "failover_netwatch": {"wans": WANS, "profile": "fast"},
}
CONFIGURATION = """
/ip dhcp-client add interface=ether1 disabled=no
/ip address add address=192.168.88.1/24 interface=ether8
"""
print(COUNT)


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=4))
        with open_room(CONFIGURATION, LINES, [LAN], seed=5) as made:
            print(run(made.lab, OPTIONS).changed)
            made.network.kernel.settle()
            yield made


def test_all(room: Room) -> None:
    print([(r.values, r.state) for r in room.lab.router.table(("ip", "dhcp-client"))])
    print(out_of_use(room))
    t = time.monotonic()
    room.network.give_lease("dsl")
    wait_for(lambda: not out_of_use(room), 40)
    print("first lease", time.monotonic() - t)
    print(shares(room))
    again = run(room.lab, OPTIONS)
    print("again", again.changed)

    def gateways():
        return sorted({str(r.values.get("gateway")) for r in room.lab.router.table(("ip", "route")) if r.values.get("gateway")})

    print(gateways())
    t = time.monotonic()
    room.network.give_lease("cable", gateway="198.51.100.129")
    wait_for(lambda: "198.51.100.129" in str(gateways()), 15)
    print("moved", time.monotonic() - t, gateways(), out_of_use(room))
    time.sleep(4)
    print(out_of_use(room), shares(room))
    t = time.monotonic()
    room.network.lose_lease("cable")
    wait_for(lambda: out_of_use(room) == {"cable"}, 15)
    print("lost", time.monotonic() - t, gateways(), shares(room))
    t = time.monotonic()
    room.network.give_lease("cable")
    wait_for(lambda: not out_of_use(room), 40)
    print("back", time.monotonic() - t, gateways(), shares(room))
    for row in room.lab.router.table(("log",)):
        print(row.values)
