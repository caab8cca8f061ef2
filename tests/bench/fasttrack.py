# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How many packets meet no row at all, with the rows that stand for the owner's FastTrack and without it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE, FAILOVER

from tests.lab.experiments.openings import different_pairs
from tests.lab.experiments.traffic import run_clients, start_server
from tests.unit.door.runs import run

from .site import LAN, NETWORKS, Case, open_site, wans

CASES = tuple(map(Case, [(10, 10), (20, 10), (25, 15, 10, 5)]))
DOWNLOADS = 150
SECONDS = 3
OWNER = f"""
/ip route add dst-address=0.0.0.0/0 gateway={NETWORKS[0]}.1
/ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related
/ip firewall filter add chain=forward action=accept connection-state=established,related
"""


def measure(workers: Executor, seeds: int) -> list[dict[str, Any]]:
    """Of each set of lines, with FastTrack and without it, the percent of packets that ``one_run`` counts."""
    started = [
        (case, on, [workers.submit(one_run, case, seed, on) for seed in range(1, seeds + 1)]) for case in CASES for on in (True, False)
    ]
    return [{"lines": case.name, "fasttrack": on, "runs": [done.result() for done in runs]} for case, on, runs in started]


def one_run(case: Case, seed: int, on: bool, downloads: int = DOWNLOADS) -> float:
    """Percent of the packets of balanced downloads that meet no row; the lines are full."""
    with open_site(case, "ours", seed, shaped=True, meter=True, rows=OWNER) as site:
        lines = {"wans": wans(case)}
        run(site.lab, {BALANCE: {**lines, "lan_interfaces": [LAN.interface], "take_over": ["fasttrack"]}, FAILOVER: lines})
        if on:  # as the control script has it while all is well
            site.lab.load('/ip firewall filter enable [find comment~"fasttrack:(unmarked|line)"]', on_error="stop")
        site.network.kernel.settle()
        start_server(site.network.internet.namespace)
        pairs = list(different_pairs(site.clients, downloads))
        run_clients(site.network.clients[LAN.name].namespace, "stream", pairs=pairs, direction="down", seconds=SECONDS)
        table = site.lab.router.services.connections
        assert table is not None
        met = sum(site.network.kernel.packets_met().values())
        packets = sum(int(row["orig-packets"]) + int(row["repl-packets"]) for row in table.rows())
        return 100 - 100 * met / packets


def table(results: Sequence[dict[str, Any]]) -> str:
    """The figures as Markdown."""
    rows = [
        f"| {result['lines']} | {'on' if result['fasttrack'] else 'off'} | {statistics.mean(result['runs']):.1f} |" for result in results
    ]
    return "\n".join(
        [
            f"Packets of {DOWNLOADS} balanced downloads that fill the lines, n = {len(results[0]['runs'])} seeds of the hash: those that",
            "meet no row, neither of mangle nor of filter. Main's default route goes by the first line.",
            "",
            "| lines, Mbit/s | FastTrack of the first line | packets without a row, % |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
