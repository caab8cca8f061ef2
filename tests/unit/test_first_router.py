# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/first-router.md: what it says to paste removes our rows, all of them, and nothing else; its playbooks are there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.lab.router.lab import Lab

from .door.runs import run
from .test_backup import ALERTS, CONFIGURATION, WANS, wanted

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-router.md").read_text()
BY_HAND, LEDGER = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def rows(lab: Lab) -> dict[str, list[dict[str, Any]]]:
    """All that is written; a row that does not say that it is disabled is not."""
    return {path: [{"disabled": "false", **row} for row in rows] for path, rows in json.loads(lab.dump()).items() if rows}


def test_by_hand_all_rows_of_ours_go_and_nothing_else() -> None:
    with Lab(interfaces=5) as lab:
        assert not lab.load(CONFIGURATION).skipped
        before = rows(lab)
        run(lab, {**wanted(*WANS), **ALERTS})
        assert not lab.load(BY_HAND).skipped
        left = rows(lab)
        ledger = [row for row in left["ip firewall address-list"] if row["list"] == "multiwan-ledger"]
        assert len(ledger) == 1
        (fast,) = [row for row in left["ip firewall filter"] if row.get("comment") == "fast"]
        assert fast["disabled"] == "true"
        assert not lab.load(LEDGER + '/ip firewall filter enable [find comment="fast"]\n').skipped
        assert rows(lab) == before


def test_its_playbooks_are_there() -> None:
    named = set(re.findall(r"multiwan\.routeros\.(\w+)", PAGE))
    assert named >= {"site", "status", "explain", "drill", "remove"}
    assert {name for name in named if not (ROOT / "playbooks" / f"{name}.yml").exists()} == set()
