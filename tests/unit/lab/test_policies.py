# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What users may do, and scripts of theirs."""

from __future__ import annotations

import pytest
from librouteros.api import Api

from tests.lab.router.device import Device
from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.services import Services
from tests.lab.router.traits import Traits

from .client import add, connect, raw, refusal, rows
from .conftest import StartLab
from .scripting import log_lines, new_device, only

SCRIPT, SCHEDULER = "/system/script", "/system/scheduler"


def user_of(lab: Lab, policy: str) -> Api:
    """A client in a group with these policies."""
    lab.load(f"/user group add name=few policy={policy},api\n/user add name=few password=few group=few")
    return connect(lab, "few", "few")


@pytest.mark.parametrize("menu", [SCRIPT, SCHEDULER])
@pytest.mark.parametrize("refused", [True, False])
def test_a_script_wider_than_its_user(start_lab: StartLab, menu: str, refused: bool) -> None:
    lab = start_lab(traits=Traits(wide_scripts_are_refused=refused))
    api = user_of(lab, "read,write,test")
    narrow = add(api, menu, name="narrow", policy="read,write,test")
    wide = ["=policy=read,write,sensitive"]
    for sentence in ([f"{menu}/add", "=name=wide", *wide], [f"{menu}/set", f"=.id={narrow}", *wide]):
        if refused:
            assert refusal(api, *sentence) == "not enough permissions (9)"
        else:
            raw(api, *sentence)
    raw(api, f"{menu}/set", f"=.id={narrow}", "=comment=x")
    assert [row["policy"] for row in rows(api, menu)] == (["read,write,test"] if refused else ["read,write,sensitive"] * 2)


def scheduled(refused: bool, owner: str) -> tuple[Device, ManualClock]:
    """A router with a user who may read and write, and somebody's entry that wants to test as well."""
    device, clock = new_device(traits=Traits(wide_scripts_are_refused=refused))
    device.load("/user group add name=few policy=read,write\n/user add name=few password=few group=few")
    words = {"name": "e", "on-event": ":log info ran", "interval": "1m", "policy": "read,write,test"}
    row = device.router.add(path("system scheduler"), words)
    device.router.set_state(path("system scheduler"), row, {"owner": owner})
    device.engines.start()
    return device, clock


@pytest.mark.parametrize("refused", [True, False])
def test_an_entry_wider_than_its_owner_never_runs(refused: bool) -> None:
    device, clock = scheduled(refused, "few")
    clock.advance(60)
    assert log_lines(device.router) == [
        ("script,error", "executing script from scheduler (e) failed, please check it manually"),
        ("script,error,debug", "(scheduler:e) not enough permissions (9)"),
    ]


@pytest.mark.parametrize("owner", ["admin", "gone"])
def test_others_run(owner: str) -> None:
    device, clock = scheduled(True, owner)
    clock.advance(60)
    assert (log_lines(device.router), only(device.router, "system scheduler")["run-count"]) == ([("script,info", "ran")], "1")


@pytest.mark.parametrize(("policy", "seen"), [("read,write", None), ("read,write,sensitive", "geheim")])
def test_passwords_need_sensitive(start_lab: StartLab, policy: str, seen: str | None) -> None:
    clock = ManualClock()
    lab = start_lab(services=Services(clock=clock))
    lab.load("/ppp secret add name=bot password=geheim")
    api = user_of(lab, policy)
    (row,) = rows(api, "/ppp/secret")
    assert (row["name"], row.get("password")) == ("bot", seen)
    (found,) = raw(api, "/ppp/secret/print", "=.proplist=name,password")
    assert found.get("password") == seen
    source = ':log info [/ppp/secret/get bot password]; :log info [:len [/ppp/secret/find where password="geheim"]]'
    job = lab.device.start_script(source, "few", frozenset(policy.split(",")))
    clock.settle()
    assert job.error is None
    assert [message for _, message in log_lines(lab.router)] == [seen or "", "1" if seen else "0"]
