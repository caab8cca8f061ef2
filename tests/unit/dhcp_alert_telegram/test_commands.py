# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""People ask the bot: what is done, what is not, who is answered, and that nobody delays an alert by it."""

from __future__ import annotations

import itertools
import math
import re
from datetime import UTC, datetime

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import drains
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.commands import READER, STRANGER, WEBHOOK
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.drain import reason
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST

from tests.lab.experiments.telegram import Telegram
from tests.lab.network.fetcher import Fetcher
from tests.lab.router.paths import path
from tests.lab.router.trust import give_certificates
from tests.unit.failover_netwatch.drained import shown
from tests.unit.failover_netwatch.site import lasting_rows

from .bot import FRIEND, GROUP, NAME, NOBODY, Shop
from .outbox import INTENT, dying

DAY = 24 * 3600


def lasting(shop: Shop) -> dict[str, list[dict[str, str]]]:
    """All rows but those that vanish by themselves, what the control script remembers, and what waits for chats."""
    rows = lasting_rows(shop.lab)
    lists = [row for row in rows["ip firewall address-list"] if not row["list"].startswith(("multiwan-outbox:", "multiwan-events"))]
    return {**rows, "ip firewall address-list": lists, "drains": [{"row": row} for row in shop.lists(drains.LIST)]}


def test_a_command_is_answered_within_five_seconds_when_all_is_calm() -> None:
    with Shop() as shop:
        slowest = 0.0
        for number in range(8):
            shop.clock.advance(7 + number / 4)
            written, before = shop.clock.now(), len(shop.bot.texts())
            shop.bot.updates.write(FRIEND, "/status")
            while len(shop.bot.texts()) == before:
                shop.clock.advance(0.25)
                assert shop.clock.now() - written < 5
            slowest = max(slowest, shop.clock.now() - written)
        assert slowest < 3.5
        assert set(shop.bot.texts()) == {"shop:\nisp1: in use\nisp2: in use"}
        assert shop.bot.busiest() <= 60
        assert shop.logged() == []


def test_nobody_writes_and_thirty_fetches_a_minute_leave_the_router() -> None:
    with Shop() as shop:
        before = len(shop.bot.asked)
        rows = lasting(shop)
        shop.clock.advance(120)
        assert len(shop.bot.asked) - before == 60
        assert lasting(shop) == rows
        assert all(fetch.check_certificate for fetch in shop.bot.seen)


def test_a_line_is_drained_and_undrained() -> None:
    with Shop(watched=True) as shop:
        written = shown(shop)
        (answer,) = shop.say("/drain isp1 2h", seconds=3)
        (drain,) = shop.drained().values()
        assert drain.since >= written
        assert answer == f"shop: isp1 gets no new connections in a few seconds, until {drain.until} by the router's clock"
        (row,) = shop.lists(drains.LIST)
        number = row.split(" ")[1]
        assert row == drains.text(drain, int(number), reason(drain))
        assert (drain.line, drain.interface, drain.seconds, drain.who, drain.moves) == ("isp1", "ether1", 7200, "telegram-77", False)
        shop.clock.advance(12)
        assert shop.drained()["isp1"].state == drains.ON
        assert shop.say("/status")[0] == f"shop:\nisp1: drained until {drain.until}, by telegram-77\nisp2: in use"
        assert shop.say("/undrain isp1", seconds=3) == ["shop: isp1 takes new connections again in a few seconds"]
        assert shop.drained() == {}
        shop.clock.advance(12)
        assert shop.lists(drains.LIST) == []
        told = [text for text in shop.bot.texts(GROUP) if "drained" in text]
        assert [text.split(" ", 2)[2] for text in told] == [
            f"shop: line isp1 is drained, so new connections go elsewhere: by telegram-77, until {drain.until} by the router's clock",
            "shop: line isp1 is not drained any more: by telegram-77",
        ]


def test_a_drain_may_end_in_the_next_year() -> None:
    with Shop() as shop:
        shop.lab.router.services.set_wall_time(datetime(2027, 12, 31, 23, 30, tzinfo=UTC).timestamp())
        shop.say("/drain isp2 45m")
        assert shop.drained()["isp2"].until.startswith("2028-01-01 00:15:")


def test_a_drain_without_a_span_lasts_and_is_changed_by_one_with_a_span() -> None:
    with Shop() as shop:
        assert shop.say("/drain isp1", seconds=3) == ["shop: isp1 gets no new connections in a few seconds, until it is undrained"]
        assert shop.drained()["isp1"].until == ""
        shop.clock.advance(12)
        assert shop.say("/status")[0].split("\n")[1] == "isp1: drained until it is undrained, by telegram-77"
        assert shop.say("/drain isp1") == ["shop: isp1 is drained already"]
        shop.say("/drain isp1 1h")
        assert len(shop.lists(drains.LIST)) == 1
        assert shop.drained()["isp1"].seconds == 3600
        assert shop.say("/undrain")[0] == "shop: isp1 takes new connections again in a few seconds"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/drain", "say which line: /drain LINE SPAN"),
        ("/drain isp9 1h", "there is no line isp9"),
        ("/drain isp1 2", "say for how long like this: 45m, 2h or 1d"),
        ("/drain isp1 0h", "say for how long like this: 45m, 2h or 1d"),
        ("/drain isp1 -1h", "say for how long like this: 45m, 2h or 1d"),
        ("/drain isp1 29d", "that is more than 28 days"),
        ("/drain isp1 9999d", "that is more than 28 days"),
        ("/undrain", "no line is drained"),
        ("/undrain isp1", "isp1 is not drained"),
        ("/undrain isp9", "there is no line isp9"),
    ],
)
def test_what_cannot_be_done_is_said(text: str, said: str) -> None:
    with Shop() as shop:
        before = lasting(shop)
        assert shop.say(text) == [f"shop: {said}"]
        assert lasting(shop) == before


def test_the_last_line_that_carries_is_not_left() -> None:
    with Shop(lines=3, watched=True) as shop:
        shop.say("/drain isp1 1h", seconds=12)
        shop.kill("isp2")
        shop.clock.advance(60)
        assert shop.out() == {"isp2"}
        assert shop.say("/drain isp3 1h")[-1] == "shop: no other line could carry what isp3 does"
        assert set(shop.drained()) == {"isp1"}
        (text,) = shop.say("/status")
        out = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", text).split("\n")
        assert out == [
            "shop:",
            "isp1: drained until TIME, by telegram-77",
            "isp2: out of use since TIME: no answer from 1.0.0.1, 8.8.4.4",
            "isp3: in use",
        ]
        shop.say("/undrain isp1", seconds=12)
        assert "gets no new connections" in shop.say("/drain isp3 1h")[0]
        shop.clock.advance(12)
        shop.say("/drain isp1 1h")
        assert set(shop.drained()) == {"isp3"}


def test_several_drained_lines_have_to_be_named() -> None:
    with Shop(lines=3) as shop:
        for line in ("isp1", "isp2"):
            shop.say(f"/drain {line} 1h", seconds=12)
        assert shop.say("/undrain") == ["shop: several lines are drained: say which one"]
        assert len(shop.drained()) == 2


def test_a_line_by_hand_and_one_that_stands_by() -> None:
    with Shop(lines=3) as shop:
        shop.lines[2]["tier"] = 2
        shop.play()
        shop.clock.advance(12)
        assert shop.say("/status")[0].split("\n")[3] == "isp3: stands by"
        shop.load("/ip route disable [find comment=multiwan:pcc_balance:route:isp1:isp1]")
        shop.clock.advance(12)
        assert shop.say("/status")[-1].split("\n")[1] == "isp1: switched off by hand"


def test_without_the_control_script_nothing_is_drained() -> None:
    with Shop() as shop:
        shop.load("/system script remove [find name=multiwan-failover]")
        assert shop.say("/drain isp1 1h") == ["shop: this router has no control script, so nobody would act"]
        assert shop.lists(drains.LIST) == []


def test_one_line_has_a_status() -> None:
    with Shop(lines=1) as shop:
        assert shop.say("/status") == ["shop: isp1: in use"]
        assert shop.say("/drain isp1") == ["shop: no other line could carry what isp1 does"]


def test_help_is_what_unknown_commands_get_where_nobody_else_is_meant() -> None:
    with Shop() as shop:
        (help_,) = shop.say("/help")
        assert help_.startswith("shop:\n/status says")
        for text in ("/start", "/reboot", "/drain isp1 2h now", "/drain is$p1"):
            assert shop.say(text) == [help_]
        for text in ("hello", "status", "please /status", " "):
            assert shop.say(text) == []
        assert shop.say("/reboot", chat=GROUP) == []
        assert shop.say(f"/reboot@{NAME}", chat=GROUP) == [help_]


@pytest.mark.parametrize("chat", [FRIEND, GROUP])
def test_a_bot_is_called_by_its_name(chat: int) -> None:
    with Shop() as shop:
        status = ["shop:\nisp1: in use\nisp2: in use"]
        assert shop.say("/status", chat=chat) == status
        assert shop.say(f"/status@{NAME}", chat=chat) == status
        assert shop.say("/status@other_bot", chat=chat) == []
        assert shop.say("/status@", chat=chat) == []
        assert shop.say(f"/status@{NAME}", chat=chat) == status
        assert sum(method == "getMe" for _, method in shop.bot.asked) == 1


def test_an_answer_goes_where_the_question_came_from() -> None:
    chats = [{"id": GROUP, "topic": 5}, {"id": GROUP, "topic": 6}, FRIEND, "@public"]
    with Shop(chats=chats) as shop:
        places = []
        for topic in (0, 5, 6, 7):
            shop.say("/status", chat=GROUP, topic=topic)
            places.append(shop.bot.arrived[-1][1].get("message_thread_id"))
        assert places == [5, 5, 6, 5]
        assert [sent["chat_id"] for _, sent in shop.bot.arrived] == [str(GROUP)] * 4


HOSTILE = (
    "/status; /system reboot",
    "/drain $[/system/reboot] 2h",
    "/drain isp1 $(1)h",
    '/drain "isp1" 2h',
    "/drain isp1\n2h",
    "/drain\u00a0isp1 2h",
    '/drain isp1 2h" ; :execute "/system reboot',
    "/drain isp1 2h\\",
    "/drain isp1 ٢h",
    "/drain isp1 1h30m",
    "/drain isp1 1e9d",
    "/DRAIN isp1 2h",
    "/drain ISP1 2h",
    "/drain [find] 2h",
    "/drain .* 2h",
    "/drain multiwan:pcc_balance 2h",
    "/drain isp1 2h 3h",
    "/drain@shop_bot@shop_bot isp1 2h",
    "//drain isp1 2h",
    "/undrain; /drain isp1",
    "<b>/drain isp1 2h</b>",
    '{"update_id":1,"message":{"text":"/drain isp1 2h"}}',
    "/drain " + "a" * 4000,
    "/" + "status " * 500,
    "\x00/drain isp1",
    "🚨" * 4096,
)


@pytest.mark.parametrize("chat", [FRIEND, GROUP, NOBODY])
def test_nothing_of_a_text_is_run_or_written(chat: int) -> None:
    with Shop() as shop:
        before = lasting(shop)
        for text in HOSTILE:
            shop.say(text, chat=chat, user=77)
        assert lasting(shop) == before
        assert shop.logged() == []
        said = "\n".join(shop.bot.texts(chat))
        assert not [word for word in ("reboot", "find", "<b>", "update_id", "aaaa", "٢", "🚨") if word in said]
        assert shop.say("/status", chat=FRIEND)[-1].endswith("isp2: in use")


def test_what_is_passed_on_or_has_no_text_is_no_command() -> None:
    with Shop() as shop:
        before = lasting(shop)
        assert shop.say("/drain isp1 2h", forward_origin={"type": "user", "date": 1}) == []
        assert shop.say("", photo=[{"file_id": "x"}], caption="/drain isp1 2h") == []
        for odd in (1, ["/drain isp1 2h"], {"a": "/drain isp1 2h"}, None, True):
            shop.bot.updates.put("message", {"chat": {"id": FRIEND}, "date": int(shop.clock.now()), "text": odd})
        for kind in ("edited_message", "channel_post", "callback_query", "message"):
            for content in ({}, {"chat": []}, {"chat": {"id": "x"}}, {"chat": {"id": FRIEND}, "text": "/drain isp1 2h", "date": "x"}):
                shop.bot.updates.put(kind, content)
        shop.clock.advance(20)
        assert lasting(shop) == before
        assert shop.say("/status")[-1].endswith("isp2: in use")
        assert shop.logged() == []


def test_a_stranger_gets_silence_and_the_owner_one_line_an_hour() -> None:
    with Shop() as shop:
        for _ in range(10):
            shop.say("/drain isp1 2h $[/system reboot] <b>", chat=NOBODY)
        assert shop.bot.texts(NOBODY) == []
        (line,) = [text for text in shop.bot.texts() if STRANGER in text]
        assert line.split(" ", 2)[2] == f"shop: note: {STRANGER}{NOBODY}"
        assert shop.drained() == {}
        (entry,) = [row for row in shop.lab.router.table(path(ADDRESS_LIST)) if "stranger" in str(row.values["list"])]
        assert str(entry.values["timeout"]) == "1h"
        shop.lab.router.remove(path(ADDRESS_LIST), [entry])  # as an hour later
        shop.say("hello", chat=NOBODY)
        assert sum(STRANGER in text for text in shop.bot.texts()) == 2


def test_many_strangers_are_a_few_lines() -> None:
    with Shop() as shop:
        for number in range(300):
            shop.bot.updates.write(-5000 - number, "/status")
        shop.clock.advance(60)
        assert sum(text.count(STRANGER) for text in shop.bot.texts()) == 10
        assert len(shop.lists("multiwan-state:commands:stranger")) == 10


def flood(shop: Shop, chat: int, text: str, seconds: int = 60) -> tuple[float, float]:
    """A thousand messages a minute, with a line of the owner's in between every ten seconds, and one command of a friend; the latest of
    the lines, and the seconds until the friend was answered."""
    slowest, waits, written, answered = 0.0, {}, 0.0, math.inf
    for number in range(seconds * 1000 // 60):
        shop.bot.updates.write(chat, text.format(number=number))
        if number % 167 == 50:
            name = f"alert{number}x"
            shop.load(f'/log info "multiwan: {name}"')
            waits[name] = shop.clock.now()
        if number == 500:
            shop.bot.updates.write(FRIEND, "/drain isp1 1h")
            written = shop.clock.now()
        shop.clock.advance(0.06)
        for name in [name for name in waits if any(name in text for text in shop.bot.texts())]:
            slowest = max(slowest, shop.clock.now() - waits.pop(name))
        if written and answered == math.inf and any("isp1 gets no new" in text for text in shop.bot.texts()):
            answered = shop.clock.now() - written
    shop.clock.advance(5)
    assert not [name for name in waits if not any(name in text for text in shop.bot.texts())]
    return slowest, answered


@pytest.mark.parametrize(
    ("chat", "text"),
    [(NOBODY, "/drain isp1 2h {number}"), (GROUP, "/status"), (GROUP, "/drain isp1 {number}m"), (NOBODY, "{number} " + "Ж" * 3000)],
    ids=["stranger", "status", "drain", "long"],
)
def test_a_thousand_messages_a_minute_delay_no_alert(chat: int, text: str) -> None:
    with Shop() as shop:
        shop.load('/log info "multiwan: first"')
        shop.clock.advance(10)
        slowest, answered = flood(shop, chat, text)
        assert slowest < 5
        assert shop.bot.busiest() <= 60
        if text != "/drain isp1 {number}m" and "Ж" not in text:
            assert answered < 30
        # all that is left is read, or forgotten because it is too old
        shop.clock.advance(240)
        assert shop.bot.updates.waiting() == []
        assert shop.say("/status", seconds=10)[-1].startswith("shop:\nisp1:")
        assert len(shop.lists("multiwan-outbox")) == 0
        assert [line for line in shop.logged() if "failed" in line] == []


def test_what_is_older_than_two_minutes_is_not_run_and_that_is_said() -> None:
    with Shop() as shop:
        assert shop.say("/drain isp1 1h", age=125) == ["shop: a command is older than two minutes, so it was not run; say it again"]
        assert shop.drained() == {}
        assert "gets no new" in shop.say("/drain isp1 1h", age=110)[0]


@pytest.mark.parametrize("wrong", [-DAY, -3600, 3600, DAY, -40 * 365 * DAY])
def test_the_routers_clock_says_nothing_of_the_age_of_a_message(wrong: float) -> None:
    with Shop() as shop:
        services = shop.lab.router.services
        services.set_wall_time(max(services.wall_time() + wrong, 1000.0))
        assert "older" in shop.say("/drain isp1", age=300)[0]
        assert shop.drained() == {}
        assert "gets no new" in shop.say("/drain isp1")[0]


def test_a_drain_has_no_end_while_the_clock_is_wrong() -> None:
    with Shop() as shop:
        shop.lab.router.services.set_wall_time(1000)
        (said,) = shop.say("/drain isp1 2h")
        assert said == "shop: the router's clock shows 1970-01-01, so nobody can say when this ends"
        assert shop.drained() == {}


def test_without_a_time_nothing_is_run() -> None:
    with Shop() as shop:
        shop.bot.dateless = True
        assert shop.say("/drain isp1 2h") == ["shop: what time it is at Telegram is not known, so nothing was run"]
        assert shop.drained() == {}


def test_a_day_without_a_link() -> None:
    """Telegram keeps a day of it. What is older than two minutes is not run, what is younger is."""
    with Shop() as shop:
        shop.bot.problem = "closing connection: <connection timeout> 1.2.3.4:443 (4)"
        for number in range(1500, 3, -1):
            text = "/drain isp1 2h" if number % 3 else f"how is it, {number}?"
            shop.bot.updates.write(FRIEND if number % 2 else GROUP, text, age=60 * number)
        shop.clock.advance(30)
        (failed,) = shop.logged()
        assert failed.startswith("multiwan-commands: failed: ")
        shop.bot.updates.write(FRIEND, "/drain isp2 2h")
        shop.clock.advance(30)
        shop.bot.problem = ""
        shop.clock.advance(40)
        assert set(shop.drained()) == {"isp2"}
        said = [str(sent["text"]) for _, sent in shop.bot.arrived]
        assert 0 < sum(text.count("older than two minutes") for text in said) <= 8
        assert shop.bot.updates.waiting() == []
        assert shop.bot.busiest() <= 60
        assert len(shop.logged()) == 2


LONG = "Ж" * 4000


def test_an_update_that_is_too_long_stops_nothing() -> None:
    with Shop() as shop:
        said = {"message_id": 1, "text": LONG, "date": 1, "chat": {"id": FRIEND}}
        shop.bot.updates.write(FRIEND, "/help", message=said)
        shop.bot.updates.write(FRIEND, LONG, reply_to_message={**said, "text": LONG + LONG})
        shop.bot.updates.write(FRIEND, LONG, reply_to_message=said)
        shop.bot.updates.write(FRIEND, "/drain isp1 1h")
        shop.clock.advance(15)
        assert set(shop.drained()) == {"isp1"}
        assert shop.logged() == [
            "multiwan-commands: a message cannot be read, and was left out",
            "multiwan-commands: telegram-77 /drain isp1",
        ]


def test_where_fetch_refuses_what_is_too_long_it_is_dropped_after_a_while() -> None:
    with Shop(traits={"long_answers_are_refused": True}) as shop:
        said = {"message_id": 1, "text": LONG + LONG, "date": 1, "chat": {"id": FRIEND}}
        shop.bot.updates.write(FRIEND, "/drain isp1 1h")
        shop.bot.updates.write(FRIEND, LONG, reply_to_message=said)
        shop.bot.updates.write(FRIEND, "/drain isp2 1h")
        shop.clock.advance(100)
        assert set(shop.drained()) == {"isp1"}
        assert shop.bot.updates.waiting() == []
        dropped = "multiwan-commands: what waited at Telegram cannot be read, and was dropped"
        assert [line for line in shop.logged() if "dropped" in line] == [dropped]
        assert shop.say("/status")[-1].startswith("shop:")


def test_trouble_of_a_moment_drops_nothing() -> None:
    with Shop() as shop:
        for _ in range(10):
            shop.bot.problem = "closing connection: <connection timeout> 1.2.3.4:443 (4)"
            shop.clock.advance(3)
            shop.bot.updates.write(FRIEND, "/help")
            shop.bot.problem = ""
            shop.clock.advance(15)
        assert "deleteWebhook" not in {method for _, method in shop.bot.asked}
        assert len([text for text in shop.bot.texts() if "/status says" in text]) == 10


def test_a_confirmation_whose_answer_is_lost_runs_nothing() -> None:
    """The message is gone then: a command may be lost, and is never done twice."""
    with Shop() as shop:
        real = shop.bot.updates.get
        lost = []

        def get(words: dict[str, str]) -> list[dict[str, object]]:
            answer = real(words)
            if "offset" in words and not lost:
                lost.append(words)
                shop.bot.unanswered.add("getUpdates")
            return answer

        shop.bot.updates.get = get  # type: ignore[method-assign]
        shop.bot.updates.write(FRIEND, "/drain isp1 1h")
        shop.clock.advance(3)
        shop.bot.unanswered.clear()
        shop.clock.advance(60)
        assert lost
        assert shop.drained() == {}


def test_a_run_that_dies_at_any_command_does_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of its commands are tried; that the lock ends by itself is left out, since it takes minutes."""
    left = dying(monkeypatch, "multiwan-commands")
    done, lost = 0, 0
    with Shop() as shop:
        for cut in itertools.count(5, 31):
            shop.bot.arrived.clear()
            shop.load("/ip firewall address-list remove [find list=multiwan-drains]")
            ran = len([line for line in shop.logged() if line.endswith("/drain isp1")])
            shop.bot.updates.write(FRIEND, "/drain isp1 1h")
            left[0] = cut
            shop.clock.advance(2.1)
            if left[0]:
                break
            (first,) = shop.lists(drains.LIST) or [""]
            shop.load("/ip firewall address-list remove [find list=multiwan-commands-lock]")
            shop.clock.advance(6)
            (then,) = shop.lists(drains.LIST) or [""]
            answers = sum(text.count("gets no new connections") for text in shop.bot.texts())
            ran = len([line for line in shop.logged() if line.endswith("/drain isp1")]) - ran
            assert ran <= 1 and answers <= 1, f"cut at command {cut}"
            if first:
                assert then.split(" ")[1] == first.split(" ")[1], f"cut at command {cut}"
            done, lost = done + bool(then), lost + (not then)
            left[0] = 0
    assert cut > 100
    assert done and lost


def test_where_telegram_is_slow_one_run_at_a_time_asks() -> None:
    with Shop() as shop:
        shop.bot.slow = 5
        assert shop.say("/drain isp1 1h", seconds=40)[0].startswith("shop: isp1 gets no new connections")
        moments = [moment for moment, method in shop.bot.asked if method == "getUpdates"][-6:]
        assert all(later - earlier >= 5 for earlier, later in itertools.pairwise(moments))
        assert shop.logged() == ["multiwan-commands: telegram-77 /drain isp1"]


def test_a_webhook_is_told_once_with_what_to_do() -> None:
    with Shop() as shop:
        shop.bot.updates.webhook = "https://hooks.example/x"
        shop.clock.advance(300)
        (line,) = [text for text in shop.bot.texts() if WEBHOOK in text]
        assert line.endswith(f"shop: note: {WEBHOOK}")
        assert shop.logged() == [f"multiwan-commands: {WEBHOOK}"]
        assert "deleteWebhook" not in {method for _, method in shop.bot.asked}
        shop.bot.updates.webhook = ""
        shop.clock.advance(70)
        assert shop.say("/status")[-1].startswith("shop:")
        shop.bot.updates.webhook = "https://hooks.example/x"
        shop.clock.advance(70)
        assert len(shop.logged()) == 2


def test_another_reader_is_told_once() -> None:
    with Shop() as shop:
        shop.bot.updates.disturbed = True
        shop.clock.advance(200)
        (line,) = [text for text in shop.bot.texts() if READER in text]
        assert line.endswith(f"shop: note: {READER}")
        assert shop.logged() == [f"multiwan-commands: {READER}"]
        shop.bot.updates.disturbed = False
        shop.clock.advance(70)
        assert shop.say("/status")[-1].startswith("shop:")


@pytest.mark.parametrize("problem", ["Status 401, Unauthorized", "resolve failed", "SSL: no", "Status 429, Too Many Requests"])
def test_other_trouble_is_one_line_in_the_log_without_the_token(problem: str) -> None:
    with Shop() as shop:
        shop.bot.problem = f"{problem} https://api.telegram.org/bot{shop.alerts['token']}/getUpdates"
        before = len(shop.bot.asked)
        shop.clock.advance(300)
        assert len([line for line in shop.logged() if line.startswith("multiwan-commands: failed")]) == 1
        assert str(shop.alerts["token"]) not in "\n".join(shop.logged())
        assert len(shop.bot.asked) - before <= 60
        shop.bot.problem = ""
        shop.clock.advance(70)
        assert shop.say("/status", seconds=10)[-1].startswith("shop:")


def test_many_questions_make_few_fetches() -> None:
    with Shop() as shop:
        for number in range(120):
            shop.bot.updates.write(FRIEND if number % 2 else GROUP, "/status" if number % 3 else f"/help@{NAME}")
            shop.clock.advance(0.6)
        assert 30 < shop.bot.busiest() <= 60


def test_commands_are_off_by_default_and_go_when_they_are_switched_off() -> None:
    with Shop(commands=False) as shop:
        shop.bot.updates.write(FRIEND, "/drain isp1 1h")
        shop.clock.advance(60)
        assert shop.bot.asked == []
        assert "multiwan-commands" not in shop.lab.dump()
        shop.alerts["commands"] = True
        assert shop.tell() > 0
        assert shop.tell() == 0
        assert "multiwan-commands" in shop.lab.dump()
        shop.alerts["commands"] = False
        shop.tell()
        assert "multiwan-commands" not in shop.lab.dump()
        assert shop.say("/status") == []


def test_a_removal_takes_all_of_it_away() -> None:
    with Shop() as shop:
        shop.say("/status", chat=NOBODY)
        shop.say(f"/status@{NAME}")
        assert shop.lists("multiwan-state:commands")
        shop.tell("absent")
        assert "multiwan-commands" not in shop.lab.dump()
        assert [row for row in shop.lab.router.table(path(ADDRESS_LIST)) if "commands" in str(row.values["list"])] == []


def test_no_secret_is_in_the_script() -> None:
    with Shop() as shop:
        (row,) = [row for row in shop.lab.router.table(path("system script")) if row.values["name"] == "multiwan-commands"]
        assert str(shop.alerts["token"]) not in str(row.values)


def test_the_stand_in_for_telegram_is_understood_over_tls() -> None:
    """Its answers are those of a real server of HTTP, with the time of this machine."""
    chats = {str(FRIEND), str(GROUP)}
    with Telegram(str(INTENT["token"]), chats) as telegram, Shop(api_url=telegram.url) as shop:
        router = shop.lab.router
        give_certificates(router, telegram.authority, "telegram", trusted=True)
        router.services.fetcher = Fetcher(lambda name: name, lambda function, *given: function(*given))
        shop.load("/system scheduler disable [find]")
        for text in ("/drain isp1 2h", f"/status@{NAME}", "/status@lab_bot"):
            telegram.updates.write(FRIEND, text)
        telegram.updates.write(FRIEND, "/drain isp2 2h", age=200)
        telegram.updates.write(NOBODY, "/drain isp2 2h")
        for script in ("multiwan-commands", "multiwan-telegram"):
            (row,) = [row for row in router.table(path("system script")) if row.values["name"] == script]
            job = shop.lab.device.start_script(str(row.values["source"]))
            job.wait()
            assert job.error is None
        assert set(shop.drained()) == {"isp1"}
        said = "\n".join(message.text for message in telegram.messages if message.chat == str(FRIEND))
        assert [words in said for words in ("isp1 gets no new", "isp2: in use", "older than two", STRANGER)] == [True] * 4
        assert said.count("isp2: in use") == 1
        assert telegram.updates.waiting() == []
        assert shop.logged() == ["multiwan-commands: telegram-77 /drain isp1"]
