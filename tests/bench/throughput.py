# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much of what the lines carry one by one they carry together."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

from tests.lab.experiments.openings import different_pairs
from tests.lab.experiments.traffic import run_clients, start_server
from tests.lab.network.network import Network
from tests.lab.network.surroundings import Direction, Isp

from .figures import span
from .site import LAN, MBIT, NAMES, WAYS, Case, Site, Way, open_site

CASES = tuple(map(Case, [(10, 10), (20, 10), (10, 10, 10), (20, 10, 10), (10, 10, 10, 10), (25, 15, 10, 5)]))
DIRECTIONS: tuple[Direction, ...] = ("down", "up")
TRANSFERS = 60
"""Connections at a time, from as many clients to as many servers."""
SETTLING = 1.5
"""Seconds at the beginning of a transfer that do not count."""
ALONE_RUNS = 2
"""How often each line alone is measured: chance has no part in it."""

EXACT = 0.005
"""Seconds that reading a counter may take: one in a thousand of the shortest transfer that is measured."""

Speeds = dict[str, float]


def measure(workers: Executor, runs: int, seconds: float) -> list[dict[str, Any]]:
    """Each set of lines, one by one and together: bits per second in both directions. Each run has its own seed of the PCC hash."""
    started = [
        (
            case,
            [[workers.submit(one_run, case, line, 1, seconds) for _ in range(ALONE_RUNS)] for line in range(len(case.weights))],
            {way: [workers.submit(one_run, case, way, seed, seconds) for seed in range(1, runs + 1)] for way in WAYS},
        )
        for case in CASES
    ]
    return [
        {
            "lines": case.name,
            "connections": TRANSFERS,
            "alone": [[run.result() for run in line] for line in alone],
            **{way: [run.result() for run in together[way]] for way in WAYS},
        }
        for case, alone, together in started
    ]


def one_run(case: Case, way: Way | int, seed: int, seconds: float) -> Speeds:
    """Bits per second in both directions, one after the other.

    :param way: as in ``open_site``; with a number it is what that line carries alone.
    """
    with open_site(case, way, seed, shaped=True) as site:
        start_server(site.network.internet.namespace)
        return {direction: _speed(site, direction, seconds) for direction in DIRECTIONS}


def _speed(site: Site, direction: Direction, seconds: float) -> float:
    """Bits per second that pass all lines in the middle of a transfer, behind the limits of speed: whole frames.

    :raises RuntimeError: when a transfer breaks.
    """
    for isp in site.network.isps.values():
        isp.slow(isp.line.down, isp.line.up)
    pairs = list(different_pairs(LAN.clients(TRANSFERS), TRANSFERS))
    lan = site.network.clients[LAN.name].namespace
    work = lan.start(run_clients, lan, "stream", pairs=pairs, direction=direction, seconds=seconds + SETTLING + 1)
    time.sleep(SETTLING + 0.5)  # half a second until the clients run
    before = _carried(site.network, direction)
    time.sleep(seconds)
    after = _carried(site.network, direction)
    for isp in site.network.isps.values():
        isp.slow(None, None)  # what is still on its way need not be waited for
    if broken := work.result()["broken"]:
        raise RuntimeError(f"{broken} of {TRANSFERS} transfers broke")
    return sum(
        (carried - carried_before) * 8 / (at - at_before) for (carried_before, at_before), (carried, at) in zip(before, after, strict=True)
    )


def _carried(network: Network, direction: Direction) -> list[tuple[int, float]]:
    """The bytes that each line has carried, and when it had."""
    return [_read(isp, direction) for isp in network.isps.values()]


def _read(isp: Isp, direction: Direction) -> tuple[int, float]:
    """A reading that took long does not say when it was, so the quickest of some counts."""
    readings = []
    for _ in range(5):
        begun = time.monotonic()
        carried = isp.carried()[direction]
        took = time.monotonic() - begun
        readings.append((took, carried, begun + took / 2))
        if took < EXACT:
            break
    _took, carried, at = min(readings)
    return carried, at


def table(results: Sequence[dict[str, Any]]) -> str:
    """The figures as Markdown."""
    rows = [row for result in results for row in _rows(result)]
    runs = len(results[0]["ours"])
    return "\n".join(
        [
            f"What {TRANSFERS} connections of as many clients carry over all lines together, whole frames, in Mbit/s, and as a part of the",
            f"sum of what the lines carry one by one on the same network in the same run. n = {runs} ({ALONE_RUNS} for each line alone):",
            "median (least to greatest).",
            "",
            "| lines, Mbit/s | rows of | down | of the lines alone | up | of the lines alone |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _rows(result: dict[str, Any]) -> Iterator[str]:
    sums = {direction: sum(statistics.median(run[direction] for run in line) for line in result["alone"]) for direction in DIRECTIONS}
    alone = " | ".join(f"{sums[direction] / MBIT:.2f} | 1" for direction in DIRECTIONS)
    yield f"| {result['lines']} | none: sum of each line alone | {alone} |"
    for way in WAYS:
        cells = []
        for direction in DIRECTIONS:
            speeds = [run[direction] for run in result[way]]
            cells += [span([speed / MBIT for speed in speeds], 2), span([speed / sums[direction] for speed in speeds], 3)]
        yield f"| {result['lines']} | {NAMES[way]} | {' | '.join(cells)} |"
