# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A script for the router's terminal that puts back what a run is about to change: rows of ours, and fields of rows of others.

    rows before the run, steps ──► script() ──► file beside the inventory ──► /import on the router ──► rows as before the run

What others have written since stays. Fields are those that module api_info knows as writable; of a path whose rows hold a secret, only what
is known to be none is written, so whoever puts such rows back has to write it once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .routeros.changing import Change, addition, changed, chosen, command
from .routeros.names import BALANCE, ROLES, owned
from .routeros.paths import (
    ADDRESS_LIST,
    FILTER,
    LISTS,
    LOG_ACTIONS,
    LOGGING,
    MANGLE,
    MEMBERS,
    NAT,
    RAW,
    ROUTES,
    RULES,
    SCRIPTS,
    SECRETS,
    TABLES,
)
from .routeros.rows import Found
from .routeros.spelling import literal
from .routeros.steps import Alter, Forget, Place, Step, Write, is_about, write

REFERENCES = (LISTS, MEMBERS, TABLES, ROUTES, ADDRESS_LIST, LOG_ACTIONS, LOGGING, SECRETS, SCRIPTS)
"""Paths to which rows of others refer: they are written first, in this order, and removed last."""
ORDERED = (FILTER, NAT, MANGLE, RAW, RULES)
"""Paths on which the place of a row among others counts."""
HARMLESS: Mapping[str, frozenset[str]] = {SECRETS: frozenset({"name", "service", "profile", "disabled", "comment"})}
"""By path whose rows hold a secret, the fields that are none."""


_FILLED_IN = (".id", "dynamic")
"""What nobody can write."""


def paths(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the paths that steps may write, in the order in which they come; what ends by itself is nothing to keep."""
    written = dict.fromkeys(_path(step) for step in steps if not isinstance(step, Forget))
    return (*written, *([RULES] if TABLES in written and RULES not in written else []))


def script(found: Found, steps: Sequence[Step], about: str) -> str:
    """Return the script.

    :param found: the rows of these `paths` before the run, as module api_info returns them, those that the router makes by itself left out.
    :param about: one line of whom and when.
    """
    lines = [
        f"# {about}",
        "# Puts back what this run of multiwan.routeros was about to change. Upload it to the router, then: /import file-name=THIS_FILE",
        *_rows_of_others(found, steps),
        *_removals(_writes(found, steps)),
        *_additions(found, _writes(found, steps)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _path(step: Step) -> str:
    return step.path if isinstance(step, Alter | Place | Forget) else step["path"]


def _writes(found: Found, steps: Sequence[Step]) -> dict[str, list[Write]]:
    """The steps that write rows of ours, by path, in the order in which rows can be written. Rules go and come with their tables."""
    writes: dict[str, list[Write]] = {}
    rules = [row for row in found.get(RULES, ()) if re.match(owned(BALANCE), str(row.get("comment") or ""))]
    for step in [*steps, *([write(BALANCE, RULES, rules)] if TABLES in paths(steps) and rules else [])]:
        if isinstance(step, dict):
            writes.setdefault(step["path"], []).append(step)
    return {path: writes[path] for path in (*REFERENCES, *writes) if path in writes}


def _rows_of_others(found: Found, steps: Sequence[Step]) -> Iterator[str]:
    """Commands that give fields of rows of others their values again, the last change first."""
    for step in reversed([step for step in steps if isinstance(step, Alter)]):
        now = [changed(row, step.changes) for row in found.get(step.path, ())]
        for change in step.changes:
            before = next((row for row in found.get(step.path, ()) if row.get(".id") == change.row.get(".id")), change.row)
            after = next((row for row in now if row.get(".id") == change.row.get(".id")), changed(change.row, [change]))
            old = {field: before.get(field, False if field == "disabled" else None) for field in change.fields}
            yield command(Change(step.path, after, old), now)


def _removals(by_path: Mapping[str, Sequence[Write]]) -> Iterator[str]:
    """Commands that remove the rows of ours, what leads to others first."""
    for path, writes in reversed(list(by_path.items())):
        for field, regex in dict.fromkeys(_ours(step) for step in writes if step["rows"]):
            yield f"/{path} remove [find {field}~{literal(regex)}]"


def _ours(step: Write) -> tuple[str, str]:
    """The field, and the regular expression, by which a router finds all rows of ours that a step may be about."""
    rule = step["restrict"][0]
    roles = [role for role in ROLES if re.match(owned(role), str(step["rows"][0].get("comment") or ""))]
    # a step that only adds names its rows one by one
    return (rule["field"], owned(roles[0])) if roles else (rule["field"], rule["regex"].replace("(?:", "("))


def _additions(found: Found, by_path: Mapping[str, Sequence[Write]]) -> Iterator[str]:
    """Commands that write the rows of ours as they were, each at its place among those of others."""
    for path, writes in by_path.items():
        rows = found.get(path, ())
        theirs = [row for row in rows if not any(is_about(step, row) for step in writes)]
        for number, row in enumerate(rows):
            if row not in theirs:
                behind = next((other for other in rows[number:] if other in theirs), None)
                place = f" place-before={chosen(path, behind, theirs)}" if behind is not None and path in ORDERED else ""
                kept = {field: value for field, value in row.items() if field not in _FILLED_IN and field in HARMLESS.get(path, row)}
                yield f"{addition(path, kept)}{place}"
