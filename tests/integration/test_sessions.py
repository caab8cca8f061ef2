# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who talks to the router, or through it, goes on doing so: through the first run, a second one, and edits.

A TCP session stands for the API session that writes, a UDP flow that never pauses for a tunnel. A run is the whole site, with its findings.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import removal
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ACTIVE

from tests.lab.experiments.room import Room, open_room
from tests.lab.network.surroundings import Line
from tests.unit.apply.router import door
from tests.unit.door.runs import run

from .conftest import LANS, LINES
from .test_failover import statuses, wait_for
from .test_outages import out_of_use

THREE = [*LINES, Line("isp3", "ether4", "192.0.2.1", "192.0.2.0/24")]
ROUTER = {"isp1": "203.0.113.2", "isp2": "198.51.100.2", "isp3": "192.0.2.2"}
GATEWAYS = {"isp1": "203.0.113.1", "isp2": "198.51.100.1", "isp3": "192.0.2.1"}
SERVER = "198.18.0.1"
API, TUNNEL = 8728, 13231
EACH = 0.06
"""Seconds between two questions."""

BASE = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.0.2.2/24 interface=ether4
add address=192.168.88.1/24 interface=ether3
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=ether2
add action=masquerade chain=srcnat out-interface=ether4
"""
OWN_TABLES = """
/routing table
add name=own1 fib
add name=own2 fib
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1 routing-table=own1
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=own2
"""
OWN_RULES = f"""{OWN_TABLES}
/routing rule
add action=lookup-only-in-table src-address=203.0.113.2/32 table=own1
add action=lookup-only-in-table src-address=198.51.100.2/32 table=own2
"""
OWN_MARKS = f"""{OWN_TABLES}
/ip firewall mangle
add chain=input action=mark-connection in-interface=ether1 connection-mark=no-mark new-connection-mark=from1
add chain=input action=mark-connection in-interface=ether2 connection-mark=no-mark new-connection-mark=from2
add chain=output action=mark-routing connection-mark=from1 new-routing-mark=own1
add chain=output action=mark-routing connection-mark=from2 new-routing-mark=own2
"""


def default(line: str, distance: int = 1) -> str:
    return f"/ip route add dst-address=0.0.0.0/0 gateway={GATEWAYS[line]} distance={distance}\n"


OWNERS = {
    "default by line 1": (default("isp1"), ["isp1"]),
    "default by line 2": (default("isp2"), ["isp2"]),
    "two defaults, rules": (default("isp1") + default("isp2", 2) + OWN_RULES, ["isp1", "isp2"]),
    "default by line 2, marks": (default("isp2") + OWN_MARKS, ["isp1", "isp2"]),
    "one default of two lines, rules": (default("isp1").replace("113.1", "113.1,198.51.100.1") + OWN_RULES, ["isp1", "isp2"]),
}
"""What the owner has, and the lines over which the router answers by that before we come."""


def lines(*names: str, **weights: int) -> list[dict[str, Any]]:
    ports = {line.name: line.interface for line in THREE}
    return [{"name": name, "interface": ports[name], "gateway": GATEWAYS[name], "weight": weights.get(name, 1)} for name in names]


def site(wans: list[dict[str, Any]], **balance: object) -> dict[str, dict[str, Any]]:
    return {
        "pcc_balance": {"wans": wans, "lan_interfaces": ["ether3"], **balance},
        "failover_netwatch": {"wans": wans, "profile": "fast"},
    }


TWO = lines("isp1", "isp2", isp1=3)
PROBED = [{**TWO[0], "probes": ["198.18.0.53", "198.18.0.54"]}, TWO[1]]
EDITS = {
    "a second run": site(TWO),
    "weights": site(lines("isp1", "isp2", isp2=4)),
    "another probe": site(PROBED),
    "a line more": site(lines("isp1", "isp2", "isp3", isp1=3)),
    "a line less": site(TWO),
    "first is line 1": site(TWO, first_wan="isp1"),
    "first is line 2": site(TWO, first_wan="isp2"),
    "no NAT of ours": site(TWO, nat=False),
}


class Flow:
    """Asks and is answered, on and on, in a thread.

    :param client: is connected to somebody who sends back what it sends.
    """

    def __init__(self, name: str, client: socket.socket) -> None:
        self.name, self.client = name, client
        self.asked = 0
        self.answered: set[int] = set()
        self._over = threading.Event()
        self._rest = b""
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(OSError):
                self.client.send(struct.pack("!I", self.asked))
            self._hear(EACH)
            self.asked += 1

    def _hear(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.client.settimeout(left)
            try:
                self._rest += self.client.recv(1000)
            except OSError:
                continue
            while len(self._rest) >= 4:
                self.answered.add(struct.unpack_from("!I", self._rest)[0])
                self._rest = self._rest[4:]

    def stop(self) -> str:
        """What is wrong with it: more than one question without an answer."""
        self._over.set()
        self._thread.join()
        if self.asked - 1 not in self.answered:
            self._hear(3 * EACH)
        self.client.close()
        lost = [number for number in range(self.asked) if number not in self.answered]
        return f"{self.name}: of {self.asked} lost {lost}" if len(lost) > 1 else ""


def answer(receiver: socket.socket) -> None:
    """Send back what comes, until it is closed."""
    with contextlib.suppress(OSError):
        if receiver.type == socket.SOCK_DGRAM:
            while True:
                receiver.sendto(*receiver.recvfrom(1000))
        while True:
            session, _who = receiver.accept()
            threading.Thread(target=_echo, args=(session,), daemon=True).start()


def _echo(session: socket.socket) -> None:
    with contextlib.suppress(OSError), session:
        while said := session.recv(1000):
            session.sendall(said)


class People:
    """Who talks to the router from outside, and by whom the router is answered."""

    def __init__(self, room: Room) -> None:
        self.network = room.network
        self.flows: list[Flow] = []
        self._servers: list[socket.socket] = []
        for address in ROUTER.values():
            self._serve(self.network.inside, socket.SOCK_STREAM, address, API)
            self._serve(self.network.inside, socket.SOCK_DGRAM, address, TUNNEL)
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            self._serve(self.network.internet.namespace, kind, SERVER, TUNNEL)

    def _serve(self, namespace: Any, kind: int, address: str, port: int) -> None:
        server = namespace.inside(socket.socket, socket.AF_INET, kind)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        namespace.inside(server.bind, (address, port))
        if kind == socket.SOCK_STREAM:
            server.listen()
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        self._servers.append(server)

    def come(self, line: str, when: str) -> None:
        """Somebody opens a session and a tunnel over a line."""
        outside = self.network.internet.namespace
        for kind, port in ((socket.SOCK_STREAM, API), (socket.SOCK_DGRAM, TUNNEL)):
            self._open(outside, kind, (ROUTER[line], port), f"{when}, {port} over {line}")

    def go(self, when: str) -> None:
        """The router opens both to somebody."""
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            self._open(self.network.inside, kind, (SERVER, TUNNEL), f"{when}, the router's own, {kind!s}")

    def download(self, when: str) -> None:
        """Clients of the LAN open both to somebody in the internet."""
        for client in LANS[0].clients(3):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                self._open(self.network.clients["lan"].namespace, kind, (SERVER, TUNNEL), f"{when}, {client}, {kind!s}", client)

    def _open(self, namespace: Any, kind: int, target: tuple[str, int], name: str, source: str = "") -> None:
        client = namespace.inside(socket.socket, socket.AF_INET, kind)
        namespace.inside(client.bind, (source, 0))
        client.settimeout(2)
        client.connect(target)
        self.flows.append(Flow(name, client))

    def wait(self) -> None:
        """Each asks two times more."""
        ends = [flow.asked + 2 for flow in self.flows]
        while any(flow.asked < end for flow, end in zip(self.flows, ends, strict=True)):
            time.sleep(EACH / 4)

    def leave(self) -> list[str]:
        """What they complain of."""
        said = [flow.stop() for flow in self.flows]
        for server in self._servers:
            server.close()
        return [text for text in said if text]

    def source(self) -> str:
        """The address of whoever came last."""
        return str(self.flows[-1].client.getsockname()[0])


@contextlib.contextmanager
def people(owner: str, **options: Any) -> Iterator[tuple[Room, People]]:
    with open_room(BASE + owner, THREE, LANS[:1], **options) as room:
        yield room, People(room)


@pytest.mark.parametrize(("owner", "answered"), OWNERS.values(), ids=OWNERS)
def test_sessions_live_through_runs_and_edits(owner: str, answered: Sequence[str]) -> None:
    with people(owner) as (room, them):
        for line in answered:
            them.come(line, "before us")
        them.go("before us")
        them.wait()
        run(room.lab, site(TWO))
        for line in ("isp1", "isp2"):
            them.come(line, "after the first run")
        them.go("after the first run")
        for options in EDITS.values():
            them.wait()
            run(room.lab, options)
        them.wait()
        assert len(them.flows) == 2 * (len(answered) + 4)
        assert them.leave() == []


def test_sessions_live_through_each_step() -> None:
    """Over the line of main's own default, which is not the heaviest one, and of clients, whose connections are older than the run;
    until all is removed again.
    """
    line = "isp2"
    with people(default(line)) as (room, them):
        them.come(line, "before us")
        them.go("before us")
        them.download("before us")
        steps = 0

        def after() -> None:
            nonlocal steps
            steps += 1
            room.network.kernel.settle()
            them.wait()

        for options in (site(TWO), site(lines("isp1", "isp2", "isp3", isp2=4)), site(PROBED)):
            run(room.lab, options, after=after)
            them.come(line, "between")
        run(room.lab, {}, "pcc_balance", "failover_netwatch", after=after)
        them.wait()
        assert steps > 40
        assert them.leave() == []


def test_a_removal_over_another_line_than_mains_is_refused_and_lives_by_the_command() -> None:
    """The session is the one that came last, as the connection table of the kernel has it; who is logged in is played."""
    with people(default("isp1")) as (room, them):
        run(room.lab, {"pcc_balance": site(TWO)["pcc_balance"]})
        them.come("isp2", "after the first run")
        them.wait()

        def said() -> list[Finding]:
            here = [{"name": "admin", "address": them.source(), "via": "api"}]
            with door(room.lab) as router:
                return removal.findings({**router.found(removal.reads(router.user)), ACTIVE: here}, anyway=False)

        (finding,) = said()
        assert finding.problem.startswith(f"this run comes from {them.source()} by isp2, ")
        room.load(finding.command)
        assert said() == []
        run(room.lab, {}, "pcc_balance", after=them.wait)
        them.wait()
        assert them.leave() == []


def test_a_removal_over_another_line_than_mains_cuts_the_session() -> None:
    """That is why it is refused."""
    with people(default("isp1")) as (room, them):
        run(room.lab, site(TWO))
        them.come("isp2", "after the first run")
        them.wait()
        run(room.lab, {}, "pcc_balance", "failover_netwatch")
        for _ in range(4):
            them.wait()
        assert len(them.leave()) == 2


def test_sessions_by_a_line_that_is_well_live_through_runs_in_an_outage_of_the_other_one() -> None:
    """The one that a run comes by among them: it began before the outage, or in it, and the line that died comes back."""
    with people(default("isp1")) as (room, them):
        run(room.lab, site(TWO))
        wait_for(lambda: statuses(room, "probe") == {"up"}, 20)
        them.come("isp2", "before the outage")
        them.wait()
        room.network.cut("isp1", "upstream")
        wait_for(lambda: out_of_use(room) == {"isp1"}, 30)
        them.come("isp2", "in the outage")
        for name in ("a second run", "weights", "a line more", "a line less"):
            run(room.lab, EDITS[name])
            them.wait()
        assert out_of_use(room) == {"isp1"}
        room.network.mend("isp1")
        wait_for(lambda: not out_of_use(room), 120)
        them.wait()
        assert them.leave() == []
