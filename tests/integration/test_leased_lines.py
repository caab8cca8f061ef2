# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines whose gateway is that of a lease: balanced, and followed by the control script alone when the lease moves, goes and comes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import MANGLE, NAT, ROUTES, RULES, TABLES

from tests.lab.experiments.openings import different_pairs
from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.network import Network
from tests.lab.network.surroundings import Lan, Line
from tests.unit.apply.router import apply, read, run_steps
from tests.unit.door.runs import run
from tests.unit.failover_netwatch.site import found, lasting_rows, steps

from .test_dialed import near, shares
from .test_failover import statuses, wait_for
from .test_outages import out_of_use, wait_until_out

LAN = Lan("lan", "ether8", "192.168.88.0/24", "192.168.88.1")
CABLE = Line("cable", "ether1", "198.51.100.1", "198.51.100.0/24", leased="198.51.100.7")
DSL = Line("dsl", "ether2", "100.64.99.1", "100.64.99.0/24", leased="100.64.99.7")
"""One address of the internet, and one behind the provider's NAT (RFC 6598)."""
WANS: list[Mapping[str, object]] = [
    {"name": "cable", "interface": "ether1", "gateway": "dhcp", "weight": 20},
    {"name": "dsl", "interface": "ether2", "gateway": "dhcp", "weight": 10},
]
CONFIGURATION = "/ip address add address=192.168.88.1/24 interface=ether8\n"
CLIENTS = "/ip dhcp-client add interface=ether1 disabled=no\n/ip dhcp-client add interface=ether2 disabled=no default-route-distance=2\n"
SCHEDULE = 10
"""Seconds after which the script comes at the latest."""


@contextlib.contextmanager
def balanced(configuration: str, lines: Sequence[Line], wans: Sequence[Mapping[str, object]] = WANS) -> Iterator[Room]:
    """A room after a first run; a line is good again after 4 s."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=4, packets=4))
        with open_room(CONFIGURATION + configuration, lines, [LAN], seed=5) as room:
            play(room, wans)
            yield room


def play(room: Room, wans: Sequence[Mapping[str, object]] = WANS) -> list[str]:
    """A run; the rows that it changes."""
    lines = [dict(line) for line in wans]
    balance = {"wans": lines, "lan_interfaces": ["ether8"]}
    changes = run(room.lab, {"pcc_balance": balance, "failover_netwatch": {"wans": lines, "profile": "fast"}})
    room.network.kernel.settle()
    return [f"{row.kind} {row.name} {row.fields}" for row in changes.rows()]


def gateways(room: Room, line: str) -> set[str]:
    rows = [row for row in read(room.lab, [ROUTES])[ROUTES] if str(row.get("comment")).startswith("multiwan:")]
    return {str(row["gateway"]) for row in rows if str(row["comment"]).endswith(f":{line}")}


def seen(room: Room) -> set[str]:
    """The addresses that servers see of many clients, and what became of those that were not answered."""
    return set(run_clients(room.network.clients["lan"].namespace, "whoami", pairs=list(different_pairs(LAN.clients(30), 30))))


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with balanced(CLIENTS, [CABLE, DSL]) as made:
        wait_until_out(made, set(), 30)
        wait_for(lambda: statuses(made, "tcp") == {"up"}, 70)  # that a check has succeeded for the first time is written
        yield made


def test_leased_lines_are_balanced_and_a_second_run_changes_nothing(room: Room) -> None:
    assert near(shares(room), cable=66.7, dsl=33.3)
    assert seen(room) == {"198.51.100.7", "100.64.99.7"}
    assert play(room) == []


def test_nothing_is_written_while_leases_are_renewed(room: Room) -> None:
    whole, writes = lasting_rows(room.lab), len(room.lab.writes)
    for _ in range(3):
        room.network.renew_lease("cable")
        room.network.renew_lease("dsl")
        time.sleep(SCHEDULE / 2)
    assert (lasting_rows(room.lab), len(room.lab.writes)) == (whole, writes)
    assert not out_of_use(room)


MOVES: Mapping[str, Callable[[Network], object]] = {
    "another gateway": lambda network: network.give_lease("cable", gateway="198.51.100.129"),
    "another address": lambda network: network.give_lease("cable", address="198.51.100.88"),
    "another network": lambda network: network.give_lease(
        "cable", address="203.0.112.20", gateway="203.0.112.1", customers="203.0.112.0/24"
    ),
    "behind the provider's NAT": lambda network: network.give_lease(
        "cable", address="100.64.7.20", gateway="100.64.7.1", customers="100.64.7.0/24"
    ),
    "one address, and a gateway outside": lambda network: network.give_lease(
        "cable", address="203.0.113.77", gateway="10.99.0.1", customers="203.0.113.77/32"
    ),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_a_lease_moves_and_the_line_is_used_on(room: Room, move: Callable[[Network], object]) -> None:
    move(room.network)
    line = room.network.isps["cable"].line
    wait_for(lambda: gateways(room, "cable") == {f"{line.gateway}%ether1"}, SCHEDULE + 5)
    wait_for(lambda: not out_of_use(room) and seen(room) == {line.leased, "100.64.99.7"}, 30)
    assert near(shares(room), cable=66.7, dsl=33.3)
    assert play(room) == []


def test_a_lease_is_lost_and_found(room: Room) -> None:
    room.network.lose_lease("cable")
    wait_until_out(room, {"cable"}, SCHEDULE + 5)
    assert gateways(room, "cable") == {"192.0.2.254"}
    assert near(shares(room), dsl=100)
    assert seen(room) == {"100.64.99.7"}
    assert play(room) == []
    room.network.give_lease("cable")
    wait_until_out(room, set(), SCHEDULE + 30)
    assert near(shares(room), cable=66.7, dsl=33.3)


def test_a_cable_is_out_and_the_lease_is_another_one_when_it_is_back(room: Room) -> None:
    room.network.cut("dsl", "cable")
    wait_until_out(room, {"dsl"}, SCHEDULE + 5)
    assert near(shares(room), cable=100)
    room.network.mend("dsl")
    room.network.give_lease("dsl", address="100.64.98.9", gateway="100.64.98.1", customers="100.64.98.0/24")
    wait_until_out(room, set(), SCHEDULE + 30)
    assert gateways(room, "dsl") == {"100.64.98.1%ether2"}
    assert near(shares(room), cable=66.7, dsl=33.3)


def test_a_lease_of_seconds_renews_itself_and_nobody_notices(room: Room) -> None:
    room.network.give_lease("dsl", seconds=4)
    wait_until_out(room, set(), 30)
    whole = lasting_rows(room.lab)
    begun = time.monotonic()
    while time.monotonic() - begun < 12:
        assert not out_of_use(room)
        time.sleep(0.3)
    assert lasting_rows(room.lab) == whole
    room.network.give_lease("dsl", seconds=3600)


MODEM = replace(CABLE, gateway="192.168.1.1", customers="192.168.1.0/24", leased="192.168.1.2", translates=True)
OTHER = replace(DSL, gateway="192.168.1.1", customers="192.168.1.0/24", leased="192.168.1.2", translates=True)


def test_two_modems_give_the_same_network_gateway_and_address() -> None:
    with balanced(CLIENTS, [MODEM, OTHER]) as room:
        wait_until_out(room, set(), 30)
        both = {room.network.isps[line].public for line in ("cable", "dsl")}
        assert near(shares(room), cable=66.7, dsl=33.3)
        assert seen(room) == both
        for line, left in (("cable", "dsl"), ("dsl", "cable")):
            room.network.cut(line, "upstream")
            wait_until_out(room, {line}, 15)
            assert (near(shares(room), **{left: 100}), seen(room)) == (True, {room.network.isps[left].public})
            room.network.mend(line)
            wait_until_out(room, set(), 40)


def test_interfaces_without_a_client_get_one_and_the_first_leases_come_after_the_run() -> None:
    with balanced("", [CABLE, DSL]) as room:
        wait_until_out(room, set(), 40)
        assert near(shares(room), cable=66.7, dsl=33.3)
        assert play(room) == []


NEIGHBOURS = [
    replace(MODEM, leased=""),
    replace(OTHER, gateway="192.168.1.254", leased=""),
]
ADDRESSES = "/ip address add address=192.168.1.2/24 interface=ether1\n/ip address add address=192.168.1.3/24 interface=ether2\n"


def test_two_gateways_in_one_network_each_by_its_own_interface() -> None:
    wans = [{**WANS[0], "gateway": "192.168.1.1"}, {**WANS[1], "gateway": "192.168.1.254"}]
    with balanced(ADDRESSES, NEIGHBOURS, wans) as room:
        wait_until_out(room, set(), 30)
        assert (gateways(room, "cable"), gateways(room, "dsl")) == ({"192.168.1.1%ether1"}, {"192.168.1.254%ether2"})
        assert near(shares(room), cable=66.7, dsl=33.3)
        assert seen(room) == {isp.public for isp in room.network.isps.values()}
        room.network.cut("cable", "upstream")
        wait_until_out(room, {"cable"}, 15)
        assert (near(shares(room), dsl=100), seen(room)) == (True, {room.network.isps["dsl"].public})


def test_a_run_on_routes_that_do_not_name_the_interface_changes_no_other_row_and_breaks_no_download() -> None:
    """As an earlier release has written them: the second line never works."""
    wans = [{**WANS[0], "gateway": "192.168.1.1"}, {**WANS[1], "gateway": "192.168.1.254"}]
    with open_room(CONFIGURATION + ADDRESSES, NEIGHBOURS, [LAN], seed=5) as room, ThreadPoolExecutor() as pool:
        apply(room.lab, {"wans": wans, "lan_interfaces": ["ether8"]})
        run_steps(room.lab, steps({"wans": wans, "profile": "fast"}, found(room.lab)))
        room.network.kernel.settle()
        wait_until_out(room, {"dsl"}, 20)
        pairs = list(different_pairs(LAN.clients(10), 10))
        downloads = pool.submit(run_clients, room.network.clients["lan"].namespace, "stream", pairs=pairs, direction="down", seconds=12)
        time.sleep(2)
        before = rows(room)
        assert play(room, wans) != []
        after = rows(room)
        different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        wait_until_out(room, set(), 40)
        assert seen(room) == {isp.public for isp in room.network.isps.values()}
        assert downloads.result()["broken"] == 0
    assert different
    assert {name for name in different if ":route:" not in name} == set()


def rows(room: Room) -> dict[str, Mapping[str, object]]:
    """Our rows by comment, without what only counts or is a state."""
    there = read(room.lab, (ROUTES, MANGLE, NAT, TABLES, RULES))
    ours = [row for several in there.values() for row in several if str(row.get("comment")).startswith("multiwan:")]
    return {str(row["comment"]): {key: row.get(key) for key in ("gateway", "distance", "disabled", "new-connection-mark")} for row in ours}
