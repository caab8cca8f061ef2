# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole room: a router of the lab with its lines, LANs and an internet, made of namespaces.

with Network(lab.router, lines=[Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24")], lans=[...]) as network:
    network.isps["isp1"].cut("upstream")
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType

from ..router.dialing import dial
from ..router.leases import CLIENT, Lease, bind, release, renew, silence
from ..router.resolving import resolve
from ..router.store import Router
from .connections import Connections
from .counters import Counters
from .devices import device_names
from .fetcher import Fetcher
from .kernel import Kernel
from .links import End, connect, point_to_point
from .namespace import Namespace
from .plugging import device_of, interface_of, plug
from .prober import Prober
from .surroundings import Clients, Internet, Isp, Lan, Line, Outage, Traffic


@dataclass
class Network:
    """The room. It exists between ``start`` and ``stop``.

    :param seed: of the router's PCC hash; None draws one, as a router does at each boot [GPL] D.
    :param names: addresses of servers in the internet by their names, as the router's DNS servers know them; they answer in
        outages too.
    :param meter: count the rows that packets meet (``kernel.rows_met()``); it costs time per packet.
    :param leave_out: play the firewall without the rows that the network does not know (``kernel.left_out``), as rows of strangers may be.
    """

    router: Router
    lines: Sequence[Line]
    lans: Sequence[Lan]
    seed: int | None = None
    meter: bool = False
    leave_out: bool = False
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Network:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Makes namespaces and cables, plugs everything in, and lets the kernel follow the router's rows.

        :raises NoNamespaces: where the system does not allow namespaces.
        :raises KeyError: for a line or LAN on an interface that the router does not have.
        """
        with contextlib.ExitStack() as opened:
            self.internet = Internet()
            opened.callback(self.internet.namespace.close)
            self.inside = opened.enter_context(Namespace("router"))
            self.isps = {line.name: Isp(line, self.internet, number) for number, line in enumerate(self.lines, start=1)}
            self.clients = {lan.name: Clients(lan) for lan in self.lans}
            for surrounding in (*self.isps.values(), *self.clients.values()):
                opened.callback(surrounding.namespace.close)
            plugged = self._plug_in()
            wans = {device for line, device in zip(self.lines, plugged, strict=False)}
            seed = random.getrandbits(32) if self.seed is None else self.seed
            self.kernel = Kernel(self.inside, self.router, plugged, seed, wans, self.meter, self.leave_out)
            opened.callback(self.kernel.close)
            self.kernel.settle()
            prober = Prober(self.inside, self.router)
            services = {
                "pinger": prober,
                "prober": prober,
                "discoverer": prober.discover,
                "resolver": self.names.get,
                "fetcher": Fetcher(lambda name: resolve(self.router, name), self.inside.inside),
                "connections": Connections(self.inside, self.kernel.numbers, self.kernel.catch_up),
                "counters": Counters(self.inside),
            }
            opened.enter_context(self.router.services.plugged(**services))
            self._open = opened.pop_all()

    def stop(self) -> None:
        """Takes everything down."""
        self._open.close()

    def cut(self, line: str, outage: Outage) -> None:
        """Cuts a line; a cable that is cut is an interface that does not run."""
        self.isps[line].cut(outage)
        if outage == "cable":
            plug(self.router, self.isps[line].line, False)

    def mend(self, line: str) -> None:
        """Ends a line's outage."""
        was_cable = self.isps[line].condition.outage == "cable"
        self.isps[line].mend()
        if was_cable:
            plug(self.router, self.isps[line].line, True)

    def lose_lease(self, line: str) -> None:
        """Takes the router's lease on a line away: its time is over, and the provider's server does not answer."""
        release(self.router, self._interface(line))

    def silence_leases(self, line: str) -> None:
        """The provider's server does not answer any more; the router's lease is good until its time is over."""
        silence(self.router, self._interface(line))

    def give_lease(
        self, line: str, *, address: str = "", gateway: str = "", customers: str = "", seconds: int = 0, announced: bool = True
    ) -> None:
        """Gives the router a lease on a line: the usual one, or with another address, gateway, network or time from now on.

        :param announced: the lease says what the gateway is; else the router has to know.
        """
        isp = self.isps[line]
        moved = replace(
            isp.line,
            leased=address or isp.line.leased,
            gateway=gateway or isp.line.gateway,
            customers=customers or isp.line.customers,
            seconds=seconds or isp.line.seconds,
        )
        self._move(line, moved)
        assert moved.lease is not None
        lease = moved.lease if announced else Lease(moved.lease.address, seconds=moved.seconds, server=moved.gateway)
        bind(self.router, self._interface(line), lease)

    def renew_lease(self, line: str) -> None:
        """The router's client asks for its lease again, as it does by itself after half of its time."""
        for row in self.router.table(CLIENT):
            if self.router.written(row, "interface") == self._interface(line):
                renew(self.router, row)

    def redial(self, line: str, *, address: str = "", remote: str = "") -> None:
        """A dialed line goes down and comes up again: with the same addresses, or with others from now on."""
        isp = self.isps[line]
        address = address or isp.line.dialed
        self._move(line, replace(isp.line, dialed=address, gateway=remote or isp.line.gateway, customers=f"{address}/32"))
        dial(self.router, self._interface(line), isp.line.dialed, isp.line.gateway)

    def _move(self, line: str, moved: Line) -> None:
        if moved != self.isps[line].line:
            self.isps[line].move(moved)

    def _interface(self, line: str) -> str:
        return interface_of(self.router, self.isps[line].line)

    @contextlib.contextmanager
    def observe(self) -> Iterator[dict[str, dict[str, Traffic]]]:
        """Collects what passes each line meanwhile: ``seen["isp1"]["up"].packets``, complete when the block ends."""
        before = {name: isp.traffic() for name, isp in self.isps.items()}
        seen: dict[str, dict[str, Traffic]] = {}
        yield seen
        for name, isp in self.isps.items():
            seen[name] = {counter: traffic - before[name][counter] for counter, traffic in isp.traffic().items()}

    def _plug_in(self) -> list[str]:
        """Lays all cables; the devices of the router that lead somewhere, lines first, in their order."""
        names = device_names(self.router)
        ends = [(line.interface, isp.customer) for line, isp in zip(self.lines, self.isps.values(), strict=True)]
        ends += [(lan.interface, clients.port) for lan, clients in zip(self.lans, self.clients.values(), strict=True)]
        plugged = []
        for number, (interface, far) in enumerate(ends, start=1):
            near = End(self.inside, device_of(self.router, interface))
            connect(near, far)
            near.configure()
            if not near.device.startswith(("ether", "vlan")):
                point_to_point(near, far, f"02:70:70:00:00:{number:02x}")
            plugged.append(near.device)
        for surrounding in (*self.isps.values(), *self.clients.values()):
            surrounding.plug()
        for name, device in names.items():
            if device.startswith("ether"):
                self.router.set_running(name, device in plugged)
        for line in self.lines:
            plug(self.router, line, True)
        return plugged
