# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of alerts: what looks out for rogue DHCP servers, and what tells people by Telegram.

Events of our own come in an address list (events.py). What RouterOS says of an unknown DHCP server, and what the owner's scripts have to
tell, are lines in the log, in a buffer each. The script (script.py) turns each into a message in the outbox, one per chat, and sends what
the outbox holds. The outbox is a list of disabled addresses whose comments are the texts: configuration, so it survives a reboot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .. import events, scheduler
from ..lines import Lan
from ..routeros.names import ALERTS, LAN_LIST, PREFIX, comment, exactly
from ..routeros.paths import ADDRESS_LIST, DHCP_ALERTS, INTERFACES, LOG_ACTIONS, LOGGING, SCHEDULER, SCRIPTS, SECRETS, menu
from ..routeros.rows import Found, Row, Rows, bridges, is_ethernet, members
from ..routeros.spelling import literal, span
from ..routeros.steps import Forget, Step, clear, clear_where, write, write_where
from .intent import Channel, Chat, Intent

SCRIPT = events.READER

COMMANDS = f"{PREFIX}-commands"
"""The script that takes commands, a script and an entry of the scheduler of its own, so that nothing that comes in delays a message."""
COMMANDS_INTERVAL = 2
"""Seconds between two of its looks: 30 fetches a minute while nobody writes, and an answer within five seconds."""

NOTES_BUFFER = PREFIX
"""Letters only: RouterOS takes nothing else in the name of a logging action."""
ALERTS_BUFFER = f"{PREFIX}alerts"
"""Of its own, so that nobody's scripts push an alert out."""
BUFFERS = {NOTES_BUFFER: "script,info", ALERTS_BUFFER: "dhcp,critical"}
"""Topics of what goes into which. All of a rule have to be a line's (manual, "Log"), so that what our scripts warn of is no note."""

OUTBOX = f"{PREFIX}-outbox:"
"""How the lists of what waits are called, before the key of their chat."""

DOWN = f"{PREFIX}-down:"
"""Lists that hold since when a line is down."""

STATE = f"{PREFIX}-state:"
"""Lists with what the script remembers for a while."""

TRIED = f"{SCRIPT}: to "
"""How it begins to say what went wrong, before the chat."""
REFUSED, TOO_MANY = 400, 429
"""What HTTP says of a message that Telegram does not like, and of one too many."""

POLICY = "read,write,test,sensitive"
"""`sensitive`, because the token lies where only that policy can read it."""

BUFFER_LINES = 500
HEARTBEAT = "09:00:00"
"""When a daily heartbeat is told, by the router's clock."""


def plan(intent: Intent, source: str, found: Found, commands: str = "") -> dict[str, list[Row]]:
    """Return all rows by path.

    `source` is the text of the script, `found` has interfaces, their lists, and the DHCP alerts that are there. `commands` is the text of
    the script that takes commands, where there is one.
    """
    scripts = {SCRIPT: ("script", source)} | ({COMMANDS: ("commands", commands)} if intent.commands else {})
    return {
        LOG_ACTIONS: [{"name": name, "target": "memory", "memory-lines": BUFFER_LINES, "memory-stop-on-full": False} for name in BUFFERS],
        LOGGING: [{"topics": topics, "action": name, "prefix": "", "disabled": False} for name, topics in BUFFERS.items()],
        SECRETS: [
            {"name": name, "password": password, "disabled": True, "comment": comment(ALERTS, what)}
            for name, (what, password) in _secrets(intent).items()
        ],
        SCRIPTS: [
            {
                "name": name,
                "source": text,
                "policy": POLICY,
                "dont-require-permissions": False,
                "comment": comment(ALERTS, what),
            }
            for name, (what, text) in scripts.items()
        ],
        SCHEDULER: list(_scheduler_rows(intent)),
        DHCP_ALERTS: [_alert_row(intent, name, found) for name in interfaces(intent, found)],
    }


def secret_name(channel: Chat | Channel) -> str:
    """Return the name of the entry of `/ppp/secret` with what only we know of a channel: the token for all chats, or its address."""
    return SCRIPT if isinstance(channel, Chat) else f"{SCRIPT}-{channel.key}"


def _secrets(intent: Intent) -> dict[str, tuple[str, str]]:
    """By name: what it is called in the comment, and the secret."""
    token = {SCRIPT: ("token", intent.token)} if intent.token else {}
    return token | {secret_name(channel): (channel.key, channel.url) for channel in (*intent.webhooks, *intent.ntfy)}


def _alert_row(intent: Intent, name: str, found: Found) -> Row:
    """A new alert is off (manual, "DHCP Server", Alerts); whether one that is on shows that is not known, so it is not told twice."""
    identity = comment(ALERTS, "alert", name)
    on = any(row.get("comment") == identity and not row.get("disabled") for row in found.get(DHCP_ALERTS, ()))
    return {
        "interface": name,
        "valid-server": ",".join(dict.fromkeys((*intent.valid_servers, *_own_macs(name, found)))),
        "alert-timeout": intent.alert_timeout,
        "on-alert": "",
        **({} if on else {"disabled": False}),
        "comment": identity,
    }


_HEARTBEAT = (
    f":do {{ /ip/firewall/address-list/add list={literal(events.LIST)} address={events.ADDRESSES[events.HEARTBEAT]} disabled=yes "
    f"comment=({literal(f'{events.HEARTBEAT} ')} . [:rndnum from=1 to=999999999] . {literal(' 0')}) }} on-error={{}}"
)
"""One that is still there has not been read yet."""


def _scheduler_rows(intent: Intent) -> Iterator[Row]:
    yield {
        "name": SCRIPT,
        **scheduler.start(),
        "interval": span(intent.interval),
        "on-event": SCRIPT,
        "policy": POLICY,
        "disabled": False,
        "comment": comment(ALERTS, "scheduler"),
    }
    if intent.commands:
        yield {
            "name": COMMANDS,
            **scheduler.start(),
            "interval": span(COMMANDS_INTERVAL),
            "on-event": COMMANDS,
            "policy": POLICY,
            "disabled": False,
            "comment": comment(ALERTS, "commands"),
        }
    if intent.heartbeat:
        yield {
            "name": f"{SCRIPT}-heartbeat",
            **scheduler.start(HEARTBEAT),
            "interval": intent.heartbeat,
            "on-event": _HEARTBEAT,
            "policy": "read,write,test",
            "disabled": False,
            "comment": comment(ALERTS, "heartbeat"),
        }


def interfaces(intent: Intent, found: Found) -> list[str]:
    """The interfaces by name; an alert takes no list, and on a port of a bridge it is invalid (manual, "DHCP Server", Alerts)."""
    names: dict[str, None] = {}
    for lan in intent.interfaces:
        names |= dict.fromkeys(sorted(_listed(lan, found)) if lan.is_list or lan.is_everything else [lan.name])
    return list(names)


def _listed(lan: Lan, found: Found) -> frozenset[str]:
    """The members of a list. All networks of the LAN are those that role pcc_balance has in its list; DHCP is asked for on Ethernet."""
    if lan.is_list:
        return members(found, lan.name) - bridges(found).keys()
    asked = {str(row["name"]) for row in found[INTERFACES] if is_ethernet(row) and row.get("type") != "vrrp" and not row.get("dynamic")}
    return members(found, LAN_LIST) & asked - bridges(found).keys()


def _own_macs(name: str, found: Found) -> list[str]:
    """The MAC address with which the router itself answers there, so that its own DHCP server is not unknown to it."""
    return [str(row["mac-address"]) for row in found.get(INTERFACES, ()) if str(row.get("name")) == name and row.get("mac-address")]


def has_our_buffers(found: Found) -> bool:
    """Whether the logging actions of our names are ours, if there are any. They have no comment: the script beside them says so, and where
    a run was cut off before that, that they are what we write."""
    rules = (row for row in found.get(LOGGING, ()) if row.get("action") in BUFFERS)
    actions = (row for row in found.get(LOG_ACTIONS, ()) if row.get("name") in BUFFERS)
    return any(row.get("comment") == comment(ALERTS, "script") for row in found.get(SCRIPTS, ())) or (
        all(row.get("target") == "memory" for row in actions) and all(row.get("topics") in BUFFERS.values() for row in rules)
    )


def apply_steps(rows: Rows, channels: Sequence[Chat | Channel]) -> list[Step]:
    """Return what to write, in order: the buffer before what fills it, the token before the script, the script before what runs it.

    What waits for a chat that is not one of `channels` any more goes.
    """
    outboxes = "|".join(re.escape(channel.key) for channel in channels)
    return [
        write_where(LOG_ACTIONS, rows[LOG_ACTIONS], "name", exactly(BUFFERS)),
        write_where(LOGGING, rows[LOGGING], "action", exactly(BUFFERS)),
        *(write(ALERTS, path, rows[path]) for path in (SECRETS, SCRIPTS, SCHEDULER, DHCP_ALERTS)),
        clear_where(ADDRESS_LIST, "list", f"^{OUTBOX}(?!(?:{outboxes})$)"),
    ]


def remove_steps(found: Found | None = None) -> list[Step]:
    """Return what to write, in order, to take every row of ours away, the outbox included."""
    buffers = clear_where(LOGGING, "action", exactly(BUFFERS)), clear_where(LOG_ACTIONS, "name", exactly(BUFFERS))
    return [
        *(clear(ALERTS, path) for path in (DHCP_ALERTS, SCHEDULER, SCRIPTS, SECRETS)),
        *(buffers if has_our_buffers(found or {}) else ()),
        clear_where(ADDRESS_LIST, "list", f"^(?:{OUTBOX}|{DOWN}|{events.LIST}$)"),
        Forget(f"Clear {menu(ADDRESS_LIST)}", ADDRESS_LIST, "list", STATE),
    ]
