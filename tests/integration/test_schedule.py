# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weights by time of day, with packets: new connections follow the router's clock, those that run stay, and so it is in an outage."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Line
from tests.lab.router.paths import path
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .conftest import CONFIGURATION, INTENT, LANS, LINES
from .test_failover import PAIRS, SPEED, out_of_use, statuses, wait_for

THIRD = Line("isp3", "ether5", "192.0.2.1", "192.0.2.0/24")
NIGHT = {"from": "22:00", "to": "06:00", "weight": 8}
WANS = [
    {**INTENT["wans"][0], "weight": 1, "schedule": [NIGHT]},
    {**INTENT["wans"][1], "weight": 1},
    {"name": "isp3", "interface": "ether5", "gateway": "192.0.2.1", "weight": 2},
]
CLIENTS = [f"192.168.88.{number}" for number in range(70, 130)]
COUNT = 1000
OFF = 0.07
"""How far a share of a thousand may be from what is wanted: more than four standard deviations."""

ROUNDS = itertools.count()


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    lines = [replace(line, down=SPEED, up=SPEED) for line in (*LINES, THIRD)]
    addresses = "/ip address add address=192.0.2.2/24 interface=ether5\n"
    with open_room(CONFIGURATION + addresses, lines, LANS, seed=11) as made:
        clock(made, "12:00:00")
        apply(made.lab, {**INTENT, "wans": WANS})
        run_steps(made.lab, steps({"wans": WANS, "profile": "fast"}, found(made.lab)))
        made.network.kernel.settle()
        wait_for(lambda: statuses(made, "probe") == {"up"}, 20)
        yield made


def clock(room: Room, shown: str) -> None:
    """Sets the router's clock, and waits until the firewall has seen it."""
    room.load(f"/system clock set time={shown}")
    time.sleep(1)


def shares(room: Room) -> dict[str, float]:
    """The part of new connections that each line gets; each time to other servers."""
    begin = 4 * next(ROUNDS)
    pairs = [(client, f"198.18.{(begin + n // 250) % 256}.{n % 250 + 1}") for n, (client, _) in enumerate(different_pairs(CLIENTS, COUNT))]
    counted = count_by_line(room.network, "lan", "tcp", pairs)
    return {line: count / COUNT for line, count in counted.items()}


def near(seen: dict[str, float], **wanted: float) -> bool:
    return all(abs(seen[line] - share) <= OFF for line, share in wanted.items())


def test_new_connections_follow_the_clock_and_none_that_runs_moves(room: Room) -> None:
    clock(room, "12:00:00")
    noon = shares(room)
    clients = room.network.clients["lan"].namespace
    with ThreadPoolExecutor() as background:
        running = [
            background.submit(run_clients, clients, "stream", pairs=PAIRS[half::2], direction=direction, seconds=20)
            for half, direction in enumerate(("down", "up"))
        ]
        wait_for(lambda: len(marked(room)) >= len(PAIRS), 10)
        marks = marked(room)
        clock(room, "21:59:58")
        time.sleep(3)
        night = shares(room)
        stayed = marked(room)
        results = [work.result() for work in running]
    clock(room, "06:00:00")
    morning = shares(room)
    print(f"shares at noon {noon}, at night {night}, in the morning {morning}; {len(marks)} connections kept their line")
    assert near(noon, isp1=1 / 4, isp2=1 / 4, isp3=2 / 4)
    assert near(night, isp1=8 / 11, isp2=1 / 11, isp3=2 / 11)
    assert near(morning, isp1=1 / 4, isp2=1 / 4, isp3=2 / 4)
    assert [(result["broken"], result["bytes"] > 0) for result in results] == [(0, True)] * 2
    assert {key: stayed[key] for key in marks} == marks


def marked(room: Room) -> dict[tuple[str, str, str], str]:
    """The marks of the transfers, by both ends."""
    found = (
        row
        for row in room.lab.router.services.connections.rows()
        if row.get("protocol") == "tcp" and row["src-address"].startswith("192.168.88.")
    )
    return {(row["src-address"], row["dst-address"], row["reply-src-address"]): row["connection-mark"] for row in found}


def left(room: Room) -> set[str]:
    """The lines whose new connections go elsewhere, as the control script has written it after the routes."""
    begin = "multiwan:pcc_balance:leave:"
    with room.lab.router.lock:
        rows = [row.values for row in room.lab.router.table(path("ip firewall mangle")) if row.values["comment"].startswith(begin)]
    return {row["comment"].removeprefix(begin) for row in rows if row.get("disabled") != "true"}


def test_in_an_outage_the_others_take_over_by_the_weights_of_the_hour(room: Room) -> None:
    clock(room, "23:00:00")
    room.network.cut("isp2", "upstream")
    wait_for(lambda: (out_of_use(room), left(room)) == ({"isp2"}, {"isp2"}), 20)
    room.network.kernel.settle()
    night = shares(room)
    clock(room, "12:00:00")
    noon = shares(room)
    room.network.mend("isp2")
    wait_for(lambda: (out_of_use(room), left(room)) == (set(), set()), 60)
    room.network.kernel.settle()
    again = shares(room)
    print(f"isp2 out: shares at night {night}, at noon {noon}; back: {again}")
    assert night["isp2"] == noon["isp2"] == 0
    assert near(night, isp1=8 / 10, isp3=2 / 10)
    assert near(noon, isp1=1 / 3, isp3=2 / 3)
    assert near(again, isp1=1 / 4, isp2=1 / 4, isp3=2 / 4)
