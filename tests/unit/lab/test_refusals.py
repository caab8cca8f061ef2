# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the router refuses, word by word."""

from __future__ import annotations

import pytest
from librouteros.api import Api
from librouteros.exceptions import TrapError

from tests.lab.router.lab import Lab
from tests.lab.router.paths import path

from .client import add, raw, refusal, rows


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        ("/ip/firewal/mangle/print", "no such command prefix"),
        ("/nope/print", "no such command prefix"),
        ("/ip/route/rule/print", "no such command prefix"),
        ("/ip/route/frobnicate", "no such command"),
        ("/ip/route", "no such command"),
        ("/system/resource/set", "no such command"),
        ("/ip/firewall/connection/add", "no such command"),
    ],
)
def test_unknown_paths_and_commands(api: Api, sentence: str, message: str) -> None:
    with pytest.raises(TrapError) as caught:
        raw(api, sentence)
    assert (caught.value.message, caught.value.category) == (message, 0)


@pytest.mark.parametrize(
    ("menu", "missing"),
    [
        ("/ip/firewall/mangle", "chain"),
        ("/ip/firewall/nat", "chain"),
        ("/ip/firewall/filter", "chain"),
        ("/ip/firewall/raw", "chain"),
        ("/tool/netwatch", "host"),
        ("/ip/dhcp-server/alert", "interface"),
        ("/ip/dhcp-client", "interface"),
        ("/interface/list", "name"),
        ("/interface/list/member", "list interface"),
        ("/ip/firewall/address-list", "list"),
        ("/system/scheduler", "name"),
        ("/ip/address", "address interface"),
        ("/ip/pool", "ranges"),
        ("/user", "name group password"),
    ],
)
def test_missing_arguments(api: Api, menu: str, missing: str) -> None:
    assert refusal(api, f"{menu}/add") == f"missing value(s) of argument(s) {missing}"


@pytest.mark.parametrize("menu", ["/ip/route", "/routing/table", "/routing/rule", "/system/script", "/system/logging"])
def test_menus_that_need_nothing(api: Api, menu: str) -> None:
    before = len(rows(api, menu))
    raw(api, f"{menu}/add")
    assert len(rows(api, menu)) == before + 1


def test_pppoe_needs_an_interface(api: Api) -> None:
    assert refusal(api, "/interface/pppoe-client/add", "=name=x") == "failure: no interfaces provided"


@pytest.mark.parametrize(
    ("menu", "words", "name"),
    [
        ("/ip/route/add", ["=gateway=10.0.0.1", "=routing-mark=x"], "routing-mark"),
        ("/ip/firewall/mangle/add", ["=chain=x", "=colour=red"], "colour"),
        ("/tool/netwatch/add", ["=host=1.1.1.1", "=routing-table=x"], "routing-table"),
        ("/ip/dhcp-client/add", ["=interface=ether1", "=name=x"], "name"),
        ("/ip/settings/set", ["=route-cache=yes"], "route-cache"),
        ("/ip/firewall/mangle/print", ["=where=x", "=sort=y"], "sort"),
    ],
)
def test_unknown_parameters(api: Api, menu: str, words: list[str], name: str) -> None:
    assert refusal(api, menu, *words) == f"unknown parameter {name}"


def test_argument_errors_have_category_one(api: Api) -> None:
    with pytest.raises(TrapError) as caught:
        raw(api, "/ip/firewall/mangle/add", "=chain=x", "=in-interface=nope")
    assert caught.value.category == 1


@pytest.mark.parametrize(
    ("menu", "values", "message"),
    [
        ("/system/script", {"name": "a"}, "failure: item with such name already exists"),
        ("/system/scheduler", {"name": "a"}, "failure: item with such name already exists"),
        ("/interface/list", {"name": "a"}, "failure: already have such entry"),
        ("/interface/list/member", {"list": "static", "interface": "ether1"}, "failure: already have such entry"),
        ("/routing/table", {"name": "a"}, "failure: already have such entry"),
        ("/ip/address", {"address": "10.0.0.1/24", "interface": "ether1"}, "failure: already have such address"),
        ("/interface/bridge", {"name": "a"}, "failure: already have interface with such name"),
        ("/ip/dhcp-server/network", {"address": "10.0.0.0/24"}, "failure: such network already exists"),
        (
            "/ip/dhcp-server",
            {"name": "a", "interface": "ether1"},
            "failure: server with such name already exists",
        ),
        (
            "/user",
            {"name": "a", "group": "read", "password": ""},
            "failure: user with the same name already exists",
        ),
    ],
)
def test_duplicates(api: Api, menu: str, values: dict[str, str], message: str) -> None:
    words = [f"={name}={value}" for name, value in values.items()]
    raw(api, f"{menu}/add", *words)
    assert refusal(api, f"{menu}/add", *words) == message


def test_address_lists_count_enabled_entries_only(api: Api) -> None:
    menu = "/ip/firewall/address-list"
    add(api, menu, list="a", address="1.2.3.4")
    assert refusal(api, f"{menu}/add", "=list=a", "=address=1.2.3.4/32") == "failure: already have such entry"
    add(api, menu, list="b", address="1.2.3.4")
    other = add(api, menu, list="a", address="1.2.3.4", disabled="yes")
    assert refusal(api, f"{menu}/enable", f"=.id={other}") == "failure: already have such entry"


def test_interface_names_are_one_space(api: Api) -> None:
    message = refusal(api, "/interface/ethernet/set", "=numbers=ether1", "=name=ether2")
    assert message == "failure: already have interface with such name"
    message = refusal(api, "/interface/vlan/add", "=name=lo", "=interface=ether1", "=vlan-id=5")
    assert message == "failure: already have interface with such name"


@pytest.mark.parametrize("command", ["set", "remove"])
def test_lists_of_the_factory_are_not_written(api: Api, command: str) -> None:
    assert refusal(api, f"/interface/list/{command}", "=numbers=all") == "failure: can not change builtin item"


def test_device_mode(lab: Lab, api: Api) -> None:
    assert rows(api, "/system/device-mode")[0]["scheduler"] is True
    lab.router.install_state(path("system device-mode"), {"mode": "home", "scheduler": "false"})
    assert refusal(api, "/system/scheduler/add", "=name=x") == "failure: not allowed by device-mode"


def test_commands_that_the_lab_does_not_play_say_so(api: Api) -> None:
    assert refusal(api, "/system/shutdown") == "lab: the command shutdown is not played here"


def test_refused_writes_change_nothing(lab: Lab, api: Api) -> None:
    number = add(api, "/ip/firewall/mangle", chain="x", comment="c")
    before = lab.dump()
    refusal(api, "/ip/firewall/mangle/set", f"=.id={number}", "=comment=d", "=in-interface=nope")
    refusal(api, "/ip/firewall/mangle/add", "=chain=y", "=action=teleport")
    assert lab.dump() == before
