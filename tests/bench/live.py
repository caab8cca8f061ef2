# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How soon packets go another way after a change over the API."""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.lab.experiments.openings import count_by_line
from tests.unit.lab.client import connect, rows

from .figures import median_and_p95
from .site import LAN, LINE_OF, Case, Site, open_site

CASE = Case((10, 10, 10, 10))
PORT = 3478
SERVER = "198.18.0.1"


def measure(changes: int) -> dict[str, Any]:
    """Seconds from sending a change to the first new connection that obeys it: a mangle row gets another mark, to and fro."""
    with open_site(CASE, "ours", 1) as site, _asking(site) as ask, contextlib.closing(connect(site.lab)) as api:
        client, home = _someone_of_a_bucket(site)
        prefix = f"multiwan:pcc_balance:classify:{home}:udp:"
        (row,) = (row for row in rows(api, "/ip/firewall/mangle") if str(row.get("comment", "")).startswith(prefix))
        seconds = []
        for line in itertools.islice(itertools.cycle(("isp1", home)), changes):
            begun = time.monotonic()
            list(api("/ip/firewall/mangle/set", **{".id": row[".id"], "new-connection-mark": f"multiwan-{line}"}))
            while True:
                asked = time.monotonic()
                if ask(client) == line:
                    break
                if asked - begun > 10:
                    raise RuntimeError("the change had no effect")
            seconds.append(asked - begun)
            time.sleep(0.05)
    return {"lines": CASE.name, "seconds": seconds}


def _someone_of_a_bucket(site: Site) -> tuple[str, str]:
    """A client whose UDP goes to a line by a row with a hash: not to the first of these, which has what is left over."""
    for client in site.clients:
        counted = count_by_line(site.network, LAN.name, "udp", [(client, SERVER)])
        if not counted["isp1"]:
            return client, next(line for line, count in counted.items() if count)
    raise RuntimeError("all clients are on one line")


@contextlib.contextmanager
def _asking(site: Site) -> Iterator[Callable[[str], str]]:
    """What sends a first packet of a client, and tells the line that it came by."""
    internet, lan = site.network.internet.namespace, site.network.clients[LAN.name].namespace
    ports = itertools.cycle(range(10_000, 60_000))

    def send(client: str) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.bind((client, next(ports)))
            sender.sendto(b"first", (SERVER, PORT))

    with internet.inside(socket.socket, type=socket.SOCK_DGRAM) as listening:
        listening.bind(("0.0.0.0", PORT))
        listening.settimeout(5)

        def ask(client: str) -> str:
            lan.inside(send, client)
            _data, (address, _port) = listening.recvfrom(100)
            return LINE_OF[address]

        yield ask


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    seconds: Sequence[float] = result["seconds"]
    return (
        f"From a change over the API ({result['lines']}: a mangle row gets another mark) to the first new connection that obeys it:"
        f" {median_and_p95(seconds, 3)} s\n(median / p95), at most {max(seconds):.3f} s; n = {len(seconds)}.\n"
    )
