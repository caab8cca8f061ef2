# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long it takes from a rogue DHCP server that the router sees to the message at Telegram."""

from __future__ import annotations

import random
import time
from typing import Any

from tests.lab.experiments.room import open_room
from tests.lab.experiments.telegram import telegram_in
from tests.lab.network.rogue import rogue_server
from tests.lab.router.logs import LOG
from tests.unit.apply.router import apply, run_steps
from tests.unit.dhcp_alert_telegram.outbox import CHAT, TOKEN, look, steps

from .failover import CASE, INTENT
from .figures import median_and_p95
from .site import LAN, NETWORKS, PORTS, lines

Result = dict[str, Any]

WORDS = {"token": TOKEN, "chats": [CHAT], "interfaces": [LAN.interface]}
PATIENCE = 20.0
PERIOD = 1.0
"""Seconds between two questions of the router; RouterOS asks about once a minute, which is not what is measured."""


def measure(runs: int) -> Result:
    """Seconds from the line in the router's log to the message, of servers that come one after the other."""
    dice = random.Random(1)
    with open_room("", lines(CASE, shaped=True), [LAN], seed=1, interfaces=PORTS) as room:
        room.load("\n".join(f"/ip address add address={network}.2/24 interface=ether{n}" for n, network in enumerate(NETWORKS[:2], 1)))
        room.load(f"/ip address add address={LAN.router}/24 interface={LAN.interface}")
        room.lab.device.engines.alerts.period = PERIOD
        with telegram_in(room.network, TOKEN, {CHAT}) as telegram:
            room.lab.device.trust(telegram.authority)
            apply(room.lab, INTENT)
            run_steps(room.lab, steps(WORDS, look(room.lab)))
            room.network.kernel.settle()
            times = []
            for number in range(runs):
                mac = f"DC:2C:6E:81:CF:{number:02X}"
                time.sleep(dice.uniform(3, 6))  # at any moment of the script's period, and of what Telegram allows to a chat
                with rogue_server(room.network.clients[LAN.name], mac, f"192.168.88.{60 + number}/24"):
                    seen = _when(lambda mac=mac: any(mac in row.state["message"] for row in room.lab.router.table(LOG)))
                    told = _when(lambda mac=mac: any(mac in message.text for message in telegram.messages))
                times.append(told - seen)
    return {"seconds": times}


def _when(condition: Any) -> float:
    """The moment at which a condition comes true.

    :raises TimeoutError: when it does not.
    """
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > PATIENCE:
            raise TimeoutError("a rogue server was not told")
        time.sleep(0.02)
    return time.monotonic()


def table(result: Result) -> str:
    """The figures as Markdown."""
    times = result["seconds"]
    return (
        "From the router's line about an unknown DHCP server to the message at Telegram, over TLS and a line: "
        f"{median_and_p95(times)} s,\nmedian and p95 of {len(times)} servers; at most {max(times):.2f} s.\n"
    )
