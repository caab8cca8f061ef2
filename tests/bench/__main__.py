# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.bench``: measures, prints the tables, and keeps them in docs/bench.md and docs/bench.json.

A part that is not measured this time keeps its last figures.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

from tests.lab.network.namespace import become_root

from . import alerts, balance, failover

DOCS = Path(__file__).parents[2] / "docs"
TITLES = {"balance": "Balancing", "failover": "Failover", "alerts": "Alerts"}
TABLES = {"balance": balance.table, "failover": failover.table, "alerts": alerts.table}


def main() -> int:
    """Measures and writes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures in the lab. It is not RouterOS.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(TITLES)} (default all)")
    parser.add_argument("--runs", type=int, default=5, help="how often each throughput is measured (default 5)")
    parser.add_argument("--seconds", type=float, default=4, help="how long a transfer is measured (default 4)")
    parser.add_argument("--connections", type=int, default=20_000, help="connections whose lines are counted (default 20000)")
    parser.add_argument("--outages", type=int, default=10, help="how often a line is cut at each place (default 10)")
    parser.add_argument("--minutes", type=float, default=10, help="how long lossy lines are watched (default 10)")
    parser.add_argument("--servers", type=int, default=20, help="how many rogue DHCP servers are told (default 20)")
    parser.add_argument("--out", type=Path, default=DOCS, help="where to write (default docs/)")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(TITLES):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    become_root()

    file = options.out / "bench.json"
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    for part in options.parts or TITLES:
        begun = time.monotonic()
        results = measure(part, options)
        machine = f"Linux {platform.release()}, {os.cpu_count()} processors"
        took = f"{(time.monotonic() - begun) / 60:.0f} minutes"
        kept[part] = {"about": f"Measured {time.strftime('%Y-%m-%d')} in the lab, not on RouterOS; {machine}, {took}.", "results": results}
        file.write_text(json.dumps(kept, indent=2) + "\n")
        (options.out / "bench.md").write_text(document(kept))
    print(document(kept))
    return 0


def measure(part: str, options: argparse.Namespace) -> Any:
    """The figures of a part, as JSON has them."""
    if part == "alerts":
        return alerts.measure(options.servers)
    if part == "failover":
        return failover.measure(options.outages, options.minutes)
    return balance.measure(options.runs, options.seconds, options.connections)


def document(kept: dict[str, Any]) -> str:
    """All parts as Markdown."""
    sections = [f"## {TITLES[part]}\n\n{kept[part]['about']}\n\n{TABLES[part](kept[part]['results'])}" for part in TITLES if part in kept]
    return "# Measurements\n\nWritten by `make bench`.\n\n" + "\n".join(sections)


if __name__ == "__main__":
    sys.exit(main())
