# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Timed entries of address lists."""

from __future__ import annotations

import pytest

from tests.lab.router.device import Device
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.traits import Traits

from .scripting import new_device

ADD = "/ip firewall address-list add list=x address=10.0.0.{} {}\n"


def start(*entries: str) -> tuple[Device, ManualClock]:
    device, clock = new_device()
    assert not device.load("".join(ADD.format(number, words) for number, words in enumerate(entries, 1))).skipped
    device.engines.start()
    return device, clock


def addresses(device: Device) -> list[str]:
    return [row["address"] for row in read_rows(device.router, path("ip firewall address-list"))]


def test_they_vanish_when_their_time_is_over_and_others_stay() -> None:
    device, clock = start("timeout=1m", "", "timeout=5m")
    clock.advance(59)
    assert addresses(device) == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    clock.advance(2)
    assert addresses(device) == ["10.0.0.2", "10.0.0.3"]


def test_another_time_counts_from_then_on_and_another_comment_changes_nothing() -> None:
    device, clock = start("timeout=1m", "timeout=1m")
    clock.advance(50)
    device.load('/ip firewall address-list set [find address="10.0.0.1"] timeout=2m\n')
    device.load('/ip firewall address-list set [find address="10.0.0.2"] comment=new\n')
    clock.advance(15)
    assert addresses(device) == ["10.0.0.1"]
    clock.advance(110)
    assert addresses(device) == []


@pytest.mark.parametrize("anew", [True, False])
def test_the_same_time_again_counts_anew_by_the_trait(anew: bool) -> None:
    device, clock = new_device(traits=Traits(same_timeout_begins_anew=anew))
    device.load(ADD.format(1, "timeout=1m"))
    device.engines.start()
    clock.advance(50)
    device.load('/ip firewall address-list set [find address="10.0.0.1"] timeout=1m\n')
    clock.advance(30)
    assert addresses(device) == (["10.0.0.1"] if anew else [])
    clock.advance(31)
    assert addresses(device) == []


def test_a_removed_one_does_not_end_the_next_with_its_address() -> None:
    device, clock = start("timeout=1m")
    clock.advance(50)
    device.load("/ip firewall address-list remove [find]\n" + ADD.format(1, "timeout=1m"))
    clock.advance(50)
    assert addresses(device) == ["10.0.0.1"]


def test_without_engines_they_stay() -> None:
    device, clock = start("timeout=1m")
    device.engines.stop()
    clock.advance(600)
    assert addresses(device) == ["10.0.0.1"]
