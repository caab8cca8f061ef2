# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How soon a dead line is left, what breaks, what goes astray, and what watching costs: ours beside an earlier commit, and beside
MikroTik's recipe with check-gateway."""

from __future__ import annotations

import itertools
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent as failover_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import DEMOTION, out_of_use
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE, comment
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import NETWATCH, ROUTES

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Outage
from tests.lab.router.paths import path
from tests.lab.router.rows import Change
from tests.unit.apply.router import apply, read, run_steps
from tests.unit.failover_netwatch.faults import Good
from tests.unit.failover_netwatch.site import Site, found, render, steps
from tests.unit.failover_netwatch.site import wans as some_wans
from tests.unit.failover_netwatch.watched import watch

from . import earlier
from .figures import median_and_p95, p95
from .site import LAN, LINE_OF, NETWORKS, PORTS, Case, lines, recipe, wans

Result = dict[str, Any]

CASE = Case((4, 4))
WAYS = ("fast", "normal", "earlier", "recipe")
"""This collection with a profile, an earlier commit with profile `normal`, or MikroTik's recipe with check-gateway=ping on every route
[MAN:PCC, IP Routing]."""
NAMES = {
    "fast": "this collection, `fast`",
    "normal": "this collection, `normal`",
    "earlier": f"commit {earlier.COMMIT}, `normal`",
    "recipe": "recipe, `check-gateway=ping`",
}
OUTAGES: tuple[Outage, ...] = ("upstream", "gateway", "cable")
PERIOD = {"fast": 1.0, "normal": 3.0, "earlier": 2.0, "recipe": 10.0}
"""Seconds after which a way asks again: cuts come at all moments of it."""
AFTER = 10.0
"""Seconds after an event from which on no packet may leave with another line's address."""
WATCHED = {"fast": 14.0, "normal": 14.0, "earlier": 14.0, "recipe": 25.0}
"""Seconds for which an outage is watched; what has not happened by then counts as never."""
RETURNS: Outage = "gateway"
"""The outage after which the return is measured: the recipe takes no notice of what lies behind the gateway."""
RETURN = {"fast": 33.0, "normal": 66.0, "earlier": 66.0, "recipe": 22.0}
"""Seconds within which a repaired line is in use again: two windows, if the first one has seen too much of the outage."""
AT_ONCE = 2
"""Outages at a time; with four, two processors were late in answering."""
PEOPLE = 40
GOLDEN = (5**0.5 - 1) / 2
"""Its multiples lie evenly in a period, however many there are."""
CONDITIONS = ("loss of 5 %", "loss of 20 %", "one dead target", "dead 2 s of each 5 min")
INTENT = {"wans": wans(CASE), "lan_interfaces": [LAN.interface]}
ROUTE = comment(BALANCE, "route", "main", "isp1")
MONTH = 30 * 86400
MB = 1_000_000

WANTED = {"normal": {"away": 2.5, "waited": 10.5, "active": 300}, "fast": {"away": 1.3, "waited": 6.3, "active": 900}}
"""Seconds (p95) to a new connection by another line, and to data for a client that gives up after a second: detection, patience and
2 s; megabytes a month of probes of a line in use."""
STANDBY = 50
"""Megabytes a month of a line that stands by."""


def measure(runs: int, minutes: float) -> Result:
    """All figures of failover. Each run has a network of its own.

    :param runs: how often each line is cut at each place.
    :param minutes: how long lossy lines are watched for a false failover.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, mp_context=context) as workers, ProcessPoolExecutor(8, mp_context=context) as watchers:
        outages = _cut(workers, ("fast", "normal", "earlier"), runs)
        # The recipe's times are tens of seconds, so the lossy lines may be watched beside it.
        watched = {key: watchers.submit(false_failovers, *key, 60 * minutes) for key in itertools.product(("fast", "normal"), CONDITIONS)}
        outages += _cut(workers, ("recipe",), runs)
        false = [
            {"way": way, "condition": condition, "minutes": minutes, "failovers": run.result()} for (way, condition), run in watched.items()
        ]
    outages.sort(key=lambda found: (OUTAGES.index(found["outage"]), WAYS.index(found["way"])))
    return {
        "outages": outages,
        "false": false,
        "idle": {str(count): idle_commands(count) for count in (2, 3, 4, 8)},
        "bytes": {profile: {use: probe_bytes(profile, use) for use in ("active", "standby")} for profile in ("fast", "normal", "calm")},
    }


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
    elif way == "earlier":
        run_steps(room.lab, earlier.steps(INTENT, {"wans": INTENT["wans"], "profile": "normal"}))
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
    from the repair until a new connection uses the line. ``astray``: packets with another line's address from ten seconds after the
    outage, and after the return, on; people speak UDP over both lines all the time, and some begin while the line is dead. ``left``:
    seconds until the routes of the line are demoted.
    """
    watched = WATCHED[way]
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
        stays = begin("stream", pairs=staying[:4], direction="down", seconds=2 + watched + returns)
        people = begin("keep", pairs=displaced[2:6], seconds=2 + watched, stall=1.0)
        knocking = begin("knock", client=displaced[0][0], server=displaced[0][1], seconds=2 + watched)
        talk = begin("speak", pairs=[*displaced[10:14], *staying[4:8]], seconds=4 + watched + (returns and returns + AFTER))
        wait_until(lambda: opened(room)["isp1"] >= begun["isp1"] + 4 + 5 and opened(room)["isp2"] >= begun["isp2"] + 4)
        time.sleep(0.5)
        left = demotions(room)
        count_astray(room)
        room.network.cut("isp1", outage)
        cut = time.monotonic()
        late = begin("speak", pairs=displaced[14:17], seconds=watched + (returns and returns + AFTER))
        time.sleep(max(0.0, cut + AFTER - time.monotonic()))
        before = astray(room)
        answered = [begun for begun in knocking.result() if begun >= cut]
        result: Result = {"away": min(answered) - cut if answered else None, "waited": statistics.mean(people.result()["waited"])}
        result["astray"] = astray(room) - before
        result["left"] = left[0] - cut if left else None
        if returns and answered:
            there = opened(room)["isp2"]
            born = begin("stream", pairs=displaced[6:10], direction="down", seconds=returns)
            wait_until(lambda: opened(room)["isp2"] >= there + 4)
            time.sleep(0.5)
            room.network.mend("isp1")
            result["back"] = wait_for(lambda: lines_of(room, displaced[:1]) == ["isp1"], returns - 4)
            time.sleep(AFTER)
            before = astray(room)
            result["broken_at_return"] = born.result()["broken"]
            talk.result()
            result["astray"] += astray(room) - before
        result["broken"] = stays.result()["broken"]
        talk.result()
        late.result()
        return result


def demotions(room: Room) -> list[float]:
    """When the route of isp1 in main is written with the distance of a line out of use, from now on."""
    router, seen = room.lab.router, []

    def notice(change: Change) -> None:
        rows = [row for number in change.ids if change.menu == path("ip route") and (row := router.row(change.menu, number))]
        if any(row.values.get("comment") == ROUTE and int(router.text(row.values["distance"])) >= DEMOTION for row in rows):
            seen.append(time.monotonic())

    router.observe(notice)
    return seen


def count_astray(room: Room) -> None:
    """Has each provider count what comes with an address of another one. What comes with one of the LAN is not meant: the ends of
    connections that the router has forgotten are invalid to it, and it translates none of these."""
    isps = room.network.isps
    for name, isp in isps.items():
        others = ", ".join(other.line.customers for key, other in isps.items() if key != name)
        chain = f'type filter hook forward priority -10;\niifname customer ip saddr {{ {others} }} counter name "astray"\n'
        isp.namespace.run(["nft", "-f", "-"], f"table ip astray {{\ncounter astray {{ }}\nchain forward {{\n{chain}}}\n}}\n")


def astray(room: Room) -> int:
    """Packets that have left with another line's address since they are counted."""
    return sum(isp.traffic()["astray"].packets for isp in room.network.isps.values())


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
        elif condition.startswith("loss"):
            percent = float(condition.split()[2])
            for isp in room.network.isps.values():
                isp.lose(100 - 100 * (1 - percent / 100) ** 0.5)  # each way; there and back it is the percent
        left, was, deadline, pause = 0, frozenset(), time.monotonic() + seconds, time.monotonic() + 20
        while time.monotonic() < deadline:
            if condition.startswith("dead") and time.monotonic() >= pause:
                pause += 300
                room.network.cut("isp1", "upstream")
                time.sleep(2)
                room.network.mend("isp1")
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


def probe_bytes(profile: str, use: str) -> int:
    """Megabytes a month that are asked and answered over a line that is well: one in use, or one that stands by. In manual time."""
    tiers = [2, 1] if use == "standby" else [1, 1]
    record = watch(Good(), 3600, profile=profile, tiers=tiers)
    return round(record.bytes * MONTH / record.seconds / MB)


def table(result: Result) -> str:
    """The figures as Markdown."""
    outages, returns = [], []
    for row in result["outages"]:
        runs = row["runs"]
        times = [median_and_p95([run[kind] for run in runs]) for kind in ("away", "waited", "left")]
        counts = [str(sum(run[kind] for run in runs)) for kind in ("broken", "astray")]
        outages.append(f"| {' | '.join([row['outage'], NAMES[row['way']], *times, *counts])} |")
        if row["outage"] == RETURNS:
            back = median_and_p95([run.get("back") for run in runs])
            returns.append(f"| {NAMES[row['way']]} | {back} | {sum(run.get('broken_at_return', 0) for run in runs)} |")
    false = [f"| {NAMES[row['way']]} | {row['condition']} | {row['failovers']} in {row['minutes']:g} minutes |" for row in result["false"]]
    idle = ", ".join(f"{commands} with {count} lines" for count, commands in result["idle"].items())
    spent = [f"| `{profile}` | {uses['active']} | {uses['standby']} |" for profile, uses in result["bytes"].items()]
    return "\n".join(
        [
            f"One of two lines is cut, n = {len(result['outages'][0]['runs'])}: median / p95. Other line: until a new connection of a",
            "client of the dead line opens, tried every 50 ms. No data: how long such clients wait whose programs give a download up",
            "after a second and begin anew. Out of use: until its routes are demoted. Broken: of 4 connections per run on the healthy",
            "line, by the outage or the return. Wrong",
            f"source: packets that leave with another line's address, from {AFTER:g} s after the outage and after the return on; 11 people",
            "speak UDP all the time, 20 packets a second each.",
            "",
            "| line cut at | watched by | other line, s | no data, s | out of use, s | broken | wrong source |",
            "|---|---|---|---|---|---|---|",
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
            "Probes of a line that is well, asked and answered, in MB a month:",
            "",
            "| profile | in use | stands by |",
            "|---|---|---|",
            *spent,
            "",
            "| wanted | found | met |",
            "|---|---|---|",
            *_verdicts(result),
            "",
            f"Commands of the control script while all is well, every 10 s: {idle}.",
            "",
        ]
    )


def _verdicts(result: Result) -> Iterator[str]:
    """What is wanted of this collection, what is found, and whether that is enough."""
    for way, wanted in WANTED.items():
        runs = [run for row in result["outages"] if row["way"] == way for run in row["runs"]]
        for kind, words in (("away", "a new connection by the other line, p95"), ("waited", "data for who gives up after a second, p95")):
            worst = p95([run[kind] for run in runs])
            yield _verdict(f"`{way}`: {words} at most {wanted[kind]:g} s", f"{worst:.2f} s", worst <= wanted[kind])
        for kind, words in (
            ("broken", "connections broken on the healthy line"),
            ("broken_at_return", "connections broken by the return"),
            ("astray", f"packets with a wrong source after {AFTER:g} s"),
        ):
            count = sum(run.get(kind, 0) for run in runs)
            yield _verdict(f"`{way}`: {words}: 0", str(count), count == 0)
        left = sum(row["failovers"] for row in result["false"] if row["way"] == way)
        yield _verdict(f"`{way}`: lines left by mistake: 0", str(left), left == 0)
        spent = result["bytes"][way]["active"]
        yield _verdict(f"`{way}`: probes of a line in use: at most {wanted['active']} MB a month", f"{spent} MB", spent <= wanted["active"])
    spent = result["bytes"]["normal"]["standby"]
    yield _verdict(f"`normal`: probes of a line that stands by: at most {STANDBY} MB a month", f"{spent} MB", spent <= STANDBY)


def _verdict(wanted: str, found: str, met: bool) -> str:
    return f"| {wanted} | {found} | {'yes' if met else 'no'} |"
