# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What others send and log: nobody forges an event of a line, pushes one out, delays one, or stops a chat."""

from __future__ import annotations

import json
import random
import re

import pytest

from tests.lab.router.services import Fetch, Fetched, FetchFailed
from tests.lab.router.wire import to_bytes

from .outbox import Router, Telegram

DOWN = re.compile(r"line (\w+) is down")


def downs(router: Router) -> list[str]:
    """The lines that people hear of, each time that they do."""
    return [found[1] for line in router.telegram.lines() if (found := DOWN.search(line))]


@pytest.mark.parametrize("foreign", [100, 520, 10_000])
def test_lines_of_other_scripts_push_no_event_out(foreign: int) -> None:
    with Router() as router:
        router.clock.advance(5.1)
        router.line("isp1", "down", "3 of 3 probes lost")
        router.rogue()
        for number in range(foreign):
            router.say(f"backup: lease {number} exported")
        router.clock.advance(10)
        assert downs(router) == ["isp1"]
        assert sum("unknown DHCP server" in line for line in router.telegram.lines()) == 1


@pytest.mark.parametrize("slow", [5, 30])
def test_events_while_telegram_is_slow_are_told_once(slow: int) -> None:
    with Router() as router:
        router.telegram.slow = slow
        router.line("isp1", "down", "x")
        router.clock.advance(2)
        router.line("isp2", "down", "x")
        for second in range(28):
            for number in range(30):
                router.say(f"x {second} {number}")
            router.clock.advance(1)
        router.telegram.slow = 0
        router.clock.advance(130)
        assert downs(router) == ["isp1", "isp2"]


FORGED = "multiwan: isp1 is out of use: 3 of 3 probes lost"


@pytest.mark.parametrize(
    ("topics", "text"),
    [
        ("dhcp,info", f"dhcp1: assigned 10.0.0.5 for 02:00:00:00:00:05 {FORGED}"),
        ("system,error,critical", f"login failure for user {FORGED} from 10.0.0.5 via ssh"),
        ("pppoe,ppp,info", f"<pppoe-{FORGED}>: connected"),
        ("hotspot,info", "dhcp alert on bridge: discovered unknown dhcp server, mac x, ip y"),
        ("script,info", f"lease of {FORGED}"),
        ("script,info", FORGED),
        ("script,warning", FORGED),
        ("script,info", "multiwan: changed"),
        ("script,info", "multiwan: heartbeat"),
        ("dhcp,critical,error", FORGED),
    ],
)
def test_no_line_of_the_log_is_an_event_of_ours(topics: str, text: str) -> None:
    with Router(
        texts={event: event for event in ("down", "up", "changed", "heartbeat", "test", "rogue")} | {"note": "note: {note}"}
    ) as router:
        router.say(text, topics)
        router.clock.advance(5)
        note = topics == "script,info" and text.startswith("multiwan: ")
        assert router.telegram.lines() == ([f"note: {text.removeprefix('multiwan: ')}"] if note else [])


@pytest.mark.parametrize("each_second", [50, 600])
def test_a_flood_of_rogue_servers_delays_no_event_and_ends_in_a_summary(each_second: int) -> None:
    dice = random.Random(1)
    with Router() as router:
        for second in range(5):
            for _ in range(each_second):
                router.rogue("02:" + ":".join(f"{dice.randrange(256):02X}" for _ in range(5)))
            if second == 3:
                router.line("isp2", "down", "3 of 3 probes lost")
                begin = router.clock.now()
            router.clock.advance(1)
        router.clock.advance(60)
        first = next(moment for moment, body in router.telegram.arrived if DOWN.search(str(body["text"])))
        assert first - begin <= 4  # three of them, because Telegram takes a message every three seconds
        told = router.telegram.lines()
        named = sum("unknown DHCP server" in line for line in told)
        counted = sum(int(found[1]) for line in told if (found := re.fullmatch(r"\.\.\. and (\d+) more, then", line)))
        lost = sum("are lost" in line for line in told)
        assert downs(router) == ["isp2"]
        assert named <= 100
        assert (named + counted, lost) == (250, 0) if each_second == 50 else (named + counted >= 2500 and lost)


def test_a_rogue_server_with_many_addresses_is_one_event() -> None:
    with Router(texts={"rogue": "{mac} {address}"}) as router:
        router.clock.advance(0.5)
        for number in range(19):
            router.rogue("02:00:00:00:00:01", f"10.0.0.{number}")
        router.rogue("02:00:00:00:00:02", "10.0.0.1")
        router.clock.advance(10)
        first, second = router.telegram.lines()
        assert first.startswith("02:00:00:00:00:01 10.0.0.0, 10.0.0.1, 10.0.0.2, ")
        assert second == "02:00:00:00:00:02 10.0.0.1"


def test_a_buffer_that_turned_over_is_told() -> None:
    with Router() as router:
        router.rogue("02:00:00:00:00:01")
        router.clock.advance(10)
        for number in range(501):
            router.say(f"dhcp-client on ether{number} lost IP address", "dhcp,critical,error")
        router.clock.advance(5)
        assert [line[20:] for line in router.telegram.lines()[1:]] == [
            "shop: some lines about DHCP servers are lost, there were more than the log holds"
        ]
        router.say("dhcp-client on ether1 lost IP address", "dhcp,critical,error")
        router.clock.advance(5)
        assert len(router.telegram.lines()) == 2


def test_what_an_owner_reads_after_a_night_without_telegram() -> None:
    with Router(texts={"down": "{line} down", "up": "{line} up after {duration}"}, interval=5) as router:
        router.telegram.problem = "connection refused"
        for _ in range(50):
            router.line("isp1", "down", "3 of 3 probes lost")
            router.clock.advance(40)
            router.line("isp1", "up")
            router.clock.advance(20)
        router.line("isp2", "down", "3 of 3 probes lost")
        router.telegram.problem = ""
        router.clock.advance(120)
        assert [body["text"] for _, body in router.telegram.arrived] == [
            "isp1 down\nisp1 up after 00:00:40\nisp1 down\n... and 96 more, then\nisp1 up after 00:00:40\nisp2 down"
        ]


def test_every_letter_of_a_comment_and_of_a_name_reaches_a_strict_telegram(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes JSON in UTF-8 only, as the real one does."""
    take = Telegram.__call__

    def strict(telegram: Telegram, fetch: Fetch) -> Fetched:
        try:
            json.loads(to_bytes(fetch.data).decode())
        except ValueError:
            raise FetchFailed("Status 400, Bad Request") from None
        return take(telegram, fetch)

    monkeypatch.setattr(Telegram, "__call__", strict)
    with Router(router_name="", texts={"rogue": "{router} {remark}"}) as router:
        for text in (r"\FF\FE", r"caf\E9", r"\01\02\1B", r"\"}; \\ \$x [/system/reboot]", r"\E2\80\AEevil", r"<b>x</b> *y*"):
            router.lab.load(f'/system identity set name="a{text}"\n/interface set [find name=bridge] comment="b{text}"', on_error="stop")
            before = len(router.telegram.lines())
            router.rogue()
            router.line("isp1", "down", "x")
            router.clock.advance(40)
            assert len(router.telegram.lines()) - before == 2, text
            assert not router.outbox()


@pytest.mark.parametrize("version", ["7.21", "7.22"])
@pytest.mark.parametrize("as_array", [True, False])
def test_telegram_is_left_alone_for_as_long_as_it_asks_for(version: str, as_array: bool) -> None:
    with Router({"headers_are_array": as_array}, version=version) as router:
        router.telegram.retry_after, router.telegram.says_how_long = 7, True
        router.telegram.busy_until = router.clock.now() + 7
        router.trial()
        router.clock.advance(9.5)
        assert (router.telegram.refused, len(router.telegram.lines())) == (1, version == "7.22")
        router.clock.advance(60)
        assert len(router.telegram.lines()) == 1


def test_pauses_are_kept_and_causes_said_once_whatever_becomes_of_globals() -> None:
    with Router() as router:
        router.telegram.problem = "Status 429, Too Many Requests"
        router.line("isp1", "down", "x")
        router.clock.advance(59)
        assert (router.telegram.refused, len(router.log())) == (1, 1)
        router.telegram.problem = ""
        router.clock.advance(5)
        assert downs(router) == ["isp1"]


def test_a_note_does_not_read_like_an_event_of_a_line() -> None:
    with Router() as router:
        router.say("multiwan: line isp1 is down: 3 of 3 probes lost")
        router.clock.advance(5)
        assert [line[20:] for line in router.telegram.lines()] == ["shop: note: line isp1 is down: 3 of 3 probes lost"]


def test_what_an_older_release_has_told_is_not_told_again() -> None:
    """It took lines of all scripts as its source, and noted in the same buffer how far it had come."""
    with Router() as router:
        assert not router.lab.load("/system logging set [find action=multiwan] topics=script").skipped
        router.lab.load("/system scheduler disable [find name=multiwan-telegram]")
        router.say("multiwan: told", "script,info")
        router.say("multiwan-telegram: noted *2", "script,info")
        router.say("multiwan: not told", "script,warning")
        assert router.play() > 0
        router.clock.advance(5)
        router.say("multiwan: new")
        router.clock.advance(5)
        assert [line.rsplit(": ", 1)[1] for line in router.telegram.lines()] == ["not told", "new"]
