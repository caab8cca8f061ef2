# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One line: it dies and comes back; what runs lives through it, and people are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.telegram import Telegram, telegram_in
from tests.lab.experiments.traffic import run_clients
from tests.lab.router.paths import path
from tests.unit.dhcp_alert_telegram.outbox import CHAT, TOKEN
from tests.unit.dhcp_alert_telegram.outbox import INTENT as WORDS
from tests.unit.door.runs import run
from tests.unit.failover_netwatch.site import lasting_rows

from .conftest import ADDRESSES, LANS, LINES
from .test_failover import out_of_use, statuses, wait_for

SPEED = 10_000_000
WANS = [{"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"}]
OPTIONS = {
    "pcc_balance": {"wans": WANS, "lan_interfaces": "all"},
    "failover_netwatch": {"wans": WANS, "profile": "fast"},
    "dhcp_alert_telegram": {
        **WORDS,
        "interfaces": "all",
        "heartbeat": "4s",
        "texts": {"down": "down {line}", "up": "up {line}", "heartbeat": "well {lines_out}", "changed": "changed"},
    },
}
CONFIGURATION = """
/ip dns set servers=192.0.2.53
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=192.168.88.1/24 interface=ether3
/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1
/ip firewall filter
add chain=forward action=fasttrack-connection connection-state=established,related
add chain=forward action=accept connection-state=established,related
/ip firewall nat add chain=srcnat action=masquerade out-interface=ether1
"""
"""As at home, FastTrack and all."""
PAIRS = [(f"192.168.88.{70 + number}", f"198.18.1.{number}") for number in range(10)]


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Room, Telegram]]:
    lines = [replace(LINES[0], down=SPEED, up=SPEED)]
    with (
        pytest.MonkeyPatch.context() as patch,
        open_room(CONFIGURATION, lines, LANS[:1], seed=3, impatient=True) as room,
        telegram_in(room.network, TOKEN, {CHAT}) as telegram,
    ):
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=6, packets=6))
        patch.setattr(intent, "LEAST", 1)
        room.lab.device.trust(telegram.authority)
        room.before = lasting_rows(room.lab)  # type: ignore[attr-defined]
        run(room.lab, OPTIONS)
        room.network.kernel.settle()
        wait_for(lambda: statuses(room, "probe") == {"up"}, 10)
        yield room, telegram


def texts(telegram: Telegram) -> list[str]:
    return [text for message in telegram.messages for text in message.text.split("\n")]


def waits(room: Room, text: str) -> bool:
    """Whether a text waits on the router until it can be sent."""
    router = room.lab.router
    with router.lock:
        return any(text in router.written(row, "comment") for row in router.table(path("ip firewall address-list")))


def test_it_dies_and_comes_back_and_nothing_that_runs_breaks(told: tuple[Room, Telegram]) -> None:
    room, telegram = told
    lan = room.network.clients["lan"].namespace
    assert set(run_clients(lan, "whoami", pairs=PAIRS)) == {ADDRESSES["isp1"]}
    wait_for(lambda: "well -" in texts(telegram), 20)
    with ThreadPoolExecutor() as background:
        running = background.submit(run_clients, lan, "stream", pairs=PAIRS, direction="down", seconds=40)
        time.sleep(1)
        room.network.cut("isp1", "upstream")
        out = wait_for(lambda: out_of_use(room) == {"isp1"}, 10)
        assert not run(room.lab, OPTIONS).changed
        wait_for(lambda: waits(room, "well isp1"), 25)
        room.network.mend("isp1")
        back = wait_for(lambda: not out_of_use(room), 45)
        print(f"out of use {out:.1f} s after the cut, in use again {back:.1f} s after the repair")
        assert running.result()["broken"] == 0
    wait_for(lambda: "up isp1" in texts(telegram), 20)
    assert [text for text in texts(telegram) if not text.startswith("well")] == ["down isp1", "up isp1"]
    assert "well isp1" in texts(telegram), "the heartbeat knew it too"
    assert not run(room.lab, OPTIONS).changed


def test_a_removal_leaves_the_router_as_it_was(told: tuple[Room, Telegram]) -> None:
    room, _ = told
    run(room.lab, {}, *OPTIONS)
    room.network.kernel.settle()
    assert lasting_rows(room.lab) == room.before  # type: ignore[attr-defined]
    assert set(run_clients(room.network.clients["lan"].namespace, "whoami", pairs=PAIRS)) == {ADDRESSES["isp1"]}
