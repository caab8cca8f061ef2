# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.bench``: measures, prints the tables, and writes them to docs/bench.md and docs/bench.json."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path

from tests.lab.network.namespace import become_root

from .balance import CASES, measure, table

DOCS = Path(__file__).parents[2] / "docs"


def main() -> int:
    """Measures and writes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures in the lab. It is not RouterOS.")
    parser.add_argument("--runs", type=int, default=5, help="how often each figure is measured (default 5)")
    parser.add_argument("--seconds", type=float, default=6, help="how long a transfer lasts (default 6)")
    parser.add_argument("--connections", type=int, default=20_000, help="connections whose lines are counted (default 20000)")
    parser.add_argument("--cases", type=int, default=len(CASES), help="only so many sets of lines (default all)")
    options = parser.parse_args()
    become_root()

    results = [
        measure(case, way, options.runs, options.seconds, options.connections)
        for case in CASES[: options.cases]
        for way in ("ours", "recipe", "single")
    ]
    about = f"Measured {time.strftime('%Y-%m-%d')} in the lab, not on RouterOS; Linux {platform.release()}, {options.runs} runs."
    text = f"# Measurements\n\n{about}\n\n{table(results)}"
    (DOCS / "bench.md").write_text(text)
    (DOCS / "bench.json").write_text(json.dumps({"about": about, "results": results}, indent=2) + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
