# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scripts of /ip/dhcp-client: run when a lease is obtained or lost, and when its gateway changes, with variables that say what
[MAN:DHCP client] D."""

from __future__ import annotations

from ..leases import CLIENT
from ..rows import Change, Row
from ..store import Router
from .job import Origin
from .jobs import ScriptEngine

Known = tuple[str, str, str]
"""Address, gateway and server of a lease; empty without one."""


class LeaseScripts:
    """Runs the scripts of one router's DHCP clients while it is started."""

    def __init__(self, router: Router, scripts: ScriptEngine) -> None:
        self._router = router
        self._scripts = scripts
        self._known: dict[int, Known] = {}
        self._stop_observing = lambda: None

    def start(self) -> None:
        """Begins; leases that are there already are no news."""
        with self._router.lock:
            self._known = {row.id: _lease(row) for row in self._router.table(CLIENT)}
            self._stop_observing = self._router.observe(self._notice)

    def stop(self) -> None:
        """Ends."""
        self._stop_observing()

    def _notice(self, change: Change) -> None:
        if change.menu != CLIENT or change.kind != "state":
            return
        with self._router.lock:
            for row in [row for row in self._router.table(CLIENT) if row.id in change.ids]:
                before, self._known[row.id] = self._known.get(row.id, ("", "", "")), _lease(row)
                if self._known[row.id] != before:
                    self._run(row)

    def _run(self, row: Row) -> None:
        source = self._router.written(row, "script")
        if not source:
            return
        interface = self._router.written(row, "interface")
        address, gateway, server = _lease(row)
        names = {
            "bound": "1" if address else "0",
            "interface": interface,
            "lease-address": address.partition("/")[0],
            "gateway-address": gateway,
            "server-address": server,
        }
        self._scripts.start_hook(source, Origin("from dhcp client", f"dhcp-client:{interface}", named=False), names)


def _lease(row: Row) -> Known:
    return row.state.get("address", ""), row.state.get("gateway", ""), row.state.get("dhcp-server", "")
