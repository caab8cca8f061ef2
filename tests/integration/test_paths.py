# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each kind of connection takes the lines it should, in both directions: seen at the ISPs, not concluded from rows."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.namespace import Namespace
from tests.lab.network.surroundings import Traffic
from tests.unit.apply.router import apply

from .conftest import ADDRESSES, CONFIGURATION, INTENT, LANS, LINES, SERVER

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


class Call:
    """UDP between a client of the LAN and a server of the internet, from an answered first packet on."""

    IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_RECVERR = 10, 2, 11  # Linux, in.h; Python does not name them

    def __init__(self, room: Room, client: str, port: int = 3478) -> None:
        self.server = room.network.internet.namespace.inside(self._socket, SERVERS[0], port)
        self.client = room.network.clients["lan"].namespace.inside(self._socket, client, 0)
        self.client.setsockopt(socket.IPPROTO_IP, self.IP_RECVERR, 1)
        self.client.connect((SERVERS[0], port))
        self.client.send(b"hello")
        _data, (self.address, caller) = self.server.recvfrom(100)
        self.server.sendto(b"hello", (self.address, caller))
        assert self.client.recv(100) == b"hello"

    def __enter__(self) -> Call:
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.close()
        self.client.close()

    @staticmethod
    def _socket(address: str, port: int) -> socket.socket:
        made = socket.socket(type=socket.SOCK_DGRAM)
        made.settimeout(5)
        made.bind((address, port))
        return made

    def complaint(self, data: bytes) -> int | None:
        """What the client is told about a packet, as an error number; None if it hears nothing."""
        try:
            self.client.send(data)
            self.client.recv(100)
        except TimeoutError:
            return None
        except OSError as error:
            return error.errno
        raise AssertionError("an answer")

    def too_old(self) -> int | None:
        """What the client is told when its packet has to die at the router."""
        self.client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
        return self.complaint(b"late")

    def too_big(self, size: int) -> int | None:
        """What the client is told of a packet that must not be cut into fragments."""
        self.client.setsockopt(socket.IPPROTO_IP, self.IP_MTU_DISCOVER, self.IP_PMTUDISC_DO)
        return self.complaint(bytes(size - 28))


@pytest.fixture(params=[1, 0], ids=["errors carry the routing mark", "errors carry no routing mark"])
def errors(room: Room, request: pytest.FixtureRequest) -> Iterator[None]:
    """The published sources of the kernel say the first; the rows are right for both."""
    room.network.inside.sysctl("net.ipv4.fwmark_reflect", request.param)
    yield
    room.network.inside.sysctl("net.ipv4.fwmark_reflect", 1)


@pytest.mark.usefixtures("errors")
def test_what_the_router_says_about_a_packet_reaches_the_client(room: Room) -> None:
    """Time exceeded, which traceroute lives on, about connections of both lines."""
    used = set()
    for client in CLIENTS[:12]:
        with room.network.observe() as seen, Call(room, client) as call:
            assert call.too_old() == errno.EHOSTUNREACH
        used.add(call.address)
        assert sum(counters["up"].packets for counters in seen.values()) == 1
        assert nothing_went_astray(seen)
    assert used == set(ADDRESSES.values())


@pytest.fixture
def narrow_lines(room: Room) -> Iterator[None]:
    """Lines that carry packets of 1400 bytes at most, as some PPPoE lines do."""

    def set_mtu(mtu: int) -> None:
        netlink = room.network.inside.netlink
        for line in LINES:
            netlink.link("set", index=netlink.link_lookup(ifname=line.interface)[0], mtu=mtu)

    room.network.inside.inside(set_mtu, 1400)
    yield
    room.network.inside.inside(set_mtu, 1500)


@pytest.mark.usefixtures("narrow_lines", "errors")
def test_the_client_learns_what_size_a_line_carries(room: Room) -> None:
    used = set()
    for client in CLIENTS[:12]:
        with Call(room, client) as call:
            room.network.clients["lan"].namespace.sysctl("net.ipv4.route.flush", 1)  # forget what was learned
            assert call.too_big(1450) == errno.EMSGSIZE
            used.add(call.address)
    assert used == set(ADDRESSES.values())


@pytest.fixture(scope="module")
def translated() -> Iterator[Room]:
    """The router's own NAT takes connections of the LAN: to a server there, and to itself."""
    rows = f"""
/ip firewall nat
add chain=dstnat action=dst-nat protocol=tcp dst-port=8080 dst-address=198.18.7.1 to-addresses={SERVER}
add chain=dstnat action=redirect protocol=tcp dst-port=53 to-ports=22
"""
    with open_room(CONFIGURATION + rows, LINES, LANS, seed=7, engines=False) as made:
        apply(made.lab, {**INTENT, "bypass_services": ["53/tcp", "8080/tcp"]})
        made.network.kernel.settle()
        yield made


def test_a_service_that_nat_sends_to_the_lan_gets_there(translated: Room) -> None:
    office = LANS[1].clients(8)
    with translated.network.observe() as seen:
        pairs = [(client, "198.18.7.1") for client in office]
        assert run_clients(translated.network.clients["office"].namespace, "whoami", pairs=pairs) == office
    assert not lines_taken(seen, "up")


def test_a_service_that_nat_sends_to_the_router_gets_there(translated: Room) -> None:
    with translated.network.observe() as seen:
        for client in CLIENTS[:8]:
            assert refused(translated.network.clients["lan"].namespace, client, "198.18.7.1", 53)
    assert not lines_taken(seen, "up")


def test_other_services_are_balanced_beside_bypassed_ones(translated: Room) -> None:
    used = set()
    for client in CLIENTS[:12]:
        with Call(translated, client) as call:
            used.add(call.address)
    assert used == set(ADDRESSES.values())


def test_a_bypassed_service_of_the_internet_takes_the_main_table(translated: Room) -> None:
    with translated.network.observe() as seen:
        answers = run_clients(translated.network.clients["lan"].namespace, "whoami", pairs=PAIRS[8:])
    assert set(answers) == {ADDRESSES["isp1"]}
    assert lines_taken(seen, "up") == {"isp1"}


@pytest.mark.parametrize("line", ADDRESSES)
def test_a_bypassed_service_from_outside_is_answered_by_its_line(translated: Room, line: str) -> None:
    with translated.network.observe() as seen:
        (answer,) = run_clients(translated.network.internet.namespace, "whoami", pairs=[("8.8.4.4", ADDRESSES[line])])
    assert answer == "8.8.4.4"
    assert lines_taken(seen, "up") == lines_taken(seen, "down") == {line}
