# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many rows of mangle a packet meets, and whether what comes in is answered by the line that it came by."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from tests.lab.experiments.openings import different_pairs
from tests.lab.experiments.server import HTTP_PORT
from tests.lab.experiments.traffic import run_clients, start_server

from .site import LAN, NAMES, NETWORKS, WAYS, Case, Way, open_site

CASES = tuple(map(Case, [(10, 10), (20, 10), (10, 10, 10), (10, 10, 10, 10), (25, 15, 10, 5), (10,) * 8]))
CONNECTIONS = 2_000
CALLERS = 50
"""Connections from the internet to a forwarded port, on each line."""
PATIENCE = 3
"""Seconds after which a connection counts as not answered; on an idle machine an answer takes a thousandth."""
FORWARD = (
    f"/ip firewall nat add chain=dstnat action=dst-nat protocol=tcp dst-port={HTTP_PORT} dst-address-type=local"
    f" to-addresses={LAN.clients(1)[0]}"
)


def measure(workers: Executor, seeds: int) -> list[dict[str, Any]]:
    """Of each set of lines and each way to balance them, what ``one_run`` counts."""
    started = [(case, way, [workers.submit(one_run, case, way, seed) for seed in range(1, seeds + 1)]) for case in CASES for way in WAYS]
    return [{"lines": case.name, "way": way, "runs": [run.result() for run in runs]} for case, way, runs in started]


def one_run(case: Case, way: Way, seed: int, connections: int = CONNECTIONS) -> dict[str, Any]:
    """``rows``: met on average by direction and kind of packet. ``called``, ``answered``: connections from the internet to a forwarded
    port; ``astray``: packets that a line's ISP threw away because they had another line's address.
    """
    with open_site(case, way, seed, meter=True, rows=FORWARD) as site:
        lan, internet = site.network.clients[LAN.name].namespace, site.network.internet.namespace
        for namespace in (lan, internet):
            start_server(namespace)
        run_clients(lan, "connect", pairs=list(different_pairs(site.clients, connections)))
        rows = site.network.kernel.rows_met()
        calls = [(f"8.8.{line}.{number}", f"{NETWORKS[line]}.2") for line in range(len(case.weights)) for number in range(1, CALLERS + 1)]
        with site.network.observe() as seen:
            answered = run_clients(internet, "connect", pairs=calls, patience=PATIENCE)["taken"]
        astray = sum(counters["spoofed"].packets for counters in seen.values())
        return {"rows": rows, "called": len(calls), "answered": answered, "astray": astray}


def table(results: Sequence[dict[str, Any]]) -> str:
    """The figures as Markdown."""
    means = {(result["lines"], result["way"]): statistics.mean(known(run["rows"]) for run in result["runs"]) for result in results}
    rows = []
    for result in results:
        met = {kind: statistics.mean(run["rows"][kind] for run in result["runs"]) for kind in ("up-known", "down-known", "up-new")}
        own, recipe = (means[result["lines"], way] for way in (result["way"], "recipe"))
        called, answered, astray = (sum(run[word] for run in result["runs"]) for word in ("called", "answered", "astray"))
        cells = [
            result["lines"],
            NAMES[result["way"]],
            *(f"{met[kind]:.2f}" for kind in ("up-known", "down-known")),
            f"{own:.2f}",
            f"{own / recipe:.3f}",
            f"{met['up-new']:.2f}",
            f"{answered} of {called}",
            str(astray),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(
        [
            f"Rows of mangle that a packet meets, over {CONNECTIONS} TCP connections of 150 clients, so each line counts by its share;",
            f"mean of n = {len(results[0]['runs'])} seeds of the hash. Forwarded: {CALLERS} connections per line and seed from outside",
            "to a port that dst-nat forwards; astray: packets of theirs that left by a wrong line and were thrown away there.",
            "",
            "| lines | rows of | up, known | down, known | mean of both | of the recipe's | up, new | forwarded, answered | astray |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def known(rows: dict[str, float]) -> float:
    """Rows that a packet of a known connection meets: upload and download averaged."""
    return (rows["up-known"] + rows["down-known"]) / 2
