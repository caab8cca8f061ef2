# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes: the shapes of their rows, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from librouteros.api import Api

from tests.lab.router.lab import Lab
from tests.lab.router.traits import Traits

from .client import add, connect, raw, refusal, row, rows
from .conftest import StartLab


@pytest.fixture
def net(api: Api) -> Api:
    """Two lines: 10.0.1.0/24 on ether1 and 10.0.2.0/24 on ether2."""
    add(api, "/ip/address", address="10.0.1.2/24", interface="ether1")
    add(api, "/ip/address", address="10.0.2.2/24", interface="ether2")
    add(api, "/routing/table", name="to_isp1", fib="")
    return api


def route(api: Api, **values: Any) -> dict[str, Any]:
    """Adds a route and reads it."""
    return row(api, "/ip/route", add(api, "/ip/route", **values))


def state(api: Api, number: str) -> str:
    """A route's flags in one word."""
    shown = row(api, "/ip/route", number)
    if shown.get("active"):
        return "active"
    return "inactive" if shown["inactive"] else "beaten"


def test_connected(net: Api) -> None:
    assert rows(net, "/ip/route")[0] == {
        ".id": "*20180001",
        "dst-address": "10.0.1.0/24",
        "routing-table": "main",
        "gateway": "ether1",
        "immediate-gw": "ether1",
        "distance": 0,
        "scope": 10,
        "target-scope": 5,
        "local-address": "10.0.1.2%ether1",
        "dynamic": True,
        "active": True,
        "inactive": False,
        "connect": True,
    }


def test_in_use(net: Api) -> None:
    assert route(net, gateway="10.0.1.1", comment="c", disabled="no") == {
        ".id": "*80000001",
        "dst-address": "0.0.0.0/0",
        "gateway": "10.0.1.1",
        "immediate-gw": "10.0.1.1%ether1",
        "distance": 1,
        "scope": 30,
        "target-scope": 10,
        "routing-table": "main",
        "dynamic": False,
        "static": True,
        "active": True,
        "inactive": False,
        "comment": "c",
    }


def test_gateway_out_of_reach(net: Api) -> None:
    shown = route(net, gateway="10.9.9.9")
    assert (shown["inactive"], shown["immediate-gw"]) == (True, "")
    assert "active" not in shown


@pytest.mark.parametrize("gateway", ["10.0.1.2", "10.0.2.2%ether1", "0.0.0.0%ether1"])
def test_a_gateway_that_is_the_router_itself_or_nobody(net: Api, gateway: str) -> None:
    assert route(net, gateway=gateway)["inactive"]


def test_disabled_is_short(net: Api) -> None:
    assert route(net, gateway="10.0.1.1", distance=7, routing_table="to_isp1", disabled="yes", comment="c") == {
        ".id": "*80000001",
        "dst-address": "0.0.0.0/0",
        "gateway": "10.0.1.1",
        "disabled": True,
        "inactive": False,
        "static": True,
        "comment": "c",
    }


def test_disabled_is_long_by_trait(start_lab: StartLab) -> None:
    api = connect(start_lab(traits=Traits(disabled_route_is_short=False)))
    assert route(api, gateway="10.0.1.1", distance=7, disabled="yes")["distance"] == 7


def test_a_short_row_keeps_what_it_hides(net: Api) -> None:
    number = add(net, "/ip/route", gateway="10.0.1.1", distance=7, routing_table="to_isp1", disabled="yes")
    raw(net, "/ip/route/enable", f"=.id={number}")
    shown = row(net, "/ip/route", number)
    assert (shown["distance"], shown["routing-table"]) == (7, "to_isp1")


def test_blackhole(net: Api) -> None:
    shown = route(net, dst_address="10.0.0.0/8", blackhole="yes")
    assert (shown["blackhole"], shown["active"]) == ("", True)
    assert "gateway" not in shown
    assert "immediate-gw" not in shown


def test_the_lower_distance_wins(net: Api) -> None:
    first = add(net, "/ip/route", gateway="10.0.1.1", distance=1)
    second = add(net, "/ip/route", gateway="10.0.2.1", distance=2)
    assert (state(net, first), state(net, second)) == ("active", "beaten")
    raw(net, "/ip/route/set", f"=.id={first}", "=distance=101")
    assert (state(net, first), state(net, second)) == ("beaten", "active")


def test_equal_distances_share(net: Api) -> None:
    for gateway in ("10.0.1.1", "10.0.2.1"):
        add(net, "/ip/route", gateway=gateway)
    static = [item for item in rows(net, "/ip/route") if item.get("static")]
    assert [(item["active"], item["ecmp"]) for item in static] == [(True, True), (True, True)]


def test_several_gateways_share(net: Api) -> None:
    shown = route(net, gateway="10.0.1.1,10.0.2.1")
    assert (shown["immediate-gw"], shown["ecmp"]) == ("10.0.1.1%ether1,10.0.2.1%ether2", True)


def test_tables_are_apart_and_gateways_are_found_in_main(net: Api) -> None:
    main = add(net, "/ip/route", gateway="10.0.1.1", distance=1)
    own = add(net, "/ip/route", gateway="10.0.2.1", distance=9, routing_table="to_isp1")
    assert (state(net, main), state(net, own)) == ("active", "active")


def test_a_dead_link_takes_its_routes_with_it(lab: Lab, net: Api) -> None:
    first = add(net, "/ip/route", gateway="10.0.1.1", distance=1)
    second = add(net, "/ip/route", gateway="10.0.2.1", distance=2)
    lab.router.set_running("ether1", False)
    assert [item["gateway"] for item in rows(net, "/ip/route") if item.get("connect")] == ["ether2"]
    assert (state(net, first), state(net, second)) == ("inactive", "active")
    lab.router.set_running("ether1", True)
    assert state(net, first) == "active"


def test_a_dialed_interface_runs_once_it_is_connected(lab: Lab, net: Api) -> None:
    add(net, "/interface/pppoe-client", name="pppoe-out1", interface="ether3", disabled="no")
    number = add(net, "/ip/route", gateway="pppoe-out1")
    assert state(net, number) == "inactive"
    lab.router.set_running("pppoe-out1", True)
    assert row(net, "/ip/route", number)["immediate-gw"] == "pppoe-out1"


def test_a_vlan_runs_with_what_is_below(lab: Lab, net: Api) -> None:
    add(net, "/interface/vlan", name="v10", interface="ether3", vlan_id=10)
    number = add(net, "/ip/route", gateway="v10")
    assert state(net, number) == "active"
    raw(net, "/interface/disable", "=numbers=ether3")
    assert state(net, number) == "inactive"


def test_recursive_gateways(net: Api) -> None:
    add(net, "/ip/route", dst_address="9.9.9.9", gateway="10.0.1.1", scope=10)
    number = add(net, "/ip/route", gateway="9.9.9.9", scope=30, target_scope=11)
    assert row(net, "/ip/route", number)["immediate-gw"] == "10.0.1.1%ether1"


def test_scope_keeps_gateways_apart(net: Api) -> None:
    add(net, "/ip/route", dst_address="9.9.9.9", gateway="10.0.1.1", scope=30)
    assert state(net, add(net, "/ip/route", gateway="9.9.9.9", target_scope=11)) == "inactive"


def test_a_route_is_not_its_own_way(net: Api) -> None:
    assert state(net, add(net, "/ip/route", dst_address="9.9.9.0/24", gateway="9.9.9.9", target_scope=255)) == "inactive"


def test_two_same_routes_may_both_be_there(net: Api) -> None:
    add(net, "/ip/route", gateway="10.0.1.1")
    add(net, "/ip/route", gateway="10.0.1.1")
    assert len([item for item in rows(net, "/ip/route") if item.get("static")]) == 2


@pytest.mark.parametrize("command", ["set", "remove", "disable"])
def test_connected_routes_are_not_written(net: Api, command: str) -> None:
    assert refusal(net, f"/ip/route/{command}", "=.id=*20180001") == "failure: can not change dynamic item"


@pytest.mark.parametrize("command", ["set", "remove"])
def test_the_main_table_is_not_written(net: Api, command: str) -> None:
    assert rows(net, "/routing/table")[0][".id"] == "*0"
    assert refusal(net, f"/routing/table/{command}", "=.id=*0") == "failure: can not change dynamic item"


def test_fib_shows_empty_or_not_at_all(net: Api) -> None:
    bare = add(net, "/routing/table", name="bare")
    assert "fib" not in row(net, "/routing/table", bare)
    raw(net, "/routing/table/set", f"=.id={bare}", "=fib=")
    assert row(net, "/routing/table", bare)["fib"] == ""
    raw(net, "/routing/table/unset", f"=.id={bare}", "=value-name=fib")
    assert "fib" not in row(net, "/routing/table", bare)
