# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people read after a run: one screen per router.

Every line names its router, but for commands: each stands on a line of its own, whole, so that it can be copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..findings import Finding
from ..routeros.paths import menu
from .changes import ADDED, CHANGED, GIVEN_BACK, KINDS, MOVED, REMOVED, YOURS, Changes, PathChange, RowChange

FEW = 20
"""Up to so many rows, those that are added or removed are named as well."""
INDENT = "    "
DONE = {kind: kind for kind in KINDS}
TO_DO = {
    **{ADDED: "to add", CHANGED: "to change", REMOVED: "to remove", MOVED: "to move"},
    **{YOURS: "yours, to change", GIVEN_BACK: "yours, to give back"},
}
SIGNS = {ADDED: "+", CHANGED: "~", REMOVED: "-", MOVED: ">", YOURS: "*", GIVEN_BACK: "*"}


def of_run(
    host: str, changes: Changes, findings: Sequence[Finding], check: bool, trouble: Finding | None = None, told: str = ""
) -> list[str]:
    """Return the lines about a run that has come to its end, or in check mode to what would be its end.

    :param trouble: why it came to its end before it was done.
    :param told: what became of what was written, where there is a way back.
    """
    rows = changes.rows()
    unknown = "" if check else f"; {told}" if told else ", in a step that may have written some rows"
    stopped = [f"{host}: the run has stopped here{unknown}", *_findings(host, [trouble])] if trouble else []
    kept = [f"{host}: {told}"] if told and not trouble else []
    return [*_told(host, rows, check, trouble), *_named(host, rows, TO_DO if check else DONE), *kept, *stopped, *_findings(host, findings)]


def of_refusal(host: str, findings: Sequence[Finding]) -> list[str]:
    """Return the lines about a run that is refused."""
    refusing = [finding for finding in findings if finding.refuses]
    count = "one problem" if len(refusing) == 1 else f"{len(refusing)} problems"
    return [f"{host}: {count}, nothing was written", *_findings(host, refusing), *_one_word(host, refusing)]


def of_findings(host: str, findings: Sequence[Finding]) -> list[str]:
    """Return the lines about findings alone."""
    return list(_findings(host, findings))


def differences(changes: Changes) -> list[dict[str, str]]:
    """Return what is different in the form that Ansible shows with ``--diff``: rows by path, and of scripts the lines."""
    return [entry for path in changes.paths.values() for entry in _differences(path)]


def _told(host: str, rows: Sequence[RowChange], check: bool, trouble: Finding | None) -> Iterator[str]:
    words = TO_DO if check else DONE
    if rows:
        yield f"{host}: rows {_counts(rows, words)}{' (check mode: nothing is written)' if check else ''}"
        for path in dict.fromkeys(row.path for row in rows):
            yield f"{host}: {INDENT}{menu(path)}: {_counts([row for row in rows if row.path == path], words)}"
    elif not trouble:
        yield f"{host}: nothing to change, all rows are as they should be"


def _counts(rows: Sequence[RowChange], words: Mapping[str, str]) -> str:
    counts = {kind: sum(row.kind == kind for row in rows) for kind in KINDS}
    return ", ".join(f"{words[kind]} {count}" for kind, count in counts.items() if count)


def _named(host: str, rows: Sequence[RowChange], words: Mapping[str, str]) -> Iterator[str]:
    few = len(rows) <= FEW
    for row in rows:
        if few or row.kind not in (ADDED, REMOVED):
            fields = f": {', '.join(row.fields)}" if row.fields else ""
            yours = f"({words[row.kind]})" if row.kind in (YOURS, GIVEN_BACK) else ""
            called = " ".join(filter(None, (menu(row.path), _one_line(row.name), yours)))
            yield f"{host}: {INDENT}{SIGNS[row.kind]} {called}{fields}"


def _findings(host: str, findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        place = f"{finding.place}: " if finding.place else ""
        yield f"{host}: {_one_line(f'{place}{finding.problem}{_remedy(finding)}')}"
        yield from (f"{INDENT}{command}" for command in finding.command.splitlines())


def _one_word(host: str, refusing: Sequence[Finding]) -> Iterator[str]:
    """What to write so that the role does by itself all that it can."""
    kinds = dict.fromkeys(finding.kind for finding in refusing if finding.changes or finding.additions)
    if len(kinds) > 1:
        yield f"{host}: to let the run do itself what it can, write multiwan_take_over: [{', '.join(kinds)}]"


def _one_line(text: str) -> str:
    """A text with comments of others in it: what would end the line or steer the terminal is shown as RouterOS writes it."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"\\{ord(found[0]):02X}", text)


def _remedy(finding: Finding) -> str:
    if finding.command:
        return f"; {finding.advice}:" if finding.advice else "; write:"
    return f"; {finding.remedy}" if finding.remedy else ""


def _differences(path: PathChange) -> Iterator[dict[str, str]]:
    header = menu(path.path)
    before, after = ("".join(f"{line}\n" for line in lines) for lines in path.lines())
    if before != after:
        yield {"before_header": header, "after_header": header, "before": before, "after": after}
    for name, old, new in path.scripts():
        yield {"before_header": f"{header} {name}", "after_header": f"{header} {name}", "before": old, "after": new}
