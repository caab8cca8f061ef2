# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lab router with lines, whose bot takes commands: people write, time is advanced, and a test reads what was answered and what is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.multiwan.routeros.plugins.plugin_utils import drains
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST

from tests.lab.experiments.telegram_updates import Conflict, Updates, body
from tests.lab.router.logs import LOG
from tests.lab.router.paths import path
from tests.lab.router.services import Fetch, Fetched, FetchFailed
from tests.lab.router.traits import Traits
from tests.unit.apply.router import read, run_steps
from tests.unit.failover_netwatch.site import Site, wans

from .outbox import INTENT, TRAITS, Telegram, look, steps

FRIEND, GROUP, NOBODY = 4242, -1001, 666
"""Chats: one person and a group that may, and somebody who may not."""
NAME = "shop_bot"


@dataclass
class Bot(Telegram):
    """Telegram, where people write, too.

    :param asked: what was asked for, and when.
    :param unanswered: methods that are carried out and whose answers are lost.
    :param dateless: whether answers do not say what time it is.
    """

    updates: Updates = field(init=False)
    dateless: bool = False
    unanswered: set[str] = field(default_factory=set)
    asked: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.updates = Updates(self.clock.now)

    def __call__(self, fetch: Fetch) -> Fetched:
        parts = urlsplit(fetch.url)
        method = parts.path.rpartition("/")[2]
        self.asked.append((self.clock.now(), method))
        if method == "sendMessage":
            return super().__call__(fetch)
        self._wait(self.slow)
        if self.problem:
            raise FetchFailed(self.problem)
        try:
            answer = body(self._done(method, dict(parse_qsl(parts.query))))
        except Conflict as conflict:
            told = Fetched(json.dumps({"ok": False, "error_code": 409, "description": str(conflict)}), (), 409)
            raise FetchFailed("Status 409, Conflict", told) from conflict
        if method in self.unanswered:
            raise FetchFailed("closing connection: <connection timeout> 1.2.3.4:443 (4)")
        date = () if self.dateless else (("Date", formatdate(self.clock.now(), usegmt=True)),)
        return Fetched(answer, (("Content-Type", "application/json"), ("Last-Modified-date: x", "y"), *date))

    def _done(self, method: str, words: Mapping[str, str]) -> Any:
        if method == "getUpdates":
            return self.updates.get(words)
        if method == "getMe":
            return {"id": 123456, "is_bot": True, "username": NAME}
        if method == "getWebhookInfo":
            return {"url": self.updates.webhook, "has_custom_certificate": False}
        assert method == "deleteWebhook", method
        self.updates.webhook = ""
        self.updates.drop()
        return True

    def busiest(self) -> int:
        """The most fetches of any minute: all questions, and the messages with an answer in them."""
        answers = [moment for moment, sent in self.arrived if re.search("^shop:", str(sent["text"]), re.MULTILINE)]
        moments = sorted([*answers, *(moment for moment, method in self.asked if method != "sendMessage")])
        return max((sum(start <= moment < start + 60 for moment in moments) for start in moments), default=0)

    def texts(self, chat: int = FRIEND) -> list[str]:
        """The messages to a chat."""
        return [str(sent["text"]) for _, sent in self.arrived if sent["chat_id"] == str(chat)]


class Shop(Site):
    """The router with its lines, and role dhcp_alert_telegram on it.

    :param watched: with role failover_netwatch as well; without it the control script is one that does nothing, and all is faster.
    """

    def __init__(self, lines: int = 2, *, watched: bool = False, traits: Mapping[str, bool] | None = None, **options: object) -> None:
        super().__init__(wans(lines), Traits(**{**TRAITS, **(traits or {})}))
        self.watched = watched
        self.bot = Bot(self.clock)
        self.lab.router.services.fetcher = self.bot
        self.alerts = {**INTENT, "interfaces": ["ether9"], "chats": [FRIEND, GROUP], "commands": True, **options}

    def __enter__(self) -> Shop:
        super().__enter__()
        self.tell()
        self.clock.advance(3)
        return self

    def play(self) -> int:
        """One run of the playbook without role dhcp_alert_telegram."""
        if self.watched:
            return super().play()
        if not any(row.values["name"] == drains.KEEPER for row in self.lab.router.table(path("system script"))):
            self.load(f'/system script add name={drains.KEEPER} source=":log debug x"')
        return self.balance()

    def tell(self, state: str = "present") -> int:
        """One run of role dhcp_alert_telegram; how many steps changed something."""
        return run_steps(self.lab, steps(self.alerts, look(self.lab)) if state == "present" else plan.remove_steps(look(self.lab)))

    def say(self, text: str, chat: int = FRIEND, seconds: float = 5, **more: Any) -> list[str]:
        """Somebody writes; the answers after so many seconds."""
        before = len(self.bot.arrived)
        self.bot.updates.write(chat, text, **more)
        self.clock.advance(seconds)
        return [str(sent["text"]) for _, sent in self.bot.arrived[before:]]

    def drained(self) -> dict[str, drains.Drain]:
        """By line."""
        return dict(drains.drains(read(self.lab, [ADDRESS_LIST])))

    def lists(self, start: str) -> list[str]:
        """The comments of address lists that begin so."""
        router = self.lab.router
        rows = router.table(path(ADDRESS_LIST))
        return [str(row.values.get("comment", "")) for row in rows if router.text(row.values["list"]).startswith(start)]

    def logged(self) -> list[str]:
        """What the script left in the log, and its failures."""
        messages = [str(row.state["message"]) for row in self.lab.router.table(LOG) if row.state["buffer"] == "memory"]
        return [message for message in messages if message.startswith("multiwan-commands") or "script" in message]
