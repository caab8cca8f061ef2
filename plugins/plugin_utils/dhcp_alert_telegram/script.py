# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that sends messages, as text. What it does stands in roles/dhcp_alert_telegram/templates/telegram.rsc.j2."""

from __future__ import annotations

from .. import health
from ..routeros.names import ALERTS, BALANCE, comment
from ..routeros.spelling import array, exact, literal, mapping
from ..routeros.templates import render
from .intent import Intent
from .plan import BUFFER, DOWN, NOTED, OUTBOX, REFUSED, SCRIPT, TOO_MANY, TRIED

LOCK = f"{SCRIPT}-lock"

LONGEST = 3900
"""Bytes of a message. Telegram takes 4096 letters."""

FIRST_ADDRESS = "240.0.0.1"
"""Of entries that hold a text; nobody has such an address (RFC 1112)."""

MOST_WAITING = 500
"""Messages in an outbox."""

SPACING = "3s"
"""Between two messages to a chat."""

PAUSE = {"least": "1m", "most": "32m"}
"""How long Telegram is left alone after a message too many."""

WAIT = {"least": "5s", "most": "1m"}
"""Between attempts that fail for another reason."""

STATUSES = (REFUSED, 401, 403, 404, TOO_MANY, 500, 502, 503)
"""Of HTTP, as Telegram and what stands in the way answer."""


def source(intent: Intent) -> str:
    """Return the script; the token is not in it."""
    return render(ALERTS, "telegram.rsc.j2", script_variables(intent))


def script_variables(intent: Intent) -> dict[str, object]:
    """Return what the template takes, as RouterOS writes it; the token is not in it."""
    main = comment(BALANCE, "route", "main", "")
    return {
        "name": SCRIPT,
        "secret": literal(SCRIPT),
        "chats": array(chat.key for chat in intent.chats),
        "ids": mapping({chat.key: chat.id for chat in intent.chats}),
        "topics": mapping({chat.key: chat.topic for chat in intent.chats}),
        "texts": dict(intent.texts) if intent.wan_events else {**intent.texts, "down": literal(""), "up": literal("")},
        "router": literal(intent.router_name) if intent.router_name else "[/system/identity/get name]",
        "silent": _silent(intent.silent_hours),
        "url": literal(f"{intent.api_url}/bot"),
        "buffer": literal(BUFFER),
        "outbox": literal(OUTBOX),
        "down": literal(DOWN),
        "lock": literal(LOCK),
        "lock_time": f"{len(intent.chats) + 1}m",
        "noted": literal(NOTED),
        "tried": literal(TRIED),
        "marks": literal(f"^{exact(NOTED)}"),
        "events": literal(f"^({exact(health.SAYS)}|{exact(health.ROGUE)})"),
        "main": literal(f"^{exact(main)}"),
        "main_length": len(main),
        "demotion": health.DEMOTION,
        "longest": LONGEST,
        "plain_letters": literal("\n" + "".join(map(chr, range(32, 127)))),
        "first_address": FIRST_ADDRESS,
        "most_waiting": MOST_WAITING,
        "spacing": SPACING,
        "pause": PAUSE,
        "wait": WAIT,
        "statuses": array(STATUSES),
        "refused": REFUSED,
        "too_many": TOO_MANY,
        **_words(),
    }


def _words() -> dict[str, str]:
    """The words of the log that the script understands."""
    return {
        "says": literal(health.SAYS),
        "out_of_use": literal(health.OUT_OF_USE),
        "back": literal(health.BACK),
        "heartbeat": literal(health.HEARTBEAT),
        "test": literal(health.TEST),
        "changed": literal(health.CHANGED),
        "rogue": literal(health.ROGUE),
        "rogue_mac": literal(health.ROGUE_MAC),
        "rogue_address": literal(health.ROGUE_ADDRESS),
    }


def _silent(hours: str) -> str:
    """The condition that it is one of the silent hours; nothing if there are none. They may go over midnight."""
    begin, dash, end = hours.partition("-")
    return f"($clock >= {begin}:00) {'&&' if begin < end else '||'} ($clock < {end}:00)" if dash else ""
