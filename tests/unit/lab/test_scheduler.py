# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scheduler."""

from __future__ import annotations

import pytest

from tests.lab.router.device import Device
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.errors import Trap
from tests.lab.router.language.errors import ScriptError
from tests.lab.router.paths import path
from tests.lab.router.traits import Traits

from .scripting import execute, log_lines, new_device, only, puts

SCHEDULER = path("system scheduler")


@pytest.fixture
def started() -> tuple[Device, ManualClock]:
    """A router whose engines run since 2026-01-01 00:00:00."""
    device, clock = new_device()
    device.engines.start()
    return device, clock


def add(device: Device, **values: str) -> None:
    """Adds an entry; underscores stand for hyphens."""
    words = {"name": "e", "on-event": ":log info ran"} | {name.replace("_", "-"): text for name, text in values.items()}
    device.router.add(SCHEDULER, words)


def runs(device: Device) -> int:
    """How often the entry ran since the boot."""
    return int(only(device.router, "system scheduler")["run-count"])


def test_an_interval_counts_from_when_the_entry_was_added(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    clock.advance(7)
    add(device, interval="10s")
    assert only(device.router, "system scheduler")["next-run"] == "2026-01-01 00:00:17"
    clock.advance(9.9)
    assert runs(device) == 0
    clock.advance(0.1)
    assert runs(device) == 1
    clock.advance(30)
    assert runs(device) == 4
    assert log_lines(device.router) == [("script,info", "ran")] * 4


@pytest.mark.parametrize(
    ("start", "interval", "due"),
    [
        ({"start_time": "00:05:00"}, "0s", [300]),
        ({"start_date": "2026-01-02", "start_time": "01:00:00"}, "0s", [90000]),
        ({"start_date": "2025-12-31", "start_time": "23:59:30"}, "1m", [30, 90, 150]),
        ({"start_date": "2025-12-31", "start_time": "12:00:00"}, "0s", []),
        ({"start_date": "jan/01/2026", "start_time": "00:00:10"}, "1m", [10, 70]),
    ],
)
def test_runs_are_aligned_to_the_start(started: tuple[Device, ManualClock], start: dict[str, str], interval: str, due: list[int]) -> None:
    device, clock = started
    begin = clock.now()
    add(device, interval=interval, **start)
    for number, moment in enumerate(due):
        clock.advance(begin + moment - 0.5 - clock.now())
        assert runs(device) == number
        clock.advance(1)
        assert runs(device) == number + 1
    if interval == "0s":
        assert "next-run" not in only(device.router, "system scheduler")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, ("2026-01-01", "00:00:07")),
        ({"start_time": "12:00:00"}, ("2026-01-01", "12:00:00")),
        ({"start_date": "2025-01-01"}, ("2025-01-01", "00:00:07")),
        ({"start_time": "startup"}, (None, "startup")),
    ],
)
def test_what_is_left_out_of_a_start_is_filled_in(
    started: tuple[Device, ManualClock], given: dict[str, str], shown: tuple[str | None, str]
) -> None:
    device, clock = started
    clock.advance(7)
    add(device, interval="1m", **given)
    device.reboot()
    row = only(device.router, "system scheduler")
    assert (row.get("start-date"), row["start-time"]) == shown


BARE, EPOCH = {}, {"start_date": "1970-01-01", "start_time": "00:00:00"}
EARLY, STARTUP = {"start_date": "1970-01-02", "start_time": "00:00:01"}, {"start_time": "startup"}


@pytest.mark.parametrize(
    ("start", "in_2026", "in_1970", "synchronised"),
    [(BARE, 60, 0, 60), (EPOCH, 60, 60, 60), (EARLY, 60, 60, 60), (STARTUP, 60, 60, 60)],
    ids=["bare", "epoch", "early", "startup"],
)
def test_a_board_that_wakes_up_in_1970(start: dict[str, str], in_2026: int, in_1970: int, synchronised: int) -> None:
    device, clock = new_device()
    device.has_battery = False
    device.engines.start()
    add(device, interval="1s", **start)
    clock.advance(60)
    assert runs(device) == in_2026
    device.reboot()
    assert only(device.router, "system clock")["date"] == "1970-01-02"
    clock.advance(60)
    assert runs(device) == in_1970
    execute(device.router, "/system/clock/set date=2026-03-01 time=12:00:00")
    clock.advance(60)
    assert runs(device) - in_1970 == pytest.approx(synchronised, abs=1)


def test_the_clock_can_be_set() -> None:
    device, clock = new_device()
    device.engines.start()
    add(device, interval="1h", start_time="12:00:00")
    clock.advance(0.5)
    execute(device.router, ":log info before\n/system clock set time=11:59:50\n:log info behind")
    assert [row.state["time"] for row in device.router.table(path("log"))] == ["2026-01-01 00:00:00", "2026-01-01 11:59:50"]
    assert puts(device.router, ":put [/system/clock/get time]; :put [:timestamp]") == ["11:59:50", "2922w11:59:50"]
    clock.advance(10)
    assert runs(device) == 1
    execute(device.router, "/system/clock/set date=2025-12-31")
    clock.advance(7200)
    assert runs(device) == 1
    assert only(device.router, "system scheduler")["next-run"] == "2026-01-01 12:00:00"
    with pytest.raises(ScriptError, match="invalid value for argument date"):
        execute(device.router, "/system clock set date=tomorrow")


@pytest.mark.parametrize("version", ["7.23.5", "7.24", "7.24.4", "7.24.5"])
@pytest.mark.parametrize("start", [BARE, EPOCH, EARLY, STARTUP], ids=["bare", "epoch", "early", "startup"])
@pytest.mark.parametrize("never", [True, False])
def test_the_default_start(version: str, start: dict[str, str], never: bool) -> None:
    device, clock = new_device(version, Traits(default_start_never_runs=never))
    device.engines.start()
    add(device, interval="10s", **start)
    clock.advance(60)
    passed_over = never and version in ("7.24", "7.24.4") and start in (BARE, EPOCH)
    assert (runs(device) == 0) is passed_over


def test_days_by_version() -> None:
    device, clock = new_device("7.24.5")
    device.engines.start()
    with pytest.raises(Trap, match="unknown parameter days"):
        new_device("7.23.5")[0].router.add(SCHEDULER, {"name": "e", "days": "mon"})
    add(device, interval="1m", days="always")
    clock.advance(60)
    assert (runs(device), log_lines(device.router)) == (1, [("script,info", "ran")])
    execute(device.router, "/system scheduler set e days=mon,tue")
    assert log_lines(device.router)[-1] == ("script,warning", "lab: days= of the scheduler entry e is not played here")


def test_startup_is_the_next_boot() -> None:
    device, clock = new_device()
    device.engines.start()
    add(device, start_time="startup")
    clock.advance(3600)
    assert runs(device) == 0
    device.reboot()
    clock.advance(2.9)
    assert runs(device) == 0
    clock.advance(0.2)
    assert runs(device) == 1
    clock.advance(3600)
    assert runs(device) == 1


def test_startup_with_an_interval_is_one_interval_later() -> None:
    device, clock = new_device()
    add(device, start_time="startup", interval="1m")
    device.engines.start()
    clock.advance(59)
    assert runs(device) == 0
    clock.advance(1)
    assert runs(device) == 1


@pytest.mark.parametrize("waits", [True, False])
def test_startup_with_an_interval_may_wait_for_the_next_boot(waits: bool) -> None:
    device, clock = new_device(traits=Traits(startup_waits_for_boot=waits))
    device.engines.start()
    add(device, start_time="startup", interval="1m")
    clock.advance(60)
    assert runs(device) == (0 if waits else 1)
    device.reboot()
    clock.advance(60)
    assert runs(device) == 1


def test_counts_start_anew_at_a_boot(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1s")
    clock.advance(5)
    assert runs(device) == 5
    device.reboot()
    assert runs(device) == 0
    clock.advance(1)
    assert runs(device) == 1


def test_disabled_removed_and_changed_entries(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1s", disabled="yes")
    clock.advance(5)
    assert runs(device) == 0
    rows = device.router.table(SCHEDULER)
    device.router.set(SCHEDULER, rows, {"disabled": "no"})
    clock.advance(2)
    assert runs(device) == 2
    device.router.set(SCHEDULER, rows, {"interval": "1h"})
    clock.advance(60)
    assert runs(device) == 2
    device.router.remove(SCHEDULER, list(rows))
    clock.advance(7200)
    assert len(log_lines(device.router)) == 2


def test_an_entry_can_change_itself(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1m", on_event="/system scheduler remove [find name=e]")
    clock.advance(120)
    assert device.router.table(SCHEDULER) == []
    assert log_lines(device.router) == []


def test_failures_leave_two_lines(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1m", on_event="X")
    device.router.add(path("system script"), {"name": "X", "source": "\n/ip dhcp-client add nope=1"})
    clock.advance(60)
    assert log_lines(device.router) == [
        ("script,error", "executing script X from scheduler (e) failed, please check it manually"),
        ("script,error,debug", "(scheduler:e) unknown parameter nope (/ip/dhcp-client/add; line 2)"),
    ]


def test_the_entrys_policy_counts(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1m", on_event="X", policy="read,write")
    device.router.add(path("system script"), {"name": "X", "source": ":log info no", "policy": "read,write,test"})
    clock.advance(60)
    assert log_lines(device.router)[-1] == (
        "script,error,debug",
        "(scheduler:e) not enough permissions to run script X",
    )
    device.router.set(SCHEDULER, device.router.table(SCHEDULER), {"on-event": "/user set admin comment=x"})
    clock.advance(60)
    assert log_lines(device.router)[-1][1] == "(scheduler:e) not enough permissions (9) (/user/set; line 1)"


def test_the_name_of_a_removed_script_fails_when_it_runs(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1m", on_event="gone")
    clock.advance(60)
    assert log_lines(device.router)[-1][1] == "(scheduler:e) bad command name gone (line 1 column 1)"


def test_globals_are_the_owners(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1m", on_event=":global seen yes", policy="read,policy")
    clock.advance(60)
    assert device.router.services.globals == {"admin": {"seen": True}}


def test_device_mode_stops_entries(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1s")
    device.router.install_state(path("system device-mode"), {"mode": "home", "scheduler": "false"})
    clock.advance(5)
    assert runs(device) == 0


def test_nothing_runs_after_the_end(started: tuple[Device, ManualClock]) -> None:
    device, clock = started
    add(device, interval="1s")
    device.engines.stop()
    clock.advance(5)
    assert runs(device) == 0
