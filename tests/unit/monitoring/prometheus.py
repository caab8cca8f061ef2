# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prometheus and promtool, as Debian has them: on the machine, or below .venv/, where `make setup` puts them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MONITORING = ROOT / "docs" / "monitoring"
RULES = MONITORING / "rules.yml"
DASHBOARD = MONITORING / "dashboard.json"
UNPACKED = Path(sys.prefix) / "prometheus" / "usr" / "bin"


def program(name: str) -> str:
    """Where a program of Prometheus is. Without it a test is left out, which CI takes for a failure.

    :param name: ``prometheus`` or ``promtool``.
    """
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), str(UNPACKED)]))
    if found:
        return found
    reason = f"there is no {name}: on Debian and Ubuntu `apt-get install prometheus`, or `make setup` with the lists of `apt-get update`"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def promtool(*arguments: str | Path) -> str:
    """What it prints.

    :raises AssertionError: when it is not content.
    """
    done = subprocess.run([program("promtool"), *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
