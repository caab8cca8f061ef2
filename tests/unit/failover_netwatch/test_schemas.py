# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every row of failover exists in every supported release."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent, plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.releases import release

from tests.unit.pcc_balance.test_golden import added
from tests.unit.schemas import complaints, supported_releases

from .site import wans


@pytest.mark.skipif(not supported_releases(), reason="the command trees of real routers are not here")
@pytest.mark.parametrize("profile", PROFILES)
def test_rows_exist_in_every_supported_release(profile: str) -> None:
    data = {"wans": [{**wan, "max_latency": 250, "checks": ["tcp", "https"]} for wan in wans(8)], "profile": profile}
    for schedules in (True, False):
        rows = plan.plan(intent.read_intent(data), ":log info x", {"isp1"}, plan.Router(schedules))
        assert not complaints([added(path, row) for path, entries in rows.items() for row in entries])


@pytest.mark.skipif(not supported_releases(), reason="the command trees of real routers are not here")
@pytest.mark.parametrize(("on", "checks", "fails_below"), [(plan.Router(ends_early=True), [], "7.20"), (plan.Router(), ["dns"], "7.16")])
def test_newer_rows_exist_from_the_release_on_that_they_are_written_for(on: plan.Router, checks: list[str], fails_below: str) -> None:
    data = {"wans": [{**wan, "max_loss": 20, "checks": checks} for wan in wans(2)]}
    rows = plan.plan(intent.read_intent(data), ":log info x", frozenset(), on)["tool netwatch"]
    refusing = {complaint.split(":")[0] for complaint in complaints([added("tool netwatch", row) for row in rows])}
    assert refusing
    assert all(release(version) < release(fails_below) for version in refusing)
