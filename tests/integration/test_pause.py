# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line pauses for two seconds, as lines do: whoever downloads over it notices a pause and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.router.paths import path
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .conftest import CONFIGURATION, INTENT, LANS, LINES
from .test_failover import SPEED, lines_of, out_of_use, statuses, wait_for

PAUSE = 2.0
PHASES = 12
"""Pauses, each at another moment of the three seconds in which the probes take their turns."""

BETWEEN = 5.25
"""Seconds from one pause to the next: TCP tries again a second or two after its end. A quarter more than a multiple of 1 s."""

PEOPLE = 12
FORGET = '/ip firewall address-list remove [find where list~"^multiwan-suspicions"]'


@pytest.fixture
def watched() -> Iterator[Room]:
    """Two lines under profile `normal`."""
    lines = [replace(line, down=SPEED, up=SPEED) for line in LINES]
    with open_room(CONFIGURATION, lines, LANS, seed=11, impatient=True) as made:
        made.load('/system script add name=multiwan-telegram source=":log info idle"')
        apply(made.lab, INTENT)
        run_steps(made.lab, steps({"wans": INTENT["wans"]}, found(made.lab)))
        made.network.kernel.settle()
        wait_for(lambda: statuses(made, "probe") == {"up"}, 20)
        yield made


def events(room: Room) -> int:
    """How much waits to be told."""
    with room.lab.router.lock:
        return sum(row.values["list"] == "multiwan-events" for row in room.lab.router.table(path("ip firewall address-list")))


def test_downloads_live_through_a_pause_at_any_moment(watched: Room) -> None:
    """The same twelve through all pauses; a line that flaps is another story, so what is remembered of each pause is forgotten."""
    pairs = [(f"192.168.88.{70 + number}", f"198.18.1.{number}") for number in range(60)]
    over_isp1 = [pair for pair, line in zip(pairs, lines_of(watched, pairs), strict=True) if line == "isp1"][:PEOPLE]
    assert len(over_isp1) == PEOPLE
    clients = watched.network.clients["lan"].namespace
    with ThreadPoolExecutor() as background:
        words = {"pairs": over_isp1, "direction": "down", "seconds": 3 + PHASES * BETWEEN}
        people = background.submit(run_clients, clients, "stream", **words)
        time.sleep(3)
        for _phase in range(PHASES):
            begun = time.monotonic()
            watched.network.cut("isp1", "upstream")
            time.sleep(PAUSE)
            watched.network.mend("isp1")
            time.sleep(max(0.0, begun + BETWEEN - time.monotonic()))
            assert (out_of_use(watched), events(watched)) == (set(), 0)
            watched.load(FORGET)
        result = people.result()
    assert result["broken"] == 0
    assert result["bytes"] > PEOPLE * 1_000_000
