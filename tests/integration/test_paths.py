# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each kind of connection takes the lines it should, in both directions: seen at the ISPs, not concluded from rows."""

from __future__ import annotations

import contextlib
import socket
from collections import Counter

import pytest

from tests.lab.experiments.traffic import run_clients
from tests.lab.network.namespace import Namespace
from tests.lab.network.surroundings import Traffic

from .conftest import ADDRESSES, LANS, SERVER, Room

CLIENTS = LANS[0].clients(40)
SERVERS = [f"198.18.{number}.1" for number in range(40)]
PAIRS = list(zip(CLIENTS, SERVERS, strict=True))
Seen = dict[str, dict[str, Traffic]]


def lines_taken(seen: Seen, direction: str) -> set[str]:
    return {name for name, counters in seen.items() if counters[direction].packets}


def nothing_went_astray(seen: Seen) -> bool:
    """No packet came to an ISP with another's address, or with a private one."""
    return not any(counters["spoofed"].packets for counters in seen.values())


def refused(namespace: Namespace, source: str, target: str, port: int) -> bool:
    """Whether a connection is refused: the answer, a reset, found its way back."""

    def try_it() -> bool:
        with socket.socket() as connection:
            connection.settimeout(3)
            connection.bind((source, 0))
            try:
                connection.connect((target, port))
            except ConnectionRefusedError:
                return True
            except TimeoutError:
                return False
            return False

    return namespace.inside(try_it)


def test_lan_to_internet_takes_both_lines_and_stays_on_one(room: Room) -> None:
    lan = room.network.clients["lan"].namespace
    with room.network.observe() as seen:
        addresses = run_clients(lan, "whoami", pairs=PAIRS)
    assert set(addresses) == set(ADDRESSES.values())
    by_address = Counter(addresses)
    for name, address in ADDRESSES.items():
        assert seen[name]["up-new-tcp"].packets == by_address[address]
    assert nothing_went_astray(seen)
    assert run_clients(lan, "whoami", pairs=PAIRS) == addresses
    for name, address in ADDRESSES.items():
        with room.network.observe() as alone:
            run_clients(lan, "whoami", pairs=[pair for pair, taken in zip(PAIRS, addresses, strict=True) if taken == address])
        assert lines_taken(alone, "up") == lines_taken(alone, "down") == {name}


@pytest.mark.parametrize("line", ADDRESSES)
def test_port_forward_is_answered_by_the_line_it_came_by(room: Room, line: str) -> None:
    internet = room.network.internet.namespace
    with room.network.observe() as seen:
        (answer,) = run_clients(internet, "whoami", pairs=[("8.8.4.4", ADDRESSES[line])])
    assert answer == "8.8.4.4"
    assert lines_taken(seen, "up") == lines_taken(seen, "down") == {line}
    assert nothing_went_astray(seen)


@pytest.mark.parametrize("line", ADDRESSES)
def test_the_router_answers_by_the_line_it_was_asked_by(room: Room, line: str) -> None:
    with room.network.observe() as seen:
        assert refused(room.network.internet.namespace, "8.8.4.4", ADDRESSES[line], 22)
    assert lines_taken(seen, "up") == lines_taken(seen, "down") == {line}
    assert nothing_went_astray(seen)


def test_the_routers_own_connections_take_the_main_table(room: Room) -> None:
    with room.network.observe() as seen:
        run_clients(room.network.inside, "connect", pairs=[("0.0.0.0", server) for server in SERVERS[:8]])
    assert lines_taken(seen, "up") == lines_taken(seen, "down") == {"isp1"}


def test_lan_clients_reach_the_router_itself(room: Room) -> None:
    with room.network.observe() as seen:
        assert refused(room.network.clients["lan"].namespace, CLIENTS[0], "192.168.88.1", 22)
        assert refused(room.network.clients["lan"].namespace, CLIENTS[0], ADDRESSES["isp2"], 22)
    assert not lines_taken(seen, "up") | lines_taken(seen, "down")


@pytest.mark.parametrize("lan", ["office", "tunnel"])
def test_lan_to_lan_and_tunnel_take_no_line(room: Room, lan: str) -> None:
    there = next(item for item in LANS if item.name == lan).clients(20)
    with room.network.observe() as seen:
        answers = run_clients(room.network.clients["lan"].namespace, "whoami", pairs=list(zip(CLIENTS, there, strict=False)))
    assert answers == CLIENTS[:20]
    assert not lines_taken(seen, "up") | lines_taken(seen, "down")


def test_bypassed_destinations_take_the_main_table(room: Room) -> None:
    pairs = [(client, f"93.184.216.{number}") for number, client in enumerate(CLIENTS, start=1)]
    with room.network.observe() as seen:
        answers = run_clients(room.network.clients["lan"].namespace, "whoami", pairs=pairs)
    assert set(answers) == {ADDRESSES["isp1"]}
    assert lines_taken(seen, "up") == lines_taken(seen, "down") == {"isp1"}


def test_udp_of_a_client_stays_on_one_line_whatever_the_server(room: Room) -> None:
    internet, lan = room.network.internet.namespace, room.network.clients["lan"].namespace

    def ask(client: str, listening: list[socket.socket]) -> None:
        """One datagram to each server and back."""
        for server in listening:
            with lan.inside(socket.socket, type=socket.SOCK_DGRAM) as sender:
                sender.settimeout(5)
                sender.bind((client, 0))
                sender.sendto(b"call", server.getsockname())
                server.sendto(*server.recvfrom(100))
                assert sender.recv(100) == b"call"

    taken = []
    with contextlib.ExitStack() as opened:
        servers = [opened.enter_context(internet.inside(socket.socket, type=socket.SOCK_DGRAM)) for _ in SERVERS]
        for server, address in zip(servers, SERVERS, strict=True):
            server.settimeout(5)
            server.bind((address, 3478))
        for client in CLIENTS[:12]:
            with room.network.observe() as seen:
                ask(client, servers)
            lines = lines_taken(seen, "up-new-udp")
            assert len(lines) == 1
            assert lines_taken(seen, "up") == lines_taken(seen, "down") == lines
            taken += lines
    assert set(taken) == set(ADDRESSES)


def test_hairpin_to_the_forwarded_port_takes_no_line(room: Room) -> None:
    with room.network.observe() as seen:
        run_clients(room.network.clients["office"].namespace, "whoami", pairs=[(LANS[1].clients(1)[0], ADDRESSES["isp1"])])
    assert not lines_taken(seen, "up") | lines_taken(seen, "down")
    assert SERVER in LANS[0].clients(1)
