# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's own questions are packets that leave by its lines."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.lab.network.namespace import Namespace
from tests.lab.network.prober import Prober
from tests.lab.router.services import Ping
from tests.lab.router.tls import make_certificates

from .conftest import ADDRESSES, Room

Wrap = Callable[[socket.socket], socket.socket]

SOME_SERVER = "198.18.0.1"
SILENT = "198.18.0.99"
GATEWAY = "203.0.113.1"
NOBODY = "203.0.113.77"


@pytest.fixture
def prober(two_lines: Room) -> Iterator[Prober]:
    two_lines.network.internet.silence(SILENT)
    yield Prober(two_lines.network.inside, two_lines.lab.router)
    two_lines.network.internet.wake(SILENT)


@contextlib.contextmanager
def blackhole(room: Room) -> Iterator[None]:
    """No way to the server, for as long as the block lasts."""
    room.load(f"/ip route add dst-address={SOME_SERVER}/32 blackhole comment=hole")
    try:
        yield
    finally:
        room.load('/ip route remove [find comment="hole"]')


@contextlib.contextmanager
def captured(namespace: Namespace, device: str) -> Iterator[list[bytes]]:
    """IPv4 packets with ICMP that come in by a device meanwhile, with their headers."""
    seen: list[bytes] = []
    with closing(namespace.inside(socket.socket, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))) as link:
        link.bind((device, 0x0800))
        yield seen
        link.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, sender = link.recvfrom(65535)
                if sender[2] == socket.PACKET_HOST and packet[9] == socket.IPPROTO_ICMP:
                    seen.append(packet)


def test_packets_are_as_they_were_asked_for(two_lines: Room, prober: Prober) -> None:
    with captured(two_lines.network.isps["isp2"].namespace, "customer") as seen:
        times = prober.ping(Ping("198.51.100.1", count=3, interval=0.02, size=54, ttl=9, src_address="198.51.100.2"))
    assert len(times) == 3 and all(time is not None and 0 < time < 0.5 for time in times)
    assert len(seen) == 3
    for packet in seen:
        assert (len(packet), int.from_bytes(packet[2:4]), packet[8]) == (54, 54, 9)
        assert packet[6] & 0x40, "DF is set"
        assert socket.inet_ntoa(packet[12:16]) == "198.51.100.2"
    assert len({packet[24:26] for packet in seen}) == 1


def test_packets_of_one_ping_do_not_wait_for_each_other(prober: Prober) -> None:
    begun = time.monotonic()
    assert prober.ping(Ping(SILENT, count=10, interval=0.05, timeout=0.3)) == [None] * 10
    assert 0.75 <= time.monotonic() - begun < 1.2
    begun = time.monotonic()
    assert None not in prober.ping(Ping(SOME_SERVER, count=3, interval=0.05, timeout=5))
    assert time.monotonic() - begun < 1


def test_each_answer_belongs_to_its_packet(two_lines: Room, prober: Prober) -> None:
    two_lines.network.isps["isp1"].lose(30)
    try:
        times = prober.ping(Ping(SOME_SERVER, count=60, interval=0.01, timeout=0.5))
    finally:
        two_lines.network.isps["isp1"].lose(0)
    assert 5 < sum(time is None for time in times) < 55


def test_late_answers_do_not_count(two_lines: Room, prober: Prober) -> None:
    """Five large packets come back over a slow line, about 0.3 s apart once the first three are through."""
    isp = two_lines.network.isps["isp1"]
    answered = {}
    for timeout in (2, 0.1):
        isp.slow(40_000, None)
        answered[timeout] = prober.ping(Ping(SOME_SERVER, count=5, interval=0.001, size=1400, timeout=timeout))
        isp.slow(None, None)
    times = [time for time in answered[2] if time is not None]
    assert len(times) >= 4 and max(times) > 0.2
    assert sum(time is not None for time in answered[0.1]) == sum(time < 0.1 for time in times)


def test_hundreds_of_probes_at_a_time(two_lines: Room, prober: Prober) -> None:
    """And the kernel follows the rows meanwhile."""
    pings = [Ping(SILENT if number % 4 else f"198.18.1.{number}", timeout=1.5) for number in range(200)]
    with ThreadPoolExecutor(200) as pool:
        begun = time.monotonic()
        work = [pool.submit(prober.ping, ping) for ping in pings]
        two_lines.load("/ip firewall mangle add chain=forward action=passthrough")
        settled = time.monotonic() - begun
        answers = [done.result()[0] for done in work]
    assert [answer is not None for answer in answers] == [not number % 4 for number in range(200)]
    assert settled < 1.4 and time.monotonic() - begun < 4
    assert max(answer for answer in answers if answer is not None) < 0.5


def test_nothing_can_be_sent_into_a_blackhole(two_lines: Room, prober: Prober) -> None:
    with blackhole(two_lines):
        with pytest.raises(OSError, match=r"Invalid argument|unreachable"):
            prober.ping(Ping(SOME_SERVER, count=2, interval=0.01))
        with pytest.raises(OSError):
            prober.connect(SOME_SERVER, 80, 1, None)
    with pytest.raises(OSError):
        prober.ping(Ping(SOME_SERVER, src_address="192.0.2.9"))
    with pytest.raises(OSError):
        prober.ping(Ping(SOME_SERVER, interface="nowhere"))
    with pytest.raises(OSError):
        prober.ping(Ping("one.one.one.one"))


def test_a_way_that_opens_meanwhile_is_taken(two_lines: Room, prober: Prober) -> None:
    with ThreadPoolExecutor(1) as pool, blackhole(two_lines):
        work = pool.submit(prober.ping, Ping(SOME_SERVER, count=10, interval=0.1))
        time.sleep(0.3)
        two_lines.load('/ip route disable [find comment="hole"]')
        times = work.result()
    assert times[0] is None and times[-1] is not None


@pytest.mark.parametrize("source", ADDRESSES.values())
def test_source_with_a_rule_chooses_the_line(two_lines: Room, prober: Prober, source: str) -> None:
    with two_lines.network.observe() as seen:
        prober.ping(Ping(SOME_SERVER, src_address=source))
        prober.connect(SOME_SERVER, 8080, 2, source)
    assert {name for name, counters in seen.items() if counters["up"].packets} == {
        name for name, address in ADDRESSES.items() if address == source
    }


def test_interface_chooses_the_line(two_lines: Room, prober: Prober) -> None:
    """The second line's gateway is next door by the one, and beyond the first line's ISP by the other."""
    for interface, packets in (("ether2", 0), ("ether1", 1)):
        with two_lines.network.observe() as seen:
            prober.ping(Ping("198.51.100.1", interface=interface, timeout=0.5))
        assert seen["isp1"]["up"].packets == packets


def test_arp_asks_the_link(two_lines: Room, prober: Prober) -> None:
    assert prober.ping(Ping(GATEWAY, interface="ether1", arp=True)) != [None]
    assert prober.ping(Ping(NOBODY, interface="ether1", arp=True, timeout=0.2, count=2, interval=0.01)) == [None, None]
    two_lines.network.isps["isp1"].cut("upstream")
    try:
        assert prober.ping(Ping(GATEWAY, interface="ether1", arp=True)) != [None]
        two_lines.network.isps["isp1"].cut("gateway")
        assert prober.ping(Ping(GATEWAY, interface="ether1", arp=True, timeout=0.2)) == [None]
    finally:
        two_lines.network.isps["isp1"].mend()


def test_connect(two_lines: Room, prober: Prober) -> None:
    assert 0 < prober.connect(SOME_SERVER, 8080, 2, None) < 1
    with pytest.raises(ConnectionRefusedError):
        prober.connect(SOME_SERVER, 81, 2, None)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        prober.connect(SILENT, 8080, 0.3, None)
    assert time.monotonic() - begun < 0.8


def test_http(prober: Prober) -> None:
    answer = prober.http_get(SOME_SERVER, 8080, 2, None, tls=False, verify=False)
    assert answer.status == 404 and 0 < answer.seconds < 1
    with pytest.raises(OSError):
        prober.http_get(SILENT, 8080, 0.3, None, tls=False, verify=False)
    with pytest.raises(OSError):
        prober.http_get(SOME_SERVER, 8080, 2, None, tls=True, verify=False)


def serve(namespace: Namespace, port: int, pieces: list[bytes], pause: float, wrap: Wrap = lambda raw: raw) -> threading.Thread:
    """Answers one connection with pieces, and a pause after each."""
    listening = namespace.inside(socket.create_server, ("0.0.0.0", port))

    def work() -> None:
        with closing(listening), contextlib.suppress(OSError):
            taken, _ = listening.accept()
            with closing(wrap(taken)) as connection:
                connection.recv(4096)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_http_ends_in_time_whatever_the_server_does(two_lines: Room, prober: Prober) -> None:
    internet = two_lines.network.internet.namespace
    trickle = serve(internet, 8091, [b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 20], 0.1)
    begun = time.monotonic()
    with pytest.raises(OSError):
        prober.http_get(SOME_SERVER, 8091, 0.5, None, tls=False, verify=False)
    assert time.monotonic() - begun < 1
    nonsense = serve(internet, 8092, [b"hello\r\n"], 0)
    with pytest.raises(OSError):
        prober.http_get(SOME_SERVER, 8092, 2, None, tls=False, verify=False)
    trickle.join()
    nonsense.join()


def test_https(two_lines: Room, prober: Prober, tmp_path: Path) -> None:
    context = make_certificates(tmp_path).server_context()
    answer = [b"HTTP/1.1 204 No Content\r\n\r\n"]
    for port, verify in ((8093, False), (8094, True)):
        server = serve(two_lines.network.internet.namespace, port, answer, 0, lambda raw: context.wrap_socket(raw, server_side=True))
        if verify:
            with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
                prober.http_get(SOME_SERVER, port, 2, None, tls=True, verify=verify)
        else:
            assert prober.http_get(SOME_SERVER, port, 2, None, tls=True, verify=verify).status == 204
        server.join()


def test_ping_in_a_script(two_lines: Room, prober: Prober) -> None:
    job = two_lines.lab.device.start_script(f":put [/ping {SOME_SERVER} count=3 interval=20ms]; :put [/ping {SILENT} count=1]")
    job.wait()
    assert job.output == ["3", "0"]
