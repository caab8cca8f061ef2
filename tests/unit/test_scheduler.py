# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our entries of the scheduler run in every release, whatever the clock of the router says, and it is told when they do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import scheduler
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import intent as alerts
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import plan as alerts_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent as failover
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import plan as failover_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import texts
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, FAILOVER
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import RESOURCE, SCHEDULER
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import write

from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.services import Services

from .apply.router import run_steps
from .dhcp_alert_telegram.outbox import INTENT
from .failover_netwatch.site import wans

RELEASES = ("7.15.3", "7.18.2", "7.20.8", "7.21.4", "7.22.3", "7.23.5", "7.24.2", "7.25.2")


def ours() -> list[Row]:
    rows = alerts_plan.plan(alerts.read_intent({**INTENT, "heartbeat": "1d"}), "", {})[SCHEDULER]
    return [*rows, *failover_plan.plan(failover.read_intent({"wans": wans(2)}), "")[SCHEDULER]]


def counts(lab: Lab) -> dict[str, int]:
    """How often each entry has run since the boot."""
    return {row["name"]: int(row["run-count"]) for row in read_rows(lab.router, path(SCHEDULER))}


def put(lab: Lab) -> int:
    """Write the entries as the roles do; how many steps changed something."""
    return run_steps(
        lab, [write(role, SCHEDULER, [row for row in ours() if f":{role}:" in str(row["comment"])]) for role in (ALERTS, FAILOVER)]
    )


def boot_in_1970(lab: Lab) -> None:
    """A board without a battery, which reaches no NTP server."""
    lab.device.has_battery = False
    lab.device.reboot()


MOMENTS: Mapping[str, Callable[[Lab], object]] = {
    "adding": lambda lab: None,
    "a second run": put,
    "a change": lambda lab: lab.load("/system scheduler set [find name=multiwan-failover] interval=5s", on_error="stop"),
    "a third run": put,
    "a reboot": lambda lab: lab.device.reboot(),
    "a reboot into 1970": boot_in_1970,
    "NTP": lambda lab: lab.load("/system clock set date=2027-03-01 time=12:00:07", on_error="stop"),
    "a jump back": lambda lab: lab.load("/system clock set date=2020-02-29 time=23:59:59", on_error="stop"),
}


def stopped(release: str) -> list[str]:
    """After what an entry of ours does not run any more as often as it should; one after the other, on one router."""
    services = Services(clock=ManualClock())
    with Lab(release, services=services, engines=True) as lab:
        put(lab)
        found = []
        for moment, happen in MOMENTS.items():
            happen(lab)
            before = counts(lab)
            services.clock.advance(31)
            ran = {name: count - before[name] for name, count in counts(lab).items()}
            found += [moment] * (ran["multiwan-telegram"] < 15 or ran["multiwan-failover"] < 3)
        return found


@pytest.mark.parametrize("release", RELEASES)
def test_entries_run_whatever_happens(release: str) -> None:
    assert stopped(release) == []


@pytest.mark.parametrize(("release", "first"), [("7.25.2", "a reboot into 1970"), ("7.24.2", "adding")])
def test_without_our_start_they_do_not(release: str, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "start", lambda *_: {})
    assert stopped(release)[0] == first


def test_a_second_run_changes_nothing() -> None:
    with Lab() as lab:
        assert [put(lab) for _ in range(3)] == [2, 0, 0]


def test_a_daily_heartbeat_comes_at_nine() -> None:
    services = Services(clock=ManualClock())
    with Lab(services=services, engines=True) as lab:
        run_steps(lab, [write(ALERTS, SCHEDULER, [row for row in ours() if row["interval"] == "1d"])])
        for seconds, count in ((9 * 3600 - 1, 0), (2, 1), (86_400, 2)):
            services.clock.advance(seconds)
            assert counts(lab)["multiwan-telegram-heartbeat"] == count


def row(**fields: object) -> Row:
    return {"name": "multiwan-failover", "comment": f"multiwan:{FAILOVER}:scheduler", "interval": "10s", "run-count": "0", **fields}


@pytest.mark.parametrize(
    ("uptime", "fields", "missed"),
    [
        ("11m", {}, True),
        ("1w2d", {"run-count": 0}, True),
        ("9m", {}, False),
        ("1d", {"run-count": "1"}, False),
        ("1d", {"disabled": True}, False),
        ("1d", {"interval": "1d"}, False),
        ("1d", {"comment": f"multiwan:{ALERTS}:scheduler"}, False),
        ("1d", {"comment": ""}, False),
        ("1d", {"run-count": None}, False),
    ],
)
def test_an_entry_that_has_not_run_is_told(uptime: str, fields: Mapping[str, object], missed: bool) -> None:
    told = texts(scheduler.idle({RESOURCE: [{"uptime": uptime}], SCHEDULER: [row(**fields)]}, FAILOVER), refusing=False)
    assert told == missed * [
        f"/system scheduler multiwan-failover: it has not run yet, and the router is up for {uptime}; "
        "look again in a minute, and if it still has not, what /log says of it"
    ]
