# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks as people run them, against a router of the lab whose time stands still."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.failover_netwatch.site import Site

ROOT = Path(__file__).parents[2]


@dataclass
class Desk:
    """A folder with an inventory of one router."""

    site: Site
    folder: Path

    def play(self, playbook: Path | str, *, check: bool = False, **variables: object) -> subprocess.CompletedProcess[str]:
        """Run a playbook, or only preview it; of ours, by its short name."""
        lab = self.site.lab
        host: dict[str, Any] = {"ansible_host": lab.host, "multiwan_api_port": lab.port, "multiwan_api_username": lab.user}
        # the proof of a run waits for answers, and time stands still
        host |= {"multiwan_api_password": lab.password, "multiwan_api_tls": False, "multiwan_commit_confirm": False}
        host |= {"multiwan_wans": self.site.lines, "multiwan_lan_interfaces": ["ether9"], **variables}
        inventory = self.folder / "hosts.json"
        inventory.write_text(json.dumps({"routers": {"hosts": {"edge": host}}}))
        environment = os.environ | {
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        }
        path = ROOT / "playbooks" / f"{playbook}.yml" if isinstance(playbook, str) else playbook
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", inventory, path, *(["--check"] if check else [])]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
