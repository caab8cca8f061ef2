# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What plays read of a run: by role and path, out of runs against a lab router."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.modules import apply as documented
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.result import result
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding

from tests.lab.router.lab import Lab

from .runs import run

WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
]
OPTIONS = {"pcc_balance": {"wans": WANS, "lan_interfaces": ["ether3"]}, "failover_netwatch": {"wans": WANS}}
CONFIGURATION = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(interfaces=5) as made:
        assert not made.load(CONFIGURATION).skipped
        yield made


def test_rows_are_counted_by_role_and_path(lab: Lab) -> None:
    preview = result(run(lab, OPTIONS, check=True), [], check=True)
    first = result(run(lab, OPTIONS), [], check=False)
    assert (preview["check"], first["check"]) == (True, False)
    assert preview["roles"] == first["roles"]
    assert first["roles"]["pcc_balance"]["routing table"] == {"added": 3}
    assert first["roles"]["failover_netwatch"]["system script"] == {"added": 1}
    assert first["yours"] == {}
    second = result(run(lab, OPTIONS), [], check=False)
    assert (second["changed"], second["roles"]) == (False, {})


def test_all_rows_of_a_removal_are_counted(lab: Lab) -> None:
    first = result(run(lab, OPTIONS), [], check=False)
    gone = result(run(lab, {}, "pcc_balance", "failover_netwatch"), [], check=False)
    removed = {(role, path, count["removed"]) for role, paths in gone["roles"].items() for path, count in paths.items()}
    assert removed == {(role, path, count["added"]) for role, paths in first["roles"].items() for path, count in paths.items()}


def test_findings_are_told_apart() -> None:
    told = result(Changes(), [Finding("a", "bad"), Finding("b", "odd", refuses=False)], False, Finding("c", "gone"))
    assert (told["refused"], told["warnings"], told["stopped"]) == (["a: bad"], ["b: odd"], "c: gone")


def test_it_is_what_is_documented() -> None:
    contains = yaml.safe_load(documented.RETURN)["ansible_facts"]["contains"]["multiwan_result"]["contains"]
    assert set(result(Changes(), [], check=False)) == set(contains)
