# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a router is, as data for plays: lines, what they carry, and what needs somebody.

Its keys are an interface: others are added, none is renamed or taken away within a major release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .. import events, ledger
from ..dhcp_alert_telegram.plan import OUTBOX
from ..failover_netwatch.netwatch import CLEAN, PROBE, SCRIPT, THIN
from ..findings import Finding
from ..lines import CHECKS, Wan
from ..pcc_balance.intent import Intent
from ..periods import period_at, wans_at
from ..routeros.changing import name
from ..routeros.names import BALANCE, FAILOVER, comment
from ..routeros.paths import ADDRESS_LIST, ADDRESSES, CLOCK, FILTER, IDENTITY, INTERFACES, MANGLE, NETWATCH, RESOURCE, ROUTES, SCRIPTS, menu
from ..routeros.reads import WHOLE, Read
from ..routeros.rows import Found, Row, distance_of
from ..routeros.spelling import seconds
from ..week import Hours, Moment, moment_of
from .states import CARRIES, HAND, HELD, NONE, OUT, State, states, uses
from .traffic import shares, traffic

COUNTERS = {
    INTERFACES: Read(("name", "rx-byte", "tx-byte")),
    MANGLE: Read(("comment", "packets", "new-connection-mark")),
}
"""What is read twice where it is asked between two looks."""
READS = {
    IDENTITY: WHOLE,
    RESOURCE: Read(("version", "board-name", "uptime")),
    CLOCK: WHOLE,
    SCRIPTS: Read(("name", "last-started")),
    NETWATCH: WHOLE,
    ADDRESS_LIST: WHOLE,
    ADDRESSES: WHOLE,
    ROUTES: WHOLE,
    FILTER: Read(("comment", "disabled")),
    **COUNTERS,
}
"""What is read for a look, all columns or these."""

SCHEDULE = 10
"""Seconds between two runs of the control script, where nobody says otherwise (failover_netwatch_schedule)."""
MISSED = 60
"""The control script is run at least so often, in seconds, but for long intervals that the user chose."""


@dataclass(frozen=True)
class Probe:
    """One address that a line is watched by.

    :param state: what netwatch says: up, down, or unknown before its first test.
    :param loss: tests without an answer, in percent of all since the entry was added or switched on; None before the first one.
    :param round_trip: of the last answer, in milliseconds; None without one.
    :param checks: by the kind of each other check at this address, what netwatch says of it.
    """

    address: str
    state: str
    loss: float | None
    round_trip: float | None
    checks: Mapping[str, str]


@dataclass(frozen=True)
class Drift:
    """One row that a run would change: path, what it is called, what would become of it, and of which fields."""

    path: str
    row: str
    kind: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Around:
    """What is around a look: the drift that was seen, what is wrong with variables or router, and whether counts are between two looks.

    :param seconds: between two looks; 0 where counts are since the counters began.
    """

    drift: Sequence[Drift] = ()
    findings: Sequence[Finding] = ()
    seconds: int = 0
    before: Found | None = field(default=None, repr=False)


def status(found: Found, intent: Intent, around: Around, schedule: int = SCHEDULE) -> dict[str, Any]:
    """Return how a router is, in plain data.

    :param schedule: seconds between two runs of the control script.
    """
    wans = intent.wans
    known = states(found, wans)
    used = uses(known, wans)
    report: dict[str, Any] = {
        **_router(found),
        "lines": _lines(found, wans, known, used, around),
        "hours": str(_hours(found, wans) or ""),
        "looked_for_seconds": around.seconds,
        "unmarked": _first_unmarked(found, wans),
        "fasttrack": _fasttrack(found),
        "taken_over": [_taken(entry) for entry in ledger.entries(found)],
        "waiting": _waiting(found),
        "drift": [{**asdict(row), "fields": list(row.fields)} for row in around.drift],
        "refused": [finding.text for finding in around.findings if finding.refuses],
    }
    report["problems"] = [*_of_lines(report), *_of_script(found, schedule), *_of_rows(report)]
    report["well"] = not report["problems"]
    return report


def _router(found: Found) -> dict[str, Any]:
    """Who it is, and when this is."""
    resource, clock, identity = (next(iter(found.get(path, ())), {}) for path in (RESOURCE, CLOCK, IDENTITY))
    return {
        "router": str(identity.get("name") or ""),
        "release": str(resource.get("version") or "").partition(" ")[0],
        "board": str(resource.get("board-name") or ""),
        "up_seconds": int(seconds(resource.get("uptime"))),
        "time": f"{clock.get('date') or ''} {clock.get('time') or ''}".strip(),
    }


def _moment(found: Found) -> Moment | None:
    return moment_of(next(iter(found.get(CLOCK, ())), {}))


def _hours(found: Found, wans: Sequence[Wan]) -> Hours | None:
    """Those of the schedule in which it is now; None with the usual weights."""
    moment = _moment(found)
    period = period_at(wans, moment) if len(wans) > 1 else None
    return next((hours for hours in period.hours if moment in hours), None) if period else None


def _lines(found: Found, wans: Sequence[Wan], known: Mapping[str, State], used: Mapping[str, str], around: Around) -> list[dict[str, Any]]:
    carried = traffic(found, wans, around.before)
    weights = {wan.name: wan.weight for wan in wans_at(wans, _moment(found))}
    weight = sum(weights[wan.name] for wan in wans if used[wan.name] == CARRIES)
    down, up, new = (shares({name: getattr(one, what) for name, one in carried.items()}) for what in ("down", "up", "connections"))
    return [
        {
            "name": wan.name,
            "interface": wan.interface,
            "tier": wan.tier,
            **asdict(known[wan.name]),
            "use": used[wan.name],
            "gateway": _gateway(found, wan),
            "address": _address(found, wan),
            "wanted_percent": round(float(100 * weights[wan.name] / weight), 1) if used[wan.name] == CARRIES else 0.0,
            "connections": carried[wan.name].connections,
            "connections_percent": new[wan.name],
            "down_bytes": carried[wan.name].down,
            "down_percent": down[wan.name],
            "up_bytes": carried[wan.name].up,
            "up_percent": up[wan.name],
            "probes": [asdict(probe) for probe in probes(found, wan)],
        }
        for wan in wans
    ]


def probes(found: Found, wan: Wan) -> list[Probe]:
    """Return the addresses that a line is watched by, in order; of several entries for one address, those that run say how it is."""
    by_kind: dict[str, dict[str, Row]] = {}
    for row in found.get(NETWATCH, ()):
        for kind in (PROBE, THIN, CLEAN, *CHECKS):
            prefix = comment(FAILOVER, kind, wan.name, "")
            if str(row.get("comment") or "").startswith(prefix):
                by_kind.setdefault(kind, {})[str(row["comment"]).removeprefix(prefix)] = row
    result = []
    for address in by_kind.get(PROBE, {}):
        rows = [by_kind[kind][address] for kind in (PROBE, THIN) if address in by_kind.get(kind, {})]
        row = next((row for row in rows if not row.get("disabled")), rows[0])
        checks = {kind: str(by_kind[kind][address].get("status") or "unknown") for kind in CHECKS if address in by_kind.get(kind, {})}
        tests, failed = (int(row.get(key) or 0) for key in ("done-tests", "failed-tests"))
        loss = round(100 * failed / tests, 1) if tests else None
        answer = row.get("rtt-avg")
        trip = round(1000 * seconds(answer), 1) if answer is not None else None
        result.append(Probe(address, str(row.get("status") or "unknown"), loss, trip, checks))
    return result


def _gateway(found: Found, wan: Wan) -> str:
    own = comment(BALANCE, "route", "main", wan.name)
    return next((str(row.get("gateway") or "").partition("%")[0] for row in found.get(ROUTES, ()) if row.get("comment") == own), "")


def _address(found: Found, wan: Wan) -> str:
    rows = (row for row in found.get(ADDRESSES, ()) if not row.get("disabled") and not row.get("invalid"))
    return next((str(row["address"]).partition("/")[0] for row in rows if row.get("interface") == wan.interface), "")


def _first_unmarked(found: Found, wans: Sequence[Wan]) -> str:
    """The line that takes what is not balanced: the nearest of our own order; empty where main decides alone."""
    prefix = comment(BALANCE, "route", "main", "")
    rows = [row for row in found.get(ROUTES, ()) if str(row.get("comment") or "").startswith(prefix) and not row.get("disabled")]
    names = {str(row["comment"]).removeprefix(prefix): distance_of(row) for row in rows}
    return min(names, key=lambda name: names[name]) if len(wans) > 1 and names else ""


def _fasttrack(found: Found) -> str:
    """``on`` or ``off``, or ``none`` where no row of ours is about it."""
    rows = [row for row in found.get(FILTER, ()) if str(row.get("comment") or "").startswith(comment(BALANCE, "fasttrack"))]
    if not rows:
        return "none"
    return "on" if not any(row.get("disabled") for row in rows) else "off"


def _taken(entry: ledger.Entry) -> dict[str, Any]:
    row = f"{menu(entry.path)} {name(entry.path, entry.row, [entry.row])}".rstrip()
    return {"row": row, "field": entry.field, "old": entry.old, "written": entry.written}


def _waiting(found: Found) -> dict[str, int]:
    """Events that the alert script has not read, and messages that no channel has taken yet."""
    lists = [str(row.get("list")) for row in found.get(ADDRESS_LIST, ())]
    return {"events": lists.count(events.LIST), "messages": sum(name.startswith(OUTBOX) for name in lists)}


def _of_lines(report: Mapping[str, Any]) -> Iterator[str]:
    words = {OUT: "is out of use", HELD: "is out of use", HAND: "is switched off by hand", NONE: "is not balanced"}
    for line in report["lines"]:
        no_outage = line["drained"] and line["state"] in (OUT, HELD)
        if line["state"] in words and not no_outage:
            since = f" since {line['since']}" if line["since"] else ""
            why = f": {line['reason']}" if line["reason"] else ""
            yield f"{line['name']} {words[line['state']]}{since}{why}"


def _of_script(found: Found, schedule: int) -> Iterator[str]:
    """What has not run for long; of clocks that jump, and of times that cannot be read, nothing is said."""
    clock = next(iter(found.get(CLOCK, ())), {})
    started = next((row.get("last-started") for row in found.get(SCRIPTS, ()) if row.get("name") == SCRIPT), None)
    try:
        now, last = datetime.fromisoformat(f"{clock['date']} {clock['time']}"), datetime.fromisoformat(str(started))
    except (KeyError, ValueError):
        return
    silent = now - last
    if silent > timedelta(seconds=max(MISSED, 6 * schedule)):
        yield f"the script {SCRIPT} has not run since {started}, so no line is left or comes back; look at what /log says of it"


def _of_rows(report: Mapping[str, Any]) -> Iterator[str]:
    if report["refused"]:
        yield f"a run would be refused: {report['refused'][0]}"
    if count := len(report["drift"]):
        rows = "one row is not as a run would write it" if count == 1 else f"{count} rows are not as a run would write them"
        yield f"{rows}; a run of the playbook site mends that"
    waits = report["waiting"]["events"] + report["waiting"]["messages"]
    if waits:
        yield f"{waits} message{'s wait' if waits > 1 else ' waits'} to be sent"
