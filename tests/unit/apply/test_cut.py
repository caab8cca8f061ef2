# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection is cut at every single write, and every single write leaves the router in a state that is safe."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.lab.router.lab import Lab

from .router import ModuleFailed, apply, foreign, remove

ISP1 = {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "20M"}
ISP2 = {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": "10M"}
ISP3 = {"name": "isp3", "interface": "ether5", "gateway": "192.0.2.1", "weight": "10M"}
LANS = ["ether3", {"list": "LAN"}]
FOREIGN = Path(__file__).parents[3] / "molecule" / "default" / "foreign.rsc"

TWO = {"wans": [ISP1, ISP2], "lan_interfaces": LANS}
THREE = {"wans": [ISP1, ISP2, ISP3], "lan_interfaces": LANS}
RENAMED = {"wans": [{**ISP2, "name": "fiber"}, ISP3], "lan_interfaces": ["ether3"]}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(load=[FOREIGN], on_load_error="stop", interfaces=8) as lab:
        yield lab


@pytest.mark.parametrize("fault", ["drop_before_write", "drop_after_write"])
def test_a_cut_at_any_write_heals_in_the_next_run(lab: Lab, fault: str) -> None:
    untouched = lab.dump()
    apply(lab, TWO)
    wanted, writes = lab.dump(), len(lab.writes)
    assert writes > 30
    for number in range(1, writes + 1):
        remove(lab)
        assert lab.dump() == untouched
        setattr(lab.faults, fault, number)
        with pytest.raises(ModuleFailed):
            apply(lab, TWO)
        setattr(lab.faults, fault, 0)
        apply(lab, TWO)
        assert lab.dump() == wanted, f"cut at write {number}"
        assert apply(lab, TWO) == 0


def unsafe(rows: Mapping[str, list[dict[str, str]]]) -> list[str]:
    """Marks of ours that send packets to a table without a usable default route, or connections to no table at all."""
    tables = {row["name"] for row in rows.get("routing table", []) if "fib" in row}
    routed = {row["routing-table"] for row in rows.get("ip route", []) if row.get("gateway")}
    mangle = rows.get("ip firewall mangle", [])
    marked = {row["new-connection-mark"] for row in mangle if row.get("action") == "mark-connection"}
    used = {row["new-routing-mark"] for row in mangle if row.get("action") == "mark-routing"}
    return sorted({mark for mark in marked | used if mark.startswith("multiwan-")} - (tables & routed))


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, TWO), (TWO, THREE), (THREE, TWO), (THREE, RENAMED), (THREE, None)],
    ids=["first run", "a line more", "a line less", "renamed", "removed"],
)
def test_no_write_leaves_a_mark_without_a_way(lab: Lab, before: dict | None, after: dict | None) -> None:
    if before:
        apply(lab, before)
    rows_of_others = foreign(lab)
    seen = 0

    def look(*_change: object) -> None:
        nonlocal seen
        seen += 1
        assert unsafe(json.loads(lab.dump())) == []

    lab.router.observe(look)
    apply(lab, after) if after else remove(lab)
    assert seen >= 4
    assert foreign(lab) == rows_of_others
