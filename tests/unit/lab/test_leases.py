# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What leases and dialed interfaces bring: a status, an address, default routes that follow the rows of their clients."""

from __future__ import annotations

import pytest

from tests.lab.router.leases import LTE, Lease, bind, release
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown, read_rows
from tests.lab.router.store import Router

from .scripting import execute, log_lines, new, new_device

LEASE = Lease("198.51.100.7/24", "198.51.100.1")
CLIENT = "/ip dhcp-client add interface=ether1 disabled=no "


def defaults(router: Router) -> list[tuple[str, str, str, str]]:
    """Default routes: table, gateway, distance and state."""
    rows = [row for row in read_rows(router, path("ip route")) if row["dst-address"] == "0.0.0.0/0"]
    return [(row["routing-table"], row["gateway"], row["distance"], _state(row)) for row in rows]


def _state(row: Shown) -> str:
    return "active" if row.get("active") else "inactive" if row["inactive"] == "true" else "beaten"


def addresses(router: Router) -> list[tuple[str, str]]:
    return [(row["address"], row["dynamic"]) for row in read_rows(router, path("ip address"))]


def client(router: Router) -> Shown:
    return read_rows(router, path("ip dhcp-client"))[0]


def leased(arguments: str = "", version: str = "7.21.4") -> Router:
    """A router whose one client has a lease."""
    router = new(version)
    execute(router, CLIENT + arguments)
    bind(router, "ether1", LEASE)
    return router


def test_a_lease_comes_and_goes() -> None:
    router = leased()
    shown = client(router)
    assert (shown["status"], shown["address"], shown["gateway"]) == ("bound", LEASE.address, LEASE.gateway)
    assert addresses(router) == [(LEASE.address, "true")]
    assert defaults(router) == [("main", LEASE.gateway, "1", "active")]
    release(router, "ether1")
    assert client(router)["status"] == "searching..."
    assert "gateway" not in client(router)
    assert (addresses(router), defaults(router)) == ([], [])


def test_another_lease_takes_the_place_of_the_first() -> None:
    router = leased()
    bind(router, "ether1", Lease("203.0.113.9/24", "203.0.113.1"))
    assert addresses(router) == [("203.0.113.9/24", "true")]
    assert defaults(router) == [("main", "203.0.113.1", "1", "active")]


def test_the_row_of_its_route() -> None:
    (_, row) = read_rows(leased("default-route-distance=3"), path("ip route"))
    assert row == {
        ".id": row[".id"],
        "dst-address": "0.0.0.0/0",
        "routing-table": "main",
        "gateway": LEASE.gateway,
        "immediate-gw": f"{LEASE.gateway}%ether1",
        "distance": "3",
        "scope": "30",
        "target-scope": "10",
        "vrf-interface": "ether1",
        "dynamic": "true",
        "active": "true",
        "inactive": "false",
        "dhcp": "true",
    }


@pytest.mark.parametrize(
    ("arguments", "version", "wanted"),
    [
        ("add-default-route=no", "7.21.4", []),
        ("add-default-route=special-classless", "7.21.4", [("main", "1")]),
        ("default-route-distance=20", "7.15.3", [("main", "20")]),
        ("default-route-tables=default:5", "7.18.2", [("main", "5")]),
        ("default-route-tables=main,to_x:7 default-route-distance=3", "7.18.2", [("main", "3"), ("to_x", "7")]),
        ("default-route-tables=gone:7", "7.18.2", []),
    ],
)
def test_which_defaults_a_lease_brings(arguments: str, version: str, wanted: list[tuple[str, str]]) -> None:
    router = new(version)
    execute(router, f"/routing table add name=to_x fib\n{CLIENT}{arguments}")
    bind(router, "ether1", LEASE)
    assert [(table, distance) for table, _, distance, _ in defaults(router)] == wanted


def test_the_route_follows_the_clients_row() -> None:
    router = leased()
    execute(router, "/ip route add gateway=198.51.100.254 distance=2")
    assert [state for *_, state in defaults(router)] == ["active", "beaten"]
    execute(router, "/ip dhcp-client set [find] default-route-distance=3")
    assert [state for *_, state in defaults(router)] == ["beaten", "active"]
    execute(router, "/ip dhcp-client set [find] add-default-route=no")
    assert [gateway for _, gateway, _, _ in defaults(router)] == ["198.51.100.254"]


def test_leases_of_equal_distance_are_ecmp() -> None:
    router = leased()
    execute(router, "/ip dhcp-client add interface=ether2 disabled=no")
    bind(router, "ether2", Lease("203.0.113.9/24", "203.0.113.1"))
    assert [row["ecmp"] for row in read_rows(router, path("ip route")) if row.get("dhcp")] == ["true", "true"]


def test_nobody_writes_the_routers_own_routes() -> None:
    router = leased()
    (number,) = [row[".id"] for row in read_rows(router, path("ip route")) if row.get("dhcp")]
    with pytest.raises(Exception, match="can not change dynamic item"):
        execute(router, f"/ip route set {number} distance=9")


def test_a_disabled_client_takes_no_lease() -> None:
    router = new()
    execute(router, "/ip dhcp-client add interface=ether1 disabled=yes")
    bind(router, "ether1", LEASE)
    assert (addresses(router), defaults(router)) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "distance"), [("add-default-route=yes", "1"), ("add-default-route=yes default-route-distance=4", "4")]
)
def test_a_dialed_line_brings_a_default_while_it_runs(arguments: str, distance: str) -> None:
    router = new()
    execute(router, f"/interface pppoe-client add name=dsl interface=ether1 disabled=no {arguments}")
    assert defaults(router) == []
    router.set_running("dsl", True)
    assert defaults(router) == [("main", "dsl", distance, "active")]
    router.set_running("dsl", False)
    assert defaults(router) == []


def test_a_dialed_line_brings_none_without_being_told() -> None:
    router = new()
    execute(router, "/interface pppoe-client add name=dsl interface=ether1 disabled=no")
    router.set_running("dsl", True)
    assert defaults(router) == []


@pytest.mark.parametrize(
    ("profile", "wanted"),
    [
        ("", [("main", "lte1", "2", "active")]),
        ("set [find default=yes] add-default-route=yes default-route-distance=5", [("main", "lte1", "5", "active")]),
        ("set [find default=yes] add-default-route=no", []),
    ],
)
def test_a_modem_brings_one_unless_its_profile_says_no(profile: str, wanted: list[tuple[str, str, str, str]]) -> None:
    router = new()
    if profile:
        execute(router, f"/interface lte apn {profile}")
    router.install(LTE, {"name": "lte1", "disabled": "false"})
    router.set_running("lte1", True)
    assert defaults(router) == wanted


def test_the_clients_script_is_told_of_what_changes() -> None:
    device, clock = new_device()
    router = device.router
    told = ':log info ($bound . " " . $interface . " " . $"lease-address" . " " . $"gateway-address")'
    execute(router, f"/ip dhcp-client add interface=ether1 disabled=no script={{{told}}}")
    device.engines.start()
    try:
        bind(router, "ether1", LEASE)
        clock.advance(1)
        bind(router, "ether1", LEASE)
        bind(router, "ether1", Lease("203.0.113.9/24", "203.0.113.1"))
        clock.advance(1)
        release(router, "ether1")
        clock.advance(1)
    finally:
        device.engines.stop()
    assert [message for topics, message in log_lines(router) if topics == "script,info"] == [
        "1 ether1 198.51.100.7 198.51.100.1",
        "1 ether1 203.0.113.9 203.0.113.1",
        "0 ether1  ",
    ]
