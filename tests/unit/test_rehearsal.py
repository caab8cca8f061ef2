# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rehearsal on the export alone finds what a run against the router finds, whose lines are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.exports.cases import CASES, DEFAULTS, Case
from tests.exports.trial import look, open_router, options
from tests.lab.network.plugging import interface_of
from tests.lab.router.lab import Lab
from tests.lab.router.leases import Lease
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows

PRESENT = [case for case in CASES if case.file.exists()]
LEASES_DIFFER = {"lease", "neighbour", "first-wan"}
"""Remarks that compare the inventory with a lease; a lease that was made up is not the owner's."""

Told = Counter[tuple[str, str, bool]]


def told(case: Case, lab: Lab, **answers: object) -> Told:
    """Kind, place, and whether it refuses, of all that a run says."""
    return Counter((found.kind, found.place, found.refuses) for found in look(lab, options(case, **answers)).findings)


def both(case: Case, lab: Lab) -> tuple[Told, Told]:
    """With nothing set, and with the owner's variable."""
    return told(case, lab), told(case, lab, **case.variable)


def rehearsed(case: Case, leases: Mapping[str, Lease], *, rehearsal: bool = True) -> tuple[Told, Told]:
    """What is said of the export alone."""
    with Lab(load=[case.file], leases=leases, rehearsal=rehearsal) as lab:
        assert not lab.load(case.before).skipped
        return both(case, lab)


def leases_of(case: Case) -> dict[str, Lease]:
    """The leases of the owner's lines, as ``/ip dhcp-client print`` shows them."""
    router = Lab(load=[case.file]).router
    return {interface_of(router, line): line.lease for line in case.lines if line.lease}


@pytest.mark.parametrize("case", PRESENT, ids=lambda case: case.name)
def test_told_of_the_leases_it_says_the_same(case: Case) -> None:
    with open_router(case) as lab:
        assert rehearsed(case, leases_of(case)) == both(case, lab)


@pytest.mark.parametrize("case", PRESENT, ids=lambda case: case.name)
def test_without_being_told_it_refuses_the_same(case: Case) -> None:
    with open_router(case) as lab:
        wanted = both(case, lab)
    for found, meant in zip(rehearsed(case, {}), wanted, strict=True):
        assert not [kind for kind, _, refuses in (found - meant) + (meant - found) if refuses or kind not in LEASES_DIFFER]


def by_lease(case: Case) -> Case:
    """The same owner, who leaves gateways to the leases."""
    leased = {line.name for line in case.lines if line.lease}
    return replace(case, wans=[{**wan, "gateway": "dhcp"} if wan["name"] in leased else wan for wan in case.wans])


NAMES_GATEWAYS = {"11"}
"""Routes of the owner's name the gateways of the leases, so the rehearsal has to be told what they are."""


@pytest.mark.parametrize(
    "case",
    [by_lease(case) for case in PRESENT if case.name not in NAMES_GATEWAYS and any(line.lease for line in case.lines)],
    ids=lambda case: case.name,
)
def test_an_inventory_that_leaves_gateways_to_the_leases_needs_to_tell_nothing(case: Case) -> None:
    with open_router(case) as lab:
        assert rehearsed(case, {}) == both(case, lab)


@pytest.mark.parametrize("name", ["pppoe", "lte"])
def test_a_router_without_its_lines_says_something_else(name: str) -> None:
    """What the test above would see if nothing were given."""
    (case,) = (case for case in CASES if case.name == name)
    with open_router(case) as lab:
        assert rehearsed(case, {}, rehearsal=False) != both(case, lab)


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


@pytest.mark.parametrize(("mode", "refused"), [("home", True), ("basic", False), ("advanced", False)])
def test_a_home_router_may_have_no_scheduler(mode: str, refused: bool) -> None:
    with Lab(load=[HOME.file], rehearsal=True, device_mode=mode) as lab:
        assert (("device-mode", f"/system device-mode {mode}", True) in told(HOME, lab)) == refused


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


def test_roots_are_trusted_as_shipped_unless_the_export_says_otherwise(tmp_path: Path) -> None:
    stores = []
    for more in ("", "/certificate settings\nset builtin-trust-store=untrusted\n"):
        lab = Lab(load=[exported(tmp_path, more).file], rehearsal=True)
        stores += [row.get("builtin-trust-store") for row in read_rows(lab.router, path("certificate settings"))]
    assert stores == ["default", "untrusted"]


def test_the_defaults_are_here() -> None:
    assert {case.file.parent for case in PRESENT} >= {DEFAULTS}
