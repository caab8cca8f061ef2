# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every row of failover exists in every supported release."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent, plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES

from tests.unit.pcc_balance.test_golden import added
from tests.unit.schemas import complaints, supported_releases

from .site import wans


@pytest.mark.skipif(not supported_releases(), reason="the command trees of real routers are not here")
@pytest.mark.parametrize("profile", PROFILES)
def test_rows_exist_in_every_supported_release(profile: str) -> None:
    data = {"wans": [{**wan, "max_latency": 250} for wan in wans(8)], "profile": profile}
    rows = plan.plan(intent.read_intent(data), ":log info x", {"isp1"})
    assert not complaints([added(path, row) for path, entries in rows.items() for row in entries])
