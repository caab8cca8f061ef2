# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Both roles on a router between two lines that really die: what packets and connections do meanwhile."""

from __future__ import annotations

import contextlib
import itertools
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import health
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros import paths

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.server import HTTP_PORT
from tests.lab.experiments.traffic import run_clients
from tests.lab.router.paths import path
from tests.unit.apply.router import apply, read, run_steps
from tests.unit.failover_netwatch.site import found, lasting_rows, steps

from .conftest import ADDRESSES, CONFIGURATION, INTENT, LANS, LINES

NETWATCH = path("tool netwatch")
WATCHED = {"wans": INTENT["wans"], "profile": "fast"}
PAIRS = [(f"192.168.88.{70 + number}", f"198.18.1.{number}") for number in range(24)]
CALLS_PORT = 3478
SPEED = 10_000_000
LINE_OF = {address: line for line, address in ADDRESSES.items()}


@pytest.fixture(scope="module")
def watched() -> Iterator[Room]:
    """The lines have a speed: transfers as fast as the machine would leave it no time for anything else. A line is good again after 6 s."""
    lines = [replace(line, down=SPEED, up=SPEED) for line in LINES]
    with pytest.MonkeyPatch.context() as patch, open_room(CONFIGURATION, lines, LANS, seed=11) as made:
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=6, packets=6))
        apply(made.lab, INTENT)
        run_steps(made.lab, steps(WATCHED, found(made.lab)))
        made.network.kernel.settle()
        wait_for(lambda: statuses(made, "probe") == {"up"}, 10)
        yield made


def wait_for(condition: Callable[[], bool], timeout: float) -> float:
    """Seconds until a condition holds."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < timeout, "it did not come to that"
        time.sleep(0.05)
    return time.monotonic() - begun


def statuses(room: Room, kind: str, line: str = "") -> set[str]:
    """What netwatch says of a line's entries of a kind that are on; of all lines without one."""
    start = f"multiwan:failover_netwatch:{kind}:{line}"
    router = room.lab.router
    with router.lock:
        rows = [row for row in router.table(NETWATCH) if router.text(row.values["comment"]).startswith(start)]
        return {row.state["status"] for row in rows if row.values.get("disabled") != "true"}


def wait_until_as(room: Room, before: dict[str, list[dict[str, str]]], timeout: float) -> None:
    """Until the rows are again what they were; what differs is in the message of a test that fails."""
    end = time.monotonic() + timeout
    while lasting_rows(room.lab) != before and time.monotonic() < end:
        time.sleep(0.1)
    now = lasting_rows(room.lab)
    lost = {menu: [row for row in rows if row not in now.get(menu, [])] for menu, rows in before.items()}
    new = {menu: [row for row in rows if row not in before.get(menu, [])] for menu, rows in now.items()}
    different = {menu: (lost.get(menu, []), new.get(menu, [])) for menu in before.keys() | now.keys() if before.get(menu) != now.get(menu)}
    assert different == {}, "by menu: rows that are lost, rows that are new; without either, the order is another one"


def forget_deaths(room: Room) -> None:
    """As an hour later: a line that goes out again may return after its first window."""
    room.load('/ip firewall address-list remove [find list~"^multiwan-(deaths|hold):"]')


def underway(room: Room) -> bool:
    """Whether what a line has become is written, and not yet all that follows: routes go first, then the rest. Other runs may hold
    the lock behind that one, each for a look."""
    return re.search(r"\\n(up|out|held|hand)! ", room.lab.dump()) is not None


def out_of_use(room: Room) -> set[str]:
    return set(health.out_of_use(read(room.lab, (paths.ROUTES, paths.NETWATCH))))


def lines_of(room: Room, pairs: list[tuple[str, str]]) -> list[str]:
    """The line that each client's new connection takes."""
    answers = run_clients(room.network.clients["lan"].namespace, "whoami", pairs=pairs)
    return [LINE_OF.get(answer, answer) for answer in answers]


def connects(room: Room, client: str, server: str) -> bool:
    """Whether a new connection opens within a quarter of a second."""

    def attempt() -> bool:
        with socket.socket() as opened:
            opened.settimeout(0.25)
            opened.bind((client, 0))
            return opened.connect_ex((server, HTTP_PORT)) == 0

    return room.network.clients["lan"].namespace.inside(attempt)


@contextlib.contextmanager
def calls(room: Room) -> Iterator[dict[str, list[str]]]:
    """Some clients send UDP all the time, each over one socket; by client, the lines by which that arrived, packet by packet."""
    heard: dict[str, list[str]] = defaultdict(list)
    over = threading.Event()
    internet, lan = room.network.internet.namespace, room.network.clients["lan"].namespace
    with contextlib.ExitStack() as opened:
        server = opened.enter_context(internet.inside(socket.socket, type=socket.SOCK_DGRAM))
        server.bind(("0.0.0.0", CALLS_PORT))
        server.settimeout(0.2)
        callers = {client: opened.enter_context(lan.inside(socket.socket, type=socket.SOCK_DGRAM)) for client, _ in PAIRS[:12]}
        for client, caller in callers.items():
            caller.bind((client, 0))

        def send() -> None:
            while not over.wait(0.05):
                for client, caller in callers.items():
                    with contextlib.suppress(OSError):  # a line without a cable has no way for a moment
                        caller.sendto(client.encode(), ("198.18.2.1", CALLS_PORT))

        def listen() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    client, (address, _port) = server.recvfrom(100)
                    heard[client.decode()].append(LINE_OF[address])

        with ThreadPoolExecutor() as work:
            running = [work.submit(send), work.submit(listen)]
            try:
                yield heard
            finally:
                over.set()
                for task in running:
                    task.result()


def test_probes_leave_by_their_own_line(watched: Room) -> None:
    with watched.network.observe() as seen:
        time.sleep(5)
    for traffic in seen.values():
        assert traffic["up"].packets >= 4 * 3  # of 15
        assert not traffic["spoofed"].packets


MARKS = """
/ip firewall mangle
add action=mark-connection chain=prerouting in-interface=ether1 new-connection-mark=theirs1 passthrough=yes place-before=0 comment=theirs
add action=mark-connection chain=prerouting in-interface=ether2 new-connection-mark=theirs2 passthrough=yes place-before=0 comment=theirs
"""


def test_probes_go_by_their_line_whatever_others_mark(watched: Room) -> None:
    """Rows of others mark the answers, and with them the next pings of a probe: by main they would pass over the other line."""
    watched.load(MARKS)
    try:
        watched.network.cut("isp1", "upstream")
        wait_for(lambda: out_of_use(watched) == {"isp1"}, 10)
        time.sleep(3)
        assert statuses(watched, "probe", "isp1") == {"down"}
        watched.network.mend("isp1")
        wait_for(lambda: not out_of_use(watched), 45)
    finally:
        watched.network.mend("isp1")
        watched.load("/ip firewall mangle remove [find comment=theirs]")


@pytest.mark.parametrize(
    ("outage", "dead", "alive"), [("upstream", "isp1", "isp2"), ("gateway", "isp2", "isp1"), ("cable", "isp1", "isp2")]
)
def test_an_outage_and_the_return(watched: Room, outage: str, dead: str, alive: str) -> None:
    """New connections take the other line within seconds; those of the healthy line live through the failover and the failback,
    downloads, uploads and UDP alike."""
    forget_deaths(watched)
    at_home = lines_of(watched, PAIRS)
    assert set(at_home) == {"isp1", "isp2"}
    displaced = [pair for pair, line in zip(PAIRS, at_home, strict=True) if line == dead]
    staying = [pair for pair, line in zip(PAIRS, at_home, strict=True) if line == alive]
    clients = watched.network.clients["lan"].namespace
    with ThreadPoolExecutor() as background, calls(watched) as heard:

        def begin(pairs: list[tuple[str, str]], direction: str, seconds: float) -> Future[dict[str, int]]:
            return background.submit(run_clients, clients, "stream", pairs=pairs, direction=direction, seconds=seconds)

        streams = [begin(staying[::2], "down", 19), begin(staying[1::2], "up", 19)]
        time.sleep(1)
        watched.network.cut(dead, outage)
        taken = wait_for(lambda: connects(watched, *displaced[0]), 10)
        print(f"{outage} of {dead}: new connections by {alive} after {taken:.2f} s")
        wait_for(
            lambda: out_of_use(watched) == {dead} and not underway(watched), 15
        )  # what began while the script was at work may have been forgotten with the rest
        assert lines_of(watched, PAIRS) == [alive] * len(PAIRS)
        assert statuses(watched, "probe", dead) == {"down"}
        streams += [begin(displaced[::2], "down", 15), begin(displaced[1::2], "up", 15)]
        time.sleep(1)
        watched.network.mend(dead)
        back = wait_for(lambda: not out_of_use(watched) and not underway(watched), 45)
        print(f"in use again {back:.1f} s after the repair")
        assert back >= 2  # not before a clean window
        assert lines_of(watched, PAIRS) == at_home
        for running in streams:
            result = running.result()
            assert result["broken"] == 0
            assert result["bytes"] > 0
    ways = {tuple(line for line, _ in itertools.groupby(lines)) for lines in heard.values()}
    assert ways == {(alive,), (dead, alive)}, "UDP of the healthy line stays; the dead line's leaves once, and lives on where it is"
