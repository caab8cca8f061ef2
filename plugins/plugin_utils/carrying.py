# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which lines carry, by the rows of a router before a run and after it.

A line of ours carries while its route for what is not balanced is usable and not demoted: that is where the control script writes what it
has decided. The owner's own default routes say so of lines that no run has written yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .health import DEMOTION
from .routeros.names import BALANCE, FAILOVER, comment
from .routeros.paths import NETWATCH, ROUTES
from .routeros.reads import Read, Reads
from .routeros.rows import Found, Row
from .routeros.spelling import DEFAULT_DESTINATION

READS: Reads = {
    ROUTES: Read(("dst-address", "gateway", "routing-table", "distance", "disabled", "inactive", "comment")),
    NETWATCH: Read(("host", "status", "disabled", "comment")),
}
"""What `Lines` looks at."""
_OURS = f"{comment(BALANCE, 'route', 'main')}:"
_PROBE = f"{comment(FAILOVER, 'probe')}:"


@dataclass(frozen=True)
class Lines:
    """Lines that carry.

    :param ours: by the name of each the gateway of its route.
    :param theirs: gateways of the owner's default routes in main.
    :param answering: names of those of which a probe answers.
    """

    ours: Mapping[str, str] = field(default_factory=dict)
    theirs: frozenset[str] = frozenset()
    answering: frozenset[str] = frozenset()


def carrying(found: Found) -> Lines:
    """Return the lines that carry on a router on which `found` is."""
    routes = found.get(ROUTES, ())
    ours = {_name(row): _gateway(row) for row in routes if _is_ours(row) and _carries(row)}
    theirs = frozenset(_gateway(row) for row in routes if _is_theirs(row) and _carries(row))
    up = {name for name, row in _probes(found) if row.get("status") == "up"}
    return Lines(ours, theirs, frozenset(up & ours.keys()))


def has_lines(found: Found) -> bool:
    """Return whether a router has lines of ours, in whatever state."""
    return any(map(_is_ours, found.get(ROUTES, ())))


def lost(before: Lines, after: Found) -> list[str]:
    """Return the lines that carried and do no more, each with why not.

    A line that has no row any more was taken away on purpose, or has another name now: then its gateway tells it.
    """
    now = carrying(after)
    rows = {_name(row): row for row in after.get(ROUTES, ()) if _is_ours(row)}
    kept = {_gateway(row) for row in rows.values()}
    said = [f"{name} ({_why(rows[name])})" for name in before.ours if name in rows and name not in now.ours]
    gone = [(name, gateway) for name, gateway in before.ours.items() if name not in rows and gateway in kept]
    said += [f"{name} (out of use)" for name, gateway in gone if gateway not in now.ours.values()]
    there = {_gateway(row) for row in after.get(ROUTES, ()) if _is_theirs(row) and not row.get("disabled")}
    theirs = before.theirs & there - now.theirs - set(before.ours.values())
    return said + [f"your default route by {gateway} (inactive)" for gateway in sorted(theirs)]


def to_ask(before: Lines, after: Found) -> dict[str, list[str]]:
    """Return the addresses of which one has to answer, by the name of each line whose probes answered before and that has some now."""
    asked: dict[str, list[str]] = {}
    for name, row in _probes(after):
        if name in before.answering and not row.get("disabled"):
            asked.setdefault(name, []).append(str(row["host"]))
    return asked


def _probes(found: Found) -> Iterator[tuple[str, Row]]:
    for row in found.get(NETWATCH, ()):
        if str(row.get("comment") or "").startswith(_PROBE):
            yield str(row["comment"]).removeprefix(_PROBE).partition(":")[0], row


def _is_ours(row: Row) -> bool:
    return str(row.get("comment") or "").startswith(_OURS)


def _is_theirs(row: Row) -> bool:
    main = str(row.get("routing-table") or "main") == "main" and row.get("dst-address") == DEFAULT_DESTINATION
    return main and not _is_ours(row) and bool(_gateway(row))


def _name(row: Row) -> str:
    return str(row["comment"]).removeprefix(_OURS)


def _gateway(row: Row) -> str:
    return str(row.get("gateway") or "")


def _carries(row: Row) -> bool:
    return not row.get("disabled") and not row.get("inactive") and int(row.get("distance") or 0) < DEMOTION


def _why(row: Row) -> str:
    """Why a line does not carry; a route that is switched off by hand hides the rest."""
    return "disabled" if row.get("disabled") else "its route is inactive" if row.get("inactive") else "out of use"
