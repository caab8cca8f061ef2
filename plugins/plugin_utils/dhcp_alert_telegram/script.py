# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the script that sends messages has to know."""

from __future__ import annotations

from ..routeros.spelling import literal
from .intent import Intent
from .plan import BUFFER, DOWN, OUTBOX, SCRIPT

LOCK = f"{SCRIPT}-lock"
LONGEST = 3900
"""Bytes of a message. Telegram takes 4096 letters."""


def script_variables(intent: Intent) -> dict[str, object]:
    """Return what the template of the script takes; the token is not in it."""
    begin, dash, end = intent.silent_hours.partition("-")
    return {
        "telegram_script_name": SCRIPT,
        "api_url": intent.api_url,
        "buffer": BUFFER,
        "outbox": OUTBOX,
        "outboxes": [OUTBOX + chat.key for chat in intent.chats],
        "down": DOWN,
        "lock": LOCK,
        "longest": LONGEST,
        "plain_letters": literal("\n" + "".join(map(chr, range(32, 127)))),
        "chats": [{"key": chat.key, "id": chat.id, "topic": chat.topic} for chat in intent.chats],
        "texts": intent.texts,
        "router_name": literal(intent.router_name) if intent.router_name else "",
        "wan_events": intent.wan_events,
        "silent": [f"{begin}:00", f"{end}:00"] if dash else [],
    }
