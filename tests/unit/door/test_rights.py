# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rights that a run has to have, by role: with them all of it works, scripts included; without one of them it is refused."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router_action import needed
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE, FAILOVER
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import SCHEDULER

from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.lab import Lab
from tests.lab.router.logs import LOG
from tests.lab.router.services import Services
from tests.unit.apply.router import door, read
from tests.unit.dhcp_alert_telegram.outbox import TOKEN, Telegram
from tests.unit.failover_netwatch.site import Probes, Table

WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
]
BALANCED = {BALANCE: {"wans": WANS, "lan_interfaces": ["ether3"]}}
WATCHED = {**BALANCED, FAILOVER: {"wans": WANS}}
BOT = {"token": TOKEN, "chats": [-1001], "interfaces": ["ether3"]}
LEAST: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "balancing": (BALANCED, ("read", "write")),
    "failover": (WATCHED, ("read", "write", "test")),
    "alerts": ({ALERTS: BOT}, ("read", "write", "test", "sensitive")),
    "all": ({**WATCHED, ALERTS: BOT}, ("read", "write", "test", "sensitive")),
}
START = """
/ip dns set servers=1.1.1.1
/certificate settings set builtin-trust-store=fetch
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
"""


def router(*policies: str) -> tuple[Lab, ManualClock, Telegram]:
    """A router with a user who may this, in the group that playbook prepare makes."""
    clock = ManualClock(time.time())
    telegram, probes = Telegram(clock), Probes(clock)
    services = Services(clock=clock, fetcher=telegram, prober=probes, pinger=probes, connections=Table(clock))
    lab = Lab(interfaces=4, services=services, engines=True)
    lab.load(f"/user group add name=multiwan policy={','.join(('api', *policies))}\n{START}", on_error="stop")
    lab.load('/user add name=multiwan group=multiwan password=""', on_error="stop")
    return lab, clock, telegram


def run(lab: Lab, options: Mapping[str, Any], *absent: str) -> tuple[list[Finding], bool]:
    """One run as that user; what it is refused for, and whether it has changed something."""
    wanted, problems = site.read(options, absent)
    assert problems == []
    changes = Changes()
    with door(lab, username="multiwan") as asked:
        refusing = [finding for finding in asked.refusals(needed(wanted)) if finding.refuses]
        if not refusing:
            for step in site.check(wanted, asked.found(site.reads(wanted, asked.user))).steps():
                asked.write(step, changes, check=False)
    return refusing, changes.changed


def failures(lab: Lab) -> list[str]:
    """Errors of scripts in the log."""
    return [row.state["message"] for row in lab.router.table(LOG) if "error" in row.state["topics"]]


@pytest.mark.parametrize("kind", LEAST)
def test_the_least_rights_are_enough(kind: str) -> None:
    options, policies = LEAST[kind]
    lab, clock, telegram = router(*policies)
    with lab:
        assert run(lab, options) == ([], True)
        assert run(lab, options) == ([], False)
        lab.load(':log info "multiwan: test"', on_error="stop")
        clock.advance(61)
        assert failures(lab) == []
        assert [row["run-count"] != "0" for row in read(lab, [SCHEDULER])[SCHEDULER]] == [True] * len(options.keys() - {BALANCE})
        assert bool(telegram.arrived) is (ALERTS in options)
        assert run(lab, {}, *options)[1]


@pytest.mark.parametrize(("kind", "policy"), [(kind, word) for kind, (_, policies) in LEAST.items() for word in policies if word != "read"])
def test_without_one_of_them_nothing_is_written_until_it_is_granted(kind: str, policy: str) -> None:
    options, policies = LEAST[kind]
    lab, _clock, _telegram = router(*(other for other in policies if other != policy))
    with lab:
        before = lab.dump()
        ((refusal,), _changed) = run(lab, options)
        assert refusal.problem == f"'multiwan' is in the group 'multiwan', which lacks the policy {policy}"
        assert lab.dump() == before
        lab.load(refusal.command, on_error="stop")
        assert run(lab, options) == ([], True)


def test_who_may_not_read_cannot_ask() -> None:
    lab, _clock, _telegram = router("write", "test", "sensitive")
    with lab, pytest.raises(RouterProblem, match="the user may not do this"):
        run(lab, BALANCED)
