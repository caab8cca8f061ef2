# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gateways as a router knows them: of a lease, and in a network of more than one interface."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.gateways import resolved
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans, route_gateway

Row = dict[str, object]
MODEM = {"name": "modem", "interface": "ether1", "gateway": "192.168.1.1"}
OTHER = {"name": "other", "interface": "ether2", "gateway": "192.168.1.254"}
LEASED = {"name": "leased", "interface": "ether2", "gateway": "dhcp"}
CLIENT: Row = {"interface": "ether2", "status": "bound", "gateway": "198.51.100.1"}


def address(text: str, interface: str, network: str = "192.168.1.0", **more: object) -> Row:
    return {"address": text, "network": network, "interface": interface, **more}


def route(name: str, gateway: str) -> Row:
    return {"gateway": gateway, "comment": f"multiwan:pcc_balance:route:main:{name}"}


def gateways(*lines: Row, **found: list[Row]) -> list[str]:
    """The gateways of routes, on a router with such rows."""
    rows = {
        "ip address": found.get("addresses", []),
        "ip dhcp-client": found.get("clients", []),
        "interface bridge port": found.get("ports", []),
        "ip route": found.get("routes", []),
    }
    wans = resolved(read_wans(list(lines)), rows)
    return [route_gateway(wan, wans) for wan in wans]


PLAIN, NAMED = ["192.168.1.1", "192.168.1.254"], ["192.168.1.1%ether1", "192.168.1.254%ether2"]
ONE, TWO = address("192.168.1.2/24", "ether1"), address("192.168.1.3/24", "ether2")


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ({"addresses": [ONE]}, PLAIN),
        ({"addresses": [ONE, TWO]}, NAMED),
        ({"addresses": [ONE, TWO | {"disabled": True}]}, PLAIN),
        ({"addresses": [ONE, address("192.168.1.3/32", "ether2", "192.168.1.3")]}, PLAIN),
        ({"addresses": [ONE, address("10.0.0.2/32", "ether2", "192.168.1.254")]}, [PLAIN[0], NAMED[1]]),
        ({"addresses": [ONE, address("192.168.1.9/24", "ether1")]}, PLAIN),
        ({"addresses": [address("192.168.1.2/24", "br"), TWO], "ports": [{"interface": "ether2", "bridge": "br"}]}, PLAIN),
        ({"addresses": [ONE], "routes": [route("other", NAMED[1])]}, [PLAIN[0], NAMED[1]]),
        ({"addresses": [ONE], "routes": [route("other", "192.168.1.253%ether2")]}, PLAIN),
        ({"addresses": [ONE], "routes": [route("other", "fe80::1%ether2")]}, PLAIN),
    ],
    ids=["one", "two", "off", "alone", "far end", "twice", "bridged", "as it is", "another one", "no address"],
)
def test_a_route_names_the_interface_where_the_address_is_that_of_a_neighbour_of_two(
    found: dict[str, list[Row]], wanted: list[str]
) -> None:
    assert gateways(MODEM, OTHER, **found) == wanted


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ({"clients": [CLIENT]}, "198.51.100.1%ether2"),
        ({"clients": [CLIENT | {"interface": "ether3"}]}, "192.0.2.254"),
        ({"clients": [{"interface": "ether2", "status": "searching..."}]}, "192.0.2.254"),
        ({"clients": [CLIENT | {"disabled": True}]}, "192.0.2.254"),
        ({"clients": [CLIENT | {"gateway": "0.0.0.0"}]}, "192.0.2.254"),
        ({}, "192.0.2.254"),
        ({"routes": [route("leased", "198.51.100.9%ether2")]}, "198.51.100.9%ether2"),
        ({"routes": [route("leased", "198.51.100.9%ether3")]}, "192.0.2.254"),
        ({"routes": [route("leased", "192.0.2.254")]}, "192.0.2.254"),
        ({"clients": [CLIENT], "routes": [route("leased", "198.51.100.9%ether2")]}, "198.51.100.1%ether2"),
        ({"addresses": [address("192.0.2.7/24", "ether5", "192.0.2.0")]}, "198.51.100.254"),
        (
            {"addresses": [address("192.0.2.7/24", "ether5", "192.0.2.0"), address("198.51.100.7/24", "ether5", "198.51.100.0")]},
            "203.0.113.254",
        ),
    ],
    ids=["bound", "another port", "searching", "off", "nobody", "none", "as it is", "renamed", "nowhere", "moved", "taken", "both taken"],
)
def test_a_lease_says_the_gateway_and_without_one_it_leads_nowhere(found: dict[str, list[Row]], wanted: str) -> None:
    assert gateways(MODEM, LEASED, **found)[1] == wanted


def test_two_modems_with_one_gateway_name_their_interfaces_though_one_of_them_is_leased() -> None:
    found = {"addresses": [ONE, TWO | {"dynamic": True}], "clients": [CLIENT | {"gateway": "192.168.1.1"}]}
    assert gateways(MODEM, LEASED, **found) == ["192.168.1.1%ether1", "192.168.1.1%ether2"]


def test_a_port_whose_name_is_a_number_has_a_lease_too() -> None:
    """A router is read so that what looks like a number is one."""
    assert gateways(MODEM, LEASED | {"interface": "10"}, clients=[CLIENT | {"interface": 10}])[1] == "198.51.100.1%10"
