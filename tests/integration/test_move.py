# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What goes by which line: QUIC with TCP; calls that go back to a line, and a backup that has nothing to do, where the user says so."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import flows
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES

from tests.lab.experiments.flow import flowing
from tests.lab.experiments.room import Room, open_room
from tests.lab.network.surroundings import Line
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .test_astray import ADDRESSES, CLIENTS, FIXED, LAN, STATIC, WANS, calls
from .test_failover import statuses, wait_for
from .test_outages import wait_until_out

LTE = Line("lte", "lte1", "10.65.0.1", "192.0.2.9/32", dialed="192.0.2.9")
BANK = ("198.18.9.9", 443)
MOVE_AFTER = 15
SCHEDULE = 12


@contextlib.contextmanager
def opened(wans: list[dict[str, Any]], lines: list[Line], configuration: str = STATIC, **options: Any) -> Iterator[Room]:
    """A line is good again after 4 s, and connections move 15 s later."""
    with pytest.MonkeyPatch.context() as patch, open_room(configuration, lines, [LAN], seed=11, **options) as room:
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=4))
        patch.setattr(flows, "MOVE_AFTER", MOVE_AFTER)
        apply(room.lab, {"wans": wans, "lan_interfaces": ["ether8"]})
        run_steps(room.lab, steps({"wans": wans, "profile": "fast"}, found(room.lab)))
        room.network.kernel.settle()
        wait_for(lambda: statuses(room, "probe", "isp1") == {"up"}, 20)
        time.sleep(SCHEDULE)
        yield room


@pytest.mark.parametrize("back", ["new", "move"])
def test_a_backup_has_nothing_to_do_once_the_line_is_back(back: str) -> None:
    wans = [WANS[0], {"name": "lte", "interface": "lte1", "gateway": "lte1", "tier": 2, "failback": back}]
    with opened(wans, [FIXED[0], LTE], modems=["lte1"]) as room, calls(room, 6000) as talk:
        room.network.cut("isp1", "upstream")
        wait_until_out(room, {"isp1"}, 20)
        wait_for(lambda: all(flow.sources(1) == {"192.0.2.9"} for flow in talk.values()), 15)
        room.network.mend("isp1")
        wait_until_out(room, set(), 60)
        time.sleep(2)
        assert {address for flow in talk.values() for address in flow.sources(1)} == {"192.0.2.9"}
        time.sleep(MOVE_AFTER + SCHEDULE)
        expected = ADDRESSES["isp1"] if back == "move" else "192.0.2.9"
        assert {address for flow in talk.values() for address in flow.sources(1)} == {expected}
        assert [client for client, flow in talk.items() if flow.answered(1) < 10] == []


@pytest.mark.parametrize("back", ["new", "move"])
def test_calls_go_back_to_their_line(back: str) -> None:
    """A phone's calls begin by one line while it is known to the provider by the other one, unless it moves."""
    wans = [{**WANS[0], "failback": back}, WANS[1]]
    with opened(wans, FIXED) as room, calls(room, 6000) as registered:
        time.sleep(2)
        home = {client: flow.sources(1) for client, flow in registered.items()}
        assert {address for found in home.values() for address in found} == set(ADDRESSES.values())
        room.network.cut("isp1", "upstream")
        wait_until_out(room, {"isp1"}, 20)
        wait_for(lambda: all(flow.sources(1) == {ADDRESSES["isp2"]} for flow in registered.values()), 15)
        room.network.mend("isp1")
        wait_until_out(room, set(), 60)
        time.sleep(MOVE_AFTER + SCHEDULE)
        with calls(room, 6100) as voice:
            time.sleep(2)
            apart = [client for client in CLIENTS if voice[client].sources(1) != registered[client].sources(1)]
        assert [client for client, flow in registered.items() if flow.answered(1) < 10] == []
        moved = [client for client in CLIENTS if home[client] == {ADDRESSES["isp1"]}]
        assert (apart, len(moved) > 1) == ([] if back == "move" else moved, True)


def test_quic_and_tcp_of_one_client_to_one_server_take_one_line() -> None:
    wans = [{**WANS[0], "weight": 30}, {**WANS[1], "weight": 20}]
    with open_room(STATIC, FIXED, [LAN], seed=11, engines=False) as room:
        apply(room.lab, {"wans": wans, "lan_interfaces": ["ether8"]})
        room.network.kernel.settle()
        lan, internet = room.network.clients["lan"].namespace, room.network.internet.namespace
        lines: dict[str, dict[str, str]] = {}
        with contextlib.closing(internet.inside(socket.socket)) as server:
            server.bind(BANK)
            server.listen()
            for client in LAN.clients(64):
                with flowing(lan, internet, client, BANK) as flow:
                    wait_for(lambda flow=flow: bool(flow.seen), 10)
                with contextlib.closing(lan.inside(socket.socket)) as opening:
                    opening.bind((client, 0))
                    opening.connect(BANK)
                    accepted, (address, _port) = server.accept()
                    accepted.close()
                lines[client] = {"quic": flow.seen[0][1], "tcp": address}
        assert [client for client, took in lines.items() if took["quic"] != took["tcp"]] == []
        assert {took["tcp"] for took in lines.values()} == set(ADDRESSES.values())
