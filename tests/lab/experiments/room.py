# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything at once: a router of the lab, the network around it, servers, and what runs on the router by itself.

with open_room(configuration, lines, lans) as room:
    room.network.isps["isp1"].cut("upstream")
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..network.network import Network
from ..network.surroundings import Lan, Line
from ..router.hotspot import log_in, log_out
from ..router.interfaces import ETHERNET
from ..router.lab import Lab
from ..router.paths import path
from .traffic import start_server

LTE = path("interface lte")
TCP = Path("/proc/sys/net/ipv4")
LONGEST_WAIT = TCP / "tcp_rto_max_ms"


@dataclass
class Room:
    """The lab router and the network around it."""

    lab: Lab
    network: Network

    def load(self, configuration: str) -> None:
        """Runs a configuration script, and waits until the kernel is what the rows are.

        :raises ValueError: for a line that the router refuses.
        """
        if skipped := self.lab.load(configuration).skipped:
            raise ValueError(f"{skipped[0].reason}: {skipped[0].text}")
        self.network.kernel.settle()

    def log_in(self, address: str) -> None:
        """A client of a Hotspot has logged in."""
        log_in(self.lab.router, address)
        self.network.kernel.settle()

    def log_out(self, address: str) -> None:
        """It has logged out."""
        log_out(self.lab.router, address)
        self.network.kernel.settle()


@contextlib.contextmanager
def open_room(
    configuration: str,
    lines: Sequence[Line],
    lans: Sequence[Lan],
    *,
    seed: int | None = None,
    engines: bool = True,
    modems: Sequence[str] = (),
    radios: Sequence[str] = (),
    leave_out: bool = False,
    impatient: bool = False,
    **options: Any,
) -> Iterator[Room]:
    """A router with this configuration between these lines and LANs; servers in the internet and in the LANs run.

    :param seed: of the router's PCC hash; None draws one.
    :param engines: scheduler, netwatch and the checks of gateways run, as after a boot.
    :param modems: LTE interfaces that the router has, by name; nothing can be dialed without one.
    :param radios: wireless interfaces that it has, by name; a station is a port like others, and joining a network is plugging it in.
    :param leave_out: play without the rows of the firewall that the network does not know.
    :param impatient: TCP of clients and servers asks again each second while nothing comes, where the kernel can be told so (Linux 6.15).
        Else it waits twice as long each time, up to two minutes: a transfer whose few tries all fall into pauses stands still for longer
        than a test lasts, whatever the router does.
    :param options: of ``Lab``. The network is plugged into its ``services``.
    :raises ValueError: for a line of the configuration that the router refuses.
    """
    with Lab(**options) as lab:
        for modem in modems:
            lab.router.install(LTE, {"name": modem})
        for radio in radios:
            lab.router.install(ETHERNET, {"name": radio}, {"default-name": radio})
        if skipped := lab.load(configuration).skipped:
            raise ValueError(f"{skipped[0].reason}: {skipped[0].text}")
        with Network(lab.router, lines, lans, seed=seed, leave_out=leave_out) as network:
            for namespace in (network.internet.namespace, *(clients.namespace for clients in network.clients.values())):
                if impatient:
                    namespace.inside(ask_again_soon)
                start_server(namespace)
            if engines:
                lab.device.engines.start()
            try:
                yield Room(lab, network)
            finally:
                lab.device.engines.stop()


def ask_again_soon() -> None:
    """For sockets opened after this in the network namespace in which it is called; what a listener takes has the wait of the listener.

    TCP gives up after a number of tries: they are more, so that it still does after minutes.
    """
    if LONGEST_WAIT.exists():
        LONGEST_WAIT.write_text("1000")
        (TCP / "tcp_retries2").write_text("255")
