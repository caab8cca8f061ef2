# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of a test message, from what waits on the router and from its log."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set

from .. import events
from ..routeros.names import ALERTS
from .intent import NTFY, WEBHOOK, Channel, Chat, Intent
from .plan import OUTBOX, REFUSED, SCRIPT, TOO_MANY, TRIED


def answer(waiting: Collection[str], since: Sequence[str] = (), before: Sequence[str] = ()) -> str:
    """Return why a test message is not sent, in a sentence; empty, if all channels have taken it.

    `waiting` names the lists in which something waits, of events and for chats. `since` and `before` are the lines of the router's log of
    the time since the message was written, and of the time before, the newest last.
    """
    if events.LIST in waiting:
        return (
            f"the router's script {SCRIPT} has not seen the message; has the role been applied, does its entry of /system scheduler run, "
            "and is there an error of it in /log?"
        )
    if not waiting:
        return ""
    problems = _problems(since)
    if not problems:  # Telegram's own pause is kept, so nothing may have been tried since
        problems = [said for said in _problems(before)[-1:] if re.search(_TOO_MANY, said)]
    said = problems[-1] if problems else "the router does not say why"
    meaning = next((text for pattern, text in _MEANINGS if re.search(pattern, said)), "the router could not reach Telegram")
    return f"{meaning} ({said})"


def takers(intent: Intent, waiting: Set[str]) -> str:
    """Return which channels have taken a test message, by their places in the user's data; `waiting` as above."""
    channels: Mapping[str, Sequence[Chat | Channel]] = {"chats": intent.chats, "webhooks": intent.webhooks, "ntfy": intent.ntfy}
    return ", ".join(
        f"{ALERTS}_{option}[{number}]"
        for option, given in channels.items()
        for number, channel in enumerate(given)
        if waiting.isdisjoint((events.LIST, OUTBOX + channel.key))
    )


def _problems(messages: Iterable[str]) -> list[str]:
    return [message.removeprefix(f"{SCRIPT}: ") for message in messages if message.startswith(TRIED)]


def _status(*codes: int) -> str:
    """The expression of an answer's status: a number of its own, not a part of an address or a port."""
    return rf"[ <(](?:{'|'.join(map(str, codes))})(?:[ ,>)]|$)"


_TOO_MANY = _status(TOO_MANY)
_MEANINGS = (
    (rf"^to (?:{WEBHOOK}|{NTFY})/", "this channel has not taken it; look at its address, and at what it says itself"),
    (_status(401, 404), "Telegram does not know the token; write the one that @BotFather gave you"),
    (_status(REFUSED, 403), "Telegram does not let the bot write to this chat; add it to the chat, and check the number"),
    (_TOO_MANY, "Telegram wants fewer messages; wait half an hour"),
    (r"SSL|certificate", "the router does not trust the certificate of Telegram; look at /certificate there"),
    (r"resolve", "the router cannot find Telegram's address; look at /ip dns there"),
    (r"device-mode", "the router's device-mode does not allow fetch; write /system device-mode update fetch=yes there"),
)
