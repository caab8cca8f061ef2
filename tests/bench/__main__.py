# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.bench``: measures, prints the tables, and keeps them in docs/bench.md and docs/bench.json.

A part that is not measured this time keeps its last figures.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.network.namespace import become_root

from . import alerts, cost, day, failover, fasttrack, leases, live, rows, shares, throughput

DOCS = Path(__file__).parents[2] / "docs"
ROOMS = 2
"""Rooms at a time: lines of some ten Mbit/s are little work, and half of the time a room only waits for the last packets."""


@dataclass(frozen=True)
class Part:
    """What is measured by itself.

    :param measure: the figures, as JSON has them.
    :param table: the figures as Markdown.
    """

    title: str
    measure: Callable[[argparse.Namespace], Any]
    table: Callable[[Any], str]


@contextlib.contextmanager
def workers() -> Iterator[Executor]:
    """What builds rooms beside each other."""
    with ProcessPoolExecutor(ROOMS, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def _throughput(options: argparse.Namespace) -> Any:
    with workers() as pool:
        return throughput.measure(pool, options.runs, options.seconds)


def _shares(options: argparse.Namespace) -> Any:
    with workers() as pool:
        return shares.measure(pool, options.seeds, options.connections)


def _rows(_options: argparse.Namespace) -> Any:
    with workers() as pool:
        return rows.measure(pool, seeds=3)


def _day(options: argparse.Namespace) -> Any:
    with workers() as pool:
        return day.measure(pool, options.hours)


def _fasttrack(_options: argparse.Namespace) -> Any:
    with workers() as pool:
        return fasttrack.measure(pool, seeds=3)


PARTS = {
    "throughput": Part("Throughput", _throughput, throughput.table),
    "shares": Part("Shares", _shares, shares.table),
    "rows": Part("Rows met, and forwarded ports", _rows, rows.table),
    "fasttrack": Part("FastTrack", _fasttrack, fasttrack.table),
    "changes": Part("Changes", lambda _options: live.measure(changes=40), live.table),
    "failover": Part("Failover", lambda options: failover.measure(options.outages, options.minutes), failover.table),
    "day": Part("A day with each fault", _day, day.table),
    "leases": Part("Leases", lambda options: leases.measure(options.outages), leases.table),
    "alerts": Part("Alerts", lambda options: alerts.measure(options.servers), alerts.table),
    "cost": Part("Cost", lambda options: cost.measure(options.runs, options.before), cost.table),
}


def main() -> int:
    """Measures and writes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures in the lab. It is not RouterOS.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)} (default all)")
    parser.add_argument("--runs", type=int, default=5, help="how often each throughput and each cost is measured (default 5)")
    parser.add_argument("--seconds", type=float, default=4, help="how long a transfer is measured (default 4)")
    parser.add_argument("--connections", type=int, default=20_000, help="connections whose lines are counted (default 20000)")
    parser.add_argument("--seeds", type=int, default=50, help="seeds of the hash with which they are counted (default 50)")
    parser.add_argument("--outages", type=int, default=10, help="how often a line is cut at each place (default 10)")
    parser.add_argument("--minutes", type=float, default=30, help="how long lossy lines are watched (default 30)")
    parser.add_argument("--hours", type=float, default=24, help="how long a line has each fault, in manual time (default 24)")
    parser.add_argument("--servers", type=int, default=20, help="how many rogue DHCP servers are told (default 20)")
    parser.add_argument("--before", type=Path, metavar="PATH", help="a checkout of another release, with its .venv, to compare costs")
    parser.add_argument("--out", type=Path, default=DOCS, help="where to write (default docs/)")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    become_root()

    file = options.out / "bench.json"
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    for name in options.parts or PARTS:
        begun = time.monotonic()
        results = PARTS[name].measure(options)
        machine = f"Linux {platform.release()}, {os.cpu_count()} processors"
        took = f"{(time.monotonic() - begun) / 60:.0f} minutes"
        kept[name] = {"about": f"Measured {time.strftime('%Y-%m-%d')} in the lab, not on RouterOS; {machine}, {took}.", "results": results}
        file.write_text(json.dumps(kept, indent=2) + "\n")
        (options.out / "bench.md").write_text(document(kept))
    print(document(kept))
    return 0


def document(kept: dict[str, Any]) -> str:
    """All parts as Markdown."""
    sections = [
        f"## {part.title}\n\n{kept[name]['about']}\n\n{part.table(kept[name]['results'])}" for name, part in PARTS.items() if name in kept
    ]
    return "# Measurements\n\nWritten by `make bench`.\n\n" + "\n".join(sections)


if __name__ == "__main__":
    sys.exit(main())
