# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shows what the lines share, in which order each routing table tries them, and what their probes cost; no router is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.action import SiteAction
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.evidence import budget
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.report import summary
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE, FAILOVER


class ActionModule(SiteAction):
    """Reads what the user wrote, and shows what it means."""

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Return the lines that are shown."""
        if problems:
            return self.refused(problems)
        lines = summary(run.intents[BALANCE]) if BALANCE in run.intents else ["nothing is balanced"]
        lines += budget(run.intents[FAILOVER]) if FAILOVER in run.intents else []
        self.say([f"{self.host}: {line}" for line in lines])
        return self.told({"changed": False}, "\n".join(lines))
