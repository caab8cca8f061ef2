# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long a dead line is noticed, what breaks, and what an idle router spends: ours beside MikroTik's recipe with check-gateway."""

from __future__ import annotations

import itertools
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent as failover_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import out_of_use
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import NETWATCH, ROUTES

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Outage
from tests.lab.router.paths import path
from tests.unit.apply.router import apply, read, run_steps
from tests.unit.failover_netwatch.site import Site, found, render, steps
from tests.unit.failover_netwatch.site import wans as some_wans

from .figures import median_and_p95
from .site import LAN, LINE_OF, NETWORKS, PORTS, Case, lines, recipe, wans

Result = dict[str, Any]

CASE = Case((4, 4))
WAYS = ("fast", "normal", "recipe")
"""This collection with a profile, or MikroTik's recipe with check-gateway=ping on every route [MAN:PCC, IP Routing]."""
OUTAGES: tuple[Outage, ...] = ("upstream", "gateway", "cable")
PERIOD = {"fast": 1.0, "normal": 2.0, "recipe": 10.0}
"""Seconds after which a way asks again: cuts come at all moments of it."""
PATIENCE = {"fast": 4.0, "normal": 6.0, "recipe": 25.0}
"""Seconds after which a way counts as never finding another line; without a cable all ways are quick."""
RETURNS: Outage = "gateway"
"""The outage after which the return is measured: the recipe takes no notice of what lies behind the gateway."""
RETURN = {"fast": 33.0, "normal": 66.0, "recipe": 22.0}
"""Seconds within which a repaired line is in use again: two windows, if the first one has seen too much of the outage."""
AT_ONCE = 2
"""Outages at a time; with four, two processors were late in answering."""
PEOPLE = 40
GOLDEN = (5**0.5 - 1) / 2
"""Its multiples lie evenly in a period, however many there are."""
CONDITIONS = ("loss of 5 %", "loss of 20 %", "one dead target")
INTENT = {"wans": wans(CASE), "lan_interfaces": [LAN.interface]}


def measure(runs: int, minutes: float) -> Result:
    """All figures of failover. Each run has a network of its own.

    :param runs: how often each line is cut at each place.
    :param minutes: how long lossy lines are watched for a false failover.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, mp_context=context) as workers, ProcessPoolExecutor(6, mp_context=context) as watchers:
        outages = _cut(workers, ("fast", "normal"), runs)
        # The recipe's times are tens of seconds, so the lossy lines may be watched beside it.
        watched = {key: watchers.submit(false_failovers, *key, 60 * minutes) for key in itertools.product(("fast", "normal"), CONDITIONS)}
        outages += _cut(workers, ("recipe",), runs)
        false = [
            {"way": way, "condition": condition, "minutes": minutes, "failovers": run.result()} for (way, condition), run in watched.items()
        ]
    outages.sort(key=lambda found: (OUTAGES.index(found["outage"]), WAYS.index(found["way"])))
    return {"outages": outages, "false": false, "idle": {str(count): idle_commands(count) for count in (2, 3, 4, 8)}}


def _cut(workers: Executor, ways: Sequence[str], runs: int) -> list[Result]:
    """Each outage of each way, so many times."""
    started = [
        (way, outage, [workers.submit(one_outage, way, outage, seed) for seed in range(1, runs + 1)])
        for outage, way in itertools.product(OUTAGES, ways)
    ]
    return [{"way": way, "outage": outage, "runs": [run.result() for run in results]} for way, outage, results in started]


def prepare(room: Room, way: str) -> None:
    """Balances, and watches the lines."""
    room.load("\n".join(f"/ip address add address={network}.2/24 interface=ether{n}" for n, network in enumerate(NETWORKS[:2], 1)))
    room.load(f"/ip address add address={LAN.router}/24 interface={LAN.interface}")
    if way == "recipe":
        room.load("\n".join(f"{row} check-gateway=ping" if row.startswith("/ip route") else row for row in recipe(CASE)))
    else:
        apply(room.lab, INTENT)
        watch = {"wans": INTENT["wans"], "profile": way}
        run_steps(room.lab, steps(watch, found(room.lab)))
    room.network.kernel.settle()
    if way != "recipe" and wait_for(lambda: probes(room) == {"up"}, 20) is None:
        raise RuntimeError("not all probes are answered")


def probes(room: Room) -> set[str]:
    """What netwatch says of the lines."""
    with room.lab.router.lock:
        rows = room.lab.router.table(path("tool netwatch"))
        return {row.state.get("status", "unknown") for row in rows if ":probe:" in room.lab.router.text(row.values["comment"])}


def one_outage(way: str, outage: Outage, seed: int) -> Result:
    """Cuts line isp1 while people use both, and returns the figures of that; after one of the outages it is repaired.

    ``away``: seconds until a client of the dead line opens a new connection; None for never. ``waited``: how long clients of the dead
    line were without data, with programs that give a download up after a second. ``broken``: connections on the healthy line, by
    failover or failback. ``broken_at_return``: connections that clients of the dead line began during the outage. ``back``: seconds
    from the repair until a new connection uses the line.
    """
    patience = PATIENCE["fast"] if outage == "cable" else PATIENCE[way]
    with open_room("", lines(CASE, shaped=True), [LAN], seed=seed, interfaces=PORTS) as room, ThreadPoolExecutor() as pool:
        prepare(room, way)
        pairs = [(client, f"198.18.1.{number}") for number, client in enumerate(LAN.clients(PEOPLE), 1)]
        homes = dict(zip(pairs, lines_of(room, pairs), strict=True))
        displaced, staying = ([pair for pair in pairs if homes[pair] == line] for line in ("isp1", "isp2"))
        clients = room.network.clients[LAN.name].namespace
        time.sleep(PERIOD[way] * (seed * GOLDEN % 1))

        def begin(job: str, **words: object) -> Future[Any]:
            return pool.submit(run_clients, clients, job, **words)

        returns = RETURN[way] if outage == RETURNS else 0
        begun = opened(room)
        stays = begin("stream", pairs=staying[:4], direction="down", seconds=2 + patience + returns)
        people = begin("keep", pairs=displaced[2:6], seconds=2 + patience, stall=1.0)
        knocking = begin("knock", client=displaced[0][0], server=displaced[0][1], seconds=2 + patience)
        wait_until(lambda: opened(room)["isp1"] >= begun["isp1"] + 4 + 5 and opened(room)["isp2"] >= begun["isp2"] + 4)
        time.sleep(0.5)
        room.network.cut("isp1", outage)
        cut = time.monotonic()
        answered = [begun for begun in knocking.result() if begun >= cut]
        result: Result = {"away": min(answered) - cut if answered else None, "waited": statistics.mean(people.result()["waited"])}
        if returns and answered:
            before = opened(room)["isp2"]
            born = begin("stream", pairs=displaced[6:10], direction="down", seconds=returns)
            wait_until(lambda: opened(room)["isp2"] >= before + 4)
            time.sleep(0.5)
            room.network.mend("isp1")
            result["back"] = wait_for(lambda: lines_of(room, displaced[:1]) == ["isp1"], returns - 4)
            result["broken_at_return"] = born.result()["broken"]
        result["broken"] = stays.result()["broken"]
        return result


def lines_of(room: Room, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The line that each client's new connection takes, or the error's name."""
    answers = run_clients(room.network.clients[LAN.name].namespace, "whoami", pairs=pairs)
    return [LINE_OF.get(answer, answer) for answer in answers]


def wait_for(condition: Callable[[], bool], timeout: float) -> float | None:
    """Seconds until a condition holds; None where it does not in time."""
    begun = time.monotonic()
    while time.monotonic() - begun < timeout:
        if condition():
            return time.monotonic() - begun
    return None


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits for what will come.

    :raises TimeoutError: when it does not.
    """
    if wait_for(condition, 30) is None:
        raise TimeoutError("the clients do not begin")


def opened(room: Room) -> dict[str, int]:
    """How many TCP connections each line has seen."""
    return {name: isp.traffic()["up-new-tcp"].packets for name, isp in room.network.isps.items()}


def false_failovers(way: str, condition: str, seconds: float) -> int:
    """How often a line is left that has a fault, but works."""
    with open_room("", lines(CASE, shaped=True), [LAN], interfaces=PORTS) as room:
        prepare(room, way)
        if condition == "one dead target":
            for targets in failover_intent.read_intent({"wans": INTENT["wans"]}).probes.values():
                room.network.internet.silence(targets[0])
        else:
            percent = float(condition.split()[2])
            for isp in room.network.isps.values():
                isp.lose(100 - 100 * (1 - percent / 100) ** 0.5)  # each way; there and back it is the percent
        left, was, deadline = 0, frozenset(), time.monotonic() + seconds
        while time.monotonic() < deadline:
            out = out_of_use(read(room.lab, (ROUTES, NETWATCH)))
            left, was = left + len(out - was), out
            time.sleep(0.5)
        return left


def idle_commands(count: int) -> int:
    """Commands that the control script carries out while all lines are well."""
    with Site(some_wans(count)) as site:
        job = site.lab.device.start_script(render(site.failover))
        job.wait()
        if job.error:
            raise RuntimeError(str(job.error))
        return job.commands


def table(result: Result) -> str:
    """The figures as Markdown."""
    names = {"fast": "this collection, `fast`", "normal": "this collection, `normal`", "recipe": "recipe, `check-gateway=ping`"}
    outages, returns = [], []
    for row in result["outages"]:
        runs = row["runs"]
        times = [median_and_p95([run[kind] for run in runs]) for kind in ("away", "waited")]
        outages.append(f"| {' | '.join([row['outage'], names[row['way']], *times, str(sum(run['broken'] for run in runs))])} |")
        if row["outage"] == RETURNS:
            back = median_and_p95([run.get("back") for run in runs])
            returns.append(f"| {names[row['way']]} | {back} | {sum(run.get('broken_at_return', 0) for run in runs)} |")
    false = [f"| {names[row['way']]} | {row['condition']} | {row['failovers']} in {row['minutes']:g} minutes |" for row in result["false"]]
    idle = ", ".join(f"{commands} with {count} lines" for count, commands in result["idle"].items())
    return "\n".join(
        [
            f"One of two lines is cut, n = {len(result['outages'][0]['runs'])}: median / p95. Other line: until a new connection of a",
            "client of the dead line opens, tried every 50 ms. No data: how long such clients wait whose programs give a download up",
            "after a second and begin anew. Broken: of 4 connections per run on the healthy line, by the outage or the return.",
            "",
            "| line cut at | watched by | other line, s | no data, s | broken |",
            "|---|---|---|---|---|",
            *outages,
            "",
            f"The return of a line that was cut at its {RETURNS}. Broken: of 4 connections per run that clients of the dead line began",
            "during the outage.",
            "",
            "| watched by | in use again, s | broken by the return |",
            "|---|---|---|",
            *returns,
            "",
            "| watched by | fault of both lines | left by mistake |",
            "|---|---|---|",
            *false,
            "",
            f"Commands of the control script while all is well, every 10 s: {idle}.",
            "",
        ]
    )
