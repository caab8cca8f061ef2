# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an earlier commit would write: planned by its own code, in a process of its own, as steps that today's lab takes."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import Step

ROOT = Path(__file__).parents[2]
COMMIT = "3489648"
"""The release of 2026-11-25, as the cases name it."""

PLAN = """
import json, sys
from ansible_collections.multiwan.routeros.plugins.plugin_utils import failover, plan
from tests.unit.failover.site import render
intent, watch = json.load(sys.stdin)
steps = plan.apply_steps(plan.plan(plan.read_intent(intent), watched=True), {})
print(json.dumps([*steps, *failover.steps(watch, "present", {}, render(watch))]))
"""


@functools.cache
def _checkout() -> tempfile.TemporaryDirectory[str]:
    """The tree of the commit, where its code finds the collections; it goes with the process.

    :raises RuntimeError: in a clone that does not have the commit.
    """
    made = tempfile.TemporaryDirectory(prefix="multiwan-earlier-")
    packed = subprocess.run(["git", "archive", COMMIT], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        raise RuntimeError(f"commit {COMMIT} is not in this clone: {packed.stderr.decode().strip()}")
    subprocess.run(["tar", "--extract", "--directory", made.name], input=packed.stdout, check=True)
    ours, theirs = (Path(root) / ".venv" / "collections" / "ansible_collections" for root in (ROOT, made.name))
    (theirs / "multiwan").mkdir(parents=True)
    (theirs / "multiwan" / "routeros").symlink_to(made.name)
    for name in ("ansible", "community"):
        (theirs / name).symlink_to(ours / name)
    return made


def steps(intent: Mapping[str, object], watch: Mapping[str, object]) -> list[Step]:
    """The steps of the commit's roles pcc_balance and failover_netwatch on a router without rows of theirs.

    :param intent: for pcc_balance.
    :param watch: for failover_netwatch.
    """
    tree = _checkout().name
    environment = {**os.environ, "PYTHONPATH": f"{tree}:{tree}/.venv/collections"}
    words = json.dumps([intent, watch])
    done = subprocess.run([sys.executable, "-c", PLAN], cwd=tree, env=environment, input=words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: list[Step] = json.loads(done.stdout)
    return found
