# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scripts as jobs: rights, counting, and scripts beside each other."""

from __future__ import annotations

import time

import pytest
from librouteros.api import Api

from tests.lab.router.device import Device
from tests.lab.router.engines.job import Origin
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.traits import Traits
from tests.lab.router.users import HOOK_POLICIES

from .client import Wire, add, connect, raw, refusal, row, rows
from .conftest import StartLab
from .scripting import log_lines, new_device, only

HOOK = Origin("from netwatch", "netwatch:type: simple, host: 1.1.1.1", named=False)


def add_script(device: Device, name: str, source: str, policy: str = "read,write,test", **more: str) -> None:
    """Puts a script on a router."""
    device.router.add(path("system script"), {"name": name, "source": source, "policy": policy, **more})


def test_delays_hold_nobody_up() -> None:
    device, clock = new_device()
    first = device.start_script(":for i from=1 to=3 do={:put $i; :delay 2s}")
    second = device.start_script(":delay 1s; :global shared 5; :delay 500ms; :put [/system identity get name]")
    clock.advance(1.6)
    assert (list(first.output), list(second.output)) == (["1"], ["MikroTik"])
    assert (first.running, second.running) == (True, False)
    clock.advance(5)
    assert (list(first.output), first.running, first.error) == (["1", "2", "3"], False, None)
    assert device.router.services.globals_of("admin") == {"shared": 5}


def test_commands_of_a_run() -> None:
    device, clock = new_device()
    add_script(device, "inner", ":put 1\n:put 2")
    job = device.start_script(":put [:len abc]; /system script run inner")
    clock.settle()
    assert job.commands == 5


def test_every_command_needs_its_policy() -> None:
    device, clock = new_device()
    hooks = {
        "/interface list add name=ok": None,
        ":log info x": None,
        "/user set admin comment=x": "not enough permissions (9)",
        ":put [/system/script/environment/print count-only]": "not enough permissions (9)",
        "/tool fetch url=https://x/": "lab: /tool/fetch is not played here",
    }
    for source, message in hooks.items():
        job = device.start_script(source, "*sys", HOOK_POLICIES)
        clock.settle()
        assert (job.error.message if job.error else None) == message
    device.services.fetcher = lambda fetch: pytest.fail("a file needs ftp")
    job = device.start_script("/tool fetch url=https://x/", "*sys", HOOK_POLICIES)
    clock.settle()
    assert job.error is not None and job.error.message == "not enough permissions (9)"
    job = device.start_script("/ip route print", "guest", frozenset())
    clock.settle()
    assert job.error is not None and job.error.message == "not enough permissions (9)"


@pytest.mark.parametrize("text", ["X", "/system script run X"])
def test_a_script_with_too_many_policies_is_not_started_by_a_hook(text: str) -> None:
    device, clock = new_device()
    add_script(device, "X", "/system identity set name=ran", policy="read,write,policy,test")
    device.engines.scripts.start_hook(text, HOOK, {})
    clock.settle()
    assert only(device.router, "system script")["run-count"] == "0"
    assert only(device.router, "system identity")["name"] == "MikroTik"
    assert log_lines(device.router) == [
        ("script,error", "could not run script X: not enough permissions"),
        ("script,error", "executing script from netwatch failed, please check it manually"),
        ("script,error,debug", "(netwatch:type: simple, host: 1.1.1.1) not enough permissions to run script X"),
    ]


def test_or_says_nothing_by_the_trait() -> None:
    device, clock = new_device(traits=Traits(refused_scripts_are_logged=False))
    add_script(device, "X", ":put 1", policy="read,write,policy")
    device.engines.scripts.start_hook("X", HOOK, {})
    clock.settle()
    assert log_lines(device.router) == []


def test_dont_require_permissions() -> None:
    """It starts; what it does is still limited to the caller's rights."""
    device, clock = new_device()
    options = {"dont-require-permissions": "yes"}
    add_script(device, "X", "/system identity set name=ran\n/user set admin comment=x", policy="read,policy", **options)
    device.engines.scripts.start_hook("X", HOOK, {})
    clock.settle()
    assert only(device.router, "system identity")["name"] == "ran"
    assert log_lines(device.router) == [
        ("script,error", "executing script from netwatch failed, please check it manually"),
        (
            "script,error,debug",
            "(netwatch:type: simple, host: 1.1.1.1) not enough permissions (9) (/user/set; line 2)",
        ),
    ]


def test_own_permissions() -> None:
    device, clock = new_device()
    add_script(device, "X", "/interface list add name=A", policy="read,write")
    job = device.start_script("/system script run X use-script-permissions")
    clock.settle()
    assert job.error is None
    add_script(device, "Y", "/user set admin comment=x", policy="read,write")
    job = device.start_script("/system script run Y; :put done")
    clock.settle()
    assert job.error is None and job.output == ["done"]
    job = device.start_script("/system script run Y use-script-permissions")
    clock.settle()
    assert job.error is not None and job.error.described == "not enough permissions (9) (/user/set; line 1)"


def test_own_permissions_by_version() -> None:
    device, clock = new_device("7.14.3")
    add_script(device, "X", ":put 1")
    job = device.start_script("/system script run X use-script-permissions")
    clock.settle()
    assert job.error is not None and job.error.message == "unknown parameter use-script-permissions"


def test_a_named_script_sees_what_the_hook_brings_along() -> None:
    device, clock = new_device()
    add_script(device, "X", ':log info "$host is up"')
    device.engines.scripts.start_hook("X", HOOK, {"host": "1.1.1.1"})
    clock.settle()
    assert log_lines(device.router) == [("script,info", "1.1.1.1 is up")]
    shown = only(device.router, "system script")
    assert (shown["run-count"], shown["last-started"]) == ("1", "2026-01-01 00:00:00")


def test_but_not_one_that_it_runs() -> None:
    device, clock = new_device()
    add_script(device, "X", ":log info $host")
    device.engines.scripts.start_hook("/system script run X", HOOK, {"host": "1.1.1.1"})
    clock.settle()
    assert log_lines(device.router)[-1][1].endswith("undeclared variable host (line 1 column 11)")


def test_a_script_that_does_not_start_is_logged() -> None:
    device, clock = new_device()
    device.engines.scripts.start_hook(":put (", HOOK, {})
    clock.settle()
    assert log_lines(device.router) == [
        ("script,error", "executing script from netwatch failed, please check it manually"),
        ("script,error,debug", "(netwatch:type: simple, host: 1.1.1.1) syntax error (line 1 column 6)"),
    ]


COUNTS = ':global runs; :set runs "$runs|"; :log info $runs'


@pytest.mark.parametrize(
    ("needed", "user", "policies", "counts"),
    [
        (True, "admin", "read,write,test", ["|", "|"]),
        (True, "admin", "read,write,policy,test", ["|", "||"]),
        (False, "admin", "read,write,test", ["|", "||"]),
        (True, "*sys", "read,write,test", ["|", "|"]),
        (False, "*sys", "read,write,test", ["|", "|"]),
    ],
)
def test_whose_global_variables_a_run_finds(needed: bool, user: str, policies: str, counts: list[str]) -> None:
    device, clock = new_device(traits=Traits(globals_need_policy=needed))
    add_script(device, "X", COUNTS, policy="read,write,test")
    for _ in counts:
        device.engines.scripts.start_event("X", user, frozenset(policies.split(",")), HOOK)
        clock.settle()
    assert [message for _, message in log_lines(device.router)] == counts


def test_what_a_run_calls_shares_its_variables() -> None:
    device, clock = new_device()
    add_script(device, "X", COUNTS, policy="read,write,test")
    twice = "/system/script/run X; /system/script/run X"
    for _ in range(2):
        device.engines.scripts.start_hook(twice, HOOK, {})
        clock.settle()
    assert [message for _, message in log_lines(device.router)] == ["|", "||"] * 2


HOOKED = """
:local hook [:parse [/system/script/get X source]]
$hook line=isp1 event=down
"""


@pytest.mark.parametrize("starts", ["netwatch", "scheduler"])
def test_a_parsed_script_has_its_arguments_and_the_rights_of_whoever_calls_it(starts: str) -> None:
    """Unlike one that ``run`` starts, which is refused where its policies are wider [MAN:Scripting] D."""
    device, clock = new_device()
    add_script(device, "X", ':log info "$line is $event"; /user set admin comment=x', policy="read,write,policy,test")
    if starts == "netwatch":
        device.engines.scripts.start_hook(HOOKED, HOOK, {"line": "never", "host": "1.1.1.1"})
    else:
        device.engines.scripts.start_event(HOOKED, "admin", HOOK_POLICIES, HOOK)
    clock.settle()
    messages = [message for _, message in log_lines(device.router)]
    assert (messages[0], "not enough permissions (9) (/user/set; line 1)" in messages[-1]) == ("isp1 is down", True)


def test_execute() -> None:
    device, clock = new_device()
    job = device.start_script(":global done no; :local id [:execute {:delay 5s; :global done yes}]; :put [:typeof $id]; :put after")
    clock.settle()
    assert job.output == ["id", "after"]
    assert [item["owner"] for item in read_rows(device.router, path("system script job"))] == ["admin"]
    clock.advance(5)
    assert device.router.services.globals_of("admin") == {"done": True}
    assert read_rows(device.router, path("system script job")) == []


def test_execute_as_string() -> None:
    device, _ = new_device()
    job = device.start_script(':put [:execute script=":put a; :put b" as-string]')
    job.wait()
    assert job.output == ["a\nb"]


def test_jobs_can_be_ended() -> None:
    device, clock = new_device()
    job = device.start_script(":while (yes) do={:delay 1s}")
    clock.advance(3)
    number = read_rows(device.router, path("system script job"))[0][".id"]
    device.start_script(f"/system script job remove {number}")
    job.wait()
    assert not job.running and job.error is None
    assert log_lines(device.router) == []


def test_an_endless_loop_can_be_ended() -> None:
    device, _ = new_device()
    job = device.start_script(":while (yes) do={}")
    device.engines.stop()
    assert not job.running


def test_a_client_runs_a_script(api: Api) -> None:
    number = add(api, "/system/script", name="s", source=":log info ran", policy="read,write,test")
    raw(api, "/system/script/run", f"=.id={number}")
    raw(api, "/system/script/run", "=number=s")
    assert [line["message"] for line in rows(api, "/log")] == ["ran", "ran"]
    assert row(api, "/system/script", number)["run-count"] == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (":error boom", "boom (/error; line 1)"),
        (":put (", "syntax error (line 1 column 6)"),
        ("/ip address remove *99", "no such item (/ip/address/remove; line 1)"),
        (":nope", "bad command name nope (line 1 column 2)"),
    ],
)
def test_a_script_that_fails_tells_the_client(api: Api, source: str, message: str) -> None:
    add(api, "/system/script", name="s", source=source)
    assert refusal(api, "/system/script/run", "=number=s") == message


def test_a_client_executes_a_text(api: Api) -> None:
    assert raw(api, "/execute", "=script=:put [:len abc]", "=as-string=")[0]["ret"] == 3
    assert str(raw(api, "/execute", "=script=:log info ran")[0]["ret"]).startswith("*")
    while not rows(api, "/log"):
        time.sleep(0.01)
    assert refusal(api, "/execute", "=script=:put (") == "syntax error (line 1 column 6)"
    assert refusal(api, "/execute") == "missing value(s) of argument(s) script"


def test_a_source_that_cannot_run_is_taken(api: Api) -> None:
    number = add(api, "/system/script", name="s", source=":put (")
    assert row(api, "/system/script", number)["invalid"] is True
    raw(api, "/system/script/set", f"=.id={number}", "=source=:put $host")
    assert row(api, "/system/script", number)["invalid"] is False


def test_who_may_run_what(start_lab: StartLab) -> None:
    lab = start_lab()
    api = connect(lab)
    add(api, "/user/group", name="operators", policy="read,write,api,test")
    add(api, "/user", name="op", group="operators", password="p")
    add(api, "/system/script", name="all", source=":put 1")
    operator = connect(lab, "op", "p")
    assert refusal(operator, "/system/script/run", "=number=all") == "not enough permissions (9)"
    mine = add(operator, "/system/script", name="mine", source=":put 1")
    shown = row(operator, "/system/script", mine)
    assert (shown["owner"], shown["policy"]) == ("op", "read,write,test")
    raw(operator, "/system/script/run", "=number=mine")
    entry = add(operator, "/system/scheduler", name="mine")
    assert row(operator, "/system/scheduler", entry)["owner"] == "op"
    for client in (api, operator):
        client.close()


def test_a_long_script_does_not_hold_other_clients_up(start_lab: StartLab) -> None:
    lab = start_lab()
    api = connect(lab)
    add(api, "/system/script", name="s", source=":log info begun; :delay 1h")
    with Wire(lab).log_in() as other:
        other.send("/system/script/run", "=number=s")
        while not rows(api, "/log"):
            time.sleep(0.01)
        (job,) = rows(api, "/system/script/job")
        assert job["script"] == "s"
        raw(api, "/system/script/job/remove", f"=.id={job['.id']}")
        assert other.receive() == ["!done"]
    api.close()
