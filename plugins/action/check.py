# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks all roles of a run and their router, and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router_action import RouterAction
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding


class ActionModule(RouterAction):
    """Fails with all that is wrong, before anything is written."""

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Return the findings."""
        with self.router() as router:
            checked = self.look(router, run, problems)
        try:
            checked.steps()
        except site.Refused as refused:
            return self.refused(refused.findings)
        return self.told({"changed": False}, "nothing refuses the run", checked.findings)
