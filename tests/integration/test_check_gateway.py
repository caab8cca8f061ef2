# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes with check-gateway leave the kernel when their gateway stops to answer real packets, and come back.

The router's time stands still until a test moves it, so ten seconds between two probes take none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.network.surroundings import Line
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.services import Services

from .conftest import LANS, LINES

CONFIGURATION = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
/ip route
add dst-address=0.0.0.0/0 gateway=198.51.100.1 distance=2 comment=second
add dst-address=198.18.0.1/32 gateway=203.0.113.1 scope=10 comment=pinned
/routing settings
set check-gateway-ping-timeout=200ms
"""


@dataclass
class Timed(Room):
    """A room with a clock of the test's own."""

    clock: ManualClock

    def state(self, comment: str) -> str:
        """What the router says of a route, once the kernel is so far; the kernel has to agree."""
        self.network.kernel.settle()
        (row,) = (row for row in read_rows(self.lab.router, path("ip route")) if row.get("comment") == comment)
        shown = self.network.inside.run(["ip", "route", "show", row["dst-address"].replace("0.0.0.0/0", "default")])
        in_kernel = row["immediate-gw"].partition("%")[0] in shown if row["immediate-gw"] else False
        assert in_kernel == (row.get("active") == "true")
        return "active" if row.get("active") else "inactive" if row["inactive"] == "true" else "beaten"

    def asked(self) -> int:
        """How many packets have come to the gateway of the first line since the beginning."""
        links = self.network.isps["isp1"].namespace
        return links.inside(lambda: next(link.get("stats64")["rx_packets"] for link in links.netlink.get_links(ifname="customer")))


@pytest.fixture(scope="module")
def module_room() -> Iterator[Timed]:
    clock = ManualClock()
    with open_room(CONFIGURATION, LINES, LANS[:1], services=Services(clock=clock)) as made:
        yield Timed(made.lab, made.network, clock)


@pytest.fixture
def room(module_room: Timed) -> Iterator[Timed]:
    yield module_room
    isp = module_room.network.isps["isp1"]
    if isp.condition.outage == "cable":
        module_room.network.mend("isp1")
    isp.mend()
    isp.lose(0)
    module_room.load('/ip route remove [find comment="first"]')


def checked(room: Timed, words: str = "check-gateway=ping", gateway: str = "203.0.113.1") -> None:
    room.load(f"/ip route add dst-address=0.0.0.0/0 gateway={gateway} comment=first {words}")
    room.clock.advance(0)


def test_route_goes_after_two_misses_and_comes_back_with_one_answer(room: Timed) -> None:
    checked(room)
    room.clock.advance(25)
    assert (room.state("first"), room.state("second")) == ("active", "beaten")
    room.network.cut("isp1", "gateway")
    room.clock.advance(14)
    assert (room.state("first"), room.state("second")) == ("active", "beaten")
    room.clock.advance(1)
    assert (room.state("first"), room.state("second")) == ("inactive", "active")
    room.network.mend("isp1")
    room.clock.advance(9)
    assert room.state("first") == "inactive"
    room.clock.advance(1)
    assert (room.state("first"), room.state("second")) == ("active", "beaten")


def test_one_lost_answer_changes_nothing(room: Timed) -> None:
    checked(room)
    for _ in range(3):
        room.network.cut("isp1", "gateway")
        room.clock.advance(10)
        room.network.mend("isp1")
        room.clock.advance(10)
        assert room.state("first") == "active"


def test_other_routes_by_that_gateway_hear_nothing(room: Timed) -> None:
    checked(room)
    room.network.cut("isp1", "gateway")
    room.clock.advance(30)
    assert (room.state("first"), room.state("pinned")) == ("inactive", "active")


def test_arp_asks_the_link_only(room: Timed) -> None:
    """With every IP packet lost, ARP is answered."""
    checked(room, "check-gateway=arp")
    room.network.isps["isp1"].lose(100)
    room.clock.advance(30)
    assert room.state("first") == "active"
    room.network.cut("isp1", "gateway")
    room.clock.advance(20)
    assert room.state("first") == "inactive"
    room.network.mend("isp1")
    room.clock.advance(10)
    assert room.state("first") == "active"


def test_what_fails_behind_the_gateway_is_seen_by_a_recursive_one_only(room: Timed) -> None:
    checked(room)
    room.network.cut("isp1", "upstream")
    room.clock.advance(30)
    assert room.state("first") == "active"
    room.load('/ip route remove [find comment="first"]')
    checked(room, "check-gateway=ping target-scope=11", gateway="198.18.0.1")
    room.clock.advance(30)
    assert (room.state("first"), room.state("second"), room.state("pinned")) == ("inactive", "active", "active")
    room.network.mend("isp1")
    room.clock.advance(10)
    assert room.state("second") == "beaten"


def test_cable_counts_at_once_and_nobody_is_asked_meanwhile(room: Timed) -> None:
    checked(room)
    room.network.cut("isp1", "cable")
    assert (room.state("first"), room.state("second")) == ("inactive", "active")
    room.clock.advance(60)
    room.network.mend("isp1")
    assert (room.state("first"), room.state("second")) == ("active", "beaten")


def test_routing_settings_say_how_often(room: Timed) -> None:
    change = "/routing settings set check-gateway-ping-interval={} check-gateway-ping-count={} check-gateway-ping-timeout={}"
    room.load(change.format("3s", 4, "100ms"))
    checked(room)
    room.network.cut("isp1", "gateway")
    room.clock.advance(11)
    assert room.state("first") == "active"
    room.clock.advance(1)
    assert room.state("first") == "inactive"
    room.load(change.format("10s", 2, "200ms"))


def test_nobody_is_asked_without_need(room: Timed) -> None:
    checked(room, "check-gateway=ping disabled=yes")
    room.clock.advance(20)
    before = room.asked()
    room.clock.advance(100)
    assert room.asked() - before <= 2
    room.load('/ip route enable [find comment="first"]')
    room.clock.advance(50)
    assert room.asked() - before >= 6


def test_without_engines_gateways_are_trusted(room: Timed) -> None:
    checked(room)
    room.network.cut("isp1", "gateway")
    room.clock.advance(30)
    assert room.state("first") == "inactive"
    room.lab.device.engines.stop()
    assert room.state("first") == "active"
    room.lab.device.engines.start()


def test_arp_on_a_link_without_arp_is_a_ping() -> None:
    clock = ManualClock()
    line = Line("isp1", "pppoe-out1", "10.64.0.1", "198.51.100.7/32", dialed="198.51.100.7")
    configuration = """
/interface pppoe-client add name=pppoe-out1 interface=ether1 disabled=no
/routing settings set check-gateway-ping-timeout=200ms
/ip route add dst-address=0.0.0.0/0 gateway=10.64.0.1%pppoe-out1 check-gateway=arp comment=first
"""
    with open_room(configuration, [line], [], services=Services(clock=clock)) as made:
        room = Timed(made.lab, made.network, clock)
        clock.advance(30)
        assert room.state("first") == "active"
        room.network.cut("isp1", "gateway")
        clock.advance(20)
        assert room.state("first") == "inactive"
