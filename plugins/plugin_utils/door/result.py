# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run has done, as data for plays of others: the fact ``multiwan_result``. Its keys are an interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..findings import Finding, texts
from ..routeros.names import ALERTS, BALANCE, PREFIX, ROLES
from ..routeros.paths import LOG_ACTIONS, LOGGING
from .changes import ADDED, CHANGED, GIVEN_BACK, MOVED, REMOVED, YOURS, Changes, RowChange

COUNTS = {ADDED: "added", CHANGED: "changed", REMOVED: "removed", MOVED: "moved", YOURS: "changed", GIVEN_BACK: "given_back"}
"""The key under which a kind of change is counted; rows of others are counted apart from ours."""


def result(changes: Changes, findings: Sequence[Finding], check: bool, trouble: Finding | None = None) -> dict[str, Any]:
    """Return what a run has done, or in check mode what it would do.

    :param trouble: why it came to its end before it was done.
    """
    rows = changes.rows()
    ours = [row for row in rows if row.kind not in (YOURS, GIVEN_BACK)]
    return {
        "changed": changes.changed,
        "check": check,
        "roles": {role: counted for role in ROLES if (counted := _counted([row for row in ours if role_of(row) == role]))},
        "yours": _counted([row for row in rows if row.kind in (YOURS, GIVEN_BACK)]),
        "warnings": texts(findings, refusing=False),
        "refused": texts(findings, refusing=True),
        "stopped": trouble.text if trouble else "",
    }


def role_of(row: RowChange) -> str:
    """Return the role that a row of ours belongs to: its comment says so. Logging has no comments, and the ledger is that of balancing."""
    named = row.name.removeprefix(f"{PREFIX}:").partition(":")[0]
    if named in ROLES:
        return named
    return ALERTS if row.path in (LOGGING, LOG_ACTIONS) else BALANCE


def _counted(rows: Sequence[RowChange]) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for row in rows:
        path = counted.setdefault(row.path, {})
        path[COUNTS[row.kind]] = path.get(COUNTS[row.kind], 0) + 1
    return counted
