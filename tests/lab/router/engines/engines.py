# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that runs on a router by itself, started and stopped together."""

from __future__ import annotations

from ..store import Router
from .alerts import Alerts
from .expiry import Expiry
from .gateways import GatewayChecks
from .jobs import ScriptEngine
from .lease_scripts import LeaseScripts
from .netwatch import Netwatch
from .renewals import Renewals
from .scheduler import Scheduler


class Engines:
    """The engines of one router. Scripts run from the start; scheduler, netwatch, the checks of gateways, DHCP
    alerts, leases with their scripts and the ends of timed entries run between ``start`` and ``stop``."""

    def __init__(self, router: Router) -> None:
        self.scripts = ScriptEngine(router)
        self.scheduler = Scheduler(router, self.scripts)
        self.netwatch = Netwatch(router, self.scripts)
        self.gateways = GatewayChecks(router)
        self.alerts = Alerts(router, self.scripts)
        self.lease_scripts = LeaseScripts(router, self.scripts)
        self.renewals = Renewals(router)
        self.expiry = Expiry(router)
        self.running = False
        router.services.scripts = self.scripts

    def start(self) -> None:
        """Begins as at a boot."""
        if not self.running:
            self.running = True
            self.scheduler.start()
            self.netwatch.start()
            self.gateways.start()
            self.alerts.start()
            self.lease_scripts.start()
            self.renewals.start()
            self.expiry.start()

    def stop(self) -> None:
        """Ends everything, jobs included."""
        if self.running:
            self.running = False
            self.scheduler.stop()
            self.netwatch.stop()
            self.gateways.stop()
            self.alerts.stop()
            self.lease_scripts.stop()
            self.renewals.stop()
            self.expiry.stop()
        self.scripts.stop()
