# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No packet leaves with the address of another line ten seconds after what can happen to a line: flows begun before, during, after.

Each with addresses that the router finds (masquerade) and with those that the user gives, and where masquerading follows a way that
changes, as in Linux, and where it does not.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.lab.experiments.flow import Flow, flowing
from tests.lab.experiments.room import Room, open_room
from tests.lab.network.surroundings import Lan, Line
from tests.lab.router.traits import Traits
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .test_failover import statuses, wait_for
from .test_outages import out_of_use

LAN = Lan("lan", "ether8", "192.168.88.0/24", "192.168.88.1")
SERVER = "198.18.2.1"
FIXED = [
    Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24"),
    Line("isp2", "ether2", "198.51.100.1", "198.51.100.0/24"),
]
ADDRESSES = {"isp1": "203.0.113.2", "isp2": "198.51.100.2"}
BASE = """
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.168.88.1/24 interface=ether8
"""
STATIC = f"{BASE}\n/ip address add address=203.0.113.2/24 interface=ether1\n"
WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
]
CLIENTS = [f"192.168.88.{number}" for number in range(64, 76)]
TEN = 10.0


def given(*names: str) -> list[dict[str, Any]]:
    """The lines, of which these have an address that the user gives."""
    return [{**wan, **({"source_address": ADDRESSES[wan["name"]]} if wan["name"] in names else {})} for wan in WANS]


@contextlib.contextmanager
def watched(wans: list[dict[str, Any]], configuration: str, lines: list[Line], **options: Any) -> Iterator[Room]:
    with open_room(configuration, lines, [LAN], seed=11, **options) as room:
        apply(room.lab, {"wans": wans, "lan_interfaces": ["ether8"]})
        run_steps(room.lab, steps({"wans": wans}, found(room.lab)))
        room.network.kernel.settle()
        wait_for(lambda: statuses(room, "probe") == {"up"}, 20)
        time.sleep(1)
        yield room


@contextlib.contextmanager
def calls(room: Room, first: int) -> Iterator[dict[str, Flow]]:
    """A flow of each client, to a port of its own."""
    lan, internet = room.network.clients["lan"].namespace, room.network.internet.namespace
    with contextlib.ExitStack() as opened:
        yield {
            client: opened.enter_context(flowing(lan, internet, client, (SERVER, first + number))) for number, client in enumerate(CLIENTS)
        }


def through(room: Room, event: Callable[[], None], until: Callable[[], object]) -> None:
    """Flows before, during and after an event: ten seconds later each is answered, and no packet has a wrong address.

    :param event: ends with the flows of "during" begun.
    """
    with contextlib.ExitStack() as opened:
        flows = [opened.enter_context(calls(room, 6000))]
        time.sleep(1)
        event()
        flows.append(opened.enter_context(calls(room, 6100)))
        time.sleep(0.5)
        until()
        ended = time.monotonic()
        flows.append(opened.enter_context(calls(room, 6200)))
        time.sleep(max(0.0, ended + TEN - time.monotonic()))
        with room.network.observe() as seen:
            time.sleep(1)
        assert {line: traffic["spoofed"].packets for line, traffic in seen.items()} == dict.fromkeys(seen, 0)
        silent = [(number, client) for number, group in enumerate(flows) for client, flow in group.items() if flow.answered(1) < 10]
        assert silent == []


@pytest.mark.parametrize("follows", [True, False], ids=["masquerade follows", "masquerade stays"])
@pytest.mark.parametrize("sources", [(), ("isp1",), ("isp1", "isp2")], ids=["masquerade", "one address given", "both given"])
def test_a_cable_that_is_out_for_half_a_second(sources: tuple[str, ...], follows: bool) -> None:
    with watched(given(*sources), STATIC, FIXED, traits=Traits(masquerade_follows=follows)) as room:
        through(room, lambda: room.network.cut("isp1", "cable"), lambda: room.network.mend("isp1"))
        assert out_of_use(room) == set()


@pytest.mark.parametrize("follows", [True, False], ids=["masquerade follows", "masquerade stays"])
def test_a_line_that_dials_again_gets_another_address(follows: bool) -> None:
    lines = [Line("isp1", "pppoe-out1", "10.64.0.1", "203.0.113.7/32", dialed="203.0.113.7"), FIXED[1]]
    wans = [{"name": "isp1", "interface": "pppoe-out1", "gateway": "pppoe-out1"}, WANS[1]]
    configuration = f"/interface pppoe-client add name=pppoe-out1 interface=ether1 disabled=no\n{BASE}"
    with watched(wans, configuration, lines, traits=Traits(masquerade_follows=follows)) as room:
        for address in ("203.0.113.8", "203.0.113.9"):
            through(
                room,
                lambda: room.network.cut("isp1", "cable"),
                lambda address=address: (room.network.mend("isp1"), room.network.redial("isp1", address=address)),
            )
        assert out_of_use(room) == set()


@pytest.mark.parametrize("follows", [True, False], ids=["masquerade follows", "masquerade stays"])
def test_a_lease_with_another_address(follows: bool) -> None:
    lines = [Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24", leased="203.0.113.7"), FIXED[1]]
    wans = [{"name": "isp1", "interface": "ether1", "gateway": "dhcp"}, WANS[1]]
    configuration = f"/ip dhcp-client add interface=ether1 disabled=no\n{BASE}"
    with watched(wans, configuration, lines, traits=Traits(masquerade_follows=follows)) as room:
        through(room, lambda: room.network.lose_lease("isp1"), lambda: room.network.give_lease("isp1", address="203.0.113.9"))
        assert out_of_use(room) == set()
