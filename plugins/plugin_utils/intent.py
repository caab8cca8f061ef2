# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote, read and checked: lines to the internet, LAN sides, networks that are not balanced.

Every problem is an `IntentError` that names the place in the user's data and says what to write instead. Nothing here knows a router.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError, summarize_address_range
from types import UnionType

MIN_WANS = 2
MAX_WANS = 8

MAX_PROBES = 5

WAN_KEYS = (
    "name",
    "interface",
    "gateway",
    "weight",
    "tier",
    "source_address",
    "probes",
    "quorum",
    "max_loss",
    "max_latency",
)
LAN_KEYS = ("interface", "list")

# 'main' is the router's own routing table; 'blackhole' names the last route of each table (see routes.py).
RESERVED_NAMES = frozenset({"main", "blackhole"})

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_SERVICE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/(tcp|udp)")
_SPEED = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([kMG])?")
# As Python writes numbers, so 1e-07 too.
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,3})?")
_UNITS = {"k": 10**3, "M": 10**6, "G": 10**9}
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0"), False),
}


class IntentError(ValueError):
    """The user's data cannot be used as it is.

    `place` is the path in the data, such as ``multiwan_wans[1].gateway``; the text of the error is ``place: problem``.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place


@dataclass(frozen=True)
class Wan:
    """One internet line.

    `gateway` is None where the interface itself is the gateway (PPPoE, LTE). `weight` is a plain number, or bit/s where the user wrote
    a speed; only ratios count. WANs of the lowest `tier` carry the traffic, higher tiers are backups.

    The rest is for failover: `probes` are the addresses to watch (none: defaults), of which `quorum` have to answer (None: half of them,
    rounded up); a line that loses more than `max_loss` percent, or takes longer than `max_latency` milliseconds, is out of use.
    """

    name: str
    interface: str
    gateway: IPv4Address | None
    weight: Fraction
    tier: int = 1
    source_address: IPv4Address | None = None
    probes: tuple[IPv4Address, ...] = ()
    quorum: int | None = None
    max_loss: int | None = None
    max_latency: int | None = None


@dataclass(frozen=True)
class Lan:
    """One LAN side: an interface, or (`is_list`) an interface list of the router."""

    name: str
    is_list: bool = False


@dataclass(frozen=True)
class Service:
    """Ports of one protocol, the first and the last one."""

    protocol: str
    first: int
    last: int

    @property
    def ports(self) -> str:
        """As RouterOS writes them: ``53`` or ``8000-8099``."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def __str__(self) -> str:
        return f"{self.ports}/{self.protocol}"

    def covers(self, other: Service) -> bool:
        """Whether all ports of `other` are among these."""
        return self.protocol == other.protocol and self.first <= other.first and other.last <= self.last


def read_wans(data: object, place: str = "multiwan_wans") -> tuple[Wan, ...]:
    """Return the WANs in the order in which the user wrote them.

    Raises `IntentError` for anything that cannot be a set of two to eight lines.
    """
    entries = _list(data, place, "a list of WANs")
    if not MIN_WANS <= len(entries) <= MAX_WANS:
        raise IntentError(place, f"{len(entries)} given; write {MIN_WANS} to {MAX_WANS} WANs")
    wans = tuple(_read_wan(entry, f"{place}[{index}]") for index, entry in enumerate(entries))
    _refuse_mixed_weights(entries, place)
    _refuse_twice([(wan.name, f"{place}[{index}].name") for index, wan in enumerate(wans)])
    _refuse_mistakable([wan.name for wan in wans], place)
    _refuse_twice([(wan.interface, f"{place}[{index}].interface") for index, wan in enumerate(wans)])
    _refuse_foreign_sources(wans, place)
    return wans


def read_lans(data: object, wans: Sequence[Wan], place: str = "multiwan_lan_interfaces") -> tuple[Lan, ...]:
    """Return the LAN sides; an item is the name of an interface, or a mapping ``{interface: NAME}`` or ``{list: NAME}``."""
    entries = _list(data, place, "a list of interfaces")
    if not entries:
        raise IntentError(place, "empty; write the interface of the LAN, such as [bridge]")
    lans = tuple(_read_lan(entry, f"{place}[{index}]") for index, entry in enumerate(entries))
    owners = {wan.interface: wan.name for wan in wans}
    for index, lan in enumerate(lans):
        if not lan.is_list and lan.name in owners:
            raise IntentError(
                f"{place}[{index}]",
                f"'{lan.name}' is the interface of WAN '{owners[lan.name]}'; write the interface of the LAN",
            )
    _refuse_twice([((lan.name, lan.is_list), f"{place}[{index}]") for index, lan in enumerate(lans)])
    return lans


def read_bypass(data: object, place: str = "pcc_balance_bypass") -> tuple[str, ...]:
    """Return destinations in RouterOS' own spelling: ``10.0.0.0/8``, ``192.0.2.1`` (never /32) or ``192.0.2.1-192.0.2.9``."""
    entries = _list(data, place, "a list of networks")
    networks = tuple(_read_destination(entry, f"{place}[{index}]") for index, entry in enumerate(entries))
    _refuse_twice([(network, f"{place}[{index}]") for index, network in enumerate(networks)])
    return networks


def read_services(data: object, place: str = "pcc_balance_bypass_services") -> tuple[Service, ...]:
    """Return services; an item is written ``53/udp`` or ``8000-8099/tcp``."""
    entries = _list(data, place, "a list of services")
    services = tuple(_read_service(entry, f"{place}[{index}]") for index, entry in enumerate(entries))
    _refuse_twice([(service, f"{place}[{index}]") for index, service in enumerate(services)])
    return services


def read_choices(data: object, place: str, choices: Sequence[str]) -> frozenset[str]:
    """Return a list, each item of which is one of `choices`."""
    entries = _list(data, place, "a list")
    return frozenset(read_choice(entry, f"{place}[{index}]", choices) for index, entry in enumerate(entries))


def read_choice(value: object, place: str, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`."""
    text = str(value)
    if text not in choices:
        raise IntentError(place, f"'{text}' is unknown{_did_you_mean(text, choices)}; write one of {', '.join(choices)}")
    return text


def read_number(value: object, place: str, low: float, high: float, whole: bool = False) -> Fraction:
    """Return a number within `low` and `high`, both included."""
    kind = "a whole number" if whole else "a number"
    wanted = f"write {kind} from {low} to {high}"
    if isinstance(value, bool):
        raise IntentError(place, f"{value} is not {kind}; {wanted}")
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        raise IntentError(place, f"'{value}' is not {kind}; {wanted}")
    number = Fraction(text)
    if whole and number.denominator != 1:
        raise IntentError(place, f"{value} is not {kind}; {wanted}")
    if not low <= number <= high:
        raise IntentError(place, f"{value} is out of range; {wanted}")
    return number


def read_truth(value: object, place: str) -> bool:
    """Return a truth; words count as in Ansible, because ``-e option=false`` hands over a text."""
    word = str(value).lower()
    if word not in _TRUTHS:
        raise IntentError(place, f"'{value}' is neither true nor false; write true or false")
    return _TRUTHS[word]


def refuse_unknown(data: Mapping[str, object], known: Sequence[str], prefix: str) -> None:
    """Refuse an option that is none of `known`; errors name ``prefix + key``."""
    unknown = set(data) - set(known)
    if unknown:
        key = min(unknown)
        raise IntentError(f"{prefix}{key}", f"unknown option{_did_you_mean(key, known, prefix)}")


def _list(data: object, place: str, what: str) -> Sequence[object]:
    if isinstance(data, str) or not isinstance(data, Sequence):
        raise IntentError(place, f"write {what}, not {_kind(data)}")
    return data


def _kind(data: object) -> str:
    if data is None:
        return "nothing"
    if isinstance(data, str):
        return f"the text '{data}'"
    return "a mapping" if isinstance(data, Mapping) else f"{data!r}"


def _did_you_mean(word: str, words: Sequence[str], prefix: str = "") -> str:
    close = difflib.get_close_matches(word, words, n=1)
    return f", did you mean '{prefix}{close[0]}'?" if close else ""


def _mapping(entry: object, place: str, keys: Sequence[str]) -> dict[str, object]:
    if not isinstance(entry, Mapping):
        raise IntentError(place, f"write a mapping with {', '.join(keys)}, not {_kind(entry)}")
    for key in entry:
        if key not in keys:
            raise IntentError(f"{place}.{key}", f"unknown{_did_you_mean(str(key), keys)}; the keys are {', '.join(keys)}")
    return {str(key): value for key, value in entry.items() if value is not None}


def _text(entry: Mapping[str, object], key: str, place: str, example: str, kinds: type | UnionType = str) -> str:
    if key not in entry:
        raise IntentError(f"{place}.{key}", f"missing; write {example}")
    value = entry[key]
    if isinstance(value, bool) or not isinstance(value, kinds) or not str(value).strip():
        raise IntentError(f"{place}.{key}", f"{value!r} is not a name; write {example}")
    return str(value)


def _read_wan(data: object, place: str) -> Wan:
    entry = _mapping(data, place, WAN_KEYS)
    name = _text(entry, "name", place, "a short name of the line, such as isp1", kinds=str | int)
    if not _NAME.fullmatch(name):
        raise IntentError(f"{place}.name", f"'{name}' cannot be used in marks; write up to 32 letters, digits, '_', '.' or '-'")
    if name in RESERVED_NAMES:
        raise IntentError(f"{place}.name", f"'{name}' has a meaning of its own on the router; write another name, such as isp1")
    interface = _text(entry, "interface", place, "the router's interface to this line, such as ether1")
    gateway = _text(
        entry,
        "gateway",
        place,
        "the provider's gateway, such as 203.0.113.1, or the interface itself for PPPoE and LTE",
    )
    return Wan(
        name=name,
        interface=interface,
        gateway=None if gateway == interface else _read_gateway(gateway, interface, f"{place}.gateway"),
        weight=_read_weight(entry.get("weight", 1), f"{place}.weight"),
        tier=int(read_number(entry.get("tier", 1), f"{place}.tier", 1, 8, whole=True)),
        source_address=_read_host(str(entry["source_address"]), f"{place}.source_address") if "source_address" in entry else None,
        probes=_read_probes(entry.get("probes", []), f"{place}.probes"),
        quorum=_read_whole(entry, "quorum", place, 1, MAX_PROBES),
        max_loss=_read_whole(entry, "max_loss", place, 1, 99),
        max_latency=_read_whole(entry, "max_latency", place, 1, 10_000),
    )


def _read_probes(data: object, place: str) -> tuple[IPv4Address, ...]:
    entries = _list(data, place, "a list of addresses")
    if len(entries) == 1 or len(entries) > MAX_PROBES:
        raise IntentError(place, f"{len(entries)} given; write 2 to {MAX_PROBES} addresses, or leave the key out")
    return tuple(_read_host(str(entry), f"{place}[{index}]") for index, entry in enumerate(entries))


def _read_whole(entry: Mapping[str, object], key: str, place: str, low: int, high: int) -> int | None:
    return int(read_number(entry[key], f"{place}.{key}", low, high, whole=True)) if key in entry else None


def _read_gateway(text: str, interface: str, place: str) -> IPv4Address:
    if re.search(r"[^0-9.]", text):
        wanted = f"write the gateway's address, or '{interface}' where the interface itself is the gateway (PPPoE, LTE)"
        raise IntentError(place, f"'{text}' is neither an IPv4 address nor this WAN's own interface; {wanted}")
    return _read_host(text, place)


def _read_host(text: str, place: str) -> IPv4Address:
    try:
        address = IPv4Address(text)
    except AddressValueError:
        raise IntentError(place, f"'{text}' is not an IPv4 address; write one such as 203.0.113.1") from None
    if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_reserved:
        raise IntentError(place, f"'{text}' cannot be the address of a host; write one such as 203.0.113.1")
    return address


def _is_speed(value: object) -> bool:
    return isinstance(value, str) and value[-1:] in _UNITS


def _read_weight(value: object, place: str) -> Fraction:
    wanted = "write a number above zero such as 2, or a speed such as 10M or 1G"
    match = None if isinstance(value, bool) else _SPEED.fullmatch(str(value))
    if match is None:
        raise IntentError(place, f"'{value}' is not a weight; {wanted}")
    weight = Fraction(match[1]) * _UNITS.get(match[2], 1)
    if weight <= 0:
        raise IntentError(place, f"'{value}' gives the line no share; {wanted}")
    return weight


def _refuse_mixed_weights(entries: Sequence[object], place: str) -> None:
    weights = [entry.get("weight") for entry in entries if isinstance(entry, Mapping)]
    speeds = {index: _is_speed(weight) for index, weight in enumerate(weights) if weight is not None}
    word = {True: "a speed", False: "a plain number"}
    for index, speed in speeds.items():
        first = min(speeds)
        if speed != speeds[first]:
            problem = f"'{weights[index]}' is {word[speed]}, but {place}[{first}].weight '{weights[first]}' is {word[speeds[first]]}"
            raise IntentError(f"{place}[{index}].weight", f"{problem}; write all weights as speeds or all as numbers")
    if any(speeds.values()) and None in weights:
        raise IntentError(f"{place}[{weights.index(None)}].weight", "missing; the others are speeds, write one such as 10M")


def _refuse_mistakable(names: Sequence[str], place: str) -> None:
    folded = [name.lower() for name in names]
    for index, name in enumerate(folded):
        first = folded.index(name)
        if first < index:
            problem = f"'{names[index]}' and {place}[{first}].name '{names[first]}' differ by case only"
            raise IntentError(f"{place}[{index}].name", f"{problem}; write a name that nobody takes for the other")


def _refuse_foreign_sources(wans: Sequence[Wan], place: str) -> None:
    owners = {wan.gateway: wan.name for wan in wans if wan.gateway is not None}
    for index, wan in enumerate(wans):
        if wan.source_address in owners:
            problem = f"'{wan.source_address}' is the gateway of WAN '{owners[wan.source_address]}'"
            raise IntentError(f"{place}[{index}].source_address", f"{problem}; write an address that the provider gave you")


def _read_lan(data: object, place: str) -> Lan:
    if isinstance(data, str) and data.strip():
        return Lan(str(data))
    if not isinstance(data, Mapping):
        raise IntentError(place, f"write the name of an interface, or {{list: NAME}} for an interface list, not {_kind(data)}")
    entry = _mapping(data, place, LAN_KEYS)
    if len(entry) != 1:
        raise IntentError(place, "write either interface or list, such as {list: LAN}")
    (key,) = entry
    return Lan(_text(entry, key, place, "a name"), is_list=key == "list")


def _read_service(data: object, place: str) -> Service:
    match = _SERVICE.fullmatch(str(data))
    if match is None or not 0 < int(match[1]) <= int(match[2] or match[1]) < 2**16:
        raise IntentError(place, f"'{data}' is not a service; write 53/udp, 443/tcp or 8000-8099/tcp")
    return Service(match[3], int(match[1]), int(match[2] or match[1]))


def _read_destination(data: object, place: str) -> str:
    """A range that is a network is written as one, because a router may show it so."""
    text = str(data)
    try:
        if "-" in text:
            first, last = (IPv4Address(part) for part in text.split("-", 1))
            if first > last:
                raise IntentError(place, f"'{text}' ends before it starts; write {last}-{first}")
            network, *more = summarize_address_range(first, last)
            if more:
                return f"{first}-{last}"
        else:
            network = IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError):
        raise IntentError(place, f"'{text}' is not an IPv4 network; write 10.0.0.0/8, 192.0.2.1 or 192.0.2.1-192.0.2.9") from None
    if "/" in text and IPv4Address(text.split("/", 1)[0]) != network.network_address:
        raise IntentError(place, f"'{text}' has bits set behind its mask; write {network}")
    if network.prefixlen == 0:
        raise IntentError(place, f"'{text}' is everything, so that nothing would be balanced; write the networks to leave out")
    return str(network.network_address) if network.prefixlen == 32 else str(network)


def _refuse_twice(values: Sequence[tuple[object, str]]) -> None:
    seen: dict[object, str] = {}
    for value, place in values:
        if value in seen:
            name = value[0] if isinstance(value, tuple) else value
            raise IntentError(place, f"'{name}' is already {seen[value]}; each may stand once")
        seen[value] = place
