# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line that really dies, told to Telegram, a program and a topic of ntfy, of which one may be in trouble."""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.telegram import Telegram, telegram_in
from tests.lab.network.network import Network
from tests.lab.router.tls import make_certificates
from tests.unit.apply.router import apply, run_steps
from tests.unit.dhcp_alert_telegram.outbox import CHAT, TOKEN, look
from tests.unit.dhcp_alert_telegram.outbox import INTENT as WORDS
from tests.unit.dhcp_alert_telegram.outbox import steps as alert_steps
from tests.unit.failover_netwatch.site import found, steps

from .conftest import CONFIGURATION, INTENT, LANS, LINES
from .test_failover import statuses, wait_for

HOOK = "https://hooks.example/in?key=very-secret"
TOPIC = "https://ntfy.example/my-topic?auth=QmVhcmVyIHRrX3NlY3JldA"
ADDRESSES = {HOOK: "198.18.0.10", TOPIC: "198.18.0.11"}

SILENCE = 15
"""Seconds without an answer, longer than a router waits."""


@dataclass(frozen=True)
class Posted:
    """What was sent."""

    target: str
    kind: str
    body: str


class Server:
    """Takes what is posted to one address, over TLS, while it is open.

    :param silent: whether it leaves what comes now without an answer, and forgets it.
    """

    def __init__(self, network: Network, url: str) -> None:
        self.url, self.silent = url, False
        self.taken: list[Posted] = []
        self._network = network
        host = urlsplit(url).hostname or ""
        network.names[host] = ADDRESSES[url]
        with tempfile.TemporaryDirectory() as directory:
            files = make_certificates(Path(directory), host)
            self.authority, self._context = files.authority.read_text(), files.server_context()

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """It listens for as long as the block lasts; else connections are refused."""
        taker = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if taker.silent:
                    time.sleep(SILENCE)
                    return
                taker.taken.append(Posted(self.path, self.headers["Content-Type"], body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """To nobody."""

        server = self._network.internet.namespace.inside(ThreadingHTTPServer, (ADDRESSES[self.url], 443), Handler)
        server.socket = self._context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@dataclass(frozen=True)
class Told:
    """A router, and who hears of it."""

    room: Room
    telegram: Telegram
    hook: Server
    topic: Server

    def heard(self) -> dict[str, list[str]]:
        """The lines of text that each of them has, without their times."""
        texts = {
            "telegram": [message.text for message in self.telegram.messages],
            "hook": [str(json.loads(posted.body)["text"]) for posted in self.hook.taken],
            "topic": [posted.body for posted in self.topic.taken],
        }
        return {name: [line[20:] for text in found for line in text.split("\n")] for name, found in texts.items()}

    def wait_for(self, names: set[str], lines: int, seconds: float) -> float:
        """Seconds until each of them has so many lines."""
        return wait_for(lambda: all(len(self.heard()[name]) >= lines for name in names), seconds)


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """A line is dead within a second or two, and good again after six."""
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=6, packets=6))
        room = stack.enter_context(open_room(CONFIGURATION, LINES, LANS[:1], seed=12))
        telegram = stack.enter_context(telegram_in(room.network, TOKEN, {CHAT}))
        hook, topic = Server(room.network, HOOK), Server(room.network, TOPIC)
        for name, authority in (("telegram", telegram.authority), ("hook", hook.authority), ("topic", topic.authority)):
            room.lab.device.trust(authority, name)
        apply(room.lab, {**INTENT, "lan_interfaces": ["bridge"]})
        run_steps(room.lab, steps({"wans": INTENT["wans"], "profile": "fast"}, found(room.lab)))
        texts = {"down": "{time} {line} is down", "up": "{time} {line} is up"}
        wanted = {**WORDS, "webhooks": [HOOK], "ntfy": [TOPIC], "texts": texts}
        run_steps(room.lab, alert_steps(wanted, look(room.lab)))
        room.network.kernel.settle()
        wait_for(lambda: statuses(room, "probe") == {"up"}, 20)
        yield Told(room, telegram, hook, topic)


ALL = {"telegram", "hook", "topic"}


def test_each_channel_hears_of_a_line_that_dies(told: Told) -> None:
    with told.hook.open(), told.topic.open():
        told.room.network.cut("isp1", "cable")
        seconds = told.wait_for(ALL, 1, 20)
        told.room.network.mend("isp1")
        told.wait_for(ALL, 2, 60)
    print(f"from the cut to the last of three channels: {seconds:.2f} s")
    assert told.heard() == {name: ["isp1 is down", "isp1 is up"] for name in ALL}
    assert {(posted.target, posted.kind) for posted in told.hook.taken} == {("/in?key=very-secret", "application/json")}
    assert {(posted.target, posted.kind) for posted in told.topic.taken} == {("/my-topic?auth=QmVhcmVyIHRrX3NlY3JldA", "text/plain")}
    down, up = (json.loads(posted.body) for posted in told.hook.taken)
    assert (down["event"], down["line"], up["event"], up["line"], up["more"]) == ("down", "isp1", "up", "isp1", 0)


@pytest.mark.parametrize("trouble", ["refused", "silent"])
@pytest.mark.parametrize("name", ["hook", "topic"])
def test_a_channel_in_trouble_keeps_no_other_from_hearing_and_gets_later_what_waited(told: Told, name: str, trouble: str) -> None:
    """A silent one holds them up once, for as long as the router waits for an answer."""
    troubled, other = (told.hook, told.topic) if name == "hook" else (told.topic, told.hook)
    before = told.heard()
    known = len(before[name])
    with other.open(), contextlib.ExitStack() as stack:
        if trouble == "silent":
            stack.enter_context(troubled.open())
            troubled.silent = True
        told.room.network.cut("isp2", "cable")
        seconds = told.wait_for(ALL - {name}, known + 1, 20)
        told.room.network.mend("isp2")
        told.wait_for(ALL - {name}, known + 2, 60)
        assert told.heard()[name] == before[name]
        troubled.silent = False
        if trouble == "refused":
            stack.enter_context(troubled.open())
        later = told.wait_for({name}, known + 2, 70)
    print(f"while {name} is {trouble}: from the cut to the others {seconds:.2f} s, from its return to all that waited {later:.2f} s")
    assert told.heard() == {one: [*lines, "isp2 is down", "isp2 is up"] for one, lines in before.items()}
