# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of a test message, from the router's log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .. import health
from ..routeros.rows import Row
from .plan import NOTED, REFUSED, SCRIPT, TOO_MANY, TRIED


def answer(log: Sequence[Row], outbox: Sequence[Row] = ()) -> str:
    """Return why a test message is not sent, in a sentence; empty, if Telegram has taken it.

    `log` has the lines of the router's log, the newest last, `outbox` the rows of what waits.
    """
    tests = [number for number, row in enumerate(log) if row.get("message") == health.said(health.TEST)]
    same = [number for number in tests if log[number].get("time") == log[tests[-1]].get("time")]  # it stands in two buffers
    noted = {f"{NOTED}{log[number].get('.id')}" for number in same}
    later = [str(row.get("message")) for row in log[same[0] :]] if same else []
    if noted.isdisjoint(later):
        return (
            f"the router's script {SCRIPT} has not seen the message; has the role been applied, does its entry of /system scheduler run, "
            "and is there an error of it in /log?"
        )
    if not outbox:
        return ""
    problems = _problems(later)
    if not problems:  # Telegram's own pause is kept, so nothing may have been tried since
        problems = [said for said in _problems(str(row.get("message")) for row in log)[-1:] if re.search(_TOO_MANY, said)]
    said = problems[-1] if problems else "the router does not say why"
    meaning = next((text for pattern, text in _MEANINGS if re.search(pattern, said)), "the router could not reach Telegram")
    return f"{meaning} ({said})"


def _problems(messages: Iterable[str]) -> list[str]:
    return [message.removeprefix(f"{SCRIPT}: ") for message in messages if message.startswith(TRIED)]


def _status(*codes: int) -> str:
    """The expression of an answer's status: a number of its own, not a part of an address or a port."""
    return rf"[ <(](?:{'|'.join(map(str, codes))})(?:[ ,>)]|$)"


_TOO_MANY = _status(TOO_MANY)
_MEANINGS = (
    (_status(401, 404), "Telegram does not know the token; write the one that @BotFather gave you"),
    (_status(REFUSED, 403), "Telegram does not let the bot write to this chat; add it to the chat, and check the number"),
    (_TOO_MANY, "Telegram wants fewer messages; wait half an hour"),
    (r"SSL|certificate", "the router does not trust the certificate of Telegram; look at /certificate there"),
    (r"resolve", "the router cannot find Telegram's address; look at /ip dns there"),
    (r"device-mode", "the router's device-mode does not allow fetch; write /system device-mode update fetch=yes there"),
)
