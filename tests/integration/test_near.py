# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who stands beside the gateway of a line, or in a network behind it, reaches the router and forwarded ports: before, during and after a
run, in outages, and by a modem that forwards no answer to a question that it has not seen."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST

from tests.lab.experiments.room import Room, open_room
from tests.lab.network.namespace import Namespace
from tests.lab.network.neighbours import beside
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.unit.door.runs import run

from .conftest import CONFIGURATION, INTENT, LANS, LINES
from .test_failover import statuses, wait_for
from .test_outages import wait_until_out

OWNER = """
/ip route
add dst-address=0.0.0.0/0 gateway=198.51.100.1
add dst-address=10.1.1.0/24 gateway=203.0.113.254
/ip firewall nat
add chain=srcnat action=masquerade out-interface=ether1
add chain=srcnat action=masquerade out-interface=ether2
"""
NEAR, BEHIND, OUTSIDE = "203.0.113.50", "10.1.1.5", "8.8.4.4"
SSH, FORWARDED = 22, 8080
SITE = {
    "pcc_balance": {"wans": INTENT["wans"], "lan_interfaces": INTENT["lan_interfaces"], "warn_only": ["dst-nat"]},
    "failover_netwatch": {"wans": INTENT["wans"], "profile": "fast"},
}


def reached(namespace: Namespace, source: str, target: str) -> list[int]:
    """The ports of the router at which somebody answers, be it with a refusal."""

    def ask(port: int) -> bool:
        with socket.socket() as asking:
            asking.settimeout(1)
            asking.bind((source, 0))
            try:
                asking.connect((target, port))
            except ConnectionRefusedError:
                return True
            except OSError:
                return False
            return True

    return [port for port in (SSH, FORWARDED) if namespace.inside(ask, port)]


def people(room: Room, near: Namespace, lines: dict[str, str]) -> dict[str, list[int]]:
    """Who reaches what; lines are asked from the internet."""
    outside = room.network.internet.namespace
    return {
        "near": reached(near, NEAR, "203.0.113.2"),
        "behind": reached(near, BEHIND, "203.0.113.2"),
        **{name: reached(outside, OUTSIDE, address) for name, address in lines.items()},
    }


def listed(room: Room) -> dict[str, list[str]]:
    """The lists of who is near, by line."""
    rows = [row for row in read_rows(room.lab.router, path("ip firewall address-list")) if row["list"].startswith("multiwan-near:")]
    return {name: sorted(row["address"] for row in rows if row["list"] == f"multiwan-near:{name}") for name in ("isp1", "isp2")}


@pytest.fixture
def room() -> Iterator[tuple[Room, Namespace]]:
    with (
        open_room(CONFIGURATION + OWNER, LINES, LANS, seed=5) as made,
        beside(made.network.isps["isp1"], [f"{NEAR}/24", "203.0.113.254/24", f"{BEHIND}/24"]) as near,
    ):
        yield made, near


def test_before_during_and_after_a_run_and_in_outages(room: tuple[Room, Namespace]) -> None:
    made, near = room
    all_ports = [SSH, FORWARDED]
    both = {"isp1": "203.0.113.2", "isp2": "198.51.100.2"}
    everybody = dict.fromkeys(("near", "behind", *both), all_ports)
    before = people(made, near, {"isp2": both["isp2"]})
    assert before == dict.fromkeys(("near", "behind", "isp2"), all_ports)
    during = []

    def after() -> None:
        made.network.kernel.settle()
        during.append(people(made, near, {"isp2": both["isp2"]}))

    run(made.lab, SITE, after=after)
    assert len(during) > 5
    assert [found for found in during if found != before] == []
    assert people(made, near, both) == everybody
    assert listed(made) == {"isp1": ["10.1.1.0/24", "203.0.113.0/24"], "isp2": ["198.51.100.0/24"]}
    wait_for(lambda: statuses(made, "probe") == {"up"}, 20)
    made.network.cut("isp2", "upstream")
    wait_until_out(made, {"isp2"}, 20)
    assert people(made, near, {"isp1": both["isp1"]}) == dict.fromkeys(("near", "behind", "isp1"), all_ports)
    made.network.mend("isp2")
    made.network.cut("isp1", "upstream")
    wait_until_out(made, {"isp1"}, 90)
    assert people(made, near, {"isp2": both["isp2"]}) == before
    assert not run(made.lab, SITE).rows()
    run(made.lab, {}, "pcc_balance", "failover_netwatch", after=made.network.kernel.settle)
    made.network.kernel.settle()
    assert people(made, near, {"isp2": both["isp2"]}) == before


def test_the_control_script_follows_addresses_and_routes(room: tuple[Room, Namespace]) -> None:
    made, _near = room
    run(made.lab, SITE)
    assert listed(made) == {"isp1": ["10.1.1.0/24", "203.0.113.0/24"], "isp2": ["198.51.100.0/24"]}
    made.load('/ip route add dst-address=10.7.7.7/32 gateway=198.51.100.9\n/ip route remove [find dst-address="10.1.1.0/24"]')
    wait_for(lambda: listed(made) == {"isp1": ["203.0.113.0/24"], "isp2": ["10.7.7.7", "198.51.100.0/24"]}, 13)
    assert not run(made.lab, SITE).rows()
    made.load("/ip address add address=203.0.113.77/24 interface=ether2")
    wait_for(lambda: listed(made) == {"isp1": [], "isp2": ["10.7.7.7", "198.51.100.0/24"]}, 13)
    # gateways get the names of their interfaces, the lists are right
    assert [row for row in run(made.lab, SITE).rows() if row.path == ADDRESS_LIST] == []
    made.load('/ip address remove [find address="203.0.113.77/24"]')
    wait_for(lambda: listed(made)["isp1"] == ["203.0.113.0/24"], 20)
    # a line without a cable will have its network again: what is kept of it stays
    made.network.cut("isp1", "cable")
    wait_until_out(made, {"isp1"}, 20)
    time.sleep(13)
    assert listed(made) == {"isp1": ["203.0.113.0/24"], "isp2": ["10.7.7.7", "198.51.100.0/24"]}
    made.network.mend("isp1")
    wait_until_out(made, set(), 60)
    assert listed(made) == {"isp1": ["203.0.113.0/24"], "isp2": ["10.7.7.7", "198.51.100.0/24"]}
