# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Log buffers."""

from __future__ import annotations

import pytest

from tests.lab.router.load import load
from tests.lab.router.logs import write_log
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.store import Router

from .scripting import execute, new, value


@pytest.fixture
def router() -> Router:
    return new()


def lines(router: Router, buffer: str) -> list[str]:
    """The messages in a buffer."""
    return [row["message"] for row in read_rows(router, path("log")) if row["buffer"] == buffer]


def buffers(router: Router, rule: str, action: str = "") -> None:
    """Adds a buffer ``outbox`` and a rule for it."""
    source = f"/system logging action add name=outbox target=memory {action}\n/system logging add action=outbox {rule}"
    assert load(router, source).skipped == []


@pytest.mark.parametrize(
    ("topics", "kept"),
    [
        ("script,info", True),
        ("script,error,debug", True),
        ("dhcp,critical,error", True),
        ("script,debug", False),
        ("critical", False),
    ],
)
def test_the_factory_keeps_what_is_worth_it(router: Router, topics: str, kept: bool) -> None:
    write_log(router, topics, "x")
    assert lines(router, "memory") == (["x"] if kept else [])


@pytest.mark.parametrize(
    ("rule", "topics", "kept"),
    [
        ("topics=script", "script,info", True),
        ("topics=script,warning", "script,info", False),
        ("topics=script,warning", "script,warning", True),
        ("topics=script,!debug", "script,error,debug", False),
        ("topics=script,!debug", "script,error", True),
        ("topics=script disabled=yes", "script,info", False),
        ('topics=script regex="^multiwan"', "script,info", False),
        ("topics=dhcp", "script,info", False),
        ("", "script,info", True),
    ],
)
def test_rules_fill_buffers(router: Router, rule: str, topics: str, kept: bool) -> None:
    buffers(router, rule)
    write_log(router, topics, "x")
    assert lines(router, "outbox") == (["x"] if kept else [])


def test_a_line_is_once_in_a_buffer(router: Router) -> None:
    buffers(router, "topics=script")
    load(router, "/system logging add action=outbox topics=info")
    write_log(router, "script,info", "x")
    assert (lines(router, "outbox"), lines(router, "memory")) == (["x"], ["x"])


def test_prefixes(router: Router) -> None:
    buffers(router, "topics=script prefix=multiwan")
    write_log(router, "script,info", "x")
    assert (lines(router, "outbox"), lines(router, "memory")) == (["multiwan: x"], ["x"])


def test_buffers_have_ends(router: Router) -> None:
    buffers(router, "topics=script", "memory-lines=2")
    for number in range(4):
        write_log(router, "script,info", str(number))
    assert (lines(router, "outbox"), lines(router, "memory")) == (["2", "3"], ["0", "1", "2", "3"])


def test_or_stop_when_they_are_full(router: Router) -> None:
    buffers(router, "topics=script", "memory-lines=2 memory-stop-on-full=yes")
    for number in range(4):
        write_log(router, "script,info", str(number))
    assert lines(router, "outbox") == ["0", "1"]


def test_scripts_read_buffers(router: Router) -> None:
    buffers(router, "topics=script,info")
    execute(router, ":log info first; :log warning second; :log info third")
    assert value(router, '[/log print count-only where buffer="outbox"]') == "2"
    assert value(router, '([/log print as-value where buffer=outbox]->1->"message")') == "third"
    assert value(router, '[/log get ([find where message="third"]->0) topics]') == "script,info"


def test_a_rule_needs_an_action_that_is_there(router: Router) -> None:
    report = load(router, "/system logging add action=nowhere topics=script")
    assert [item.reason for item in report.skipped] == ["input does not match any value of action"]


def test_the_time_is_the_routers(router: Router) -> None:
    router.services.clock.now = lambda: 1_767_225_661.0  # type: ignore[method-assign]
    write_log(router, "script,info", "x")
    assert read_rows(router, path("log"))[0]["time"] == "2026-01-01 00:01:01"
    assert value(router, '([/system clock get date] . " " . [/system clock get time])') == "2026-01-01 00:01:01"
