# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long a line with a lease is without traffic when the lease moves, goes and comes, and what is written while nothing changes."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import out_of_use
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import NETWATCH, ROUTES

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.network import Network
from tests.lab.network.surroundings import Line
from tests.unit.apply.router import read
from tests.unit.door.runs import run

from .failover import wait_for
from .figures import median_and_p95
from .site import LAN, PORTS

Result = dict[str, Any]

CABLE = Line("isp1", "ether1", "198.51.100.1", "198.51.100.0/24", leased="198.51.100.7")
DSL = Line("isp2", "ether2", "203.0.113.1", "203.0.113.0/24", leased="203.0.113.7")
MODEM = {"gateway": "192.168.1.1", "customers": "192.168.1.0/24", "leased": "192.168.1.2", "translates": True}
WANS = [{"name": line.name, "interface": line.interface, "gateway": "dhcp"} for line in (CABLE, DSL)]
OPTIONS = {
    "pcc_balance": {"wans": WANS, "lan_interfaces": [LAN.interface]},
    "failover_netwatch": {"wans": WANS, "profile": "fast"},
}
SCHEDULE, WINDOW = 10, 15
"""Seconds after which the script comes at the latest, and that a line has to be clean; of a window or two one has seen the trouble."""
WATCHED = 14.0
"""Seconds in which a client tries to open connections, beginning at the event."""
PEOPLE = 40
AT_ONCE = 3
GOLDEN = (5**0.5 - 1) / 2


def _gives(**lease: str) -> Callable[[Network], None]:
    return lambda network: network.give_lease("isp1", **lease)


HOME = _gives(address="198.51.100.7", gateway="198.51.100.1", customers="198.51.100.0/24")


def _lose(network: Network) -> None:
    network.lose_lease("isp1")


def _replug(network: Network) -> None:
    """Out for three seconds; the provider has another address for who comes back."""
    network.cut("isp1", "cable")
    time.sleep(3)
    network.mend("isp1")
    last = int(network.isps["isp1"].line.leased.rpartition(".")[2])
    network.give_lease("isp1", address=f"198.51.100.{last + 1}")


@dataclass(frozen=True)
class Event:
    """What happens to the lease of the first of two lines, and what brings it back to where it was.

    :param lines: the network around.
    """

    happens: Callable[[Network], None]
    back: Callable[[Network], None] = HOME
    lines: tuple[Line, Line] = (CABLE, DSL)


EVENTS: Mapping[str, Event] = {
    "another gateway": Event(_gives(gateway="198.51.100.129")),
    "another address": Event(_gives(address="198.51.100.88")),
    "another network": Event(_gives(address="203.0.112.20", gateway="203.0.112.1", customers="203.0.112.0/24")),
    "an address behind the provider's NAT": Event(_gives(address="100.64.7.20", gateway="100.64.7.1", customers="100.64.7.0/24")),
    "a /32 whose gateway lies outside": Event(_gives(address="203.0.112.77", gateway="10.99.0.1", customers="203.0.112.77/32")),
    "cable out for 3 s, then another address": Event(_replug),
    "lost": Event(_lose),
    "lost, beside a modem with the same addresses": Event(
        _lose, lambda network: network.give_lease("isp1"), (replace(CABLE, **MODEM), replace(DSL, **MODEM))
    ),
}


@contextmanager
def _room(lines: Sequence[Line]) -> Iterator[Room]:
    """Two leased lines after a first run, all well."""
    clients = "\n".join(
        f"/ip dhcp-client add interface={line.interface} disabled=no default-route-distance={n}" for n, line in enumerate(lines, 1)
    )
    address = f"/ip address add address={LAN.router}/24 interface={LAN.interface}"
    with open_room(f"{address}\n{clients}", lines, [LAN], seed=7, interfaces=PORTS) as room:
        run(room.lab, OPTIONS)
        room.network.kernel.settle()
        _until(lambda: not _out(room))
        yield room


def _out(room: Room) -> frozenset[str]:
    return out_of_use(read(room.lab, (ROUTES, NETWATCH)))


def _until(condition: Callable[[], bool], timeout: float = 60) -> float:
    """Seconds until something holds.

    :raises TimeoutError: when it does not come to that.
    """
    took = wait_for(condition, timeout)
    if took is None:
        raise TimeoutError
    return took


def _answers(room: Room, pairs: Sequence[tuple[str, str]]) -> list[str]:
    return run_clients(room.network.clients[LAN.name].namespace, "whoami", pairs=pairs)


def _sees(room: Room) -> str:
    """What servers see of clients of the first line."""
    isp = room.network.isps["isp1"]
    return isp.public if isp.line.translates else isp.line.leased


def one_event(name: str, runs: int) -> list[Result]:
    """The event, so many times in one room, each time from where it was.

    ``gap``: the longest time in which no new connection of a client of that line was answered. ``in_use``: seconds from the event, or
    from the lease where it was lost, until that client's connections go by the line, with its address of now. ``out``: whether the line
    was put out of use.
    """
    event, results = EVENTS[name], []
    with _room(event.lines) as room, ThreadPoolExecutor() as pool:
        pairs = [(client, f"198.18.1.{number}") for number, client in enumerate(LAN.clients(PEOPLE), 1)]
        mine = [pair for pair, answer in zip(pairs, _answers(room, pairs), strict=True) if answer == _sees(room)][:4]
        for number in range(runs):
            time.sleep(SCHEDULE * ((number + 1) * GOLDEN % 1))
            knocking = pool.submit(
                run_clients, room.network.clients[LAN.name].namespace, "knock", client=mine[0][0], server=mine[0][1], seconds=WATCHED
            )
            _until(lambda: bool(room.network.isps["isp1"].traffic()["up-new-tcp"].packets), 5)
            time.sleep(1)
            begun = time.monotonic()
            event.happens(room.network)
            in_use, out = None, False
            if event.happens is _lose:
                answered = [begun, *(moment for moment in knocking.result() if moment >= begun)]
                out = "isp1" in _out(room)
                event.back(room.network)
                begun_again = time.monotonic()
                _until(lambda: set(_answers(room, mine)) == {_sees(room)})
                in_use = time.monotonic() - begun_again
            else:
                deadline = begun + 4 * WINDOW
                while in_use is None and time.monotonic() < deadline:
                    out = out or "isp1" in _out(room)
                    if set(_answers(room, mine)) == {_sees(room)} and not _out(room):
                        in_use = time.monotonic() - begun
                answered = [begun, *(moment for moment in knocking.result() if moment >= begun)]
                event.back(room.network)
            gap = max(later - earlier for earlier, later in itertools.pairwise(answered)) if len(answered) > 1 else None
            results.append({"gap": gap, "in_use": in_use, "out": out})
            _until(lambda: set(_answers(room, mine)) == {_sees(room)} and not _out(room))
            time.sleep(WINDOW / 3)
    return results


def first_leases(runs: int) -> list[float]:
    """Seconds from a first lease, which comes after the first run, until connections go by that line."""
    took = []
    for number in range(runs):
        with _first_room() as room:
            time.sleep(SCHEDULE * (number * GOLDEN % 1))
            begun = time.monotonic()
            room.network.give_lease("isp1")
            _until(lambda room=room: not _out(room))  # type: ignore[misc]
            took.append(time.monotonic() - begun)
    return took


@contextmanager
def _first_room() -> Iterator[Room]:
    address = f"/ip address add address={LAN.router}/24 interface={LAN.interface}"
    with open_room(address, (CABLE, DSL), [LAN], seed=7, interfaces=PORTS) as room:
        room.network.lose_lease("isp1")
        run(room.lab, OPTIONS)
        room.network.kernel.settle()
        _until(lambda: _out(room) == {"isp1"})
        yield room


def idle_writes(seconds: float) -> Result:
    """Rows written while both leases are renewed every five seconds and nothing changes."""
    with _room((CABLE, DSL)) as room:
        before, dump, renewals = len(room.lab.writes), room.lab.dump(), 0
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            room.network.renew_lease("isp1")
            room.network.renew_lease("isp2")
            renewals += 2
            time.sleep(5)
        return {"seconds": seconds, "renewals": renewals, "writes": len(room.lab.writes) - before, "same": room.lab.dump() == dump}


def measure(runs: int) -> Result:
    """All figures of leases.

    :param runs: how often each event happens.
    """
    with ProcessPoolExecutor(AT_ONCE, mp_context=multiprocessing.get_context("spawn")) as workers:
        events = {name: workers.submit(one_event, name, runs) for name in EVENTS}
        first = workers.submit(first_leases, runs)
        idle = workers.submit(idle_writes, 120)
        return {
            "events": {name: results.result() for name, results in events.items()},
            "first": first.result(),
            "idle": idle.result(),
        }


def table(result: Result) -> str:
    """The figures as Markdown."""
    rows = []
    for name, runs in result["events"].items():
        gap, in_use = (median_and_p95([run[kind] for run in runs]) for kind in ("gap", "in_use"))
        rows.append(f"| {name} | {gap} | {in_use} | {sum(run['out'] for run in runs)} of {len(runs)} |")
    idle = result["idle"]
    return "\n".join(
        [
            f"Two lines whose gateway is `dhcp`, profile `fast`, n = {len(result['first'])}: median / p95. The lease of one changes,",
            "at all moments of the script's ten seconds. No answer: the longest time in which no new connection of a client of that line",
            "was answered, tried every 50 ms. In use: until its connections go by that line again, with the address of now; after `lost`,",
            "from the moment at which there is a lease again.",
            "",
            "| lease | no answer, s | in use, s | put out of use |",
            "|---|---|---|---|",
            *rows,
            f"| the first one, after the run | - | {median_and_p95(result['first'])} | - |",
            "",
            f"While leases are renewed as they were, {idle['renewals']} times in {idle['seconds']:g} s, {idle['writes']} rows are written"
            f"{'' if idle['same'] else ', AND THE CONFIGURATION IS ANOTHER ONE'}.",
            "",
        ]
    )
