# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Carries out the steps of a plan as the door does: the unmodified api_modify, over the wire, against a lab router.

The module runs in this process, so a step takes milliseconds and a test can afford hundreds of runs.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.engine import MODULES, InWorker
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import Router, RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, plan, remove_steps
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import NAT, ROUTES, RULES, TABLES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.reads import Reads
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import Step

from tests.lab.router.lab import Lab

PATIENCE = 60
"""Seconds that an answer may take, where many tests share a machine."""


def _connection(lab: Lab) -> dict[str, object]:
    login = {"username": lab.user, "password": lab.password}
    return {"hostname": lab.host, "port": lab.port, **login, "encoding": "UTF-8", "timeout": PATIENCE}


@contextlib.contextmanager
def door(lab: Lab, **others: object) -> Iterator[Router]:
    """The door to a lab router."""
    known = {**_connection(lab), **others}
    router = Router(InWorker(), {module: known for module in MODULES})
    try:
        yield router
    finally:
        router.close()


class ModuleFailed(Exception):
    """A module ended with fail_json.

    :param result: what it said; the message is ``msg``.
    """

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result["msg"])
        self.result = result


def run_module(lab: Lab, module: str, **arguments: object) -> dict[str, Any]:
    """Run a module of community.routeros, over a connection of its own, and return its result.

    :raises ModuleFailed: with the module's message.
    """
    worker = InWorker()
    try:
        result = worker.call(module, {**_connection(lab), **arguments})
    finally:
        worker.close()
    if "failed" in result:
        raise ModuleFailed(result)
    return result


def run_steps(lab: Lab, steps: Sequence[Step]) -> int:
    """Carry out steps in order, as the door does; return how many changed something.

    :raises ModuleFailed: with the sentence for people.
    """
    count = 0
    with door(lab) as router:
        for step in steps:
            changes = Changes()
            try:
                router.write(step, changes, check=False)
            except RouterProblem as problem:
                raise ModuleFailed({"failed": True, "msg": problem.finding.text}) from None
            count += changes.changed
    return count


def apply(lab: Lab, intent: Mapping[str, object]) -> int:
    """Bring the router to the plan of `intent`."""
    return run_steps(lab, apply_steps(plan(read_intent(intent)), read(lab, (TABLES, ROUTES, NAT, RULES))))


def remove(lab: Lab) -> int:
    """Take everything of ours away."""
    return run_steps(lab, remove_steps())


def read(lab: Lab, paths: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Read whole rows."""
    return {path: run_module(lab, "api", path=path)["msg"] for path in paths}


def read_as(lab: Lab, reads: Reads) -> Found:
    """Read what the preflight of a role looks at, as the door does."""
    with door(lab) as router:
        return router.found(reads)


def foreign(lab: Lab) -> dict[str, list[dict[str, str]]]:
    """All rows that are not ours, by path, in order."""
    rows = {
        path: [row for row in rows if not row.get("comment", "").startswith("multiwan:")] for path, rows in json.loads(lab.dump()).items()
    }
    return {path: found for path, found in rows.items() if found}
