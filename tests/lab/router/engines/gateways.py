# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of gateways: routes with ``check-gateway`` are in use only while their gateway answers.

A probe every 10 s; after 2 in a row without an answer within 1 s the gateway is unreachable, after one answer it is
reachable again [MAN:Routing Decision] D. From 7.21 on the three numbers are in /routing/settings [SCH, MAN] O/D.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ..leases import CLIENT
from ..paths import path
from ..routes import ROUTE, Hop, compute_routes
from ..rows import Change
from ..services import Ping
from ..store import Router
from ..times import parse_duration
from .clock import Timer

SETTINGS = path("routing settings")
DECIDING = (path("interface"), path("ip address"), CLIENT, ROUTE)
"""Menus whose rows decide which gateways there are."""


class Check(NamedTuple):
    """What is asked, for all routes that have it. RouterOS has one more for each target-scope, which finds the same.

    :param gateway: as the route has it: ``203.0.113.1``, ``203.0.113.1%ether1``.
    :param kind: ``ping`` or ``arp``; they differ in the probe only [MAN] D.
    :param address: of the gateway.
    :param interface: to leave through; empty for a gateway that lies behind others, which routes lead to.
    """

    gateway: str
    kind: str
    address: str
    interface: str


@dataclass
class Watch:
    """What the engine keeps of a check."""

    timer: Timer | None = None
    missed: int = 0
    over: bool = False


class GatewayChecks:
    """Asks the gateways of one router while it is started. Without a prober all count as reachable."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._watches: dict[Check, Watch] = {}
        self._stop_observing = lambda: None

    def start(self) -> None:
        """Begins as at a boot: a gateway is reachable until it was found not to be I."""
        with self._router.lock:
            self._stop_observing = self._router.observe(self._notice)
            self._refresh()

    def stop(self) -> None:
        """Ends; all gateways count as reachable."""
        self._stop_observing()
        with self._router.lock:
            self._keep(set())

    def _notice(self, change: Change) -> None:
        if any(change.menu[: len(menu)] == menu for menu in DECIDING):
            with self._router.lock:
                self._refresh()

    def _refresh(self) -> None:
        """Begins new checks and ends those that nothing has any more. A gateway whose interface stops running is no
        longer asked, and begins anew once it runs again I."""
        wanted = set(self._wanted()) if self._router.services.prober is not None else set()
        self._keep(wanted)
        for check in wanted - self._watches.keys():
            self._watches[check] = Watch()
            self._plan(check, self._watches[check], 0)

    def _wanted(self) -> Iterator[Check]:
        """The checks of enabled routes, in use or not, whose gateways have an address and a way that leads there."""
        if not any("check-gateway" in row.values for menu in (ROUTE, CLIENT) for row in self._router.table(menu)):
            return
        for route in compute_routes(self._router):
            for hop in route.hops if route.check in ("ping", "arp") else ():
                if hop.address is not None and hop.ways:
                    yield Check(hop.text, route.check, hop.address, _interface(hop, route.check))

    def _keep(self, wanted: set[Check]) -> None:
        for check in self._watches.keys() - wanted:
            watch = self._watches.pop(check)
            watch.over = True
            if watch.timer is not None:
                watch.timer.cancel()
        known = {(check.gateway, check.kind) for check in wanted}
        for gateway, kind in self._router.silent - known:
            self._tell(gateway, kind, silent=False)

    def _plan(self, check: Check, watch: Watch, wait: float) -> None:
        clock = self._router.services.clock

        def begin() -> None:
            clock.start(lambda: self._test(check, watch), f"lab-gateway-{check.gateway}")

        watch.timer = clock.call_later(wait, begin)

    def _test(self, check: Check, watch: Watch) -> None:
        """Asks once, tells what came of it, and plans the next time."""
        clock = self._router.services.clock
        begun = clock.now()
        answered = self._ask(check)
        with self._router.lock:
            if watch.over:
                return
            watch.missed = 0 if answered else watch.missed + 1
            self._plan(check, watch, max(0.0, begun + self._seconds("interval") - clock.now()))
            if answered or watch.missed >= int(self._setting("count")):
                self._tell(check.gateway, check.kind, silent=not answered)

    def _ask(self, check: Check) -> bool:
        """Whether the gateway answers; what cannot be sent is not answered."""
        prober = self._router.services.prober
        timeout, interface = self._seconds("timeout"), check.interface or None
        ping = Ping(check.address, timeout=timeout, interface=interface, arp=check.kind == "arp")
        try:
            return prober is not None and any(time is not None for time in prober.ping(ping))
        except OSError:
            return False

    def _tell(self, gateway: str, kind: str, *, silent: bool) -> None:
        """Changes what becomes of the routes with this check."""
        known = self._router.silent
        if silent == ((gateway, kind) in known):
            return
        (known.add if silent else known.discard)((gateway, kind))
        rows = [row for row in self._router.table(ROUTE) if self._router.written(row, "check-gateway") == kind]
        self._router.notify(Change(ROUTE, "state", tuple(row.id for row in rows)))

    def _setting(self, name: str) -> str:
        full = f"check-gateway-ping-{name}"
        with self._router.lock:
            if self._router.tree.menu(SETTINGS) is None:
                return DEFAULTS[name]
            return self._router.written(self._router.table(SETTINGS)[0], full) or DEFAULTS[name]

    def _seconds(self, name: str) -> float:
        return (parse_duration(self._setting(name)) or 0) / 1000


DEFAULTS = {"interval": "10s", "timeout": "1s", "count": "2"}
"""What holds where nothing is set, and before 7.21 [MAN] D."""


def _interface(hop: Hop, kind: str) -> str:
    """The interface that a gateway is asked through; by ARP it is asked on the link even when it lies behind others I."""
    address, _, interface = hop.ways[0].partition("%")
    return interface if address == hop.address or kind == "arp" else ""
