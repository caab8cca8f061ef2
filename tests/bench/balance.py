# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All figures of balancing: our rows, MikroTik's PCC recipe, and each line alone, on one network in one run."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from . import live, rows, shares, throughput

ROOMS = 2
"""Rooms at a time: lines of some ten Mbit/s are little work, and half of the time a room only waits for the last packets."""
SEEDS_OF_SHARES = 50
SEEDS_OF_ROWS = 3
CHANGES = 40


def measure(runs: int, seconds: float, connections: int) -> dict[str, Any]:
    """Everything.

    :param runs: how often each throughput is measured.
    :param seconds: how long.
    :param connections: whose shares are counted.
    """
    with ProcessPoolExecutor(ROOMS, mp_context=multiprocessing.get_context("spawn")) as workers:
        results: dict[str, Any] = {
            "throughput": throughput.measure(workers, runs, seconds),
            "shares": shares.measure(workers, SEEDS_OF_SHARES, connections),
            "rows": rows.measure(workers, SEEDS_OF_ROWS),
        }
    return {**results, "live": live.measure(CHANGES)}


def table(results: dict[str, Any]) -> str:
    """All figures as Markdown."""
    sections = [
        ("Throughput", throughput.table(results["throughput"])),
        ("Shares", shares.table(results["shares"])),
        ("Rows met, and forwarded ports", rows.table(results["rows"])),
        ("Changes", live.table(results["live"])),
    ]
    return "\n".join(f"### {title}\n\n{text}" for title, text in sections)
