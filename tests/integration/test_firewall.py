# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows as nftables: each does what its RouterOS text says, in a kernel, or is refused by name."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.network.devices import device_names
from tests.lab.network.firewall.names import counter, encoded
from tests.lab.network.firewall.ruleset import METERED, compile_ruleset
from tests.lab.network.firewall.snapshot import CompileError, Numbers, Snapshot, snapshot_of
from tests.lab.network.forwarding import table_numbers
from tests.lab.network.namespace import Namespace
from tests.lab.router.lab import Lab

RECIPE = """
/ip address add address=192.168.88.1/24 interface=ether3
/routing table add name=to-1 fib
/routing table add name=to-2 fib
/ip firewall mangle
add action=accept chain=prerouting dst-address=203.0.113.0/24 in-interface=ether3
add action=mark-connection chain=input connection-state=new in-interface=ether1 new-connection-mark=isp1
add action=mark-connection chain=prerouting connection-mark=no-mark dst-address-type=!local in-interface=ether3 new-connection-mark=isp1 \
    per-connection-classifier=both-addresses:2/0
add action=mark-connection chain=output connection-mark=no-mark dst-address-type=!local new-connection-mark=isp2 \
    per-connection-classifier=both-addresses:2/1
add action=mark-routing chain=prerouting connection-mark=isp1 in-interface=ether3 new-routing-mark=to-1
add action=mark-routing chain=output connection-mark=isp2 new-routing-mark=to-2
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
/ip firewall filter
add action=fasttrack-connection chain=forward connection-state=established,related connection-mark=no-mark
add action=accept chain=forward connection-state=established,related,untracked
add action=drop chain=forward connection-state=invalid
add action=drop chain=forward connection-nat-state=!dstnat connection-state=new in-interface-list=none
"""
"""MikroTik's own PCC rows [MAN:PCC], and the home routers' filter."""

CLASSIFIERS = [
    *("src-address", "dst-address", "both-addresses", "src-port", "dst-port", "both-ports"),
    *("src-address-and-port", "dst-address-and-port", "both-addresses-and-ports"),
]


def snapshot(lab: Lab, meter: bool = False) -> Snapshot:
    return snapshot_of(
        lab.router, device_names(lab.router), table_numbers(lab.router), Numbers(), 7, frozenset({"ether1", "ether2"}), meter
    )


def rules(configuration: str, meter: bool = False) -> str:
    with Lab() as lab:
        assert not lab.load(configuration).skipped
        return compile_ruleset(snapshot(lab, meter))


@pytest.fixture
def kernel() -> Iterator[Namespace]:
    with Namespace("kernel") as namespace:
        yield namespace


def load(kernel: Namespace, text: str) -> None:
    kernel.run(["nft", "-f", "-"], text)


def packets(kernel: Namespace, number: str, menu: str = "mangle") -> int:
    listed = kernel.run(["nft", "list", "counter", "ip", "lab", counter(menu, number)])
    (found,) = re.findall(r"packets (\d+)", listed)
    return int(found)


def send(kernel: Namespace, targets: list[tuple[str, int]]) -> None:
    """A datagram to each target, from one socket. All of 127.0.0.0/8 is at home here, and somebody takes them all."""

    def work() -> None:
        with contextlib.ExitStack() as opened:
            for port in {port for _, port in targets}:
                opened.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind(("", port))
            sender = opened.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            for target in targets:
                sender.sendto(b"x", target)

    kernel.inside(work)


def test_official_recipe_and_default_filter_load(kernel: Namespace) -> None:
    load(kernel, rules(RECIPE))
    load(kernel, rules(RECIPE, meter=True))
    assert set(METERED) <= set(re.findall(r"counter (\S+) \{", kernel.run(["nft", "list", "counters"])))


@pytest.mark.parametrize("classifier", CLASSIFIERS)
@pytest.mark.parametrize("denominator", [1, 3, 8])
def test_every_packet_is_in_one_bucket_and_stays_there(kernel: Namespace, classifier: str, denominator: int) -> None:
    rows = [
        f"add chain=output action=passthrough per-connection-classifier={classifier}:{denominator}/{bucket}"
        for bucket in range(denominator)
    ]
    load(kernel, rules("\n".join(["/ip firewall mangle", *rows])))
    targets = [(f"127.0.{number}.1", 1000 + number) for number in range(250)]
    send(kernel, targets)
    once = [packets(kernel, f"*{bucket + 1:X}") for bucket in range(denominator)]
    assert sum(once) == len(targets)
    if "dst" in classifier or "both" in classifier:
        assert all(once)  # the hash knows the sender's random port: of 250 datagrams none in one of 8 buckets has a chance below 1e-13


def test_packets_without_ports_are_hashed_by_what_they_have() -> None:
    row = "/ip firewall mangle\nadd chain=output action=passthrough per-connection-classifier={}:4/{}"
    assert "meta l4proto != { tcp, udp, udplite, sctp, dccp } jhash ip saddr . ip daddr mod 4" in rules(
        row.format("both-addresses-and-ports", 1)
    )
    first, second = (rules(row.format("both-ports", bucket)).splitlines()[-1] for bucket in (0, 1))
    assert "jhash" not in first and "meta l4proto 0 meta l4proto 1" not in first
    assert "meta l4proto 0 meta l4proto 1" in second


def test_nth_takes_one_of_so_many_that_passed_all_else(kernel: Namespace) -> None:
    load(kernel, rules("/ip firewall mangle\nadd chain=output action=passthrough nth=3,1 dst-address=127.0.0.7"))
    send(kernel, [("127.0.0.7", 9), ("127.0.0.8", 9)] * 30)
    assert packets(kernel, "*1") == 10


@pytest.mark.parametrize(
    ("matcher", "hits"),
    [
        ("dst-address=127.0.0.0/30", 3),
        ("dst-address=!127.0.0.0/30", 3),
        ("dst-address=127.0.0.2-127.0.0.4", 2),
        ("dst-address-list=some", 2),
        ("dst-address-list=!some", 4),
        ("dst-address-list=nowhere", 0),
        ("dst-address-type=local", 6),
        ("dst-address-type=!local", 0),
        ("protocol=tcp", 0),
        ("protocol=!tcp", 6),
        ("protocol=udp dst-port=5000-5002", 2),
        ("protocol=udp dst-port=!5001,5003", 4),
        ("connection-mark=no-mark", 6),
        ("connection-mark=!no-mark", 0),
        ("connection-mark=other", 0),
        ("connection-state=new", 6),
        ("connection-state=!new", 0),
        ("connection-state=established,related", 0),
        ("connection-nat-state=!dstnat", 6),
        ("routing-mark=!main", 6),
        ("packet-mark=no-mark", 6),
        ("out-interface=lo", 6),
        ("out-interface=!ether1", 6),
        ("out-interface-list=none", 0),
        ("out-interface-list=!none", 6),
        ("ipsec-policy=out,none", 6),
        ("ipsec-policy=out,ipsec", 0),
    ],
)
def test_matcher(kernel: Namespace, matcher: str, hits: int) -> None:
    configuration = "/ip firewall address-list\nadd list=some address=127.0.0.1\nadd list=some address=127.0.0.4/31\n"
    load(kernel, rules(f"{configuration}/ip firewall mangle\nadd chain=output action=passthrough {matcher}"))
    for number in (1, 2, 3, 5, 6, 7):
        send(kernel, [(f"127.0.0.{number}", 5000 + number)])
    assert packets(kernel, "*1") == hits


def test_passthrough_no_ends_the_menu_and_jumps_return(kernel: Namespace) -> None:
    configuration = """
/ip firewall mangle
add chain=output action=jump jump-target="own chain"
add chain=output action=mark-connection new-connection-mark=two passthrough=no
add chain=output action=passthrough
add chain="own chain" action=mark-connection connection-mark=no-mark new-connection-mark=one passthrough=yes
add chain="own chain" action=return connection-mark=one
add chain="own chain" action=passthrough
"""
    load(kernel, rules(configuration))
    send(kernel, [("127.0.0.1", 9)])
    assert [packets(kernel, f"*{number}") for number in range(1, 7)] == [1, 1, 0, 1, 1, 0]


def test_fasttracked_connection_skips_mangle_and_filter(kernel: Namespace) -> None:
    load(
        kernel,
        rules(
            "/ip firewall filter\nadd chain=output action=fasttrack-connection\nadd chain=output action=accept\n"
            "/ip firewall mangle\nadd chain=output action=passthrough"
        ),
    )
    send(kernel, [("127.0.0.1", 9)] * 5)
    assert packets(kernel, "*1") == packets(kernel, "*1", "filter") == 1


def test_counters_of_rows_that_stay_go_on(kernel: Namespace) -> None:
    one = "/ip firewall mangle\nadd chain=output action=passthrough"
    load(kernel, rules(one))
    send(kernel, [("127.0.0.1", 9)] * 4)
    load(kernel, rules(f"{one} dst-address=127.0.0.2\nadd chain=output action=passthrough"))
    send(kernel, [("127.0.0.1", 9)] * 2)
    assert [packets(kernel, "*1"), packets(kernel, "*2")] == [4, 2]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("mangle add chain=forward content=x comment=mine", "mangle *1 (mine): the lab's network does not play content=x"),
        ("mangle add chain=forward action=set-priority", "mangle *1: the lab's network does not play action=set-priority"),
        ("filter add chain=forward action=tarpit", "filter *1: the lab's network does not play action=tarpit"),
        ("mangle add chain=a action=jump jump-target=a", "a circle of jumps through chain a"),
        (
            "mangle add chain=forward action=mark-routing new-routing-mark=main",
            "action=mark-routing in chain forward: RouterOS does not either",
        ),
    ],
)
def test_what_is_not_known_is_named(row: str, said: str) -> None:
    with pytest.raises(CompileError) as caught:
        rules(f"/ip firewall {row}")
    assert said in str(caught.value)


def test_disabled_rows_play_no_part() -> None:
    assert "row-mangle-1 " not in rules("/ip firewall mangle\nadd chain=forward content=x disabled=yes")


@given(st.text(), st.text())
def test_names_stay_different(one: str, other: str) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)
    assert re.fullmatch(r"[A-Za-z0-9_.-]*", encoded(one))
