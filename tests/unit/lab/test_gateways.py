# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of gateways, with gateways that answer as a test says. Real ones are in tests/integration/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from tests.lab.router.device import Device
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.services import Ping

from .scripting import new_device

ROUTE = "/ip/route/add dst-address=0.0.0.0/0 gateway=10.0.0.1 check-gateway=ping comment=first\n"


@dataclass
class Gateways:
    """Gateways that are there or not."""

    there: bool = True
    asked: list[Ping] = field(default_factory=list)

    def ping(self, ping: Ping) -> Sequence[float | None]:
        self.asked.append(ping)
        return [0.001 if self.there else None]


def start(world: Gateways | None, configuration: str = ROUTE, version: str = "7.21.4") -> tuple[Device, ManualClock]:
    device, clock = new_device(version)
    device.services.prober = world  # type: ignore[assignment]
    assert not device.load(f"/ip address add address=10.0.0.2/24 interface=ether1\n{configuration}").skipped
    device.engines.start()
    clock.advance(0)
    return device, clock


def active(device: Device) -> bool:
    (row,) = (row for row in read_rows(device.router, path("ip route")) if row.get("comment") == "first")
    assert (row["inactive"] == "true") != (row.get("active") == "true")
    return row.get("active") == "true"


def test_probe_is_a_ping_of_the_gateway_by_its_interface() -> None:
    world = Gateways()
    _, clock = start(world)
    clock.advance(20)
    assert world.asked == [Ping("10.0.0.1", timeout=1.0, interface="ether1")] * 3


@pytest.mark.parametrize("version", ["7.20.8", "7.21.4"])
def test_two_misses_and_one_answer(version: str) -> None:
    world = Gateways(False)
    device, clock = start(world, version=version)
    clock.advance(9)
    assert active(device)
    clock.advance(1)
    assert not active(device)
    world.there = True
    clock.advance(10)
    assert active(device)


def test_routes_share_a_check_and_a_changed_one_keeps_what_is_known() -> None:
    world = Gateways(False)
    device, clock = start(world, ROUTE + ROUTE.replace("comment=first", "distance=5"))
    clock.advance(10)
    assert len(world.asked) == 2 and not active(device)
    device.load('/ip route set [find comment="first"] distance=3')
    assert not active(device)
    device.load('/ip route set [find comment="first"] check-gateway=none')
    assert active(device)


def test_of_two_gateways_the_one_that_answers_is_used() -> None:
    class One(Gateways):
        def ping(self, ping: Ping) -> Sequence[float | None]:
            return [0.001 if ping.host == "10.0.0.1" else None]

    device, clock = start(One(), ROUTE.replace("gateway=10.0.0.1", "gateway=10.0.0.1,10.0.0.9"))
    clock.advance(10)
    (row,) = (row for row in read_rows(device.router, path("ip route")) if row.get("comment") == "first")
    assert (row["immediate-gw"], row.get("active")) == ("10.0.0.1%ether1", "true")


def test_reboot_and_reset_forget() -> None:
    world = Gateways(False)
    device, clock = start(world)
    clock.advance(10)
    assert not active(device)
    device.reboot()
    assert active(device)
    clock.advance(10)
    assert not active(device)
    device.reset()
    assert not device.router.silent


def test_without_a_network_nobody_is_asked() -> None:
    device, clock = start(None)
    clock.advance(100)
    assert active(device)


def test_gateways_without_an_address_are_not_asked() -> None:
    world = Gateways(False)
    device, clock = start(world, ROUTE.replace("10.0.0.1", "ether1"))
    clock.advance(100)
    assert active(device) and not world.asked
