# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line is drained while people work: no new connection goes by it, none that runs breaks, and the shares are as before afterwards."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.drains import Drain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import drain as steer
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.drain import Wish
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.netwatch import SCRIPT
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans

from tests.lab.experiments.flow import flowing
from tests.lab.experiments.openings import count_by_line, different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.unit.apply.router import apply, door, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .conftest import ADDRESSES, CONFIGURATION, INTENT, LANS, LINES
from .test_failover import PAIRS, SPEED, calls, connects, lines_of, out_of_use, statuses, wait_for

WATCHED = {"wans": INTENT["wans"], "profile": "fast"}
WANS = read_wans(INTENT["wans"])
CLIENTS = [f"192.168.88.{number}" for number in range(70, 130)]
NEW = list(different_pairs(CLIENTS, 1000))
SERVER, OWN = "198.18.0.1", 51820


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """The lines have a speed: transfers as fast as the machine would leave it no time for anything else."""
    lines = [replace(line, down=SPEED, up=SPEED) for line in LINES]
    with open_room(CONFIGURATION, lines, LANS, seed=11) as made:
        apply(made.lab, {**INTENT, "first_wan": "isp1"})
        run_steps(made.lab, steps(WATCHED, found(made.lab)))
        made.network.kernel.settle()
        wait_for(lambda: statuses(made, "probe") == {"up"}, 10)
        time.sleep(11)  # the script has seen what is not balanced
        yield made


def steered(room: Room, line: str, *, drained: bool, moves: bool = False) -> None:
    """What playbook drain or undrain does."""
    with door(room.lab) as router:
        seen = router.found(steer.READS)
        wish = Wish(line, span="2h" if drained else "", moves=moves, who="anna")
        wanted: Drain | None = steer.begun(wish, WANS, seen) if drained else steer.ended(wish, WANS, seen)
        assert wanted
        for step in steer.steps(wanted, seen, int(time.monotonic() * 1000)):
            router.write(step, Changes(), check=False)
        router.run_if_there(SCRIPT)
        wait_for(lambda: steer.is_done(wanted, router.found(steer.READS)), 20)
    room.network.kernel.settle()


ROUNDS = itertools.count()


def shares(room: Room) -> dict[str, int]:
    """How many of a thousand new connections each line gets; UDP, since checks of the lines are TCP.

    Each time to other servers: a port that the system gives twice within half a minute would make it a connection that is there already.
    """
    begin = 4 * next(ROUNDS)
    pairs = [(client, f"198.18.{(begin + number // 250) % 256}.{number % 250 + 1}") for number, (client, _server) in enumerate(NEW)]
    return count_by_line(room.network, "lan", "udp", pairs)


def answered(room: Room, pairs: list[tuple[str, str]]) -> list[str]:
    """The line that each client's new connection takes; who has waited too long beside the transfers asks once more."""
    told = lines_of(room, pairs)
    late = [pair for pair, line in zip(pairs, told, strict=True) if line == "TimeoutError"]
    return [line for line in told if line != "TimeoutError"] + (lines_of(room, late) if late else [])


@contextlib.contextmanager
def nothing_astray(room: Room) -> Iterator[None]:
    """No packet leaves a line with the address of the other one."""
    with room.network.observe() as seen:
        yield
    assert {line: traffic["spoofed"].packets for line, traffic in seen.items()} == {"isp1": 0, "isp2": 0}


@pytest.mark.parametrize("line", ["isp1", "isp2"])
def test_no_new_connection_goes_by_a_drained_line_and_none_that_runs_breaks(room: Room, line: str) -> None:
    """The first of them is the first for what is not balanced, too."""
    other = {"isp1": "isp2", "isp2": "isp1"}[line]
    before = shares(room)
    at_home = lines_of(room, PAIRS)
    clients, inside, internet = room.network.clients["lan"].namespace, room.network.inside, room.network.internet.namespace
    with ThreadPoolExecutor() as background, calls(room) as heard, nothing_astray(room):
        running = [
            background.submit(run_clients, clients, "stream", pairs=PAIRS[half::2], direction=direction, seconds=14)
            for half, direction in enumerate(("down", "up"))
        ]
        time.sleep(2)
        steered(room, line, drained=True)
        asked = lines_of(room, NEW[:100])
        with flowing(inside, internet, "0.0.0.0", (SERVER, OWN)) as own:
            time.sleep(1)
            by_router = own.sources(1)
        broken = [work.result()["broken"] for work in running]
        moved = [work.result()["bytes"] for work in running]
    during = shares(room)
    steered(room, line, drained=False)
    after = shares(room)
    print(f"{line} drained; of 1000 new connections: before {before}, while {during}, after {after}; broken {sum(broken)} of {len(PAIRS)}")
    assert during == {line: 0, other: len(NEW)}
    assert set(asked) == {other}
    assert by_router == {ADDRESSES[other]}
    assert (broken, all(moved)) == ([0, 0], True)
    ways = {tuple(name for name, _ in itertools.groupby(lines)) for lines in heard.values()}
    assert ways == {("isp1",), ("isp2",)}, "each call stays on its line"
    assert after == before
    assert lines_of(room, PAIRS) == at_home


def test_connections_that_run_are_moved_on_request(room: Room) -> None:
    with calls(room) as heard:
        time.sleep(1)
        steered(room, "isp1", drained=True, moves=True)
        time.sleep(2)
    steered(room, "isp1", drained=False)
    ways = {tuple(name for name, _ in itertools.groupby(lines)) for lines in heard.values()}
    assert ways == {("isp1", "isp2"), ("isp2",)}


def test_a_drained_line_that_dies_takes_its_connections_along_and_the_last_one_carries(room: Room) -> None:
    steered(room, "isp1", drained=True)
    room.network.cut("isp1", "upstream")
    wait_for(lambda: out_of_use(room) == {"isp1"}, 15)
    assert set(lines_of(room, PAIRS)) == {"isp2"}
    room.network.mend("isp1")
    wait_for(lambda: not out_of_use(room), 60)
    assert set(lines_of(room, PAIRS)) == {"isp2"}
    room.network.cut("isp2", "upstream")
    wait_for(lambda: connects(room, *PAIRS[0]), 15)
    wait_for(lambda: set(lines_of(room, PAIRS)) == {"isp1"}, 15)
    room.network.mend("isp2")
    wait_for(lambda: not out_of_use(room), 60)
    wait_for(lambda: set(lines_of(room, PAIRS)) == {"isp2"}, 15)
    steered(room, "isp1", drained=False)
    assert set(lines_of(room, PAIRS)) == {"isp1", "isp2"}
