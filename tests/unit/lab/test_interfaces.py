# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Interfaces of all kinds in one list, and the ports that exports speak of."""

from __future__ import annotations

import pytest
from librouteros.api import Api

from tests.lab.router.hardware import ports_of
from tests.lab.router.lab import Lab

from .client import add, connect, raw, rows
from .conftest import StartLab


def test_ports_and_loopback(api: Api) -> None:
    found = [(row["name"], row["type"], row["running"]) for row in rows(api, "/interface")]
    assert found == [*((f"ether{n}", "ether", True) for n in range(1, 9)), ("lo", "loopback", True)]


def test_how_many_ports_is_an_option(start_lab: StartLab) -> None:
    assert len(rows(connect(start_lab(interfaces=2)), "/interface/ethernet")) == 2


@pytest.mark.parametrize(
    ("menu", "values", "kind", "runs"),
    [
        ("bridge", {}, "bridge", True),
        ("vlan", {"interface": "ether1", "vlan-id": 10}, "vlan", True),
        ("vrrp", {"interface": "ether1"}, "vrrp", True),
        ("pppoe-client", {"interface": "ether1", "disabled": "no"}, "pppoe-out", False),
        ("l2tp-client", {"connect-to": "10.0.0.1", "user": "u", "disabled": "no"}, "l2tp-out", False),
        ("wireguard", {}, "wg", True),
        ("eoip", {"remote-address": "10.0.0.1", "tunnel-id": 1}, "eoip", True),
        ("6to4", {}, "6to4-tunnel", True),
    ],
)
def test_kinds(api: Api, menu: str, values: dict[str, object], kind: str, runs: bool) -> None:
    number = next(iter(api(f"/interface/{menu}/add", name="new", **values)))["ret"]
    shown = rows(api, "/interface")[-1]
    assert (shown[".id"], shown["name"], shown["type"], shown["running"]) == (number, "new", kind, runs)


def test_dialed_clients_are_born_disabled(api: Api) -> None:
    add(api, "/interface/pppoe-client", interface="ether1")
    assert rows(api, "/interface/pppoe-client")[0]["disabled"] is True


def test_an_interface_is_switched_from_either_menu(api: Api) -> None:
    raw(api, "/interface/disable", "=numbers=ether3")
    ether = rows(api, "/interface/ethernet")[2]
    assert (ether["disabled"], ether["running"]) == (True, False)


def test_default_name_stays(api: Api) -> None:
    raw(api, "/interface/ethernet/set", "=numbers=ether2", "=name=CT")
    shown = rows(api, "/interface")[1]
    assert (shown["name"], shown["default-name"]) == ("CT", "ether2")


def test_plugs_are_pulled_by_name(lab: Lab, api: Api) -> None:
    lab.router.set_running("ether2", False)
    assert rows(api, "/interface")[1]["running"] is False
    with pytest.raises(KeyError):
        lab.router.set_running("nope", True)


def test_ports_of_no_file_are_the_usual_ones() -> None:
    assert [port.default_name for port in ports_of([])] == [f"ether{n}" for n in range(1, 9)]


def test_ports_that_files_name() -> None:
    source = (
        "/interface ethernet\n"
        "set [ find default-name=ether10 ] name=LAN\n"
        "set [ find default-name=sfp1 ] disabled=yes\n"
        'set [ find default-name=ether1 ] name="ether 2"\n'
        "set [ find default-name=wlan1 ] name=air\n"
        "/interface bridge port add bridge=b interface=ether12\n"
        "/ip route add gateway=ether13\n"
    )
    names = {port.default_name: port.name for port in ports_of([source])}
    assert names.keys() == {*(f"ether{n}" for n in range(1, 9)), "ether10", "ether12", "ether13", "sfp1", "wlan1"}
    assert (names["ether10"], names["sfp1"], names["ether1"]) == ("LAN", "sfp1", "ether 2")


def test_ports_renamed_in_a_circle() -> None:
    source = "/interface ethernet\nset [ find default-name=ether1 ] name=ether2\nset [ find default-name=ether2 ] name=ether1\n"
    names = {port.default_name: port.name for port in ports_of([source])}
    assert (names["ether1"], names["ether2"]) == ("ether2", "ether1")


@pytest.mark.parametrize(
    "line",
    [
        "/ip firewall filter add chain=input in-interface=!lte1",
        "/ip route add gateway=lte1",
        "/ip route add gateway=192.0.2.1%lte1",
        "/interface bonding add slaves=ether1,lte1",
        "/interface bridge vlan add bridge=b tagged=b,lte1 vlan-ids=10",
        "/queue tree add name=up parent=lte1",
    ],
)
def test_ports_that_are_as_shipped_are_named_somewhere(line: str) -> None:
    assert "lte1" in [port.default_name for port in ports_of([line])]


@pytest.mark.parametrize(
    "source",
    ["/interface vlan add name=lte1 interface=ether1\n/ip route add gateway=lte1", "/ip firewall filter add chain=input comment=lte1"],
)
def test_other_things_may_be_called_like_ports(source: str) -> None:
    assert "lte1" not in [port.default_name for port in ports_of([source])]


def test_an_address_on_a_port_of_a_bridge_is_on_the_bridge(api: Api) -> None:
    add(api, "/interface/bridge", name="bridge")
    add(api, "/ip/address", address="192.168.88.1/24", interface="ether2")
    number = add(api, "/interface/bridge/port", bridge="bridge", interface="ether2")
    (address,) = rows(api, "/ip/address")
    (route,) = rows(api, "/ip/route")
    assert (address["interface"], address["actual-interface"], route["gateway"]) == ("ether2", "bridge", "bridge")
    raw(api, "/interface/bridge/port/remove", f"=.id={number}")
    (address,) = rows(api, "/ip/address")
    assert (address["actual-interface"], rows(api, "/ip/route")[0]["gateway"]) == ("ether2", "ether2")
