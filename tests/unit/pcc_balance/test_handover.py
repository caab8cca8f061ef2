# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which mark of others each connection of ours gets when ours goes."""

from __future__ import annotations

from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.handover import handover_rows
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import plan

from .test_by_hand import BY_HAND
from .test_preflight import INTENT, Row

ROWS = plan(read_intent(INTENT))
OURS: list[Row] = [dict(row) for row in ROWS["ip route"]]


def route(table: str, gateway: str, **more: object) -> Row:
    return {"dst-address": "0.0.0.0/0", "gateway": gateway, "routing-table": table, "distance": 1, **more}


def handed(*routes: Row, mangle: list[Row] | None = None) -> dict[object, object]:
    mangle = [*(BY_HAND if mangle is None else mangle), *map(dict, ROWS["ip firewall mangle"])]
    rows = handover_rows({"ip route": [*OURS, *routes], "ip firewall mangle": mangle})
    return {row["connection-mark"]: row["new-connection-mark"] for row in rows}


def test_it_is_the_mark_that_leads_to_the_same_gateway() -> None:
    assert handed(route("to1", "198.51.100.1"), route("to2", "203.0.113.1")) == {"multiwan-isp1": "c2", "multiwan-isp2": "c1"}


def test_the_best_route_of_a_table_counts() -> None:
    spare = route("to1", "198.51.100.1", distance=2)
    assert handed(spare, route("to1", "203.0.113.1")) == {"multiwan-isp1": "c1"}


def test_where_nothing_leads_there_nothing_is_handed_over() -> None:
    assert handed() == handed(route("to1", "192.0.2.1")) == handed(route("to1", "203.0.113.1", disabled=True)) == {}
    assert handed(route("to1", "203.0.113.1"), mangle=[{**row, "disabled": True} for row in BY_HAND]) == {}


def test_ours_are_not_handed_to_ours() -> None:
    assert handed(mangle=[]) == {}
