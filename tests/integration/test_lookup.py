# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``lookup`` says is what the kernel does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.network.devices import device_names
from tests.lab.network.forwarding import table_numbers
from tests.lab.network.lookup import lookup

from .conftest import LANS, LINES

CONFIGURATION = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.168.88.1/24 interface=ether3
/routing table
add name=second fib
add name=idle
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
add dst-address=198.18.7.0/24 gateway=198.51.100.1
add dst-address=198.18.8.0/24 blackhole
add dst-address=198.18.8.128/25 gateway=203.0.113.1 disabled=yes
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=second
add dst-address=198.18.9.0/24 blackhole routing-table=second
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=idle
"""
DESTINATIONS = ("198.18.0.1", "198.18.7.1", "198.18.8.200", "198.18.9.1", "192.168.88.70", "203.0.113.1", "203.0.113.2")
MARKS = ("", "second", "idle")
FORWARDED, OWN = ("192.168.88.70", "ether3"), ("", "")
RULES = [
    "",
    "add action=lookup min-prefix=0 table=main\nadd action=lookup table=second",
    "add action=lookup min-prefix=24 table=main\nadd action=lookup-only-in-table table=idle",
    "add action=unreachable interface=ether3 dst-address=198.18.7.0/24\nadd action=drop src-address=192.168.88.64/26",
    "add action=lookup table=second chain=mangle\nadd action=unreachable chain=main",
    "add action=lookup table=second routing-mark=idle\nadd action=lookup-only-in-table table=second min-prefix=0",
]
POLICIES = [
    "mangle,vrf-lookup,vrf-unreach,local,user,main",
    "vrf-lookup,vrf-unreach,local,user,mangle,main",
    "user,main,local,mangle",
    "mangle,local,main,user",
]
REFUSALS = {
    "Network is unreachable": {"no route", "unreachable"},
    "Invalid argument": {"blackhole"},
    "No route to host": {"unreachable"},
}
"""What ``ip route get`` says; a rule that refuses reads as a network that cannot be reached."""


@pytest.fixture(scope="module")
def module_room() -> Iterator[Room]:
    with open_room(CONFIGURATION, LINES, LANS[:1], engines=False, version="7.22.3") as made:
        yield made


@pytest.fixture
def room(module_room: Room) -> Iterator[Room]:
    yield module_room
    module_room.load("/routing rule remove [find]")


def kernel_says(room: Room, destination: str, mark: str | int = 0, source: str = "", interface: str = "") -> set[str]:
    """What ``lookup`` may say by the kernel's word."""
    number = table_numbers(room.lab.router)[mark] if isinstance(mark, str) and mark else mark or 0
    words = ["ip", "route", "get", destination, "mark", str(number)]
    devices = device_names(room.lab.router)
    if interface:
        words += ["from", source, "iif", devices[interface]]
    try:
        answer = room.network.inside.run(words).split()
    except RuntimeError as error:
        return next(meaning for text, meaning in REFUSALS.items() if text in str(error))
    if answer[0] == "local":
        return {"local"}
    through = answer[answer.index("dev") + 1]
    return {name for name, device in devices.items() if device == through}


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("policy", POLICIES)
def test_lookup_is_the_kernels(room: Room, policy: str, rules: str) -> None:
    room.load(f"/routing settings set policy-rules={policy}")
    if rules:
        room.load(f"/routing rule\n{rules}")
    said = {}
    for destination in DESTINATIONS:
        for mark in MARKS:
            for source, interface in (FORWARDED, OWN):
                asked = destination, mark, source, interface
                answer = lookup(room.lab.router, *asked)
                assert answer in kernel_says(room, *asked), asked
                said[asked] = answer
    assert len(set(said.values())) >= 2
