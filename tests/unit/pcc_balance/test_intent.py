# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote: what is understood, and every message word by word."""

from __future__ import annotations

from fractions import Fraction

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import (
    Lan,
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


def wans_of(count: int) -> list[dict[str, object]]:
    return [{"name": f"isp{n}", "interface": f"ether{n}", "gateway": f"203.0.113.{n}"} for n in range(count)]


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
