# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people write to a bot, as Telegram hands it out: one queue, read by getUpdates (core.telegram.org/bots/api, "Getting updates")."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

RETENTION = 24 * 3600.0
"""Seconds for which an update is kept."""
MOST = 100
"""Updates of one answer."""
WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
TERMINATED = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
"""What it says with 409 (tdlib/telegram-bot-api, Client.cpp)."""


class Conflict(Exception):
    """Somebody else gets the updates; its text is the description."""


@dataclass
class Updates:
    """The queue of one bot.

    :param now: the time at Telegram, in seconds since 1970.
    :param webhook: where updates go in place of it; empty for nowhere.
    :param disturbed: whether somebody else reads all the time.
    """

    now: Callable[[], float]
    webhook: str = ""
    disturbed: bool = False
    _waiting: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(700_000_001))
    _allowed: Collection[str] = ()

    def write(self, chat: int, text: str = "", user: int = 77, age: float = 0, topic: int = 0, **more: object) -> int:
        """Somebody writes a message; the number of the update.

        :param chat: its number; that of a private chat is the user's own, that of a group negative.
        :param age: how many seconds ago that was.
        :param topic: the topic of a group, 0 for none.
        :param more: fields of the message that it has besides.
        """
        written = self.now() - age
        kind = "private" if chat > 0 else "supergroup"
        message = {
            "message_id": 1,
            "from": {"id": user, "is_bot": False, "first_name": "Anna"},
            "chat": {"id": chat, "type": kind},
            "date": int(written),
            **({"message_thread_id": topic, "is_topic_message": True} if topic else {}),
            **({"text": text} if text else {}),
            **more,
        }
        return self.put("message", message, written)

    def put(self, kind: str, content: Mapping[str, object], arrived: float | None = None) -> int:
        """Something comes in; the number of the update. A kind that nobody wants is not kept."""
        number = next(self._numbers)
        if not self._allowed or kind in self._allowed:
            self._waiting.append((self.now() if arrived is None else arrived, {"update_id": number, kind: dict(content)}))
        return number

    def waiting(self) -> list[dict[str, Any]]:
        """What nobody has confirmed, the oldest first."""
        self._waiting = [(arrived, update) for arrived, update in self._waiting if self.now() - arrived < RETENTION]
        return [update for _, update in self._waiting]

    def get(self, words: Mapping[str, object]) -> list[dict[str, Any]]:
        """What getUpdates answers at once. The kinds that are asked for hold for what comes from now on.

        :raises Conflict: while a webhook is set, and where somebody else reads.
        """
        if self.webhook:
            raise Conflict(WEBHOOK)
        if self.disturbed:
            raise Conflict(TERMINATED)
        if words.get("allowed_updates"):
            self._allowed = json.loads(str(words["allowed_updates"]))
        offset, limit = int(str(words.get("offset") or 0)), int(str(words.get("limit") or MOST))
        waiting = self.waiting()
        if offset < 0:
            self._waiting = self._waiting[offset:]
        elif offset:
            self._waiting = [entry for entry in self._waiting if entry[1]["update_id"] >= offset]
        else:
            return waiting[: min(max(limit, 1), MOST)]
        return self.waiting()[: min(max(limit, 1), MOST)]

    def drop(self) -> None:
        """All that waits goes."""
        self._waiting.clear()


def body(result: object) -> str:
    """An answer, as the server writes JSON: without blanks, in ASCII."""
    return json.dumps({"ok": True, "result": result}, separators=(",", ":"))
