# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of the router's scheduler: a start from which they run whatever its clock says, and whether they have run."""

from __future__ import annotations

from collections.abc import Iterator

from .findings import Finding
from .routeros.names import PREFIX
from .routeros.paths import RESOURCE, SCHEDULER
from .routeros.reads import Read
from .routeros.rows import Found, Row
from .routeros.spelling import seconds, span


def start(time: str = "00:00:10") -> Row:
    """Return the fields of an entry that say from when on it runs; runs are aligned to it (manual, "Scheduler").

    A start that is not given becomes the moment of adding (the same). If the clock goes back behind it, as on boards without a battery
    that wake in 1970 and reach no NTP server, the entry is taken to wait for it, so it is as early as a date can be. Exports of many
    routers and examples of the manual ("Disks") have this date. ``startup`` is no way: with an interval it runs one interval after the
    boot (manual), and not at all after adding as some report.

    7.24.0 to 7.24.4 do not run entries "with the default start date and time" (changelog of 7.24.5). As exports show it, that is midnight
    of this date, so the time is another one. Whether the date alone is enough for that fault is not known: on 7.24.1 to 7.24.4 this form is
    likely to run, on all others nothing is known against it.

    :param time: of day; what runs once a day runs then.
    """
    return {"start-date": "1970-01-01", "start-time": time}


READ = Read(("name", "comment", "interval", "run-count", "disabled"))
"""What `idle` looks at."""
OFTEN = 60
"""Seconds between two runs, at most, of entries that are missed soon."""
PATIENCE = 600
"""Seconds after the boot in which nothing is missed."""


def idle(found: Found, role: str) -> Iterator[Finding]:
    """Yield the entries of a role that have not run since the boot; `run-count` is zero then (manual, "Scheduler").

    One that was added a moment ago is among them: nothing on the router says when that was.
    """
    up = max((seconds(row.get("uptime")) for row in found.get(RESOURCE, ())), default=0.0)
    for row in found.get(SCHEDULER, ()) if up > PATIENCE else ():
        ours = str(row.get("comment") or "").startswith(f"{PREFIX}:{role}:") and not row.get("disabled")
        if ours and 0 < seconds(row.get("interval")) <= OFTEN and str(row.get("run-count")) == "0":
            problem = f"it has not run yet, and the router is up for {span(int(up))}"
            remedy = "look again in a minute, and if it still has not, what /log says of it"
            yield Finding(f"/system scheduler {row.get('name')}", problem, remedy, refuses=False, kind="idle")
