# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Releases of RouterOS: which one a router runs, which are refused, and which are warned of.

Known on 2026-11-26, from the changelogs of 7.24.1 (`find` with arguments), 7.23.4 and 7.24.2 (holes), and 7.24.5 (scheduler).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .findings import Finding
from .routeros.paths import RESOURCE
from .routeros.rows import Found

Release = tuple[int, ...]
"""Three numbers, such as (7, 24, 0)."""

OLDEST = "7.15"
"""The oldest RouterOS whose DHCP alerts community.routeros manages."""
BETTER = "7.25.2 (stable) or 7.23.5 (long-term)"
"""What to take instead of a release with faults."""

CLOSED = (7, 23, 4), (7, 24, 2)
"""The first releases of two lines without the holes that were exploited."""
FIND_FAILS = (7, 24, 0)
SCHEDULER_RUNS = (7, 24, 5)
"""The first release of its line that runs each entry of the scheduler."""


def release(version: str) -> Release:
    """Return the numbers of a version; a test release (``7.24rc1``) counts as the one that it leads to.

    :param version: as the router says it: ``7.24.1 (stable)``.
    """
    written = [int(part) for part in re.findall("[0-9]+", re.split(r"[a-z ]", version)[0])]
    return tuple([*written, 0, 0, 0][:3])


def of_router(found: Found) -> Release:
    """Return what a router runs; (0, 0, 0) where it was not asked."""
    return next((release(str(row.get("version"))) for row in found.get(RESOURCE, ())), release(""))


def findings(version: str) -> Iterator[Finding]:
    """Yield what is wrong with the release itself: one finding at most."""
    place, now = f"RouterOS {version}", release(version)
    if now < release(OLDEST):
        problem = f"too old, multiwan.routeros needs {OLDEST} or newer"
        yield Finding(place, problem, "upgrade the router (/system package update) first", kind="version")
    elif now == FIND_FAILS:
        problem = "its scripts cannot find rows (mended in 7.24.1), so nothing on the router would watch the lines"
        yield Finding(place, problem, f"upgrade it to {BETTER} first", kind="version")
    elif faults := list(_faults(now)):
        yield Finding(place, f"it {' and '.join(faults)}", f"upgrade it to {BETTER}", refuses=False, kind="release")


def _faults(now: Release) -> Iterator[str]:
    if now < CLOSED[0] or FIND_FAILS < now < CLOSED[1]:
        yield "has holes that attackers have used"
    if FIND_FAILS < now < SCHEDULER_RUNS:
        yield "may leave out entries of its scheduler"
