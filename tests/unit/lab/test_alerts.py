# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DHCP alerts as the manual describes them, under a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.lab.router.device import Device
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.services import Offer
from tests.lab.router.traits import Traits

from .scripting import execute, log_lines, new_device, only

ROGUE = Offer("DC:2C:6E:81:CF:34", "192.168.88.66")
OWN = "192.168.88.1"
LINE = "dhcp alert on ether3: discovered unknown dhcp server, mac DC:2C:6E:81:CF:34, ip 192.168.88.66"
TOPICS = "dhcp,critical,error"


@dataclass
class Lan:
    device: Device
    clock: ManualClock
    servers: list[Offer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __call__(self, interface: str) -> list[Offer]:
        self.asked.append(interface)
        return self.servers

    def run(self, source: str) -> None:
        execute(self.device.router, source)

    def lines(self) -> list[str]:
        return [message for topics, message in log_lines(self.device.router) if topics == TOPICS]

    def hooks(self) -> list[str]:
        return [message for topics, message in log_lines(self.device.router) if topics.startswith("script")]


def started(traits: Traits | None = None) -> Lan:
    device, clock = new_device(traits=traits)
    lan = Lan(device, clock)
    device.services.discoverer = lan
    device.engines.start()
    return lan


@pytest.fixture
def lan() -> Iterator[Lan]:
    made = started()
    yield made
    made.device.engines.stop()


def alert(lan: Lan, words: str = "") -> None:
    lan.run(f"/ip/dhcp-server/alert/add interface=ether3 disabled=no {words}")


def test_a_new_alert_is_disabled(lan: Lan) -> None:
    lan.run("/ip/dhcp-server/alert/add interface=ether3")
    lan.clock.advance(300)
    assert not lan.asked


def test_it_asks_about_once_a_minute(lan: Lan) -> None:
    alert(lan)
    lan.clock.advance(600)
    assert lan.asked == ["ether3"] * 10
    assert not lan.lines()


def test_an_unknown_server_is_told_once_until_its_time_is_over(lan: Lan) -> None:
    alert(lan, "alert-timeout=10m")
    lan.servers = [ROGUE]
    lan.clock.advance(590)
    assert lan.lines() == [LINE]
    assert only(lan.device.router, "ip dhcp-server alert")["unknown-server"] == ROGUE.mac
    lan.clock.advance(80)
    assert lan.lines() == [LINE, LINE]
    lan.servers = []
    lan.clock.advance(700)
    assert lan.lines() == [LINE, LINE]
    assert only(lan.device.router, "ip dhcp-server alert").get("unknown-server", "") == ""


def test_reset_alert_forgets(lan: Lan) -> None:
    alert(lan, "alert-timeout=none")
    lan.servers = [ROGUE]
    lan.clock.advance(7200)
    assert lan.lines() == [LINE]
    lan.run("/ip/dhcp-server/alert/reset-alert [find]")
    lan.clock.advance(61)
    assert lan.lines() == [LINE, LINE]


def test_valid_servers_are_not_told(lan: Lan) -> None:
    alert(lan, "valid-server=02:00:00:00:00:01,dc-2c-6e-81-cf-34")
    lan.servers = [ROGUE, Offer("02:00:00:00:00:01", "192.168.88.2")]
    lan.clock.advance(120)
    assert not lan.lines()


def test_the_routers_own_server_answers_too(lan: Lan) -> None:
    lan.run(f"/ip/address/add address={OWN}/24 interface=ether3; /ip/dhcp-server/add name=own interface=ether3 disabled=no")
    alert(lan)
    lan.clock.advance(10)
    (mac,) = [row["mac-address"] for row in read_rows(lan.device.router, path("interface")) if row["name"] == "ether3"]
    assert lan.lines() == [LINE.replace(ROGUE.mac, mac).replace(ROGUE.address, OWN)]


def test_no_alert_where_the_router_is_a_client(lan: Lan) -> None:
    alert(lan)
    lan.run("/ip/dhcp-client/add interface=ether3 disabled=no")
    lan.servers = [ROGUE]
    lan.clock.advance(120)
    assert not lan.lines()


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (True, "ether3 DC:2C:6E:81:CF:34 192.168.88.66"),
        (False, "executing script from dhcp alert failed, please check it manually"),
    ],
)
def test_the_hook(variables: bool, told: str) -> None:
    lan = started(Traits(alert_sets_variables=variables))
    source = ':log info ($interface . \\" \\" . $\\"mac-address\\" . \\" \\" . $address)'.replace("$", "\\$")
    alert(lan, f'on-alert="{source}"')
    lan.servers = [ROGUE]
    lan.clock.advance(120)
    lan.device.engines.stop()
    assert lan.hooks()[0] == told


def test_a_reboot_forgets(lan: Lan) -> None:
    alert(lan, "alert-timeout=none")
    lan.servers = [ROGUE]
    lan.clock.advance(10)
    lan.device.reboot()
    lan.clock.advance(10)
    assert lan.lines() == [LINE]
