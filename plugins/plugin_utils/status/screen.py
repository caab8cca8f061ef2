# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a router is, for people: one screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..pcc_balance.report import table
from ..routeros.spelling import span
from .states import SUSPECT, UP

HEAD = ("line", "state", "use", "since", "wanted", "new", "down", "up", "gateway", "address")
WORDS = {"hand": "by hand", "none": "not balanced"}
"""States for people, where they are other words."""
UNITS = ("B", "kB", "MB", "GB", "TB")


def lines(report: Mapping[str, Any]) -> list[str]:
    """Return the lines of the screen; what needs somebody comes first."""
    about = f"{report['router']}, RouterOS {report['release']}, {report['time']} by its clock, up for {span(report['up_seconds'])}"
    told = list(report["problems"]) or ["all is well"]
    return [about, *(f"! {problem}" if report["problems"] else problem for problem in told), *_table(report), *_rest(report)]


def _table(report: Mapping[str, Any]) -> Iterator[str]:
    period = f"in {report['looked_for_seconds']} s" if report["looked_for_seconds"] else "since counting began"
    yield from table([HEAD, *(_row(line) for line in report["lines"])])
    yield f"new: connections of the LAN; down, up: bytes; {period}"
    if report["hours"]:
        yield f"the weights are those of {report['hours']}"
    for line in report["lines"]:
        if line["state"] not in (UP, SUSPECT) and line["hold"] is not None:
            yield f"{line['name']} does not return for {span(line['hold'])} at least"
        if line["state"] == SUSPECT:
            yield f"{line['name']}: {line['reason']}"
    for line in report["lines"]:
        if line["drained"]:
            until = f"until {line['drained']['until']}" if line["drained"]["until"] else "until it is undrained"
            yield f"{line['name']} is drained since {line['drained']['since']}, {until}, by {line['drained']['by']}"
    for line in report["lines"]:
        if line["probes"]:
            yield f"probes of {line['name']}: {', '.join(map(_probe, line['probes']))}"


def _row(line: Mapping[str, Any]) -> Sequence[str]:
    return (
        line["name"],
        _state(line),
        line["use"],
        line["since"] or "-",
        f"{line['wanted_percent']:.1f} %",
        _part(line["connections_percent"], str(line["connections"])),
        _part(line["down_percent"], _bytes(line["down_bytes"])),
        _part(line["up_percent"], _bytes(line["up_bytes"])),
        line["gateway"] or "-",
        line["address"] or "-",
    )


def _state(line: Mapping[str, Any]) -> str:
    """What it is, and what somebody wants it to be."""
    word = WORDS.get(line["state"], line["state"])
    return word if not line["drained"] else "drained" if line["state"] == UP else f"drained, {word}"


def _part(percent: float | None, amount: str) -> str:
    return "-" if percent is None else f"{percent:.1f} % {amount}"


def _bytes(count: int) -> str:
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} {UNITS[unit]}" if amount >= 10 or unit == 0 else f"{amount:.1f} {UNITS[unit]}"


def _probe(probe: Mapping[str, Any]) -> str:
    lost = "" if probe["loss"] is None else f" {probe['loss']:g} % lost"
    trip = "" if probe["round_trip"] is None else f" {probe['round_trip']:g} ms"
    checks = "".join(f" {kind} {state}" for kind, state in probe["checks"].items())
    return f"{probe['address']} {probe['state']}{lost}{trip}{checks}"


def _rest(report: Mapping[str, Any]) -> Iterator[str]:
    if report["unmarked"]:
        yield f"what is not balanced goes by {report['unmarked']} first"
    if report["fasttrack"] != "none":
        yield f"FastTrack is {report['fasttrack']} for what may be fasttracked"
    for taken in report["taken_over"]:
        yield f"taken over: {taken['row']}, {taken['field']}"
    for row in report["drift"]:
        fields = f": {', '.join(row['fields'])}" if row["fields"] else ""
        yield f"drift: {row['path']} {row['row']} ({row['kind']} by a run){fields}"
