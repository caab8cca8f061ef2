# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people read after a run: one screen per router.

Every line names its router, but for commands: each stands on a line of its own, whole, so that it can be copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..findings import Finding
from .changes import ADDED, CHANGED, REMOVED, Changes, PathChange, RowChange, counted, show

FEW = 20
"""Up to so many rows, those that are added or removed are named as well."""
INDENT = "    "


def of_run(host: str, changes: Changes, findings: Sequence[Finding], check: bool, trouble: Finding | None = None) -> list[str]:
    """Return the lines about a run that has come to its end, or in check mode to what would be its end.

    :param trouble: why it came to its end before it was done.
    """
    rows = changes.rows()
    stopped = [f"{host}: the run has stopped here", *_findings(host, [trouble])] if trouble else []
    return [*_told(host, rows, check, trouble), *_named(host, rows), *stopped, *_findings(host, findings)]


def of_refusal(host: str, findings: Sequence[Finding]) -> list[str]:
    """Return the lines about a run that is refused."""
    refusing = [finding for finding in findings if finding.refuses]
    count = "one problem" if len(refusing) == 1 else f"{len(refusing)} problems"
    return [f"{host}: {count}, nothing was written", *_findings(host, refusing)]


def differences(changes: Changes) -> list[dict[str, str]]:
    """Return what is different in the form that Ansible shows with ``--diff``: rows by path, and of scripts the lines."""
    return [entry for path in changes.paths.values() for entry in _differences(path)]


def _told(host: str, rows: Sequence[RowChange], check: bool, trouble: Finding | None) -> Iterator[str]:
    if not rows:
        yield f"{host}: nothing was written" if trouble else f"{host}: all rows are as they should be, nothing {_verb(check)} written"
        return
    yield f"{host}: {_counts(counted(rows), check)}"
    for path in dict.fromkeys(row.path for row in rows):
        yield f"{host}: {INDENT}{menu(path)}: {_counts(counted([row for row in rows if row.path == path]), check)}"


def _verb(check: bool) -> str:
    return "would be" if check else "was"


def _counts(counts: Mapping[str, int], check: bool) -> str:
    told = ", ".join(f"{count} {'would be ' if check and not index else ''}{kind}" for index, (kind, count) in enumerate(counts.items()))
    return told


def _named(host: str, rows: Sequence[RowChange]) -> Iterator[str]:
    few = len(rows) <= FEW
    for row in rows:
        if few or row.kind not in (ADDED, REMOVED):
            fields = f" ({', '.join(row.fields)})" if row.kind == CHANGED else ""
            yield f"{host}: {row.kind} {menu(row.path)} {row.name}{fields}"


def _findings(host: str, findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield f"{host}: {finding.place}: {finding.problem}{_remedy(finding)}"
        if finding.command:
            yield f"{INDENT}{finding.command}"


def _remedy(finding: Finding) -> str:
    if finding.command:
        return f"; {finding.remedy}, or write:" if finding.remedy else "; write:"
    return f"; {finding.remedy}" if finding.remedy else ""


def menu(path: str) -> str:
    """Return a path as people write it on the router: ``/ip/route``."""
    return f"/{path.replace(' ', '/')}"


def _differences(path: PathChange) -> Iterator[dict[str, str]]:
    before, after = ("".join(f"{show(row)}\n" for row in rows) for rows in (path.before, path.after))
    if before != after:
        yield {"before_header": menu(path.path), "after_header": menu(path.path), "before": before, "after": after}
    for name, old, new in path.scripts():
        header = f"{menu(path.path)} {name}"
        yield {"before_header": header, "after_header": header, "before": old, "after": new}
