# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is measured: lines, and the router that balances them by our rows, by MikroTik's PCC recipe [MAN:PCC], or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from typing import Literal

from tests.lab.network.network import Network
from tests.lab.network.surroundings import Lan, Line
from tests.lab.router.lab import Lab
from tests.unit.apply.router import apply

Way = Literal["ours", "recipe"]
WAYS: tuple[Way, ...] = ("ours", "recipe")
NAMES = {"ours": "this collection", "recipe": "MikroTik's recipe"}

MBIT = 1_000_000
NETWORKS = ("203.0.113", "198.51.100", "192.0.2", "100.127.0", "100.127.1", "100.127.2", "100.127.3", "100.127.4")
LAN = Lan("lan", "ether9", "192.168.88.0/24", "192.168.88.1")
PORTS = 9
LINE_OF = {f"{network}.2": f"isp{number}" for number, network in enumerate(NETWORKS, start=1)}
"""Lines by the router's address on them, which is what servers see."""


@dataclass(frozen=True)
class Case:
    """Lines by their weights; where lines have a limit, it is so many Mbit/s both ways."""

    weights: tuple[int, ...]

    @property
    def name(self) -> str:
        """Such as ``20/10``."""
        return "/".join(map(str, self.weights))

    @property
    def lines(self) -> list[str]:
        """Their names."""
        return [f"isp{number}" for number in range(1, len(self.weights) + 1)]

    @property
    def buckets(self) -> list[int]:
        """The line of each remainder, as the recipe's reader would write it for these speeds."""
        return [line for line, weight in enumerate(self.weights) for _ in range(weight // gcd(*self.weights))]


@dataclass(frozen=True)
class Site:
    """A router that balances, and the network around it."""

    lab: Lab
    network: Network

    @property
    def clients(self) -> list[str]:
        """The addresses of 150 clients."""
        return LAN.clients(150)


@contextlib.contextmanager
def open_site(case: Case, way: Way | int, seed: int, *, shaped: bool = False, meter: bool = False, rows: str = "") -> Iterator[Site]:
    """The case's lines, and a router between them.

    :param way: what balances; a number stands for that line alone, counted from 0.
    :param seed: of the PCC hash.
    :param shaped: lines have the speeds that their weights say; otherwise they are as fast as the machine.
    :param rows: more rows of the router, for the console.
    """
    with Lab(interfaces=PORTS) as lab:
        lab.load("\n".join([*_addresses(case), rows]), on_error="stop")
        if way == "ours":
            apply(lab, {"wans": wans(case), "lan_interfaces": [LAN.interface], "check_gateway": "none"})
        else:
            lab.load("\n".join(recipe(case) if way == "recipe" else _alone(way)), on_error="stop")
        with Network(lab.router, lines(case, shaped), [LAN], seed=seed, meter=meter) as network:
            yield Site(lab, network)


def lines(case: Case, shaped: bool) -> list[Line]:
    """The case's lines; not shaped they are as fast as the machine."""
    rates = [weight * MBIT if shaped else None for weight in case.weights]
    return [
        Line(name, f"ether{number}", f"{network}.1", f"{network}.0/24", rate, rate)
        for number, (name, rate, network) in enumerate(zip(case.lines, rates, NETWORKS, strict=False), start=1)
    ]


def wans(case: Case) -> list[dict[str, object]]:
    """The lines as a user of the collection writes them."""
    return [
        {"name": line.name, "interface": line.interface, "gateway": line.gateway, "weight": weight}
        for line, weight in zip(lines(case, False), case.weights, strict=True)
    ]


def _addresses(case: Case) -> Iterator[str]:
    yield f"/ip address add address={LAN.router}/24 interface={LAN.interface}"
    for line, network in zip(lines(case, False), NETWORKS, strict=False):
        yield f"/ip address add address={network}.2/24 interface={line.interface}"


def _alone(number: int) -> Iterator[str]:
    yield f"/ip route add dst-address=0.0.0.0/0 gateway={NETWORKS[number]}.1"
    yield f"/ip firewall nat add chain=srcnat action=masquerade out-interface=ether{number + 1}"


def recipe(case: Case) -> Iterator[str]:
    """The rows of MikroTik's manual, page "Per connection classifier", for any number of lines."""
    numbers, mangle = range(1, len(case.weights) + 1), "/ip firewall mangle add"
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
            yield f"/ip route add dst-address=0.0.0.0/0 gateway={NETWORKS[number - 1]}.1 routing-table={name} distance={distance}"
        yield f"/ip firewall nat add chain=srcnat action=masquerade out-interface=ether{number}"
