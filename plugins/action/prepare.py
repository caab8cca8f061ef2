# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shows what to paste on a router so that runs are let in; with the fingerprint that the router prints, keeps its certificate."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import screen
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.access import Access, block, missing, not_kept, other, plain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.certificate import (
    PORT,
    Service,
    Unreachable,
    fingerprint,
    is_kept,
    keep,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router_action import RouterAction, needed
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, FAILOVER

PREPARE = "multiwan.routeros.prepare"
SITE = "multiwan.routeros.site"


class ActionModule(RouterAction):
    """Two halves of one way: what to paste, then what came of it. Nothing is written on the router by this."""

    _VALID_ARGS = frozenset({"roles", "fingerprint"})

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Return whether the file with the certificate has changed."""
        if problems:
            return self.refused(problems)
        access, file = self._access(run), str(self._given.get("ca_path") or "")
        if lacking := list(missing(access, file, boolean(self._given.get("tls", False)))):
            return self.refused(lacking)
        told = plain(str(self._task.args.get("fingerprint") or ""))
        return self._keep(run, access, Path(file).expanduser(), told) if told else self._show(access)

    def _show(self, access: Access) -> dict[str, Any]:
        """The block has the password, so it stands on the screen and nowhere else."""
        pasted = block(access, date.today(), f"{self._command(PREPARE)} -e multiwan_api_fingerprint=")
        lines = [f"{self.host}: paste this on the router, in the terminal of WinBox or over SSH, as a user who may do everything:"]
        self.say([*lines, "", pasted, ""], logged=False)
        return self.told({"changed": False}, "what to paste on the router is on the screen")

    def _keep(self, run: site.Site, access: Access, file: Path, told: str) -> dict[str, Any]:
        """Fetch the certificate, see whether it is the router's and good, keep it, and log in."""
        service = Service(access.host, access.port or PORT, float(self._given.get("timeout") or 10))
        try:
            certificate = service.fetch()
            if (here := fingerprint(certificate)) != told:
                return self.refused([other(service.place, here, told)])
            service.check(certificate, name=boolean(self._given.get("validate_cert_hostname", False)))
            changed = not is_kept(certificate, file)
            if changed and not self._task.check_mode:
                keep(certificate, file)
        except Unreachable as trouble:
            return self.refused([trouble.finding])
        except OSError as error:
            return self.refused([not_kept(str(file), error)])
        return self._log_in(run, str(file), changed)

    def _log_in(self, run: site.Site, file: str, changed: bool) -> dict[str, Any]:
        """What the router says to the user, and what to do next. A preview has no certificate yet."""
        findings: list[Finding] = []
        if not (changed and self._task.check_mode):
            try:
                with self.router() as router:
                    findings = list(router.refusals(needed(run)))
            except RouterProblem as trouble:
                findings = [trouble.finding]
        if any(finding.refuses for finding in findings):
            return {**self.refused(findings), "changed": changed}
        lines = [f"{self.host}: the router lets you in, its certificate is in {file}", *screen.of_findings(self.host, findings)]
        self.say([*lines, f"{self.host}: now run", f"{screen.INDENT}{self._command(SITE)} --check --diff"])
        return self.told({"changed": changed}, "\n".join(lines), findings)

    def _access(self, run: site.Site) -> Access:
        port = self._given.get("port")
        return Access(
            host=str(self._given.get("hostname") or ""),
            username=str(self._given.get("username") or ""),
            password=str(self._given.get("password") or ""),
            port=int(port) if port else None,
            needed=needed(run),
            features=[*(["scheduler"] if run.intents.keys() & {FAILOVER, ALERTS} else []), *(["fetch"] if ALERTS in run.intents else [])],
        )

    @property
    def _given(self) -> dict[str, Any]:
        """How to reach the router, as the inventory says it."""
        return self._reach[0]["api"]

    def _command(self, playbook: str) -> str:
        """A playbook as it is run from here, for this router only where there are others."""
        sources = [Path(source) for source in self.variables.get("ansible_inventory_sources") or () if Path(source).is_absolute()]
        here = Path.cwd()
        written = [f"-i {shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))}" for path in sources]
        others = len(self.variables.get("ansible_play_hosts_all") or ()) > 1
        return " ".join(("ansible-playbook", *written, playbook, *([f"--limit {shlex.quote(self.host)}"] if others else [])))
