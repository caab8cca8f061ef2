# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which lines connections get: many of many clients, and many of one client."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from tests.lab.experiments.openings import count_by_line, different_pairs

from .figures import span
from .site import LAN, Case, open_site

CASES = tuple(map(Case, [(10, 10), (20, 10), (700, 600), (1000, 700, 600), (940, 35), (1000, 937), (50, 30, 20, 10)]))
"""The table of docs/weights.md."""
FAITHFUL = 1_000
"""Connections of one client whose line is looked at."""


def measure(workers: Executor, seeds: int, connections: int) -> list[dict[str, Any]]:
    """Of each set of weights, with several seeds of the PCC hash, what ``one_run`` counts."""
    started = [(case, [workers.submit(one_run, case, seed, connections) for seed in range(1, seeds + 1)]) for case in CASES]
    return [{"weights": case.name, "connections": connections, "runs": [run.result() for run in runs]} for case, runs in started]


def one_run(case: Case, seed: int, connections: int) -> dict[str, Any]:
    """Connections of each line, and how many lines the connections of one client had.

    ``tcp``: connections by line, of 150 clients to different servers. ``lines_of_a_pair``: of many TCP connections of one client to one
    server. ``lines_of_udp``: of as many UDP connections of one client to different servers.
    """
    with open_site(case, "ours", seed) as site:
        client = site.clients[seed]
        return {
            "tcp": count_by_line(site.network, LAN.name, "tcp", list(different_pairs(site.clients, connections))),
            "lines_of_a_pair": _lines(count_by_line(site.network, LAN.name, "tcp", [(client, "198.18.0.1")] * FAITHFUL)),
            "lines_of_udp": _lines(count_by_line(site.network, LAN.name, "udp", list(different_pairs([client], FAITHFUL)))),
        }


def _lines(counted: dict[str, int]) -> int:
    return sum(count > 0 for count in counted.values())


def percent(counts: Sequence[int]) -> list[float]:
    """Each line's share."""
    return [100 * count / sum(counts) for count in counts]


def deviation(weights: Sequence[int], counts: Sequence[int]) -> float:
    """How far any line's share of the connections is from its weight, in points."""
    return max(abs(share - wanted) for share, wanted in zip(percent(counts), percent(weights), strict=True))


def table(results: Sequence[dict[str, Any]]) -> str:
    """The figures as Markdown."""
    rows = []
    for result in results:
        weights = [int(weight) for weight in result["weights"].split("/")]
        counts = [list(run["tcp"].values()) for run in result["runs"]]
        wanted = " / ".join(f"{share:.1f}" for share in percent(weights))
        shares = " / ".join(f"{statistics.mean(line):.1f}" for line in zip(*map(percent, counts), strict=True))
        off = [deviation(weights, run) for run in counts]
        within = f"{sum(value <= 1 for value in off)} of {len(off)}"
        rows.append(f"| {result['weights']} | {wanted} | {shares} | {span(off, 2)} | {within} |")
    seeds = len(results[0]["runs"])
    chance = 100 * (0.25 / results[0]["connections"]) ** 0.5
    most = {kind: max(run[kind] for result in results for run in result["runs"]) for kind in ("lines_of_a_pair", "lines_of_udp")}
    return "\n".join(
        [
            f"Shares of {results[0]['connections']} TCP connections of 150 clients, as the ISPs count them: mean of n = {seeds} seeds.",
            "Off: by how many points the worst line is off, median (least to greatest). Of two equal lines chance alone makes",
            f"{chance:.2f} points (one standard deviation).",
            "",
            "| weights | wanted, % | shares, % | off, points | runs within 1 point |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"Lines that {FAITHFUL} TCP connections of one client to one server had, at most, in {seeds * len(results)} rooms:"
            f" {most['lines_of_a_pair']}; {FAITHFUL} UDP connections of one client to different servers: {most['lines_of_udp']}.",
            "",
        ]
    )
