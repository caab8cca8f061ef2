# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A day with each fault of a line, in manual time and without packets: which lines are left by mistake, and which are kept too long."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from typing import Any

from tests.unit.failover_netwatch.faults import FAULTS
from tests.unit.failover_netwatch.watched import PROMISES, judge, watch

from .figures import median_and_p95

PROFILE = "normal"


def measure(pool: Executor, hours: float) -> dict[str, Any]:
    """Each fault on the first of two lines, for so many hours."""
    started = {name: pool.submit(one_day, name, 3600 * hours) for name in FAULTS}
    return {"hours": hours, "profile": PROFILE, "faults": [{"fault": name, **run.result()} for name, run in started.items()]}


def one_day(name: str, seconds: float) -> dict[str, Any]:
    """What became of the line, in figures.

    :raises RuntimeError: when a script has failed meanwhile.
    """
    fault = FAULTS[name]
    record = watch(fault, seconds, profile=PROFILE)
    if record.failures:
        raise RuntimeError(f"{name}: {record.failures[0]}")
    return {
        "changes": len(record.left) + len(record.back),
        "suspicions": len(record.suspected),
        "told": len(record.told),
        "writes": record.writes.total(),
        **asdict(judge(record, fault, PROMISES[PROFILE])),
    }


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    promise = PROMISES[result["profile"]]
    rows = []
    for row in result["faults"]:
        wrong = [len(row[kind]) for kind in ("mistakes", "kept")]
        counts = [str(count) for count in (*wrong, row["suspicions"], row["changes"], row["told"], row["writes"])]
        rows.append(f"| {' | '.join([row['fault'], *counts, _times(row['leaving']), _times(row['returns'])])} |")
    return "\n".join(
        [
            f"One of two lines has a fault for {result['hours']:g} hours in manual time, profile `{result['profile']}`, without packets:",
            "netwatch, scheduler and scripts run as on a router, and what they ask is answered or not by the time at which it is asked.",
            f"By mistake: left although it was not silent for {promise.patience:g} s without a break, or did not flap.",
            f"Too long: still in use after {promise.out:g} s of silence ({promise.garden:g} s where only pings are answered,",
            f"{promise.held:g} s where it flaps). Writes:",
            "rows of the configuration, without those that are told. Times: median / p95 in seconds (how many), from the beginning",
            "and the end of a silence.",
            "",
            "| fault | by mistake | too long | suspicions | out and in use again | told | writes | left after | in use again after |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _times(seconds: Sequence[float | None]) -> str:
    return f"{median_and_p95(seconds, 1)} ({len(seconds)})" if seconds else "-"
