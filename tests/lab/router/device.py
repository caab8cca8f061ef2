# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router with what the lab keeps beside it: the log of writes, the faults, what it is made of, what runs on it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .calls import Reply
from .engines.engines import Engines
from .engines.job import Job
from .factory import Hardware, furnish, new_router
from .faults import Faults
from .hotspot import keep_rows
from .load import LoadReport, OnError, load, load_export
from .logs import LOG
from .paths import Path, path
from .reading import COUNTED
from .records import WriteLog
from .rows import id_text
from .services import Services
from .store import Router
from .traits import Traits
from .trust import give_certificates
from .users import EVERYTHING

ADDRESS_LIST = path("ip firewall address-list")
WAKES_AT = 86_400.0
"""1970-01-02 00:00:00, where a clock without a battery starts [MAN:Clock] D."""


@dataclass
class Device:
    """One router of the lab.

    :param hardware: what it is made of, and what it goes back to at a reset.
    :param services: what it reaches: clock, network. They may be plugged in later, before ``engines.start``.
    :param lab_commands: more commands of the menu /lab, by their words.
    :param has_battery: whether the clock goes on over a boot; that of boards without a battery begins at ``WAKES_AT``.
    :param on_boot: called after each boot, in the thread that caused it.
    """

    hardware: Hardware
    traits: Traits = field(default_factory=Traits)
    services: Services = field(default_factory=Services)
    router: Router = field(init=False)
    engines: Engines = field(init=False)
    log: WriteLog = field(default_factory=WriteLog)
    faults: Faults = field(default_factory=Faults)
    has_battery: bool = True
    on_boot: list[Callable[[], None]] = field(default_factory=list)
    lab_commands: dict[Path, Callable[[Mapping[str, str]], Reply]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.router = new_router(self.hardware, self.traits, self.services)
        keep_rows(self.router)
        self.engines = Engines(self.router)
        self.services.restart = self.reboot

    def reset(self) -> None:
        """Back to the rows of the factory; the log of writes and the faults stay."""
        running = self.engines.running
        self.engines.stop()
        self.services.globals.clear()
        self._forget_traffic()
        furnish(self.router, self.hardware)
        if running:
            self.engines.start()

    def reboot(self) -> None:
        """Boots anew: configuration stays; jobs, global variables, the log in memory, counters, timed entries of
        address lists, connections and what netwatch knew are gone [MAN] D/I. Engines that ran, run again."""
        running = self.engines.running
        self.engines.stop()
        self.services.globals.clear()
        self._forget_traffic()
        if not self.has_battery:
            self.services.set_wall_time(WAKES_AT)
        with self.router.lock:
            self.router.started = self.services.clock.now()
            self.router.table(LOG).clear()
            for row in [row for row in self.router.table(ADDRESS_LIST) if "timeout" in row.values]:
                self.router.uninstall(ADDRESS_LIST, row)
            for rows in list(self.router.tables.values()):
                for row in rows:
                    row.state |= dict.fromkeys({"bytes", "packets"} & row.state.keys(), "0")
            self.router.touch()
        if running:
            self.engines.start()
        for action in self.on_boot:
            action()

    def _forget_traffic(self) -> None:
        """Connections and counters begin anew."""
        connections, counters = self.services.connections, self.services.counters
        if connections is not None:
            with contextlib.suppress(KeyError):  # some end by themselves meanwhile
                connections.remove([row[".id"] for row in connections.rows()])
        if counters is not None:
            counters.reset_interfaces()
        for menu in COUNTED if counters is not None else ():
            counters.reset(menu, [id_text(row.id) for row in self.router.table(menu)])

    def power_loss(self) -> None:
        """The same as a reboot: RouterOS saves its configuration as it is written I."""
        self.reboot()

    def trust(self, certificate: str, name: str = "ca") -> None:
        """Makes the router trust an authority, as an imported certificate with ``trusted=yes`` does [MAN:Certificates] D.

        :param certificate: in PEM.
        """
        give_certificates(self.router, certificate, name)

    def load(self, source: str, filename: str = "script", on_error: OnError = "continue") -> LoadReport:
        """Runs a configuration script; what it writes is not a client's and not in the log of writes."""
        return load(self.router, source, filename, on_error, self.hardware.user)

    def load_export(self, source: str, filename: str, on_error: OnError = "continue") -> LoadReport:
        """Gives the router the configuration of a file."""
        return load_export(self.router, source, filename, on_error, self.hardware.user)

    def start_script(self, source: str, user: str = "", granted: frozenset[str] = EVERYTHING) -> Job:
        """Starts a script as a job; ``wait`` for its end, then ``error``, ``output`` and ``commands`` tell.

        :param user: whose job it is; the first user's without one.
        """
        return self.engines.scripts.start(source, user or self.hardware.user, granted)
