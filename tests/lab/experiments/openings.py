# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many connections in little time: each is one first packet, and nobody waits for an answer."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Iterator

from ..network.network import Network

PORT = 9
"""Nobody listens there: TCP is refused at once, UDP is not answered."""


def open_tcp(pairs: Iterable[tuple[str, str]]) -> None:
    """One connection per client and server. Only inside the clients' namespace."""
    for client, server in pairs:
        with socket.socket() as opened:
            opened.setblocking(False)
            opened.bind((client, 0))
            with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
                opened.connect((server, PORT))


def open_udp(pairs: Iterable[tuple[str, str]]) -> None:
    """One connection per client and server. Only inside the clients' namespace."""
    for client, server in pairs:
        with socket.socket(type=socket.SOCK_DGRAM) as opened:
            opened.bind((client, 0))
            opened.sendto(b"first", (server, PORT))


OPENINGS = {"tcp": open_tcp, "udp": open_udp}


def count_by_line(network: Network, lan: str, protocol: str, pairs: list[tuple[str, str]]) -> dict[str, int]:
    """Opens a connection per pair from a LAN, or from ``callers``; how many of them each line got, as its ISP counts them.

    :param protocol: ``tcp`` or ``udp``.
    :raises RuntimeError: when not all of them come to an ISP.
    """
    with network.observe() as seen:
        network.namespace_of(lan).inside(OPENINGS[protocol], pairs)
    counted = {line: counters[f"up-new-{protocol}"].packets for line, counters in seen.items()}
    if sum(counted.values()) != len(pairs):
        raise RuntimeError(f"{len(pairs)} connections were opened, and the ISPs saw {counted}")
    return counted


def different_pairs(clients: list[str], count: int) -> Iterator[tuple[str, str]]:
    """So many pairs of a client and a server, none twice; the clients take turns."""
    for number in range(count):
        yield clients[number % len(clients)], f"198.18.{number // 250 % 256}.{number % 250 + 1}"
