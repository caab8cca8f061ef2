# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that does what people ask the bot for, as text. What it does stands in roles/dhcp_alert_telegram/templates/commands.rsc.j2.

How Telegram hands messages out (core.telegram.org/bots/api, "getUpdates"): the oldest that is not confirmed first, at most 100; all before
``offset`` are confirmed; a negative one forgets all but so many; it keeps them for a day; and no one gets any while a webhook is set.
"""

from __future__ import annotations

from .. import drains, events, health
from ..routeros.names import ALERTS, BALANCE, FAILOVER, comment, mark, suspect_list
from ..routeros.spelling import UNITS, array, exact, literal, mapping
from ..routeros.templates import render
from .intent import Intent
from .plan import COMMANDS, OUTBOX, REFUSED, SCRIPT, STATE, TOO_MANY

LOCK = f"{COMMANDS}-lock"
LOCK_TIME = "3m"
"""Longer than all fetches of a run, of which each may take ten seconds (manual, "Fetch", idle-timeout)."""

MOST_FETCHES = 60
"""That leave the router in a minute, sent answers included."""
MOST_ROUNDS = 4
"""So many times at most a run reads and confirms."""
LIMIT = 100
"""Messages of one answer, the most that Telegram gives."""

TOO_OLD = 120
"""Seconds: an older command is not run."""
LONGEST_COMMAND = 100
"""Bytes of a command: the name of a line and of a bot have 32 each."""
MOST_JOBS = 3
"""Commands of one chat that are done, of those that are read at a time."""
MOST_ANSWERS = 4
"""That wait for a chat."""
MOST_OF_A_KIND = 100
"""Notes that wait."""

MOST_STRANGERS = 10
STRANGER_TIME = "1h"
"""Of so many strangers one line each is told in that time."""

MOST_UNREAD = 5
"""Runs in a row that cannot read an answer, before what waits is dropped."""

VERBS = ("/status", "/drain", "/undrain", "/help", "/start")
"""Telegram's own programs begin with ``/start``."""

CONFLICT = 409
"""What HTTP says where a webhook is set, or somebody else reads at the same time (Telegram's Bot API)."""

STATUSES = (CONFLICT, REFUSED, 401, 403, 404, TOO_MANY, 500, 502, 503)

HELP = """\
/status says how the lines are
/drain LINE SPAN keeps new connections off a line, such as /drain isp1 2h; without a span until it is undrained
/undrain LINE lets it take some again
/help says this"""

WEBHOOK = (
    "the bot has a webhook, so no command arrives: remove it (deleteWebhook of Telegram's Bot API), make another bot for this router, "
    "or set dhcp_alert_telegram_commands: false"
)
READER = (
    "somebody else reads the messages of this bot, so commands may not arrive: give each router a bot of its own, and stop other programs "
    "that have its token"
)
STRANGER = "somebody wrote to the bot who may not, and got no answer: chat "
OLD = "a command is older than two minutes, so it was not run; say it again"
TIMELESS = "what time it is at Telegram is not known, so nothing was run"

DRAINS = " gets no new connections in a few seconds,"
BACK = " takes new connections again in a few seconds"
"""The control script sees to it, every ten seconds at the latest."""

WHO = "telegram-"
"""Before the number of who has given a command."""

UPDATE = '{"update_id":'
"""How each update begins in an answer (tdlib/telegram-bot-api, JsonUpdate)."""


def source(intent: Intent) -> str:
    """Return the script; the token is not in it."""
    return render(ALERTS, "commands.rsc.j2", script_variables(intent))


def script_variables(intent: Intent) -> dict[str, object]:
    """Return what the template takes, as RouterOS writes it; the token is not in it."""
    return {
        "name": COMMANDS,
        "secret": literal(SCRIPT),
        "router": literal(intent.router_name) if intent.router_name else "[/system/identity/get name]",
        **_asking(intent),
        **_limits(intent),
        **_lines(),
        "fetch": literal(render(ALERTS, "commands_fetch.rsc.j2", {"answers": False})),
        "fetch_answered": literal(render(ALERTS, "commands_fetch.rsc.j2", {"answers": True})),
        "statuses": array(STATUSES),
        "conflict": CONFLICT,
        "ids": mapping(intent.commanders),
        "keys": array(chat.key for chat in intent.chats),
        "outbox": literal(OUTBOX),
        "events": array([events.LIST]),
        "note": literal(events.NOTE),
        "lock": literal(LOCK),
        **{name: literal(f"{STATE}commands:{name}") for name in ("fetches", "retry", "unread", "bot", "said")},
        "stranger": literal(_STRANGERS),
        "strangers": literal(f"^{_STRANGERS}"),
        "verbs": literal(f"^({'|'.join(VERBS)})$"),
        "who": literal(WHO),
        "help": literal(HELP),
        "told_webhook": literal(WEBHOOK),
        "told_reader": literal(READER),
        "told_stranger": literal(STRANGER),
        "drains_now": literal(DRAINS),
        "back_soon": literal(BACK),
        "told_old": literal(OLD),
        "told_timeless": literal(TIMELESS),
        "tried": literal(f"{COMMANDS}: "),
        "ran": literal(f"{COMMANDS}: "),
        "skipped": literal(f"{COMMANDS}: a message cannot be read, and was left out"),
        "dropped": literal(f"{COMMANDS}: what waited at Telegram cannot be read, and was dropped"),
        **events.keeping(COMMANDS),
    }


_STRANGERS = f"{STATE}commands:stranger:"


def _asking(intent: Intent) -> dict[str, object]:
    """The addresses. ``%5B%22message%22%5D`` is ``["message"]``."""
    updates = "/getUpdates?timeout=0&allowed_updates=%5B%22message%22%5D&limit="
    return {
        "url": literal(f"{intent.api_url}/bot"),
        "many": literal(f"{updates}{LIMIT}"),
        "one": literal(f"{updates}1"),
        "newest": literal(f"&offset=-{LIMIT}"),
        "drop": literal("/deleteWebhook?drop_pending_updates=true"),
        "update_begins": literal(UPDATE),
        "update_ends": literal(f"{UPDATE}0}}]}}"),
        "limit": LIMIT,
    }


def _limits(intent: Intent) -> dict[str, object]:
    return {
        "most_fetches": MOST_FETCHES,
        "a_minute": "1m",
        "tries": 20,
        # read, again without a place for it, confirm, twice more, who am I, what is wrong, what waits is dropped; an answer to each chat
        "a_round": 8 + len({*intent.commanders.values(), *(chat.key for chat in intent.chats)}),
        "most_rounds": MOST_ROUNDS,
        "most_unread": MOST_UNREAD,
        "unread_time": "10m",
        "lock_time": LOCK_TIME,
        "bot_time": "1d",
        "remembered": "1h",
        "pause_least": "10s",
        "pause_conflict": "1m",
        "pause_most": "32m",
        "too_old": TOO_OLD,
        "longest_command": LONGEST_COMMAND,
        "most_jobs": MOST_JOBS,
        "most_answers": MOST_ANSWERS,
        "most_of_a_kind": MOST_OF_A_KIND,
        "most_strangers": MOST_STRANGERS,
        "stranger_time": STRANGER_TIME,
    }


def _lines() -> dict[str, object]:
    """Where the other roles write what a line is, and what drains one (drains.py)."""
    main = comment(BALANCE, "route", "main", "")
    return {
        "main": literal(f"^{exact(main)}"),
        "main_text": literal(main),
        "main_length": len(main),
        "route": literal(comment(BALANCE, "route", "")),
        "arrive": literal(comment(BALANCE, "arrive", "")),
        "nat": literal(comment(BALANCE, "nat", "")),
        "dealt": literal(f"^{comment(BALANCE, '(classify|instead)', '')}"),
        "mark": literal(mark("")),
        "suspect_list": literal(suspect_list("")),
        "demotion": health.DEMOTION,
        "lines_list": literal(health.LINES_LIST),
        "line_begins": literal(comment(FAILOVER, "line", "")),
        "line_words": array(("state", "id", "day", "clock", "moment", "who", "line", "reason")),
        "keeper": literal(drains.KEEPER),
        "drains_list": literal(drains.LIST),
        "drain_begins": literal(drains.identity("")),
        "drain_pattern": literal(f"^{exact(drains.identity(''))}"),
        "drain_words": array(("state", "id", "day", "clock", "lastday", "lastclock", "seconds", "moves", "who", "line", "reason")),
        "drain_begin": literal(drains.BEGIN),
        "drain_end": literal(drains.END),
        "first_drain": drains.FIRST_ADDRESS,
        "never": literal(drains.NEVER),
        "stay": literal(f" {drains.STAY} "),
        "by": literal(drains.BY),
        "until": literal(drains.UNTIL),
        "by_clock": literal(drains.CLOCK),
        "longest_drain": drains.LONGEST,
        "longest_days": drains.LONGEST // UNITS["d"],
        "earliest": drains.EARLIEST,
    }
