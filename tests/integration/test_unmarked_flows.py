# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Flows without a mark through a failover and a failback: bypassed services of the LAN, and the router's own; each is answered within one
round of the control script after both, and what the owner's own rules send by another line goes on as it was."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES

from tests.lab.experiments.flow import Flow, flowing
from tests.lab.experiments.room import Room, open_room
from tests.lab.router.traits import Traits
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .test_astray import ADDRESSES, FIXED, LAN, SERVER, STATIC, given
from .test_failover import statuses, wait_for
from .test_outages import wait_until_out

VOICE, OWN, POLICY = 3478, 51820, 3479
SCHEDULE = 10
OWNERS_WAY = """
/routing table add name=own fib
/ip route add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=own
/routing rule add src-address=192.168.88.90/32 action=lookup-only-in-table table=own
/ip firewall nat add chain=srcnat src-address=192.168.88.90 out-interface=ether2 action=src-nat to-addresses=198.51.100.9
/ip address add address=198.51.100.9/24 interface=ether2
"""


@contextlib.contextmanager
def opened(wans: list[dict[str, Any]], traits: Traits) -> Iterator[Room]:
    with pytest.MonkeyPatch.context() as patch, open_room(STATIC + OWNERS_WAY, FIXED, [LAN], seed=11, traits=traits) as room:
        patch.setitem(PROFILES, "fast", replace(PROFILES["fast"], window=6, packets=6))
        services = [f"{VOICE}/udp", f"{POLICY}/udp"]
        apply(room.lab, {"wans": wans, "lan_interfaces": ["ether8"], "bypass_services": services, "first_wan": "isp1"})
        run_steps(room.lab, steps({"wans": wans, "profile": "fast"}, found(room.lab)))
        room.network.kernel.settle()
        wait_for(lambda: statuses(room, "probe") == {"up"}, 20)
        yield room


@pytest.mark.parametrize(
    ("sources", "follows"), [((), True), ((), False), (("isp1", "isp2"), True)], ids=["masquerade", "masquerade stays", "addresses given"]
)
def test_flows_without_a_mark_are_answered_after_failover_and_failback(sources: tuple[str, ...], follows: bool) -> None:
    with opened(given(*sources), Traits(masquerade_follows=follows)) as room, contextlib.ExitStack() as stack:
        lan, internet, inside = room.network.clients["lan"].namespace, room.network.internet.namespace, room.network.inside
        flows = {
            "voice": stack.enter_context(flowing(lan, internet, "192.168.88.70", (SERVER, VOICE))),
            "own": stack.enter_context(flowing(inside, internet, "0.0.0.0", (SERVER, OWN))),
            "own, bound": stack.enter_context(flowing(inside, internet, ADDRESSES["isp1"], (SERVER, OWN + 1))),
        }
        policy = stack.enter_context(flowing(lan, internet, "192.168.88.90", (SERVER, POLICY)))
        time.sleep(1.5)
        assert {name: flow.sources(1) for name, flow in flows.items()} == {name: {ADDRESSES["isp1"]} for name in flows}

        def wrong() -> dict[str, Any]:
            """Flows that are not answered, by what the server sees of them; and packets with a wrong address."""
            with room.network.observe() as seen:
                time.sleep(1)
            silent = {name: flow.sources(1) for name, flow in flows.items() if flow.answered(1) < 10}
            return silent | {line: traffic["spoofed"].packets for line, traffic in seen.items() if traffic["spoofed"].packets}

        room.network.cut("isp1", "upstream")
        wait_until_out(room, {"isp1"}, 20)
        time.sleep(SCHEDULE)
        assert wrong() == {}
        began: dict[str, Flow] = {
            "voice, later": stack.enter_context(flowing(lan, internet, "192.168.88.71", (SERVER, VOICE + 100))),
            "own, later": stack.enter_context(flowing(inside, internet, "0.0.0.0", (SERVER, OWN + 2))),
        }
        flows |= began
        room.network.mend("isp1")
        wait_until_out(room, set(), 60)
        time.sleep(SCHEDULE)
        assert wrong() == {}
        # what the owner sends by line 2 with an address of his own was never asked to move
        assert (policy.sources(60), len(policy.answers) > 0.9 * len(policy.seen)) == ({"198.51.100.9"}, True)
