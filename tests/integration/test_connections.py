# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The connection table over the API and in scripts: rows are real connections, and what is removed is forgotten."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from librouteros.api import Api

from tests.lab.experiments.room import Room, open_room
from tests.lab.router.services import Ping
from tests.lab.router.traits import Traits
from tests.unit.lab.client import connect, rows

from .conftest import ADDRESSES, BY_HAND, LANS, LINES

MENU = "/ip/firewall/connection"
CLIENTS = {"isp1": "192.168.88.70", "isp2": "192.168.88.200"}
SERVER = "198.18.0.1"
REQUEST = b"GET /whoami HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def api(two_lines: Room) -> Iterator[Api]:
    with contextlib.closing(connect(two_lines.lab)) as opened:
        yield opened


@contextlib.contextmanager
def connections(room: Room) -> Iterator[dict[str, list[socket.socket]]]:
    """Of the client of each line: a connection over TCP and one over UDP, in use while the block lasts."""
    lan = room.network.clients["lan"].namespace
    with contextlib.ExitStack() as opened:
        found = {
            name: [
                opened.enter_context(contextlib.closing(lan.inside(socket.socket, socket.AF_INET, kind)))
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
            ]
            for name in CLIENTS
        }
        for name, client in CLIENTS.items():
            for used in found[name]:
                used.settimeout(5)
                used.bind((client, 0))
            found[name][0].connect((SERVER, 8080))
            assert asked(found[name][0]) == ADDRESSES[name].encode()
            say(found[name][1])
        yield found
        script(room, "/ip firewall connection remove [find]")


def asked(connection: socket.socket) -> bytes:
    """What a server says over a connection that is open."""
    connection.sendall(REQUEST)
    answer = b""
    while not answer.partition(b"\r\n\r\n")[2]:
        answer += connection.recv(4096)
    return answer.partition(b"\r\n\r\n")[2]


def say(datagrams: socket.socket) -> None:
    """Sends something that nobody answers."""
    datagrams.sendto(b"hello", (SERVER, 9))


@contextlib.contextmanager
def changed(room: Room, change: str, back: str) -> Iterator[None]:
    """Rows are other than usual for as long as the block lasts."""
    room.load(change)
    try:
        yield
    finally:
        room.load(back)


@contextlib.contextmanager
def cable_cut(room: Room, line: str) -> Iterator[None]:
    room.network.cut(line, "cable")
    room.network.kernel.settle()
    try:
        yield
    finally:
        room.network.mend(line)
        room.network.kernel.settle()


def datagrams(room_api: Api, client: str) -> dict[str, Any]:
    """The one connection over UDP of a client."""
    (found,) = (row for row in of(rows(room_api, MENU), client) if row["protocol"] == "udp")
    return found


def script(room: Room, source: str) -> Sequence[str]:
    job = room.lab.device.start_script(source)
    job.wait()
    assert job.error is None
    return job.output


def of(found: list[dict[str, Any]], client: str) -> list[dict[str, Any]]:
    return [row for row in found if row["src-address"].startswith(f"{client}:")]


def gone_in_time(api: Api, address: str) -> bool:
    """Whether no connection is translated to an address any more; the kernel takes a moment."""
    for _ in range(50):
        if not [row for row in rows(api, MENU) if row["reply-dst-address"].startswith(f"{address}:")]:
            return True
        time.sleep(0.02)
    return False


def test_rows_are_connections(two_lines: Room, api: Api) -> None:
    with connections(two_lines) as opened:
        assert two_lines.lab.router.services.prober is not None
        two_lines.lab.router.services.prober.ping(Ping(SERVER))
        found = rows(api, MENU)
        tcp, udp = (next(row for row in of(found, CLIENTS["isp2"]) if row["protocol"] == name) for name in ("tcp", "udp"))
        port = opened["isp2"][0].getsockname()[1]
        assert tcp["src-address"] == f"{CLIENTS['isp2']}:{port}"
        assert (tcp["dst-address"], tcp["reply-src-address"]) == (f"{SERVER}:8080", f"{SERVER}:8080")
        assert tcp["reply-dst-address"] == f"{ADDRESSES['isp2']}:{port}"
        assert (tcp["connection-mark"], tcp["tcp-state"], tcp["orig-packets"]) == ("isp2", "established", 4)
        expected = {"seen-reply": True, "assured": True, "confirmed": True, "srcnat": True, "dstnat": False, "fasttrack": False}
        assert {name: tcp[name] for name in expected} == expected
        assert "tcp-state" not in udp and not udp["seen-reply"] and udp["connection-mark"] == "isp2"
        ping = next(row for row in found if row["protocol"] == "icmp")
        assert (ping["src-address"], ping["dst-address"], ping["icmp-type"]) == (ADDRESSES["isp1"], SERVER, 8)
        assert "connection-mark" not in ping
        assert {row[".id"] for row in found} <= {row[".id"] for row in rows(api, MENU)}


def test_connections_are_found_by_address_and_port(two_lines: Room, api: Api) -> None:
    """Those to an address of the router, and those that are translated to it."""
    own = ADDRESSES["isp1"]
    with connections(two_lines) as opened:
        opened["isp1"][1].sendto(b"hello", (own, 8729))
        (found,) = api.rawCmd(f"{MENU}/print", f"?dst-address={own}:8729")
        assert (found["src-address"].partition(":")[0], found["protocol"]) == (CLIENTS["isp1"], "udp")
        assert not list(api.rawCmd(f"{MENU}/print", f"?dst-address={own}"))
        translated = {row[".id"] for row in of(rows(api, MENU), CLIENTS["isp1"]) if row["reply-dst-address"].startswith(f"{own}:")}
        assert len(translated) > 1
        (shown,) = script(two_lines, f':put [/ip/firewall/connection/find where reply-dst-address~"^{own}:" srcnat]')
        assert set(shown.split(";")) == translated
        assert script(two_lines, f':put [/ip/firewall/connection/find dst-address="{own}:8729"]') == [found[".id"]]


def test_a_script_removes_those_of_a_mark_and_the_others_go_on(two_lines: Room, api: Api) -> None:
    with connections(two_lines) as opened:
        before = of(rows(api, MENU), CLIENTS["isp2"])
        assert script(
            two_lines,
            ':put [/ip firewall connection print count-only where connection-mark="isp1"]\n'
            '/ip firewall connection remove [find where connection-mark="isp1"]\n'
            ':put [/ip firewall connection print count-only where connection-mark="isp1"]\n'
            ":put [:len [/ip firewall connection find where connection-mark=isp2 protocol=tcp seen-reply]]",
        ) == ["2", "0", "1"]
        assert asked(opened["isp2"][0]) == ADDRESSES["isp2"].encode()
        after = of(rows(api, MENU), CLIENTS["isp2"])
        assert [row[".id"] for row in after] == [row[".id"] for row in before]
        assert sum(row["orig-packets"] for row in after) > sum(row["orig-packets"] for row in before)
        removed = {row[".id"] for row in of(rows(api, MENU), CLIENTS["isp1"])}
        assert asked(opened["isp1"][0]) == ADDRESSES["isp1"].encode()
        assert removed.isdisjoint(row[".id"] for row in of(rows(api, MENU), CLIENTS["isp1"]))


def test_removed_connections_take_the_line_that_is_left(two_lines: Room, api: Api) -> None:
    """The way of fail-over by a script: the mark's connections are forgotten, then they begin anew elsewhere."""
    first = '[find where new-connection-mark="isp1"]'
    change = changed(two_lines, f"/ip firewall mangle disable {first}", f"/ip firewall mangle enable {first}")
    with connections(two_lines) as opened, change:
        say(opened["isp1"][1])
        assert datagrams(api, CLIENTS["isp1"])["reply-dst-address"].startswith(ADDRESSES["isp1"])
        script(two_lines, '/ip firewall connection remove [find where connection-mark="isp1"]')
        say(opened["isp1"][1])
        anew = datagrams(api, CLIENTS["isp1"])
        assert anew["reply-dst-address"].startswith(ADDRESSES["isp2"]) and anew["connection-mark"] == "isp2"


def test_print_and_remove_over_the_api(two_lines: Room, api: Api) -> None:
    with connections(two_lines):
        (wanted,) = (row for row in of(rows(api, MENU), CLIENTS["isp1"]) if row["protocol"] == "udp")
        api.path(MENU).remove(wanted[".id"])
        assert wanted[".id"] not in {row[".id"] for row in rows(api, MENU)}
        with pytest.raises(Exception, match="no such item"):
            api.path(MENU).remove(wanted[".id"])
        left = {row[".id"] for row in of(rows(api, MENU), CLIENTS["isp2"])}
        with pytest.raises(Exception, match="no such item"):
            api.path(MENU).remove(wanted[".id"], *left)
        assert not of(rows(api, MENU), CLIENTS["isp2"])


def test_ids_are_not_given_again(two_lines: Room, api: Api) -> None:
    with connections(two_lines):
        before = {row[".id"] for row in rows(api, MENU)}
    with connections(two_lines):
        assert before.isdisjoint(row[".id"] for row in rows(api, MENU))


def test_twenty_thousand_connections(two_lines: Room) -> None:
    def send() -> None:
        for number in range(200):
            with socket.socket(type=socket.SOCK_DGRAM) as sender:
                sender.bind((f"192.168.88.{64 + 64 * (number % 2) + number // 2 % 64}", 0))
                for port in range(100):
                    sender.sendto(b"x", (f"198.18.3.{number}", 2000 + port))

    two_lines.network.clients["lan"].namespace.inside(send)
    begun = time.monotonic()
    counts = script(
        two_lines,
        ":put [/ip firewall connection print count-only]\n"
        '/ip firewall connection remove [find where connection-mark="isp1"]\n'
        ":put [/ip firewall connection print count-only]",
    )
    assert int(counts[0]) >= 20_000 and 9_000 < int(counts[1]) < 11_000
    assert time.monotonic() - begun < 40
    script(two_lines, "/ip firewall connection remove [find]")


def test_masqueraded_connections_go_with_their_cable(two_lines: Room, api: Api) -> None:
    with connections(two_lines) as opened:
        before = of(rows(api, MENU), CLIENTS["isp2"])
        with cable_cut(two_lines, "isp1"):
            assert gone_in_time(api, ADDRESSES["isp1"])
            assert [row[".id"] for row in of(rows(api, MENU), CLIENTS["isp2"])] == [row[".id"] for row in before]
            assert asked(opened["isp2"][0]) == ADDRESSES["isp2"].encode()


def test_masqueraded_connections_go_with_their_address(two_lines: Room, api: Api) -> None:
    there, back = (
        f'/ip address set [find where address="203.0.113.{one}/24"] address=203.0.113.{other}/24' for one, other in ((2, 9), (9, 2))
    )
    with connections(two_lines) as opened, changed(two_lines, there, back):
        before = of(rows(api, MENU), CLIENTS["isp2"])
        assert gone_in_time(api, ADDRESSES["isp1"])
        say(opened["isp1"][1])
        assert datagrams(api, CLIENTS["isp1"])["reply-dst-address"].startswith("203.0.113.9:")
        assert [row[".id"] for row in of(rows(api, MENU), CLIENTS["isp2"])] == [row[".id"] for row in before]


def test_connections_by_src_nat_stay(two_lines: Room, api: Api) -> None:
    """Unlike those of masquerade they hang until they are removed."""
    row = "add action=src-nat chain=srcnat out-interface=ether1 to-addresses=203.0.113.2 place-before=0"
    change = changed(two_lines, f"/ip firewall nat {row}", "/ip firewall nat remove [find where action=src-nat]")
    with change, connections(two_lines), cable_cut(two_lines, "isp1"):
        time.sleep(0.3)
        assert len(of(rows(api, MENU), CLIENTS["isp1"])) == 2


def test_what_is_masqueraded_may_keep_its_address_when_its_cable_goes() -> None:
    with (
        open_room(BY_HAND, LINES, LANS[:1], traits=Traits(masquerade_follows=False), engines=False) as room,
        contextlib.closing(connect(room.lab)) as api,
        connections(room),
        cable_cut(room, "isp1"),
    ):
        time.sleep(0.3)
        assert {row["reply-dst-address"].partition(":")[0] for row in of(rows(api, MENU), CLIENTS["isp1"])} == {ADDRESSES["isp1"]}


@pytest.mark.parametrize("stops", [False, True])
def test_a_removal_may_end_at_the_first_one_that_is_gone(stops: bool) -> None:
    with (
        open_room(BY_HAND, LINES, LANS[:1], traits=Traits(removal_stops=stops), engines=False) as room,
        contextlib.closing(connect(room.lab)) as api,
        connections(room),
    ):
        gone, *left = [row[".id"] for client in CLIENTS.values() for row in of(rows(api, MENU), client)]
        api.path(MENU).remove(gone)
        with pytest.raises(Exception, match="no such item"):
            api.path(MENU).remove(left[0], gone, *left[1:])
        assert len({row[".id"] for row in rows(api, MENU)}.intersection(left)) == (len(left) - 1 if stops else 0)
