# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lab router under the role, whose messages reach a chat that a test reads, and whose time stands still until it is advanced."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.community.routeros.plugins.modules import api
from ansible_collections.multiwan.routeros.plugins.plugin_utils import alerts
from jinja2 import Environment, StrictUndefined

from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.lab import Lab
from tests.lab.router.logs import LOG, write_log
from tests.lab.router.paths import path
from tests.lab.router.services import Fetch, Fetched, FetchFailed, Services
from tests.lab.router.traits import Traits
from tests.lab.router.wire import to_bytes
from tests.unit.apply.router import read, run_module, run_steps

TEMPLATE = Path(__file__).parents[3] / "roles" / "dhcp_alert_telegram" / "templates" / "telegram.rsc.j2"
TOKEN = "123456:" + "A" * 35
CHAT = "-1001"
INTENT: Mapping[str, object] = {"token": TOKEN, "chats": [CHAT], "interfaces": ["bridge"], "router_name": "shop"}
READ = ("interface bridge port", "interface list", "interface list member", "ip dhcp-client", "ip dhcp-server alert")
READ_MENUS = ("interface", "certificate", "certificate settings", "ip dns", "system clock", "system device-mode")
"""What the role reads, see its tasks/preflight.yml."""


def look(lab: Lab) -> dict[str, list[dict[str, Any]]]:
    """Read the router as the role does."""
    return {**read(lab, READ), **{menu: run_module(lab, api, path=menu)["msg"] for menu in READ_MENUS}}


def render(data: Mapping[str, object]) -> str:
    """The script, as the role's template task makes it."""
    environment = Environment(trim_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined, autoescape=False)
    return environment.from_string(TEMPLATE.read_text()).render(alerts.script_variables(alerts.read_alerts(data)))


@dataclass
class Telegram:
    """Takes what the router fetches.

    :param arrived: what it took: bodies, as decoded from JSON, and when.
    :param problem: what it fails with; empty while it works.
    :param dislikes: what stands in messages that it refuses, if they have more than plain letters.
    :param refused_topics: where it takes nothing.
    :param refused: how many attempts failed.
    """

    clock: ManualClock
    arrived: list[tuple[float, dict[str, object]]] = field(default_factory=list)
    problem: str = ""
    dislikes: str = ""
    refused_topics: set[int] = field(default_factory=set)
    refused: int = 0
    seen: list[Fetch] = field(default_factory=list)

    def __call__(self, fetch: Fetch) -> Fetched:
        self.seen.append(fetch)
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
        return Fetched('{"ok":true}')

    def lines(self, chat: str = CHAT) -> list[str]:
        """All lines of all messages to a chat."""
        return [line for _, body in self.arrived if body["chat_id"] == chat for line in str(body["text"]).split("\n")]


class Router:
    """The router, with a bridge for its users."""

    def __init__(self, traits: Traits | None = None, **options: object) -> None:
        self.clock = ManualClock()
        self.telegram = Telegram(self.clock)
        services = Services(clock=self.clock, fetcher=self.telegram)
        self.lab = Lab(interfaces=4, services=services, engines=True, traits=traits or Traits())
        self.intent = {**INTENT, **options}

    def __enter__(self) -> Router:
        self.lab.start()
        assert not self.lab.load("/interface bridge add name=bridge").skipped
        self.play()
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.stop()

    def play(self, state: str = "present") -> int:
        """One run of the role; how many steps changed something."""
        source = render(self.intent) if state == "present" else ""
        return run_steps(self.lab, alerts.steps(self.intent, state, look(self.lab), source))

    def say(self, message: str, topics: str = "script,warning") -> None:
        """A line in the log."""
        write_log(self.lab.router, topics, message)

    def rogue(self, mac: str = "DC:2C:6E:81:CF:34", address: str = "192.168.88.66", interface: str = "bridge") -> None:
        """What RouterOS says of an unknown DHCP server [MAN, WILD] D/O."""
        message = f"dhcp alert on {interface}: discovered unknown dhcp server, mac {mac}, ip {address}"
        self.say(message, "dhcp,critical,error")

    def outbox(self) -> list[str]:
        """What waits."""
        router = self.lab.router
        rows = router.table(path("ip firewall address-list"))
        return [row.values["comment"] for row in rows if router.text(row.values["list"]).startswith("multiwan-outbox:")]

    def log(self) -> list[str]:
        """What the script left in the log, and its failures."""
        messages = [row.state["message"] for row in self.lab.router.table(LOG) if row.state["buffer"] == "memory"]
        told = [message for message in messages if message.startswith("multiwan-telegram") or "script" in message]
        return [message for message in told if not message.startswith("multiwan-telegram: noted ")]

    def until(self, condition: Callable[[], bool], seconds: float = 120) -> float:
        """Advances until a condition holds; how many seconds that took."""
        for tenth in range(int(seconds * 10)):
            if condition():
                return tenth / 10
            self.clock.advance(0.1)
        raise AssertionError("it did not come to that")
