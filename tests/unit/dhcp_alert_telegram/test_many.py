# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many events, through every trouble: each is told once and in order, or counted by the one that took its place.

``MULTIWAN_EVENTS=10000 .venv/bin/python -m pytest tests/unit/dhcp_alert_telegram/test_many.py`` tries as many.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable

import pytest

from .outbox import CHAT, TOKEN, Router

EVENTS = int(os.environ.get("MULTIWAN_EVENTS", "600"))
LINES = [f"isp{number}" for number in range(1, 9)]
TOLD = {"token": TOKEN, "chats": [CHAT, {"id": "@channel", "topic": 5}], "interfaces": ["bridge"], "texts": {"down": "{line} #{reason}"}}
TROUBLES = (
    *("", "", "", "slow", "slow", "outage", "Status 400, Bad Request", "Status 401, Unauthorized", "Status 429, Too Many Requests"),
    *("Status 500, Internal", "closing connection: <connection refused> 1.2.3.4:443 (2)", "resolve failed", "SSL: no"),
)


def serials(told: Iterable[str], line: str) -> list[tuple[int, int]]:
    """Of each event of a line its number, and how many are said to have been before it."""
    text = "\n".join(told)
    found = re.findall(rf"(?:\.\.\. and (\d+) more, then\n)?^{line} #(\d+)$", text, re.MULTILINE)
    return [(int(number), int(more or 0)) for more, number in found]


@pytest.mark.parametrize("seed", range(2))
def test_each_is_told_once_and_in_order_or_counted(seed: int) -> None:
    """Outages of all lines, refusals, slow answers, floods of the log, runs that are killed, and reboots at any moment."""
    dice = random.Random(seed)
    written = dict.fromkeys(LINES, 0)
    with Router(**TOLD) as router:
        for _ in range(EVENTS // 2):
            if dice.random() < 0.1:
                trouble = dice.choice(TROUBLES)
                router.telegram.slow = 7 if trouble == "slow" else 0
                router.telegram.problem = "" if trouble == "slow" else trouble
            if dice.random() < 0.02:
                for number in range(600):
                    router.say(f"lease {number} exported")
            line = dice.choice(LINES)
            written[line] += 1
            router.line(line, "down", str(written[line]))
            router.clock.advance(dice.choice([0, 0, 0.3, 1, 3]))
            if dice.random() < 0.03:
                router.reboot()
            elif dice.random() < 0.03:
                router.kill()
        router.telegram.problem, router.telegram.slow = "", 0
        router.until(lambda: not router.waiting("multiwan-events") and not router.outbox(), 40 * 60)
        for chat in (CHAT, "@channel"):
            for line in LINES:
                last = 0
                for number, more in serials(router.telegram.lines(chat), line):
                    assert number == last + more + 1, (chat, line)
                    last = number
                assert last == written[line], (chat, line)
