# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Safe mode: taken by one session, released, undone."""

from __future__ import annotations

import time
from collections.abc import Callable

import librouteros
import pytest
from librouteros.api import Api
from librouteros.exceptions import LibRouterosError

from tests.lab.router.lab import Lab
from tests.lab.router.safe_mode import HISTORY

from .client import add, comments, connect, raw, refusal, rows
from .conftest import StartLab

MANGLE, LISTS = "/ip/firewall/mangle", "/ip/firewall/address-list"


def until(done: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether it is done before the time is over."""
    end = time.monotonic() + seconds
    while not (is_done := done()) and time.monotonic() < end:
        time.sleep(0.01)
    return is_done


@pytest.fixture
def soon(lab: Lab) -> Lab:
    """The end of a session undoes at once."""
    lab.router.safe_mode.delay = 0.05
    return lab


def test_the_menu_by_release(start_lab: StartLab) -> None:
    assert refusal(connect(start_lab("7.17.1")), "/safe-mode/print") == "no such command prefix"
    assert rows(connect(start_lab("7.18.2")), "/safe-mode") == [{"current": False, "enabled": False}]


def test_it_says_who_holds_it(lab: Lab, api: Api) -> None:
    raw(api, "/safe-mode/take", "=on-error=abort")
    (mine,), (theirs,) = rows(api, "/safe-mode"), rows(connect(lab), "/safe-mode")
    assert mine == {"current": True, "enabled": True, "owner": "api:admin", "user": "admin"}
    assert theirs == mine | {"current": False}
    assert raw(api, "/safe-mode/get", "=value-name=current") == [{"ret": True}]


def test_what_is_released_stays(soon: Lab, api: Api) -> None:
    raw(api, "/safe-mode/take")
    add(api, MANGLE, chain="x", comment="kept")
    raw(api, "/safe-mode/release")
    api.close()
    time.sleep(0.15)
    assert comments(connect(soon), MANGLE) == ["kept"]
    assert soon.router.safe_mode.undone == 0


def test_the_end_of_the_session_undoes_all_that_was_done_since_by_anybody(soon: Lab, api: Api) -> None:
    other = connect(soon)
    numbers = [add(api, MANGLE, chain="x", comment=name) for name in ("first", "second", "third")]
    add(api, LISTS, list="l", address="192.0.2.1")
    before = soon.dump()
    raw(api, "/safe-mode/take")
    raw(api, f"{MANGLE}/move", f"=numbers={numbers[2]}", f"=destination={numbers[0]}")
    raw(api, f"{MANGLE}/remove", f"=.id={numbers[1]}")
    add(api, MANGLE, chain="x", comment="new")
    raw(api, f"{LISTS}/set", "=.id=*1", "=address=192.0.2.2")
    add(other, "/ip/route", dst_address="10.0.0.0/8", gateway="192.0.2.9")
    add(other, LISTS, list="l", address="192.0.2.7", timeout="1h")
    assert soon.dump() != before
    api.close()
    assert until(lambda: soon.router.safe_mode.undone == 1)
    assert comments(other, MANGLE) == ["first", "second", "third"]
    assert [row["address"] for row in rows(other, LISTS)] == ["192.0.2.1", "192.0.2.7"]
    raw(other, f"{LISTS}/remove", "=.id=*2")
    assert soon.dump() == before
    assert rows(other, "/safe-mode")[0]["enabled"] is False


def test_it_is_undone_after_a_while_and_a_release_by_anybody_comes_before(lab: Lab, api: Api) -> None:
    lab.router.safe_mode.delay = 0.5
    raw(api, "/safe-mode/take")
    add(api, MANGLE, chain="x", comment="kept")
    api.close()
    other = connect(lab)
    assert until(lambda: lab.router.safe_mode.hold is not None and lab.router.safe_mode.hold.timer is not None)
    assert rows(other, "/safe-mode")[0]["enabled"] is True
    raw(other, "/safe-mode/release")
    time.sleep(0.7)
    assert comments(other, MANGLE) == ["kept"]


def test_unroll_undoes_at_once_and_the_session_goes_on(lab: Lab, api: Api) -> None:
    raw(api, "/safe-mode/take")
    add(api, MANGLE, chain="x", comment="gone")
    raw(api, "/safe-mode/unroll")
    assert comments(api, MANGLE) == []
    add(api, MANGLE, chain="x", comment="kept")
    assert rows(api, "/safe-mode")[0]["current"] is False
    assert refusal(api, "/safe-mode/unroll") == "failure: safe mode is not taken by this session"


@pytest.mark.parametrize(("on_error", "left"), [("abort", ["change"]), ("release", ["change"]), ("unroll", [])])
def test_a_second_holder(soon: Lab, api: Api, on_error: str, left: list[str]) -> None:
    raw(api, "/safe-mode/take")
    add(api, MANGLE, chain="x", comment="change")
    other = connect(soon)
    if on_error == "abort":
        assert "taken by admin" in refusal(other, "/safe-mode/take", f"=on-error={on_error}")
    else:
        raw(other, "/safe-mode/take", f"=on-error={on_error}")
        assert rows(other, "/safe-mode")[0]["current"] is True
    assert comments(other, MANGLE) == left
    assert "on-error" in refusal(other, "/safe-mode/take", "=on-error=perhaps")


@pytest.mark.parametrize(("actions", "left"), [(HISTORY, 0), (HISTORY + 1, HISTORY + 1)])
def test_more_actions_than_the_history_holds_end_it_without_a_word(soon: Lab, api: Api, actions: int, left: int) -> None:
    raw(api, "/safe-mode/take")
    for number in range(actions):
        add(api, MANGLE, chain="x", comment=str(number))
    assert rows(api, "/safe-mode")[0]["current"] is (left == 0)
    assert len(rows(api, "/system/history")) == HISTORY
    assert sum(row["floating-undo"] for row in rows(api, "/system/history")) == (0 if left else HISTORY)
    api.close()
    time.sleep(0.2)
    assert len(rows(connect(soon), MANGLE)) == left


def test_packets_that_are_dropped_silently_end_a_session_late(soon: Lab, api: Api) -> None:
    soon.faults.silence = 0.5
    soon.faults.silent_while = lambda: bool(soon.router.table(("ip", "firewall", "mangle")))
    raw(api, "/safe-mode/take")
    begun = time.monotonic()
    api.protocol.transport.sock.settimeout(0.1)
    with pytest.raises((LibRouterosError, OSError)):
        add(api, MANGLE, chain="x", comment="cuts all off")
    api.close()
    assert len(soon.writes) == 1
    assert until(lambda: soon.router.safe_mode.undone == 1)
    assert time.monotonic() - begun >= 0.5
    assert comments(connect(soon), MANGLE) == []


def test_a_router_that_is_deaf_answers_those_who_are_in(lab: Lab, api: Api) -> None:
    lab.faults.deaf_while = lambda: True
    assert rows(api, "/safe-mode")
    with pytest.raises(OSError, match="timed out"):
        librouteros.connect(host=lab.host, port=lab.port, username="admin", password="", timeout=0.2)


def test_a_script_ends_what_another_one_holds(lab: Lab, api: Api) -> None:
    raw(api, "/safe-mode/take")
    add(api, MANGLE, chain="x", comment="change")
    job = lab.device.start_script("/safe-mode/take on-error=unroll\n/safe-mode/release")
    job.wait()
    assert job.error is None
    assert comments(api, MANGLE) == []
    assert rows(api, "/safe-mode")[0]["enabled"] is False
