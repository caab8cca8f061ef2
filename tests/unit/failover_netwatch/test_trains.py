# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each test of netwatch ends within its interval: else RouterOS logs a warning and asks less often (manual)."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES, read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.netwatch import netwatch_rows

from tests.lab.router.engines.probes import seconds, train

from .site import wans


@pytest.mark.parametrize("profile", PROFILES)
def test_the_packets_fit(profile: str) -> None:
    intent = read_intent(
        {"wans": [*wans(2), {"name": "lte", "interface": "lte1", "gateway": "lte1", "max_latency": 400}], "profile": profile}
    )
    for wan in intent.wans:
        for row in netwatch_rows(intent, wan, down=True):
            properties = {name: str(value) for name, value in row.items()}
            assert train(properties) <= seconds(properties, "interval"), row["comment"]
