# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Firewall rows show how many packets and bytes have met them."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from librouteros.api import Api

from tests.lab.experiments.room import Room
from tests.lab.router.lab import Lab
from tests.unit.lab.client import connect, rows

CLIENTS = {"isp1": "192.168.88.70", "isp2": "192.168.88.200"}
HEADERS = 28
"""Bytes of an IP header and a UDP header."""


@pytest.fixture
def api(two_lines: Room) -> Iterator[Api]:
    with contextlib.closing(connect(two_lines.lab)) as opened:
        for menu in ("mangle", "nat", "filter", "raw"):
            list(opened(f"/ip/firewall/{menu}/reset-counters-all"))
        yield opened


def send(room: Room, line: str, count: int, size: int = 100) -> None:
    """Packets of one connection by a line; none is answered."""

    def work() -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.bind((CLIENTS[line], 0))
            for _ in range(count):
                sender.sendto(bytes(size - HEADERS), ("198.18.0.1", 9))

    room.network.clients["lan"].namespace.inside(work)


def met(api: Api, menu: str, **wanted: str) -> list[tuple[int, int]]:
    """Packets and bytes of the rows that are as wanted."""
    names = {name.replace("_", "-"): value for name, value in wanted.items()}
    found: list[dict[str, Any]] = [row for row in rows(api, f"/ip/firewall/{menu}") if names.items() <= row.items()]
    return [(row["packets"], row["bytes"]) for row in found]


def test_rows_count_what_meets_them(two_lines: Room, api: Api) -> None:
    send(two_lines, "isp1", 5)
    send(two_lines, "isp2", 3, size=500)
    assert met(api, "mangle", new_connection_mark="isp1") == [(1, 100)]
    assert met(api, "mangle", new_routing_mark="isp1") == [(5, 500)]
    assert met(api, "mangle", new_routing_mark="isp2") == [(3, 1500)]
    assert met(api, "nat", out_interface="ether1") == [(1, 100)]


def test_counters_survive_changes_of_the_rules(two_lines: Room, api: Api) -> None:
    send(two_lines, "isp1", 4)
    two_lines.load("/ip firewall filter add chain=forward action=accept comment=new")
    send(two_lines, "isp1", 2)
    assert met(api, "mangle", new_routing_mark="isp1") == [(6, 600)]
    assert met(api, "filter", comment="new") == [(2, 200)]
    two_lines.load('/ip firewall filter disable [find comment="new"]')
    send(two_lines, "isp1", 2)
    assert met(api, "filter", comment="new") == [(2, 200)]
    two_lines.load('/ip firewall filter remove [find comment="new"]')


def test_counters_can_be_reset(two_lines: Room, api: Api) -> None:
    send(two_lines, "isp1", 2)
    send(two_lines, "isp2", 2)
    (row,) = (row for row in rows(api, "/ip/firewall/mangle") if row.get("new-routing-mark") == "isp1")
    list(api("/ip/firewall/mangle/reset-counters", **{".id": row[".id"]}))
    assert met(api, "mangle", new_routing_mark="isp1") == [(0, 0)]
    assert met(api, "mangle", new_routing_mark="isp2") == [(2, 200)]
    send(two_lines, "isp1", 1)
    assert met(api, "mangle", new_routing_mark="isp1") == [(1, 100)]
    list(api("/ip/firewall/mangle/reset-counters-all"))
    assert set(met(api, "mangle")) == {(0, 0)}
    assert met(api, "nat", out_interface="ether2") == [(1, 100)]


def test_scripts_read_counters(two_lines: Room, api: Api) -> None:
    send(two_lines, "isp1", 7)
    row = '[find where new-routing-mark="isp1"]'
    job = two_lines.lab.device.start_script(
        f":put [/ip firewall mangle get {row} packets]\n/ip firewall mangle reset-counters {row}\n"
        f":put [/ip firewall mangle get {row} bytes]\n:put [:len [/ip firewall mangle find where packets>0]]"
    )
    job.wait()
    assert job.error is None and job.output == ["7", "0", "1"]


def test_reboot_begins_anew(two_lines: Room, api: Api) -> None:
    send(two_lines, "isp1", 2)
    assert len(rows(api, "/ip/firewall/connection")) > 0
    two_lines.lab.device.reboot()
    assert two_lines.lab.router.services.connections is not None
    left = [row for row in two_lines.lab.router.services.connections.rows() if row["src-address"].startswith(CLIENTS["isp1"])]
    assert not left
    with contextlib.closing(connect(two_lines.lab)) as again:
        assert set(met(again, "mangle")) == {(0, 0)}


def test_rows_have_counters_without_a_network() -> None:
    with Lab() as lab:
        lab.load("/ip firewall mangle add chain=forward action=passthrough")
        with contextlib.closing(connect(lab)) as opened:
            assert met(opened, "mangle") == [(0, 0)]
            list(opened("/ip/firewall/mangle/reset-counters-all"))


def test_interfaces_show_what_they_carry(two_lines: Room, api: Api) -> None:
    def carried() -> dict[str, int]:
        return {row["name"]: row["tx-packet"] for row in rows(api, "/interface") if row["name"] in ("ether1", "ether2")}

    before = carried()
    send(two_lines, "isp1", 40)
    after = carried()
    assert 40 <= after["ether1"] - before["ether1"] < 50  # and ARP
    assert after["ether2"] - before["ether2"] < 10
