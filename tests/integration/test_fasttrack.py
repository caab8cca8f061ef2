# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fasttracked connections and routing rules, in both positions of the trait; and FastTrack beside balancing, in each state of the lines.

Addresses are translated by src-nat: masquerade would hide a packet by a wrong line.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.netwatch import SCRIPT
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE, FAILOVER

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.server import HTTP_PORT
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.forwarding import FAST_PATH
from tests.lab.network.lookup import lookup
from tests.lab.router.paths import path
from tests.lab.router.traits import Traits
from tests.unit.door.runs import run

from .conftest import ADDRESSES, LANS, LINES
from .test_failover import LINE_OF, out_of_use, statuses, wait_for
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


OWNER = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=192.168.88.1/24 interface=ether3
add address=192.168.99.1/24 interface=ether4
/ip dhcp-client
add interface=ether2 disabled=no add-default-route=no
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1 distance=2 comment=own
/ip firewall filter
add action=fasttrack-connection chain=forward connection-state=established,related hw-offload=yes comment="defconf: fasttrack"
add action=accept chain=forward connection-state=established,related
"""
LEASED = [LINES[0], replace(LINES[1], leased=ADDRESSES["isp2"])]
OFFICE = "192.168.99.70"
WAYS = [(f"192.168.{lan}.{80 + number}", f"198.18.{lan}.{number + 1}") for lan in (88, 99) for number in range(12)]
SCHEDULE = 11
"""Seconds within which the control script comes by."""


def play(room: Room, *weights: int) -> None:
    """A run of both roles, with consent; the LAN is balanced, the office is not."""
    wans = [
        {"name": line.name, "interface": line.interface, "gateway": line.gateway, "weight": weight, "source_address": ADDRESSES[line.name]}
        for line, weight in zip(LINES, weights, strict=True)
    ]
    balance = {"wans": wans, "lan_interfaces": ["ether3"], "take_over": ["fasttrack"]}
    run(room.lab, {BALANCE: balance, FAILOVER: {"wans": wans, "profile": "fast"}})
    room.network.kernel.settle()


def follows(room: Room) -> bool:
    """Whether both rows are on."""
    router = room.lab.router
    with router.lock:
        rows = [row.values for row in router.table(path("ip firewall filter"))]
        ours = [values for values in rows if ":fasttrack:" in router.text(values.get("comment", ""))]
        return [router.text(values.get("disabled", "")) for values in ours] == ["false", "false"]


def come_by(room: Room) -> None:
    """The control script runs, as it would within a schedule."""
    room.load(f"/system script run {SCRIPT}\n")


def seen(room: Room) -> tuple[dict[str, dict[str, int]], bool, int]:
    """By LAN, how many new connections each line got, as the servers see them; whether some are fasttracked; packets by a wrong line."""
    room.network.kernel.settle()
    table = room.lab.router.services.connections
    assert table is not None
    lines: dict[str, dict[str, int]] = {}
    with room.network.observe() as counted:
        for lan, pairs in (("lan", WAYS[:12]), ("office", WAYS[12:])):
            answers = run_clients(room.network.clients[lan].namespace, "whoami", pairs=pairs)
            lines[lan] = dict(sorted(Counter(LINE_OF.get(answer, answer) for answer in answers).items()))
        fast = {row["src-address"].partition(":")[0] for row in table.rows() if row["fasttrack"] == "true"}
    return lines, bool(fast & {client for client, _ in WAYS}), sum(traffic["spoofed"].packets for traffic in counted.values())


@contextlib.contextmanager
def long_connection(room: Room) -> Iterator[socket.socket]:
    """One of the office, which is not balanced."""
    with room.network.clients["office"].namespace.inside(socket.socket) as client:
        client.settimeout(3)
        client.bind((OFFICE, 0))
        room.network.clients["office"].namespace.inside(client.connect, (SERVER, HTTP_PORT))
        yield client


def answers(client: socket.socket) -> str:
    """The line that the server sees an old connection come by."""
    client.sendall(b"GET /whoami HTTP/1.1\r\nHost: x\r\n\r\n")
    return LINE_OF[client.recv(1000).rpartition(b"\r\n")[2].decode()]


def all_states(rules: bool) -> None:
    """One state of the lines after another.

    :param rules: whether fasttracked packets follow rules.
    """
    traits = Traits(fasttrack_follows_rules=rules)
    with contextlib.ExitStack() as opened:
        patch = opened.enter_context(pytest.MonkeyPatch.context())
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=4, packets=4))
        room = opened.enter_context(open_room(OWNER, LEASED, LANS[:2], seed=3, traits=traits))
        play(room, 3, 1)
        wait_for(lambda: statuses(room, "probe") == {"up"} and follows(room), SCHEDULE)
        lines, fast, astray = seen(room)
        assert lines["lan"].keys() == {"isp1", "isp2"}
        assert (lines["office"], fast, astray) == ({"isp1": 12}, True, 0)

        room.network.cut("isp2", "upstream")
        wait_for(lambda: out_of_use(room) == {"isp2"}, 15)
        assert (follows(room), seen(room)) == (True, ({"lan": {"isp1": 12}, "office": {"isp1": 12}}, True, 0))
        room.network.mend("isp2")
        wait_for(lambda: not out_of_use(room), 45)

        room.network.cut("isp1", "upstream")
        wait_for(lambda: out_of_use(room) == {"isp1"} and not follows(room), 15)
        assert (follows(room), seen(room)) == (False, ({"lan": {"isp2": 12}, "office": {"isp2": 12}}, False, 0))
        play(room, 1, 3)
        time.sleep(1)
        assert (follows(room), seen(room)) == (False, ({"lan": {"isp2": 12}, "office": {"isp2": 12}}, False, 0))
        room.network.mend("isp1")
        wait_for(lambda: not out_of_use(room) and follows(room), 45)
        lines, fast, astray = seen(room)
        assert lines["lan"]["isp2"] > lines["lan"]["isp1"] > 0
        assert (lines["office"], fast, astray) == ({"isp1": 12}, True, 0)

        with long_connection(room) as client:
            assert answers(client) == "isp1"
            room.load("/ip dhcp-client set [find] add-default-route=yes default-route-distance=1\n")
            wait_for(lambda: not follows(room), SCHEDULE)
            room.network.kernel.settle()
            assert answers(client) == "isp1"
        lines, fast, astray = seen(room)
        assert lines["lan"].keys() == {"isp1", "isp2"}
        assert (lines["office"], fast, astray) == ({"isp1": 12}, False, 0)

        room.load("/ip dhcp-client set [find] add-default-route=no\n")
        come_by(room)
        lines, fast, astray = seen(room)
        assert (follows(room), lines["office"], fast, astray) == (True, {"isp1": 12}, True, 0)

        room.load("/ip route remove [find comment=own]\n")
        come_by(room)
        lines, fast, astray = seen(room)
        assert lines["lan"].keys() == {"isp1", "isp2"}
        assert (follows(room), lines["office"], fast, astray) == (False, {"isp1": 12}, False, 0)


def test_no_packet_goes_by_a_wrong_line_in_any_state() -> None:
    """Both models at the same time, each in a process of its own."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(all_states, [True, False])) == [None, None]
