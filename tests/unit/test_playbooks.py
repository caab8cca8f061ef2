# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks cannot share what tells them how to reach a router, so they have to say the same; the example of an inventory is right."""

from __future__ import annotations

from pathlib import Path

import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site

ROOT = Path(__file__).parents[2]
PLAYBOOKS = ROOT / "playbooks"


def test_all_playbooks_reach_routers_alike() -> None:
    plays = [play for file in PLAYBOOKS.glob("*.yml") for play in yaml.safe_load(file.read_text())]
    reaching = [play["module_defaults"] for play in plays if "module_defaults" in play]
    assert len(reaching) >= 2
    assert all(defaults == reaching[0] for defaults in reaching)


def test_the_example_of_an_inventory_is_what_the_roles_take() -> None:
    variables = yaml.safe_load((ROOT / "inventory" / "group_vars" / "routers" / "main.yml").read_text())
    wans, lan = variables["multiwan_wans"], variables["multiwan_lan_interfaces"]
    watch = {"wans": wans, "profile": variables["failover_netwatch_profile"]}
    assert site.read({"pcc_balance": {"wans": wans, "lan_interfaces": lan}, "failover_netwatch": watch})[1] == []
    assert wans[0]["gateway"] == "dhcp"
