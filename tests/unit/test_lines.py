# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines and LAN sides: what is understood, and every message word by word."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from ipaddress import IPv4Address

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import (
    AddressGateway,
    InterfaceGateway,
    Lan,
    LeaseGateway,
    Wan,
    read_lans,
    read_wans,
    route_gateway,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors

FIRST = {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"}
SECOND = {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"}
WANS = read_wans([FIRST, SECOND])

MISSING = object()


def second(**changes: object) -> list[dict[str, object]]:
    """Two WANs, the second of them changed."""
    changed = {**SECOND, **changes}
    return [FIRST, {key: value for key, value in changed.items() if value is not MISSING}]


def wans_of(count: int) -> list[dict[str, object]]:
    return [{"name": f"isp{n}", "interface": f"ether{n}", "gateway": f"203.0.113.{n}"} for n in range(count)]


NAME = "write a short name of the line, such as isp1"
MARKS = "cannot be used in marks; write up to 32 letters, digits, '_', '.' or '-'"
TAKEN = "has a meaning of its own on the router; write another name, such as isp1"
GATEWAY = "write 'dhcp', the provider's gateway such as 203.0.113.1, or the interface itself for PPPoE and LTE"
HOST = "write one such as 203.0.113.1"
GIVEN = "write an address that the provider gave you"
WEIGHT = "write a number above zero such as 2, or a speed such as 10M or 1G"
SAME_FORM = "write all weights as speeds or all as numbers"
NEITHER = (
    "is neither an IPv4 address nor this WAN's own interface; write dhcp, the gateway's address, "
    "or 'ether2' where the interface itself is the gateway (PPPoE, LTE)"
)
KEYS = (
    "name, interface, gateway, weight, schedule, tier, source_address, probes, quorum, max_loss, max_latency, "
    "profile, patience, failback, checks, metered"
)

WAN_ERRORS = {
    "nothing": (None, "multiwan_wans: write a list of WANs, not nothing"),
    "text": ("isp1", "multiwan_wans: write a list of WANs, not the text 'isp1'"),
    "mapping": (FIRST, "multiwan_wans: write a list of WANs, not a mapping"),
    "number": (2, "multiwan_wans: write a list of WANs, not 2"),
    "no WAN": ([], "multiwan_wans: 0 given; write 1 to 8 WANs"),
    "nine WANs": (wans_of(9), "multiwan_wans: 9 given; write 1 to 8 WANs"),
    "item is text": ([FIRST, "isp2"], f"multiwan_wans[1]: write a mapping with {KEYS}, not the text 'isp2'"),
    "item is nothing": ([FIRST, None], f"multiwan_wans[1]: write a mapping with {KEYS}, not nothing"),
    "item is a list": ([FIRST, []], f"multiwan_wans[1]: write a mapping with {KEYS}, not []"),
    "key misspelt": (
        second(gatway="198.51.100.1"),
        f"multiwan_wans[1].gatway: unknown, did you mean 'gateway'?; the keys are {KEYS}",
    ),
    "key unlike any": (second(zzz=1), f"multiwan_wans[1].zzz: unknown; the keys are {KEYS}"),
    "no name": (second(name=MISSING), f"multiwan_wans[1].name: missing; {NAME}"),
    "name is null": (second(name=None), f"multiwan_wans[1].name: missing; {NAME}"),
    "name is empty": (second(name=""), f"multiwan_wans[1].name: '' is not a name; {NAME}"),
    "name is a truth": (second(name=True), f"multiwan_wans[1].name: True is not a name; {NAME}"),
    "name is a list": (second(name=["a"]), f"multiwan_wans[1].name: ['a'] is not a name; {NAME}"),
    "name with a space": (second(name="my line"), f"multiwan_wans[1].name: 'my line' {MARKS}"),
    "name with a colon": (second(name="a:b"), f"multiwan_wans[1].name: 'a:b' {MARKS}"),
    "name starts with a sign": (second(name="-a"), f"multiwan_wans[1].name: '-a' {MARKS}"),
    "name with a line feed": (second(name="a\n"), f"multiwan_wans[1].name: 'a\n' {MARKS}"),
    "name too long": (second(name="a" * 33), f"multiwan_wans[1].name: '{'a' * 33}' {MARKS}"),
    "name main": (second(name="main"), f"multiwan_wans[1].name: 'main' {TAKEN}"),
    "name blackhole": (second(name="blackhole"), f"multiwan_wans[1].name: 'blackhole' {TAKEN}"),
    "name twice": (
        second(name="isp1"),
        "multiwan_wans[1].name: 'isp1' is already multiwan_wans[0].name; each may stand once",
    ),
    "no interface": (
        second(interface=MISSING),
        "multiwan_wans[1].interface: missing; write the router's interface to this line, such as ether1",
    ),
    "interface twice": (
        second(interface="ether1"),
        "multiwan_wans[1].interface: 'ether1' is already multiwan_wans[0].interface; each may stand once",
    ),
    "interface is a number": (
        second(interface=5),
        "multiwan_wans[1].interface: 5 is not a name; write the router's interface to this line, such as ether1",
    ),
    "names differ by case": (
        second(name="ISP1"),
        "multiwan_wans[1].name: 'ISP1' and multiwan_wans[0].name 'isp1' differ by case only; write a name that nobody takes for the other",
    ),
    "no gateway": (second(gateway=MISSING), f"multiwan_wans[1].gateway: missing; {GATEWAY}"),
    "gateway is a list": (second(gateway=[]), f"multiwan_wans[1].gateway: [] is not a name; {GATEWAY}"),
    "gateway out of range": (
        second(gateway="203.0.113.300"),
        f"multiwan_wans[1].gateway: '203.0.113.300' is not an IPv4 address; {HOST}",
    ),
    "gateway too short": (
        second(gateway="203.0.113"),
        f"multiwan_wans[1].gateway: '203.0.113' is not an IPv4 address; {HOST}",
    ),
    "gateway with a mask": (
        second(gateway="198.51.100.1/24"),
        f"multiwan_wans[1].gateway: '198.51.100.1/24' {NEITHER}",
    ),
    "gateway of IPv6": (second(gateway="2001:db8::1"), f"multiwan_wans[1].gateway: '2001:db8::1' {NEITHER}"),
    "gateway of an interface of another line": (
        second(gateway="198.51.100.1%ether1"),
        "multiwan_wans[1].gateway: 'ether1' is not the interface of this WAN; write 198.51.100.1%ether2",
    ),
    "gateway with an interface out of range": (
        second(gateway="198.51.100.300%ether2"),
        f"multiwan_wans[1].gateway: '198.51.100.300' is not an IPv4 address; {HOST}",
    ),
    "gateway of another line": (second(gateway="ether1"), f"multiwan_wans[1].gateway: 'ether1' {NEITHER}"),
    **{
        f"gateway {address}": (
            second(gateway=address),
            f"multiwan_wans[1].gateway: '{address}' cannot be the address of a host; {HOST}",
        )
        for address in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255")
    },
    "source address out of range": (
        second(source_address="198.51.100.256"),
        f"multiwan_wans[1].source_address: '198.51.100.256' is not an IPv4 address; {HOST}",
    ),
    "source address with a mask": (
        second(source_address="198.51.100.2/24"),
        f"multiwan_wans[1].source_address: '198.51.100.2/24' is not an IPv4 address; {HOST}",
    ),
    "source address of the gateway": (
        second(source_address="198.51.100.1"),
        f"multiwan_wans[1].source_address: '198.51.100.1' is the gateway of WAN 'isp2'; {GIVEN}",
    ),
    "source address of another gateway": (
        second(source_address="203.0.113.1"),
        f"multiwan_wans[1].source_address: '203.0.113.1' is the gateway of WAN 'isp1'; {GIVEN}",
    ),
    "source address of no host": (
        second(source_address="224.0.0.1"),
        f"multiwan_wans[1].source_address: '224.0.0.1' cannot be the address of a host; {HOST}",
    ),
    **{
        f"weight {weight!r}": (second(weight=weight), f"multiwan_wans[1].weight: '{weight}' is not a weight; {WEIGHT}")
        for weight in ("fast", "10Mbit", "10m", "10 M", "", -1, True, "1e3")
    },
    "weight 0": (second(weight=0), f"multiwan_wans[1].weight: '0' gives the line no share; {WEIGHT}"),
    "weight 0M": (second(weight="0M"), f"multiwan_wans[1].weight: '0M' gives the line no share; {WEIGHT}"),
    "a speed after a number": (
        [{**FIRST, "weight": 2}, {**SECOND, "weight": "10M"}],
        "multiwan_wans[1].weight: '10M' is a speed, but multiwan_wans[0].weight '2' is a plain number; " + SAME_FORM,
    ),
    "a number after a speed": (
        [{**FIRST, "weight": "1G"}, {**SECOND, "weight": 2}],
        "multiwan_wans[1].weight: '2' is a plain number, but multiwan_wans[0].weight '1G' is a speed; " + SAME_FORM,
    ),
    "a speed beside the default": (
        second(weight="10M"),
        "multiwan_wans[0].weight: missing; the others are speeds, write one such as 10M",
    ),
    "a null weight after a speed": (
        [{**FIRST, "weight": "1G"}, {**SECOND, "weight": None}],
        "multiwan_wans[1].weight: missing; the others are speeds, write one such as 10M",
    ),
    "a speed after a missing weight and a number": (
        [FIRST, {**SECOND, "weight": 2}, {**SECOND, "name": "isp3", "interface": "ether3", "weight": "10M"}],
        "multiwan_wans[2].weight: '10M' is a speed, but multiwan_wans[1].weight '2' is a plain number; " + SAME_FORM,
    ),
    "weight of 5000 digits": (
        second(weight="9" * 5000),
        f"multiwan_wans[1].weight: '{'9' * 5000}' is not a weight; {WEIGHT}",
    ),
    "tier 0": (second(tier=0), "multiwan_wans[1].tier: 0 is out of range; write a whole number from 1 to 8"),
    "tier 9": (second(tier=9), "multiwan_wans[1].tier: 9 is out of range; write a whole number from 1 to 8"),
    "tier 1.5": (
        second(tier=1.5),
        "multiwan_wans[1].tier: 1.5 is not a whole number; write a whole number from 1 to 8",
    ),
    "tier is a fraction": (
        second(tier="1/1"),
        "multiwan_wans[1].tier: '1/1' is not a whole number; write a whole number from 1 to 8",
    ),
    "tier is text": (
        second(tier="backup"),
        "multiwan_wans[1].tier: 'backup' is not a whole number; write a whole number from 1 to 8",
    ),
    "tier is a truth": (
        second(tier=True),
        "multiwan_wans[1].tier: True is not a whole number; write a whole number from 1 to 8",
    ),
}


@pytest.mark.parametrize(("data", "message"), WAN_ERRORS.values(), ids=WAN_ERRORS)
def test_wans_are_refused(data: object, message: str) -> None:
    with pytest.raises(IntentErrors) as refused:
        read_wans(data)
    assert str(refused.value) == message
    (finding,) = refused.value.findings
    assert message.startswith(f"{finding.place}: ")


def test_a_wan_is_read_with_its_defaults() -> None:
    assert WANS[0] == Wan("isp1", "ether1", AddressGateway(IPv4Address("203.0.113.1")), Fraction(1), tier=1, source_address=None)


def test_a_wan_is_read_in_full() -> None:
    data = second(gateway="ether2", weight=0.5, tier="2", source_address="198.51.100.2")
    assert read_wans(data)[1] == Wan("isp2", "ether2", InterfaceGateway(), Fraction(1, 2), 2, IPv4Address("198.51.100.2"))


def test_a_key_without_a_value_has_its_default() -> None:
    assert read_wans(second(weight=None, tier=None, source_address=None)) == WANS


@pytest.mark.parametrize(("weight", "bits"), [("512k", 512_000), ("10M", 10_000_000), ("1.5G", 1_500_000_000), ("0.1M", 100_000)])
def test_a_speed_counts_in_bits(weight: str, bits: int) -> None:
    assert read_wans([{**FIRST, "weight": weight}, {**SECOND, "weight": "1k"}])[0].weight == bits


def test_a_number_may_be_written_as_text() -> None:
    assert [wan.weight for wan in read_wans([{**FIRST, "weight": "3"}, {**SECOND, "weight": 2}])] == [3, 2]


@pytest.mark.parametrize("count", [2, 8])
def test_two_to_eight_wans_are_read(count: int) -> None:
    assert len(read_wans(wans_of(count)[:count])) == count


LAN = "multiwan_lan_interfaces"
EITHER = "write either interface or list, such as {list: LAN}"
NAMED = "write the name of an interface, or {list: NAME} for an interface list"

LAN_ERRORS = {
    "nothing": (None, f"{LAN}: write a list of interfaces, not nothing"),
    "text": ("bridge", f"{LAN}: write a list of interfaces, not the text 'bridge'"),
    "mapping": ({"list": "LAN"}, f"{LAN}: write a list of interfaces, not a mapping"),
    "empty": ([], f"{LAN}: empty; write the interface of the LAN, such as [bridge]"),
    "a WAN's interface": (
        ["bridge", "ether2"],
        f"{LAN}[1]: 'ether2' is the interface of WAN 'isp2'; write the interface of the LAN",
    ),
    "a WAN's interface in long form": (
        [{"interface": "ether1"}],
        f"{LAN}[0]: 'ether1' is the interface of WAN 'isp1'; write the interface of the LAN",
    ),
    "twice": (["bridge", {"interface": "bridge"}], f"{LAN}[1]: 'bridge' is already {LAN}[0]; each may stand once"),
    "list twice": ([{"list": "LAN"}, {"list": "LAN"}], f"{LAN}[1]: 'LAN' is already {LAN}[0]; each may stand once"),
    "both keys": ([{"interface": "bridge", "list": "LAN"}], f"{LAN}[0]: {EITHER}"),
    "no key": ([{}], f"{LAN}[0]: {EITHER}"),
    "key without a value": ([{"list": None}], f"{LAN}[0]: {EITHER}"),
    "key misspelt": ([{"lst": "LAN"}], f"{LAN}[0].lst: unknown, did you mean 'list'?; the keys are interface, list, hotspot"),
    "item is a number": ([7], f"{LAN}[0]: {NAMED}, not 7"),
    "item is blank": ([" "], f"{LAN}[0]: {NAMED}, not the text ' '"),
    "interface is a number": ([{"interface": 5}], f"{LAN}[0].interface: 5 is not a name; write a name"),
    "name is a list": ([{"list": ["LAN"]}], f"{LAN}[0].list: ['LAN'] is not a name; write a name"),
}


@pytest.mark.parametrize(("data", "message"), LAN_ERRORS.values(), ids=LAN_ERRORS)
def test_lans_are_refused(data: object, message: str) -> None:
    with pytest.raises(IntentErrors) as refused:
        read_lans(data, WANS)
    assert str(refused.value) == message


def test_a_lan_is_an_interface_or_a_list_and_both_may_have_one_name() -> None:
    data = ["bridge", {"interface": "vlan10"}, {"list": "bridge"}]
    assert read_lans(data, WANS) == (Lan("bridge"), Lan("vlan10"), Lan("bridge", is_list=True))


def test_a_gateway_in_a_route_names_its_interface_where_two_lines_have_the_same_one() -> None:
    modem = "192.168.1.1"
    wans = read_wans([{**FIRST, "gateway": modem}, {**SECOND, "gateway": modem}, {"name": "lte", "interface": "lte1", "gateway": "lte1"}])
    assert [route_gateway(wan, wans) for wan in wans] == [f"{modem}%ether1", f"{modem}%ether2", "lte1"]
    assert [route_gateway(wan, wans[1:]) for wan in wans[1:]] == [modem, "lte1"]
    assert [wan.gateway.addresses for wan in wans] == [(IPv4Address(modem),), (IPv4Address(modem),), ()]


def test_a_gateway_may_name_its_interface() -> None:
    wans = read_wans([FIRST, {**SECOND, "gateway": "192.168.1.254%ether2"}])
    assert route_gateway(wans[1], wans) == "192.168.1.254%ether2"


def test_a_lease_always_names_its_interface_and_leads_nowhere_until_it_is_known() -> None:
    wans = read_wans([FIRST, {**SECOND, "gateway": "dhcp"}])
    assert wans[1].gateway == LeaseGateway()
    assert (route_gateway(wans[1], wans), wans[1].gateway.addresses) == ("192.0.2.254", ())
    leased = replace(wans[1], gateway=LeaseGateway(IPv4Address("203.0.113.1")))
    assert [route_gateway(wan, [wans[0], leased]) for wan in (wans[0], leased)] == ["203.0.113.1%ether1", "203.0.113.1%ether2"]
