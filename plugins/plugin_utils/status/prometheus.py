# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a router is, as a text that Prometheus reads: for the textfile collector of node_exporter, one file for each router.

Names and labels are an interface, as the keys of the report. Values are in base units (seconds, bytes, ratios), as Prometheus asks for
("Metric and label naming").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .states import CARRIES, STATES

Sample = tuple[dict[str, Any], float]
"""Labels and a value."""


def text(host: str, report: Mapping[str, Any], now: float) -> str:
    """Return all metrics of one router.

    :param host: the router's name in the inventory, the label ``router``.
    :param now: when it was looked at, in seconds since 1970 by the clock of this machine.
    """
    lines = []
    for name, kind, help_text, samples in _metrics(report, now):
        lines += [f"# HELP multiwan_{name} {help_text}", f"# TYPE multiwan_{name} {kind}"]
        lines += [f"multiwan_{name}{{{_labels({'router': host, **labels})}}} {value:.15g}" for labels, value in samples]
    return "".join(f"{line}\n" for line in lines)


def _metrics(report: Mapping[str, Any], now: float) -> Iterator[tuple[str, str, str, list[Sample]]]:
    lines = report["lines"]

    def by_line(key: str, scale: float = 1) -> list[Sample]:
        return [({"line": line["name"]}, line[key] * scale) for line in lines if line[key] is not None]

    states = [({"line": line["name"], "state": state}, float(line["state"] == state)) for line in lines for state in STATES]
    yield "line_state", "gauge", "1 for the state that a line is in.", states
    drained = [({"line": line["name"]}, float(line["drained"] is not None)) for line in lines]
    yield "line_drained", "gauge", "Whether somebody has drained a line.", drained
    uses = [({"line": line["name"]}, float(line["use"] == CARRIES)) for line in lines]
    yield "line_carries", "gauge", "Whether new connections go by a line.", uses
    yield "line_wanted_ratio", "gauge", "The part of new connections that a line is to have now.", by_line("wanted_percent", 0.01)
    kind = "gauge" if report["looked_for_seconds"] else "counter"
    end = "" if report["looked_for_seconds"] else "_total"
    traffic = [({"line": line["name"], "direction": way}, float(line[f"{way}_bytes"])) for line in lines for way in ("down", "up")]
    yield f"line_bytes{end}", kind, "Bytes that a line has carried.", traffic
    yield f"line_connections{end}", kind, "Connections of the LAN that were dealt to a line.", by_line("connections")
    yield "line_hold_seconds", "gauge", "For how long a line does not return, although it may be good.", by_line("hold")
    probes = [({"line": line["name"], "address": probe["address"]}, probe) for line in lines for probe in line["probes"]]
    up = [(labels, float(probe["state"] == "up")) for labels, probe in probes]
    yield "probe_up", "gauge", "Whether an address answers by its line.", up
    loss = [(labels, probe["loss"] / 100) for labels, probe in probes if probe["loss"] is not None]
    yield "probe_loss_ratio", "gauge", "Tests of an address without an answer.", loss
    trips = [(labels, probe["round_trip"] / 1000) for labels, probe in probes if probe["round_trip"] is not None]
    yield "probe_round_trip_seconds", "gauge", "How long the last answer of an address has taken.", trips
    yield "drift_rows", "gauge", "Rows that a run would change.", [({}, float(len(report["drift"])))]
    yield "messages_waiting", "gauge", "Messages that wait to be sent.", [({}, float(sum(report["waiting"].values())))]
    yield "well", "gauge", "Whether nothing needs anybody.", [({}, float(report["well"]))]
    yield "looked_timestamp_seconds", "gauge", "When the router was looked at.", [({}, now)]


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    """A label's value, as the text format takes it (prometheus.io, "Exposition formats")."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
