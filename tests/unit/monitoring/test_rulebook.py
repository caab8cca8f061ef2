# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rulebook for Event-Driven Ansible, as it is written. `make eda` runs it with the real ansible-rulebook, which wants Java."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .prometheus import ROOT

PLAYBOOK = ROOT / "playbooks" / "line_ticket.yml"
HOSTILE = ("{{ 1 }}", "{% if 1 %}", "{# #}", "a\n{{ 1 }}", "a\r\n{{ 1 }}\n")
"""What Ansible would take for a template."""


@pytest.fixture(scope="module")
def condition() -> str:
    (ruleset,) = yaml.safe_load((ROOT / "extensions" / "eda" / "rulebooks" / "lines.yml").read_text())
    (rule,) = ruleset["rules"]
    return str(rule["condition"])


def handed_on() -> set[str]:
    """The fields of the webhook's object that reach the playbook."""
    (ruleset,) = yaml.safe_load((ROOT / "extensions" / "eda" / "rulebooks" / "lines.yml").read_text())
    ((source,)) = ruleset["sources"]
    filters = {name: options for each in source["filters"] for name, options in each.items()}
    assert filters["eda.builtin.json_filter"]["exclude_keys"] == ["*"]
    return set(filters["eda.builtin.json_filter"]["include_keys"]) - {"meta", "endpoint", "payload"}


def test_each_field_that_is_handed_on_is_looked_at(condition: str) -> None:
    patterns = dict(re.findall(r'event\.payload\.([a-z]+) is match\("(.*?)"\)', condition))
    compared = set(re.findall(r"event\.payload\.([a-z]+) ==", condition))
    assert patterns.keys() | compared == handed_on() and not patterns.keys() & compared
    for field, pattern in patterns.items():
        assert not [text for text in HOSTILE if re.match(pattern, text)], field
    assert "event.meta.endpoint == vars.multiwan_eda_key" in condition


def test_what_routers_tell_gets_through(condition: str) -> None:
    patterns = dict(re.findall(r'event\.payload\.([a-z]+) is match\("(.*?)"\)', condition))
    told = {
        "router": "gateway",
        "line": "pppoe-out1.a_b",
        "time": "2026-01-31 10:00:00",
        "duration": "2w1d10:00:00",
        "reason": "no answer from 1.1.1.1, 8.8.8.8; TCP port 853 as well (80 %)",
    }
    assert patterns.keys() == told.keys()
    assert all(re.match(patterns[field], text) for field, text in told.items())
    assert re.match(patterns["duration"], "") and re.match(patterns["reason"], "")


def test_the_playbook_needs_no_other_field() -> None:
    named = set(re.findall(r"line_ticket_event\.([a-z]+)", PLAYBOOK.read_text()))
    assert named <= handed_on()


def test_without_an_event_the_playbook_says_what_starts_it(tmp_path: Path) -> None:
    environment = os.environ | {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_HOME": str(tmp_path),
        "ANSIBLE_VERBOSITY": "0",
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "gateway,", "-e", "multiwan_hosts=gateway", PLAYBOOK],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert "There is no event: this playbook is started by ansible-rulebook" in done.stdout + done.stderr
