# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries out the steps of a plan as the role does: the unmodified api_modify, over the wire, against a lab router.

The module runs in this process, so a step takes milliseconds and a test can afford hundreds of runs.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic
from ansible.module_utils.testing import patch_module_args
from ansible_collections.community.routeros.plugins.modules import api, api_modify
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, plan, remove_steps
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import NAT, ROUTES, TABLES

from tests.lab.router.lab import Lab

ROLES = Path(__file__).parents[3] / "roles"


class ModuleFailed(Exception):
    """A module ended with fail_json.

    :param result: what it said; the message is ``msg``.
    """

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result["msg"])
        self.result = result


class _Ended(SystemExit):
    """A module has said its result."""


def run_module(lab: Lab, module: Any, **arguments: object) -> dict[str, Any]:
    """Run a module of community.routeros and return its result.

    :raises ModuleFailed: with the module's message.
    """
    result: dict[str, Any] = {}

    def end(_module: object, **values: object) -> None:
        result.update(values)
        raise _Ended

    connection = {"hostname": lab.host, "port": lab.port, "username": lab.user, "password": lab.password, "encoding": "UTF-8"}
    with pytest.MonkeyPatch.context() as patch, patch_module_args({**connection, **json.loads(json.dumps(arguments))}):
        patch.setattr(basic.AnsibleModule, "exit_json", end)
        patch.setattr(basic.AnsibleModule, "fail_json", lambda self, msg, **values: end(self, failed=True, msg=msg, **values))
        with contextlib.suppress(_Ended):
            module.main()
    if "failed" in result:
        raise ModuleFailed(result)
    return result


def run_steps(lab: Lab, steps: Sequence[Mapping[str, Any]]) -> int:
    """Carry out steps in order; return how many changed something."""
    changes = 0
    for step in steps:
        result = run_module(
            lab,
            api_modify,
            path=step["path"],
            data=step["rows"],
            restrict=step["restrict"],
            ensure_order=step["ordered"],
            handle_absent_entries="remove",
            handle_entries_content="remove_as_much_as_possible",
        )
        changes += bool(result["changed"])
    return changes


def apply(lab: Lab, intent: Mapping[str, object]) -> int:
    """Bring the router to the plan of `intent`."""
    return run_steps(lab, apply_steps(plan(read_intent(intent)), read(lab, (TABLES, ROUTES, NAT))))


def remove(lab: Lab) -> int:
    """Take everything of ours away."""
    return run_steps(lab, remove_steps())


def read(lab: Lab, paths: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Read rows as the role `router` does."""
    return {path: run_module(lab, api, path=path)["msg"] for path in paths}


def read_as(lab: Lab, role: str) -> dict[str, list[dict[str, Any]]]:
    """Read what the preflight of a role reads."""
    tasks = yaml.safe_load((ROLES / role / "tasks" / "preflight.yml").read_text())
    wanted = next(task["vars"] for task in tasks if task["name"] == "Read the router")
    columns = wanted.get("router_columns", {})
    parts = {path: run_module(lab, api, path=path, extended_query={"attributes": names})["msg"] for path, names in columns.items()}
    return read(lab, wanted["router_paths"]) | parts


def foreign(lab: Lab) -> dict[str, list[dict[str, str]]]:
    """All rows that are not ours, by path, in order."""
    rows = {
        path: [row for row in rows if not row.get("comment", "").startswith("multiwan:")] for path, rows in json.loads(lab.dump()).items()
    }
    return {path: found for path, found in rows.items() if found}
