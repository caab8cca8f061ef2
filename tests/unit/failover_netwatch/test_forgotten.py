# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the script remembers for a while goes with the role; nobody waits until it has vanished."""

from __future__ import annotations

from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import plan

from tests.lab.router.paths import path
from tests.unit.apply.router import run_steps

from .site import Site, wans


def remembered(site: Site) -> set[str]:
    """The lists of the script that have an entry, without their lines."""
    rows = site.lab.router.table(path("ip firewall address-list"))
    return {str(row.values["list"]).partition(":")[0] for row in rows} - {"multiwan-bypass"}


def test_a_removal_leaves_nothing_that_was_remembered() -> None:
    with Site(wans(2), profile="fast") as site:
        site.kill("isp1")
        site.clock.advance(20)
        site.revive("isp1")
        site.clock.advance(5)
        site.kill("isp2")
        site.clock.advance(2)
        assert remembered(site) >= {"multiwan-deaths", "multiwan-suspect", "multiwan-patience", "multiwan-pause"}
        run_steps(site.lab, plan.remove_steps())
        assert not remembered(site)
