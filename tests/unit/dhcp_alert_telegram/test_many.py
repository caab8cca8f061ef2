# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many events, through every trouble: each is told once and in order, or counted by the one that took its place.

``MULTIWAN_EVENTS=10000 .venv/bin/python -m pytest -n 2 tests/unit/dhcp_alert_telegram/test_many.py`` tries as many.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable

import pytest

from tests.lab.router.language.errors import Interrupted
from tests.lab.router.language.frame import Execution

from .outbox import CHAT, TOKEN, Router

EVENTS = int(os.environ.get("MULTIWAN_EVENTS", "600"))
EACH = max(min(EVENTS, 300), EVENTS // 10)
"""Events of one router."""
LINES = [f"isp{number}" for number in range(1, 9)]
BOXES = {CHAT: f"multiwan-outbox:{CHAT}/0", "@channel": "multiwan-outbox:@channel/5"}
TOLD = {"token": TOKEN, "chats": [CHAT, {"id": "@channel", "topic": 5}], "interfaces": ["bridge"], "texts": {"down": "{line} #{reason}"}}
TROUBLES = (
    *("", "", "", "slow", "late", "outage", "Status 400, Bad Request", "Status 401, Unauthorized", "Status 429, Too Many Requests"),
    *("Status 500, Internal", "closing connection: <connection refused> 1.2.3.4:443 (2)", "resolve failed", "SSL: no"),
)
COMMANDS = 20_000
"""A run of the script is cut off once in half as many of its commands."""


class Cuts:
    """Ends runs of the script before a command that the dice choose.

    :param twice: chat, line and number of events that were told and wait all the same: those are told twice.
    """

    def __init__(self, router: Router, dice: random.Random) -> None:
        self.router, self.dice = router, dice
        self.left = dice.randrange(COMMANDS)
        self.done = 0
        self.twice: set[tuple[str, str, int]] = set()

    def count(self, execution: Execution) -> None:
        """A command of the script is about to run."""
        self.left -= 1
        if self.left <= 0:
            execution.cancelled.set()
            raise Interrupted

    def clean_up(self) -> None:
        """After some time has passed: the router may reboot, the next run goes on, and somebody looks what it will find."""
        cut, kind = self.left <= 0, self.dice.random()
        if cut:
            self.left = self.dice.randrange(COMMANDS)
        if kind < (0.5 if cut else 0.02):
            self.router.reboot()
        elif kind < 0.04:
            self.router.kill()
        elif not cut:
            return
        self.done += 1
        for chat, box in BOXES.items():
            waiting = {event[:2] for event in events(self.router.waiting(box))}
            last = [str(body["text"]) for _, body in self.router.telegram.arrived if body["chat_id"] == chat][-1:]
            self.twice |= {(chat, line, number) for line, number, _ in events(last) if (line, number) in waiting}


def events(texts: Iterable[str]) -> list[tuple[str, int, int]]:
    """Of each event its line, its number, and how many are said to have been before it."""
    found = re.findall(r"(?:\.\.\. and (\d+) more, then\n)?^(isp\d) #(\d+)$", "\n".join(texts), re.MULTILINE)
    return [(line, int(number), int(more or 0)) for more, line, number in found]


@pytest.mark.parametrize("seed", range(-(-EVENTS // EACH)))
def test_each_is_told_once_and_in_order_or_counted(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outages of all lines, refusals, slow answers, floods of the log, runs that are killed, and reboots at any moment."""
    dice = random.Random(seed)
    written = dict.fromkeys(LINES, 0)
    with Router(**TOLD) as router:
        cuts, telegram = Cuts(router, dice), router.telegram
        count = Execution.count

        def counted(execution: Execution) -> None:
            count(execution)
            if execution.name == "multiwan-telegram":
                cuts.count(execution)

        monkeypatch.setattr(Execution, "count", counted)
        for _ in range(EACH):
            if dice.random() < 0.1:
                trouble = dice.choice(TROUBLES)
                telegram.slow, telegram.late = 7 * (trouble == "slow"), 7 * (trouble == "late")
                telegram.problem = "" if trouble in ("slow", "late") else trouble
            if dice.random() < 0.02:
                for number in range(600):
                    router.say(f"lease {number} exported")
            line = dice.choice(LINES)
            written[line] += 1
            router.line(line, "down", str(written[line]))
            router.clock.advance(dice.choice([0, 0, 0.3, 1, 3]))
            cuts.clean_up()
        cuts.left = 10**9
        telegram.problem, telegram.slow, telegram.late = "", 0, 0
        router.until(lambda: not router.waiting("multiwan-events") and not router.outbox(), 40 * 60)
        assert cuts.done
        for chat in BOXES:
            last = dict.fromkeys(LINES, 0)
            for line, number, more in events(telegram.lines(chat)):
                again = number <= last[line] and (chat, line, number) in cuts.twice
                assert again or number == last[line] + more + 1, (chat, line, number, more)
                last[line] = number
            assert last == written, chat
