# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alerts of /ip/dhcp-server/alert: who else hands out addresses there.

The router asks for an address about once a minute and looks at all answers. A server that is not among the valid ones is in
``unknown-server``, in the log, and calls ``on-alert``; not again until ``alert-timeout`` is over [MAN:DHCP server, Alerts] D.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..logs import write_log
from ..paths import path
from ..reading import read_rows
from ..rows import Change, Row
from ..services import Offer
from ..store import Router
from ..times import parse_duration
from .clock import Timer
from .job import Origin
from .jobs import ScriptEngine

ALERT = path("ip dhcp-server alert")
ADDRESS = path("ip address")
CLIENT = path("ip dhcp-client")
INTERFACE = path("interface")
SERVER = path("ip dhcp-server")

PERIOD = 60.0
"""Seconds between two questions: "about once a minute" [MAN] D; the exact time is unknown."""
FIRST = 2.0
"""Seconds until the first question after an alert is enabled I."""


@dataclass
class Watch:
    """What the engine keeps of an alert.

    :param told: when each server's alert is forgotten, by its MAC; None is never.
    """

    interface: str
    timer: Timer | None = None
    told: dict[str, float | None] = field(default_factory=dict)
    over: bool = False


class Alerts:
    """Asks on the interfaces of one router's alerts while it is started. Without a discoverer only the router itself answers."""

    def __init__(self, router: Router, scripts: ScriptEngine) -> None:
        self._router = router
        self._scripts = scripts
        self._watches: dict[int, Watch] = {}
        self._stop_observing = lambda: None

    def start(self) -> None:
        """Begins as at a boot: nothing has been seen yet."""
        with self._router.lock:
            self._stop_observing = self._router.observe(self._notice)
            self._refresh()

    def stop(self) -> None:
        """Ends, and forgets what was seen."""
        self._stop_observing()
        with self._router.lock:
            for number in list(self._watches):
                self._end(number)

    def _notice(self, change: Change) -> None:
        if change.menu == ALERT and change.kind == "state":
            with self._router.lock:
                self._forget_reset(change.ids)
        elif change.menu in (ALERT, CLIENT):
            with self._router.lock:
                self._refresh()

    def _refresh(self) -> None:
        """Begins what is wanted and ends what is not. An interface with a DHCP client takes no alert [MAN] D."""
        clients = {self._router.written(row, "interface") for row in self._router.table(CLIENT) if row.values.get("disabled") != "true"}
        wanted: dict[int, str] = {}
        for row in self._router.table(ALERT):
            interface = self._router.written(row, "interface")
            if row.values.get("disabled") != "true" and interface not in clients:
                wanted[row.id] = interface
        for number, watch in list(self._watches.items()):
            if wanted.get(number) != watch.interface:
                self._end(number)
        for number in wanted.keys() - self._watches.keys():
            self._watches[number] = Watch(wanted[number])
            self._plan(number, self._watches[number], FIRST)

    def _end(self, number: int) -> None:
        watch = self._watches.pop(number)
        watch.over = True
        if watch.timer is not None:
            watch.timer.cancel()

    def _forget_reset(self, rows: tuple[int, ...]) -> None:
        """``reset-alert`` empties ``unknown-server``: what was told may be told again."""
        for row in self._router.table(ALERT):
            watch = self._watches.get(row.id)
            if row.id in rows and watch is not None and not row.state.get("unknown-server"):
                watch.told.clear()

    def _plan(self, number: int, watch: Watch, wait: float) -> None:
        clock = self._router.services.clock

        def begin() -> None:
            clock.start(lambda: self._ask(number, watch), f"lab-alert-{watch.interface}")

        watch.timer = clock.call_later(wait, begin)

    def _ask(self, number: int, watch: Watch) -> None:
        """Asks once, tells what came of it, and plans the next time."""
        services = self._router.services
        begun = services.clock.now()
        try:
            answers = list(services.discoverer(watch.interface)) if services.discoverer is not None else []
        except OSError:
            answers = []
        with self._router.lock:
            row = next((row for row in self._router.table(ALERT) if row.id == number), None)
            if watch.over or row is None:
                return
            self._plan(number, watch, max(0.0, begun + PERIOD - services.clock.now()))
            self._look_at(row, watch, [*answers, *self._own(watch.interface)])

    def _own(self, interface: str) -> list[Offer]:
        """The router's own DHCP server answers too [MAN] D."""
        served = {self._router.written(row, "interface") for row in self._router.table(SERVER) if row.values.get("disabled") != "true"}
        macs = [row["mac-address"] for row in read_rows(self._router, INTERFACE) if row["name"] == interface and "mac-address" in row]
        addresses = [
            self._router.written(row, "address").partition("/")[0]
            for row in self._router.table(ADDRESS)
            if self._router.written(row, "interface") == interface
        ]
        return [Offer(macs[0], addresses[0])] if interface in served and macs and addresses else []

    def _look_at(self, row: Row, watch: Watch, answers: list[Offer]) -> None:
        now = self._router.services.clock.now()
        for mac in [mac for mac, end in watch.told.items() if end is not None and end <= now]:
            del watch.told[mac]
        valid = self._router.written(row, "valid-server").upper().split(",")
        unknown = [offer for offer in answers if offer.mac not in valid]
        timeout = parse_duration(self._router.written(row, "alert-timeout"))
        fresh = [offer for offer in unknown if offer.mac not in watch.told]
        for offer in fresh:
            watch.told[offer.mac] = None if timeout is None else now + timeout / 1000
        if row.state.get("unknown-server", "") != (seen := ",".join(watch.told)):
            self._router.set_state(ALERT, row, {"unknown-server": seen})
        for offer in fresh:
            self._tell(row, watch.interface, offer)

    def _tell(self, row: Row, interface: str, offer: Offer) -> None:
        """A line in the log [MAN, WILD] D/O, and the hook, with the variables that scripts in the wild use O."""
        message = f"dhcp alert on {interface}: discovered unknown dhcp server, mac {offer.mac}, ip {offer.address}"
        write_log(self._router, "dhcp,critical,error", message)
        if hook := self._router.written(row, "on-alert"):
            names = {"interface": interface, "mac-address": offer.mac, "address": offer.address}
            origin = Origin("from dhcp alert", f"dhcp-alert:{interface}", named=False)
            self._scripts.start_hook(hook, origin, names if self._router.traits.alert_sets_variables else {})
