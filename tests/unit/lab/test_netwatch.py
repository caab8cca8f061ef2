# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Netwatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.lab.router.device import Device
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.engines.probes import Outcome, probe
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown
from tests.lab.router.services import HttpAnswer, Ping

from .scripting import log_lines, new_device, only

NETWATCH = path("tool netwatch")


@dataclass
class Net:
    """Hosts that answer as a test says.

    :param times: round trip times by host; each packet gets the next one, in turns.
    """

    times: dict[str, list[float | None]] = field(default_factory=dict)
    status: int = 200
    pings: list[Ping] = field(default_factory=list)

    def ping(self, ping: Ping) -> Sequence[float | None]:
        self.pings.append(ping)
        answers = self.times.get(ping.host, [None])
        return [answers[number % len(answers)] for number in range(ping.count)]

    def connect(self, host: str, port: int, timeout: float, src_address: str | None) -> float:
        (time,) = self.times.get(host, [None])
        if time is None or time > timeout:
            raise ConnectionRefusedError
        return time

    def http_get(self, host: str, port: int, timeout: float, src_address: str | None, *, tls: bool, verify: bool) -> HttpAnswer:
        return HttpAnswer(self.status, self.connect(host, port, timeout, src_address))


@pytest.fixture
def net() -> Net:
    return Net({"1.1.1.1": [0.01]})


@pytest.fixture
def started(net: Net) -> tuple[Device, ManualClock]:
    return start(net)


def start(net: Net, version: str = "7.21.4") -> tuple[Device, ManualClock]:
    """A router whose engines run since 2026-01-01 00:00:00."""
    device, clock = new_device(version)
    device.services.prober = net
    device.engines.start()
    return device, clock


def add(device: Device, **values: str) -> None:
    """Adds an entry; underscores stand for hyphens."""
    words = {"host": "1.1.1.1"} | {name.replace("_", "-"): text for name, text in values.items()}
    device.router.add(NETWATCH, words)


def status(device: Device) -> str:
    return row(device)["status"]


def row(device: Device) -> Shown:
    return only(device.router, "tool netwatch")


def messages(device: Device) -> list[str]:
    return [message for _, message in log_lines(device.router)]


def test_the_first_test_and_the_interval(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    add(device)
    clock.advance(2.9)
    assert (status(device), len(net.pings)) == ("unknown", 0)
    assert not {"since", "done-tests"} & row(device).keys()
    clock.advance(0.2)
    assert (status(device), len(net.pings)) == ("up", 1)
    assert row(device)["since"] == "2026-01-01 00:00:03"
    clock.advance(120)
    assert (row(device)["done-tests"], row(device)["failed-tests"]) == ("3", "0")
    assert row(device)["since"] == "2026-01-01 00:00:03"


def test_scripts_run_on_changes_only(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    add(device, up_script=":log info up!", down_script=":log info down!", test_script=":log info tested", interval="1s")
    clock.advance(4.5)
    net.times.clear()
    clock.advance(2)
    net.times["1.1.1.1"] = [0.01]
    clock.advance(1)
    assert log_lines(device.router) == [
        ("netwatch,info", "event up [ type: simple, host: 1.1.1.1 ]"),
        ("script,info", "up!"),
        ("script,info", "tested"),
        ("script,info", "tested"),
        ("netwatch,info", "event down [ type: simple, host: 1.1.1.1 ]"),
        ("script,info", "down!"),
        ("script,info", "tested"),
        ("script,info", "tested"),
        ("netwatch,info", "event up [ type: simple, host: 1.1.1.1 ]"),
        ("script,info", "up!"),
        ("script,info", "tested"),
    ]


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ({"type": "tcp-conn"}, "type: tcp_conn, host: 1.1.1.1"),
        ({"type": "icmp"}, "type: icmp, host: 1.1.1.1"),
        ({"type": "icmp", "name": "office"}, "office"),
    ],
)
def test_what_the_log_calls_an_entry(started: tuple[Device, ManualClock], words: dict[str, str], tag: str) -> None:
    device, clock = started
    add(device, up_script=":error x", **words)
    clock.advance(5)
    failed = ["executing script from netwatch failed, please check it manually", f"(netwatch:{tag}) x (/error; line 1)"]
    assert messages(device) == [f"event up [ {tag} ]", *failed]


@pytest.mark.parametrize(
    ("packets", "timeout", "interval", "fits"),
    [("10", "550ms", "1s", True), ("10", "551ms", "1s", False), ("1", "1s", "1s", True), ("41", "1s", "1s", False)],
)
def test_a_train_of_packets_that_does_not_fit(
    started: tuple[Device, ManualClock], net: Net, packets: str, timeout: str, interval: str, fits: bool
) -> None:
    device, clock = started
    add(device, type="icmp", packet_count=packets, packet_interval="50ms", timeout=timeout, interval=interval)
    clock.advance(3)
    warning = ("netwatch,warning", "packet train not fitting in interval [ type: icmp, host: 1.1.1.1 ]")
    assert log_lines(device.router)[0] == (("netwatch,info", "event up [ type: icmp, host: 1.1.1.1 ]") if fits else warning)
    clock.advance(60)
    tests = {"10": 61 if fits else 60, "1": 61, "41": 21}[packets]
    assert row(device)["done-tests"] == str(tests)


@pytest.mark.parametrize(("ignore", "scripts"), [("no", ["up!"]), ("yes", [])])
def test_the_first_answer_can_be_ignored(net: Net, ignore: str, scripts: list[str]) -> None:
    device, clock = start(net)
    add(device, up_script=":log info up!", ignore_initial_up=ignore)
    clock.advance(5)
    assert messages(device)[1:] == scripts


def test_any_change_begins_anew(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, up_script=":log info up!")
    clock.advance(5)
    rows = device.router.table(NETWATCH)
    for changes in ({"comment": "x"}, {"disabled": "yes"}, {"disabled": "no"}):
        device.router.set(NETWATCH, rows, changes)
        assert (status(device), row(device).get("since")) == ("unknown", None)
        clock.advance(5)
    assert messages(device).count("up!") == 3
    assert row(device)["done-tests"] == "1"


def test_disabled_and_removed_entries_are_not_asked(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    add(device, disabled="yes")
    add(device)
    device.router.remove(NETWATCH, device.router.table(NETWATCH)[1:])
    clock.advance(60)
    assert (status(device), net.pings) == ("unknown", [])


def test_nothing_is_known_for_five_minutes_after_a_boot(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, up_script=":log info up!")
    clock.advance(5)
    device.reboot()
    assert status(device) == "unknown"
    clock.advance(299)
    assert status(device) == "unknown"
    clock.advance(2)
    assert status(device) == "up"
    device.router.set(NETWATCH, device.router.table(NETWATCH), {"startup-delay": "10s"})
    device.power_loss()
    clock.advance(10)
    assert status(device) == "up"


def test_variables(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    net.times["1.1.1.1"] = [0.010, 0.020, None, 0.030]
    source = """
    :log info "$host $status $type $name $comment $since"
    :log info (($"rtt-avg", $"rtt-min", $"rtt-max", $"rtt-jitter", $"loss-percent", $"sent-count", $"done-tests") . "")
    :log info ("$interval " . [:typeof $interval] . [:typeof $"rtt-avg"] . [:typeof $"src-address"])
    """
    add(device, type="icmp", up_script=source, name="n", comment="c", packet_count="4")
    clock.advance(5)
    assert messages(device)[1:] == [
        "1.1.1.1 up icmp n c 2026-01-01 00:00:03",
        "20000;10000;30000;20000;25;4;1",
        "10000000 numnumnothing",
    ]


def test_a_script_finds_the_entry_as_it_is_now(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, up_script=":log info [/tool netwatch get [find] status]")
    clock.advance(5)
    assert messages(device)[1:] == ["up"]


def test_scripts_run_as_the_systems_user(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, up_script="/system identity set name=seen; /user set admin comment=x")
    clock.advance(5)
    assert only(device.router, "system identity")["name"] == "seen"
    assert messages(device)[1:] == [
        "executing script from netwatch failed, please check it manually",
        "(netwatch:type: simple, host: 1.1.1.1) not enough permissions (9) (/user/set; line 1)",
    ]


def test_scripts_of_two_entries_run_at_the_same_time(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    net.times["2.2.2.2"] = [0.01]
    for host in ("1.1.1.1", "2.2.2.2"):
        add(device, host=host, up_script=':log info "$host begins"; :delay 1s; :log info "$host ends"')
    clock.advance(5)
    assert [message for message in messages(device) if "ends" in message or "begins" in message] == [
        "1.1.1.1 begins",
        "2.2.2.2 begins",
        "1.1.1.1 ends",
        "2.2.2.2 ends",
    ]


def test_rows_show_statistics(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    net.times["1.1.1.1"] = [0.0105, None]
    add(device, type="icmp", packet_count="2")
    clock.advance(5)
    shown = row(device)
    names = ("sent-count", "response-count", "loss-count", "loss-percent", "rtt-avg", "rtt-stdev")
    assert [shown[name] for name in names] == ["2", "1", "1", "50", "10ms500us", "0us"]


def test_what_is_asked(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    device.router.add(path("ip address"), {"address": "10.0.0.2/24", "interface": "ether1"})
    add(device, type="icmp", src_address="10.0.0.2")
    add(device, timeout="500ms")
    clock.advance(4)
    icmp = Ping("1.1.1.1", count=10, interval=0.05, timeout=3.0, size=50, src_address="10.0.0.2", ttl=255)
    assert net.pings == [icmp, Ping("1.1.1.1", timeout=0.5)]


def test_a_source_address_that_the_router_lacks_is_down(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    add(device, src_address="10.0.0.2")
    clock.advance(5)
    assert (status(device), net.pings) == ("down", [])


@pytest.mark.parametrize(("host", "expected"), [("one.example", "up"), ("gone.example", "down")])
def test_hosts_by_name(net: Net, host: str, expected: str) -> None:
    device, clock = start(net)
    device.services.resolver = {"one.example": "1.1.1.1"}.get
    add(device, host=host)
    clock.advance(5)
    assert status(device) == expected


@pytest.mark.parametrize(
    ("times", "properties", "good"),
    [
        ([0.05], {}, True),
        ([0.11], {}, False),
        ([0.11], {"thr-avg": "200ms"}, True),
        ([0.01] * 9 + [1.1], {"thr-avg": "1s", "thr-stdev": "1s", "thr-jitter": "2s"}, False),
        ([0.01] * 9 + [0.9], {"thr-avg": "1s"}, False),
        ([0.01] * 9 + [0.9], {"thr-avg": "1s", "thr-stdev": "1s"}, True),
        ([0.01] * 9 + [0.9], {"thr-avg": "1s", "thr-stdev": "1s", "thr-jitter": "100ms"}, False),
        ([0.01, None], {}, True),
        ([0.01, *[None] * 8, 0.01], {}, True),
        ([0.01, *[None] * 9], {}, False),
        ([None], {"thr-loss-percent": "100%"}, False),
        ([0.01, None], {"thr-loss-percent": "40%"}, False),
        ([0.01, None], {"thr-loss-count": "4"}, False),
        ([0.01, None], {"thr-loss-count": "5"}, True),
    ],
)
def test_thresholds_of_icmp(times: list[float | None], properties: dict[str, str], good: bool) -> None:
    outcome = probe(Net({"1.1.1.1": times}), {"type": "icmp", **properties}, "1.1.1.1")
    assert outcome is not None and outcome.good is good


@pytest.mark.parametrize(
    ("properties", "time", "http_status", "outcome"),
    [
        ({"type": "tcp-conn"}, 0.5, 0, Outcome(True, {"tcp-connect-time": 500_000})),
        ({"type": "tcp-conn"}, 1.5, 0, Outcome(False, {"tcp-connect-time": 1_500_000})),
        ({"type": "tcp-conn", "thr-tcp-conn-time": "2s"}, 1.5, 0, Outcome(True, {"tcp-connect-time": 1_500_000})),
        ({"type": "tcp-conn"}, None, 0, Outcome(False)),
        ({"type": "tcp-conn", "timeout": "1s"}, 1.5, 0, Outcome(False)),
        ({"type": "http-get"}, 0.5, 204, Outcome(True, {"http-resp-time": 500_000}, {"http-status-code": 204})),
        ({"type": "http-get"}, 0.5, 302, Outcome(False, {"http-resp-time": 500_000}, {"http-status-code": 302})),
        (
            {"type": "https-get", "http-codes": "200,302"},
            0.5,
            302,
            Outcome(True, {"http-resp-time": 500_000}, {"http-status-code": 302}),
        ),
        (
            {"type": "http-get", "thr-http-time": "100ms"},
            0.5,
            200,
            Outcome(False, {"http-resp-time": 500_000}, {"http-status-code": 200}),
        ),
        ({"type": "dns"}, 0.5, 0, None),
    ],
)
def test_other_types(properties: dict[str, str], time: float | None, http_status: int, outcome: Outcome | None) -> None:
    assert probe(Net({"1.1.1.1": [time]}, http_status), properties, "1.1.1.1") == outcome


def test_a_type_that_is_not_played_says_so(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, type="dns")
    clock.advance(60)
    assert log_lines(device.router) == [("netwatch,warning", "lab: netwatch of type dns is not played here")]
    assert status(device) == "unknown"


def test_older_releases(net: Net) -> None:
    """No delays and no variables before 7.4."""
    device, clock = start(net, "7.2.3")
    add(device, up_script=":log info $host")
    clock.advance(0)
    assert status(device) == "up"
    assert messages(device)[-1].endswith("undeclared variable host (line 1 column 11)")


def test_without_a_prober_nothing_is_known() -> None:
    device, clock = new_device()
    device.engines.start()
    add(device)
    clock.advance(600)
    assert status(device) == "unknown"


def test_no_test_after_the_end(started: tuple[Device, ManualClock], net: Net) -> None:
    device, clock = started
    add(device)
    device.engines.stop()
    clock.advance(60)
    assert net.pings == []
