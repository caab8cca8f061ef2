# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What leases and dialed interfaces bring: a status, an address, default routes that follow the rows of their clients."""

from __future__ import annotations

from itertools import product

import pytest

from tests.lab.router.dialing import dial, hang_up
from tests.lab.router.leases import LTE, Lease, bind, release, silence
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown, read_rows
from tests.lab.router.store import Router
from tests.lab.router.traits import Traits

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


def leased(arguments: str = "", version: str = "7.21.4", traits: Traits | None = None) -> Router:
    """A router whose one client has a lease."""
    router = new(version, traits)
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
    assert client(router).keys().isdisjoint({"address", "gateway", "dhcp-server", "expires-after"})
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


def test_a_lease_without_a_gateway_brings_no_route() -> None:
    router = new()
    execute(router, CLIENT)
    bind(router, "ether1", Lease("198.51.100.7/24"))
    shown = client(router)
    assert (shown["status"], shown["dhcp-server"], "gateway" in shown) == ("bound", "198.51.100.1", False)
    assert (addresses(router), defaults(router)) == ([("198.51.100.7/24", "true")], [])


def test_a_gateway_outside_of_the_leases_network_is_reached_by_the_interface() -> None:
    router = new()
    execute(router, CLIENT)
    bind(router, "ether1", Lease("198.51.100.7/32", "10.0.0.1"))
    assert client(router)["gateway"] == "10.0.0.1"
    assert defaults(router) == [("main", "10.0.0.1%ether1", "1", "active")]
    router.set_running("ether1", False)
    assert defaults(router) == []


def test_two_modems_with_the_same_network_and_gateway() -> None:
    router = leased()
    execute(router, "/ip dhcp-client add interface=ether2 disabled=no default-route-distance=2")
    bind(router, "ether2", Lease("198.51.100.9/24", LEASE.gateway))
    assert [(distance, state) for *_, distance, state in defaults(router)] == [("1", "active"), ("2", "beaten")]
    connected = [row for row in read_rows(router, path("ip route")) if row.get("connect")]
    assert [(row["gateway"], row["ecmp"]) for row in connected] == [("ether1", "true"), ("ether2", "true")]


def test_another_gateway_leaves_the_address_alone() -> None:
    router = leased()
    (before,) = router.table(path("ip address"))
    bind(router, "ether1", Lease(LEASE.address, "198.51.100.254"))
    assert router.table(path("ip address")) == [before]
    assert defaults(router) == [("main", "198.51.100.254", "1", "active")]


@pytest.mark.parametrize("command", ["disable [find]", "set [find] disabled=yes", "remove [find]"])
def test_a_client_that_goes_loses_its_address(command: str) -> None:
    router = leased()
    execute(router, f"/ip dhcp-client {command}")
    assert (addresses(router), defaults(router)) == ([], [])


def test_a_disabled_client_has_stopped_and_begins_anew_when_enabled() -> None:
    router = leased()
    execute(router, "/ip dhcp-client disable [find]")
    assert (client(router)["status"], "address" in client(router)) == ("stopped", False)
    execute(router, "/ip dhcp-client enable [find]")
    assert (client(router)["status"], client(router)["address"]) == ("bound", LEASE.address)


def test_a_client_is_served_wherever_somebody_serves() -> None:
    router = leased()
    bind(router, "ether2", Lease("203.0.113.9/24", "203.0.113.1"))
    execute(router, "/ip dhcp-client set [find] interface=ether2")
    assert addresses(router) == [("203.0.113.9/24", "true")]
    execute(router, "/ip dhcp-client set [find] interface=ether3")
    assert (addresses(router), client(router)["status"]) == ([], "searching...")


def test_a_port_of_a_bridge_has_no_client() -> None:
    router = new()
    execute(router, f"/interface bridge add name=b; /interface bridge port add bridge=b interface=ether1; {CLIENT}")
    bind(router, "ether1", LEASE)
    assert client(router)["status"] == "searching..."
    execute(router, "/interface bridge port remove [find]")
    assert client(router)["status"] == "bound"


def test_renewal_on_request_changes_nothing_but_the_time() -> None:
    device, clock = new_device()
    router = device.router
    execute(router, CLIENT)
    bind(router, "ether1", Lease(LEASE.address, LEASE.gateway, 120))
    changes: list[tuple[str, ...]] = []
    router.observe(lambda change: changes.append((*change.menu, change.kind)))
    clock.advance(30)
    assert client(router)["expires-after"] == "1m30s"
    device.engines.start()
    try:
        execute(router, "/ip dhcp-client renew [find interface=ether1]")
        clock.settle()
        shown = client(router)
        assert (shown["status"], shown["address"], shown["gateway"]) == ("renewing...", LEASE.address, LEASE.gateway)
        clock.advance(1)
        assert (client(router)["status"], client(router)["expires-after"]) == ("bound", "2m")
    finally:
        device.engines.stop()
    assert set(changes) == {("ip", "dhcp-client", "state")}
    assert device.log.writes == []


def test_a_lease_of_two_minutes_renews_itself_each_minute() -> None:
    device, clock = new_device()
    router = device.router
    execute(router, f'{CLIENT} script={{:log info "script"}}')
    bind(router, "ether1", Lease(LEASE.address, LEASE.gateway, 120))
    device.engines.start()
    try:
        seen = []
        for _ in range(123):
            seen.append((client(router)["status"], client(router)["expires-after"]))
            clock.advance(1)
    finally:
        device.engines.stop()
    assert (seen[0], seen[59], seen[61], seen[120], seen[122]) == (
        *(("bound", "2m"), ("bound", "1m1s"), ("bound", "2m"), ("bound", "1m1s")),
        ("bound", "2m"),
    )
    assert [second for second, (status, _) in enumerate(seen) if status == "renewing..."] == [60, 121]
    assert defaults(router) == [("main", LEASE.gateway, "1", "active")]
    assert log_lines(router) == []


def test_a_lease_that_nobody_renews_ends_with_its_time() -> None:
    device, clock = new_device()
    router = device.router
    execute(router, CLIENT)
    bind(router, "ether1", Lease(LEASE.address, LEASE.gateway, 120))
    silence(router, "ether1")
    device.engines.start()
    try:
        seen = []
        for seconds in (59, 2, 45, 13, 2):
            clock.advance(seconds)
            seen.append((client(router)["status"], bool(addresses(router))))
    finally:
        device.engines.stop()
    assert seen == [("bound", True), ("renewing...", True), ("rebinding...", True), ("rebinding...", True), ("searching...", False)]
    assert defaults(router) == []


def test_a_client_that_is_told_to_renew_and_hears_nothing_begins_anew() -> None:
    device, clock = new_device()
    router = device.router
    execute(router, CLIENT)
    bind(router, "ether1", LEASE)
    silence(router, "ether1")
    device.engines.start()
    try:
        execute(router, "/ip dhcp-client renew [find]")
        assert client(router)["status"] == "renewing..."
        clock.advance(1)
        assert (client(router)["status"], addresses(router)) == ("searching...", [])
    finally:
        device.engines.stop()


def test_a_renewal_brings_what_is_given_now() -> None:
    device, clock = new_device()
    router = device.router
    execute(router, CLIENT)
    bind(router, "ether1", Lease(LEASE.address, LEASE.gateway, 120))
    router.provider.leases[router.table(path("interface"))[0].id] = Lease("203.0.113.9/24", "203.0.113.1", 120)
    device.engines.start()
    try:
        clock.advance(62)
    finally:
        device.engines.stop()
    assert addresses(router) == [("203.0.113.9/24", "true")]
    assert defaults(router) == [("main", "203.0.113.1", "1", "active")]


def test_release_begins_anew() -> None:
    router = leased()
    statuses = []
    router.observe(lambda _change: statuses.append(client(router)["status"]))
    execute(router, "/ip dhcp-client release [find]")
    assert (statuses[-1], client(router)["address"]) == ("bound", LEASE.address)
    assert "searching..." in statuses


FOLLOW = """
:foreach id in=[/ip/dhcp-client/find interface=ether1] do={
  :local gateway ""
  :do { :set gateway [:tostr [/ip/dhcp-client/get $id gateway]] } on-error={}
  :if ([:len $gateway] > 0) do={
    :local want ([/ip/dhcp-client/get $id gateway] . "%" . "ether1")
    :foreach route in=[/ip/route/find comment=ours] do={
      :if ([:tostr [/ip/route/get $route gateway]] != $want) do={ /ip/route/set $route gateway=$want }
    }
  }
}
"""
"""How a script keeps a route on the gateway of a lease, as a hotspot's router runs it every 30 s [WILD] O."""

FORMS = [
    Traits(gateway_is_ip=address, gateway_is_array=array, unbound_gateway_is_refused=refused, absent_property_is_nil=nil)
    for address, array, refused, nil in product((False, True), repeat=4)
]


@pytest.mark.parametrize("traits", FORMS)
def test_a_script_follows_the_gateway_whatever_its_type_is(traits: Traits) -> None:
    router = new(traits=traits)
    execute(router, f"{CLIENT}\n/ip route add dst-address=0.0.0.0/0 gateway=192.0.2.1 comment=ours distance=5")
    writes = []
    router.observe(lambda change: writes.append(change.kind) if change.kind != "state" else None)
    execute(router, FOLLOW)
    assert writes == []
    for lease in (LEASE, Lease("198.51.100.7/32", "10.0.0.1")):
        bind(router, "ether1", lease)
        writes.clear()
        execute(router, FOLLOW)
        execute(router, FOLLOW)
        assert writes == ["set"]
        assert f"{lease.gateway}%ether1" in [row["gateway"] for row in read_rows(router, path("ip route")) if row.get("comment")]


@pytest.mark.parametrize(
    ("traits", "kinds"),
    [
        (Traits(), ["str", "str"]),
        (Traits(gateway_is_ip=True), ["ip", "ip"]),
        (Traits(gateway_is_array=True), ["str", "array"]),
    ],
)
def test_types_of_gateways(traits: Traits, kinds: list[str]) -> None:
    router = leased(traits=traits)
    told = execute(router, ":put [:typeof [/ip dhcp-client get [find] gateway]]; :put [:typeof [/ip route get [find dhcp] gateway]]").output
    assert told == kinds


def test_a_dialed_line_dials_again() -> None:
    router = new()
    execute(router, "/interface pppoe-client add name=dsl interface=ether1 disabled=no add-default-route=yes")
    ran = []
    router.observe(lambda change: ran.append(bool(defaults(router))) if change.menu == ("interface",) else None)
    for address, remote in (("203.0.113.7", "10.0.0.1"), ("203.0.113.7", "10.0.0.1"), ("203.0.113.8", "10.0.0.9")):
        dial(router, "dsl", address, remote)
        assert [(row["address"], row["network"]) for row in read_rows(router, path("ip address"))] == [(f"{address}/32", remote)]
    assert ran == [True, False, True, False, True]
    hang_up(router, "dsl")
    assert (addresses(router), defaults(router)) == ([], [])
    with pytest.raises(KeyError):
        dial(router, "ether1", "203.0.113.7", "10.0.0.1")


def test_a_modem_has_an_address_of_its_own() -> None:
    router = new()
    router.install(LTE, {"name": "lte1", "disabled": "false"})
    dial(router, "lte1", "100.91.21.150", "10.0.0.1")
    rows = [(row["dst-address"], row["gateway"], row.get("modem")) for row in read_rows(router, path("ip route"))]
    assert rows == [("100.91.21.150/32", "lte1", None), ("0.0.0.0/0", "lte1", "true")]


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
