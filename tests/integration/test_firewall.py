# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows as nftables: each does what its RouterOS text says, in a kernel, or is refused by name."""

from __future__ import annotations

import contextlib
import errno
import re
import select
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.network.devices import device_names
from tests.lab.network.firewall.names import counter, encoded
from tests.lab.network.firewall.ruleset import METERED, compile_ruleset, refused
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
add action=fasttrack-connection chain=forward connection-state=established,related connection-mark=no-mark hw-offload=yes
add action=accept chain=forward connection-state=established,related,untracked
add action=drop chain=forward connection-state=invalid
add action=drop chain=forward connection-nat-state=!dstnat connection-state=new in-interface-list=none
"""
"""MikroTik's own PCC rows [MAN:PCC], and the home routers' filter."""

IP_RECVERR = 11
"""Errors about what was sent are kept for the sender. Linux, in.h."""

EXPERIMENTAL = 253
"""A protocol for tests [RFC 3692]."""

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
    rows = (f"add chain=output action=passthrough nth={nth} dst-address=127.0.0.7" for nth in ("3,1", "!3,1", "1,1", "1"))
    load(kernel, rules("\n".join(["/ip firewall mangle", *rows])))
    send(kernel, [("127.0.0.7", 9), ("127.0.0.8", 9)] * 30)
    assert [packets(kernel, number) for number in ("*1", "*2", "*3", "*4")] == [10, 20, 30, 30]


def test_random_takes_about_as_many_as_told(kernel: Namespace) -> None:
    load(kernel, rules("/ip firewall mangle\nadd chain=output action=passthrough random=30"))
    send(kernel, [("127.0.0.1", 9)] * 1000)
    assert 200 < packets(kernel, "*1") < 400  # 300, less or more by seven times the spread


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
        ("protocol=17", 6),
        ("protocol=ospf", 0),
        ("dst-port=5000-5002", 2),
        ("dst-port=!5000-5002", 4),
        ("protocol=!tcp dst-port=5001", 1),
        ("src-address=127.0.0.0/8", 6),
        ("src-address=!127.0.0.0/8", 0),
        ("src-address-list=some", 6),
        ("src-address-list=!some", 0),
        ("src-address-type=local", 6),
        ("src-address-type=!unicast,local", 0),
        ("connection-mark=no-mark", 6),
        ("connection-mark=!no-mark", 0),
        ("connection-mark=other", 0),
        ("connection-state=new", 6),
        ("connection-state=!new", 0),
        ("connection-state=established,related", 0),
        ("connection-nat-state=!dstnat", 6),
        ("routing-mark=main", 6),
        ("routing-mark=!main", 0),
        ("routing-mark=forwards", 0),
        ("routing-mark=!forwards", 6),
        ("routing-mark=idle", 0),
        ("routing-mark=!idle", 6),
        ("packet-mark=no-mark", 6),
        ("out-interface=lo", 6),
        ("out-interface=!ether1", 6),
        ("out-interface-list=none", 0),
        ("out-interface-list=!none", 6),
        ("ipsec-policy=out,none", 6),
        ("ipsec-policy=out,ipsec", 0),
        ("packet-size=29", 6),
        ("packet-size=!0-29", 0),
        ("limit=1/1h,2:packet", 2),
        ("limit=!1/90s,2", 4),
        ("protocol=tcp tcp-flags=syn,!ack", 0),
        ("src-mac-address=!02:00:00:00:00:09", 0),
    ],
)
def test_matcher(kernel: Namespace, matcher: str, hits: int) -> None:
    configuration = (
        "/ip firewall address-list\nadd list=some address=127.0.0.1\nadd list=some address=127.0.0.4/31\n"
        "/routing table\nadd name=forwards fib\nadd name=idle\n"
    )
    load(kernel, rules(f"{configuration}/ip firewall mangle\nadd chain=output action=passthrough {matcher}"))
    for number in (1, 2, 3, 5, 6, 7):
        send(kernel, [(f"127.0.0.{number}", 5000 + number)])
    assert packets(kernel, "*1") == hits


def test_ports_are_those_of_protocols_that_have_some(kernel: Namespace) -> None:
    """What stands there in another protocol's packet is no port."""
    load(kernel, rules("/ip firewall mangle\nadd chain=output action=passthrough dst-port=5001\nadd chain=output action=passthrough"))

    def work() -> None:
        with socket.socket(type=socket.SOCK_RAW, proto=EXPERIMENTAL) as sender:
            sender.sendto((5001).to_bytes(2) * 2, ("127.0.0.1", 0))

    kernel.inside(work)
    assert packets(kernel, "*1") == 0 < packets(kernel, "*2")


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


def marking(table: str, *rows: str) -> str:
    marked = f"add chain=output action=mark-routing new-routing-mark={table}"
    return rules("\n".join(["/routing table add name=forwards fib", "/routing table add name=idle", "/ip firewall mangle", marked, *rows]))


@pytest.mark.parametrize("table", ["main", "forwards", "idle"])
def test_routing_mark_is_the_one_that_was_set(kernel: Namespace, table: str) -> None:
    """Of a table without ``fib`` too: it has routes, only nothing is forwarded by them."""
    tables = ["main", "forwards", "idle"]
    load(kernel, marking(table, *(f"add chain=output action=passthrough routing-mark={name}" for name in tables)))
    send(kernel, [("127.0.0.1", 9)])
    assert [packets(kernel, f"*{number}") for number in (2, 3, 4)] == [int(name == table) for name in tables]


def test_packet_marks_are_apart_from_other_marks(kernel: Namespace) -> None:
    rows = [
        "add chain=output action=mark-packet new-packet-mark=one",
        "add chain=output action=passthrough packet-mark=one connection-mark=no-mark routing-mark=idle",
        "add chain=output action=mark-packet new-packet-mark=no-mark passthrough=no packet-mark=!two",
        "add chain=output action=passthrough",
        "add chain=postrouting action=passthrough packet-mark=no-mark routing-mark=idle",
    ]
    load(kernel, marking("idle", *rows))
    send(kernel, [("127.0.0.1", 9)])
    assert [packets(kernel, f"*{number}") for number in range(2, 7)] == [1, 1, 1, 0, 1]


def test_raw_rows_come_before_connections(kernel: Namespace) -> None:
    load(
        kernel,
        rules(
            "/ip firewall raw\nadd chain=output action=notrack dst-address=127.0.0.2\nadd chain=output action=drop dst-address=127.0.0.3\n"
            "/ip firewall mangle\nadd chain=output action=passthrough connection-state=untracked\nadd chain=output action=passthrough"
        ),
    )
    send(kernel, [("127.0.0.1", 9), ("127.0.0.2", 9)])
    with pytest.raises(PermissionError):
        send(kernel, [("127.0.0.3", 9)])
    assert [packets(kernel, "*1"), packets(kernel, "*2")] == [1, 2]


def test_log_goes_on_to_the_next_row(kernel: Namespace) -> None:
    load(
        kernel,
        rules(
            '/ip firewall filter\nadd chain=output action=log log-prefix="*** \\"seen\\""\n'
            'add chain=output action=drop log=yes log-prefix="*** dropped"'
        ),
    )
    with pytest.raises(PermissionError):
        send(kernel, [("127.0.0.1", 9)])
    assert [packets(kernel, "*1", "filter"), packets(kernel, "*2", "filter")] == [1, 1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", 0),
        ("reject-with=icmp-network-unreachable", 0),
        ("reject-with=icmp-host-unreachable", 1),
        ("reject-with=icmp-protocol-unreachable", 2),
        ("reject-with=icmp-port-unreachable", 3),
        ("reject-with=icmp-net-prohibited", 9),
        ("reject-with=icmp-host-prohibited", 10),
        ("reject-with=icmp-admin-prohibited", 13),
    ],
)
def test_reject_answers_as_told(kernel: Namespace, words: str, code: int) -> None:
    """The code is that of the ICMP error [RFC 792, 1812], as the sender's socket has it (Linux, struct sock_extended_err)."""
    load(kernel, rules(f"/ip firewall filter\nadd chain=output action=reject protocol=udp {words}"))

    def work() -> bytes:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
            sender.connect(("127.0.0.1", 9))
            with contextlib.suppress(OSError):
                sender.send(b"x")
            return sender.recvmsg(100, 100, socket.MSG_ERRQUEUE)[1][0][2]

    assert tuple(kernel.inside(work)[5:7]) == (3, code)


def test_reject_resets(kernel: Namespace) -> None:
    load(kernel, rules("/ip firewall filter\nadd chain=output action=reject protocol=tcp dst-port=80 reject-with=tcp-reset"))

    def work() -> tuple[int, int]:
        with contextlib.ExitStack() as opened:
            for port in (80, 81):
                opened.enter_context(socket.create_server(("127.0.0.1", port)))
            clients = [opened.enter_context(socket.socket()) for _ in range(2)]
            clients[0].settimeout(5)  # a packet that is lost, not answered
            return clients[0].connect_ex(("127.0.0.1", 80)), clients[1].connect_ex(("127.0.0.1", 81))

    assert kernel.inside(work) == (errno.ECONNREFUSED, 0)


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("protocol=udp new-mss=1000", 1360, 1400),
        ("new-mss=1000", 960, 1000),
        ("new-mss=1000 passthrough=no", 960, 1000),
        ("new-mss=clamp-to-pmtu", 1200, 1240),
    ],
)
def test_mss_is_changed(kernel: Namespace, words: str, low: int, high: int) -> None:
    """A client offers 1400 on a way that carries packets of 1280; what its server makes of that has room for options of TCP."""
    load(kernel, rules(f"/ip firewall mangle\nadd chain=output action=change-mss {words}\nadd chain=output action=passthrough"))
    kernel.run(["ip", "route", "replace", "local", "127.0.0.7", "dev", "lo", "table", "local", "mtu", "1280", "advmss", "1400"])

    def work() -> int:
        with socket.create_server(("127.0.0.7", 80)) as server, socket.socket() as client:
            client.bind(("127.0.0.1", 0))
            client.connect(("127.0.0.7", 80))
            with server.accept()[0] as answering:
                return answering.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)

    assert low < kernel.inside(work) <= high
    assert (packets(kernel, "*2") == 0) == ("passthrough=no" in words)


@pytest.mark.parametrize(
    ("row", "port"),
    [
        ("chain=output action=dst-nat protocol=udp dst-port=53 to-addresses=127.0.0.9 to-ports=8000-8010", range(8000, 8011)),
        ("chain=output action=redirect protocol=udp to-ports=9000-9001", range(9000, 9002)),
        ("chain=output action=redirect protocol=udp to-ports=9005", range(9005, 9006)),
    ],
)
def test_ports_are_translated_to_a_range(kernel: Namespace, row: str, port: range) -> None:
    load(kernel, rules(f"/ip firewall nat\nadd {row}"))

    def work() -> int:
        with contextlib.ExitStack() as opened:
            servers = [opened.enter_context(socket.socket(type=socket.SOCK_DGRAM)) for _ in port]
            for server, number in zip(servers, port, strict=True):
                server.bind(("", number))
            opened.enter_context(socket.socket(type=socket.SOCK_DGRAM)).sendto(b"x", ("127.0.0.1", 53))
            return len(select.select(servers, [], [], 5)[0])

    assert kernel.inside(work) == 1


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
        ("mangle add chain=output action=jump", "mangle *1: the lab's network does not play action=jump without jump-target"),
        *(
            (
                f"mangle add chain=output action={action}",
                f"mangle *1: the lab's network does not play action={action} without {needed}",
            )
            for action, needed in [
                ("mark-connection", "new-connection-mark"),
                ("mark-packet", "new-packet-mark"),
                ("mark-routing", "new-routing-mark"),
                ("change-mss", "new-mss"),
            ]
        ),
        *(
            (f"mangle add chain=output action=passthrough {matcher}", f"mangle *1: the lab's network does not play {matcher}")
            for matcher in [
                *("nth=3", "nth=2,3", "nth=!2,3", "connection-state=", "packet-mark=no-mark,x", "connection-mark=!a,b"),
                *("ipsec-policy=!in,ipsec", "ipsec-policy=in", "limit=1,5:bit", "tcp-flags=syn"),
            ]
        ),
        ("filter add chain=forward protocol=icmp dst-port=80", "filter *1: the lab's network does not play dst-port=80 with protocol=icmp"),
        ("filter add chain=forward protocol=256", "filter *1: the lab's network does not play protocol=256"),
        ("filter add chain=forward action=reject reject-with=tcp-reset", "reject-with=tcp-reset without protocol=tcp"),
        ("nat add chain=dstnat action=redirect to-ports=80", "nat *1: the lab's network does not play to-ports=80 with protocol=any"),
        ("nat add chain=dstnat action=redirect protocol=tcp to-ports=80,81", "nat *1: the lab's network does not play to-ports=80,81"),
        ("nat add chain=dstnat action=dst-nat", "nat *1: the lab's network does not play action=dst-nat without to-addresses or to-ports"),
    ],
)
def test_what_is_not_known_is_named(row: str, said: str) -> None:
    with pytest.raises(CompileError) as caught:
        rules(f"/ip firewall {row}")
    assert said in str(caught.value)


def test_what_nft_does_not_take_is_named_too(kernel: Namespace) -> None:
    with Lab() as lab:
        lab.load("/ip firewall filter\nadd chain=forward\nadd chain=forward protocol=tcp dst-port=80-20 comment=mine")
        taken = snapshot(lab)
    with pytest.raises(RuntimeError) as caught:
        load(kernel, compile_ruleset(taken))
    said = "/ip firewall filter *2 (mine): the lab's network does not play it: nft says Range has zero or negative size"
    assert str(refused(taken, str(caught.value))) == said
    assert refused(taken, "killed") is None


def test_names_in_lists_that_rows_speak_of_are_named() -> None:
    entry = "/ip firewall address-list add list=some address=example.com\n"
    assert "example" not in rules(entry)
    with pytest.raises(CompileError, match=r"address-list \*1: .* address=example\.com"):
        rules(f"{entry}/ip firewall filter add chain=forward src-address-list=some")


def test_disabled_rows_play_no_part() -> None:
    assert "row-mangle-1 " not in rules("/ip firewall mangle\nadd chain=forward content=x disabled=yes")


def test_rows_about_what_is_gone_play_no_part() -> None:
    made = "/interface bridge add name=b\n/ip firewall filter\nadd chain=forward action=drop in-interface={}b\n"
    for sign in ("", "!"):
        assert "row-filter-1 " not in rules(f"{made.format(sign)}/interface bridge remove b")


@pytest.mark.parametrize(
    "row",
    [
        'filter add chain=output action=drop log-prefix="*** dropped" dst-address=127.0.0.1',
        'mangle add chain=output action=mark-connection new-connection-mark="*x"',
        'filter add chain="*1" action=drop comment="*2"',
    ],
)
def test_a_star_alone_is_no_reference(row: str) -> None:
    assert f'counter name "row-{row.partition(" ")[0]}-1"' in rules(f"/ip firewall {row}")


@given(st.text(), st.text())
def test_names_stay_different(one: str, other: str) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)
    assert re.fullmatch(r"[A-Za-z0-9_.-]*", encoded(one))
