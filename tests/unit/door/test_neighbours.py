# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two hosts of a play with commands and one bot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.neighbours import sharing

ROOT = Path(__file__).parents[3]
TOKEN, OTHER = "123456:" + "A" * 35, "123456:" + "B" * 35
ON = {"dhcp_alert_telegram_commands": True}
REFUSED = (
    "dhcp_alert_telegram_token: edge1, edge2 take commands by one bot, and Telegram gives a message to one of them only; "
    "make a bot for each of them (@BotFather), or set dhcp_alert_telegram_commands: false"
)


def within(value: object, variables: Mapping[str, Any]) -> Any:
    """Knows templates of one variable."""
    if isinstance(value, str) and value.startswith("{{"):
        name = value.strip("{} ")
        if name not in variables:
            raise AnsibleUndefinedVariable(f"'{name}' is undefined")
        return variables[name]
    return value


def said(own: Mapping[str, Any], other: Mapping[str, Any], play: Mapping[str, Any] | None = None) -> list[str]:
    """What is refused on edge1; `play` is what stands in the play, or in the defaults of a role."""
    hosts = {"edge1": own, "edge2": other}
    mine = {"dhcp_alert_telegram_commands": False, **(play or {}), **own, "inventory_hostname": "edge1"}
    return [finding.text for finding in sharing("edge1", list(hosts), TOKEN, mine, hosts.__getitem__, within)]


def token(text: str) -> dict[str, str]:
    return {"dhcp_alert_telegram_token": text}


@pytest.mark.parametrize(
    ("own", "other", "play"),
    [
        ({**ON, **token(TOKEN)}, {**ON, **token(TOKEN)}, {}),
        ({**ON, **token(TOKEN)}, {**ON, "secret": TOKEN, **token("{{ secret }}")}, {}),
        ({}, {}, {**ON, **token(TOKEN)}),
        ({"secret": TOKEN}, {"secret": TOKEN}, {**ON, **token("{{ secret }}")}),
        ({}, {"dhcp_alert_telegram_commands": "yes"}, {**ON, **token(TOKEN)}),
    ],
)
def test_one_bot_for_two_is_refused(own: dict[str, Any], other: dict[str, Any], play: dict[str, Any]) -> None:
    assert said(own, other, play) == [REFUSED]


@pytest.mark.parametrize(
    ("own", "other", "play"),
    [
        ({**ON, **token(TOKEN)}, {**ON, **token(OTHER)}, {}),
        ({**ON, **token(TOKEN)}, token(TOKEN), {}),
        ({**ON, **token(TOKEN)}, {**ON, **token(TOKEN), "dhcp_alert_telegram_commands": False}, {}),
        ({**ON, **token(TOKEN)}, {**ON, **token(TOKEN), "dhcp_alert_telegram_state": "absent"}, {}),
        ({**ON, **token(TOKEN)}, {**ON, **token("{{ nowhere }}")}, {}),
        ({**ON, **token(TOKEN)}, {}, {}),
        ({"secret": TOKEN}, {"secret": OTHER}, {**ON, **token("{{ secret }}")}),
    ],
)
def test_a_bot_for_each_is_not(own: dict[str, Any], other: dict[str, Any], play: dict[str, Any]) -> None:
    assert said(own, other, play) == []


def test_a_play_is_refused_before_a_router_is_asked(tmp_path: Path) -> None:
    """No host answers: what is wrong with the variables is said all the same, and the token is in nothing of it."""
    bot = {"dhcp_alert_telegram_chats": [-1001], "dhcp_alert_telegram_interfaces": ["bridge"], **ON}
    hosts = {name: {"ansible_host": "127.0.0.1", **token(TOKEN)} for name in ("edge1", "edge2")}
    reach = {"multiwan_api_port": 1, "multiwan_api_password": "x", "multiwan_api_tls": False}
    inventory = tmp_path / "given.json"
    inventory.write_text(json.dumps({"routers": {"hosts": hosts, "vars": {**bot, **reach}}}))
    environment = os.environ | {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_HOME": str(tmp_path / "home"),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }
    playbook = Path(sys.executable).with_name("ansible-playbook")
    command = [playbook, "-i", inventory, ROOT / "playbooks" / "site.yml", "--tags", "dhcp_alert_telegram"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "edge1, edge2 take commands by one bot" in done.stdout, done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr
