# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stand-in for Telegram, as its own clients see it."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.lab.cli import _add_telegram
from tests.lab.experiments import telegram as stand_in
from tests.lab.experiments.telegram import HOST, Message, Telegram
from tests.lab.network.fetcher import Fetcher
from tests.lab.router.lab import Lab
from tests.lab.router.language.errors import ScriptError
from tests.lab.router.trust import give_certificates

from .scripting import execute, new, puts

TOKEN = "123456:" + "A" * 35
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
Answer = tuple[int, dict[str, Any]]
"""Status and body, in which ``Retry-After`` stands for the header of that name, where there is one."""


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with Telegram(TOKEN, {"-1001", "77", "78", "@channel"}) as started:
        yield started


def ask(telegram: Telegram, method: str, body: str = "", kind: str = JSON, token: str = TOKEN) -> Answer:
    context = ssl.create_default_context(cadata=telegram.authority)
    connection = http.client.HTTPSConnection("127.0.0.1", urlsplit(telegram.url).port, context=context, timeout=5)
    try:
        connection.request("POST", f"/bot{token}/{method}", body.encode(), {"Content-Type": kind})
        answer = connection.getresponse()
        wait = answer.getheader("Retry-After")
        return answer.status, json.loads(answer.read()) | ({} if wait is None else {"Retry-After": wait})
    finally:
        connection.close()


def send(telegram: Telegram, chat: object = 77, text: str = "x", **words: object) -> Answer:
    return ask(telegram, "sendMessage", json.dumps({"chat_id": chat, "text": text, **words}))


def description(answer: Answer) -> str:
    assert answer[1]["ok"] is False and answer[1]["error_code"] == answer[0]
    return f"{answer[0]} {answer[1]['description']}"


def test_who_the_bot_is(telegram: Telegram) -> None:
    status, said = ask(telegram, "getMe")
    assert (status, said["ok"], said["result"]["id"], said["result"]["is_bot"]) == (200, True, 123456, True)


def test_a_message_as_json_and_as_a_form(telegram: Telegram) -> None:
    begun = time.monotonic()
    status, said = send(telegram, -1001, "Кафе\n🚨", message_thread_id=5, disable_notification=True, parse_mode="HTML")
    assert (status, said["result"]["message_id"], said["result"]["chat"], said["result"]["text"]) == (200, 1, {"id": -1001}, "Кафе\n🚨")
    assert abs(said["result"]["date"] - time.time()) < 5
    form = urlencode({"chat_id": "@channel", "text": "a & b", "disable_notification": "false"})
    assert ask(telegram, "sendMessage", form, FORM)[1]["result"]["chat"] == {"username": "channel"}
    first, second = telegram.messages
    assert begun < first.taken < second.taken < time.monotonic()
    assert first == Message(first.taken, "-1001", "Кафе\n🚨", 5, True)
    assert second == Message(second.taken, "@channel", "a & b", 0, False)


def test_a_message_in_the_address(telegram: Telegram) -> None:
    assert ask(telegram, f"sendMessage?chat_id=77&text={quote('a b')}", kind=FORM)[0] == 200
    assert telegram.messages[0].text == "a b"


def test_what_is_refused(telegram: Telegram) -> None:
    assert description(ask(telegram, "getMe", token=f"{TOKEN}x")) == "401 Unauthorized"
    assert description(send(telegram, chat=99)) == "400 Bad Request: chat not found"
    assert description(send(telegram, text=" \n")) == "400 Bad Request: message text is empty"
    assert description(send(telegram, text="x" * 4097)) == "400 Bad Request: message is too long"
    assert description(ask(telegram, "sendMessage", '{"chat_id":77,"text":"a\nb"}')) == "400 Bad Request: can't parse JSON object"
    assert description(ask(telegram, "sendPhoto")) == "404 Not Found"
    assert (telegram.messages, telegram.refused) == ([], 6)
    assert send(telegram, text="x" * 4096)[0] == 200


def test_one_message_a_second_to_a_chat(telegram: Telegram) -> None:
    assert [send(telegram, 77)[0], send(telegram, 78)[0]] == [200, 200]
    refused = send(telegram, 77)
    assert description(refused) == "429 Too Many Requests: retry after 1"
    assert (refused[1]["parameters"], refused[1]["Retry-After"]) == ({"retry_after": 1}, "1")
    time.sleep(1)
    assert send(telegram, 77)[0] == 200


def test_twenty_messages_a_minute_to_a_group(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_in, "PER_MINUTE", 2)
    now = time.monotonic()
    for chat in ("-1001", "77"):
        telegram.messages += [Message(now - 30, chat, "", 0, False), Message(now - 20, chat, "", 0, False)]
    status, said = send(telegram, -1001)
    assert (status, 25 < said["parameters"]["retry_after"] <= 31) == (429, True)
    assert send(telegram, 77)[0] == 200


@pytest.mark.parametrize(("trouble", "status"), [("401", 401), ("400", 400), ("429", 429), ("500", 500)])
def test_troubles_on_demand(telegram: Telegram, trouble: stand_in.Trouble, status: int) -> None:
    telegram.trouble = trouble
    answer = send(telegram)
    told = (answer[1].get("parameters"), answer[1].get("Retry-After"))
    assert (answer[0], told) == (status, ({"retry_after": 5}, "5") if status == 429 else (None, None))
    telegram.trouble = ""
    assert send(telegram)[0] == 200


@pytest.mark.parametrize(("trouble", "taken"), [("refused", 0), ("lost", 1)])
def test_connections_that_are_cut(telegram: Telegram, trouble: stand_in.Trouble, taken: int) -> None:
    telegram.trouble = trouble
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError, ssl.SSLError)):
        send(telegram)
    assert len(telegram.messages) == taken


def test_nobody_listens_for_a_while(telegram: Telegram) -> None:
    with telegram.closed(), pytest.raises(ConnectionRefusedError):
        send(telegram)
    assert send(telegram)[0] == 200


def test_the_router_talks_to_it(telegram: Telegram) -> None:
    port = urlsplit(telegram.url).port
    router = new()
    router.services.fetcher = Fetcher(lambda name: "127.0.0.1" if name == HOST else None, lambda work, *given: work(*given), timeout=1)
    give_certificates(router, telegram.authority, "ca")
    source = f"""
    :local answer [/tool fetch url="https://{HOST}:{port}/bot{TOKEN}/sendMessage" http-method=post check-certificate=yes-without-crl \\
        http-data="chat_id=77&text=a%20b" output=user as-value]
    :put ([:deserialize ($answer->"data") from=json]->"ok")
    """
    assert puts(router, source) == ["true"]
    assert telegram.messages[0].text == "a b"
    telegram.trouble = "slow"
    with pytest.raises(ScriptError, match="<connection timeout>"):
        execute(router, source)
    telegram.trouble = "401"
    with pytest.raises(ScriptError, match="failure: Status 401, Unauthorized"):
        execute(router, source)


def updates(telegram: Telegram, query: str = "") -> list[int]:
    status, said = ask(telegram, f"getUpdates?{query}", kind=FORM)
    assert status == 200
    return [update["update_id"] for update in said["result"]]


def test_messages_wait_until_they_are_confirmed(telegram: Telegram) -> None:
    """core.telegram.org/bots/api, "getUpdates"."""
    first, second, third = (telegram.updates.write(77, text) for text in ("/a", "/b", "/c"))
    assert updates(telegram) == updates(telegram) == [first, second, third]
    assert updates(telegram, "limit=1") == [first]
    assert updates(telegram, f"offset={second}&limit=1") == [second]
    assert updates(telegram) == [second, third]
    assert updates(telegram, "offset=-1") == [third]
    assert updates(telegram) == [third]
    assert updates(telegram, f"offset={third + 1}") == []
    for _ in range(120):
        telegram.updates.write(77, "x")
    assert len(updates(telegram)) == len(updates(telegram, "limit=1000")) == 100


def test_what_a_message_looks_like(telegram: Telegram) -> None:
    telegram.updates.write(-1001, "Кафе", user=5, topic=9, age=60)
    (update,) = ask(telegram, "getUpdates")[1]["result"]
    message = update["message"]
    assert (message["chat"]["id"], message["from"]["id"], message["text"], message["message_thread_id"]) == (-1001, 5, "Кафе", 9)
    assert 59 <= time.time() - message["date"] < 70


def test_only_wanted_kinds_are_kept_and_nothing_longer_than_a_day(telegram: Telegram) -> None:
    assert updates(telegram, "allowed_updates=%5B%22message%22%5D") == []
    telegram.updates.put("edited_message", {"text": "x"})
    telegram.updates.write(77, "old", age=86_401)
    kept = telegram.updates.write(77, "new", age=86_000)
    assert updates(telegram) == [kept]


def test_one_that_waits_gets_what_comes_or_is_ended_by_another(telegram: Telegram) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(updates, telegram, "timeout=5")
        time.sleep(0.3)
        written = telegram.updates.write(77, "x")
        assert waiting.result() == [written]
        updates(telegram, f"offset={written + 1}")
        waiting_too = pool.submit(ask, telegram, "getUpdates?timeout=5")
        time.sleep(0.3)
        assert updates(telegram) == []
        assert description(waiting_too.result()).startswith("409 Conflict: terminated by other getUpdates request")


def test_a_webhook_takes_all(telegram: Telegram) -> None:
    assert ask(telegram, "setWebhook?url=https://a.b/c")[1]["result"] is True
    telegram.updates.write(77, "x")
    assert description(ask(telegram, "getUpdates")).startswith("409 Conflict: can't use getUpdates method while webhook is active")
    assert ask(telegram, "getWebhookInfo")[1]["result"]["url"] == "https://a.b/c"
    ask(telegram, "deleteWebhook")
    assert len(updates(telegram)) == 1
    ask(telegram, "deleteWebhook?drop_pending_updates=true")
    assert updates(telegram) == []


def test_somebody_writes_by_the_lab(telegram: Telegram) -> None:
    with Lab() as lab:
        _add_telegram(lab, telegram)
        lab.device.lab_commands["telegram", "write"]({"chat": "77", "text": "/status", "topic": "3"})
    (update,) = ask(telegram, "getUpdates?limit=1", kind=FORM)[1]["result"]
    assert (update["message"]["text"], update["message"]["message_thread_id"]) == ("/status", 3)
