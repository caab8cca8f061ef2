# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that tells people, run by the lab's scheduler as RouterOS would."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab.router import logs
from tests.lab.router.paths import path
from tests.lab.router.rows import Change

from .outbox import CHAT, TOKEN, Router, dying, look, render

ADDRESS_LIST = path("ip firewall address-list")
MANY = {"token": TOKEN, "chats": [CHAT, {"id": "@channel", "topic": 5}], "interfaces": ["bridge"]}
LETTERS = 'it\'s "quoted", $money, back\\slash, {{braces}}, Кафе ёлка, warung é, 🚨 and\na second line %s'


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"language": "id", "router_name": 'a "b" $c \\d', "silent_hours": "22:00-06:00"},
        {"texts": {"rogue": LETTERS}, "silent_hours": "01:00-06:00", "wan_events": False},
    ],
)
def test_the_script_is_clean(options: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "telegram.rsc"
    file.write_text(render({**MANY, **options}))
    program = Path(sys.executable).with_name("routeros-lsp")
    checked = subprocess.run([program, "check", "--strict", file], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_rogue_server_is_told_within_five_seconds() -> None:
    with Router() as router:
        for number in range(10):
            router.clock.advance(60.37)
            router.rogue(address=f"192.168.88.{number}")
            assert router.until(lambda number=number: len(router.telegram.arrived) > number) <= 5
        (first, *_) = router.telegram.lines()
        assert re.fullmatch(r"[-\d]{10} [:\d]{8} shop: unknown DHCP server DC:2C:6E:81:CF:34 \(192.168.88.0\) on bridge ", first)
        assert not router.log()


@pytest.mark.parametrize("api", ["https://api.telegram.org", "https://proxy.example/telegram/1"])
def test_what_is_sent(api: str) -> None:
    with Router(**MANY, silent_hours="00:00-23:59", api_url=api) as router:
        router.trial()
        router.clock.advance(5)
        (plain, topic) = [body for _, body in router.telegram.arrived]
        assert (plain["chat_id"], topic["chat_id"], topic["message_thread_id"]) == (CHAT, "@channel", 5)
        assert "message_thread_id" not in plain
        assert plain["disable_notification"] is True
        fetch = router.telegram.seen[0]
        assert (fetch.url, fetch.method, fetch.check_certificate) == (f"{api}/bot{TOKEN}/sendMessage", "POST", True)


@pytest.mark.parametrize("interface", ["bridge", 'LAN "1": $x', "a\\b", "сеть, ip 1"])
def test_texts_arrive_as_written(interface: str) -> None:
    with Router(texts={"rogue": LETTERS.replace("%s", "{interface} {remark} {mac}")}) as router:
        bridge = {"name": interface, "comment": 'Kantor "A"\n\\$ сеть 🚨'}
        router.lab.router.add(("interface", "bridge"), bridge) if interface != "bridge" else None
        router.rogue(interface=interface)
        router.clock.advance(5)
        remark = bridge["comment"] if interface != "bridge" else ""
        wanted = LETTERS.replace("{{", "{").replace("}}", "}").replace("%s", f"{interface} {remark} DC:2C:6E:81:CF:34")
        assert [body["text"] for _, body in router.telegram.arrived] == [wanted]


def test_lines_that_go_and_come_are_told_with_reason_and_duration() -> None:
    with Router() as router:
        router.line("isp1", "down", "2 of 3 probes lost")
        router.clock.advance(100)
        router.line("isp1", "up")
        router.say("multiwan: somebody's own note", "script,info")
        router.say("another script's line", "script,info")
        router.say("multiwan: not by a script", "system,info")
        router.clock.advance(10)
        told = [line.split(" ", 2)[2] for line in router.telegram.lines()]
        assert told[0] == "shop: line isp1 is down: 2 of 3 probes lost"
        assert re.fullmatch("shop: line isp1 is up again, after 00:01:(39|4[0-2])", told[1])
        assert told[2:] == ["shop: note: somebody's own note"]


def test_lines_are_not_told_where_nobody_wants_that() -> None:
    with Router(wan_events=False) as router:
        router.line("isp1", "down", "2 of 3 probes lost")
        router.rogue()
        router.clock.advance(10)
        assert len(router.telegram.lines()) == 1


def test_a_heartbeat() -> None:
    with Router(heartbeat="1h", interval=60) as router:
        router.clock.advance(2.5 * 3600)
        assert len(router.telegram.arrived) == 2
        assert "shop is well, up for" in router.telegram.lines()[0]
        assert router.telegram.lines()[0].endswith("lines out of use: -")


@pytest.mark.parametrize("lines", [["isp2"], ["isp1", "isp3"]])
def test_a_heartbeat_names_the_lines_that_are_out_of_use(lines: list[str]) -> None:
    with Router(heartbeat="1h", interval=60) as router:
        for line in ("isp1", "isp2", "isp3", "blackhole"):
            distance = 101 if line in lines else 254 if line == "blackhole" else 1
            router.lab.load(
                f"/ip route add dst-address=0.0.0.0/0 gateway=ether2 distance={distance} comment=multiwan:pcc_balance:route:main:{line}",
                on_error="stop",
            )
        router.clock.advance(3670)
        (told,) = router.telegram.lines()
        assert told.endswith(f"lines out of use: {' '.join(lines)}")


@pytest.mark.parametrize(("begin", "silent"), [("21:59:59", False), ("22:00", True), ("23:00", True), ("05:59:59", True), ("06:00", False)])
@pytest.mark.parametrize("hours", ["22:00-06:00", "06:00-22:00"])
def test_silent_hours(hours: str, begin: str, silent: bool) -> None:
    hour, minute, second = (int(part) for part in f"{begin}:00".split(":")[:3])
    with Router(since_midnight=(hour * 60 + minute) * 60 + second - 2, silent_hours=hours) as router:
        router.clock.advance(1.9)
        router.trial()
        router.clock.advance(0.2)
        (body,) = [body for _, body in router.telegram.arrived]
        assert ("disable_notification" in body) is (silent if hours == "22:00-06:00" else not silent)


@pytest.mark.parametrize("jump", [-100, 100 * 86400])
def test_no_duration_is_told_over_a_clock_that_was_set(jump: int) -> None:
    with Router() as router:
        router.line("isp1", "down", "no answer")
        router.clock.advance(5)
        (since,) = [row for row in router.lab.router.table(ADDRESS_LIST) if "multiwan-down:" in row.values["list"]]
        router.lab.router.set(ADDRESS_LIST, [since], {"comment": moved(since.values["comment"], -jump)})
        router.line("isp1", "up")
        router.clock.advance(5)
        assert router.telegram.lines()[1].endswith("line isp1 is up again, after ?")


def moved(moment: str, seconds: int) -> str:
    """A moment as the script keeps it, so many seconds later."""
    found = re.fullmatch(r"(\d+)w(?:(\d)d)?(\d\d):(\d\d):(\d\d)", moment)
    assert found, moment
    weeks, days, hours, minutes, rest = (int(part or 0) for part in found.groups())
    total = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + rest + seconds
    return f"{total // 604800}w{total // 86400 % 7}d{total // 3600 % 24:02}:{total // 60 % 60:02}:{total % 60:02}"


def test_a_time_without_a_day_is_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "date_text", lambda seconds: time.strftime("%H:%M:%S", time.gmtime(seconds)))
    with Router(since_midnight=86390) as router:
        router.telegram.problem = "connection refused"
        router.trial()
        router.clock.advance(60)
        router.telegram.problem = ""
        router.clock.advance(62)
        assert router.telegram.lines() == ["2026-01-01 23:59:51 shop: a test message"]


def test_what_cannot_be_sent_is_sent_later_with_its_time_in_one_message() -> None:
    with Router() as router:
        router.telegram.problem = "connection refused"
        for number in range(20):
            router.say(f"multiwan: event {number}")
            router.clock.advance(30)
        assert len(router.outbox()) == 20
        assert router.telegram.refused < 20
        assert len(router.log()) == 1
        assert TOKEN not in str(router.log())
        router.telegram.problem = ""
        assert router.until(lambda: not router.outbox()) <= 62
        assert len(router.telegram.arrived) == 1
        times = [line[:19] for line in router.telegram.lines()]
        assert len(set(times)) == 20
        assert times == sorted(times)


def without_place(lines: list[str]) -> list[str]:
    """Lines of the log without the place of the error."""
    return [line.partition(" (/tool/fetch; line ")[0] for line in lines]


def test_a_cause_is_said_once_and_said_again_when_it_changes() -> None:
    with Router() as router:
        said = []
        for number, problem in enumerate(["closing connection: <connection timeout> 1.2.3.4:44{} (4)", "Status 401, no", "Status 403, no"]):
            for attempt in range(3):
                router.telegram.problem = problem.format(attempt)
                router.say(f"multiwan: event {number} {attempt}")
                router.clock.advance(65)
            said.append(f"multiwan-telegram: to -1001 failed: failure: {problem.format(0)}")
            assert without_place(router.log()) == said
        router.telegram.problem = ""
        router.clock.advance(65)
        router.telegram.problem = "Status 403, no"
        router.trial()
        router.clock.advance(5)
        assert without_place(router.log()) == [*said, said[-1]]


def test_a_test_message_is_tried_at_once_and_its_trouble_said_again() -> None:
    with Router(**MANY) as router:
        router.telegram.problem = "Status 401, Unauthorized"
        router.say("multiwan: event")
        router.clock.advance(400)
        assert len(router.log()) == 2
        router.trial()
        router.clock.advance(2)
        assert len(router.log()) == 4
        router.telegram.problem = ""
        router.trial()
        router.clock.advance(2)
        assert [len(router.telegram.lines(chat)) for chat in (CHAT, "@channel")] == [3, 3]


def test_what_a_reboot_does_not_forget() -> None:
    with Router(interval=10) as router:
        router.telegram.problem = "connection refused"
        router.clock.advance(0.123)  # moments are not whole seconds
        router.line("isp1", "down", "2 of 3 probes lost")
        router.clock.advance(15)
        router.lab.device.reboot()
        router.clock.advance(3600)
        router.telegram.problem = ""
        router.line("isp1", "up")
        router.clock.advance(70)
        down, up = router.telegram.lines()
        assert down.endswith("line isp1 is down: 2 of 3 probes lost")
        assert re.search(r"up again, after 01:00:15$", up)
        assert not [row for row in router.lab.router.table(path("ip firewall address-list")) if "timeout" not in row.values]


def test_an_event_that_a_run_after_a_cut_writes_once_more_is_told_once() -> None:
    lists = path("ip firewall address-list")
    with Router(texts={"down": "{line}"}) as router:
        router.line("isp1", "down")
        (event,) = [dict(row.values) for row in router.lab.router.table(lists) if row.values["list"] == "multiwan-events"]
        router.clock.advance(10)
        router.lab.router.add(lists, event)
        router.clock.advance(10)
        router.line("isp1", "down")
        router.clock.advance(10)
        assert router.telegram.lines() == ["isp1", "isp1"]


@pytest.mark.parametrize("taken", [False, True])
def test_a_reboot_while_an_attempt_hangs(taken: bool) -> None:
    """What the role's README says: a message that was taken comes twice, and notes that came meanwhile are lost, events are not."""
    with Router(texts={"down": "{line}", "note": "{note}"}) as router:
        setattr(router.telegram, "late" if taken else "slow", 8)
        router.line("before", "down")
        router.clock.advance(4)
        router.line("meanwhile", "down")
        router.say("multiwan: a note")
        router.clock.advance(3)
        router.reboot()
        router.telegram.slow = router.telegram.late = 0
        router.line("after", "down")
        router.clock.advance(20)
        assert router.telegram.lines() == [*(["before"] if taken else []), "before", "meanwhile", "after"]


def test_a_run_that_dies_at_any_command_tells_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for one that dies after Telegram has taken the message: that one comes twice, and nothing can be done about it.

    Every fourth command is tried; test_many cuts at others.
    """
    left = dying(monkeypatch, "multiwan-telegram")
    doubled = 0
    with Router(interval=60, texts={"up": "{line} up, {duration}", "down": "{line} down", "note": "{note}"}) as router:
        for cut in itertools.count(1, 4):
            router.reboot()  # with an empty log
            router.telegram.arrived.clear()
            router.line("isp1", "down", "no answer")
            for _ in range(2):
                router.say("multiwan: same")
            router.line("isp1", "up")
            left[0] = cut
            router.clock.advance(60)
            if left[0]:  # the run has fewer commands
                break
            taken = bool(router.telegram.arrived)
            waits = bool(router.outbox())
            router.clock.advance(180)
            told = [line.partition(",")[0] for line in router.telegram.lines()]
            wanted = ["isp1 down", "isp1 up", "same", "same"]
            assert told == wanted * (2 if taken and waits else 1), f"cut at command {cut}"
            doubled += taken and waits
            assert not [line for line in router.telegram.lines() if line == "isp1 up, ?"], f"cut at command {cut}"
    assert cut > 200
    assert doubled == 2  # eight commands stand between the answer and the removal


def test_a_run_under_another_user_tells_nothing_twice() -> None:
    with Router() as router:
        router.lab.router.add(("user",), {"name": "other", "group": "full", "password": ""})
        for number in range(3):
            router.say(f"multiwan: event {number}")
        router.clock.advance(10)
        job = router.lab.device.start_script(render(router.intent), "other")
        job.wait()
        assert job.error is None
        router.clock.advance(10)
        assert len(router.telegram.lines()) == 3


def test_what_telegram_does_not_like_goes_alone_in_plain_letters_and_holds_nothing_up() -> None:
    with Router() as router:
        bad = "multiwan: caf\udce9 \x07 ok"
        router.telegram.dislikes = "caf"
        router.say(bad)
        router.line("isp1", "down", "2 of 3 probes lost")
        router.clock.advance(30)
        assert [line.split(" ", 2)[2] for line in router.telegram.lines()] == [
            "shop: line isp1 is down: 2 of 3 probes lost",
            "shop: note: caf? ? ok",
        ]


def test_one_bad_message_leaves_its_neighbours_as_they_were_written() -> None:
    with Router(texts={"note": "{note}"}) as router:
        router.telegram.dislikes = "caf"
        for note in ("Кафе 🚨", "ещё", "bad caf\udce9", "склад 🚨"):
            router.say(f"multiwan: {note}".encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"))
        router.clock.advance(60)
        assert router.telegram.lines() == ["Кафе 🚨", "ещё", "bad caf?", "склад 🚨"]


def test_a_line_that_is_pushed_out_of_the_log_holds_nothing_up() -> None:
    with Router(texts={"note": "{note}"}) as router:

        def push(change: Change) -> None:
            if change.menu == ADDRESS_LIST and change.kind == "add" and router.outbox():
                rows = [row for row in router.lab.router.table(logs.LOG) if row.state["message"] == "multiwan: second"]
                for row in rows:
                    router.lab.router.uninstall(logs.LOG, row)

        router.lab.router.observe(push)
        for note in ("first", "second", "third"):
            router.say(f"multiwan: {note}")
        router.clock.advance(10)
        assert router.telegram.lines() == ["first", "third"]
        assert router.log() == ["multiwan-telegram: a line of the log could not be told"]


def test_a_text_of_blanks_is_not_sent() -> None:
    with Router(texts={"note": "{note}"}) as router:
        router.say("multiwan:  \n ")
        router.trial()
        router.clock.advance(10)
        assert len(router.telegram.lines()) == 1


OTHER_WORDS = (
    "dhcp alert on bridge: discovered unknown dhcp server, mac of no address",
    "dhcp alert on bridge: discovered unknown dhcp server, mac DC:2C:6E:81:CF:34",
    "dhcp alert on bridge: discovered unknown dhcp server mac-address DC:2C:6E:81:CF:34 ip 10.0.0.1",
    "Alert: rogue DHCP server on bridge",
)


@pytest.mark.parametrize("words", OTHER_WORDS)
def test_an_alert_in_other_words_is_told_as_it_is(words: str) -> None:
    with Router() as router:
        router.say(words, "dhcp,critical,error")
        router.say("dhcp-client on ether1 lost IP address 10.0.0.2 - lease expired", "dhcp,critical,error")
        router.trial()
        router.clock.advance(10)
        assert [line.split(" ", 2)[2] for line in router.telegram.lines()] == ["shop: a test message", f"shop: note: {words}"]
        assert not router.log()


def test_an_error_leaves_no_lock_behind() -> None:
    with Router() as router:
        secret = path("ppp secret")
        (row,) = router.lab.router.table(secret)
        router.lab.router.set(secret, [row], {"name": "gone"})
        router.trial()
        router.clock.advance(10)
        assert any("multiwan-telegram" in message and "failed" in message for message in router.log())
        router.lab.router.set(secret, [row], {"name": "multiwan-telegram"})
        router.clock.advance(5)
        assert len(router.telegram.lines()) == 1


def test_a_topic_that_refuses_does_not_hold_up_the_others() -> None:
    with Router(chats=[{"id": -1001, "topic": 1}, {"id": -1001, "topic": 2}]) as router:
        router.telegram.refused_topics.add(1)
        for number in range(3):
            router.say(f"multiwan: event {number}")
            router.clock.advance(100)
        assert len(router.telegram.lines("-1001")) == 3
        router.telegram.refused_topics.clear()
        router.clock.advance(100)
        assert len(router.telegram.lines("-1001")) == 6


def test_a_chat_that_refuses_loses_nothing() -> None:
    with Router() as router:
        router.telegram.problem = "failure: Status 400, Bad Request"
        for number in range(5):
            router.say(f"multiwan: event {number} of the кафе")
            router.clock.advance(100)
        router.telegram.problem = ""
        router.clock.advance(120)
        told = [re.search(r"event (\d) of the кафе", line) for line in router.telegram.lines()]
        assert [found and found[1] for found in told] == list("01234")


def test_too_many_requests_are_answered_with_patience() -> None:
    with Router() as router:
        router.telegram.problem = "failure: Status 429, Too Many Requests"
        router.trial()
        router.clock.advance(59)
        assert router.telegram.refused == 1
        router.telegram.problem = ""
        router.clock.advance(10)
        assert len(router.telegram.lines()) == 1


@pytest.mark.parametrize("port", [400, 4000, 429, 4290])
def test_a_port_is_no_status(port: int) -> None:
    with Router() as router:
        router.telegram.problem = f"closing connection: <connection timeout> 1.2.3.4:{port} (4)"
        router.say("multiwan: Кафе")
        router.clock.advance(2)
        assert router.telegram.refused == 1
        router.telegram.problem = ""
        router.clock.advance(8)
        assert [line.rsplit(" ", 1)[1] for line in router.telegram.lines()] == ["Кафе"]


def test_a_telegram_that_wants_more_than_a_minute_gets_it() -> None:
    """Each attempt that comes too soon begins the ten minutes anew."""
    with Router(interval=10) as router:
        router.telegram.retry_after = 600
        router.telegram.busy_until = router.clock.now() + 600
        router.trial()
        router.clock.advance(10 * 60)
        assert router.telegram.refused == 4  # at once, and after 1, 2 and 4 minutes
        router.clock.advance(23 * 60)
        assert (router.telegram.refused, len(router.telegram.lines())) == (5, 1)
        router.telegram.problem = "Status 429, Too Many Requests"
        router.say("multiwan: after a success a minute is enough again")
        router.clock.advance(30)
        router.telegram.problem = ""
        router.telegram.retry_after = 0
        router.clock.advance(50)
        assert len(router.telegram.lines()) == 2


def test_topics_of_a_group_share_its_limit() -> None:
    with Router(chats=[{"id": -1001, "topic": 1}, {"id": -1001, "topic": 2}]) as router:
        for number in range(60):
            router.say(f"multiwan: event {number}")
            router.clock.advance(1)
        router.clock.advance(60)
        moments = [moment for moment, _ in router.telegram.arrived]
        assert all(later - earlier >= 3 for earlier, later in itertools.pairwise(moments))
        assert len(router.telegram.lines("-1001")) == 120


def test_a_message_is_never_longer_than_telegram_takes() -> None:
    with Router() as router:
        router.telegram.problem = "connection refused"
        for number in range(40):
            router.say(f"multiwan: {number} " + "ж" * 300)
            router.clock.advance(2)
        router.telegram.problem = ""
        router.clock.advance(120)
        texts = [str(body["text"]) for _, body in router.telegram.arrived]
        assert len(texts) > 2
        assert all(len(text.encode()) <= 4096 for text in texts)
        assert len(router.telegram.lines()) == 40
        moments = [moment for moment, _ in router.telegram.arrived]
        assert all(later - earlier >= 3 for earlier, later in itertools.pairwise(moments))


def test_a_run_that_finds_nothing_to_do_writes_nothing_and_is_short() -> None:
    with Router() as router:
        router.trial()
        router.clock.advance(60)
        before = router.lab.dump()
        job = router.lab.device.start_script(render(router.intent))
        job.wait()
        assert job.error is None
        assert router.lab.dump() == before
        assert job.commands < 40


@pytest.mark.parametrize("shows_disabled", [True, False])
def test_spellings_and_what_the_router_hides_are_no_change(shows_disabled: bool) -> None:
    """`traits.py` names what is not known of alerts."""
    with Router({"alert_shows_disabled": shows_disabled}, alert_timeout="60m", heartbeat="24h", interval=60) as router:
        assert router.play() == 0


def test_an_alert_that_somebody_switched_off_is_switched_on() -> None:
    with Router() as router:
        alert = path("ip dhcp-server alert")
        router.lab.router.set(alert, router.lab.router.table(alert), {"disabled": "yes"})
        assert router.play() == 1
        assert router.lab.router.table(alert)[0].values["disabled"] == "false"


def test_what_waits_for_a_chat_that_is_no_more_goes() -> None:
    with Router(**MANY) as router:
        router.telegram.problem = "connection refused"
        router.trial()
        router.clock.advance(5)
        assert len(router.outbox()) == 2
        router.intent["chats"] = [CHAT]
        router.play()
        assert len(router.outbox()) == 1


def test_valid_servers_are_those_given_and_the_router_itself() -> None:
    with Router(interfaces=["ether2"], valid_servers=["02-00-5e-10-00-01"]) as router:
        (port,) = [row for row in look(router.lab)["interface"] if row["name"] == "ether2"]
        (alert,) = router.lab.router.table(path("ip dhcp-server alert"))
        assert alert.values["valid-server"] == f"02:00:5E:10:00:01,{port['mac-address']}"


def test_applied_twice_and_removed() -> None:
    with Router(heartbeat="1d") as router:
        assert router.play() == 0
        router.telegram.problem = "connection refused"
        router.rogue()
        router.clock.advance(5)
        assert router.outbox()
        assert router.play("absent") > 0
        assert "multiwan" not in router.lab.dump()
