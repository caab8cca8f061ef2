# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is written before the rest: only what no packet meets, and all of it together is what the steps say."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import portions, site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.ledger import LEDGER
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import (
    ADDRESS_LIST,
    FILTER,
    LISTS,
    MANGLE,
    MEMBERS,
    NAT,
    RAW,
    ROUTES,
    RULES,
    SCRIPTS,
    TABLES,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import add, clear, write
from hypothesis import given
from hypothesis import strategies as st

CHAINS = ("prerouting", "output", "multiwan-a", "multiwan-b", "multiwan-c")
EMPTY: dict[str, list[dict[str, Any]]] = {
    path: [] for path in (ADDRESS_LIST, FILTER, LISTS, MANGLE, MEMBERS, NAT, RAW, ROUTES, RULES, SCRIPTS, TABLES)
}
NEW = {"comment": "multiwan:pcc_balance:new"}


@pytest.mark.parametrize(
    ("path", "row", "there", "idle"),
    [
        (MANGLE, {"chain": "multiwan-a"}, {}, True),
        (MANGLE, {"chain": "prerouting"}, {}, False),
        (MANGLE, {"chain": "prerouting", "disabled": True}, {}, True),
        (MANGLE, {"chain": "multiwan-a"}, {MANGLE: [{"chain": "output", "action": "jump", "jump-target": "multiwan-a"}]}, False),
        (MANGLE, {"chain": "multiwan-a"}, {MANGLE: [{"chain": "other", "action": "jump", "jump-target": "multiwan-a"}]}, True),
        (TABLES, {"name": "multiwan-isp1"}, {}, True),
        (TABLES, {"name": "multiwan-isp1"}, {TABLES: [{"name": "multiwan-isp1"}]}, False),
        (ROUTES, {"routing-table": "multiwan-isp1"}, {}, True),
        (ROUTES, {"routing-table": "multiwan-isp1"}, {TABLES: [{"name": "multiwan-isp1"}]}, False),
        (ROUTES, {"routing-table": "main"}, {}, False),
        (LISTS, {"name": "multiwan-lan"}, {}, True),
        (MEMBERS, {"list": "multiwan-lan"}, {}, True),
        (MEMBERS, {"list": "multiwan-lan"}, {LISTS: [{"name": "multiwan-lan"}]}, False),
        (ADDRESS_LIST, {"list": "multiwan-bypass"}, {}, True),
        (ADDRESS_LIST, {"list": "multiwan-bypass"}, {MANGLE: [{"chain": "x", "dst-address-list": "!multiwan-bypass"}]}, False),
        (ADDRESS_LIST, {"list": "multiwan-ledger", "disabled": True}, {RAW: [{"src-address-list": "multiwan-ledger"}]}, True),
        (SCRIPTS, {"name": "multiwan-failover"}, {}, True),
        (SCRIPTS, {"name": "multiwan-failover"}, {SCRIPTS: [{"name": "multiwan-failover"}]}, False),
        (NAT, {"chain": "srcnat"}, {}, False),
        (RULES, {"table": "multiwan-main"}, {}, False),
    ],
)
def test_what_lies_idle(path: str, row: dict[str, Any], there: dict[str, Any], idle: bool) -> None:
    assert portions.is_idle(path, {**NEW, **row}, {**EMPTY, **there}) is idle


def test_nothing_is_known_of_what_was_not_read() -> None:
    row = {**NEW, "chain": "multiwan-a"}
    assert portions.portions([add(MANGLE, [row])], {}) == ([], [add(MANGLE, [row])])
    assert portions.is_idle(ROUTES, {"routing-table": "multiwan-isp1"}, {ROUTES: []}) is False


def test_a_row_that_is_there_is_left_to_its_step() -> None:
    row = {**NEW, "chain": "multiwan-a"}
    assert portions.portions([write("pcc_balance", MANGLE, [row])], {**EMPTY, MANGLE: [row]})[0] == []


def test_a_step_goes_on_with_what_is_left_of_it() -> None:
    """In a path with an order all rows are looked at again, elsewhere only those that are left."""
    idle, met = {"list": "new", "comment": "multiwan:pcc_balance:a"}, {"list": "asked", "comment": "multiwan:pcc_balance:b"}
    found = {**EMPTY, FILTER: [{"src-address-list": "asked"}]}
    first, (rest,) = portions.portions([write("pcc_balance", ADDRESS_LIST, [idle, met])], found)
    assert first == [add(ADDRESS_LIST, [idle])]
    assert isinstance(rest, dict)
    assert rest["rows"] == [met]
    assert rest["restrict"][1] == {"field": "comment", "regex": r"^(?:multiwan:pcc_balance:a)$", "invert": True}
    rows = [{"chain": "multiwan-a", "comment": "multiwan:pcc_balance:a"}, {"chain": "output", "comment": "multiwan:pcc_balance:b"}]
    first, rest_of_all = portions.portions([write("pcc_balance", MANGLE, rows)], EMPTY)
    assert (first, rest_of_all) == ([add(MANGLE, rows[:1])], [write("pcc_balance", MANGLE, rows)])


def test_entries_of_the_ledger_come_before_the_fields_that_they_remember() -> None:
    entry = {"list": "multiwan-ledger", "address": "240.0.0.1", "disabled": True, "comment": f"{LEDGER}x:1/1:y"}
    first, _rest = portions.portions([clear("pcc_balance", NAT), add(ADDRESS_LIST, [entry])], EMPTY)
    assert first == [add(ADDRESS_LIST, [entry])]


@given(st.lists(st.tuples(st.sampled_from(CHAINS), st.sampled_from(CHAINS)), max_size=8))
def test_a_chain_is_met_where_jumps_lead_to_it_from_one_that_packets_enter(jumps: list[tuple[str, str]]) -> None:
    met = portions.met_chains({MANGLE: [{"chain": chain, "action": "jump", "jump-target": target} for chain, target in jumps]})
    for chain, target in jumps:
        assert target in met or chain not in met
    for chain in met - set(portions.ENTERED):
        assert any(target == chain and source in met for source, target in jumps)


def test_of_a_run_that_is_refused_there_are_no_portions() -> None:
    from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding

    with pytest.raises(site.Refused):
        site.Checked((Finding("x", "y"),)).portions()
