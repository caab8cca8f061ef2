# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A look at a router of the lab, without Ansible around it."""

from __future__ import annotations

from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status.report import READS, Around, status

from tests.unit.apply.router import door
from tests.unit.failover_netwatch.site import Site


def rows(site: Site) -> Found:
    """What is read for a look."""
    with door(site.lab) as router:
        return router.found(READS)


def look(site: Site, around: Around | None = None) -> dict[str, Any]:
    """The report."""
    return status(rows(site), read_intent({"wans": site.lines, "lan_interfaces": ["ether9"]}), around or Around())


def line(site: Site, name: str) -> dict[str, Any]:
    """What the report says of one line."""
    (found,) = [line for line in look(site)["lines"] if line["name"] == name]
    return found
