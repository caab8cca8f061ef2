# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a look says that lines carry, beside what their ISPs count: while all is well, in an outage, and while a line is suspect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status.report import COUNTERS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status.traffic import traffic

from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.network.surroundings import Line
from tests.unit.apply.router import apply, door, run_steps

from .conftest import CONFIGURATION, INTENT, LANS, LINES

THIRD = Line("isp3", "ether5", "192.0.2.1", "192.0.2.0/24")
WANS = [{**INTENT["wans"][0], "weight": 2}, INTENT["wans"][1], {"name": "isp3", "interface": "ether5", "gateway": "192.0.2.1"}]
WANTED = {**INTENT, "wans": WANS}
CLIENTS = [f"192.168.88.{number}" for number in range(70, 100)]
COUNT = 300


@pytest.fixture(scope="module")
def three() -> Iterator[Room]:
    addresses = "/ip address add address=192.0.2.2/24 interface=ether5\n"
    with open_room(CONFIGURATION + addresses, [*LINES, THIRD], LANS[:1], seed=3, engines=False) as made:
        apply(made.lab, WANTED)
        made.network.kernel.settle()
        yield made


def counters(room: Room) -> Found:
    with door(room.lab) as router:
        return router.found(COUNTERS)


def seen(room: Room, protocol: str) -> tuple[dict[str, int], dict[str, int], Found, Found]:
    """How many connections each line got, by the ISPs and by a look before and after, and the looks."""
    before = counters(room)
    counted = count_by_line(room.network, "lan", protocol, list(different_pairs(CLIENTS, COUNT)))
    after = counters(room)
    told = {name: one.connections for name, one in traffic(after, read_wans(WANS), before).items()}
    return counted, told, before, after


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_new_connections_while_all_is_well(three: Room, protocol: str) -> None:
    counted, told, before, after = seen(three, protocol)
    assert told == counted
    carried = traffic(after, read_wans(WANS), before)
    assert all(carried[name].up > 0 for name in counted)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
@pytest.mark.parametrize("dead", ["isp1", "isp3"])
def test_new_connections_in_an_outage(three: Room, protocol: str, dead: str) -> None:
    run_steps(three.lab, apply_steps(plan(read_intent(WANTED), frozenset({dead}))))
    three.network.kernel.settle()
    try:
        counted, told, _before, _after = seen(three, protocol)
    finally:
        apply(three.lab, WANTED)
        three.network.kernel.settle()
    assert counted[dead] == 0
    assert told == counted


def test_new_connections_while_a_line_is_suspect(three: Room) -> None:
    three.load(
        "/ip firewall address-list\n" + "\n".join(f"add list=multiwan-suspect:isp1 address={half}/1" for half in ("0.0.0.0", "128.0.0.0"))
    )
    three.network.kernel.settle()
    try:
        counted, told, _before, _after = seen(three, "tcp")
    finally:
        three.load('/ip firewall address-list remove [find list~"suspect"]')
        three.network.kernel.settle()
    assert counted["isp1"] == 0
    assert told == counted
