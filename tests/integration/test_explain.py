# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A thousand connections, each explained with the lab's seed and then opened: it takes the line that was said, now and in an outage."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.answer import explain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.packets import Packet, Scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.question import Question, read_question
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.scenes import READS, connection_reads, found_scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.walk import Remainder
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent

from tests.lab.experiments.room import Room, open_room
from tests.lab.network.firewall import hashing
from tests.lab.network.namespace import Namespace
from tests.lab.network.surroundings import Lan, Line
from tests.unit.apply.router import apply, read_as, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .test_drain import steered
from .test_failover import statuses, wait_for
from .test_outages import has_looked, wait_until_out

ROOT = Path(__file__).parents[2]
LINES = [
    Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24"),
    Line("isp2", "ether2", "198.51.100.1", "198.51.100.0/24"),
    Line("isp3", "ether5", "192.0.2.1", "192.0.2.0/24"),
]
LANS = [
    Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1"),
    Lan("office", "ether4", "192.168.99.0/24", "192.168.99.1"),
    Lan("tunnel", "wireguard1", "10.9.0.0/24", "10.9.0.1"),
]
ADDRESSES = {"isp1": "203.0.113.2", "isp2": "198.51.100.2", "isp3": "192.0.2.2"}
LINE_OF = {address: name for name, address in ADDRESSES.items()}
SERVER, PARTICULAR = "192.168.88.64", "192.168.88.70"
HTTPS, FILES, FORWARDED, BYPASSED_TCP, CALLS, BYPASSED_UDP = 443, 445, 8080, 9000, 3478, 3479
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
add address=192.0.2.2/24 interface=ether5
add address=192.168.88.1/24 interface=bridge
add address=192.168.99.1/24 interface=ether4
add address=10.9.0.1/24 interface=wireguard1
/ip firewall nat
add chain=dstnat action=dst-nat protocol=tcp dst-port={FORWARDED} dst-address-type=local to-addresses={SERVER} comment=forward
/ip firewall address-list
add list=partners address=198.18.3.0/24
add list=partners address=198.18.7.9-198.18.7.40
/ip firewall mangle
add chain=prerouting action=accept in-interface=bridge dst-address-list=partners comment="partners by main"
add chain=prerouting action=jump jump-target=phones protocol=udp dst-port=3478 in-interface=ether4 comment=phones
add chain=phones action=accept per-connection-classifier=both-addresses:2/0 comment="half of the phones by main"
add chain=prerouting action=mark-packet new-packet-mark=video protocol=udp dst-port=443 comment=video
add chain=forward action=change-mss protocol=tcp tcp-flags=syn new-mss=clamp-to-pmtu comment=mine
/routing table
add name=second fib
/ip route
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=second
add dst-address=198.18.101.0/24 gateway=192.0.2.1
/routing rule
add action=lookup src-address={PARTICULAR}/32 dst-address=93.184.216.0/24 table=second
"""
"""With rows of its owner's, before ours: some networks are left out, half of the phones, and one client has its own way to one."""
INTENT = {
    "wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": 30},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": 20},
        {"name": "isp3", "interface": "ether5", "gateway": "192.0.2.1", "weight": 10},
    ],
    "lan_interfaces": ["bridge", "ether4"],
    "bypass": ["93.184.216.0/24"],
    "bypass_services": [f"{BYPASSED_TCP}/tcp", f"{BYPASSED_UDP}/udp"],
}
SEED = 20261127
PATIENCE = 4
"""Seconds until somebody has no answer."""
NO_LINE = "no line"
SILENT = "no answer"
KINDS = {"balanced", "bypassed", "unmarked", "arrival", "router", "no line"}


@dataclass(frozen=True)
class Call:
    """A connection that is to be opened.

    :param place: where its client is: a LAN, ``router``, or ``internet``.
    """

    place: str
    source: str
    target: str
    port: int
    protocol: str
    source_port: int = 0

    @property
    def words(self) -> dict[str, str]:
        """As somebody asks for it."""
        start = f"{self.source}:{self.source_port}" if self.source_port else self.source
        return {"from": start, "to": f"{self.target}:{self.port}/{self.protocol}" if self.port else f"{self.target}/{self.protocol}"}


def calls(lines: Sequence[str] = tuple(ADDRESSES)) -> list[Call]:
    """A thousand of them. What arrives comes by these lines."""
    spread = [f"198.18.{number % 200}.{number % 250 + 1}" for number in range(700)]
    lan, office, tunnel = (where.clients(60) for where in LANS)
    made = [Call("lan", client, server, HTTPS, "tcp") for client, server in zip(itertools.cycle(lan), spread[:240], strict=False)]
    made += [Call("office", client, server, HTTPS, "tcp") for client, server in zip(itertools.cycle(office), spread[300:340], strict=False)]
    made += [Call("lan", client, server, HTTPS, "udp") for client, server in zip(itertools.cycle(lan[7:]), spread[:150], strict=False)]
    made += [Call("lan", client, server, CALLS, "udp") for client, server in zip(itertools.cycle(lan), spread[350:500], strict=False)]
    made += [Call("office", client, server, CALLS, "udp") for client, server in zip(office, spread[540:600], strict=False)]
    made += [Call("lan", client, server, 0, "icmp") for client, server in zip(itertools.cycle(lan), spread[500:530], strict=False)]
    made += [Call("lan", client, f"93.184.216.{number}", HTTPS, "tcp") for number, client in enumerate(lan, 1)]
    made += [Call("lan", client, server, BYPASSED_TCP, "tcp") for client, server in zip(lan, spread[530:], strict=False)]
    made += [Call("lan", client, server, BYPASSED_UDP, "udp") for client, server in zip(lan[:30], spread[600:], strict=False)]
    made += [Call("tunnel", client, server, HTTPS, "tcp") for client, server in zip(tunnel[:30], spread, strict=False)]
    made += [Call("router", source, server, HTTPS, "tcp") for source in ADDRESSES.values() for server in spread[:8]]
    made += [Call("lan", client, other, FILES, "tcp") for client, other in zip(lan[:20], office, strict=False)]
    made += [Call("office", client, ADDRESSES["isp1"], FORWARDED, "tcp") for client in office[:10]]
    rest = 1000 - len(made)
    outside = (f"8.8.{number // 200}.{number % 200 + 1}" for number in range(rest))
    ways = itertools.cycle(itertools.product(lines, (FORWARDED, 22)))
    return made + [Call("internet", client, ADDRESSES[line], port, "tcp") for client, (line, port) in zip(outside, ways, strict=False)]


class Opener:
    """Opens connections one by one and sees by which line they come to the internet."""

    def __init__(self, room: Room) -> None:
        self.room, self._open, self._pings = room, contextlib.ExitStack(), 0
        outside, office = room.network.internet.namespace, room.network.clients["office"].namespace
        self._tcp = {port: self._listen(outside, port) for port in (HTTPS, BYPASSED_TCP)} | {FILES: self._listen(office, FILES)}
        self._udp = {port: self._hear(outside, port) for port in (HTTPS, CALLS, BYPASSED_UDP)}

    def __enter__(self) -> Opener:
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def line(self, call: Call) -> str:
        """The line that a new connection takes; of what comes in, the line by which it is answered."""
        try:
            return {"tcp": self._dial, "udp": self._send, "icmp": self._ping}[call.protocol](call)
        except TimeoutError:
            return SILENT

    def keep(self, call: Call, kept: contextlib.ExitStack) -> tuple[str, tuple[str, int]]:
        """A connection that stays until the block ends: its line, and who has begun it."""
        client = kept.enter_context(self._client(call, socket.SOCK_STREAM))
        client.connect((call.target, call.port))
        if call.place == "internet":
            return LINE_OF[call.target], client.getsockname()
        answered, (address, _port) = self._tcp[call.port].accept()
        kept.enter_context(answered)
        return LINE_OF[address], client.getsockname()

    def _dial(self, call: Call) -> str:
        """Whatever comes in by a line is heard only if it is answered by the same: an ISP carries nobody else's address."""
        with self._client(call, socket.SOCK_STREAM) as client:
            try:
                client.connect((call.target, call.port))
            except ConnectionRefusedError:
                return LINE_OF[call.target]
            if call.place == "internet":
                return LINE_OF[call.target]
            if call.port == FORWARDED:
                return NO_LINE
            answered, (address, _port) = self._tcp[call.port].accept()
            answered.close()
            return NO_LINE if call.port == FILES and address == call.source else LINE_OF[address]

    def _send(self, call: Call) -> str:
        with self._client(call, socket.SOCK_DGRAM) as client:
            client.sendto(str(call).encode(), (call.target, call.port))
            data, (address, _port) = self._udp[call.port].recvfrom(500)
            assert data == str(call).encode()
            return LINE_OF[address]

    def _ping(self, call: Call) -> str:
        outside = self.room.network.internet.namespace
        hearing = self._made(outside, socket.SOCK_RAW, socket.IPPROTO_ICMP, kept=False)  # an older one is full of the router's probes
        with hearing, self._client(call, socket.SOCK_RAW, socket.IPPROTO_ICMP) as client:
            self._pings += 1  # each is a connection of its own
            client.sendto(struct.pack(">BBHHH", 8, 0, 0xF7FF - self._pings, self._pings, 0), (call.target, 0))
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end:
                data, (address, _port) = hearing.recvfrom(500)
                if socket.inet_ntoa(data[16:20]) == call.target:
                    return LINE_OF[address]
            raise TimeoutError

    def _client(self, call: Call, kind: int, protocol: int = 0) -> socket.socket:
        network = self.room.network
        places = {"router": network.inside, "internet": network.internet.namespace}
        made = self._made(places.get(call.place) or network.clients[call.place].namespace, kind, protocol, kept=False)
        made.bind((call.source, call.source_port))
        return made

    def _made(self, namespace: Namespace, kind: int, protocol: int = 0, *, kept: bool = True) -> socket.socket:
        made = namespace.inside(socket.socket, socket.AF_INET, kind, protocol)
        made.settimeout(PATIENCE)
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return self._open.enter_context(made) if kept else made

    def _listen(self, namespace: Namespace, port: int) -> socket.socket:
        made = self._made(namespace, socket.SOCK_STREAM)
        made.bind(("0.0.0.0", port))
        made.listen()
        return made

    def _hear(self, namespace: Namespace, port: int) -> socket.socket:
        made = self._made(namespace, socket.SOCK_DGRAM)
        made.bind(("0.0.0.0", port))
        return made


def known(seed: int) -> Remainder:
    """The lab's hash."""

    def remainder(classifier: str, packet: Packet, denominator: int) -> int:
        ports = (packet.source_port or 0, packet.port or 0) if packet.has_ports else None
        return hashing.remainder(classifier, (packet.source, packet.destination), ports, denominator, seed)

    return remainder


def asked(call: Call, **more: str) -> Question:
    return read_question({**call.words, **more}, read_intent(INTENT).wans)


def looked_at(room: Room, call: Call, intent: Mapping[str, Any] = INTENT) -> Scene:
    """The router as it is, with the connections that go where this one does."""
    return found_scene(read_intent(intent), read_as(room.lab, {**READS, **connection_reads(asked(call))}))


def said(scene: Scene, call: Call, **more: str) -> str:
    """The line that the explanation has, with the lab's seed."""
    (part,) = explain(scene, asked(call, **more), known(SEED)).new.parts
    return part.line or NO_LINE


def wrong(several: Sequence[Call], before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [f"{call}: {one}, not {other}" for call, one, other in zip(several, before, after, strict=True) if one != other]


@contextlib.contextmanager
def balanced_room(intent: Mapping[str, Any] = INTENT, *, watched: bool = False) -> Iterator[Room]:
    with open_room(CONFIGURATION, LINES, LANS, seed=SEED, engines=watched) as room:
        apply(room.lab, intent)
        if watched:
            run_steps(room.lab, steps({"wans": intent["wans"], "profile": "fast"}, found(room.lab)))
            wait_for(lambda: statuses(room, "probe") == {"up"} and has_looked(room), 25)
        room.network.kernel.settle()
        yield room


def test_each_of_a_thousand_connections_takes_the_line_that_was_said_now_and_in_an_outage() -> None:
    """And while a line is drained."""
    with balanced_room(watched=True) as room, Opener(room) as opener:
        several = calls()
        assert len(several) == 1000
        scene = looked_at(room, several[0])
        answers = [said(scene, call) for call in several]
        with room.network.observe() as seen:
            taken = [opener.line(call) for call in several]
        assert wrong(several, answers, taken) == []
        assert not any(counters["spoofed"].packets for counters in seen.values())
        assert min(Counter(answers)[line] for line in (*ADDRESSES, NO_LINE)) >= 30
        assert {explain(scene, asked(call), known(SEED)).new.kind for call in several} == KINDS

        for line in ("isp1", "isp2"):
            left = calls([name for name in ADDRESSES if name != line])
            foretold = [said(scene, call, during=line) for call in left]
            room.network.isps[line].cut("upstream")
            wait_until_out(room, {line}, 30)
            room.network.kernel.settle()
            then = looked_at(room, left[0])
            assert then.down == {line}
            answers = [said(then, call) for call in left]
            taken = [opener.line(call) for call in left]
            # a table of the owner's leads by one line alone: who goes there has no answer while it is dead
            stuck = [call for call, one in zip(left, taken, strict=True) if one == SILENT]
            assert stuck == [call for call in left if line == "isp2" and call.words["to"].startswith("93.") and call.source == PARTICULAR]
            taken = [line if call in stuck else one for call, one in zip(left, taken, strict=True)]
            assert wrong(left, answers, taken) == []
            assert wrong(left, foretold, taken) == []
            assert line not in [one for call, one in zip(left, taken, strict=True) if call not in stuck]
            room.network.isps[line].mend()
            wait_until_out(room, set(), 60)

        steered(room, "isp1", drained=True)
        room.network.kernel.settle()
        then = looked_at(room, several[0])
        assert then.drained == {"isp1"}
        answers = [said(then, call) for call in several]
        assert wrong(several, answers, [opener.line(call) for call in several]) == []
        assert "isp1" not in [line for call, line in zip(several, answers, strict=True) if call.place != "internet"]


def test_a_line_by_ports_is_known_as_well() -> None:
    """Each connection is dealt anew, so the port of the client has to be said."""
    intent = {**INTENT, "classifier": "both-addresses-and-ports"}
    with balanced_room(intent) as room, Opener(room) as opener:
        several = [replace(call, source_port=20000 + number) for number, call in enumerate(calls()[:60] + calls()[340:400])]
        scene = looked_at(room, several[0], intent)
        answers = [said(scene, call) for call in several]
        assert wrong(several, answers, [opener.line(call) for call in several]) == []
        assert set(answers) == set(ADDRESSES)


def test_a_suspect_line_gets_no_new_ones_and_who_is_near_is_answered_by_main() -> None:
    """By the entries that the control script and a run leave."""
    with balanced_room() as room, Opener(room) as opener:
        room.load(
            """
/ip firewall address-list
add list=multiwan-suspect:isp1 address=0.0.0.0/1 timeout=10m
add list=multiwan-suspect:isp1 address=128.0.0.0/1 timeout=10m
add list=multiwan-near:isp2 address=8.8.0.0/16
/ip route add dst-address=8.8.0.0/16 gateway=198.51.100.1
"""
        )
        several = [*calls()[:90], *(call for call in calls() if call.target == ADDRESSES["isp2"] and call.place == "internet")]
        scene = looked_at(room, several[0])
        answers = [said(scene, call) for call in several]
        assert wrong(several, answers, [opener.line(call) for call in several]) == []
        kinds = Counter((explain(scene, asked(call)).new.kind, line) for call, line in zip(several, answers, strict=True))
        assert ("balanced", "isp1") not in kinds
        assert kinds["balanced", "isp2"] > 20
        assert kinds["arrival", "isp2"] > 20


def test_connections_that_are_there_are_on_the_line_that_is_said() -> None:
    """From the LAN, from outside, and without a mark; each as the router's own table has it."""
    with balanced_room() as room, Opener(room) as opener:
        from_outside = [call for call in calls() if call.place == "internet" and call.port == FORWARDED]
        bypassed = [call for call in calls() if call.target.startswith("93.184.216.")]
        several = [*calls()[:30], *bypassed[:6], *from_outside[:12]]
        with contextlib.ExitStack() as kept:
            for call in several:
                line, (source, port) = opener.keep(call, kept)
                scene = looked_at(room, call)
                question = read_question({**call.words, "from": f"{source}:{port}"}, scene.intent.wans)
                said_ = explain(scene, question)
                (live,) = said_.live
                assert (live.source, list(live.answer.lines)) == (f"{source}:{port}", [line]), call
                assert live.mark == (f"multiwan-{line}" if said_.new.kind in ("balanced", "arrival") else ""), call


def test_the_playbook_reads_over_one_connection_in_less_than_a_second(tmp_path: Path) -> None:
    with balanced_room() as room:
        (tmp_path / "hosts.yml").write_text(inventory(room))
        (tmp_path / "site.yml").write_text(FOREIGN)
        before, logins = len(room.lab.writes), room.lab.device.log.logins
        out = play(tmp_path, "-e", "from=192.168.88.70", "-e", "to=198.18.0.1:443/tcp", "-e", "during=isp1")
        assert room.lab.device.log.logins == logins + 1
        assert len(room.lab.writes) == before
        assert "router: isp2 67.9 %, isp3 32.1 %: new, balanced by row 'multiwan:pcc_balance:new:lan', while isp1 is out of use" in out
        assert "router:     now: isp1 1/2, isp2 1/3, isp3 1/6" in out
        assert "findings: []" in out
        assert "isp3 has 33 percent" in play(tmp_path, playbook="site.yml")
        lost = play(tmp_path, "-e", "from=192.168.88.70", "-e", "to=198.18.0.1:443/tcp", "-e", "multiwan_api_port=1", code=4)
        assert "port 1: nothing listens there" in lost
        vain = play(tmp_path, "-e", "from=192.168.88.70", "-e", "to=example.com:443/tcp", code=2)
        assert "router: to: 'example.com' is a name, and each of its addresses may go by another line; write an address of it" in vain
        assert len(room.lab.writes) == before
        assert min(seconds(room) for _ in range(3)) < 1


def seconds(room: Room) -> float:
    """How long it takes to read the router and to answer; others may be at work on this machine."""
    began = time.monotonic()
    call = calls()[0]
    explain(looked_at(room, call), asked(call, during="isp1"))
    return time.monotonic() - began


def inventory(room: Room) -> str:
    where = {"ansible_host": room.lab.host, "multiwan_api_port": room.lab.port, "multiwan_api_tls": False}
    who = {"multiwan_api_username": room.lab.user, "multiwan_api_password": room.lab.password}
    ours = {"multiwan_wans": INTENT["wans"], "multiwan_lan_interfaces": INTENT["lan_interfaces"]}
    bypassed = {"pcc_balance_bypass": INTENT["bypass"], "pcc_balance_bypass_services": INTENT["bypass_services"]}
    return yaml.safe_dump({"routers": {"hosts": {"router": {**where, **who, **ours, **bypassed}}}})


FOREIGN = """
- hosts: routers
  gather_facts: false
  connection: local
  module_defaults:
    group/community.routeros.api:
      hostname: "{{ ansible_host }}"
      port: "{{ multiwan_api_port }}"
      username: "{{ multiwan_api_username }}"
      password: "{{ multiwan_api_password }}"
      tls: false
  tasks:
    - ansible.builtin.import_role: {name: multiwan.routeros.pcc_balance, tasks_from: variables, public: true}
    - multiwan.routeros.explain:
        roles: {pcc_balance: {}}
        from: 192.168.88.71
        to: 198.18.0.1:443/tcp
        during: [isp1]
      register: said
    - ansible.builtin.debug:
        msg: "{{ item.name }} has {{ item.share_percent | round(0, 'floor') | int + 1 }} percent"
      loop: "{{ said.explanation.lines }}"
      when: said.explanation.now.kind == 'balanced'
"""
"""A play of somebody else's."""


def play(folder: Path, *words: str, playbook: str = str(ROOT / "playbooks" / "explain.yml"), code: int = 0) -> str:
    """Runs a playbook, which ends with this code, and returns what it prints."""
    environment = os.environ | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_NOCOLOR": "1",
    }
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "-v",
        "-i",
        "hosts.yml",
        playbook,
        *words,
    ]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
