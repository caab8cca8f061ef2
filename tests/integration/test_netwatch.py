# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Netwatch with real packets."""

from __future__ import annotations

import time

from tests.lab.experiments.room import Room
from tests.lab.router.paths import path


def test_netwatch_asks_real_hosts(two_lines: Room) -> None:
    """Entries of each type, for a server that falls silent."""
    server = "198.18.0.50"
    kinds = {
        "simple": "",
        "icmp": "packet-count=3 packet-interval=20ms",
        "tcp-conn": "port=8080",
        "http-get": "port=8080 http-codes=404",
        "dns": f"dns-server={server} record-type=A",
    }
    for kind, words in kinds.items():
        host = "example.com" if kind == "dns" else server
        two_lines.load(f"/tool netwatch add host={host} type={kind} interval=1s timeout=300ms start-delay=0s {words}")
    try:
        wait_for_status(two_lines, "up", 5)
        two_lines.network.internet.silence(server)
        wait_for_status(two_lines, "down", 5)
    finally:
        two_lines.network.internet.wake(server)
        wait_for_status(two_lines, "up", 5)
        two_lines.load("/tool netwatch remove [find]")


def wait_for_status(room: Room, wanted: str, count: int) -> None:
    """Until all entries of netwatch have a status."""
    deadline = time.monotonic() + 5
    statuses: list[str] = []
    while statuses != [wanted] * count:
        assert time.monotonic() < deadline, statuses
        time.sleep(0.05)
        with room.lab.router.lock:
            statuses = [row.state["status"] for row in room.lab.router.table(path("tool netwatch"))]
