# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DHCP alerts with real packets: dnsmasq where it should not be, and a router that looks out for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.network.rogue import rogue_server
from tests.lab.router.engines import alerts
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown, read_rows

from .conftest import CONFIGURATION, LANS, LINES
from .test_failover import wait_for

PUBLISHED = "DC:2C:6E:81:CF:34"
OTHER = "02:00:00:00:00:07"
OWN = "02:1A:B0:00:00:03"
HOOK = r":log info (\$interface, \$\"mac-address\", \$address)"


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A router that asks every second and has a DHCP server of its own."""
    monkeypatch.setattr(alerts, "PERIOD", 1.0)
    monkeypatch.setattr(alerts, "FIRST", 0.1)
    monkeypatch.setattr("tests.lab.network.discovery.PATIENCE", 0.5)
    with open_room(CONFIGURATION, LINES[:1], LANS[:1]) as made:
        made.load("/ip dhcp-server add name=own interface=bridge disabled=no")
        yield made


def alert(room: Room) -> Shown:
    (row,) = read_rows(room.lab.router, path("ip dhcp-server alert"))
    return row


def said(room: Room, topics: str) -> list[str]:
    return [row["message"] for row in read_rows(room.lab.router, path("log")) if row["topics"] == topics]


def line(mac: str, address: str) -> str:
    return f"dhcp alert on bridge: discovered unknown dhcp server, mac {mac}, ip {address}"


def test_a_rogue_server_is_seen_and_told_and_forgotten(room: Room) -> None:
    critical, expected = "dhcp,critical,error", line(PUBLISHED, "192.168.88.66")
    with rogue_server(room.network.clients["lan"], PUBLISHED, "192.168.88.66/24"):
        room.load(f'/ip dhcp-server alert add interface=bridge valid-server={OWN} alert-timeout=none disabled=no on-alert="{HOOK}"')
        wait_for(lambda: bool(said(room, "script,info")), 10)
        assert said(room, "script,info") == [f"bridge;{PUBLISHED};192.168.88.66"]
        assert (said(room, critical), alert(room)["unknown-server"]) == ([expected], PUBLISHED)
        room.load("/ip dhcp-server alert reset-alert [find]")
        wait_for(lambda: said(room, critical) == [expected] * 2, 5)
        room.load("/ip dhcp-server alert set [find] alert-timeout=2s; /ip dhcp-server alert reset-alert [find]")
        wait_for(lambda: len(said(room, critical)) >= 4, 10)
    wait_for(lambda: alert(room)["unknown-server"] == "", 10)


def test_servers_that_are_valid_are_not_told(room: Room) -> None:
    with rogue_server(room.network.clients["lan"], OTHER, "192.168.88.7/24"):
        room.load("/ip dhcp-server alert add interface=bridge disabled=no")
        wait_for(lambda: len(said(room, "dhcp,critical,error")) == 2, 10)
        assert sorted(said(room, "dhcp,critical,error")) == [line(OTHER, "192.168.88.7"), line(OWN, "192.168.88.1")]
        room.load(f"/ip dhcp-server alert set [find] valid-server={OWN},{OTHER}")
        wait_for(lambda: alert(room)["unknown-server"] == "", 5)


def test_nothing_answers_on_an_interface_that_is_off(room: Room) -> None:
    room.load(f"/ip dhcp-server alert add interface=bridge valid-server={OWN} disabled=no; /interface bridge disable [find]")
    with pytest.raises(OSError):
        room.network.router.services.discoverer("bridge")
    with pytest.raises(OSError):
        room.network.router.services.discoverer("nowhere")
    assert said(room, "dhcp,critical,error") == []
