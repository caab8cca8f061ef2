# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each line of two, three and four dies in each of three ways and comes back: state, shares and rows, with real packets."""

from __future__ import annotations

import contextlib
import difflib
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import health
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import intent as balance_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import plan as balance_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.slots import slots
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import NETWATCH, ROUTES

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Lan, Line
from tests.lab.router.paths import path
from tests.unit.apply.router import ModuleFailed, apply, read, run_steps
from tests.unit.failover_netwatch.site import found, lasting_rows, steps

from .test_failover import forget_deaths, statuses, underway, wait_for

NETWORKS = ("203.0.113", "198.51.100", "192.0.2", "100.127.0")
ROUTE = path("ip route")
WEIGHTS = {2: (10, 10), 3: (30, 20, 10), 4: (10, 10, 10, 10)}
LAN = Lan("lan", "ether8", "192.168.88.0/24", "192.168.88.1")
PAIRS = [(client, f"198.18.{number % 8}.{number + 1}") for number, client in enumerate(LAN.clients(150))] * 4
TOLERANCE = 8
"""Points that the share of 600 connections may be off: four standard deviations of the hash."""


def intent(count: int) -> dict[str, Any]:
    wans = [
        {"name": f"isp{number}", "interface": f"ether{number}", "gateway": f"{network}.1", "weight": weight}
        for number, network, weight in zip(range(1, 5), NETWORKS, WEIGHTS[count], strict=False)
    ]
    return {"wans": wans, "lan_interfaces": ["ether8"]}


@contextlib.contextmanager
def open_lines(count: int) -> Iterator[Room]:
    """Balanced and watched lines."""
    lines = [Line(f"isp{n}", f"ether{n}", f"{network}.1", f"{network}.0/24") for n, network in enumerate(NETWORKS[:count], 1)]
    addresses = [f"/ip address add address={network}.2/24 interface=ether{n}" for n, network in enumerate(NETWORKS[:count], 1)]
    with open_room("\n".join([*addresses, "/ip address add address=192.168.88.1/24 interface=ether8"]), lines, [LAN], seed=3) as room:
        watch = {"wans": intent(count)["wans"], "profile": "fast"}
        apply(room.lab, intent(count))
        run_steps(room.lab, steps(watch, found(room.lab)))
        room.network.kernel.settle()
        wait_for(lambda: statuses(room, "probe") == {"up"} and has_looked(room), 25)
        yield room


def has_looked(room: Room) -> bool:
    """Whether the control script has seen what links, addresses and routes are like, and written what follows."""
    return '"list": "multiwan-seen"' in room.lab.dump()


def out_of_use(room: Room) -> set[str]:
    """Lines whose route in main is demoted, as the router itself has it."""
    router = room.lab.router
    with router.lock:
        rows = [(router.text(row.values.get("comment", "")), row.values) for row in router.table(ROUTE)]
        demoted = [text for text, values in rows if ":route:main:" in text and int(router.text(values["distance"])) >= 100]
    return {text.rsplit(":", 1)[1] for text in demoted} - {"blackhole"}


def wait_until_out(room: Room, lines: set[str], timeout: float) -> None:
    """Until exactly these lines are out of use, and the run that made it so has done all that follows."""
    end = time.monotonic() + timeout
    while (out_of_use(room) != lines or underway(room)) and time.monotonic() < end:
        time.sleep(0.05)
    assert (out_of_use(room), underway(room)) == (lines, False)


def shares(room: Room) -> dict[str, float]:
    """Percent of many new connections, by line; each has another destination, so that the hash sees all of its keys."""
    pairs = [(client, f"198.18.{number % 200}.{number % 250 + 1}") for number, (client, _) in enumerate(PAIRS)]
    with room.network.observe() as seen:
        assert run_clients(room.network.clients["lan"].namespace, "connect", pairs=pairs)["taken"] == len(pairs)
    counted = {line: traffic["up-new-tcp"].packets for line, traffic in seen.items()}
    return {line: 100 * packets / sum(counted.values()) for line, packets in counted.items()}


def expected(room: Room, count: int, dead: str) -> dict[str, float]:
    """The home shares of the lines that are well, and the dead line's, dealt out slot by slot."""
    wans = read_wans(intent(count)["wans"])
    total = sum(wan.weight for wan in wans)
    rows = {str(row) for row in room.lab.dump().split('"') if row.startswith("multiwan:pcc_balance:instead:")}
    heirs = Counter(wan.name for wan in slots(health.healthy(wans, {dead}), len(rows)))
    lost = sum(wan.weight for wan in wans if wan.name == dead)
    return {
        wan.name: float(100 * (wan.weight + lost * heirs[wan.name] / sum(heirs.values())) / total) if wan.name != dead else 0.0
        for wan in wans
    }


@pytest.fixture(scope="module", autouse=True)
def quick_return() -> Iterator[None]:
    """A line is good again after 4 s, so that 27 returns fit into a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=4, packets=4))
        yield


def marked(room: Room, line: str) -> int:
    """How many connections still belong to a line."""
    table = room.lab.router.services.connections
    assert table is not None
    return sum(row.get("connection-mark") == f"multiwan-{line}" for row in table.rows())


def play(room: Room, wans: list[dict[str, object]]) -> None:
    """A run of the playbook: it finds out which lines are out of use."""
    found = read(room.lab, (ROUTES, NETWATCH))
    balanced = balance_intent.read_intent({**intent(2), "wans": wans})
    run_steps(room.lab, balance_plan.apply_steps(balance_plan.plan(balanced, health.out_of_use(found), probed=True)))
    watch = {"wans": wans, "profile": "fast"}
    run_steps(room.lab, steps(watch, found))
    room.network.kernel.settle()


def settled(room: Room) -> str:
    """The router's rows, while no run of the control script holds the lock."""
    end = time.monotonic() + 30
    while '"list": "multiwan-lock"' in room.lab.dump():
        assert time.monotonic() < end, "a run has left its lock"
        time.sleep(0.05)
    return json.dumps(lasting_rows(room.lab), indent=1)


def left_behind(room: Room, whole: str, when: str) -> list[str]:
    """What is other than before, half a minute later still; a lock that a run has left is there for a whole one."""
    end = time.monotonic() + 30
    while True:
        now = json.dumps(lasting_rows(room.lab), indent=1)
        left = list(difflib.unified_diff(whole.splitlines(), now.splitlines(), "before", when, n=0, lineterm=""))
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.05)


def cut_off_run(room: Room, dead: str) -> list[str]:
    """What is wrong after a run in the middle of an outage that was cut off at its third write, and after the next runs."""
    before = intent(2)["wans"]
    after = [{**wan, "weight": 10 if wan["name"] == dead else 30} for wan in before]
    whole, wrong = settled(room), []

    def look(when: str) -> None:
        found = shares(room)
        if out_of_use(room) != {dead} or found[dead]:
            wrong.append(f"{when}: {out_of_use(room)} out of use, {found}")

    room.lab.faults.drop_before_write = 3
    with pytest.raises(ModuleFailed):
        play(room, after)
    room.lab.faults.clear()
    look("after the run that was cut off")
    play(room, after)
    look("after the next run")
    play(room, before)
    look("with the weights of before")
    return wrong + left_behind(room, whole, "after the run that was cut off")


def all_outages(count: int) -> list[str]:
    """What was wrong in each of the outages."""
    wrong = []
    with open_lines(count) as room:
        whole = settled(room)
        for line in room.network.isps:
            for outage in ("upstream", "gateway", "cable"):
                forget_deaths(room)
                room.network.cut(line, outage)
                wait_until_out(room, {line}, 30)
                found, wanted = shares(room), expected(room, count, line)
                if any(abs(found[name] - wanted[name]) > (TOLERANCE if wanted[name] else 0) for name in wanted):
                    wrong.append(f"{outage} of {line}: {found}, not {wanted}")
                end = time.monotonic() + 15
                while (orphans := marked(room, line)) and time.monotonic() < end:
                    time.sleep(0.1)  # they go behind the lock
                if orphans:
                    wrong.append(f"{outage} of {line}: {orphans} connections still belong to it")
                if count == 2 and outage == "upstream":
                    wrong += cut_off_run(room, line)
                room.network.mend(line)
                wrong += left_behind(room, whole, f"after {outage} of {line}")
    return wrong


def test_every_line_dies_in_every_way_and_returns() -> None:
    """The three numbers of lines at the same time, each in a process of its own: probes that wait for another's turn count as lost."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(all_outages, WEIGHTS)) == [[], [], []]
