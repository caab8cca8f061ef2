# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables, routes and their distances."""

from __future__ import annotations

from collections import defaultdict

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.routes import route_rows, table_rows
from hypothesis import given

from .strategies import wans

THREE = [
    {"name": "dsl", "interface": "ether1", "gateway": "203.0.113.1", "weight": "50M"},
    {"name": "fiber", "interface": "ether2", "gateway": "198.51.100.1", "weight": "300M"},
    {"name": "lte", "interface": "lte1", "gateway": "lte1", "weight": "500M", "tier": 2},
]


def by_table(data: list[dict[str, object]], check_gateway: str = "ping") -> dict[str, list[dict[str, object]]]:
    tables = defaultdict(list)
    for row in route_rows(read_wans(data), check_gateway):
        tables[row["routing-table"]].append(row)
    return tables


def gateways(rows: list[dict[str, object]]) -> list[object]:
    return [row.get("gateway", "blackhole") for row in sorted(rows, key=lambda row: row["distance"])]


def test_own_line_first_others_by_tier_and_weight_blackhole_last() -> None:
    tables = by_table(THREE)
    assert gateways(tables["multiwan-dsl"]) == ["203.0.113.1", "198.51.100.1", "lte1", "blackhole"]
    assert gateways(tables["multiwan-fiber"]) == ["198.51.100.1", "203.0.113.1", "lte1", "blackhole"]
    assert gateways(tables["multiwan-lte"]) == ["lte1", "198.51.100.1", "203.0.113.1", "blackhole"]


def test_the_table_of_what_is_not_balanced_holds_all_lines_and_no_blackhole() -> None:
    assert gateways(by_table(THREE)["multiwan-main"]) == ["198.51.100.1", "203.0.113.1", "lte1"]


@given(wans())
def test_distances_are_unique_in_each_table_and_leave_room_for_dead_lines(data) -> None:
    tables = by_table(data)
    assert set(tables) == {"multiwan-main", *(f"multiwan-{wan['name']}" for wan in data)}
    for name, rows in tables.items():
        distances = [row["distance"] for row in rows]
        assert len(distances) == len(set(distances))
        lines = [row["distance"] for row in rows if "gateway" in row]
        assert max(lines) + 100 < 250
        assert [row["distance"] for row in rows if "blackhole" in row] == ([] if name == "multiwan-main" else [250])


@given(wans())
def test_every_table_of_a_route_exists_and_forwards(data) -> None:
    tables = {row["name"]: row for row in table_rows(read_wans(data))}
    for row in route_rows(read_wans(data)):
        assert tables[row["routing-table"]]["fib"] == ""


@pytest.mark.parametrize("check_gateway", ["ping", "arp", "none"])
def test_only_addresses_are_checked(check_gateway: str) -> None:
    for row in route_rows(read_wans(THREE), check_gateway):
        checked = row.get("gateway") in ("203.0.113.1", "198.51.100.1") and check_gateway != "none"
        assert row.get("check-gateway") == (check_gateway if checked else None)


def test_two_modems_with_the_same_address_are_told_apart_by_interface() -> None:
    same = [{"name": name, "interface": name, "gateway": "192.168.1.1"} for name in ("ether1", "ether2")]
    assert gateways(by_table(same)["multiwan-main"]) == ["192.168.1.1%ether1", "192.168.1.1%ether2"]
