# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who opens connections behind a router: clients of its LANs, those that have logged in to its Hotspot, those that have dialed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from tests.lab.experiments.openings import different_pairs, open_tcp
from tests.lab.experiments.room import Room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.callers import Caller
from tests.lab.network.portal import LOGIN_PAGE
from tests.lab.network.surroundings import Lan
from tests.lab.router.hotspot import log_in

from .cases import Case

MANY = 100
"""Clients of a LAN, if it has so many addresses."""
GUESTS = 10
"""Clients of a Hotspot that are not logged in."""
CALLERS = "callers"

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class People:
    """Clients in one namespace: `name` is that of its LAN, or ``callers`` for those that have dialed in."""

    name: str
    addresses: Sequence[str]
    callers: Sequence[Caller] = ()


def gather(case: Case, room: Room) -> list[People]:
    """Has people come: those of a Hotspot log in, customers dial in."""
    found = [People(lan.name, lan.clients(_size(lan))) for lan in case.clients]
    for people in found if case.hotspot else ():
        for address in people.addresses:
            log_in(room.lab.router, address)
    if case.callers:
        found.append(_dial_in(case, room))
    room.network.kernel.settle()
    return found


def call_again(case: Case, room: Room, people: Sequence[People]) -> list[People]:
    """Has all that have dialed in do so once more: what their profile says now is for new calls."""
    for caller in (caller for some in people for caller in some.callers):
        room.network.hang_up(caller)
    return [_dial_in(case, room) if some.callers else some for some in people]


def _dial_in(case: Case, room: Room) -> People:
    callers = [room.network.dial_in(user) for user in case.callers]
    return People(CALLERS, [caller.address for caller in callers], callers)


def open_connections(room: Room, people: Sequence[People], count: int) -> dict[str, int]:
    """Opens so many connections, each kind of people as many; how many came to each line's ISP."""
    with room.network.observe() as seen:
        for some, pairs in _pairs(people, count):
            room.network.namespace_of(some.name).inside(open_tcp, pairs)
    return {line: counted["up-new-tcp"].packets for line, counted in seen.items()}


def ask(room: Room, people: Sequence[People], count: int) -> tuple[int, int]:
    """How many of so many connections are answered by their server, and of how many."""
    told: list[str] = []
    for some, pairs in _pairs(people, count):
        told += run_clients(room.network.namespace_of(some.name), "whoami", pairs=pairs)
    return len([address for address in told if address not in ("", LOGIN_PAGE)]), len(told)


def turned_away(room: Room, lan: Lan) -> str:
    """What is wrong with how a Hotspot treats clients that are not logged in: they see its login page, and nothing of theirs leaves."""
    guests = [str(IPv4Network(lan.network)[lan.first + _size(lan) + number]) for number in range(GUESTS)]
    with room.network.observe() as seen:
        told = run_clients(room.network.namespace_of(lan.name), "whoami", pairs=list(different_pairs(guests, GUESTS)))
        room.network.namespace_of(lan.name).inside(open_tcp, list(different_pairs(guests, GUESTS)))
    left = {line: counted["up-new-tcp"].packets for line, counted in seen.items() if counted["up-new-tcp"].packets}
    return "" if set(told) == {LOGIN_PAGE} and not left else f"they read {sorted(set(told))}, connections that left: {left}"


def _pairs(people: Sequence[People], count: int) -> list[tuple[People, Pairs]]:
    """Pairs of clients and servers, of each kind of people as many, and of the first ones more."""
    each, more = divmod(count, len(people))
    return [(some, list(different_pairs(list(some.addresses), each + (place < more)))) for place, some in enumerate(people)]


def _size(lan: Lan) -> int:
    return min(MANY, IPv4Network(lan.network).num_addresses - lan.first - 1)
