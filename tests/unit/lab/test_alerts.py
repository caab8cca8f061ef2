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
from tests.lab.router.reading import Shown, read_rows
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


def shown(lan: Lan) -> Shown:
    return only(lan.device.router, "ip dhcp-server alert")


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


def test_on_a_bridge_it_answers_with_the_address_of_the_first_port(lan: Lan) -> None:
    lan.run("/interface/bridge/add name=lan; /interface/bridge/port/add bridge=lan interface=ether3")
    lan.run(f"/ip/address/add address={OWN}/24 interface=lan; /ip/dhcp-server/add name=own interface=lan disabled=no")
    lan.run("/ip/dhcp-server/alert/add interface=lan disabled=no")
    lan.clock.advance(10)
    assert shown(lan)["unknown-server"] == "02:1A:B0:00:00:03"
    lan.run("/ip/dhcp-server/alert/set [find] valid-server=[/interface/get lan mac-address]")
    lan.clock.advance(60)
    assert shown(lan)["unknown-server"] == ""


@pytest.mark.parametrize(
    ("source", "mended"),
    [
        ("/ip/dhcp-client/add interface=ether3 disabled=no", "/ip/dhcp-client/disable [find]"),
        ("/interface/vlan/remove [find]", "/ip/dhcp-server/alert/set [find] interface=ether3"),
    ],
)
def test_an_alert_that_cannot_be_is_invalid(lan: Lan, source: str, mended: str) -> None:
    lan.run("/interface/vlan/add name=v interface=ether3 vlan-id=5")
    alert(lan)
    if "vlan" in source:
        lan.run("/ip/dhcp-server/alert/set [find] interface=v")
    lan.servers = [ROGUE]
    lan.clock.advance(10)
    assert (shown(lan)["invalid"], shown(lan)["unknown-server"]) == ("false", ROGUE.mac)
    lan.run(source)
    lan.clock.advance(120)
    assert (shown(lan)["invalid"], shown(lan)["unknown-server"], len(lan.asked), len(lan.lines())) == ("true", "", 1, 1)
    lan.run(mended)
    lan.clock.advance(10)
    assert (shown(lan)["invalid"], shown(lan)["unknown-server"], lan.lines()[1:]) == ("false", ROGUE.mac, [LINE])


def test_a_disabled_alert_sees_nobody(lan: Lan) -> None:
    alert(lan)
    lan.servers = [ROGUE]
    lan.clock.advance(10)
    lan.run("/ip/dhcp-server/alert/disable [find]")
    lan.clock.advance(120)
    assert (shown(lan)["unknown-server"], len(lan.asked)) == ("", 1)


def test_an_interface_that_is_renamed_is_still_the_same(lan: Lan) -> None:
    alert(lan)
    lan.servers = [ROGUE]
    lan.clock.advance(10)
    lan.run("/interface/set ether3 name=office")
    lan.clock.advance(60)
    assert (lan.asked, len(lan.lines())) == (["ether3", "office"], 1)


def test_where_nothing_can_be_asked_nobody_answers(lan: Lan) -> None:
    def fail(interface: str) -> list[Offer]:
        raise OSError(interface)

    lan.device.services.discoverer = fail
    alert(lan)
    lan.clock.advance(120)
    lan.device.services.discoverer = lan
    lan.servers = [ROGUE]
    lan.clock.advance(60)
    assert lan.lines() == [LINE]


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


def test_the_hook_is_the_systems(lan: Lan) -> None:
    alert(lan, 'on-alert="/system identity set name=seen; /user set admin comment=x"')
    lan.servers = [ROGUE]
    lan.clock.advance(10)
    assert only(lan.device.router, "system identity")["name"] == "seen"
    assert "not enough permissions" in lan.hooks()[1]


def test_a_reboot_forgets(lan: Lan) -> None:
    alert(lan, "alert-timeout=none")
    lan.servers = [ROGUE]
    lan.clock.advance(10)
    lan.device.reboot()
    assert (shown(lan)["unknown-server"], lan.lines()) == ("", [])
    lan.clock.advance(10)
    assert lan.lines() == [LINE]
