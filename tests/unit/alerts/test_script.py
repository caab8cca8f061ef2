# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that tells people, run by the lab's scheduler as RouterOS would."""

from __future__ import annotations

import itertools
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.router.paths import path
from tests.lab.router.traits import Traits

from .outbox import CHAT, TOKEN, Router, look, render

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


def test_what_is_sent() -> None:
    with Router(**MANY, silent_hours="00:00-23:59") as router:
        router.say("multiwan: test")
        router.clock.advance(5)
        (plain, topic) = [body for _, body in router.telegram.arrived]
        assert (plain["chat_id"], topic["chat_id"], topic["message_thread_id"]) == (CHAT, "@channel", 5)
        assert "message_thread_id" not in plain
        assert plain["disable_notification"] is True
        fetch = router.telegram.seen[0]
        assert (fetch.url, fetch.method, fetch.check_certificate) == (f"https://api.telegram.org/bot{TOKEN}/sendMessage", "POST", True)


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
        router.say("multiwan: isp1 is out of use: 2 of 3 probes lost")
        router.clock.advance(100)
        router.say("multiwan: isp1 is in use again", "script,warning")
        router.say("multiwan: somebody's own note", "script,info")
        router.say("another script's line", "script,info")
        router.say("multiwan: not by a script", "system,info")
        router.clock.advance(10)
        told = [line.split(" ", 2)[2] for line in router.telegram.lines()]
        assert told[0] == "shop: line isp1 is down: 2 of 3 probes lost"
        assert re.fullmatch("shop: line isp1 is up again, after 00:01:(39|4[0-2])", told[1])
        assert told[2:] == ["shop: somebody's own note"]


def test_lines_are_not_told_where_nobody_wants_that() -> None:
    with Router(wan_events=False) as router:
        router.say("multiwan: isp1 is out of use: 2 of 3 probes lost")
        router.rogue()
        router.clock.advance(10)
        assert len(router.telegram.lines()) == 1


def test_a_heartbeat() -> None:
    with Router(heartbeat="1h") as router:
        router.clock.advance(2.5 * 3600)
        assert len(router.telegram.arrived) == 2
        assert "shop is well, up for" in router.telegram.lines()[0]
        assert router.telegram.lines()[0].endswith("lines out of use: -")


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


def test_what_a_reboot_does_not_forget() -> None:
    with Router() as router:
        router.telegram.problem = "connection refused"
        router.clock.advance(0.123)  # moments are not whole seconds
        router.say("multiwan: isp1 is out of use: 2 of 3 probes lost")
        router.clock.advance(5)
        router.lab.device.reboot()
        router.clock.advance(3600)
        router.telegram.problem = ""
        router.say("multiwan: isp1 is in use again")
        router.clock.advance(70)
        down, up = router.telegram.lines()
        assert down.endswith("line isp1 is down: 2 of 3 probes lost")
        assert re.search(r"up again, after 01:00:0\d$", up)
        assert not router.lab.router.table(path("ip firewall address-list"))


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
        router.say("multiwan: isp1 is out of use: 2 of 3 probes lost")
        router.clock.advance(30)
        assert [line.split(" ", 2)[2] for line in router.telegram.lines()] == [
            "shop: caf? ? ok",
            "shop: line isp1 is down: 2 of 3 probes lost",
        ]


def test_a_line_that_cannot_be_told_holds_nothing_up() -> None:
    with Router() as router:
        router.say("dhcp alert on bridge: discovered unknown dhcp server, mac of no address", "dhcp,critical,error")
        router.say("multiwan: test")
        router.clock.advance(10)
        assert router.log() == [
            "multiwan-telegram: this line could not be told: dhcp alert on bridge: discovered unknown dhcp server, mac of no address"
        ]
        assert len(router.telegram.lines()) == 1


def test_an_error_leaves_no_lock_behind() -> None:
    with Router() as router:
        secret = path("ppp secret")
        (row,) = router.lab.router.table(secret)
        router.lab.router.set(secret, [row], {"name": "gone"})
        router.say("multiwan: test")
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
            router.say(f"multiwan: event {number} of the café")
            router.clock.advance(100)
        router.telegram.problem = ""
        router.clock.advance(120)
        told = [re.search(r"event (\d) of the caf", line) for line in router.telegram.lines()]
        assert [found and found[1] for found in told] == list("01234")


def test_too_many_requests_are_answered_with_patience() -> None:
    with Router() as router:
        router.telegram.problem = "failure: Status 429, Too Many Requests"
        router.say("multiwan: test")
        router.clock.advance(59)
        assert router.telegram.refused == 1
        router.telegram.problem = ""
        router.clock.advance(10)
        assert len(router.telegram.lines()) == 1


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


@pytest.mark.parametrize("seed", range(3))
def test_two_hundred_events_through_every_trouble_are_told_once_and_in_order(seed: int) -> None:
    """Outages, refusals and reboots; a reboot loses at most what came in the last two seconds, so none comes that soon."""
    dice = random.Random(seed)
    problems = ["", "", "Status 429, Too Many Requests", "connection timeout", "resolve failed", "Status 500, Internal", "SSL: no"]
    with Router(**MANY) as router:
        for number in range(200):
            router.say(f"multiwan: event {number}.")
            if dice.random() < 0.2:
                router.telegram.problem = dice.choice(problems)
            router.clock.advance(dice.choice([0, 0.3, 1, 5, 20]))
            if dice.random() < 0.03:
                router.clock.advance(2.1)
                router.lab.device.reboot()
                router.clock.advance(dice.choice([0, 10]))
        router.telegram.problem = ""
        router.until(lambda: not router.outbox(), 200)
        for chat in (CHAT, "@channel"):
            told = [int(found[1]) for line in router.telegram.lines(chat) if (found := re.search(r"event (\d+)\.", line))]
            assert told == list(range(200))


def test_a_run_that_finds_nothing_to_do_writes_nothing_and_is_short() -> None:
    with Router() as router:
        router.say("multiwan: test")
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
    with Router(Traits(alert_shows_disabled=shows_disabled), alert_timeout="60m", heartbeat="24h", interval=60) as router:
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
        router.say("multiwan: test")
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
