# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who judges the lines, and what is known of them from the router's rows."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent as failover_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import plan as failover_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import preflight as failover_preflight
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import (
    balanced_wans,
    check_gateway,
    out_of_use,
    probes_watch,
    unchecked,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import intent as balance_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import plan as balance_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import preflight as balance_preflight
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row

from .pcc_balance.test_preflight import INTENT, router

BALANCE = balance_intent.read_intent(INTENT)
FAILOVER = failover_intent.read_intent({"wans": INTENT["wans"]})
PROBE: Row = {"comment": "multiwan:failover_netwatch:probe:isp1:1.1.1.1"}


def routes(down: frozenset[str] = frozenset(), probed: bool = False) -> list[Row]:
    """Those of pcc_balance, as a router has them."""
    return balance_plan.plan(BALANCE, down, probed)["ip route"]


@pytest.mark.parametrize("chosen", balance_intent.CHECK_GATEWAYS)
def test_probes_are_the_only_judge(chosen: str) -> None:
    assert check_gateway(chosen, probed=False) == chosen
    assert check_gateway(chosen, probed=True) == "none"


def test_what_failover_takes_away_is_what_balancing_would_not_have_written() -> None:
    taken = unchecked({"ip route": routes()})
    assert taken
    whole = {row["comment"]: row for row in routes(probed=True)}
    assert [row for row in taken if not row.items() <= whole[row["comment"]].items()] == []
    assert unchecked({"ip route": routes(probed=True)}) == []
    (step,) = failover_plan.uncheck({"ip route": routes()})
    assert step["rows"] == taken
    assert failover_plan.uncheck({"ip route": routes(probed=True)}) == []


def test_only_demoted_lines_are_out_of_use_and_only_while_probes_are_there() -> None:
    found = {"ip route": routes(frozenset({"isp2"})), "tool netwatch": [PROBE]}
    assert (probes_watch(found), out_of_use(found)) == (True, {"isp2"})
    alone = {**found, "tool netwatch": [{"comment": "mine"}]}
    assert (probes_watch(alone), out_of_use(alone)) == (False, frozenset())
    assert (probes_watch({}), out_of_use({}), balanced_wans({})) == (False, frozenset(), frozenset())


def test_a_first_run_of_both_roles_warns_of_nothing_that_it_is_about_to_do() -> None:
    """What one role writes, the other one need not miss."""
    silent = [{**row, "inactive": True} for row in routes()]
    assert balanced_wans({"ip route": silent}) == {"isp1", "isp2"}
    known = {**router(routes=silent), "tool netwatch": [], "system script": []}
    assert {finding.kind for finding in balance_preflight.findings(BALANCE, known, probed=False)} == {"silent-gateway"}
    assert balance_preflight.findings(BALANCE, known, probed=True) == []
    empty = {**router(), "tool netwatch": [], "system script": []}
    assert [finding.text for finding in failover_preflight.findings(FAILOVER, empty, balanced_wans(empty))] == [
        "role pcc_balance has not balanced isp1, isp2 yet; until it runs, failover has nothing to steer there"
    ]
    assert failover_preflight.findings(FAILOVER, empty, {wan.name for wan in BALANCE.wans}) == []
