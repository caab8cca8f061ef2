# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lets a line that was drained take new connections again."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.steering import SteeringAction
from ansible_collections.multiwan.routeros.plugins.plugin_utils.drains import Drain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import drain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import Wan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found


class ActionModule(SteeringAction):
    """Somebody wants it drained no longer."""

    def wanted(self, wish: drain.Wish, wans: Sequence[Wan], found: Found) -> Drain | None:
        """See `SteeringAction`."""
        return drain.ended(wish, wans, found)
