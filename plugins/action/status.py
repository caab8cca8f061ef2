# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shows how a router is: lines, what they carry, and what needs somebody. Nothing is written on it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import files
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import Router, RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router_action import RouterAction
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.screen import of_findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors, Problems, read_text, read_whole
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE, FAILOVER
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status import prometheus, report, screen

LONGEST = 3600
"""Seconds between two looks at most."""


@dataclass(frozen=True)
class Wanted:
    """What the task asks for: seconds between two looks (0: one look), and folders for files, empty for none."""

    seconds: int = 0
    json: str = ""
    prometheus: str = ""


class ActionModule(RouterAction):
    """Reads, compares, and tells."""

    _VALID_ARGS = frozenset({"roles", "seconds", "json", "prometheus"})

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Return the report, as a fact as well. A router that is not reached is unreachable, as Ansible calls it."""
        wanted, wrong = self._asked()
        if BALANCE not in run.intents and not problems:
            problem = f"role {BALANCE} is {'absent' if BALANCE in run.absent else 'not wanted'}, so there are no lines to look at"
            wrong.append(Finding(f"{BALANCE}_state" if BALANCE in run.absent else "roles", problem, kind="roles"))
        if problems or wrong:
            return self.refused([*problems, *wrong])
        try:
            with self.router() as router:
                around, found = self._look(router, run, wanted)
        except RouterProblem as trouble:
            self.say(of_findings(self.host, [trouble.finding]))
            lost = {"unreachable": True} if trouble.finding.kind == "connection" else {"failed": True}
            return self.told({**lost, "changed": False}, trouble.finding.text, [trouble.finding])
        schedule = run.intents[FAILOVER].schedule if FAILOVER in run.intents else report.SCHEDULE
        told = report.status(found, run.intents[BALANCE], around, schedule)
        return self._done(told, around, wanted)

    def _look(self, router: Router, run: site.Site, wanted: Wanted) -> tuple[report.Around, Mapping[str, Any]]:
        """What is there, and what is around it: all over one connection."""
        checked = self.look(router, run, [])
        if lost := [finding for finding in checked.findings if finding.refuses and finding.kind == "connection"]:
            raise RouterProblem(lost[0])
        before = router.found(report.COUNTERS) if wanted.seconds else None
        began = time.monotonic()
        drift = self._drift(router, checked)
        time.sleep(max(wanted.seconds - (time.monotonic() - began), 0))
        return report.Around(drift, checked.findings, wanted.seconds, before), router.found(report.READS)

    def _drift(self, router: Router, checked: site.Checked) -> list[report.Drift]:
        """The rows that a run would change; of a run that would be refused, none is known."""
        changes = Changes()
        try:
            for step in checked.steps():
                router.write(step, changes, check=True)
        except site.Refused:
            return []
        return [report.Drift(row.path, row.name, row.kind, row.fields) for row in changes.rows()]

    def _done(self, told: dict[str, Any], around: report.Around, wanted: Wanted) -> dict[str, Any]:
        lines = screen.lines(told)
        self.say([f"{self.host}: {line}" for line in lines])
        if not self._task.check_mode and (unwritten := self._keep(told, wanted)):
            return self.refused(unwritten)
        result = {"changed": False, "status": told, "ansible_facts": {"multiwan_status": told}}
        return self.told(result, "\n".join(lines), around.findings)

    def _keep(self, told: Mapping[str, Any], wanted: Wanted) -> list[Finding]:
        """Write the files that are asked for, and return which of them cannot be written."""
        kept = (
            ("json", wanted.json, "json", json.dumps(told, indent=2) + "\n"),
            ("prometheus", wanted.prometheus, "prom", prometheus.text(self.host, told, time.time())),
        )
        unwritten = []
        for name, folder, ending, text in kept:
            try:
                if folder:
                    files.write(files.of_host(folder, self.host, ending), text)
            except OSError as error:
                problem = f"{folder} cannot be written: {error.strerror}"
                unwritten.append(Finding(self._place(name), problem, "write a folder that you may write to", kind="file"))
        return unwritten

    def _place(self, name: str) -> str:
        """What the user calls an argument: with our playbook, a variable."""
        variable = f"multiwan_status_{name}"
        return variable if variable in self.variables else name

    def _asked(self) -> tuple[Wanted, list[Finding]]:
        """The arguments of the task besides its roles, and what is wrong with them."""
        given = self._task.args
        problems = Problems()
        seconds = problems.read(0, read_whole, given.get("seconds") or 0, self._place("seconds"), 0, LONGEST)
        names = [name for name in ("json", "prometheus") if given.get(name)]
        folders = {name: problems.read("", read_text, given[name], self._place(name), 4096) for name in names}
        try:
            problems.refuse()
        except IntentErrors as errors:
            return Wanted(), list(errors.findings)
        return Wanted(seconds, **folders), []
