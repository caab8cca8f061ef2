# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routes and routing rules: each sends packets where its RouterOS text says, or is refused by name."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.server import HTTP_PORT
from tests.lab.network.forwarding import rules, ways
from tests.lab.network.played import NotPlayed
from tests.lab.router.lab import Lab

from .conftest import LANS, LINES

CONFIGURATION = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
/routing table
add name=second fib
add name=idle
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=second
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=idle
/ip firewall mangle
add action=mark-routing chain=prerouting src-address=192.168.88.70 new-routing-mark=idle
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=ether2
"""
MARKED, UNMARKED, ROUTER = "192.168.88.70", "192.168.88.71", ""
"""Who asks; the first has the mark of a table that nothing is forwarded by."""
SERVER = "198.18.0.1"


@pytest.fixture(scope="module")
def module_room() -> Iterator[Room]:
    with open_room(CONFIGURATION, LINES, LANS[:1], engines=False) as made:
        yield made


@pytest.fixture
def room(module_room: Room) -> Iterator[Room]:
    yield module_room
    module_room.lab.load('/routing rule remove [find]\n/ip route remove [find comment="tried"]\n/ip firewall filter remove [find]')
    module_room.network.kernel.settle()


def taken(room: Room, source: str, server: str = SERVER) -> str:
    """The line that a connection takes, or why it does not come about."""

    def work() -> int:
        with socket.socket() as client:
            client.settimeout(2)
            client.bind((source, 0))
            try:
                return client.connect_ex((server, HTTP_PORT))
            except TimeoutError:
                return errno.EAGAIN

    namespace = room.network.clients["lan"].namespace if source else room.network.inside
    with room.network.observe() as seen:
        failed = namespace.inside(work)
    lines = {line for line, counters in seen.items() if counters["up-new-tcp"].packets}
    if failed:
        assert not lines
        return errno.errorcode[failed]
    (line,) = lines
    return line


def test_mark_of_a_table_without_fib_leads_to_main(room: Room) -> None:
    assert [taken(room, source) for source in (MARKED, UNMARKED, ROUTER)] == ["isp1"] * 3


@pytest.mark.parametrize(
    ("words", "marked", "unmarked", "router"),
    [
        ("table=second", "isp2", "isp2", "isp2"),
        ("table=second src-address=192.168.88.70/32", "isp2", "isp1", "isp1"),
        ("table=second dst-address=198.18.9.0/24", "isp1", "isp1", "isp1"),
        ("table=second interface=ether3", "isp2", "isp2", "isp1"),
        ("table=second routing-mark=idle", "isp2", "isp1", "isp1"),
        ("table=second routing-mark=main", "isp1", "isp2", "isp2"),
        ("table=second min-prefix=0", "isp1", "isp1", "isp1"),
        ("table=second min-prefix=4294967295", "isp1", "isp1", "isp1"),
        ("table=second action=lookup-only-in-table", "isp2", "isp2", "isp2"),
        ("table=idle", "isp1", "isp1", "isp1"),
        ("table=idle action=lookup-only-in-table", "ENETUNREACH", "ENETUNREACH", "ENETUNREACH"),
        ("action=unreachable routing-mark=idle", "ENETUNREACH", "isp1", "isp1"),
        ("action=drop interface=ether3", "EAGAIN", "EAGAIN", "isp1"),
    ],
)
def test_routing_rule(room: Room, words: str, marked: str, unmarked: str, router: str) -> None:
    """What comes back is not meant."""
    room.load(f"/routing rule add {'' if 'dst-address' in words else 'dst-address=198.18.0.0/24'} {words}")
    assert [taken(room, source) for source in (MARKED, UNMARKED, ROUTER)] == [marked, unmarked, router]


def test_min_prefix_leaves_longer_ones(room: Room) -> None:
    room.load("/ip route add dst-address=198.18.0.0/24 gateway=198.51.100.1 routing-table=second comment=tried")
    room.load("/routing rule add table=second min-prefix=0")
    assert [taken(room, UNMARKED), taken(room, UNMARKED, "198.18.1.1")] == ["isp2", "isp1"]


def test_rules_about_what_is_gone_play_no_part(room: Room) -> None:
    room.load("/interface bridge add name=gone\n/routing table add name=gone fib")
    for words in ("table=gone", "routing-mark=gone table=second", "interface=gone action=drop"):
        room.load(f"/routing rule add {words}")
    room.load("/interface bridge remove gone\n/routing table remove gone")
    assert not [rule for rule in rules(room.lab.router) if rule.origin]
    assert [taken(room, source) for source in (MARKED, UNMARKED, ROUTER)] == ["isp1"] * 3


def test_what_the_kernel_refuses_does_no_harm_later(room: Room) -> None:
    """The kernel takes no broadcast address for a gateway. What came with such a row is in effect once the row is gone."""
    rows = """
/routing rule add table=second src-address=192.168.88.70/32
/ip route add dst-address=192.0.2.0/24 gateway=203.0.113.255 comment=tried
"""
    with pytest.raises(NotPlayed, match=r"/ip route \*\w+ \(tried\): the kernel refuses it: .*Invalid argument"):
        room.load(rows)
    with pytest.raises(NotPlayed, match=r"\(tried\)"):
        room.load("/routing rule add table=second dst-address=198.18.0.0/24 routing-mark=main")
    room.load('/ip route remove [find comment="tried"]')
    assert [taken(room, source) for source in (MARKED, UNMARKED, ROUTER)] == ["isp2"] * 3
    room.load("/routing rule remove [find]")
    assert [taken(room, source) for source in (MARKED, UNMARKED, ROUTER)] == ["isp1"] * 3


def test_firewall_rows_that_nft_refuses_do_no_harm_later(room: Room) -> None:
    with pytest.raises(NotPlayed, match=r"/ip firewall filter \*1: the lab's network does not play it: nft says"):
        room.load("/ip firewall filter add chain=forward action=drop protocol=tcp dst-port=80-20")
    room.load(f"/ip firewall filter set [find] dst-port={HTTP_PORT}")
    assert taken(room, UNMARKED) == "EAGAIN"
    room.load("/ip firewall filter remove [find]")
    assert taken(room, UNMARKED) == "isp1"


def test_routes_stay_when_the_last_address_goes(room: Room) -> None:
    room.load("/ip route add dst-address=198.18.7.0/24 gateway=198.51.100.1%ether2 comment=tried")
    address = "[find interface=ether2]"
    room.load(f"/ip address disable {address}")
    assert "via 198.51.100.1 dev ether2" in room.network.inside.run(["ip", "route", "show", "198.18.7.0/24"])
    room.load(f"/ip address enable {address}")
    assert taken(room, UNMARKED, "198.18.7.1") == "isp2"


def test_bridges_that_the_kernel_refuses_do_no_harm_later(room: Room) -> None:
    with pytest.raises(NotPlayed, match=r"device bridge\d+ as a port of bridge\d+: the kernel refuses it"):
        room.load("/interface bridge add name=one\n/interface bridge add name=two\n/interface bridge port add bridge=one interface=two")
    room.load("/interface bridge port remove [find interface=two]\n/routing rule add table=second dst-address=198.18.0.0/24")
    assert taken(room, UNMARKED) == "isp2"
    room.load("/interface bridge remove one\n/interface bridge remove two")


@contextlib.contextmanager
def configured(row: str) -> Iterator[Lab]:
    with Lab() as lab:
        lab.load("/ip address add address=203.0.113.2/24 interface=ether1\n/routing table add name=t1 fib")
        assert not lab.load(row).skipped
        yield lab


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("gateway=203.0.113.1 vrf-interface=ether1", "vrf-interface=ether1"),
        ("gateway=203.0.113.1@t1", "gateway=203.0.113.1@t1"),
        ("gateway=203.0.113.1,ether1@main", "gateway=ether1@main"),
        ("gateway=203.0.113.1 check-gateway=bfd", "check-gateway=bfd"),
        ("gateway=fe80::1%ether1", "gateway=fe80::1%ether1"),
        ("gateway=203.0.113.1 pref-src=9.9.9.9", "pref-src=9.9.9.9, which is no address of the router"),
        ("gateway=10.9.9.9@t1 comment=mine", "gateway=10.9.9.9@t1"),
    ],
)
def test_routes_that_are_not_played_are_named(words: str, said: str) -> None:
    with configured(f"/ip route add dst-address=0.0.0.0/0 {words}") as lab:
        with pytest.raises(NotPlayed) as caught:
            list(ways(lab.router))
        assert str(caught.value).startswith("/ip route *80000001" + (" (mine)" if "mine" in words else "") + ": ")
        assert str(caught.value).endswith(f"the lab's network does not play {said}")
        assert not lab.load("/ip route disable [find static]").skipped
        assert {way.destination for way in ways(lab.router)} == {"203.0.113.0/24"}


@pytest.mark.parametrize(
    ("words", "way"),
    [
        ("gateway=203.0.113.1@main", ((("203.0.113.1", "ether1"),), "")),
        ("gateway=203.0.113.1%ether1 check-gateway=ping", ((("203.0.113.1", "ether1"),), "")),
        ("gateway=ether1,203.0.113.9 pref-src=203.0.113.2", ((("", "ether1"), ("203.0.113.9", "ether1")), "203.0.113.2")),
        ("blackhole pref-src=0.0.0.0", ((), "")),
    ],
)
def test_routes_that_are_played(words: str, way: tuple[object, str]) -> None:
    with configured(f"/ip route add dst-address=0.0.0.0/0 {words}") as lab:
        (made,) = [way for way in ways(lab.router) if way.destination == "0.0.0.0/0"]
        assert (made.hops, made.source) == way


@pytest.mark.parametrize(("words", "said"), [("vrf=main", "vrf"), ("realm=1 chain=user", "realm")])
def test_rules_that_are_not_played_are_named(words: str, said: str) -> None:
    with Lab(version="7.22.3") as lab:
        assert not lab.load(f"/routing rule add comment=mine {words}").skipped
        with pytest.raises(NotPlayed, match=rf"/routing rule \*1 \(mine\): the lab's network does not play .*{said}"):
            list(rules(lab.router))
