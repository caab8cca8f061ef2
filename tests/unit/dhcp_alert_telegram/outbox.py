# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lab router under the role, whose messages reach a chat that a test reads, and whose time stands still until it is advanced."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import events
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import commands, intent, plan, preflight, script
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros import templates
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import Step

from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.lab import Lab
from tests.lab.router.language.errors import Interrupted
from tests.lab.router.language.frame import Execution
from tests.lab.router.language.values import Array
from tests.lab.router.logs import LOG, date_text, write_log
from tests.lab.router.paths import path
from tests.lab.router.services import Fetch, Fetched, FetchFailed, Services
from tests.lab.router.traits import Traits
from tests.lab.router.users import EVERYTHING
from tests.lab.router.wire import to_bytes
from tests.unit.apply.router import read_as, run_steps

TOKEN = "123456:" + "A" * 35
CHAT = "-1001"
ADDRESS_LIST = path("ip firewall address-list")
KEEP = templates.render(ALERTS, "keep.rsc.j2", events.keeping(events.READER))
"""What puts an event into the list, as all scripts do."""
TRAITS: dict[str, bool] = {}
"""What routers do where nobody knows, as far as it is not the usual."""
INTENT: Mapping[str, object] = {"token": TOKEN, "chats": [CHAT], "interfaces": ["bridge"], "router_name": "shop"}


def look(lab: Lab) -> dict[str, list[dict[str, Any]]]:
    """Read the router as the role does."""
    return read_as(lab, preflight.READS)


def render(data: Mapping[str, object]) -> str:
    """The script."""
    return script.source(intent.read_intent(data))


def render_commands(data: Mapping[str, object]) -> str:
    """The script that takes commands."""
    return commands.source(intent.read_intent({**data, "commands": True}))


def steps(data: Mapping[str, object], found: Found) -> list[Step]:
    """What the role writes on a router that has these rows."""
    wanted = intent.read_intent(data)
    orders = commands.source(wanted) if wanted.commands else ""
    return plan.apply_steps(plan.plan(wanted, render(data), found, orders), wanted.channels)


@dataclass
class Telegram:
    """Takes what the router fetches.

    :param arrived: what it took: bodies, as decoded from JSON, and when.
    :param problem: what it fails with; empty while it works.
    :param dislikes: what stands in messages that it refuses, if they have more than plain letters.
    :param refused_topics: where it takes nothing.
    :param retry_after: how many seconds it wants to be left alone after a message too many.
    :param says_how_long: whether it says so in a header.
    :param busy_until: until when that is; whoever asks before has to wait anew.
    :param slow: how many seconds pass before it takes a message.
    :param late: how many seconds pass between that and its answer.
    :param gone: set when the router that waits for an answer is no more.
    :param refused: how many attempts failed.
    """

    clock: ManualClock
    arrived: list[tuple[float, dict[str, object]]] = field(default_factory=list)
    problem: str = ""
    dislikes: str = ""
    refused_topics: set[int] = field(default_factory=set)
    retry_after: float = 0
    says_how_long: bool = False
    busy_until: float = 0
    slow: float = 0
    late: float = 0
    gone: threading.Event = field(default_factory=threading.Event)
    refused: int = 0
    seen: list[Fetch] = field(default_factory=list)

    def __call__(self, fetch: Fetch) -> Fetched:
        self.seen.append(fetch)
        self._wait(self.slow)
        if self.clock.now() < self.busy_until:
            self.busy_until = self.clock.now() + self.retry_after
            self.refused += 1
            answer = Fetched("{}", [("retry-after", str(self.retry_after))], 429)
            raise FetchFailed("failure: Status 429, Too Many Requests", answer if self.says_how_long else None)
        if self.problem:
            self.refused += 1
            raise FetchFailed(self.problem)
        if self.dislikes and self.dislikes in fetch.data and not fetch.data.isascii():
            self.refused += 1
            raise FetchFailed("failure: Status 400, Bad Request")
        message = json.loads(to_bytes(fetch.data))
        if message.get("message_thread_id") in self.refused_topics:
            self.refused += 1
            raise FetchFailed("failure: Status 400, Bad Request")
        self.arrived.append((self.clock.now(), message))
        self._wait(self.late)
        return Fetched('{"ok":true}')

    def _wait(self, seconds: float) -> None:
        if seconds:
            self.clock.sleep(seconds, self.gone)
            if self.gone.is_set():
                raise FetchFailed("the router is no more")

    def lines(self, chat: str = CHAT) -> list[str]:
        """All lines of all messages to a chat."""
        return [line for _, body in self.arrived if body["chat_id"] == chat for line in str(body["text"]).split("\n")]


class Router:
    """The router, with a bridge for its users.

    :param traits: how it differs from `TRAITS`.
    :param since_midnight: at which second of the first day of 2026 time begins.
    """

    def __init__(
        self, traits: Mapping[str, bool] | None = None, since_midnight: float = 0, version: str | None = None, **options: object
    ) -> None:
        self.clock = ManualClock(ManualClock().now() + since_midnight)
        self.telegram = Telegram(self.clock)
        services = Services(clock=self.clock, fetcher=self.telegram)
        self.lab = Lab(version, interfaces=4, services=services, engines=True, traits=Traits(**{**TRAITS, **(traits or {})}))
        self.intent = {**INTENT, **options}
        self._events = 0

    def __enter__(self) -> Router:
        self.lab.start()
        assert not self.lab.load("/interface bridge add name=bridge").skipped
        self.play()
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.stop()

    def play(self, state: str = "present") -> int:
        """One run of the role; how many steps changed something."""
        return run_steps(self.lab, steps(self.intent, look(self.lab)) if state == "present" else plan.remove_steps())

    def say(self, message: str, topics: str = "script,info") -> None:
        """A line in the log."""
        write_log(self.lab.router, topics, message)

    def line(self, name: str, what: str, reason: str = "") -> None:
        """An event of a line, as the control script writes it (tests/unit/test_words.py has that write them)."""
        self._events += 1
        now = self.clock.now()
        moment, second = date_text(now), int(now)
        since = f"{second // 604800}w{second // 86400 % 7}d{time.strftime('%H:%M:%S', time.gmtime(second))}"
        names = {"group": events.line_group(name), "id": str(self._events), "count": 0, "most": events.MOST_OF_A_LINE}
        names |= {"boxes": Array((events.LIST,)), "text": f"{moment} {since} {what} {name} {reason}"}
        job = self.lab.device.engines.scripts.start(KEEP, "admin", EVERYTHING, names=names)
        job.wait()
        assert job.error is None

    def trial(self) -> None:
        """A test message, as the door asks for it."""
        self._events += 1
        self._put(events.ADDRESSES[events.TEST], f"{events.TEST} {self._events} 0")

    def _put(self, address: str, comment: str) -> None:
        entry = {"list": events.LIST, "address": address, "disabled": "yes", "comment": comment}
        self.lab.router.add(ADDRESS_LIST, entry)

    def rogue(self, mac: str = "DC:2C:6E:81:CF:34", address: str = "192.168.88.66", interface: str = "bridge") -> None:
        """What RouterOS says of an unknown DHCP server [MAN, WILD] D/O."""
        message = f"dhcp alert on {interface}: discovered unknown dhcp server, mac {mac}, ip {address}"
        self.say(message, "dhcp,critical,error")

    def kill(self) -> None:
        """Whatever runs ends in the middle."""
        jobs = self.lab.device.engines.scripts.running()
        self.telegram.gone.set()
        for job in jobs:
            job.cancel()
            assert job.thread is not None
            job.thread.join()
        self.telegram.gone.clear()

    def reboot(self) -> None:
        """At once, whatever runs."""
        for job in self.lab.device.engines.scripts.running():
            job.cancel()
        self.telegram.gone.set()
        self.lab.device.reboot()
        self.telegram.gone.clear()

    def busy(self) -> bool:
        """Whether the script runs; while time stands still, it waits for Telegram."""
        return bool(self.lab.device.engines.scripts.running())

    def waiting(self, start: str) -> list[str]:
        """The comments of address lists that begin so."""
        router = self.lab.router
        return [row.values["comment"] for row in router.table(ADDRESS_LIST) if router.text(row.values["list"]).startswith(start)]

    def outbox(self) -> list[str]:
        """What waits for chats."""
        return self.waiting("multiwan-outbox:")

    def log(self) -> list[str]:
        """What the script left in the log, and its failures."""
        messages = [row.state["message"] for row in self.lab.router.table(LOG) if row.state["buffer"] == "memory"]
        return [message for message in messages if message.startswith("multiwan-telegram") or "script" in message]

    def until(self, condition: Callable[[], bool], seconds: float = 120) -> float:
        """Advances until a condition holds; how many seconds that took."""
        for tenth in range(int(seconds * 10)):
            if condition():
                return tenth / 10
            self.clock.advance(0.1)
        raise AssertionError("it did not come to that")


def dying(monkeypatch: pytest.MonkeyPatch, script: str) -> list[int]:
    """How many commands a script does before it dies, for a test to set as the one item; 0 for never."""
    left = [0]
    count = Execution.count

    def counted(execution: Execution) -> None:
        count(execution)
        if execution.name == script and left[0]:
            left[0] -= 1
            if not left[0]:
                raise Interrupted

    monkeypatch.setattr(Execution, "count", counted)
    return left
