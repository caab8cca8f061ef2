# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alerts of /ip/dhcp-server/alert: who else hands out addresses there.

The router asks for an address about once a minute and looks at all answers. A server that is not among the valid ones is in
``unknown-server``, in the log, and calls ``on-alert``; not again until ``alert-timeout`` is over [MAN:DHCP server, Alerts] D.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..dhcp import ALERT, CLIENT, alert_interface, own_offers
from ..logs import write_log
from ..rows import Change, Row
from ..services import Offer
from ..store import Router
from ..times import parse_duration
from ..values import INTERFACES
from .clock import Timer
from .job import Origin
from .jobs import ScriptEngine

PERIOD = 60.0
"""Seconds between two questions: "about once a minute" [MAN] D; the exact time is unknown."""
FIRST = 2.0
"""Seconds until the first question after an alert is enabled I."""


@dataclass
class Watch:
    """What the engine keeps of an alert.

    :param interface: the id of the interface; an alert that is moved to another one begins anew.
    :param told: when each server's alert is forgotten, by its MAC; None is never.
    """

    interface: int
    timer: Timer | None = None
    told: dict[str, float | None] = field(default_factory=dict)
    over: bool = False


class Alerts:
    """Asks on the interfaces of one router's alerts while it is started. Without a discoverer only the router itself answers.

    :ivar period: seconds between two questions.
    """

    def __init__(self, router: Router, scripts: ScriptEngine) -> None:
        self.period = PERIOD
        self._router = router
        self._scripts = scripts
        self._watches: dict[int, Watch] = {}
        self._stop_observing = lambda: None

    def start(self) -> None:
        """Begins as at a boot: nothing has been seen yet."""
        with self._router.lock:
            for row in self._router.table(ALERT):
                self._show(row, [])
            self._stop_observing = self._router.observe(self._notice)
            self._refresh()

    def stop(self) -> None:
        """Ends, and forgets what was seen."""
        self._stop_observing()
        with self._router.lock:
            for number in list(self._watches):
                self._end(number)

    def _notice(self, change: Change) -> None:
        with self._router.lock:
            if change.menu == ALERT and change.kind == "state":
                self._forget_reset(change.ids)
            elif change.kind != "state" and (change.menu in (ALERT, CLIENT) or change.menu[:1] == INTERFACES):
                self._refresh()

    def _refresh(self) -> None:
        """Begins what is wanted and ends what is not."""
        wanted: dict[int, int] = {}
        for row in self._router.table(ALERT):
            interface = alert_interface(self._router, row)
            if interface is not None and row.values.get("disabled") != "true":
                wanted[row.id] = interface.id
        for number, watch in list(self._watches.items()):
            if wanted.get(number) != watch.interface:
                self._end(number)
        for number in wanted.keys() - self._watches.keys():
            self._watches[number] = Watch(wanted[number])
            self._plan(number, self._watches[number], FIRST)

    def _end(self, number: int) -> None:
        """Ends a watch; an alert that does not look sees nobody I."""
        watch = self._watches.pop(number)
        watch.over = True
        if watch.timer is not None:
            watch.timer.cancel()
        if row := self._router.row(ALERT, number):
            self._show(row, [])

    def _show(self, row: Row, servers: Iterable[str]) -> None:
        if row.state.get("unknown-server", "") != (seen := ",".join(servers)):
            self._router.set_state(ALERT, row, {"unknown-server": seen})

    def _forget_reset(self, numbers: tuple[int, ...]) -> None:
        """``reset-alert`` empties ``unknown-server``: what was told may be told again."""
        for number in self._watches.keys() & set(numbers):
            row = self._router.row(ALERT, number)
            if row is not None and not row.state.get("unknown-server"):
                self._watches[number].told.clear()

    def _plan(self, number: int, watch: Watch, wait: float) -> None:
        clock = self._router.services.clock

        def begin() -> None:
            clock.start(lambda: self._ask(number, watch), f"lab-alert-{number}")

        watch.timer = clock.call_later(wait, begin)

    def _ask(self, number: int, watch: Watch) -> None:
        """Asks once, tells what came of it, and plans the next time."""
        clock = self._router.services.clock
        begun = clock.now()
        answers = self._answers(number)
        with self._router.lock:
            row = self._router.row(ALERT, number)
            if watch.over or row is None:
                return
            self._plan(number, watch, max(0.0, begun + self.period - clock.now()))
            if interface := alert_interface(self._router, row):
                self._look_at(row, watch, interface, [*answers, *own_offers(self._router, interface)])

    def _answers(self, number: int) -> Sequence[Offer]:
        """What others offer on the alert's interface; nobody does where nothing can be asked."""
        with self._router.lock:
            row = self._router.row(ALERT, number)
            interface = alert_interface(self._router, row) if row else None
        discover = self._router.services.discoverer
        if interface is None or discover is None:
            return []
        try:
            return discover(interface.name or "")
        except OSError:
            return []

    def _look_at(self, row: Row, watch: Watch, interface: Row, answers: list[Offer]) -> None:
        now = self._router.services.clock.now()
        valid = self._router.written(row, "valid-server").split(",")
        for mac in [mac for mac, end in watch.told.items() if mac in valid or (end is not None and end <= now)]:
            del watch.told[mac]
        timeout = parse_duration(self._router.written(row, "alert-timeout"))
        fresh = {offer.mac: offer for offer in answers if offer.mac not in valid and offer.mac not in watch.told}
        watch.told |= dict.fromkeys(fresh, None if timeout is None else now + timeout / 1000)
        self._show(row, watch.told)
        for offer in fresh.values():
            self._tell(row, interface.name or "", offer)

    def _tell(self, row: Row, interface: str, offer: Offer) -> None:
        """A line in the log [MAN, WILD] D/O, and the hook, with the variables that scripts in the wild use O."""
        message = f"dhcp alert on {interface}: discovered unknown dhcp server, mac {offer.mac}, ip {offer.address}"
        write_log(self._router, "dhcp,critical,error", message)
        if hook := self._router.written(row, "on-alert"):
            names = {"interface": interface, "mac-address": offer.mac, "address": offer.address}
            origin = Origin("from dhcp alert", f"dhcp-alert:{interface}", named=False)
            self._scripts.start_hook(hook, origin, names if self._router.traits.alert_sets_variables else {})
