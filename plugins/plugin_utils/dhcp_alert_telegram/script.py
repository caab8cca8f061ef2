# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that sends messages, as text. What it does stands in roles/dhcp_alert_telegram/templates/telegram.rsc.j2."""

from __future__ import annotations

from .. import events, health
from ..routeros.names import ALERTS, BALANCE, comment
from ..routeros.spelling import array, exact, literal, mapping
from ..routeros.templates import render
from .intent import NTFY, TELEGRAM, WEBHOOK, Intent
from .plan import ALERTS_BUFFER, DOWN, NOTES_BUFFER, OUTBOX, REFUSED, SCRIPT, STATE, TOO_MANY, TRIED, secret_name

LOCK = f"{SCRIPT}-lock"

LONGEST = 3900
"""Bytes of a message. Telegram takes 4096 letters."""

LONGEST_ADDRESSES = 100
"""Bytes of the addresses of one unknown DHCP server."""

MOST_OF_A_KIND = 100
"""Events that wait in an outbox, of those that are of no line: of unknown DHCP servers, of notes, and so on, each by itself."""

AT_ONCE = 20
"""Lines of a buffer that one run tells, so that it is short whatever comes."""

NOTED_TIME = "30w"
"""How long it is known which line of a buffer was the last. RouterOS takes 35 weeks and some days (manual, "Address
Lists")."""

TOLD_TIME = "1h"
"""How long it is known which event of a line was the last that was told."""

MARKS = f"^{SCRIPT}: noted "
"""How older releases noted in the buffer that all before is told."""

REMEMBERED = "1h"
"""How long it is known what went wrong with a chat; longer than the longest pause."""

SPACINGS = {TELEGRAM: "3s", WEBHOOK: "1s", NTFY: "1s"}
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
    channels = intent.channels
    main = comment(BALANCE, "route", "main", "")
    return {
        "name": SCRIPT,
        "chats": array(channel.key for channel in channels),
        "ids": mapping({channel.key: channel.id for channel in channels}),
        "topics": mapping({chat.key: chat.topic for chat in intent.chats}),
        "kinds": mapping({channel.key: channel.kind for channel in channels}),
        "secrets": mapping({channel.key: secret_name(channel) for channel in channels}),
        "spacings": mapping(SPACINGS),
        "fetch": literal(render(ALERTS, "telegram_fetch.rsc.j2", {"answers": False})),
        "fetch_answered": literal(render(ALERTS, "telegram_fetch.rsc.j2", {"answers": True})),
        "json_header": literal("Content-Type: application/json"),
        "text_header": literal("Content-Type: text/plain"),
        "texts": dict(intent.texts) if intent.wan_events else {**intent.texts, **dict.fromkeys(events.OF_LINES, literal(""))},
        "router": literal(intent.router_name) if intent.router_name else "[/system/identity/get name]",
        "silent": _silent(intent.silent_hours),
        "url": literal(f"{intent.api_url}/bot"),
        "events": literal(events.LIST),
        **{word: literal(word) for word in (events.DOWN, events.UP, events.HELD, events.HEARTBEAT, events.TEST)},
        "of_lines": literal(f"^({'|'.join(events.OF_LINES)})$"),
        "told": literal(_state("told")),
        "told_time": TOLD_TIME,
        "buffers": mapping({NOTES_BUFFER: f"{MARKS}|^{exact(health.SAYS)}", ALERTS_BUFFER: "."}),
        "marks": literal(MARKS),
        "alerts_buffer": literal(ALERTS_BUFFER),
        "boxes": array(f"{OUTBOX}{channel.key}" for channel in channels if channel.kind != WEBHOOK),
        "hooks": array(f"{OUTBOX}{hook.key}" for hook in intent.webhooks) if intent.webhooks else "",
        "outbox": literal(OUTBOX),
        "outboxes": literal(f"^{exact(OUTBOX)}"),
        "down_list": literal(DOWN),
        **{name: literal(_state(name)) for name in ("noted", "pause", "patience", "retry", "wait", "said", "alone")},
        "impatient": literal(f"^{_state('(retry|wait|said)')}"),
        "settled": literal(f"^{_state('(alone|said|wait|patience)')}"),
        "lock": literal(LOCK),
        "lock_time": f"{len(channels) + 1}m",
        "tried": literal(TRIED),
        "not_told": literal(f"{SCRIPT}: this event could not be told: "),
        "line_not_told": literal(f"{SCRIPT}: a line of the log could not be told"),
        "main": literal(f"^{exact(main)}"),
        "main_length": len(main),
        "demotion": health.DEMOTION,
        "says": literal(health.SAYS),
        "rogue": literal(health.ROGUE),
        "rogue_mac": literal(health.ROGUE_MAC),
        "rogue_address": literal(health.ROGUE_ADDRESS),
        "alarming": literal(health.ALARMING),
        "longest": LONGEST,
        "longest_addresses": LONGEST_ADDRESSES,
        "most_of_a_line": events.MOST_OF_A_LINE,
        "most_of_a_kind": MOST_OF_A_KIND,
        "at_once": AT_ONCE,
        "plain_letters": literal("\n" + "".join(map(chr, range(32, 127)))),
        "noted_time": NOTED_TIME,
        "remembered": REMEMBERED,
        "pause_span": PAUSE,
        "wait_span": WAIT,
        "statuses": array(STATUSES),
        "refused": REFUSED,
        "too_many": TOO_MANY,
        **events.keeping(SCRIPT),
    }


def _state(what: str) -> str:
    """How the lists of what the script remembers are called, before the buffer or the chat."""
    return f"{STATE}{what}:"


def _silent(hours: str) -> str:
    """The condition that it is one of the silent hours; nothing if there are none. They may go over midnight."""
    begin, dash, end = hours.partition("-")
    return f"($clock >= {begin}:00) {'&&' if begin < end else '||'} ($clock < {end}:00)" if dash else ""
