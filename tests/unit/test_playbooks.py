# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks cannot share what tells them how to reach a router, so they have to say the same."""

from __future__ import annotations

from pathlib import Path

import yaml

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"


def test_all_playbooks_reach_routers_alike() -> None:
    plays = [play for file in PLAYBOOKS.glob("*.yml") for play in yaml.safe_load(file.read_text())]
    reaching = [play["module_defaults"] for play in plays if "module_defaults" in play]
    assert len(reaching) >= 2
    assert all(defaults == reaching[0] for defaults in reaching)
