# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every message of the checks before the first write, word by word, and what became of a test message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import intent, plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.delivery import answer, takers
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors

from tests.unit import sentences

from .outbox import INTENT, TOKEN, Router, look

TODAY = date(2026, 11, 24)
ROUTER: Mapping[str, list[dict[str, Any]]] = {
    "interface": [{"name": "bridge", "mac-address": "02:00:00:00:00:01"}, {"name": "ether1"}, {"name": "ether2"}],
    "interface bridge port": [{"interface": "ether2", "bridge": "bridge"}],
    "interface list": [{"name": "LAN"}, {"name": "HOME", "include": "LAN"}],
    "interface list member": [{"list": "LAN", "interface": "bridge"}, {"list": "LAN", "interface": "ether2"}],
    "ip dhcp-client": [{"interface": "ether1"}, {"interface": "bridge", "disabled": True}],
    "ip dns": [{"servers": "1.1.1.1"}],
    "system clock": [{"date": "2026-11-24"}],
    "system device-mode": [{"mode": "advanced", "fetch": True, "scheduler": True, "flagged": False}],
    "certificate": [],
    "certificate settings": [{"builtin-trust-store": "fetch"}],
    "system resource": [{"version": "7.25.2 (stable)", "architecture-name": "arm64", "uptime": "5m"}],
}

WRONG = {
    "token": ("123", "token: this is no token of a bot; write the one that @BotFather gave you, such as 123456:ABC-DEF..."),
    "chats": ("-1001", "chats: write a list of chats, such as [-1001234567890]"),
    "chats=twice": ([1, "1"], "chats[1]: '1' is there twice; remove one"),
    "chats=name": (["shop"], "chats[0]: 'shop' is no chat; write its number, such as -1001234567890, or the @name of a channel"),
    "chats=key": ([{"id": 1, "thread": 2}], "chats[0].thread: unknown key; write id and topic"),
    "chats=topic": ([{"id": 1, "topic": -2}], "chats[0].topic: -2 is out of range; write a whole number from 0 to 2147483648"),
    "interfaces": ([], "interfaces: empty; write the interface of the LAN, such as [bridge]"),
    "valid_servers": ("02:00", "valid_servers: write a list of MAC addresses"),
    "valid_servers=one": (["02:00"], "valid_servers[0]: '02:00' is no MAC address; write it like 02:00:5E:10:00:01"),
    "texts": (
        "hello",
        "texts: write a mapping of rogue, down, up, held, hand, drained, undrained, changed, heartbeat, test, note, lost, more to texts",
    ),
    "texts=name": (
        {"rouge": "x"},
        "texts: 'rouge' is unknown, did you mean 'rogue'?; write one of rogue, down, up, held, "
        "hand, drained, undrained, changed, heartbeat, test, note, lost, more",
    ),
    "texts=field": (
        {"down": "{lines}"},
        "texts.down: {lines} is unknown; write one of {router}, {time}, {line}, {reason}",
    ),
    "texts=brace": ({"down": "{"}, "texts.down: '{' has a single brace; write {{ or }} for a brace itself"),
    "texts=control": ({"down": "\a"}, "texts.down: it has a control character; write letters and line breaks only"),
    "texts=long": ({"down": "x" * 401}, "texts.down: 401 bytes are too long; write at most 400"),
    "texts=blank": ({"down": " \n"}, "texts.down: it is blank; write what is to be said"),
    "texts=empty": ({"down": ""}, "texts.down: it is blank; write what is to be said"),
    "language": ("de", "language: 'de' is unknown; write one of en, id"),
    "alert_timeout": ("soon", "alert_timeout: 'soon' is no time; write it like 30m, 1h or 1d"),
    "alert_timeout=0": ("0s", "alert_timeout: '0s' is no time; write it like 30m, 1h or 1d"),
    "heartbeat": ("none", "heartbeat: 'none' is no time; write it like 30m, 1h or 1d"),
    "silent_hours": ("22-6", "silent_hours: '22-6' is no time of day; write it like '22:00-06:00'"),
    "silent_hours=none": ("22:00-22:00", "silent_hours: '22:00-22:00' ends when it begins; write it like '22:00-06:00'"),
    "api_url": ("ftp://x", "api_url: 'ftp://x' is no address of a Bot API; write it like https://api.telegram.org"),
    "interval": (0, "interval: 0 is out of range; write a whole number from 1 to 60"),
    "wan_events": ("maybe", "wan_events: 'maybe' is neither true nor false; write true or false"),
    "colour": ("red", "colour: unknown option"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_the_user_wrote(case: str) -> None:
    value, message = WRONG[case]
    with pytest.raises(IntentErrors) as refused:
        intent.read_intent({**INTENT, case.partition("=")[0]: value})
    assert str(refused.value) == f"dhcp_alert_telegram_{message}"
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://h\\",
            "https://u:p@h",
            "https://h a",
            "https://h:99999",
            "https://h:0",
            "https://h:",
            "https://",
            "https://-h",
            "https://h-",
        ),
        *(
            "https://h/bot",
            "https://h/a b",
            "https://h/a//b",
            "https://h/a?x",
            "https://h/" + "a" * 200,
            "https://h:4٤",
            "https://h?x",
            "https://h#x",
            'https://h"',
            "https://$h",
            "https://h\n",
            "https://[::1",
            "https://[::g]",
            "https://::1",
        ),
    ],
)
def test_what_is_no_address_of_a_bot_api(url: str) -> None:
    with pytest.raises(IntentErrors, match="is no address of a Bot API; write it like https:"):
        intent.read_intent({**INTENT, "api_url": url})


@pytest.mark.parametrize(
    "url",
    [
        "https://h",
        "http://192.0.2.1:8081",
        "https://[2001:db8::1]",
        "https://[::1]:65535",
        "https://bots.my-shop.example",
        "https://h:444/a/b-c",
    ],
)
def test_addresses_of_a_bot_api(url: str) -> None:
    assert intent.read_intent({**INTENT, "api_url": f"{url}/"}).api_url == url


OTHER = "7654321:" + "b" * 20 + "_-" * 8
MISPLACED = {
    "chats": ([TOKEN], "chats[0]: '...' is no chat; write its number, such as -1001234567890, or the @name of a channel"),
    "chats=other": ([OTHER], "chats[0]: '...' is no chat; write its number, such as -1001234567890, or the @name of a channel"),
    "chats=key": ([{TOKEN: 1}], "chats[0]....: unknown key; write id and topic"),
    "chats=topic": ([{"id": 1, "topic": OTHER}], "chats[0].topic: '...' is not a whole number; write a whole number from 0 to 2147483648"),
    "api_url": (
        f"https://api.telegram.org/bot{TOKEN}",
        "api_url: 'https://api.telegram.org/bot...' is no address of a Bot API; write it like https://api.telegram.org",
    ),
    "texts": ({"down": "{" + OTHER + "}"}, "texts.down: {...} is unknown; write one of {router}, {time}, {line}, {reason}"),
    "silent_hours": (TOKEN, "silent_hours: '...' is no time of day; write it like '22:00-06:00'"),
    "language": (TOKEN, "language: '...' is unknown; write one of en, id"),
    TOKEN: ("", "...: unknown option"),
}


@pytest.mark.parametrize("case", MISPLACED)
def test_a_token_in_a_wrong_place_is_not_shown(case: str) -> None:
    value, message = MISPLACED[case]
    with pytest.raises(IntentErrors) as refused:
        intent.read_intent({**INTENT, case.partition("=")[0]: value})
    assert str(refused.value) == f"dhcp_alert_telegram_{message}"
    assert refused.value.__context__ is None


def test_a_token_that_is_none_is_not_shown_either() -> None:
    half = TOKEN.partition(":")[2]
    for wrong in ({}, {"language": half}):
        with pytest.raises(IntentErrors) as refused:
            intent.read_intent({**INTENT, "token": half, **wrong})
        assert half not in str(refused.value)


def test_a_token_for_an_interface_is_not_shown() -> None:
    assert check({"interfaces": [OTHER]})["errors"] == [
        "dhcp_alert_telegram_interfaces[0]: the router has no interface '...'; it has bridge, ether1, ether2"
    ]


def check(intent: Mapping[str, object] | None = None, **found: list[dict[str, Any]]) -> dict[str, list[str]]:
    rows = {path.replace("_", " "): value for path, value in found.items()}
    return sentences.alerts({**INTENT, **(intent or {})}, {**ROUTER, **rows}, TODAY)


def test_a_router_in_order() -> None:
    assert check() == {"errors": [], "warnings": []}
    assert check({"interfaces": [{"list": "HOME"}]}) == {"errors": [], "warnings": []}


def test_lists_are_read_as_the_router_reads_them() -> None:
    """With what they include, without ports of bridges and members that are off."""
    off = [*ROUTER["interface list member"], {"list": "LAN", "interface": "ether1", "disabled": True}]
    found = {**ROUTER, "interface list member": off}
    rows = plan.plan(intent.read_intent({**INTENT, "interfaces": [{"list": "HOME"}]}), "", found)
    assert [row["interface"] for row in rows["ip dhcp-server alert"]] == ["bridge"]


def device_mode(**features: object) -> dict[str, list[dict[str, Any]]]:
    return {"system device-mode": [{**ROUTER["system device-mode"][0], **features}]}


BUTTON = "then press the router's button when it asks"
REFUSED = [
    (
        {"interfaces": ["ether9"]},
        {},
        "dhcp_alert_telegram_interfaces[0]: the router has no interface 'ether9'; it has bridge, ether1, ether2",
    ),
    (
        {"interfaces": [{"list": "GUESTS"}]},
        {},
        "dhcp_alert_telegram_interfaces[0]: the interface list 'GUESTS' has no members; it has to have some",
    ),
    (
        {"interfaces": ["ether2"]},
        {},
        "dhcp_alert_telegram_interfaces[0]: 'ether2' is a port of the bridge 'bridge', and no alert works there; write bridge",
    ),
    (
        {"interfaces": ["ether1"]},
        {},
        "dhcp_alert_telegram_interfaces: 'ether1' has a DHCP client, and no alert works there; leave 'ether1' out, "
        "or /ip dhcp-client disable its client",
    ),
    (
        {},
        device_mode(mode="home", fetch=False),
        f"/system device-mode home: fetch is not allowed; write /system device-mode update fetch=yes, {BUTTON}",
    ),
    (
        {},
        device_mode(scheduler=False),
        f"/system device-mode advanced: scheduler is not allowed; write /system device-mode update scheduler=yes, {BUTTON}",
    ),
    (
        {},
        device_mode(flagged=True),
        "/system device-mode: the router found a suspicious configuration and allows no fetch and no scheduler; look for what is not "
        "yours, then write /system device-mode update flagged=no, and press its button when it asks",
    ),
    (
        {},
        {"ip dns": [{"servers": ""}]},
        "/ip dns: the router has no DNS server and cannot find api.telegram.org; write /ip dns set servers=1.1.1.1",
    ),
    (
        {},
        {"system clock": [{"date": "1970-01-02"}]},
        "/system clock: it is 1970-01-02 there and 2026-11-24 here, so certificates cannot be checked; "
        "write /system ntp client set enabled=yes servers=pool.ntp.org",
    ),
    (
        {},
        {"certificate settings": [{"builtin-trust-store": ""}]},
        "/certificate: the router trusts nobody, so it cannot check the certificate of Telegram; write /certificate settings set "
        "builtin-trust-store=fetch, or import the root certificate of the server",
    ),
]


@pytest.mark.parametrize(("intent", "found", "message"), REFUSED)
def test_what_the_router_lacks(intent: dict[str, object], found: dict[str, list[dict[str, Any]]], message: str) -> None:
    assert check(intent, **found) == {"errors": [message], "warnings": []}


@pytest.mark.parametrize(
    "trust",
    [
        *({"builtin-trust-store": store} for store in ("all", "default", "container,fetch", "default,api")),
        {"builtin-trust-store": "default", "current-defaults": "fetch,mqtt,email,netwatch,container,lora,wiliot,dns,www,reverse-proxy"},
        {"builtin-trust-store": "default,fetch", "current-defaults": "dns"},
        {"builtin-trust-anchors": "trusted"},
    ],
)
def test_roots_that_the_router_has(trust: dict[str, Any]) -> None:
    assert check(certificate_settings=[trust])["errors"] == []


@pytest.mark.parametrize(
    ("uses", "defaults", "advised"),
    [
        ("", "", "fetch"),
        ("untrusted", "fetch,dns", "fetch"),
        ("dns,www", "fetch,dns", "dns,www,fetch"),
        ("default", "dns,email", "dns,email,fetch"),
        ("default,api", "dns", "api,dns,fetch"),
    ],
)
def test_what_roots_are_trusted_for_is_never_taken_away(uses: str, defaults: str, advised: str) -> None:
    (told,) = check(certificate_settings=[{"builtin-trust-store": uses, "current-defaults": defaults}])["errors"]
    assert f"write /certificate settings set builtin-trust-store={advised}, or import" in told


def test_a_small_board_needs_the_root_of_telegram_only() -> None:
    small = {"system_resource": [{"version": "7.25.2 (stable)", "architecture-name": "smips"}]}
    go_daddy = {"name": "root", "common-name": "Go Daddy Root Certificate Authority - G2", "trusted": True}
    (told,) = check(**small)["errors"]
    assert "a board of the architecture smips has few roots" in told
    assert check(**small, certificate=[go_daddy]) == {"errors": [], "warnings": []}
    assert check({"api_url": "https://bots.example"}, **small) == {"errors": [], "warnings": []}


NTFY = {"token": "", "chats": [], "ntfy": ["https://ntfy.sh/my-topic"]}


def test_without_telegram_nothing_is_said_of_it() -> None:
    small = {"system_resource": [{"version": "7.25.2 (stable)", "architecture-name": "smips"}]}
    assert check(NTFY, **small) == {"errors": [], "warnings": []}
    (told,) = check(NTFY, certificate_settings=[{}])["errors"]
    assert told.startswith("/certificate: the router trusts nobody, so it cannot check the certificate of your server; write ")
    (told,) = check(NTFY, ip_dns=[{"servers": ""}])["errors"]
    assert "cannot find ntfy.sh;" in told
    assert check({**NTFY, "api_url": "http://192.0.2.1"}, certificate_settings=[{}])["warnings"] == []


def test_imported_roots() -> None:
    go_daddy = {"name": "root", "common-name": "Go Daddy Root Certificate Authority - G2", "trusted": True}
    own = {"name": "my-ca", "trusted": True}
    nothing_built_in = {"certificate_settings": [{"builtin-trust-store": ""}]}
    assert check(certificate=[go_daddy, own], **nothing_built_in) == {"errors": [], "warnings": []}
    assert check(certificate=[own], **nothing_built_in) == {
        "errors": [],
        "warnings": [
            "/certificate: the router trusts my-ca; Telegram's certificate was signed by Go Daddy Root Certificate Authority - G2 when "
            "this was written: import that root if no message arrives (playbook multiwan.routeros.alert_test)"
        ],
    }
    assert check({"api_url": "https://bots.example"}, certificate=[own], **nothing_built_in) == {"errors": [], "warnings": []}


def test_a_server_without_tls_is_for_tests_and_needs_no_roots() -> None:
    assert check({"api_url": "https://[2001:db8::1]"}, ip_dns=[{}]) == {"errors": [], "warnings": []}
    assert check({"api_url": "http://192.0.2.1:8080"}, certificate_settings=[{}], ip_dns=[{}]) == {
        "errors": [],
        "warnings": [
            "dhcp_alert_telegram_api_url: http://192.0.2.1:8080 is not encrypted: token and messages can be read on the way; for tests only"
        ],
    }


def test_a_real_read_of_the_lab_is_what_the_checks_expect() -> None:
    """The modules of community.routeros leave out what they do not know: no check may live on rows that only a test writes."""
    with Router() as router:
        assert len(sentences.alerts(INTENT, look(router.lab), date.today())["errors"]) == 3
        router.lab.load("/ip dns set servers=1.1.1.1; /certificate settings set builtin-trust-store=fetch", on_error="stop")
        found = look(router.lab)
        assert sentences.alerts(INTENT, found, date.fromisoformat(found["system clock"][0]["date"]))["errors"] == []
        assert {"mode", "fetch", "scheduler", "flagged"} <= set(found["system device-mode"][0])
        assert "servers" in found["ip dns"][0]
        assert {"version", "architecture-name", "uptime"} <= set(found["system resource"][0])
        assert {"run-count", "interval", "comment"} <= set(found["system scheduler"][0])
        assert all("mac-address" in row for row in found["interface"] if row["type"] == "ether")


WAITS = {"multiwan-outbox:-1001/0"}
FAILED = "multiwan-telegram: to -1001 failed: failure: "
HOOK = intent.Channel(intent.WEBHOOK, "https://a.example/x")


def test_a_message_that_was_sent() -> None:
    assert answer(set()) == ""


@pytest.mark.parametrize(
    ("waiting", "taken"),
    [
        ([], "dhcp_alert_telegram_chats[0], dhcp_alert_telegram_chats[1], dhcp_alert_telegram_webhooks[0], dhcp_alert_telegram_ntfy[0]"),
        (["multiwan-outbox:-2/7", f"multiwan-outbox:{HOOK.key}"], "dhcp_alert_telegram_chats[0], dhcp_alert_telegram_ntfy[0]"),
        (["multiwan-events"], ""),
    ],
)
def test_who_has_taken_a_message(waiting: list[str], taken: str) -> None:
    channels = {"chats": [-1, {"id": -2, "topic": 7}], "webhooks": [HOOK.url], "ntfy": ["https://ntfy.example/t"]}
    assert takers(intent.read_intent({**INTENT, **channels}), set(waiting)) == taken


def test_an_empty_outbox_is_no_proof() -> None:
    assert answer({"multiwan-events"}, [f"{FAILED}Status 401, Unauthorized"]) == (
        "the router's script multiwan-telegram has not seen the message; has the role been applied, does its entry of /system scheduler "
        "run, and is there an error of it in /log?"
    )


@pytest.mark.parametrize(
    ("problem", "meaning"),
    [
        ("Status 401, Unauthorized", "Telegram does not know the token; write the one that @BotFather gave you"),
        ("Fetch failed with status 404", "Telegram does not know the token; write the one that @BotFather gave you"),
        ("Status 400, Bad Request", "Telegram does not let the bot write to this chat; add it to the chat, and check the number"),
        ("Status 429, Too Many Requests", "Telegram wants fewer messages; wait half an hour"),
        ("closing connection: <429 Too Many Requests> 1.2.3.4:443 (5)", "Telegram wants fewer messages; wait half an hour"),
        ("closing connection: <connection timeout> 1.2.3.4:401 (4)", "the router could not reach Telegram"),
        ("SSL: certificate not trusted", "the router does not trust the certificate of Telegram; look at /certificate there"),
        ("resolve failed", "the router cannot find Telegram's address; look at /ip dns there"),
        (
            "not allowed by device-mode",
            "the router's device-mode does not allow fetch; write /system device-mode update fetch=yes there",
        ),
        ("closing connection: <connection timeout> 1.2.3.4:443 (4)", "the router could not reach Telegram"),
    ],
)
def test_a_message_that_was_not_sent(problem: str, meaning: str) -> None:
    assert answer(WAITS, ["another line", FAILED + problem]) == f"{meaning} (to -1001 failed: failure: {problem})"


def test_what_was_said_before_the_message_is_not_its_answer() -> None:
    silence = "the router could not reach Telegram (the router does not say why)"
    assert answer(WAITS) == answer(WAITS, before=[f"{FAILED}Status 401, Unauthorized"]) == silence
    said = answer(WAITS, before=[f"{FAILED}Status 429, Too Many Requests"])  # a pause that holds
    assert said.startswith("Telegram wants fewer messages; wait half an hour (to -1001 failed: ")
