# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router of the lab with two lines, two LANs and a tunnel, balanced by the role's own plan."""

from collections.abc import Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import DEFAULT_BYPASS

from tests.lab.experiments.room import Room, open_room
from tests.lab.network.namespace import become_root
from tests.lab.network.surroundings import Lan, Line
from tests.unit.apply.router import apply

LINES = [
    Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24"),
    Line("isp2", "ether2", "198.51.100.1", "198.51.100.0/24"),
]
LANS = [
    Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1"),
    Lan("office", "ether4", "192.168.99.0/24", "192.168.99.1"),
    Lan("tunnel", "wireguard1", "10.9.0.0/24", "10.9.0.1"),
]
ADDRESSES = {"isp1": "203.0.113.2", "isp2": "198.51.100.2"}
SERVER = "192.168.88.64"
BYPASSED = "93.184.216.0/24"

CONFIGURATION = f"""
/interface bridge
add name=bridge
/interface wireguard
add name=wireguard1
/interface bridge port
add bridge=bridge interface=ether3
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=bridge
add address=192.168.99.1/24 interface=ether4
add address=10.9.0.1/24 interface=wireguard1
/ip firewall nat
add chain=dstnat action=dst-nat protocol=tcp dst-port=8080 dst-address-type=local to-addresses={SERVER} comment=forward
"""
INTENT = {
    "wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
    ],
    "lan_interfaces": ["bridge", "ether4"],
    "bypass": [*DEFAULT_BYPASS, BYPASSED],
}

BY_HAND = r"""
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
/routing table
add name=isp1 fib
add name=isp2 fib
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1 distance=1
add dst-address=0.0.0.0/0 gateway=198.51.100.1 distance=2
add dst-address=0.0.0.0/0 gateway=203.0.113.1 routing-table=isp1
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=isp2
/routing rule
add action=lookup-only-in-table src-address=203.0.113.2/32 table=isp1
add action=lookup-only-in-table src-address=198.51.100.2/32 table=isp2
/ip firewall mangle
add action=mark-connection chain=prerouting connection-mark=no-mark in-interface=ether3 new-connection-mark=isp1 \
    src-address=192.168.88.64/26
add action=mark-connection chain=prerouting connection-mark=no-mark in-interface=ether3 new-connection-mark=isp2
add action=mark-routing chain=prerouting connection-mark=isp1 in-interface=ether3 new-routing-mark=isp1
add action=mark-routing chain=prerouting connection-mark=isp2 in-interface=ether3 new-routing-mark=isp2
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=ether2
"""
"""Two lines without the collection: clients below 192.168.88.128 take isp1, the others isp2."""


def pytest_configure() -> None:
    """Before any thread starts."""
    become_root()


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with open_room(CONFIGURATION, LINES, LANS, seed=7, engines=False) as made:
        apply(made.lab, INTENT)
        made.network.kernel.settle()
        yield made


@pytest.fixture(scope="module")
def two_lines() -> Iterator[Room]:
    with open_room(BY_HAND, LINES, LANS[:1]) as made:
        yield made
