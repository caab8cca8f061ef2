# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Throughput, shares, and rows met: our rows, MikroTik's PCC recipe [MAN:PCC], and a single line."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.lab.experiments.traffic import run_clients, start_server
from tests.lab.network.network import Network
from tests.lab.network.surroundings import Direction, Lan, Line
from tests.lab.router.lab import Lab
from tests.unit.apply.router import apply

from .figures import span

Way = Literal["ours", "recipe", "single"]
Result = dict[str, Any]

MBIT = 1_000_000
NETWORKS = ("203.0.113", "198.51.100", "192.0.2", "100.127.0")
LAN = Lan("lan", "ether8", "192.168.88.0/24", "192.168.88.1")
DIRECTIONS: tuple[Direction, ...] = ("down", "up")
TRANSFERS = 60
"""Connections at a time, from as many clients to as many servers."""
SETTLING = 2.0
"""Seconds after the beginning of a transfer that do not count."""


@dataclass(frozen=True)
class Case:
    """Lines by their speeds, in Mbit/s both ways, and the buckets that MikroTik's recipe would have for them."""

    speeds: tuple[int, ...]
    buckets: tuple[int, ...]

    @property
    def name(self) -> str:
        """Such as ``20/10``."""
        return "/".join(map(str, self.speeds))


CASES = (
    Case((10, 10), (0, 1)),
    Case((20, 10), (0, 0, 1)),
    Case((10, 10, 10), (0, 1, 2)),
    Case((10, 10, 10, 10), (0, 1, 2, 3)),
)


def lines(case: Case, shaped: bool) -> list[Line]:
    """The case's lines; not shaped they are as fast as the machine."""
    rates = [speed * MBIT if shaped else None for speed in case.speeds]
    return [
        Line(f"isp{number}", f"ether{number}", f"{network}.1", f"{network}.0/24", rate, rate)
        for number, (rate, network) in enumerate(zip(rates, NETWORKS, strict=False), start=1)
    ]


def configure(lab: Lab, case: Case, way: Way) -> None:
    """Addresses, and what balances."""
    numbers = range(1, len(case.speeds) + 1)
    lab.load(f"/ip address add address={LAN.router}/24 interface={LAN.interface}", on_error="stop")
    for number in numbers:
        lab.load(f"/ip address add address={NETWORKS[number - 1]}.2/24 interface=ether{number}", on_error="stop")
    if way == "ours":
        wans = [
            {"name": f"isp{number}", "interface": f"ether{number}", "gateway": f"{NETWORKS[number - 1]}.1", "weight": speed}
            for number, speed in zip(numbers, case.speeds, strict=True)
        ]
        apply(lab, {"wans": wans, "lan_interfaces": [LAN.interface], "check_gateway": "none"})
    else:
        lab.load("\n".join(recipe(case) if way == "recipe" else single()), on_error="stop")


def single() -> Iterator[str]:
    """One line, no balancing."""
    yield f"/ip route add dst-address=0.0.0.0/0 gateway={NETWORKS[0]}.1"
    yield "/ip firewall nat add chain=srcnat action=masquerade out-interface=ether1"


def recipe(case: Case) -> Iterator[str]:
    """The rows of MikroTik's manual, page "Per connection classifier", for any number of lines."""
    numbers, mangle = range(1, len(case.speeds) + 1), "/ip firewall mangle add"
    for number in numbers:
        yield f"/routing table add name=to-{number} fib"
    for number in numbers:
        yield f"{mangle} chain=prerouting action=accept dst-address={NETWORKS[number - 1]}.0/24 in-interface={LAN.interface}"
    for number in numbers:
        yield (
            f"{mangle} chain=input action=mark-connection connection-mark=no-mark connection-state=new in-interface=ether{number}"
            f" new-connection-mark=isp{number}"
        )
    for chain in (f"prerouting in-interface={LAN.interface}", "output"):
        for bucket, line in enumerate(case.buckets):
            yield (
                f"{mangle} chain={chain} action=mark-connection connection-mark=no-mark dst-address-type=!local"
                f" new-connection-mark=isp{line + 1} per-connection-classifier=both-addresses:{len(case.buckets)}/{bucket}"
            )
    for chain in (f"prerouting in-interface={LAN.interface}", "output"):
        for number in numbers:
            yield f"{mangle} chain={chain} action=mark-routing connection-mark=isp{number} new-routing-mark=to-{number}"
    for number in numbers:
        for name, distance in ((f"to-{number}", 1), ("main", number)):
            yield (
                f"/ip route add dst-address=0.0.0.0/0 gateway={NETWORKS[number - 1]}.1 routing-table={name} distance={distance}"
            )
        yield f"/ip firewall nat add chain=srcnat action=masquerade out-interface=ether{number}"


def measure(case: Case, way: Way, runs: int, seconds: float, connections: int) -> Result:
    """All figures of one way to carry one case. Each run has its own seed of the PCC hash."""
    found = [_run(case, way, seed, seconds, connections) for seed in range(1, runs + 1)]
    return {"case": case.name, "way": way, "runs": found}


def _run(case: Case, way: Way, seed: int, seconds: float, connections: int) -> Result:
    result: Result = {"seed": seed}
    with Lab() as lab:
        configure(lab, case, way)
        with Network(lab.router, lines(case, shaped=True), [LAN], seed=seed) as network:
            start_server(network.internet.namespace)
            for direction in DIRECTIONS:
                result[direction] = _throughput(network, direction, seconds) / (sum(case.speeds) * MBIT)
        with Network(lab.router, lines(case, shaped=False), [LAN], seed=seed, meter=True) as network:
            start_server(network.internet.namespace)
            result["shares"] = _shares(network, connections)
            result["rows"] = network.kernel.rows_met()
    return result


def _throughput(network: Network, direction: Direction, seconds: float) -> float:
    """Bits per second that pass all lines in the middle of a transfer, behind the limits of speed.

    :raises RuntimeError: when a transfer breaks.
    """
    pairs = _pairs(TRANSFERS, TRANSFERS)
    lan = network.clients[LAN.name].namespace
    work = lan.start(run_clients, lan, "stream", pairs=pairs, direction=direction, seconds=seconds + 2 * SETTLING)
    time.sleep(SETTLING)
    before = _carried(network, direction)
    time.sleep(seconds)
    after = _carried(network, direction)
    broken = work.result()["broken"]
    if broken:
        raise RuntimeError(f"{broken} of {TRANSFERS} transfers broke")
    return sum(
        (carried - carried_before) * 8 / (at - at_before)
        for (carried_before, at_before), (carried, at) in zip(before, after, strict=True)
    )


def _carried(network: Network, direction: Direction) -> list[tuple[int, float]]:
    """The bytes that each line has carried, and when it had; a busy machine takes its time between two lines."""
    return [(isp.carried()[direction], time.monotonic()) for isp in network.isps.values()]


def _shares(network: Network, connections: int) -> list[float]:
    """The part of many connections that each line got, from 150 clients to different servers."""
    with network.observe() as seen:
        run_clients(network.clients[LAN.name].namespace, "connect", timeout=300, pairs=_pairs(connections, 150))
    counts = [counters["up-new-tcp"].packets for counters in seen.values()]
    return [count / sum(counts) for count in counts]


def _pairs(count: int, clients: int) -> list[tuple[str, str]]:
    addresses = LAN.clients(clients)
    return [(addresses[number % clients], f"198.18.{number // 250}.{number % 250 + 1}") for number in range(count)]


def table(results: Sequence[Result]) -> str:
    """The figures as Markdown: medians, and the span from the least to the greatest."""
    rows = [
        "| lines, Mbit/s | rows of | down | up | share of each line, % | rows met by a packet: up known, up new, down known |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        runs = result["runs"]
        shares = [span([100 * run["shares"][index] for run in runs], 1) for index in range(len(runs[0]["shares"]))]
        met = [statistics.median(run["rows"][kind] for run in runs) for kind in ("up-known", "up-new", "down-known")]
        cells = [
            result["case"],
            {"ours": "this collection", "recipe": "MikroTik's recipe", "single": "none: one line"}[result["way"]],
            span([100 * run["down"] for run in runs], 1) + " %",
            span([100 * run["up"] for run in runs], 1) + " %",
            ", ".join(shares),
            ", ".join(f"{value:.2f}" for value in met),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return (
        f"Down and up: what passed all lines together, as a part of the sum of their speeds ({TRANSFERS} connections, whole frames).\n"
        "Median (least to greatest). Rows: of mangle, on average per packet.\n\n" + "\n".join(rows) + "\n"
    )
