# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Brings a router to what all roles of a run want together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import events, site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import screen
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.keeping import UNKEPT, Backup
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.result import result as result_of
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router_action import RouterAction
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.way_back import HELD, WayBack
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding


class ActionModule(RouterAction):
    """Checks once more, over a connection of its own, and writes only where nothing refuses."""

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Write step by step. After one that fails the rest is left as it is; the next run heals it."""
        check, changes, trouble, told = bool(self._task.check_mode), Changes(), None, ""
        with self.router() as router:
            checked = self.look(router, run, problems)
            before = Backup("" if check else self.backups, self.host, router, () if checked.refuses else checked.steps())
            way_back = WayBack(router, self.router, before.keep)
            try:
                if not self.confirms:
                    before.keep()
                if self.confirms and not check:
                    way_back.carry_out(*checked.portions(), changes)
                else:
                    for step in checked.steps():
                        router.write(step, changes, check=check)
                if changes.changed and not check and self.tells:
                    router.tell(events.CHANGED)
            except site.Refused as refused:
                return {**self.refused(refused.findings), **self._facts(result_of(changes, refused.findings, check))}
            except RouterProblem as problem:
                if problem.finding.kind in (HELD, UNKEPT) and not way_back.has_written:
                    findings = [*checked.findings, problem.finding]
                    return {**self.refused(findings), **self._facts(result_of(changes, findings, check))}
                trouble = problem.finding
            told = way_back.told
            if not changes.changed and trouble is None:
                before.drop()
        done = self._done(changes if trouble is None or not told else way_back.kept, checked, trouble, check, told)
        if before.file is not None:
            self.say([f"{self.host}: what it was like before: {before.file}, which the router imports"])
        return {**done, "backup": str(before.file or "")}

    def _done(self, changes: Changes, checked: site.Checked, trouble: Finding | None, check: bool, told: str) -> dict[str, Any]:
        """What people and plays are told. A step that has failed may have written something before.

        :param told: what became of what was written, where there is a way back.
        """
        lines = screen.of_run(self.host, changes, checked.findings, check, trouble, told)
        self.say(lines)
        result: dict[str, Any] = {"changed": changes.changed or (trouble is not None and not check), "way_back": told}
        result |= self._facts(result_of(changes, checked.findings, check, trouble))
        if self._task.diff:
            result["diff"] = [{key: self.secrets.hide(text) for key, text in entry.items()} for entry in screen.differences(changes)]
        if trouble is not None:
            return self.told({**result, "failed": True}, trouble.text, (*checked.findings, trouble))
        return self.told(result, "\n".join(lines), checked.findings)

    def _facts(self, done: dict[str, Any]) -> dict[str, Any]:
        """What plays of others read: no secret is in it."""
        hidden = {key: [self.secrets.hide(text) for text in done[key]] for key in ("warnings", "refused")}
        return {"ansible_facts": {"multiwan_result": {**done, **hidden, "stopped": self.secrets.hide(done["stopped"])}}}
