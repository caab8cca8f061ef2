# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rehearsal on the export alone finds what a run against the router finds, whose lines are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.exports.cases import CASES, DEFAULTS, Case
from tests.exports.rehearsal import difference, rehearsed, said
from tests.exports.trial import open_router
from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows

PRESENT = [case for case in CASES if case.file.exists()]


@pytest.mark.parametrize("case", PRESENT, ids=lambda case: case.name)
def test_it_says_the_same_with_leases_that_it_is_told_or_has_made_up(case: Case) -> None:
    with open_router(case) as lab:
        assert difference(case, said(case, lab)) == ""


@pytest.mark.parametrize("name", ["pppoe", "lte"])
def test_a_router_without_its_lines_says_something_else(name: str) -> None:
    """What the test above would see if nothing were given."""
    (case,) = (case for case in CASES if case.name == name)
    with open_router(case) as lab:
        assert rehearsed(case, {}, "--nobody-gives") != said(case, lab)


def told(case: Case, lab: Lab) -> set[tuple[str, str, bool]]:
    """Kind, place, and whether it refuses, of all that a run says with nothing set."""
    return {(kind, place, refuses) for kind, place, refuses, _ in said(case, lab)[0]}


HOME = next(case for case in CASES if case.name == "home")


def exported(tmp_path: Path, more: str) -> Case:
    """The home router with more in its export."""
    file = tmp_path / "export.rsc"
    file.write_text(f"{HOME.file.read_text(encoding='utf-8')}\n{more}", encoding="utf-8")
    return replace(HOME, file=file)


def test_a_switch_chip_that_routes_is_refused(tmp_path: Path) -> None:
    case = exported(tmp_path, "/interface ethernet switch\nset 0 l3-hw-offloading=yes\n")
    with Lab(load=[case.file], rehearsal=True) as lab:
        assert ("l3-hardware", "multiwan_wans[0].interface", True) in told(case, lab)
        assert not lab.load("/interface ethernet switch port set [find name=ether1] l3-hw-offloading=no").skipped
        assert ("l3-hardware", "multiwan_wans[0].interface", True) not in told(case, lab)


@pytest.mark.parametrize(("mode", "said"), [("home", True), ("basic", False), ("advanced", False)])
def test_a_home_router_may_have_no_scheduler(mode: str, said: bool) -> None:
    """Then netwatch is the clock, which is said and refuses nothing."""
    with Lab(load=[HOME.file], rehearsal=True, device_mode=mode) as lab:
        assert (("device-mode", f"/system device-mode {mode}", False) in told(HOME, lab)) == said


def test_made_up_networks_are_nobodys(tmp_path: Path) -> None:
    case = exported(
        tmp_path, "/ip address\nadd address=192.0.2.1/24 interface=ether4\n/ip route\nadd dst-address=198.51.100.0/25 gateway=192.0.2.9\n"
    )
    rows = read_rows(Lab(load=[case.file], rehearsal=True).router, path("ip dhcp-client"))
    assert [(row["address"], row["gateway"]) for row in rows] == [
        ("198.51.100.130/27", "198.51.100.129"),
        ("198.51.100.162/27", "198.51.100.161"),
    ]


def test_nobody_answers_a_client_beside_a_fixed_address(tmp_path: Path) -> None:
    case = exported(tmp_path, "/ip address\nadd address=203.0.113.2/24 interface=ether1\n/ip route\nadd gateway=203.0.113.1\n")
    rows = read_rows(Lab(load=[case.file], rehearsal=True).router, path("ip dhcp-client"))
    assert [(row["interface"], row["status"]) for row in rows] == [("ether1", "searching..."), ("ether5", "bound")]


def test_an_address_that_is_disabled_keeps_no_lease_away(tmp_path: Path) -> None:
    """As of a modem that the owner has looked at once."""
    old = "/ip address\nadd address=192.168.100.2/24 disabled=yes interface=ether1\n/ip route\nadd disabled=yes gateway=192.168.100.1\n"
    rows = read_rows(Lab(load=[exported(tmp_path, old).file], rehearsal=True).router, path("ip dhcp-client"))
    assert [row["status"] for row in rows] == ["bound", "bound"]


def test_gateways_that_the_owners_routes_name_are_those_of_leases(tmp_path: Path) -> None:
    """Directly, or behind an address that is asked whether the line is well; not one of a network that is no line's."""
    routes = """/ip route
add gateway=192.168.88.9 distance=9
add gateway=1.0.0.1 target-scope=30
add gateway=192.168.8.2
add dst-address=1.0.0.1/32 gateway=192.168.1.1
add dst-address=10.0.0.0/8 gateway=172.16.0.1
"""
    rows = read_rows(Lab(load=[exported(tmp_path, routes).file], rehearsal=True).router, path("ip dhcp-client"))
    assert [(row["address"], row["gateway"]) for row in rows] == [("192.168.8.3/24", "192.168.8.2"), ("192.168.1.2/24", "192.168.1.1")]


def test_roots_are_trusted_as_shipped_unless_the_export_says_otherwise(tmp_path: Path) -> None:
    stores = []
    for more in ("", "/certificate settings\nset builtin-trust-store=untrusted\n"):
        lab = Lab(load=[exported(tmp_path, more).file], rehearsal=True)
        stores += [row.get("builtin-trust-store") for row in read_rows(lab.router, path("certificate settings"))]
    assert stores == ["default", "untrusted"]


def test_the_defaults_are_here() -> None:
    assert {case.file.parent for case in PRESENT} >= {DEFAULTS}
