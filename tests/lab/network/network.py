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
from ..router.interfaces import all_interfaces
from ..router.leases import CLIENT, Lease, bind, release, renew, silence
from ..router.ppp_server import dial_in, hang_up
from ..router.resolving import resolve
from ..router.store import Router
from .callers import Caller, Callers
from .connections import Connections
from .counters import Counters
from .devices import device_name, device_names
from .fetcher import Fetcher
from .kernel import Kernel
from .links import End, connect, point_to_point
from .namespace import Namespace
from .places import Place, carrier_of, is_port, place_of
from .plugging import device_of, interface_of, plug
from .portal import Portal
from .prober import Prober
from .surroundings import Clients, Internet, Isp, Lan, Line, Outage, Traffic
from .switch import Switch


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
            self.callers = Callers()
            for surrounding in (*self.isps.values(), *self.clients.values(), self.callers):
                opened.callback(surrounding.namespace.close)
            self._places = [place_of(self.router, line.interface, line.port) for line in self.lines]
            self._lan_places = [_tagged(place_of(self.router, lan.interface), lan.vlan) for lan in self.lans]
            self._switches: dict[str, Switch] = {}
            opened.callback(lambda: [switch.namespace.close() for switch in self._switches.values()])
            plugged = self._plug_in()
            wans = {device_of(self.router, line.interface) for line in self.lines}
            seed = random.getrandbits(32) if self.seed is None else self.seed
            self.kernel = Kernel(self.inside, self.router, plugged, seed, wans, self.meter, self.leave_out)
            opened.callback(self.kernel.close)
            self.kernel.settle()
            opened.callback(Portal(self.inside, self.router).close)
            prober = Prober(self.inside, self.router)
            services = {
                "pinger": prober,
                "prober": prober,
                "discoverer": prober.discover,
                "resolver": self.names.get,
                "fetcher": Fetcher(lambda name: resolve(self.router, name), self.inside.inside),
                "connections": Connections(self.inside, self.kernel.numbers, self.kernel.catch_up, self.router.traits.removal_stops),
                "counters": Counters(self.inside, self.router),
            }
            opened.enter_context(self.router.services.plugged(**services))
            self._open = opened.pop_all()

    def stop(self) -> None:
        """Takes everything down."""
        self._open.close()

    def cut(self, line: str, outage: Outage) -> None:
        """Cuts a line; a cable that is cut is a port that does not run, unless a switch is between, because others are there too."""
        self.isps[line].cut(outage)
        if outage == "cable" and not self._is_behind_a_switch(line):
            plug(self.router, self.isps[line].line, False)

    def mend(self, line: str) -> None:
        """Ends a line's outage."""
        was_cable = self.isps[line].condition.outage == "cable" and not self._is_behind_a_switch(line)
        self.isps[line].mend()
        if was_cable:
            plug(self.router, self.isps[line].line, True)

    def _is_behind_a_switch(self, line: str) -> bool:
        devices = [place.device for place in (*self._places, *self._lan_places)]
        return devices.count(self._places[list(self.isps).index(line)].device) > 1

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

    def dial_in(self, user: str, kind: str = "pppoe") -> Caller:
        """A client dials in to the router, which knows it by a row of /ppp/secret; all callers are in one namespace, ``callers``.

        :param kind: ``pppoe``, ``l2tp``, ``pptp``, ``sstp`` or ``ovpn``.
        :raises NobodyAnswers: when the router does not take the call.
        """
        with self.kernel.busy, self.router.lock:
            caller = self.callers.answer(dial_in(self.router, user, kind))
            near = End(self.inside, device_names(self.router)[caller.session.interface])
            self.kernel.make_way(near.device)
            connect(near, caller.port)
            point_to_point(near, caller.port, f"02:70:70:01:{caller.table // 256:02x}:{caller.table % 256:02x}")
        self.callers.plug(caller)
        self.kernel.catch_up()
        return caller

    def hang_up(self, caller: Caller) -> None:
        """A client ends its session."""
        device = device_names(self.router)[caller.session.interface]
        hang_up(self.router, caller.session)
        self.kernel.unplug(device)
        self.kernel.catch_up()
        self.callers.forget(caller)

    def namespace_of(self, people: str) -> Namespace:
        """Where the clients of a LAN are, by its name; ``callers`` are those that have dialed in.

        :raises KeyError: for a name that no LAN has.
        """
        return self.callers.namespace if people == "callers" else self.clients[people].namespace

    def _plug_in(self) -> list[str]:
        """Lays all cables; the devices of the router that lead somewhere."""
        ends = [*zip(self._places, (isp.customer for isp in self.isps.values()), strict=False)]
        ends += [(place, clients.port) for place, clients in zip(self._lan_places, self.clients.values(), strict=True)]
        plugged: dict[str, list[tuple[Place, End]]] = {}
        for place, far in ends:
            plugged.setdefault(place.device, []).append((place, far))
        for number, (device, others) in enumerate(plugged.items(), start=1):
            self._lay(End(self.inside, device), others, number)
        for surrounding in (*self.isps.values(), *self.clients.values()):
            surrounding.plug()
        used = plugged.keys() | {carrier_of(self.router, place.interface) for place in self._places}
        for menu, row in all_interfaces(self.router):
            if is_port(menu):
                self.router.set_running(row.name or "", device_name(menu, row) in used)
        for line in self.lines:
            plug(self.router, line, True)
        return list(plugged)

    def _lay(self, near: End, others: list[tuple[Place, End]], number: int) -> None:
        """One cable to whoever is at the other end; where there are several, or frames with tags, a switch is between them."""
        (place, far), *more = others
        if more or place.vlan:
            switch = self._switches[near.device] = Switch(f"switch of {near.device}")
            connect(near, switch.trunk)
            for other, end in others:
                switch.add(end, other.vlan)
            switch.start()
        else:
            connect(near, far)
        near.configure()
        if not place.shared:
            point_to_point(near, far, f"02:70:70:00:00:{number:02x}")


def _tagged(place: Place, vlan: int) -> Place:
    """A place, but for frames with another tag."""
    return replace(place, vlan=vlan) if vlan else place
