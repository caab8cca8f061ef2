# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines to the internet (WANs) and the LAN sides, as the user wrote them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import IPv4Address
from math import gcd, lcm

from .reading import (
    IntentError,
    kind_of,
    read_host,
    read_list,
    read_mapping,
    read_name,
    read_number,
    read_whole,
    refuse_twice,
)

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
# 'main' is the router's own routing table; 'blackhole' names the last route of each table (see pcc_balance/routes.py).
RESERVED_NAMES = frozenset({"main", "blackhole"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_SPEED = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([kMG])?")
_UNITS = {"k": 10**3, "M": 10**6, "G": 10**9}


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


def read_wans(data: object, place: str = "multiwan_wans") -> tuple[Wan, ...]:
    """Return the WANs in the order in which the user wrote them.

    Raises `IntentError` for anything that cannot be a set of two to eight lines.
    """
    entries = read_list(data, place, "a list of WANs")
    if not MIN_WANS <= len(entries) <= MAX_WANS:
        raise IntentError(place, f"{len(entries)} given; write {MIN_WANS} to {MAX_WANS} WANs")
    wans = tuple(_read_wan(entry, f"{place}[{index}]") for index, entry in enumerate(entries))
    _refuse_mixed_weights(entries, place)
    refuse_twice([(wan.name, f"{place}[{index}].name") for index, wan in enumerate(wans)])
    _refuse_mistakable([wan.name for wan in wans], place)
    refuse_twice([(wan.interface, f"{place}[{index}].interface") for index, wan in enumerate(wans)])
    _refuse_foreign_sources(wans, place)
    return wans


def read_lans(data: object, wans: Sequence[Wan], place: str = "multiwan_lan_interfaces") -> tuple[Lan, ...]:
    """Return the LAN sides; an item is the name of an interface, or a mapping ``{interface: NAME}`` or ``{list: NAME}``."""
    entries = read_list(data, place, "a list of interfaces")
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
    refuse_twice([((lan.name, lan.is_list), f"{place}[{index}]") for index, lan in enumerate(lans)])
    return lans


def gateway(wan: Wan, wans: Sequence[Wan]) -> str:
    """Return the gateway as a route takes it; where two lines have the same one, each names its interface (``192.168.1.1%ether1``)."""
    if wan.gateway is None:
        return wan.interface
    shared = sum(other.gateway == wan.gateway for other in wans) > 1
    return f"{wan.gateway}%{wan.interface}" if shared else str(wan.gateway)


def heaviest_first(wans: Sequence[Wan]) -> list[Wan]:
    """Return the WANs by tier, then by weight from the heaviest on, then in the user's order."""
    return sorted(wans, key=lambda wan: (wan.tier, -wan.weight))


def balanced(wans: Sequence[Wan]) -> list[Wan]:
    """Return the WANs that share new connections while all are healthy: those of the lowest tier."""
    lowest = min(wan.tier for wan in wans)
    return [wan for wan in wans if wan.tier == lowest]


def parts(wans: Sequence[Wan]) -> list[int]:
    """Return the weights as the smallest whole numbers of the same ratio."""
    scale = lcm(*(wan.weight.denominator for wan in wans))
    whole = [int(wan.weight * scale) for wan in wans]
    return [weight // gcd(*whole) for weight in whole]


def _read_wan(data: object, place: str) -> Wan:
    entry = read_mapping(data, place, WAN_KEYS)
    name = read_name(entry, "name", place, "a short name of the line, such as isp1", kinds=str | int)
    if not _NAME.fullmatch(name):
        raise IntentError(f"{place}.name", f"'{name}' cannot be used in marks; write up to 32 letters, digits, '_', '.' or '-'")
    if name in RESERVED_NAMES:
        raise IntentError(f"{place}.name", f"'{name}' has a meaning of its own on the router; write another name, such as isp1")
    interface = read_name(entry, "interface", place, "the router's interface to this line, such as ether1")
    gateway = read_name(
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
        source_address=read_host(str(entry["source_address"]), f"{place}.source_address") if "source_address" in entry else None,
        probes=_read_probes(entry.get("probes", []), f"{place}.probes"),
        quorum=read_whole(entry, "quorum", place, 1, MAX_PROBES),
        max_loss=read_whole(entry, "max_loss", place, 1, 99),
        max_latency=read_whole(entry, "max_latency", place, 1, 10_000),
    )


def _read_probes(data: object, place: str) -> tuple[IPv4Address, ...]:
    entries = read_list(data, place, "a list of addresses")
    if len(entries) == 1 or len(entries) > MAX_PROBES:
        raise IntentError(place, f"{len(entries)} given; write 2 to {MAX_PROBES} addresses, or leave the key out")
    return tuple(read_host(str(entry), f"{place}[{index}]") for index, entry in enumerate(entries))


def _read_gateway(text: str, interface: str, place: str) -> IPv4Address:
    if re.search(r"[^0-9.]", text):
        wanted = f"write the gateway's address, or '{interface}' where the interface itself is the gateway (PPPoE, LTE)"
        raise IntentError(place, f"'{text}' is neither an IPv4 address nor this WAN's own interface; {wanted}")
    return read_host(text, place)


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
        raise IntentError(place, f"write the name of an interface, or {{list: NAME}} for an interface list, not {kind_of(data)}")
    entry = read_mapping(data, place, LAN_KEYS)
    if len(entry) != 1:
        raise IntentError(place, "write either interface or list, such as {list: LAN}")
    (key,) = entry
    return Lan(read_name(entry, key, place, "a name"), is_list=key == "list")
