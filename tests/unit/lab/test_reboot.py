# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a boot leaves, and what it takes."""

from __future__ import annotations

import time

import pytest

from tests.lab.router.logs import write_log
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.users import HOOK_POLICIES

from .client import Wire
from .conftest import StartLab
from .scripting import log_lines, new_device, only


def test_configuration_stays_and_memory_is_lost() -> None:
    device, clock = new_device()
    device.load(
        "/ip firewall mangle add chain=x comment=mine\n"
        "/ip firewall address-list add list=a address=10.0.0.1\n"
        "/ip firewall address-list add list=a address=10.0.0.2 timeout=1h\n"
        ":global x 5"
    )
    mangle = path("ip firewall mangle")
    device.router.set_state(mangle, device.router.table(mangle)[0], {"bytes": "9", "packets": "1"})
    write_log(device.router, "script,info", "before")
    clock.advance(100)
    assert only(device.router, "system resource")["uptime"] == "1m40s"
    device.reboot()
    assert only(device.router, "system resource")["uptime"] == "0s"
    assert (
        only(device.router, "ip firewall mangle")["comment"],
        only(device.router, "ip firewall mangle")["bytes"],
    ) == ("mine", "0")
    assert [row["address"] for row in read_rows(device.router, path("ip firewall address-list"))] == ["10.0.0.1"]
    assert device.services.globals == {}
    assert log_lines(device.router) == []


def test_jobs_end_at_a_boot() -> None:
    device, clock = new_device()
    job = device.start_script(":delay 1h; :log info never")
    clock.settle()
    device.reboot()
    clock.advance(7200)
    assert (job.running, job.error, log_lines(device.router)) == (False, None, [])


@pytest.mark.parametrize(("granted", "boots"), [(HOOK_POLICIES, 1), (frozenset({"read", "write", "test"}), 0)])
def test_a_script_may_reboot(granted: frozenset[str], boots: int) -> None:
    device, clock = new_device()
    counted: list[int] = []
    device.on_boot.append(lambda: counted.append(1))
    job = device.start_script("/system reboot; :log info never", "*sys", granted)
    clock.settle()
    assert len(counted) == boots
    assert (job.error is None) is bool(boots)
    assert ("script,info", "never") not in log_lines(device.router)


def test_engines_that_did_not_run_do_not_run_after_a_boot() -> None:
    device, clock = new_device()
    device.load('/system scheduler add name=e interval=1s on-event=":log info ran"')
    device.reboot()
    clock.advance(10)
    assert log_lines(device.router) == []


def test_a_client_reboots_and_is_cut(start_lab: StartLab) -> None:
    lab = start_lab()
    with Wire(lab).log_in() as wire:
        assert wire.ask("/system/reboot") == [["!done"]]
        assert wire.receive() == []
    with Wire(lab).log_in() as wire:
        assert len(wire.ask("/system/identity/print")) == 2
        lab.device.power_loss()
        assert wire.receive() == []


def test_a_served_lab_starts_its_engines_when_asked(start_lab: StartLab) -> None:
    assert not start_lab().device.engines.running
    lab = start_lab(engines=True)
    assert lab.device.engines.running
    lab.stop()
    assert not lab.device.engines.running
    lab.device.reboot()


@pytest.mark.parametrize("command", ["/lab/reboot", "/lab/power-loss"])
def test_the_labs_own_menu_boots_a_router(start_lab: StartLab, command: str) -> None:
    lab = start_lab()
    lab.load(":global x 1")
    with Wire(lab).log_in() as wire:
        assert wire.ask(command) == [["!done"]]
        assert wire.receive() == []
    assert lab.device.services.globals == {}


def test_real_time(start_lab: StartLab) -> None:
    lab = start_lab(engines=True)
    lab.load('/system scheduler add name=e interval=1s on-event=":delay 10ms; :log info ran"')
    deadline = time.monotonic() + 10
    while not log_lines(lab.router) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert ("script,info", "ran") in log_lines(lab.router)


def test_a_reset_forgets_variables_and_entries() -> None:
    device, clock = new_device()
    device.engines.start()
    device.load('/system scheduler add name=e interval=1s on-event=":log info ran"\n:global x 1')
    device.reset()
    clock.advance(10)
    assert (device.services.globals, log_lines(device.router), device.engines.running) == ({}, [], True)
