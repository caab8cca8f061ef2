# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Channels besides Telegram: programs that take JSON, and topics of ntfy."""

from __future__ import annotations

import json

import pytest

from tests.lab.router.services import Fetched, FetchFailed
from tests.lab.router.wire import to_bytes

from .outbox import ADDRESS_LIST, CHAT, TOKEN, Router

HOOK = "https://hooks.example/in?key=very-secret"
TOPIC = "https://ntfy.example/my-topic?auth=c2VjcmV0"
ELSEWHERE = {"token": "", "chats": [], "webhooks": [HOOK], "ntfy": [TOPIC]}


class Server:
    """Takes what is sent to it, in turn with Telegram.

    :param problem: what it answers with; empty while it works.
    :param answer: what scripts are told of that answer besides.
    """

    answer: Fetched | None = None

    def __init__(self, router: Router, url: str) -> None:
        self.url, self.taken, self.problem = url, [], ""
        self.next = router.lab.router.services.fetcher
        router.lab.router.services.fetcher = self

    def __call__(self, fetch):
        if fetch.url != self.url:
            return self.next(fetch)
        if self.problem:
            raise FetchFailed(self.problem, self.answer)
        self.taken.append((dict(fetch.headers)["Content-Type"], to_bytes(fetch.data).decode()))
        return Fetched("")

    def objects(self) -> list[dict[str, object]]:
        assert {kind for kind, _ in self.taken} <= {"application/json"}
        return [json.loads(text) for _, text in self.taken]


def test_a_program_gets_each_event_as_an_object() -> None:
    with Router(webhooks=[HOOK]) as router:
        hook = Server(router, HOOK)
        router.line("isp.1", "down", 'no "answer"\\')
        router.line("isp.1", "up")
        router.rogue()
        router.say("multiwan: Кафе")
        router.clock.advance(10)
        down, up, note, rogue = hook.objects()
        names = {"event", "text", "time", "router", "line", "reason", "duration", "mac", "address", "interface", "more"}
        assert all(set(one) == names for one in (down, up, rogue, note))
        assert (down["event"], down["line"], down["reason"], down["more"]) == ("down", "isp.1", 'no "answer"\\', 0)
        assert down["text"] == f'{down["time"]} shop: line isp.1 is down: no "answer"\\'
        assert (up["event"], up["duration"], up["router"]) == ("up", "00:00:00", "shop")
        assert (rogue["event"], rogue["mac"], rogue["address"], rogue["interface"]) == (
            "rogue",
            "DC:2C:6E:81:CF:34",
            "192.168.88.66",
            "bridge",
        )
        assert (note["event"], note["line"]) == ("note", "")
        assert str(note["text"]).endswith("Кафе")
        assert len(router.telegram.lines()) == 4


def test_the_object_says_how_many_events_it_stands_for() -> None:
    with Router(webhooks=[HOOK]) as router:
        hook = Server(router, HOOK)
        hook.problem = "connection refused"
        for number in range(10):
            router.line("isp1", "down", str(number))
            router.clock.advance(1)
        hook.problem = ""
        router.clock.advance(70)
        assert [(one["reason"], one["more"]) for one in hook.objects()] == [("0", 0), ("1", 0), ("2", 0), ("9", 6)]


def test_telegram_may_be_left_out() -> None:
    with Router(**ELSEWHERE) as router:
        hook, topic = Server(router, HOOK), Server(router, TOPIC)
        router.line("isp1", "down", "x")
        router.line("isp2", "down", "y")
        router.clock.advance(5)
        assert [one["line"] for one in hook.objects()] == ["isp1", "isp2"]
        ((kind, text),) = topic.taken
        assert (kind, [line[20:] for line in text.split("\n")]) == (
            "text/plain",
            ["shop: line isp1 is down: x", "shop: line isp2 is down: y"],
        )
        assert not router.telegram.seen
        assert router.play() == 0
        router.play("absent")
        assert "multiwan" not in router.lab.dump()


@pytest.mark.parametrize(
    "problem",
    [
        *("Status 403, Forbidden", f"closing connection: <connection timeout> {HOOK}", "Status 429, Too Many Requests"),
        'closing connection: <301 Moved Permanently "https://www.hooks.example/in?key=very-secret"> 192.0.2.1:443 (4)',
        'closing connection: <302 Found "/in/?key=very-secret"> 192.0.2.1:443 (4)',
    ],
)
def test_a_channel_in_trouble_holds_up_no_other_and_its_address_is_not_told(problem: str) -> None:
    with Router(webhooks=[HOOK, f"{HOOK}2"]) as router:
        hook, other = Server(router, HOOK), Server(router, f"{HOOK}2")
        hook.problem = problem
        router.line("isp1", "down", "x")
        router.clock.advance(5)
        assert (len(hook.taken), len(other.taken), len(router.telegram.lines(CHAT))) == (0, 1, 1)
        assert len(router.log()) == 1
        assert "secret" not in str(router.log())
        assert "secret" not in str([row.state for row in router.lab.router.table(("log",))])
        hook.problem = ""
        router.clock.advance(60)
        assert len(hook.taken) == 1
        assert TOKEN not in str(router.log())


@pytest.mark.parametrize(("asked", "span"), [("3", "3s"), ("1000000000", "32m"), ("-5", "1m"), ("abc", "1m"), ("1e9", "1m")])
def test_who_wants_to_be_left_alone_for_ever_is_not_and_holds_up_no_other(asked: str, span: str) -> None:
    with Router(version="7.23", webhooks=[HOOK], ntfy=[TOPIC]) as router:
        hook, topic = Server(router, HOOK), Server(router, TOPIC)
        hook.problem, hook.answer = "Status 429, Too Many Requests", Fetched("", [("retry-after", asked)], 429)
        router.line("isp1", "down", "x")
        router.clock.advance(2)
        assert (len(topic.taken), len(router.telegram.lines())) == (1, 1)
        (pause,) = [row.values for row in router.lab.router.table(ADDRESS_LIST) if "pause:webhook/" in str(row.values["list"])]
        assert pause["timeout"] == span
        assert len(router.log()) == 1


def test_what_is_wrong_with_one_channel_is_nothing_to_the_others() -> None:
    with Router(webhooks=[HOOK], ntfy=[TOPIC]) as router:
        hook, topic = Server(router, HOOK), Server(router, TOPIC)
        assert not router.lab.load("/ppp secret remove [find name=multiwan-telegram]").skipped
        router.line("isp1", "down", "x")
        router.clock.advance(2)
        assert (len(hook.taken), len(topic.taken), len(router.outbox())) == (1, 1, 1)
        assert router.play() == 1
        router.clock.advance(2)
        assert len(router.telegram.lines()) == 1


def test_a_channel_keeps_what_waits_for_it_when_the_one_before_it_goes() -> None:
    with Router(webhooks=[HOOK, f"{HOOK}2"]) as router:
        gone, stays = Server(router, HOOK), Server(router, f"{HOOK}2")
        gone.problem = stays.problem = "connection refused"
        router.line("isp1", "down", "x")
        router.clock.advance(2)
        router.intent["webhooks"] = [f"{HOOK}2"]
        router.play()
        gone.problem = stays.problem = ""
        router.clock.advance(70)
        assert (len(gone.taken), len(stays.taken)) == (0, 1)
        assert HOOK not in [row.values["password"] for row in router.lab.router.table(("ppp", "secret"))]
