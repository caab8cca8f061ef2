# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is written and what is read back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from librouteros.api import Api

from tests.lab.router.errors import Trap
from tests.lab.router.factory import Hardware, new_router, ports
from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.reading import read_row
from tests.lab.router.store import Router
from tests.lab.router.times import format_duration, parse_duration

from .client import add, refusal, row

MANGLE = "ip firewall mangle"
NETWATCH = "tool netwatch"
ALERT = "ip dhcp-server alert"
ADDRESSES = "ip firewall address-list"


@pytest.fixture(scope="module")
def router() -> Router:
    """A router without a server."""
    return new_router(Hardware(ports(2)))


NEEDED = {
    MANGLE: {"chain": "x"},
    NETWATCH: {"host": "1.1.1.1"},
    ALERT: {"interface": "ether1"},
    ADDRESSES: {"list": "l"},
    "system scheduler": {"name": "s"},
    "system script": {"name": "s"},
    "ip route": {},
    "ip address": {"interface": "ether1"},
    "queue simple": {"target": "10.0.0.0/8"},
    "routing table": {"name": "t"},
}


def read_back(router: Router, menu: str, name: str, text: str) -> str:
    """Writes one property and reads it."""
    made = router.add(path(menu), {**NEEDED[menu], name: text})
    try:
        if menu == "ip route":
            return router.text(made.values[name])
        return read_row(router, path(menu), made)[name]
    finally:
        router.remove(path(menu), [made])


@pytest.mark.parametrize(
    ("menu", "name", "written", "read"),
    [
        (MANGLE, "disabled", "yes", "true"),
        (MANGLE, "disabled", "true", "true"),
        (MANGLE, "disabled", "no", "false"),
        (MANGLE, "passthrough", "false", "false"),
        (NETWATCH, "check-certificate", "true", "yes"),
        (NETWATCH, "check-certificate", "no", "no"),
        (NETWATCH, "interval", "00:00:10", "10s"),
        (NETWATCH, "interval", "60m", "1h"),
        (NETWATCH, "interval", "3600", "1h"),
        (NETWATCH, "interval", "90", "1m30s"),
        (NETWATCH, "interval", "1d2h3m4s", "1d2h3m4s"),
        (NETWATCH, "interval", "1d02:03:04", "1d2h3m4s"),
        (NETWATCH, "packet-interval", "00:00:00.200", "200ms"),
        (NETWATCH, "packet-interval", "50ms", "50ms"),
        (NETWATCH, "startup-delay", "0", "0s"),
        (NETWATCH, "thr-loss-percent", "85", "85%"),
        (NETWATCH, "thr-loss-percent", "85%", "85%"),
        (NETWATCH, "packet-count", "010", "10"),
        (NETWATCH, "type", "icm", "icmp"),
        (ALERT, "valid-server", "aa-bb-cc-dd-ee-0f", "AA:BB:CC:DD:EE:0F"),
        (ALERT, "valid-server", "aabbccddee0f, 02:00:00:00:00:01", "AA:BB:CC:DD:EE:0F,02:00:00:00:00:01"),
        (ALERT, "alert-timeout", "none", "none"),
        (ALERT, "alert-timeout", "24h", "1d"),
        (ADDRESSES, "address", "10.1.2.3/8", "10.0.0.0/8"),
        (ADDRESSES, "address", "1.2.3.4/32", "1.2.3.4"),
        (ADDRESSES, "address", "10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9"),
        (ADDRESSES, "address", "ai.google.com", "ai.google.com"),
        ("ip route", "dst-address", "192.168.1.77/24", "192.168.1.0/24"),
        ("ip route", "dst-address", "1.1.1.1", "1.1.1.1/32"),
        ("ip route", "dst-address", "0.0.0.0/0", "0.0.0.0/0"),
        ("ip route", "blackhole", "yes", ""),
        ("ip route", "blackhole", "", ""),
        ("routing table", "fib", "yes", ""),
        ("routing table", "fib", "no", ""),
        ("routing table", "fib", "", ""),
        ("ip address", "address", "10.0.0.1/24", "10.0.0.1/24"),
        ("ip address", "address", "10.0.0.1", "10.0.0.1/32"),
        (MANGLE, "action", "mark-con", "mark-connection"),
        (MANGLE, "connection-state", "new,established", "established,new"),
        (MANGLE, "connection-state", "!invalid, new", "!invalid,new"),
        (MANGLE, "dst-address-type", "!local", "!local"),
        (MANGLE, "dst-port", "80, 443,1000-2000", "80,443,1000-2000"),
        (MANGLE, "per-connection-classifier", "both-addresses:3/1", "both-addresses:3/1"),
        (MANGLE, "per-connection-classifier", "!src-address:2/0", "!src-address:2/0"),
        (MANGLE, "nth", "2,1", "2,1"),
        (MANGLE, "new-mss", "clamp-to-pmtu", "clamp-to-pmtu"),
        (MANGLE, "new-mss", "1440", "1440"),
        (MANGLE, "protocol", "!icmp", "!icmp"),
        (MANGLE, "ttl", "equal:64", "equal:64"),
        (MANGLE, "src-mac-address", "!02-00-00-00-00-ab", "!02:00:00:00:00:AB"),
        (MANGLE, "dst-address", "!10.1.1.1/24", "!10.1.1.0/24"),
        ("system script", "policy", "test,read, write", "read,write,test"),
        ("system scheduler", "start-time", "startup", "startup"),
        ("system scheduler", "start-time", "4:00:00", "04:00:00"),
        ("system scheduler", "start-date", "oct/19/2020", "2020-10-19"),
        ("queue simple", "max-limit", "5M/10M", "5000000/10000000"),
        ("queue simple", "max-limit", "512k/1G", "512000/1000000000"),
    ],
)
def test_reads_as(router: Router, menu: str, name: str, written: str, read: str) -> None:
    assert read_back(router, menu, name, written) == read


@pytest.mark.parametrize(
    ("menu", "name", "text", "message"),
    [
        (MANGLE, "disabled", "maybe", "input does not match any value of disabled"),
        (MANGLE, "action", "mark", "ambiguous value of action, more than one possible value matches input"),
        (MANGLE, "action", "teleport", "input does not match any value of action"),
        (MANGLE, "connection-state", "fresh", "input does not match any value of connection-state"),
        (MANGLE, "dst-port", "80,70000", "value of dst-port out of range (0..65535)"),
        (MANGLE, "dst-port", "80x", "value of dst-port contains invalid trailing characters"),
        (MANGLE, "random", "100", "value of random out of range (1..99)"),
        (MANGLE, "nth", "0", "value of nth out of range (1..4294967295)"),
        (MANGLE, "dst-address", "10.0.0.256", "invalid value for argument dst-address"),
        (
            MANGLE,
            "per-connection-classifier",
            "both-addresses:0/0",
            "invalid value for argument per-connection-classifier",
        ),
        (
            MANGLE,
            "per-connection-classifier",
            "ports:2/0",
            "input does not match any value of per-connection-classifier",
        ),
        (MANGLE, "per-connection-classifier", "2/0", "invalid value for argument per-connection-classifier"),
        (NETWATCH, "interval", "soon", "invalid value for argument interval"),
        (NETWATCH, "interval", "500ms", "invalid value for argument interval"),
        (NETWATCH, "packet-interval", "10ms", "invalid value for argument packet-interval"),
        (NETWATCH, "packet-size", "20", "value of packet-size out of range (54..1400)"),
        (NETWATCH, "type", "ping", "input does not match any value of type"),
        (ALERT, "valid-server", "aa:bb", "invalid value for argument valid-server"),
        ("ip route", "distance", "256", "value of distance out of range (1..255)"),
        ("ip route", "distance", "x", "invalid value for argument distance"),
        ("ip route", "dst-address", "10.0.0.0/33", "invalid value for argument dst-address"),
        ("ip route", "check-gateway", "tcp", "input does not match any value of check-gateway"),
        ("system script", "policy", "dude", "input does not match any value of policy"),
        ("system scheduler", "start-date", "tomorrow", "invalid value for argument start-date"),
    ],
)
def test_refused_values(router: Router, menu: str, name: str, text: str, message: str) -> None:
    with pytest.raises(Trap) as caught:
        router.add(path(menu), {**NEEDED[menu], name: text})
    assert caught.value.message == message


@settings(database=None)
@given(st.integers(0, 10**10))
def test_time_spans_survive_reading_and_writing(milliseconds: int) -> None:
    assert parse_duration(format_duration(milliseconds)) == milliseconds


@pytest.mark.parametrize("text", ["", "x", "10 s", "1:2", "s", "1s1m", "-1s", "1.5"])
def test_what_is_no_time_span(text: str) -> None:
    assert parse_duration(text) is None


def test_mtu_with_junk_behind(lab: Lab, api: Api) -> None:
    message = refusal(api, "/interface/ethernet/set", "=.id=*1", "=mtu=1500x")
    assert message == "value of mtu contains invalid trailing characters"


def test_network_of_an_address(api: Api) -> None:
    plain = add(api, "/ip/address", address="10.0.0.1/24", interface="ether1")
    peer = add(api, "/ip/address", address="10.255.255.1", interface="lo", network="10.9.9.9")
    assert row(api, "/ip/address", plain)["network"] == "10.0.0.0"
    assert row(api, "/ip/address", peer)["network"] == "10.9.9.9"
