# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote for alerts, read and checked. Nothing here knows a router."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv6Address

from ..lines import Lan, read_lans
from ..reading import IntentError, read_choice, read_number, read_truth, refuse_unknown
from ..routeros.spelling import UNITS, span
from .texts import DEFAULTS, expression

SHOWN = 10
"""What was given for a token and is no longer than this is no secret, and may be a part of any text."""


API = "https://api.telegram.org"

_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{30,}")
_CHAT = re.compile(r"-?\d+|@\w{5,}")
_MAC = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")
_SPAN = re.compile("".join(f"(?:(\\d+){unit})?" for unit in UNITS))
_LOOKS_SECRET = re.compile(r"\d{5,}(?::|%3A)[\w-]{30,}", re.IGNORECASE)
"""A token, wherever it stands."""
_URL = re.compile(r"https?://([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[([0-9A-Fa-f:.]+)\])(?::(\d{1,5}))?")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Chat:
    """Where messages go: the number of a chat, or @name of a channel; and the number of a topic, 0 for none."""

    id: str
    topic: int = 0

    @property
    def key(self) -> str:
        """What its list on the router is called by."""
        return f"{self.id}/{self.topic}"


@dataclass(frozen=True)
class Intent:
    """All that the user wrote for alerts, checked. `texts` are expressions of RouterOS by event."""

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
    interval: int = 2


OPTIONS = {
    *("token", "chats", "interfaces", "valid_servers", "texts", "language", "router_name", "wan_events", "alert_timeout"),
    *("silent_hours", "heartbeat", "api_url", "interval"),
}


def read_intent(data: Mapping[str, object], prefix: str = "dhcp_alert_telegram_") -> Intent:
    """Return the user's data, checked: the options of the role by their short names.

    Raises `IntentError` for the first thing that is wrong; the token is in no error, even if it stands where it does not belong.
    """
    try:
        return _read(data, prefix)
    except IntentError as error:
        place, problem = error.place, str(error).removeprefix(f"{error.place}: ")
    raise IntentError(hidden(place, data), hidden(problem, data))


def hidden(text: str, data: Mapping[str, object]) -> str:
    """A text for the user without the token, and without all that looks like one."""
    token = str(data.get("token") or "")
    if len(token) > SHOWN:
        text = text.replace(token, "...")
    return _LOOKS_SECRET.sub("...", text)


def _read(data: Mapping[str, object], prefix: str) -> Intent:
    refuse_unknown(data, sorted(OPTIONS), prefix)
    language = read_choice(data.get("language", "en"), f"{prefix}language", tuple(DEFAULTS))
    return Intent(
        token=_token(data.get("token"), f"{prefix}token"),
        chats=_chats(data.get("chats"), f"{prefix}chats"),
        interfaces=read_lans(data.get("interfaces"), (), f"{prefix}interfaces"),
        valid_servers=_macs(data.get("valid_servers") or (), f"{prefix}valid_servers"),
        texts=_texts(data.get("texts") or {}, language, f"{prefix}texts"),
        router_name=str(data.get("router_name") or ""),
        wan_events=read_truth(data.get("wan_events", True), f"{prefix}wan_events"),
        alert_timeout=_span(data.get("alert_timeout", "1h"), f"{prefix}alert_timeout"),
        silent_hours=_hours(data.get("silent_hours") or "", f"{prefix}silent_hours"),
        heartbeat=_span(data["heartbeat"], f"{prefix}heartbeat") if data.get("heartbeat") else "",
        api_url=_url(data.get("api_url") or API, f"{prefix}api_url"),
        interval=int(read_number(data.get("interval", 2), f"{prefix}interval", 1, 60, whole=True)),
    )


def _token(value: object, place: str) -> str:
    text = str(value or "")
    if not _TOKEN.fullmatch(text):
        raise IntentError(place, "this is no token of a bot; write the one that @BotFather gave you, such as 123456:ABC-DEF...")
    return text


def _chats(value: object, place: str) -> tuple[Chat, ...]:
    entries = value if isinstance(value, Sequence) and not isinstance(value, str) else None
    if not entries:
        raise IntentError(place, "write a list of chats, such as [-1001234567890]")
    chats = tuple(_chat(entry, f"{place}[{index}]") for index, entry in enumerate(entries))
    for index, chat in enumerate(chats):
        if chat in chats[:index]:
            raise IntentError(f"{place}[{index}]", f"'{chat.id}' is there twice; remove one")
    return chats


def _chat(value: object, place: str) -> Chat:
    entry = value if isinstance(value, Mapping) else {"id": value}
    if unknown := set(entry) - {"id", "topic"}:
        raise IntentError(f"{place}.{min(map(str, unknown))}", "unknown key; write id and topic")
    number = str(entry.get("id"))
    if not _CHAT.fullmatch(number):
        raise IntentError(place, f"'{number}' is no chat; write its number, such as -1001234567890, or the @name of a channel")
    return Chat(number, int(read_number(entry.get("topic", 0), f"{place}.topic", 0, 2**31, whole=True)))


def _macs(value: object, place: str) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise IntentError(place, "write a list of MAC addresses")
    macs = tuple(str(entry).upper().replace("-", ":") for entry in value)
    for index, mac in enumerate(macs):
        if not _MAC.fullmatch(mac):
            raise IntentError(f"{place}[{index}]", f"'{value[index]}' is no MAC address; write it like 02:00:5E:10:00:01")
    return macs


def _texts(value: object, language: str, place: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise IntentError(place, f"write a mapping of {', '.join(DEFAULTS[language])} to texts")
    for name in value:
        read_choice(name, place, tuple(DEFAULTS[language]))
    chosen = {**DEFAULTS[language], **value}
    return {event: expression(str(text), event, f"{place}.{event}") for event, text in chosen.items()}


def _span(value: object, place: str) -> str:
    """A time as RouterOS shows it: ``1h``, where the user may have written ``60m``; or ``none``."""
    text = str(value)
    if text == "none" and place.endswith("alert_timeout"):
        return text
    found = _SPAN.fullmatch(text)
    seconds = sum(int(count or 0) * unit for count, unit in zip(found.groups(), UNITS.values(), strict=True)) if found else 0
    if not seconds:
        raise IntentError(place, f"'{text}' is no time; write it like 30m, 1h or 1d")
    return span(seconds)


def _hours(value: object, place: str) -> str:
    text = str(value)
    if text and not _HOURS.fullmatch(text):
        raise IntentError(place, f"'{text}' is no time of day; write it like '22:00-06:00'")
    begin, dash, end = text.partition("-")
    if dash and begin == end:
        raise IntentError(place, f"'{text}' ends when it begins; write it like '22:00-06:00'")
    return text


def _url(value: object, place: str) -> str:
    text = str(value).rstrip("/")
    found = _URL.fullmatch(text)
    if not found or not 0 < int(found[3] or 443) < 2**16 or (found[2] and not _is_ipv6(found[2])):
        raise IntentError(place, f"'{text}' is no address of a Bot API; write it like {API}")
    return text


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
