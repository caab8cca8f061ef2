"""Run the steps of ``make test``, and keep what they print and write in .venv/logs, for ``make tokens`` to look through.

Two lanes run beside each other: steps that compute, and steps that mostly wait, because they keep time with real packets, or for runs of
Ansible. The latter come first when both want a processor. Behind them, what tells seconds runs with nothing beside. After a step that
fails no other one is begun.

In steps that run playbooks Ansible says all it can (-vvvv), which goes into the log; here is shown what it says otherwise.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from copy_tree import ROOT, VENV

LOGS, TEMPORARY = VENV / "logs", VENV / "tmp"
BEGUN = LOGS / "begun"
"""A file as old as the run."""
BESIDE = ("integration", "demo", "molecule", "package")
"""Steps of the lane that mostly waits, in order: those that keep time come first."""
LAST = ("timed", "tokens")
"""Steps with nothing beside: one that tells seconds, and one that reads what the others have left."""
PLAYING = {"unit", "molecule", "release", "package"}
"""Steps with playbooks. Others read what Ansible prints, so it may not say more than usual there."""
FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/.*)", re.MULTILINE)
"""A line in which pytest names a test that has failed, and why."""
WIDTH = "240"
"""Columns of such a line: pytest cuts off the reason where it has no room."""
LONGEST = 10
POLITE = 19
"""How much processes that compute stand back, in the units of nice(1)."""
TOLD = re.compile(
    r"(?:\x1b\[[\d;]*m)*"
    r"(?:INFO|WARNING|PLAY|TASK|FAILED - RETRYING|(?:ok|changed|skipping|included|[\w.-]+ +): |(ERROR|CRITICAL|fatal|failed))"
)
"""How lines begin that Ansible and Molecule print without -vvvv. Those in the group tell of a failure, as do the lines after them."""
CLOSING = re.compile(r"^=+ (.*\d+ (?:passed|failed).*) in [\d.]+s", re.MULTILINE)
"""The last line of pytest."""
DURATION = re.compile(r"^([\d.]+)s (?:call|setup|teardown) +(\S+)", re.MULTILINE)
"""A line in which pytest says how long a test took."""


class Run:
    """One run of the steps, each of which is a target of the Makefile."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self._printing = threading.Lock()

    def lane(self, steps: list[str], polite: bool) -> None:
        """Run steps one after the other, as long as none has failed here or there."""
        for step in steps:
            if self.failed:
                return
            self.say(f"==> {step}")
            started = time.monotonic()
            passed = run(step, polite, lambda line, step=step: self.say(f"{step}: {line}"))
            self.seconds[step] = time.monotonic() - started
            if not passed:
                self.failed.append(step)
                self.say(f"make test: {step} FAILED after {self.seconds[step]:.0f} s; all of it is in {LOGS / step}.log")
                return
            self.say(f"<== {step}: {self.seconds[step]:.0f} s")

    def say(self, line: str) -> None:
        """Print a line, whole, whichever lane it comes from."""
        with self._printing:
            print(line, flush=True)

    def summary(self) -> None:
        """Print how long each step took, the tests that took longest, and how many there were."""
        for step, seconds in sorted(self.seconds.items(), key=lambda item: -item[1]):
            self.say(f"{seconds:6.0f} s  {step}")
        tests = [(float(seconds), f"{step}: {name}") for step in self.seconds for seconds, name in DURATION.findall(log_of(step))]
        for seconds, name in sorted(tests, reverse=True)[:LONGEST]:
            self.say(f"{seconds:6.1f} s  {name}")
        closing = [line for step in self.seconds for line in CLOSING.findall(log_of(step))]
        passed, failed = (
            sum(int(count) for line in closing for count in re.findall(rf"(\d+) {word}", line)) for word in ("passed", "failed")
        )
        self.say(f"tests: {passed} passed, {failed} failed")
        for step in self.seconds:
            for name in FAILED.findall(log_of(step)):
                self.say(f"FAILED {step}: {name}")


def main(steps: list[str]) -> int:
    for directory in (LOGS, TEMPORARY):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    BEGUN.touch()
    made = Run()
    waiting = [step for step in BESIDE if step in steps]
    computing = [step for step in steps if step not in (*BESIDE, *LAST)]
    beside = threading.Thread(target=made.lane, args=(waiting, False))
    beside.start()
    made.lane(computing, polite=bool(waiting))
    beside.join()
    made.lane([step for step in steps if step in LAST], polite=False)
    made.summary()
    result = f"{', '.join(made.failed)} FAILED" if made.failed else "all passed"
    print(f"make test: {result} in {time.monotonic() - made.begun:.0f} s ({' '.join(steps)})")
    return 1 if made.failed else 0


def run(step: str, polite: bool, show: Callable[[str], None]) -> bool:
    """Whether a step has passed."""
    verbose = {"ANSIBLE_VERBOSITY": "4", "ANSIBLE_LOG_PATH": str(LOGS / "ansible.log")} if step in PLAYING else {}
    command = ["make", "--no-print-directory", step]
    environment = os.environ | {"TMPDIR": str(TEMPORARY), "COLUMNS": WIDTH} | verbose
    everything = step != "molecule"
    with (
        (LOGS / f"{step}.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            ["nice", "-n", str(POLITE), *command] if polite else command,
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        failing = False
        for line in process.stdout:
            log.write(line)
            told = TOLD.match(line)
            failing = bool(told[1]) if told else failing
            if everything or told or failing:
                show(line.rstrip("\n"))
    return process.returncode == 0


def log_of(step: str) -> str:
    return (LOGS / f"{step}.log").read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
