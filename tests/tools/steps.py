"""Run the steps of ``make test`` in order, and keep what they print and write in .venv/logs, for ``make tokens`` to look through.

In steps that run playbooks Ansible says all it can (-vvvv), which goes into the log; here is shown what it says otherwise.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time

from copy_tree import ROOT, VENV

LOGS, TEMPORARY = VENV / "logs", VENV / "tmp"
BEGUN = LOGS / "begun"
"""A file as old as the run."""
PLAYING = {"unit", "release", "molecule", "package"}
"""Steps with playbooks. Others read what Ansible prints, so it may not say more than usual there."""
TOLD = re.compile(
    r"(?:\x1b\[[\d;]*m)*"
    r"(?:INFO|WARNING|PLAY|TASK|FAILED - RETRYING|(?:ok|changed|skipping|included|[\w.-]+ +): |(ERROR|CRITICAL|fatal|failed))"
)
"""How lines begin that Ansible and Molecule print without -vvvv. Those in the group tell of a failure, as do the lines after them."""


def main(steps: list[str]) -> int:
    for directory in (LOGS, TEMPORARY):
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    BEGUN.touch()
    begun = time.monotonic()
    for step in steps:
        started = time.monotonic()
        print(f"==> {step}", flush=True)
        if not run(step):
            print(f"make test: {step} FAILED after {time.monotonic() - begun:.0f} s; all of it is in {LOGS / step}.log")
            return 1
        print(f"<== {step}: {time.monotonic() - started:.0f} s", flush=True)
    print(f"make test: all passed in {time.monotonic() - begun:.0f} s ({' '.join(steps)})")
    return 0


def run(step: str) -> bool:
    """Whether a step has passed."""
    verbose = {"ANSIBLE_VERBOSITY": "4", "ANSIBLE_LOG_PATH": str(LOGS / "ansible.log")} if step in PLAYING else {}
    command = ["make", "--no-print-directory", step]
    environment = os.environ | {"TMPDIR": str(TEMPORARY)} | verbose
    everything = step != "molecule"
    with (
        (LOGS / f"{step}.log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process,
    ):
        assert process.stdout is not None
        failing = False
        for line in process.stdout:
            log.write(line)
            told = TOLD.match(line)
            failing = bool(told[1]) if told else failing
            if everything or told or failing:
                print(line, end="", flush=True)
    return process.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
