# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""UDP services of the router, asked at the address of each line: by which line, and from which address, comes the answer?"""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.unit.apply.router import apply

from .test_astray import ADDRESSES, FIXED, LAN, STATIC, WANS

PORT = 13231
PORTS = itertools.count(20000)
RECIPE = "/ip firewall nat add chain=dstnat dst-address=198.51.100.2 protocol=udp dst-port=13231 action=dst-nat to-addresses=203.0.113.2"
"""As the README of the role has it: the second line's address to the first one's."""
IP_PKTINFO = 8


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with open_room(STATIC, FIXED, [LAN], seed=11, engines=False) as made:
        apply(made.lab, {"wans": WANS, "lan_interfaces": ["ether8"], "first_wan": "isp1"})
        made.network.kernel.settle()
        yield made


@contextlib.contextmanager
def service(room: Room, bound: str, sticky: bool = False) -> Iterator[None]:
    """A service of the router that answers what it is asked.

    :param sticky: it listens on all addresses, and answers from the one at which it was asked, as WireGuard of Linux does.
    """
    with room.network.inside.inside(socket.socket, socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        listening.bind((bound, PORT))
        listening.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    data, extra, _flags, peer = listening.recvmsg(100, 100)
                    (asked,) = [struct.unpack("=i4s4s", given)[1] for level, kind, given in extra if (level, kind) == (0, IP_PKTINFO)]
                    source = [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack("=i4s4s", 0, asked, bytes(4)))] if sticky else []
                    listening.sendmsg([data], source, 0, peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def answer(room: Room, line: str) -> tuple[str, set[str]]:
    """From which address a question at a line's address is answered, "" for none, and by which lines packets went up."""
    with (
        room.network.observe() as seen,
        room.network.internet.namespace.inside(socket.socket, socket.AF_INET, socket.SOCK_DGRAM) as asking,
    ):
        asking.bind(("8.8.4.4", next(PORTS)))
        asking.settimeout(2)
        asking.sendto(b"question", (ADDRESSES[line], PORT))
        try:
            who = asking.recvfrom(100)[1][0]
        except TimeoutError:
            who = ""
    return who, {name for name, traffic in seen.items() if traffic["up"].packets}


@pytest.mark.parametrize("line", ADDRESSES)
def test_a_service_at_an_address_and_one_that_keeps_it_answer_by_that_line(room: Room, line: str) -> None:
    with service(room, ADDRESSES[line]):
        assert answer(room, line) == (ADDRESSES[line], {line})
    with service(room, "0.0.0.0", sticky=True):
        assert answer(room, line) == (ADDRESSES[line], {line})


def test_a_service_that_takes_the_address_of_its_route_answers_by_the_first_line_unless_the_owner_translates(room: Room) -> None:
    """Nobody has published which services of RouterOS do so; the README has the row that helps."""
    with service(room, "0.0.0.0"):
        assert answer(room, "isp1") == (ADDRESSES["isp1"], {"isp1"})
        assert answer(room, "isp2") == (ADDRESSES["isp1"], {"isp1"})
        room.load(RECIPE)
        try:
            assert answer(room, "isp2") == (ADDRESSES["isp2"], {"isp2"})
            assert answer(room, "isp1") == (ADDRESSES["isp1"], {"isp1"})
        finally:
            room.load('/ip firewall nat remove [find chain=dstnat dst-port="13231"]')
