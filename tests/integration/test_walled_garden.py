# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line on which pings pass and nothing else, as where a quota is used up: real packets, and the line is left all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.lab.router.logs import LOG
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .conftest import ADDRESSES, CONFIGURATION, INTENT, LANS, LINES
from .test_failover import out_of_use, statuses, wait_for

GARDEN = """
table ip garden {
    chain forward {
        type filter hook forward priority -10
        ip protocol icmp accept
        iifname customer ip protocol tcp reject with tcp reset
        iifname customer drop
    }
}
"""
PAIRS = [(f"192.168.88.{70 + number}", f"198.18.1.{number}") for number in range(40)]


@pytest.fixture(scope="module")
def watched() -> Iterator[Room]:
    watch = {"wans": [{**line, "checks": ["tcp", "dns"]} for line in INTENT["wans"]]}
    with open_room(CONFIGURATION, LINES, LANS, seed=11) as made:
        apply(made.lab, INTENT)
        run_steps(made.lab, steps(watch, found(made.lab)))
        made.network.kernel.settle()
        wait_for(lambda: statuses(made, "probe") == {"up"}, 10)
        wait_for(lambda: statuses(made, "tcp") == {"up"} and statuses(made, "dns") == {"up"}, 60)
        yield made


def log(room: Room) -> list[str]:
    with room.lab.router.lock:
        return [row.state["message"] for row in room.lab.router.table(LOG) if row.state["message"].startswith("multiwan: ")]


def test_a_line_on_which_only_pings_pass_is_left_within_a_minute(watched: Room) -> None:
    isp = watched.network.isps["isp1"].namespace
    isp.run(["nft", "-f", "-"], GARDEN)
    try:
        wait_for(lambda: out_of_use(watched) == {"isp1"}, 60)
        assert statuses(watched, "probe") == {"up"}
        wait_for(lambda: bool(log(watched)), 10)
        (said,) = log(watched)
        assert said.startswith("multiwan: isp1 is out of use: ")
        assert said.endswith(" gets no answer from 1.1.1.1,8.8.8.8,9.9.9.9, though pings do")
        answers = run_clients(watched.network.clients["lan"].namespace, "whoami", pairs=PAIRS)
        assert set(answers) == {ADDRESSES["isp2"]}
    finally:
        isp.run(["nft", "delete", "table", "ip", "garden"], "")
    wait_for(lambda: out_of_use(watched) == set(), 100)


def test_the_routers_own_questions_to_an_address_that_is_probed_are_nobodys_business(watched: Room) -> None:
    """With line 1 dead, the router still reaches the probed addresses at other ports, by the other line."""
    watched.network.cut("isp1", "upstream")
    try:
        prober = watched.lab.device.services.prober
        assert prober is not None
        wait_for(lambda: out_of_use(watched) == {"isp1"}, 30)
        assert prober.connect("1.1.1.1", 8080, 5, None) < 5
        with pytest.raises(OSError):
            prober.connect("1.1.1.1", 853, 2, None)
    finally:
        watched.network.mend("isp1")
