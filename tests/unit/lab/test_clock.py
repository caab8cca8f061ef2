# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clocks: real, and under the test's control."""

from __future__ import annotations

import threading
import time

import pytest

from tests.lab.router.engines.clock import ManualClock, RealClock


def test_time_stands_still_until_it_is_advanced() -> None:
    clock = ManualClock(now=100.0)
    happened: list[tuple[str, float]] = []
    clock.call_later(5, lambda: happened.append(("b", clock.now())))
    clock.call_later(2, lambda: happened.append(("a", clock.now())))
    late = clock.call_later(3, lambda: happened.append(("never", clock.now())))
    late.cancel()
    clock.advance(4.9)
    assert happened == [("a", 102.0)]
    clock.advance(1)
    assert happened == [("a", 102.0), ("b", 105.0)]
    assert clock.now() == pytest.approx(105.9)


def test_sleepers_wake_in_their_order() -> None:
    clock = ManualClock(now=0.0)
    happened: list[str] = []

    def work(name: str, *pauses: float) -> None:
        for pause in pauses:
            clock.sleep(pause, threading.Event())
            happened.append(f"{name}@{clock.now():g}")

    clock.start(lambda: work("a", 1, 2), "a")
    clock.start(lambda: work("b", 2, 2), "b")
    clock.advance(10)
    assert happened == ["a@1", "b@2", "a@3", "b@4"]


def test_a_cancelled_sleeper_wakes() -> None:
    clock = ManualClock()
    cancelled = threading.Event()
    thread = clock.start(lambda: clock.sleep(1000, cancelled), "sleeper")
    clock.settle()
    cancelled.set()
    thread.join(timeout=5)
    assert not thread.is_alive()
    clock.advance(1)


def test_a_thread_that_neither_ends_nor_sleeps() -> None:
    clock = ManualClock(patience=0.05)
    end = threading.Event()
    clock.start(end.wait, "busy")  # type: ignore[arg-type]
    with pytest.raises(TimeoutError, match="a thread neither ends nor sleeps"):
        clock.advance(1)
    end.set()
    clock.settle()


def test_real_time() -> None:
    clock = RealClock()
    done = threading.Event()
    order: list[str] = []

    def second() -> None:
        order.append("second")
        done.set()

    clock.call_later(0.04, second)
    clock.call_later(0.02, lambda: order.append("first"))
    clock.call_later(0.01, lambda: order.append("never")).cancel()
    assert done.wait(5)
    assert order == ["first", "second"]
    assert abs(clock.now() - time.time()) < 1
    clock.call_later(60, done.clear)
    clock.stop()
    clock.call_later(0, done.clear)
    clock.stop()
