# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbook drill as people run it, in real time: it asks, loses the line, says what that was like, and ends by itself."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.lab.router.paths import path
from tests.unit.failover_netwatch.site import lasting_rows

from .test_drain_play import Desk, desk_in
from .test_failover import wait_for

LISTS = path("ip firewall address-list")


class Flows:
    """Two connections that run by isp2."""

    def __init__(self) -> None:
        self.ids = ["*1", "*2"]

    def rows(self) -> list[dict[str, str]]:
        return [{".id": number, "connection-mark": "multiwan-isp2", "reply-dst-address": "203.0.113.102:4000"} for number in self.ids]

    def remove(self, ids: Sequence[str]) -> None:
        self.ids = [number for number in self.ids if number not in ids]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    profile = {"failover_netwatch_profile": "fast", "failover_netwatch_schedule": 2}
    with desk_in(tmp_path_factory.mktemp("desk"), Flows(), **profile) as made:
        yield made


def drills(desk: Desk) -> list[str]:
    with desk.lab.router.lock:
        lists = [str(row.values["list"]) for row in desk.lab.router.table(LISTS)]
    return [name for name in lists if name.startswith("multiwan-drill:")]


def test_it_asks_first(desk: Desk) -> None:
    code, said = desk.play("drill", "-e", "line=isp1")
    assert code == 2
    assert said == [
        "isp1 will be lost for about 20 s, as in an outage: its 0 live connections are removed, and begin anew",
        "whoever hears of outages hears of this one; should this machine die, the router ends it by itself within 88 s",
    ]
    assert drills(desk) == []


def test_check_mode_does_nothing(desk: Desk) -> None:
    code, said = desk.play("drill", "-e", "line=isp1", "--check")
    assert (code, len(said), drills(desk)) == (0, 4, [])


def test_a_line_is_lost_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    before = lasting_rows(desk.lab)
    flows = desk.lab.device.services.connections
    assert isinstance(flows, Flows)
    code, said = desk.play("drill", "-e", "line=isp2", "-e", "sure=true", "-e", "seconds=5", "-e", f"page={tmp_path}")
    assert code == 0, said
    told = [re.sub(r"[0-9]+\.[0-9]+", "N", line) for line in said[2:]]
    assert told == [
        "new connections went elsewhere N s after the cut, isp2 was left after N s",
        "new connections meanwhile: 0 by isp1, 0 by isp2",
        "isp2 was used again N s after the end",
        "the control script looks by itself every few seconds; a real outage it hears of at once, from the probes of isp2",
    ]
    assert (said[0].endswith("its 2 live connections are removed, and begin anew"), flows.ids) == (True, [])
    elsewhere, left = map(float, re.findall(r"[0-9]+\.[0-9]+", said[2]))
    assert 0 < elsewhere < left < 20
    assert (drills(desk), lasting_rows(desk.lab)) == ([], before)
    (page,) = tmp_path.glob("*.html")
    html = page.read_text()
    assert f'<p class="result good">isp2 was lost for 5 s: new connections went elsewhere after {elsewhere:.1f} s' in html
    assert "multiwan: isp2 is out of use" in html
    assert said[3] in html


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["line=isp9"], "line: 'isp9' is none of the lines"),
        (["line=isp1", "seconds=5", "page=/dev/null/here"], "page: /dev/null/here cannot be written: Not a directory"),
        (["seconds=1", "line=isp1"], "seconds: 1 is out of range; write a whole number from 5 to 600"),
        (["failover_netwatch_state=absent", "line=isp1"], "failover_netwatch_state: it is absent"),
    ],
)
def test_what_cannot_be_drilled(desk: Desk, words: list[str], said: str) -> None:
    code, lines = desk.play("drill", *[part for word in words for part in ("-e", word)], "-e", "sure=true")
    assert (code, any(line.startswith(said) for line in lines)) == (2, True), lines


def test_one_line_at_a_time_and_it_ends_by_itself_when_the_machine_dies(desk: Desk) -> None:
    desk.lab.load("/ip firewall address-list add list=multiwan-drill:isp1 address=127.0.0.1 timeout=12s")
    code, lines = desk.play("drill", "-e", "line=isp2", "-e", "sure=true")
    assert (code, lines[1]) == (2, "line: isp1 is in a drill; one line at a time: wait until it is back")
    wait_for(lambda: not drills(desk), 30)
    wait_for(lambda: desk.play("status")[0] == 0, 60)


def test_a_control_script_that_does_not_run_is_told(desk: Desk) -> None:
    command = '/system scheduler {0} [find name="multiwan-failover"]; /tool netwatch {0} [find comment~"^multiwan:"]'
    desk.lab.load(command.format("disable").replace("; ", "\n"))
    begun = time.monotonic()
    code, lines = desk.play("drill", "-e", "line=isp2", "-e", "sure=true", "-e", "seconds=5")
    desk.lab.load(command.format("enable").replace("; ", "\n"))
    assert code == 2
    assert any("isp2 was not left, although its evidence was taken away" in line for line in lines)
    assert (drills(desk), time.monotonic() - begun < 120) == ([], True)
