# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values that name other rows: found by name or unique prefix, kept by id."""

from __future__ import annotations

import pytest
from librouteros.api import Api

from tests.lab.router.lab import Lab

from .client import add, raw, refusal, row, rows

MANGLE = "/ip/firewall/mangle"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["=in-interface=ether99"], "in-interface"),
        (["=in-interface-list=NOPE"], "in-interface-list"),
        (["=action=mark-routing", "=new-routing-mark=to_isp9"], "new-routing-mark"),
        (["=routing-mark=to_isp9"], "routing-mark"),
        (["=layer7-protocol=video"], "layer7-protocol"),
    ],
)
def test_unknown_names_in_mangle(api: Api, words: list[str], name: str) -> None:
    assert refusal(api, f"{MANGLE}/add", "=chain=x", *words) == f"input does not match any value of {name}"


@pytest.mark.parametrize(
    ("path", "words", "name"),
    [
        ("/ip/route", ["=gateway=10.0.0.1", "=routing-table=nope"], "routing-table"),
        ("/routing/rule", ["=table=nope"], "table"),
        ("/interface/list/member", ["=list=nope", "=interface=ether1"], "list"),
        ("/interface/list/member", ["=list=static", "=interface=nope"], "interface"),
        ("/ip/dhcp-server/alert", ["=interface=nope"], "interface"),
        ("/ip/address", ["=address=10.0.0.1/24", "=interface=nope"], "interface"),
        ("/interface/list", ["=name=x", "=include=nope"], "include"),
        ("/user", ["=name=x", "=password=", "=group=nope"], "group"),
    ],
)
def test_unknown_names_elsewhere(api: Api, path: str, words: list[str], name: str) -> None:
    assert refusal(api, f"{path}/add", *words) == f"input does not match any value of {name}"


def test_an_empty_name_starts_all_names(api: Api) -> None:
    message = refusal(api, f"{MANGLE}/add", "=chain=x", "=in-interface=")
    assert message == "ambiguous value of in-interface, more than one possible value matches input"


def test_an_empty_list_of_names_is_fine(api: Api) -> None:
    number = add(api, "/interface/list", name="x", include="static,dynamic", exclude="")
    assert row(api, "/interface/list", number)["include"] == "static,dynamic"
    raw(api, "/interface/list/set", f"=.id={number}", "=include=")
    assert row(api, "/interface/list", number)["include"] == ""


def test_unique_prefixes_are_enough(api: Api) -> None:
    for name in ("100Megas", "100MegasD", "uplink"):
        add(api, "/interface/bridge", name=name)
    add(api, MANGLE, chain="x", in_interface="upl")
    assert rows(api, MANGLE)[0]["in-interface"] == "uplink"
    add(api, MANGLE, chain="x", in_interface="100Megas")
    assert rows(api, MANGLE)[1]["in-interface"] == "100Megas"
    message = refusal(api, f"{MANGLE}/add", "=chain=x", "=in-interface=100M")
    assert message == "ambiguous value of in-interface, more than one possible value matches input"


def test_rows_follow_a_new_name(api: Api) -> None:
    add(api, MANGLE, chain="x", in_interface="!ether1")
    raw(api, "/interface/ethernet/set", "=.id=*1", "=name=WAN")
    assert rows(api, MANGLE)[0]["in-interface"] == "!WAN"


def test_rows_show_the_id_of_what_is_gone(api: Api) -> None:
    table = add(api, "/routing/table", name="to_isp1", fib="")
    add(api, MANGLE, chain="x", action="mark-routing", new_routing_mark="to_isp1")
    raw(api, "/routing/table/remove", f"=.id={table}")
    assert rows(api, MANGLE)[0]["new-routing-mark"] == "*1"
    add(api, "/routing/table", name="to_isp1", fib="")
    assert rows(api, MANGLE)[0]["new-routing-mark"] == "*1"


def test_removed_interfaces(api: Api) -> None:
    bridge = add(api, "/interface/bridge", name="br")
    add(api, "/interface/list/member", list="static", interface="br")
    raw(api, "/interface/bridge/remove", f"=.id={bridge}")
    assert rows(api, "/interface/list/member")[0]["interface"] == bridge


@pytest.mark.parametrize("mark", ["isp1", "!isp1", "no-mark", "!no-mark", "with blank"])
def test_marks_are_free_names(api: Api, mark: str) -> None:
    add(api, MANGLE, chain="x", connection_mark=mark, packet_mark=mark)
    assert rows(api, MANGLE)[0]["connection-mark"] == mark


def test_chains_and_lists_are_free_names(api: Api) -> None:
    add(api, MANGLE, chain="own", action="jump", jump_target="nowhere", dst_address_list="!none-such")
    assert rows(api, MANGLE)[0]["invalid"] is False


@pytest.mark.parametrize("gateway", ["10.0.0.1", "ether1", "10.0.0.1%ether1", "10.0.0.1@main", "10.0.0.1,10.0.1.1", "10.0.0.1,ether2"])
def test_gateways(api: Api, gateway: str) -> None:
    number = add(api, "/ip/route", gateway=gateway)
    assert row(api, "/ip/route", number)["gateway"] == gateway


@pytest.mark.parametrize("gateway", ["nope", "10.0.0.1%nope", "10.0.0.1@nope", "10.0.0", ""])
def test_gateways_that_are_none(api: Api, gateway: str) -> None:
    assert refusal(api, "/ip/route/add", f"=gateway={gateway}") == "invalid or unexpected argument base"


def test_gateways_follow_a_new_name(api: Api) -> None:
    number = add(api, "/ip/route", gateway="10.0.0.1%ether1")
    raw(api, "/interface/set", "=.id=*1", "=name=WAN")
    assert row(api, "/ip/route", number)["gateway"] == "10.0.0.1%WAN"


def test_all_lists_are_there_from_the_start(lab: Lab, api: Api) -> None:
    lists = rows(api, "/interface/list")
    assert [item["name"] for item in lists] == ["all", "none", "dynamic", "static"]
    assert all(item["builtin"] for item in lists)
    add(api, MANGLE, chain="x", in_interface_list="!all")
    assert rows(api, MANGLE)[0]["in-interface-list"] == "!all"
