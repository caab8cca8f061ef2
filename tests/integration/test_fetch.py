# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""/tool/fetch with real packets: it goes where the router's routes lead, and checks who answers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.telegram import ADDRESS, HOST, Telegram, telegram_in
from tests.lab.network.fetcher import Fetcher
from tests.lab.router.engines.job import Job
from tests.lab.router.resolving import resolve

from .conftest import BY_HAND, LANS, LINES

TOKEN = "123456:" + "A" * 35
WHOAMI = "http://198.18.0.1:8080/whoami"
CHECKED = f"/tool fetch url=https://{HOST}/bot{TOKEN}/getMe check-certificate=yes output=none"
BOTH_WAYS = "output=user as-value"


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with open_room(BY_HAND, LINES, LANS[:1], engines=False) as made:
        router = made.lab.router
        router.services.fetcher = Fetcher(lambda name: resolve(router, name), made.network.inside.inside, timeout=0.6)
        yield made


@pytest.fixture(scope="module")
def telegram(room: Room) -> Iterator[Telegram]:
    with telegram_in(room.network, TOKEN, {"77"}) as started:
        room.lab.device.trust(started.authority, "telegram")
        yield started


def run(room: Room, source: str) -> Job:
    job = room.lab.device.start_script(source)
    job.wait()
    return job


def problem(room: Room, source: str) -> str:
    error = run(room, source).error
    assert error is not None
    return error.message


def seen_from(room: Room, words: str = "") -> str:
    """The address that a fetch comes from."""
    job = run(room, f':put ([/tool fetch url="{WHOAMI}" {BOTH_WAYS} {words}]->"data")')
    return job.output[0] if job.output else str(job.error)


def test_it_takes_the_routers_way(room: Room) -> None:
    assert seen_from(room) == "203.0.113.2"
    assert seen_from(room, "src-address=198.51.100.2") == "198.51.100.2"
    room.load('/ip route set [find dst-address="0.0.0.0/0" routing-table=main distance=1] distance=9')
    assert seen_from(room) == "198.51.100.2"
    room.load('/ip route set [find dst-address="0.0.0.0/0" routing-table=main distance=9] distance=1')


def test_certificates(room: Room, telegram: Telegram) -> None:
    assert run(room, CHECKED).error is None
    room.load("/certificate set telegram trusted=no")
    assert problem(room, CHECKED).startswith("failure: SSL: certificate problem: ")
    assert run(room, CHECKED.replace("=yes", "=no")).error is None
    room.load(f"/certificate set telegram trusted=yes; /ip dns static add name=wrong.example address={ADDRESS}")
    assert "Hostname mismatch" in problem(room, CHECKED.replace(HOST, "wrong.example"))


def test_a_dead_line_is_a_failure_and_the_other_one_a_way(room: Room, telegram: Telegram) -> None:
    room.network.cut("isp1", "upstream")
    begun = time.monotonic()
    assert problem(room, CHECKED) == f"failure: closing connection: <connection timeout> {ADDRESS}:443 (4)"
    assert 0.5 < time.monotonic() - begun < 1.5
    room.network.cut("isp1", "cable")
    room.network.kernel.settle()
    assert run(room, CHECKED).error is None
    room.network.cut("isp2", "cable")
    room.network.kernel.settle()
    assert problem(room, CHECKED) == f"failure: closing connection: <connection failed> {ADDRESS}:443 (4)"
    for line in room.network.isps:
        room.network.mend(line)
    room.network.kernel.settle()
    assert run(room, CHECKED).error is None


def test_a_server_that_is_away(room: Room, telegram: Telegram) -> None:
    with telegram.closed():
        assert problem(room, CHECKED) == f"failure: closing connection: <connection failed> {ADDRESS}:443 (4)"
    assert run(room, CHECKED).error is None
    assert problem(room, CHECKED.replace(HOST, "nowhere.example")) == "failure: resolve failed"
    room.network.internet.silence(ADDRESS)
    assert "<connection timeout>" in problem(room, CHECKED)
    room.network.internet.wake(ADDRESS)
