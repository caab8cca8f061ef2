# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``python -m tests.exports``: tries the configurations, with packets, prints what became of them, and keeps it in docs/exports.md.

A configuration that is not tried this time keeps its last row.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.lab.network import tags
from tests.lab.network.namespace import become_root

from .cases import CASES, Case
from .table import page, row
from .trial import Trial, attempt_anyhow

DOCS = Path(__file__).parents[2] / "docs" / "exports.md"
ROOMS = 4
"""Rooms at a time; most of the time they wait for probes."""


def main() -> int:
    """Tries what is asked for; 0 if all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.exports", description="Real configurations, balanced with packets.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(case.name for case in CASES)}; all without one")
    parser.add_argument("--rooms", type=int, default=ROOMS, metavar="N", help="at a time (default %(default)s)")
    options = parser.parse_args()
    chosen = [case for case in CASES if case.file.exists() and (not options.names or case.name in options.names)]
    for case in [case for case in chosen if case.has_tags and not tags.are_played()]:
        print(f"{case.name} is not tried: only root may load programs that put tags on", flush=True)
        chosen.remove(case)
    context = multiprocessing.get_context("spawn")
    rows = _kept()
    right = True
    with ProcessPoolExecutor(options.rooms, mp_context=context, initializer=become_root) as pool:
        tried = {pool.submit(attempt_anyhow, case): case for case in chosen}
        for future in as_completed(tried):
            case, trial = tried[future], future.result()
            right = _tell(case, trial) and right
            if isinstance(trial, Trial):
                rows[case.name] = row(case, trial)
                DOCS.write_text(page(rows[case.name] for case in CASES if case.name in rows), encoding="utf-8")
    return 0 if right else 1


def _tell(case: Case, trial: Trial | str) -> bool:
    """Prints what became of a configuration; whether it is what is expected."""
    if isinstance(trial, str):
        print(f"{case.name}: {trial}", flush=True)
        return False
    print(row(case, trial), flush=True)
    for text in (*trial.told, *trial.problems):
        print(f"    {text}", flush=True)
    return not trial.problems and set(trial.answered) == case.refused


def _kept() -> dict[str, str]:
    """The rows of the last time, by configuration."""
    text = DOCS.read_text(encoding="utf-8") if DOCS.exists() else ""
    return {found[1]: found[0] for found in re.finditer(r"^\| (\w+) \| .*$", text, re.MULTILINE)}


if __name__ == "__main__":
    sys.exit(main())
