# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Says which line takes a connection, and by which rows: those of the router, which is only read, or those of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import screen
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.action import SiteAction
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.problems import READING
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router_action import RouterAction
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.answer import Explanation, explain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.question import (
    KEYS,
    PLAN,
    Question,
    read_question,
    read_source_of_rows,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.scenes import READS, connection_reads, found_scene, planned_scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.telling import as_data, told
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import Intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors, shown
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE


class ActionModule(RouterAction):
    """Reads what is asked, then the rows, and answers. Nothing is written."""

    _VALID_ARGS = frozenset({"roles", "rows", *KEYS})

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Return the answer, which is shown. A router that is not reached is unreachable, a question without an answer is a failure."""
        try:
            if problems or BALANCE not in run.intents:
                return self.refused(problems or [Finding("explain", f"{BALANCE} is not among the roles, or is absent", kind="roles")])
            intent = run.intents[BALANCE]
            question = read_question(self._task.args, intent.wans)
            explanation, beside = self._explained(intent, question)
        except IntentErrors as errors:
            return self.refused([shown(finding) for finding in errors.findings])
        except RouterProblem as trouble:
            self.say(screen.of_findings(self.host, [trouble.finding]))
            lost = {"unreachable": True} if trouble.finding.kind == "connection" else {"failed": True}
            return self.told({**lost, "changed": False}, trouble.finding.text, [trouble.finding])
        lines = told(explanation)
        self.say([*(f"{self.host}: {line}" for line in lines), *screen.of_findings(self.host, beside)])
        return self.told({"changed": False, "explanation": as_data(explanation)}, "\n".join(lines), beside)

    def _explained(self, intent: Intent, question: Question) -> tuple[Explanation, list[Finding]]:
        """The answer, and what could not be looked at beside it."""
        if self._is_planned:
            return explain(planned_scene(intent, at=question.at), question), []
        beside: list[Finding] = []
        with self.router() as router:
            if refusals := [finding for finding in router.refusals(READING) if finding.refuses]:
                raise IntentErrors(refusals)
            found = router.found(READS)
            try:
                found = {**found, **router.found(connection_reads(question))}
            except RouterProblem as trouble:  # what is said of a new one holds all the same
                beside.append(replace(trouble.finding, refuses=False))
        return explain(found_scene(intent, found, question.at), question), beside

    @property
    def _is_planned(self) -> bool:
        """Whether no router is to be asked."""
        return read_source_of_rows(self._task.args.get("rows")) == PLAN

    def _wanted(self) -> tuple[site.Site, list[Finding]]:
        """See `RouterAction`; how a router is reached matters only where one is asked."""
        try:
            planned = self._is_planned
        except IntentErrors as errors:
            run, problems = SiteAction._wanted(self)
            return run, [*map(shown, errors.findings), *problems]
        return SiteAction._wanted(self) if planned else super()._wanted()
