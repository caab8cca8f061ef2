# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of alerts: what looks out for rogue DHCP servers, and what tells people by Telegram.

An event is first a line in the router's log: RouterOS' own of an unknown DHCP server, and those of the control script of failover. A
buffer of the log collects them. The script (dhcp_alert_telegram/script.py) turns each line into a message in the outbox, one
per chat, and sends what the outbox holds. The outbox is a list of disabled addresses whose comments are the texts: configuration, so
it survives a reboot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import urlsplit

from . import health
from .intent import IntentError, Lan, read_choice, read_lans, read_number, read_truth, refuse_unknown
from .names import ALERTS, PREFIX, Found, Row, comment
from .plan import ADDRESS_LIST
from .routeros.spelling import literal
from .steps import SCHEDULER, SCRIPTS, SECRETS, Step, clear, clear_where, write, write_where
from .surroundings import DHCP_CLIENTS, INTERFACES, bridges, device_mode, members
from .texts import DEFAULTS, expression
from .times import UNITS, span

LOG_ACTIONS = "system logging action"
LOGGING = "system logging"
ALERT = "ip dhcp-server alert"
CERTIFICATES = "certificate"
TRUST = "certificate settings"
CLOCK = "system clock"
DNS = "ip dns"

SCRIPT = f"{PREFIX}-telegram"
BUFFER = PREFIX
"""Letters only: RouterOS takes nothing else in the name of a logging action."""

OUTBOX = f"{PREFIX}-outbox:"
DOWN = f"{PREFIX}-down:"
"""Lists that hold since when a line is down."""

LOCK = f"{SCRIPT}-lock"
NOTED = f"{SCRIPT}: noted "
"""What the script says of a line of the log that it has dealt with, before the line's ID."""

REFUSED, TOO_MANY = 400, 429
"""What HTTP says of a message that Telegram does not like, and of one too many."""

TRIED = f"{SCRIPT}: to "
"""How it begins to say what went wrong, before the chat."""

LONGEST = 3900
"""Bytes of a message. Telegram takes 4096 letters."""

POLICY = "read,write,test,sensitive"
"""`sensitive`, because the token lies where only that policy can read it."""

BUFFER_LINES = 500
SHOWN = 10
"""What was given for a token and is no longer than this is no secret, and may be a part of any text."""

CLOCK_TOLERANCE = timedelta(days=2)
"""Time zones make one day."""

ROOT = "Go Daddy Root Certificate Authority - G2"
"""Who vouches for api.telegram.org (published for RouterOS scripts, 2026-07)."""
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
class Alerts:
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


def read_alerts(data: Mapping[str, object], prefix: str = "dhcp_alert_telegram_") -> Alerts:
    """Return the user's data, checked: the options of the role by their short names.

    Raises `IntentError` for the first thing that is wrong; the token is in no error, even if it stands where it does not belong.
    """
    try:
        return _read(data, prefix)
    except IntentError as error:
        place, problem = error.place, str(error).removeprefix(f"{error.place}: ")
    raise IntentError(_hidden(place, data), _hidden(problem, data))


def _hidden(text: str, data: Mapping[str, object]) -> str:
    """A text for the user without the token, and without all that looks like one."""
    token = str(data.get("token") or "")
    if len(token) > SHOWN:
        text = text.replace(token, "...")
    return _LOOKS_SECRET.sub("...", text)


def _read(data: Mapping[str, object], prefix: str) -> Alerts:
    refuse_unknown(data, sorted(OPTIONS), prefix)
    language = read_choice(data.get("language", "en"), f"{prefix}language", tuple(DEFAULTS))
    return Alerts(
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


def plan(alerts: Alerts, source: str, found: Found) -> dict[str, list[Row]]:
    """Return all rows by path. `source` is the text of the script, `found` has interfaces, their lists, and alerts."""
    return {
        LOG_ACTIONS: [{"name": BUFFER, "target": "memory", "memory-lines": BUFFER_LINES, "memory-stop-on-full": False}],
        LOGGING: [{"topics": topics, "action": BUFFER, "prefix": "", "disabled": False} for topics in ("script", "dhcp,critical")],
        SECRETS: [{"name": SCRIPT, "password": alerts.token, "disabled": True, "comment": comment(ALERTS, "token")}],
        SCRIPTS: [
            {
                "name": SCRIPT,
                "source": source,
                "policy": POLICY,
                "dont-require-permissions": False,
                "comment": comment(ALERTS, "script"),
            }
        ],
        SCHEDULER: list(_scheduler_rows(alerts)),
        ALERT: [_alert_row(alerts, name, found) for name in _interfaces(alerts, found)],
    }


def _alert_row(alerts: Alerts, name: str, found: Found) -> Row:
    """A new alert is off (manual, "DHCP Server", Alerts); whether one that is on shows that is not known, so it is not told twice."""
    identity = comment(ALERTS, "alert", name)
    on = any(row.get("comment") == identity and not row.get("disabled") for row in found.get(ALERT, ()))
    return {
        "interface": name,
        "valid-server": ",".join(dict.fromkeys((*alerts.valid_servers, *_own_macs(name, found)))),
        "alert-timeout": alerts.alert_timeout,
        "on-alert": "",
        **({} if on else {"disabled": False}),
        "comment": identity,
    }


def _scheduler_rows(alerts: Alerts) -> Iterator[Row]:
    yield {
        "name": SCRIPT,
        "interval": span(alerts.interval),
        "on-event": SCRIPT,
        "policy": POLICY,
        "disabled": False,
        "comment": comment(ALERTS, "scheduler"),
    }
    if alerts.heartbeat:
        yield {
            "name": f"{SCRIPT}-heartbeat",
            "interval": alerts.heartbeat,
            "on-event": f":log info {literal(health.said(health.HEARTBEAT))}",
            "policy": "read,write,test",
            "disabled": False,
            "comment": comment(ALERTS, "heartbeat"),
        }


def _interfaces(alerts: Alerts, found: Found) -> list[str]:
    """The interfaces by name; an alert takes no list, and on a port of a bridge it is invalid (manual, "DHCP Server", Alerts)."""
    names: dict[str, None] = {}
    for lan in alerts.interfaces:
        names |= dict.fromkeys(sorted(members(found, lan.name) - bridges(found).keys()) if lan.is_list else [lan.name])
    return list(names)


def _own_macs(name: str, found: Found) -> list[str]:
    """The MAC address with which the router itself answers there, so that its own DHCP server is not unknown to it."""
    return [str(row["mac-address"]) for row in found.get(INTERFACES, ()) if row.get("name") == name and row.get("mac-address")]


def apply_steps(rows: Mapping[str, Sequence[Row]], chats: Sequence[Chat]) -> list[Step]:
    """Return what to write, in order: the buffer before what fills it, the token before the script, the script before what runs it.

    What waits for a chat that is not one of `chats` any more goes.
    """
    outboxes = "|".join(re.escape(chat.key) for chat in chats)
    return [
        write_where(LOG_ACTIONS, rows[LOG_ACTIONS], "name", f"^{BUFFER}$"),
        write_where(LOGGING, rows[LOGGING], "action", f"^{BUFFER}$"),
        *(write(ALERTS, path, rows[path]) for path in (SECRETS, SCRIPTS, SCHEDULER, ALERT)),
        clear_where(ADDRESS_LIST, "list", f"^{OUTBOX}(?!(?:{outboxes})$)"),
    ]


def remove_steps() -> list[Step]:
    """Return what to write, in order, to take every row of ours away, the outbox included."""
    return [
        *(clear(ALERTS, path) for path in (ALERT, SCHEDULER, SCRIPTS, SECRETS)),
        clear_where(LOGGING, "action", f"^{BUFFER}$"),
        clear_where(LOG_ACTIONS, "name", f"^{BUFFER}$"),
        clear_where(ADDRESS_LIST, "list", f"^(?:{OUTBOX}|{DOWN})"),
    ]


def steps(data: Mapping[str, object], state: str, found: Found, source: str) -> list[Step]:
    """Return the steps for a state, ``present`` or ``absent``; the intent is not read for ``absent``."""
    if state == "absent":
        return remove_steps()
    alerts = read_alerts(data)
    return apply_steps(plan(alerts, source, found), alerts.chats)


def check(data: Mapping[str, object], found: Found | None = None, today: date | None = None) -> dict[str, list[str]]:
    """Return `errors` (nothing may be written) and `warnings`, each a list of sentences.

    `data` is what `read_alerts` takes. Without `found` only the intent itself is checked. `today` is the date here, if not the present one.
    """
    try:
        alerts = read_alerts(data)
    except IntentError as error:
        return {"errors": [str(error)], "warnings": []}
    if found is None:
        return {"errors": [], "warnings": list(_plain(alerts))}
    errors = [
        *_missing(alerts, found),
        *device_mode(found, ("fetch", "scheduler")),
        *_unresolved(alerts, found),
        *_clock(found, today or date.today()),
        *_trust(alerts, found),
    ]
    warnings = [*_plain(alerts), *_other_roots(alerts, found)]
    return {"errors": [_hidden(text, data) for text in errors], "warnings": [_hidden(text, data) for text in warnings]}


def answer(log: Sequence[Row], outbox: Sequence[Row] = ()) -> str:
    """Return why a test message is not sent, in a sentence; empty, if Telegram has taken it.

    `log` has the lines of the router's log, the newest last, `outbox` the rows of what waits.
    """
    tests = [number for number, row in enumerate(log) if row.get("message") == health.said(health.TEST)]
    same = [number for number in tests if log[number].get("time") == log[tests[-1]].get("time")]  # it stands in two buffers
    noted = {f"{NOTED}{log[number].get('.id')}" for number in same}
    later = [str(row.get("message")) for row in log[same[0] :]] if same else []
    if noted.isdisjoint(later):
        return (
            f"the router's script {SCRIPT} has not seen the message; has the role been applied, does its entry of /system scheduler run, "
            "and is there an error of it in /log?"
        )
    if not outbox:
        return ""
    problems = _problems(later)
    if not problems:  # Telegram's own pause is kept, so nothing may have been tried since
        problems = [said for said in _problems(str(row.get("message")) for row in log)[-1:] if re.search(_TOO_MANY, said)]
    said = problems[-1] if problems else "the router does not say why"
    meaning = next((text for pattern, text in _MEANINGS if re.search(pattern, said)), "the router could not reach Telegram")
    return f"{meaning} ({said})"


def _problems(messages: Iterable[str]) -> list[str]:
    return [message.removeprefix(f"{SCRIPT}: ") for message in messages if message.startswith(TRIED)]


def _status(*codes: int) -> str:
    """The expression of an answer's status: a number of its own, not a part of an address or a port."""
    return rf"[ <(](?:{'|'.join(map(str, codes))})(?:[ ,>)]|$)"


_TOO_MANY = _status(TOO_MANY)
_MEANINGS = (
    (_status(401, 404), "Telegram does not know the token; write the one that @BotFather gave you"),
    (_status(REFUSED, 403), "Telegram does not let the bot write to this chat; add it to the chat, and check the number"),
    (_TOO_MANY, "Telegram wants fewer messages; wait half an hour"),
    (r"SSL|certificate", "the router does not trust the certificate of Telegram; look at /certificate there"),
    (r"resolve", "the router cannot find Telegram's address; look at /ip dns there"),
    (r"device-mode", "the router's device-mode does not allow fetch; write /system device-mode update fetch=yes there"),
)


def _plain(alerts: Alerts) -> Iterator[str]:
    if alerts.api_url.startswith("http:"):
        yield f"dhcp_alert_telegram_api_url: {alerts.api_url} is not encrypted: token and messages can be read on the way; for tests only"


def _missing(alerts: Alerts, found: Found) -> Iterator[str]:
    """Where no alert works: interfaces that are not there, ports of bridges, and where the router itself asks for an address."""
    known = {str(row.get("name")) for row in found[INTERFACES]}
    clients = {str(row.get("interface")) for row in found[DHCP_CLIENTS] if not row.get("disabled")}
    for index, lan in enumerate(alerts.interfaces):
        place = f"dhcp_alert_telegram_interfaces[{index}]"
        bridge = "" if lan.is_list else bridges(found).get(lan.name)
        if lan.is_list and not members(found, lan.name):
            yield str(IntentError(place, f"the interface list '{lan.name}' has no members; it has to have some"))
        elif not lan.is_list and lan.name not in known:
            yield str(IntentError(place, f"the router has no interface '{lan.name}'; it has {', '.join(sorted(known))}"))
        elif bridge:
            yield str(IntentError(place, f"'{lan.name}' is a port of the bridge '{bridge}', and no alert works there; write {bridge}"))
    for name in _interfaces(alerts, found):
        if name in clients:
            problem = f"'{name}' has a DHCP client, and no alert works there; leave '{name}' out, or /ip dhcp-client disable its client"
            yield str(IntentError("dhcp_alert_telegram_interfaces", problem))


def _unresolved(alerts: Alerts, found: Found) -> Iterator[str]:
    host = urlsplit(alerts.api_url).hostname or ""
    if re.fullmatch(r"[\d.]+|.*:.*", host):
        return
    rows = found.get(DNS, ())
    if rows and not any(row.get(key) for row in rows for key in ("servers", "dynamic-servers", "use-doh-server")):
        yield f"/ip dns: the router has no DNS server and cannot find {host}; write /ip dns set servers=1.1.1.1"


def _clock(found: Found, today: date) -> Iterator[str]:
    """With a wrong date no certificate is valid, and messages have wrong times."""
    for row in found.get(CLOCK, ()):
        written = re.search(r"\d{4}-\d\d-\d\d", str(row.get("date") or ""))
        if written and abs(date.fromisoformat(written[0]) - today) > CLOCK_TOLERANCE:
            mend = "write /system ntp client set enabled=yes servers=pool.ntp.org"
            yield f"/system clock: it is {written[0]} there and {today} here, so certificates cannot be checked; {mend}"


def _trust(alerts: Alerts, found: Found) -> Iterator[str]:
    if not alerts.api_url.startswith("http:") and not _trusts_built_in(found) and not _imported(found):
        yield (
            "/certificate: the router trusts nobody, so it cannot check the certificate of Telegram; write /certificate settings set "
            "builtin-trust-store=fetch (7.19 and 7.20: builtin-trust-anchors=trusted), or import the root certificate of the server"
        )


def _other_roots(alerts: Alerts, found: Found) -> Iterator[str]:
    """Roots that are imported may be those of something else, such as the API's own."""
    names = _imported(found)
    if alerts.api_url == API and names and not _trusts_built_in(found) and not any(ROOT in name for name in names):
        yield (
            f"/certificate: the router trusts {', '.join(names)}; Telegram's certificate was signed by {ROOT} when this was written: "
            "import that root if no message arrives (playbook multiwan.routeros.alert_test)"
        )


def _trusts_built_in(found: Found) -> bool:
    """Roots of its own came in 7.19 as `builtin-trust-anchors`, from 7.21 `builtin-trust-store`; before, and where off, imported ones."""
    return any(
        str(row.get("builtin-trust-anchors", "")) == "trusted" or {"all", "fetch"} & set(str(row.get("builtin-trust-store", "")).split(","))
        for row in found.get(TRUST, ())
    )


def _imported(found: Found) -> list[str]:
    trusted = [row for row in found.get(CERTIFICATES, ()) if str(row.get("trusted", "")).lower() in ("true", "yes")]
    return [str(row.get("common-name") or row.get("name")) for row in trusted]
