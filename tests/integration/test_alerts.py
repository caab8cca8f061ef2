# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real DHCP server where none should be, and the message that names it, over lines that die and TLS that is checked."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import events

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.telegram import Telegram, telegram_in
from tests.lab.network.rogue import rogue_server
from tests.lab.router.logs import LOG
from tests.lab.router.paths import path
from tests.unit.apply.router import apply, run_steps
from tests.unit.dhcp_alert_telegram.outbox import ADDRESS_LIST, CHAT, TOKEN, look, steps
from tests.unit.dhcp_alert_telegram.outbox import INTENT as WORDS

from .conftest import CONFIGURATION, INTENT, LANS, LINES
from .test_failover import wait_for

TIMED = 20
MAC = "DC:2C:6E:81:CF:34"
ALERT = path("ip dhcp-server alert")
WANTED = {**WORDS, "texts": {"rogue": "{mac} {address} {interface}"}}


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Room, Telegram]]:
    with open_room(CONFIGURATION, LINES, LANS[:1], seed=5) as room, telegram_in(room.network, TOKEN, {CHAT}) as telegram:
        room.lab.device.trust(telegram.authority)
        apply(room.lab, INTENT)
        run_steps(room.lab, steps(WANTED, look(room.lab)))
        room.network.kernel.settle()
        yield room, telegram


def log(room: Room) -> list[str]:
    """What the router says of DHCP."""
    return [row.state["message"] for row in room.lab.router.table(LOG) if "dhcp alert" in row.state["message"]]


def look_again(room: Room) -> None:
    """Has the alert forget, and ask at once."""
    with room.lab.router.lock:
        row = room.lab.router.table(ALERT)[0]
        for disabled in ("yes", "no"):
            room.lab.router.set(ALERT, [row], {"disabled": disabled})


def test_the_published_rogue_server_is_named_within_five_seconds(told: tuple[Room, Telegram]) -> None:
    room, telegram = told
    with rogue_server(room.network.clients["lan"], MAC, "192.168.88.66/24"):
        look_again(room)
        wait_for(lambda: bool(log(room)), 15)
        seconds = wait_for(lambda: bool(telegram.messages), 5)
    print(f"from the log's line to the message: {seconds:.2f} s")
    assert [message.text for message in telegram.messages] == [f"{MAC} 192.168.88.66 bridge"]
    assert room.lab.router.table(ALERT)[0].state["unknown-server"] == MAC


def say(room: Room, text: str) -> None:
    room.lab.device.start_script(f':log info "multiwan: {text}"').wait()


def test_the_time_from_an_event_to_its_message(told: tuple[Room, Telegram]) -> None:
    """A look each second, and the send. Telegram takes a message every three seconds, so events are that far apart."""
    room, telegram = told
    dice = random.Random(1)
    seconds = []
    for number in range(TIMED):
        time.sleep(4 + dice.random())
        before, begin = len(telegram.messages), time.monotonic()
        entry = {"list": events.LIST, "address": f"240.0.3.{number}", "disabled": "yes"}
        comment = f"line:isp1 {number + 1000} 0\n2026-01-01 10:00:00 3w00:00:00 down isp1 event {number}"
        room.lab.router.add(ADDRESS_LIST, {**entry, "comment": comment})
        wait_for(lambda before=before: len(telegram.messages) > before, 10)
        seconds.append(telegram.messages[-1].taken - begin)
    seconds.sort()
    median, late = statistics.median(seconds), seconds[math.ceil(0.95 * TIMED) - 1]
    print(f"from the event to the message, {TIMED} times: median {median:.2f} s, p95 {late:.2f} s")
    assert late < 3  # on a machine that does something else as well


def test_an_outage_of_all_lines_delays_and_loses_nothing(told: tuple[Room, Telegram]) -> None:
    room, telegram = told
    before = len(telegram.messages)
    for line in room.network.isps:
        room.network.cut(line, "cable")
    for number in range(3):
        say(room, f"during the outage {number}")
        time.sleep(2.2)
    assert len(telegram.messages) == before
    for line in room.network.isps:
        room.network.mend(line)
    wait_for(lambda: len(telegram.messages) > before, 30)
    (message,) = telegram.messages[before:]
    assert [line.rsplit(" ", 1)[1] for line in message.text.split("\n")] == ["0", "1", "2"]


@pytest.mark.parametrize("trouble", ["401", "400", "500", "slow", "refused"])
def test_trouble_on_the_other_side_delays_and_doubles_nothing(told: tuple[Room, Telegram], trouble: str) -> None:
    """After "too many requests" the router waits a minute, so that is tried where time is by hand (tests/unit/dhcp_alert_telegram)."""
    room, telegram = told
    before, refused = len(telegram.messages), telegram.refused
    telegram.trouble = trouble
    say(room, f"while {trouble}")
    if trouble != "slow":
        wait_for(lambda: telegram.refused > refused, 10)
        assert len(telegram.messages) == before
    telegram.trouble = ""
    wait_for(lambda: len(telegram.messages) > before, 20)
    time.sleep(3)
    assert [message.text[-len(trouble) :] for message in telegram.messages[before:]] == [trouble]


def test_a_wrong_certificate_is_not_sent_to(told: tuple[Room, Telegram]) -> None:
    room, telegram = told
    before = len(telegram.messages)
    room.load("/certificate set [find] trusted=no")
    say(room, "while nobody is trusted")
    wait_for(lambda: any("SSL" in row.state["message"] for row in room.lab.router.table(LOG)), 10)
    assert len(telegram.messages) == before
    room.load("/certificate set [find] trusted=yes")
    wait_for(lambda: len(telegram.messages) > before, 20)


def test_nothing_waits_and_no_line_of_the_log_has_the_token(told: tuple[Room, Telegram]) -> None:
    room, _ = told
    outbox = path("ip firewall address-list")
    wait_for(lambda: not [row for row in room.lab.router.table(outbox) if str(row.values["list"]).startswith("multiwan-outbox:")], 5)
    assert all(TOKEN not in row.state["message"] for row in room.lab.router.table(LOG))
