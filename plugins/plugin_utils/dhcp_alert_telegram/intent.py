# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote for alerts, read and checked. Nothing here knows a router."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from ipaddress import AddressValueError, IPv6Address
from typing import ClassVar
from urllib.parse import urlsplit

from ..findings import Finding
from ..lines import Lan, read_lans
from ..reading import IntentError, IntentErrors, Problems, read_choice, read_text, read_truth, read_whole, refuse_unknown
from ..routeros.spelling import UNITS, span
from .texts import DEFAULTS, expression

SHOWN = 10
"""What was given for a token and is no longer than this is no secret, and may be a part of any text."""

API = "https://api.telegram.org"

TELEGRAM, WEBHOOK, NTFY = "telegram", "webhook", "ntfy"
"""Kinds of channels."""

MAX_CHATS = 20
"""Each of them is an attempt of its own, and while one waits for Telegram the others do too."""
MAX_NAME = 64
"""Bytes of the router's name, the longest that `/system/identity` takes on releases that say so (manual, "Identity")."""
MAX_URL = 200
LEAST, MOST = 60, 52 * UNITS["w"]
"""Seconds of a time: RouterOS itself asks for DHCP servers once a minute, and Telegram takes 20 messages a minute to a group (Bots FAQ)."""

_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{30,100}")
_CHAT = re.compile(r"-?[1-9][0-9]{0,15}|@[A-Za-z][A-Za-z0-9_]{4,31}")
"""The number has at most 52 bits, and the name 5 to 32 letters (Telegram's Bot API)."""
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")
_SPAN = re.compile("".join(f"(?:([0-9]{{1,9}}){unit})?" for unit in UNITS))
_LOOKS_SECRET = re.compile(r"[0-9]{5,}(?::|%3A)[\w-]{30,}", re.IGNORECASE)
"""A token, wherever it stands."""
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[([0-9A-Fa-f:.]+)\]"
_URL = re.compile(rf"https?://(?:{_HOST})(?::([0-9]{{1,5}}))?(?:/[A-Za-z0-9._~-]+)*")
_ADDRESS = re.compile(rf"https?://(?:{_HOST})(?::([0-9]{{1,5}}))?/[!#-\[\]-~]+")
"""Of a channel besides Telegram; without quotes and backslashes."""
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_HOURS = re.compile(f"{_CLOCK}-{_CLOCK}")


@dataclass(frozen=True)
class Chat:
    """Where messages go: the number of a chat, or @name of a channel; and the number of a topic, 0 for none."""

    id: str
    topic: int = 0

    kind: ClassVar[str] = TELEGRAM

    @property
    def key(self) -> str:
        """What its list on the router is called by."""
        return f"{self.id}/{self.topic}"


@dataclass(frozen=True)
class Channel:
    """Where messages go besides Telegram: to a program (`WEBHOOK`), or to a topic of ntfy. Who knows the address may write there."""

    kind: str
    url: str = field(repr=False)

    @property
    def key(self) -> str:
        """What its list on the router is called by: its host, and what only this address has, whatever place it has among the others."""
        return f"{self.kind}/{urlsplit(self.url).hostname}/{sha256(self.url.encode()).hexdigest()[:8]}"

    @property
    def id(self) -> str:
        """What is left alone when it asks for that: this channel and no other one."""
        return self.key


@dataclass(frozen=True)
class Intent:
    """All that the user wrote for alerts, checked.

    `texts` are expressions of RouterOS by event; `alert_timeout` and `heartbeat` are time spans in its spelling, `silent_hours` is like
    ``22:00-06:00``, `interval` is in seconds.
    """

    token: str = field(repr=False)
    chats: tuple[Chat, ...]
    interfaces: tuple[Lan, ...]
    valid_servers: tuple[str, ...]
    texts: Mapping[str, str]
    router_name: str = ""
    wan_events: bool = True
    alert_timeout: str = "1h"
    silent_hours: str = ""
    heartbeat: str = ""
    api_url: str = API
    interval: int = 1
    webhooks: tuple[Channel, ...] = ()
    ntfy: tuple[Channel, ...] = ()
    commands: bool = False

    @property
    def commanders(self) -> Mapping[str, str]:
        """The chats that may give commands, those with a number: by it, the key of the chat to which answers go, the first one of several
        topics. A @name may have another owner tomorrow."""
        return {chat.id: chat.key for chat in reversed(self.chats) if not chat.id.startswith("@")}

    @property
    def channels(self) -> tuple[Chat | Channel, ...]:
        """All to which messages go."""
        return (*self.chats, *self.webhooks, *self.ntfy)

    @property
    def servers(self) -> tuple[str, ...]:
        """The addresses of all that the script asks."""
        return (*([self.api_url] if self.chats else ()), *(channel.url for channel in (*self.webhooks, *self.ntfy)))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may read."""
        return (self.token, *(channel.url for channel in (*self.webhooks, *self.ntfy)))


OPTIONS = {
    *("token", "chats", "interfaces", "valid_servers", "texts", "language", "router_name", "wan_events", "alert_timeout"),
    *("silent_hours", "heartbeat", "api_url", "interval", "webhooks", "ntfy", "commands"),
}


def read_intent(data: Mapping[str, object], prefix: str = "dhcp_alert_telegram_") -> Intent:
    """Return the user's data, checked: the options of the role by their short names.

    Raises `IntentErrors` with all that is wrong; no secret is in any of it, even if it stands where it does not belong.
    """
    try:
        return _read(data, prefix)
    except IntentErrors as error:
        findings = [hidden(finding, secrets(data)) for finding in error.findings]
    raise IntentErrors(findings)


def secrets(data: Mapping[str, object]) -> list[str]:
    """Return what nobody may read of the user's data, whatever it is: the token, and addresses of channels."""
    given = [data.get("token"), *(data.get(name) for name in ("webhooks", "ntfy"))]
    lists = [entry if isinstance(entry, Sequence) and not isinstance(entry, str) else [entry] for entry in given]
    return [str(text) for entry in lists for text in entry if text]


def hidden(finding: Finding, secret: Iterable[str]) -> Finding:
    """Return what the user may read: without secrets, and without all that looks like a token."""

    def hide(text: str) -> str:
        for one in secret:
            text = text.replace(one, "...") if len(one) > SHOWN else text
        return _LOOKS_SECRET.sub("...", text)

    place, problem, remedy, command = map(hide, (finding.place, finding.problem, finding.remedy, finding.command))
    return replace(finding, place=place, problem=problem, remedy=remedy, command=command)


def _read(data: Mapping[str, object], prefix: str) -> Intent:
    problems = Problems()
    problems.read(None, refuse_unknown, data, sorted(OPTIONS), prefix)
    language = problems.read("en", read_choice, data.get("language", "en"), f"{prefix}language", tuple(DEFAULTS))
    telegram = data.get("token") or data.get("chats") or not (data.get("webhooks") or data.get("ntfy"))
    intent = Intent(
        token=problems.read("", _token, data.get("token"), f"{prefix}token") if telegram else "",
        chats=problems.read((), _chats, data.get("chats"), f"{prefix}chats") if telegram else (),
        webhooks=problems.read((), _channels, data.get("webhooks") or (), WEBHOOK, f"{prefix}webhooks"),
        ntfy=problems.read((), _channels, data.get("ntfy") or (), NTFY, f"{prefix}ntfy"),
        interfaces=problems.read((), read_lans, data.get("interfaces"), place=f"{prefix}interfaces"),
        valid_servers=problems.read((), _macs, data.get("valid_servers", ()), f"{prefix}valid_servers"),
        texts=problems.read({}, _texts, data.get("texts", {}), language, f"{prefix}texts"),
        router_name=problems.read("", _unless_empty, data.get("router_name"), f"{prefix}router_name", _name),
        wan_events=problems.read(True, read_truth, data.get("wan_events", True), f"{prefix}wan_events"),
        alert_timeout=problems.read("", _alert_timeout, data.get("alert_timeout", "1h"), f"{prefix}alert_timeout"),
        silent_hours=problems.read("", _unless_empty, data.get("silent_hours"), f"{prefix}silent_hours", _hours),
        heartbeat=problems.read("", _unless_empty, data.get("heartbeat"), f"{prefix}heartbeat", _span),
        api_url=problems.read("", _url, data.get("api_url", API), f"{prefix}api_url"),
        interval=problems.read(0, read_whole, data.get("interval", 1), f"{prefix}interval", 1, 60),
        commands=problems.read(False, read_truth, data.get("commands", False), f"{prefix}commands"),
    )
    if intent.commands and not intent.commanders:
        remedy = f"write the number of one into {prefix}chats, such as -1001234567890, or leave commands off"
        problems.note(f"{prefix}commands", "commands come from chats with a number, and there is none", remedy)
    problems.refuse()
    return intent


def _token(value: object, place: str) -> str:
    text = str(value or "")
    if not _TOKEN.fullmatch(text):
        raise IntentError(place, "this is no token of a bot", "write the one that @BotFather gave you, such as 123456:ABC-DEF...")
    return text


def _chats(value: object, place: str) -> tuple[Chat, ...]:
    entries = value if isinstance(value, Sequence) and not isinstance(value, str) else None
    if not entries:
        raise IntentError(place, "write a list of chats, such as [-1001234567890]")
    if len(entries) > MAX_CHATS:
        raise IntentError(place, f"{len(entries)} given", f"write at most {MAX_CHATS}, or a group with all who are to read")
    problems = Problems()
    chats = problems.items(entries, place, _chat)
    seen: set[Chat] = set()
    for at, chat in chats.items():
        if chat in seen:
            problems.note(at, f"'{chat.id}' is there twice", "remove one")
        seen.add(chat)
    problems.refuse()
    return tuple(chats.values())


def _chat(value: object, place: str) -> Chat:
    entry = value if isinstance(value, Mapping) else {"id": value}
    problems = Problems()
    for key in sorted(map(str, set(entry) - {"id", "topic"})):
        problems.note(f"{place}.{key}", "unknown key", "write id and topic")
    problems.refuse()
    number = str(entry.get("id"))
    if not _CHAT.fullmatch(number):
        problems.note(place, f"'{number}' is no chat", "write its number, such as -1001234567890, or the @name of a channel")
    topic = problems.read(0, read_whole, entry.get("topic", 0), f"{place}.topic", 0, 2**31)
    problems.refuse()
    return Chat(number, topic)


def _channels(value: object, kind: str, place: str) -> tuple[Channel, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise IntentError(place, "write a list of addresses")
    if len(value) > MAX_CHATS:
        raise IntentError(place, f"{len(value)} given", f"write at most {MAX_CHATS}")
    problems = Problems()
    urls = problems.items(value, place, _address)
    for at in [at for number, (at, url) in enumerate(urls.items()) if url in list(urls.values())[:number]]:
        problems.note(at, "it is there twice", "remove one")
    problems.refuse()
    return tuple(Channel(kind, url) for url in urls.values())


def _address(value: object, place: str) -> str:
    text = str(value)
    if not _is_at_host(_ADDRESS.fullmatch(text), text):
        raise IntentError(place, "this is no address of a server", "write it like https://ntfy.sh/my-topic")
    return text


def _macs(value: object, place: str) -> tuple[str, ...]:
    problems = Problems()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise IntentError(place, "write a list of MAC addresses")
    macs = problems.items(value, place, _mac)
    problems.refuse()
    return tuple(macs.values())


def _mac(value: object, place: str) -> str:
    text, remedy = str(value), "write it like 02:00:5E:10:00:01"
    if not _MAC.fullmatch(text):
        raise IntentError(place, f"'{value}' is no MAC address", remedy)
    mac = text.upper().replace("-", ":")
    if int(mac[:2], 16) & 1 or mac == "00:00:00:00:00:00":
        raise IntentError(place, f"'{value}' is the MAC address of no single host", remedy)
    return mac


def _texts(value: object, language: str, place: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise IntentError(place, f"write a mapping of {', '.join(DEFAULTS[language])} to texts")
    problems = Problems()
    for event in value:
        problems.read("", read_choice, event, place, tuple(DEFAULTS[language]))
    problems.refuse()
    chosen = {**DEFAULTS[language], **value}
    texts = {event: problems.read("", expression, text, event, f"{place}.{event}") for event, text in chosen.items()}
    problems.refuse()
    return texts


def _unless_empty(value: object, place: str, reader: Callable[[object, str], str]) -> str:
    """What a reader makes of a value; what is empty stays so."""
    return "" if value in (None, "") else reader(value, place)


def _name(value: object, place: str) -> str:
    return read_text(value, place, MAX_NAME)


def _alert_timeout(value: object, place: str) -> str:
    return "none" if value == "none" else _span(value, place)


def _span(value: object, place: str) -> str:
    """A time as RouterOS shows it: ``1h``, where the user may have written ``60m``."""
    text = str(value)
    match = _SPAN.fullmatch(text)
    seconds = sum(int(count or 0) * unit for count, unit in zip(match.groups(), UNITS.values(), strict=True)) if match else 0
    if not seconds:
        raise IntentError(place, f"'{text}' is no time", "write it like 30m, 1h or 1d")
    if not LEAST <= seconds <= MOST:
        raise IntentError(place, f"'{text}' is out of range", f"write a time from {span(LEAST)} to {span(MOST)}")
    return span(seconds)


def _hours(value: object, place: str) -> str:
    text = str(value)
    if not _HOURS.fullmatch(text):
        raise IntentError(place, f"'{text}' is no time of day", "write it like '22:00-06:00'")
    begin, _dash, end = text.partition("-")
    if begin == end:
        raise IntentError(place, f"'{text}' ends when it begins", "write it like '22:00-06:00'")
    return text


def _url(value: object, place: str) -> str:
    text = str(value).rstrip("/")
    if text.endswith("/bot") or not _is_at_host(_URL.fullmatch(text), text):
        raise IntentError(place, f"'{text}' is no address of a Bot API", f"write it like {API}")
    return text


def _is_at_host(match: re.Match[str] | None, text: str) -> bool:
    """Whether an address is not too long, with a port that there is, and with an IPv6 address if that is what stands in brackets."""
    return match is not None and len(text) <= MAX_URL and 0 < int(match[2] or 443) < 2**16 and (match[1] is None or _is_ipv6(match[1]))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
