# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote: what is understood, and every message word by word."""

from __future__ import annotations

from fractions import Fraction
from ipaddress import IPv4Address

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import (
    AddressGateway,
    InterfaceGateway,
    Lan,
    Wan,
    read_lans,
    read_wans,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import (
    DEFAULT_BYPASS,
    KINDS,
    Options,
    Service,
    read_bypass,
    read_intent,
    read_options,
    read_services,
    solve_buckets,
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
GATEWAY = "write the provider's gateway, such as 203.0.113.1, or the interface itself for PPPoE and LTE"
HOST = "write one such as 203.0.113.1"
GIVEN = "write an address that the provider gave you"
WEIGHT = "write a number above zero such as 2, or a speed such as 10M or 1G"
SAME_FORM = "write all weights as speeds or all as numbers"
NEITHER = (
    "is neither an IPv4 address nor this WAN's own interface; write the gateway's address, "
    "or 'ether2' where the interface itself is the gateway (PPPoE, LTE)"
)
KEYS = "name, interface, gateway, weight, tier, source_address, probes, quorum, max_loss, max_latency"

WAN_ERRORS = {
    "nothing": (None, "multiwan_wans: write a list of WANs, not nothing"),
    "text": ("isp1", "multiwan_wans: write a list of WANs, not the text 'isp1'"),
    "mapping": (FIRST, "multiwan_wans: write a list of WANs, not a mapping"),
    "number": (2, "multiwan_wans: write a list of WANs, not 2"),
    "no WAN": ([], "multiwan_wans: 0 given; write 2 to 8 WANs"),
    "one WAN": ([FIRST], "multiwan_wans: 1 given; write 2 to 8 WANs"),
    "nine WANs": (wans_of(9), "multiwan_wans: 9 given; write 2 to 8 WANs"),
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
    "key misspelt": ([{"lst": "LAN"}], f"{LAN}[0].lst: unknown, did you mean 'list'?; the keys are interface, list"),
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


NETWORK = "is not an IPv4 network; write 10.0.0.0/8, 192.0.2.1 or 192.0.2.1-192.0.2.9"

EVERYTHING = "is everything, so that nothing would be balanced; write the networks to leave out"

BYPASS_ERRORS = {
    "text": ("10.0.0.0/8", "pcc_balance_bypass: write a list of networks, not the text '10.0.0.0/8'"),
    "nothing": (None, "pcc_balance_bypass: write a list of networks, not nothing"),
    "no network": (["lan"], f"pcc_balance_bypass[0]: 'lan' {NETWORK}"),
    "mask too long": (["10.0.0.0/33"], f"pcc_balance_bypass[0]: '10.0.0.0/33' {NETWORK}"),
    "two masks": (["10.0.0.0/8/8"], f"pcc_balance_bypass[0]: '10.0.0.0/8/8' {NETWORK}"),
    "IPv6": (["2001:db8::/32"], f"pcc_balance_bypass[0]: '2001:db8::/32' {NETWORK}"),
    "range to nowhere": (["192.0.2.1-9"], f"pcc_balance_bypass[0]: '192.0.2.1-9' {NETWORK}"),
    "range backwards": (
        ["192.0.2.9-192.0.2.1"],
        "pcc_balance_bypass[0]: '192.0.2.9-192.0.2.1' ends before it starts; write 192.0.2.1-192.0.2.9",
    ),
    "host bits": (["10.1.0.0/8"], "pcc_balance_bypass[0]: '10.1.0.0/8' has bits set behind its mask; write 10.0.0.0/8"),
    "everything": (["0.0.0.0/0"], f"pcc_balance_bypass[0]: '0.0.0.0/0' {EVERYTHING}"),
    "everything as a range": (["0.0.0.0-255.255.255.255"], f"pcc_balance_bypass[0]: '0.0.0.0-255.255.255.255' {EVERYTHING}"),
    "a network and its range": (
        ["192.0.2.0/24", "192.0.2.0-192.0.2.255"],
        "pcc_balance_bypass[1]: '192.0.2.0/24' is already pcc_balance_bypass[0]; each may stand once",
    ),
    "twice": (
        ["192.0.2.1", "10.0.0.0/8", "192.0.2.1/32"],
        "pcc_balance_bypass[2]: '192.0.2.1' is already pcc_balance_bypass[0]; each may stand once",
    ),
}


@pytest.mark.parametrize(("data", "message"), BYPASS_ERRORS.values(), ids=BYPASS_ERRORS)
def test_bypasses_are_refused(data: object, message: str) -> None:
    with pytest.raises(IntentErrors) as refused:
        read_bypass(data)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1/32", "192.0.2.1"),
        ("192.0.2.1-192.0.2.9", "192.0.2.1-192.0.2.9"),
        ("192.0.2.0-192.0.2.255", "192.0.2.0/24"),
        ("10.0.0.1-10.0.0.1", "10.0.0.1"),
    ],
)
def test_a_bypass_is_read_as_the_router_spells_it(written: str, read: str) -> None:
    assert read_bypass([written]) == (read,)


def test_no_bypass_is_a_bypass() -> None:
    assert read_bypass([]) == ()


SERVICE = "is not a service; write 53/udp, 443/tcp or 8000-8099/tcp"

SERVICE_ERRORS = {
    "text": ("53/udp", "pcc_balance_bypass_services: write a list of services, not the text '53/udp'"),
    "number": ([53], f"pcc_balance_bypass_services[0]: '53' {SERVICE}"),
    "name": (["53/udp", "dns/udp"], f"pcc_balance_bypass_services[1]: 'dns/udp' {SERVICE}"),
    "protocol": (["1/icmp"], f"pcc_balance_bypass_services[0]: '1/icmp' {SERVICE}"),
    "port 0": (["0/tcp"], f"pcc_balance_bypass_services[0]: '0/tcp' {SERVICE}"),
    "port too high": (["1-65536/tcp"], f"pcc_balance_bypass_services[0]: '1-65536/tcp' {SERVICE}"),
    "backwards": (["99-80/tcp"], f"pcc_balance_bypass_services[0]: '99-80/tcp' {SERVICE}"),
    "twice": (
        ["53/udp", "53-53/udp"],
        "pcc_balance_bypass_services[1]: '53/udp' is already pcc_balance_bypass_services[0]; each may stand once",
    ),
}


@pytest.mark.parametrize(("data", "message"), SERVICE_ERRORS.values(), ids=SERVICE_ERRORS)
def test_services_are_refused(data: object, message: str) -> None:
    with pytest.raises(IntentErrors) as refused:
        read_services(data)
    assert str(refused.value) == message


def test_services_are_read() -> None:
    services = read_services(["53/udp", "8000-8099/tcp"])
    assert services == (Service("udp", 53, 53), Service("tcp", 8000, 8099))
    assert [str(service) for service in services] == ["53/udp", "8000-8099/tcp"]


CLASSIFIERS = (
    "write one of both-addresses, both-addresses-and-ports, both-ports, dst-address, dst-address-and-port, dst-port, "
    "src-address, src-address-and-port, src-port"
)

OPTION_ERRORS = {
    "misspelt": ({"tolerence": 1}, "pcc_balance_tolerence: unknown option, did you mean 'pcc_balance_tolerance'?"),
    "unlike any": ({"speed": 1}, "pcc_balance_speed: unknown option"),
    "tolerance is a fraction": (
        {"tolerance": "1/2"},
        "pcc_balance_tolerance: '1/2' is not a number; write a number from 0 to 50",
    ),
    "tolerance is longer than any computer": (
        {"tolerance": "1e999999999"},
        "pcc_balance_tolerance: '1e999999999' is not a number; write a number from 0 to 50",
    ),
    "tolerance is text": (
        {"tolerance": "little"},
        "pcc_balance_tolerance: 'little' is not a number; write a number from 0 to 50",
    ),
    "tolerance is a truth": (
        {"tolerance": True},
        "pcc_balance_tolerance: True is not a number; write a number from 0 to 50",
    ),
    "tolerance below zero": (
        {"tolerance": -0.5},
        "pcc_balance_tolerance: -0.5 is out of range; write a number from 0 to 50",
    ),
    "tolerance above fifty": (
        {"tolerance": 51},
        "pcc_balance_tolerance: 51 is out of range; write a number from 0 to 50",
    ),
    "tolerance over zero": (
        {"tolerance": "1/0"},
        "pcc_balance_tolerance: '1/0' is not a number; write a number from 0 to 50",
    ),
    "max_rows broken": (
        {"max_rows": 2.5},
        "pcc_balance_max_rows: 2.5 is not a whole number; write a whole number from 2 to 64",
    ),
    "max_rows too few": (
        {"max_rows": 1},
        "pcc_balance_max_rows: 1 is out of range; write a whole number from 2 to 64",
    ),
    "max_rows too many": (
        {"max_rows": 65},
        "pcc_balance_max_rows: 65 is out of range; write a whole number from 2 to 64",
    ),
    "classifier misspelt": (
        {"classifier": "both-adresses"},
        f"pcc_balance_classifier: 'both-adresses' is unknown, did you mean 'both-addresses'?; {CLASSIFIERS}",
    ),
    "classifier_tcp unlike any": (
        {"classifier_tcp": "x"},
        f"pcc_balance_classifier_tcp: 'x' is unknown; {CLASSIFIERS}",
    ),
    "classifier_udp misspelt": (
        {"classifier_udp": "src-adress"},
        f"pcc_balance_classifier_udp: 'src-adress' is unknown, did you mean 'src-address'?; {CLASSIFIERS}",
    ),
    "check_gateway": (
        {"check_gateway": "pings"},
        "pcc_balance_check_gateway: 'pings' is unknown, did you mean 'ping'?; write one of ping, arp, none",
    ),
    "warn_only misspelt": (
        {"warn_only": ["fasttrack", "dstnat"]},
        f"pcc_balance_warn_only[1]: 'dstnat' is unknown, did you mean 'dst-nat'?; write one of {', '.join(KINDS)}",
    ),
    "warn_only is a text": ({"warn_only": "fasttrack"}, "pcc_balance_warn_only: write a list, not the text 'fasttrack'"),
    "nat": ({"nat": "maybe"}, "pcc_balance_nat: 'maybe' is neither true nor false; write true or false"),
}


@pytest.mark.parametrize(("data", "message"), OPTION_ERRORS.values(), ids=OPTION_ERRORS)
def test_options_are_refused(data: dict[str, object], message: str) -> None:
    with pytest.raises(IntentErrors) as refused:
        read_options(data)
    assert str(refused.value) == message


def test_the_prefix_of_an_option_can_be_left_out() -> None:
    with pytest.raises(IntentErrors, match=r"^max_rows: 1 is out of range"):
        read_options({"max_rows": 1}, prefix="")


def test_options_are_read() -> None:
    data = {"tolerance": "0.25", "max_rows": "32", "check_gateway": "arp", "nat": False, "warn_only": ["dst-nat"]}
    options = Options(tolerance=Fraction(1, 4), max_rows=32, check_gateway="arp", nat=False, warn_only=frozenset({"dst-nat"}))
    assert read_options(data) == options
    assert read_options({}) == Options()
    assert read_options({"tolerance": 1e-07}).tolerance == Fraction(1, 10**7)


@pytest.mark.parametrize(
    ("given", "nat"),
    [(True, True), (False, False), ("true", True), ("false", False), ("yes", True), ("No", False), (1, True)],
)
def test_nat_may_be_any_truth_of_ansible(given: object, nat: bool) -> None:
    """``-e pcc_balance_nat=false`` is a text, and the check of the argument spec does not turn it into a truth."""
    assert read_options({"nat": given}).nat is nat


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_classifier_leaves_the_two_others(empty: str | None) -> None:
    options = read_options({"classifier": empty, "classifier_tcp": "both-ports", "classifier_udp": "dst-port"})
    assert (options.classifier_tcp, options.classifier_udp) == ("both-ports", "dst-port")


def test_one_classifier_stands_for_both() -> None:
    options = read_options({"classifier": "src-port", "classifier_tcp": "both-ports", "classifier_udp": "dst-port"})
    assert (options.classifier_tcp, options.classifier_udp) == ("src-port", "src-port")


def test_more_lines_than_rows_are_refused() -> None:
    message = "pcc_balance_max_rows: 3 lines need at least 3 rows, and the maximum is 2; write a larger number"
    with pytest.raises(IntentErrors) as refused:
        solve_buckets(read_wans(wans_of(3)), read_options({"max_rows": 2}))
    assert str(refused.value) == message
    with pytest.raises(IntentErrors) as refused:
        read_intent({"wans": wans_of(3), "lan_interfaces": ["bridge"], "max_rows": 2})
    assert str(refused.value) == message


def test_a_backup_needs_no_row() -> None:
    lines = wans_of(3)
    lines[2]["tier"] = 2
    assert read_intent({"wans": lines, "lan_interfaces": ["bridge"], "max_rows": 2}).options.max_rows == 2


def test_our_own_list_is_no_lan() -> None:
    message = "multiwan_lan_interfaces[1]: 'multiwan-lan' is the list that the role makes of yours; write yours"
    with pytest.raises(IntentErrors) as refused:
        read_intent({"wans": [FIRST, SECOND], "lan_interfaces": ["bridge", {"list": "multiwan-lan"}]})
    assert str(refused.value) == message


def test_an_intent_is_read_whole() -> None:
    intent = read_intent({"wans": [FIRST, SECOND], "lan_interfaces": ["bridge"], "bypass": ["192.0.2.0/24"]})
    assert (intent.wans, intent.lans, intent.bypass) == (WANS, (Lan("bridge"),), (*DEFAULT_BYPASS, "192.0.2.0/24"))
    assert read_intent({"wans": [FIRST, SECOND], "lan_interfaces": ["bridge"]}).bypass == DEFAULT_BYPASS


def test_what_is_always_bypassed_may_be_written_again() -> None:
    data = {"wans": [FIRST, SECOND], "lan_interfaces": ["bridge"]}
    assert read_intent({**data, "bypass": ["10.0.0.0/8", "10.1.0.0/16"]}).bypass == (*DEFAULT_BYPASS, "10.1.0.0/16")


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({}, "multiwan_wans multiwan_lan_interfaces"),
        ({"wans": [FIRST, SECOND]}, "multiwan_lan_interfaces"),
        ({"wans": [FIRST, SECOND], "lan_interfaces": ["bridge"], "bypass": None}, "pcc_balance_bypass"),
        ({"wans": [FIRST, SECOND], "lan_interfaces": ["bridge"], "speed": 1}, "pcc_balance_speed"),
    ],
)
def test_an_intent_names_the_part_that_is_wrong(data: dict[str, object], places: str) -> None:
    with pytest.raises(IntentErrors) as refused:
        read_intent(data)
    assert [finding.place for finding in refused.value.findings] == places.split()
