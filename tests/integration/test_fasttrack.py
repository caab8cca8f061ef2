# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fasttracked connections and routing rules, in both positions of the trait."""

from __future__ import annotations

import socket

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.server import HTTP_PORT
from tests.lab.network.forwarding import FAST_PATH
from tests.lab.network.lookup import lookup
from tests.lab.router.traits import Traits

from .conftest import LANS, LINES
from .test_lookup import kernel_says

CONFIGURATION = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
/routing table
add name=second fib
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=second
/routing rule
add action=lookup min-prefix=0 table=main
add action=lookup table=second
/ip firewall nat
add action=src-nat chain=srcnat out-interface=ether1 to-addresses=203.0.113.2
add action=src-nat chain=srcnat out-interface=ether2 to-addresses=198.51.100.2
/ip firewall filter
add action=fasttrack-connection chain=forward connection-state=established,related src-address=192.168.88.70 comment=fast
add action=fasttrack-connection chain=forward connection-state=established,related dst-address=192.168.88.70
"""
SERVER, FAST, SLOW = "198.18.0.1", "192.168.88.70", "192.168.88.71"


def lines_of_a_request(room: Room, source: str) -> tuple[bool, set[str]]:
    """Whether an answer came, and the lines that packets left by."""

    def work() -> bool:
        with socket.socket() as client:
            client.settimeout(1)
            client.bind((source, 0))
            client.connect((SERVER, HTTP_PORT))
            client.sendall(b"GET /whoami HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                return bool(client.recv(100))
            except TimeoutError:
                return False

    with room.network.observe() as seen:
        answered = room.network.clients["lan"].namespace.inside(work)
    return answered, {line for line, counters in seen.items() if counters["up"].packets or counters["spoofed"].packets}


@pytest.mark.parametrize("follows", [True, False])
def test_fasttracked_packets_follow_rules_or_main(follows: bool) -> None:
    """The second line is the rules', the first one main's. What goes by main with the other line's address is lost."""
    with open_room(CONFIGURATION, LINES, LANS[:1], engines=False, traits=Traits(fasttrack_follows_rules=follows)) as room:
        assert lines_of_a_request(room, SLOW) == (True, {"isp2"})
        answered, lines = lines_of_a_request(room, FAST)
        assert (answered, lines) == ((True, {"isp2"}) if follows else (False, {"isp1", "isp2"}))
        router = room.lab.router
        for asked in ((SERVER, FAST_PATH), (SERVER, 0), (FAST, FAST_PATH), ("198.51.100.2", FAST_PATH)):
            assert lookup(router, *asked) in kernel_says(room, *asked)
