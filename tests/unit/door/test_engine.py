# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules of community.routeros in this process, over one connection."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.community.routeros.plugins.modules import api
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import engine
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.engine import ByModule, InWorker

from tests.lab.router.lab import Lab

LIST = {"name": "users", "comment": "Björn's"}
ONLY = [{"field": "name", "regex": "^users$"}]


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def worker() -> Iterator[InWorker]:
    worker = InWorker()
    yield worker
    worker.close()


def connection(lab: Lab) -> dict[str, object]:
    return {"hostname": lab.host, "port": lab.port, "username": lab.user, "password": lab.password, "encoding": "UTF-8"}


def wanted(**options: object) -> dict[str, object]:
    whole = {"handle_absent_entries": "remove", "handle_entries_content": "remove_as_much_as_possible", "restrict": ONLY}
    return {"path": "interface list", "data": [LIST], **whole, **options}


def test_all_calls_share_one_login(lab: Lab, worker: InWorker) -> None:
    for path in ("interface", "ip service", "user"):
        assert worker.call("api", {**connection(lab), "path": path})["msg"]
    assert worker.call("api_modify", {**connection(lab), **wanted()})["changed"] is True
    assert worker.call("api_modify", {**connection(lab), **wanted()})["changed"] is False
    assert lab.device.log.logins == 1


def test_two_routers_are_two_connections(lab: Lab, worker: InWorker) -> None:
    with Lab() as other:
        for each in (lab, other, lab):
            worker.call("api_modify", {**connection(each), **wanted()})
        assert [len(each.writes) for each in (lab, other)] == [1, 1]
        assert [each.device.log.logins for each in (lab, other)] == [1, 1]


def test_check_mode_says_what_it_would_do(lab: Lab, worker: InWorker) -> None:
    result = worker.call("api_modify", {**connection(lab), **wanted()}, check=True)
    assert result["changed"] is True
    assert [row["name"] for row in result["new_data"]] == ["users"]
    assert lab.writes == []


def test_what_a_module_says_is_not_censored_by_the_password(lab: Lab, worker: InWorker) -> None:
    """A word of the configuration may be the password; the rows are for the plan, and are shown nowhere."""
    lab.load("/user add name=ansible group=full password=ether1", on_error="stop")
    rows = worker.call("api", {**connection(lab), "username": "ansible", "password": "ether1", "path": "interface"})["msg"]
    assert "ether1" in [row["name"] for row in rows]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"password": "wrong", "path": "interface"}, "invalid user name or password", id="password"),
        pytest.param({"path": "no such"}, "no such command", id="path"),
        pytest.param({"hostname": None, "path": "interface"}, "missing required arguments: hostname", id="argument"),
    ],
)
def test_a_module_that_fails_says_why(lab: Lab, worker: InWorker, arguments: dict[str, object], words: str) -> None:
    given = {name: value for name, value in {**connection(lab), **arguments}.items() if value is not None}
    result = worker.call("api", given)
    assert result["failed"] is True
    assert words in str(result["msg"])


def test_a_module_that_crashes_or_says_nothing_has_failed(lab: Lab) -> None:
    def crash() -> None:
        raise RuntimeError("out of order")

    modules: Any = {
        "broken": SimpleNamespace(main=crash, create_api=None, AnsibleModule=None),
        "silent": SimpleNamespace(main=lambda: None, create_api=None, AnsibleModule=None),
    }
    worker = InWorker(modules)
    assert worker.call("broken", {}) == {"failed": True, "msg": "RuntimeError: out of order"}
    assert worker.call("silent", {}) == {"failed": True, "msg": "community.routeros.silent has ended without a result"}


def test_what_is_replaced_for_a_call_is_put_back(lab: Lab, worker: InWorker) -> None:
    before = api.create_api, api.AnsibleModule, basic._ANSIBLE_ARGS
    worker.call("api", {**connection(lab), "path": "interface"})
    assert (api.create_api, api.AnsibleModule, basic._ANSIBLE_ARGS) == before


def test_a_seam_that_is_missing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert InWorker.can()
    with monkeypatch.context() as patch:
        patch.delattr(api, "create_api")
        assert not InWorker.can()
    with monkeypatch.context() as patch:
        patch.delattr(basic, "_ANSIBLE_ARGS")
        assert not InWorker.can()
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_MODULES", {})
        assert not InWorker.can()


def test_module_by_module_gives_plain_values() -> None:
    class Told(str):
        """A text that knows where it came from."""

    calls: list[tuple[str, dict[str, object], bool]] = []

    def execute(name: str, arguments: dict[str, object], check: bool) -> dict[str, object]:
        calls.append((name, arguments, check))
        return {"changed": False}

    by_module = ByModule(execute)
    assert by_module.call("api", {"path": Told("interface"), "rows": ({"port": 1, "on": True, "none": None},)}) == {"changed": False}
    by_module.close()
    assert calls == [("community.routeros.api", {"path": "interface", "rows": [{"port": 1, "on": True, "none": None}]}, False)]
    assert type(calls[0][1]["path"]) is str


def test_each_row_is_told_before_a_sentence_that_writes_and_long_removals_go_in_several(lab: Lab, worker: InWorker) -> None:
    told: list[int] = []
    lab.load("\n".join(f"/interface list add name=l{number}" for number in range(100)), on_error="stop")
    worker.call("api", {**connection(lab), "path": "interface list"})
    worker.before_write = told.append
    worker.call("api", {**connection(lab), "path": "interface list"})
    assert told == []
    worker.call("api_modify", {**connection(lab), **wanted(data=[], restrict=[{"field": "name", "regex": "^l"}])})
    assert told == [engine.AT_ONCE, engine.AT_ONCE, 20]
    assert [len(dict(write.attributes)[".id"].split(",")) for write in lab.writes] == told
    worker.call("api", {**connection(lab), "path": "interface list", "add": "name=one"})
    assert told[3:] == [1]


def test_what_is_raised_before_a_write_comes_out_of_the_call(lab: Lab, worker: InWorker) -> None:
    def stop(_rows: int) -> None:
        raise RuntimeError("not yet")

    worker.before_write = stop
    with pytest.raises(RuntimeError, match="not yet"):
        worker.call("api_modify", {**connection(lab), **wanted()})
    assert lab.writes == []
    worker.before_write = None
    assert worker.call("api_modify", {**connection(lab), **wanted()})["changed"] is True


def test_before_a_write_another_worker_has_a_connection_of_its_own(lab: Lab, worker: InWorker) -> None:
    """Also in the module in which the first one is at work."""

    def look(_rows: int) -> None:
        other = InWorker()
        assert other.call("api", {**connection(lab), "path": "interface"})["msg"]
        other.close()

    worker.before_write = look
    for name in ("one", "two"):
        assert "failed" not in worker.call("api", {**connection(lab), "path": "interface list", "add": f"name={name}"})
    assert lab.device.log.logins == 3
