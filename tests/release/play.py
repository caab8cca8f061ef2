# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays a story: a router of the lab, ``ansible-playbook`` as a user calls it, and what happens to the router in between.

Nothing here knows how the collection talks to a router. Time stands still on the router, except where a stage lets it pass.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.lab import Lab
from tests.lab.router.logs import LOG
from tests.lab.router.paths import path
from tests.lab.router.rows import Row
from tests.lab.router.services import HttpAnswer, Ping, Services

from .dumps import OURS, SCRIPTS, Rows, Seen, normal
from .stories import Act, Stage, Story

ROOT = Path(__file__).parents[2]
ADDRESSES, NETWATCH = path("ip firewall address-list"), path("tool netwatch")
RECAP = re.compile(r"^router +: ok=[1-9]\d* +changed=(\d+) +unreachable=0 +failed=0 ", re.MULTILINE)
VERSION = "7.21.4"
"""The RouterOS on which the dumps were recorded."""
TOLD = 4000
"""How much of a failed play's output a test shows."""


@dataclass
class Answers:
    """What answers pings: every address but those that are lost, each packet in its time; at once while a play has time stand still."""

    clock: ManualClock
    lost: set[str] = field(default_factory=set)
    at_once: bool = False

    def ping(self, ping: Ping) -> Sequence[float | None]:
        """Waits as long as the packets take."""
        lost = ping.host in self.lost
        if not self.at_once:
            self.clock.sleep(ping.interval * (ping.count - 1) + (ping.timeout if lost else 0), threading.Event())
        return [None if lost else 0.01] * ping.count

    def connect(self, host: str, port: int, timeout: float, src_address: str | None) -> float:
        """Opens at once, where pings are answered."""
        if host in self.lost:
            self.clock.sleep(timeout, threading.Event())
            raise TimeoutError
        return 0.01

    def resolve(self, name: str, server: str, timeout: float, src_address: str | None) -> None:
        """Not needed."""
        raise NotImplementedError

    def http_get(self, host: str, port: int, timeout: float, src_address: str | None, *, tls: bool, verify: bool) -> HttpAnswer:
        """Not needed."""
        raise NotImplementedError


class NoConnections:
    """A connection table in which there are none."""

    def rows(self) -> Sequence[Mapping[str, str]]:
        """None."""
        return []

    def remove(self, ids: Sequence[str]) -> None:
        """There is nothing to forget."""


def _is_remembered(row: Mapping[str, str]) -> bool:
    """Whether the control script has written it for itself: what has become of a line and when, what has worked, and what passes."""
    name = row.get("list", "")
    return name == "multiwan-lines" or name.startswith("multiwan-known:") or (name.startswith("multiwan-") and "timeout" in row)


@dataclass
class Player:
    """A router, and a place where playbooks run.

    :param directory: of the place.
    :param output: what the last play printed.
    """

    story: Story
    lab: Lab
    clock: ManualClock
    answers: Answers
    directory: Path
    output: str = ""

    def play(self, stage: Stage) -> Seen:
        """One run of a stage's playbook, and what is on the router afterwards.

        :raises AssertionError: for a run that fails.
        """
        before = max((row.id for row in self._log()), default=0)
        self.answers.at_once = True
        changed = self._run(stage)
        self.answers.at_once = False
        said = [row.state["message"] for row in self._log() if row.id > before] + self._read_events()
        return Seen(changed > 0, said, self.rows())

    def rows(self) -> Rows:
        """All that is on the router, but for menus that are as a new router has them, and for what the control script remembers."""
        rows = normal(self.lab.dump(), new_router(self.story))
        lists = {menu: [row for row in found if not _is_remembered(row)] for menu, found in rows.items()}
        return {menu: found for menu, found in lists.items() if found or not rows[menu]}

    def sources(self) -> dict[str, str]:
        """The texts of our scripts by their names."""
        scripts = json.loads(self.lab.dump()).get(SCRIPTS, ())
        return {row["name"]: row["source"] for row in scripts if row["name"] in OURS}

    def act(self, act: Act) -> None:
        """What happens to the router before a stage."""
        what, value = act
        if what == "type":
            skipped = self.lab.load(str(value)).skipped
            assert not skipped, skipped
        elif what == "lose":
            self.answers.lost |= self._probed(str(value))
        elif what == "mend":
            self.answers.lost -= self._probed(str(value))
        else:
            self.clock.advance(float(value))

    def _probed(self, line: str) -> set[str]:
        """The addresses that are watched over a line."""
        router, prefix = self.lab.router, f"multiwan:failover_netwatch:probe:{line}:"
        with router.lock:
            comments = [router.written(row, "comment") for row in router.table(NETWATCH)]
        found = {comment.removeprefix(prefix) for comment in comments if comment.startswith(prefix)}
        assert found, f"nothing watches {line}"
        return found

    def _read_events(self) -> list[str]:
        """What the alert script would have told by now, in the words of the recorded release's log."""
        router = self.lab.router
        events = [row for row in router.table(ADDRESSES) if row.values["list"] == "multiwan-events"]
        for row in events:
            router.uninstall(ADDRESSES, row)
        return [f"multiwan: {row.values['comment'].partition(' ')[0]}" for row in events]

    def _log(self) -> list[Row]:
        """Lines of the router's log that roles and scripts have written; one stands in each buffer that takes it."""
        return [row for row in self.lab.router.table(LOG) if row.state["message"].startswith("multiwan: ")]

    def _run(self, stage: Stage) -> int:
        """How many tasks have changed something."""
        work = self.directory / "work"
        work.mkdir(parents=True, exist_ok=True)
        lab = self.lab
        router = {
            "ansible_host": lab.host,
            "multiwan_api_port": lab.port,
            "multiwan_api_username": lab.user,
            "multiwan_api_password": lab.password,
            "multiwan_api_ca_path": str(lab.certificate),
        }
        inventory = self.directory / "given.json"  # what the user writes; the one file that has the token
        inventory.write_text(json.dumps({"routers": {"hosts": {"router": router}, "vars": stage.variables}}))
        environment = os.environ | {
            "ANSIBLE_HOME": str(work / "home"),
            "ANSIBLE_LOCAL_TEMP": str(work),
            "ANSIBLE_REMOTE_TMP": str(work),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_NOCOLOR": "1",
        }
        program = Path(sys.executable).with_name("ansible-playbook")
        done = subprocess.run(
            [program, "--inventory", inventory, *stage.arguments, ROOT / "playbooks" / stage.playbook],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.output = done.stdout + done.stderr
        recap = RECAP.findall(self.output)
        assert done.returncode == 0 and len(recap) == 1, self.output[-TOLD:]
        return int(recap[0])


@contextlib.contextmanager
def open_player(story: Story, directory: Path) -> Iterator[Player]:
    """A router as the story begins."""
    clock = ManualClock(time.time(), patience=60)  # certificates want today's date; a busy machine is slow
    answers = Answers(clock)
    services = Services(clock=clock, prober=answers, pinger=answers, connections=NoConnections())
    with Lab(VERSION, tls=True, interfaces=story.interfaces, engines=True, services=services) as lab:
        skipped = lab.load(story.start).skipped
        assert not skipped, skipped
        yield Player(story, lab, clock, answers, directory)


def new_router(story: Story) -> str:
    """The dump of a router on which nobody has written anything."""
    return Lab(VERSION, interfaces=story.interfaces).dump()
