# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lines to the internet (WANs) and the LAN sides, as the user wrote them.

Nothing here knows a router.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import IPv4Address
from itertools import product
from math import gcd, lcm
from types import UnionType

from .reading import (
    IntentError,
    Problems,
    kind_of,
    read_choice,
    read_choices,
    read_host,
    read_list,
    read_mapping,
    read_name,
    read_truth,
    read_whole,
    refuse_misread,
    refuse_twice,
    refuse_unknown_keys,
)
from .week import MIDNIGHT, Hours, Moment, read_hours

MIN_WANS = 1
MAX_WANS = 8

MAX_PROBES = 5

WAN_KEYS = (
    "name",
    "interface",
    "gateway",
    "weight",
    "schedule",
    "tier",
    "source_address",
    "probes",
    "quorum",
    "max_loss",
    "max_latency",
    "profile",
    "patience",
    "failback",
    "checks",
    "metered",
)
TURN_KEYS = ("from", "to", "days", "weight")
"""Of an item of `schedule`."""
MOST_TURNS = 7
PROFILES = ("fast", "normal", "calm")
"""How often a line is asked; what each means is in failover_netwatch/intent.py."""
TCP, DNS, HTTPS = "tcp", "dns", "https"
CHECKS = (TCP, DNS, HTTPS)
"""What a line may have to show besides pings."""
NEW, MOVE = "new", "move"
"""What uses a line that is back: connections that begin, or those that have gone elsewhere meanwhile as well."""
LAN_KEYS = ("interface", "list", "hotspot")
EVERYTHING = "all"
"""The LAN that is all networks of the router but those of its lines."""
AUTHORIZED = "auth"
"""Who of a Hotspot's clients is balanced: those that are logged in, as the matcher of RouterOS calls them (manual, "Mangle")."""

LEASED = "dhcp"
"""What the user writes for the gateway of the interface's lease."""

NOWHERE = IPv4Address("192.0.2.254")
"""Leads nowhere: kept for documentation (RFC 5737)."""

# 'main' is the router's own routing table; 'blackhole' names the last route of each table (see pcc_balance/routes.py).
RESERVED_NAMES = frozenset({"main", "blackhole"})

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_SPEED = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)([kMG])?")
_UNITS = {"k": 10**3, "M": 10**6, "G": 10**9}


class Gateway(ABC):
    """Where the packets of a WAN go next."""

    @property
    @abstractmethod
    def addresses(self) -> tuple[IPv4Address, ...]:
        """The addresses at which there is somebody to ask; none where the interface has only one other end."""

    @abstractmethod
    def in_route(self, interface: str, shared: bool) -> str:
        """Return it as a route takes it; `shared` says that a WAN of another interface has the same one."""


@dataclass(frozen=True)
class AddressGateway(Gateway):
    """A neighbour with an address.

    :param named: whether routes name the interface, because the address alone may be that of a neighbour by another one.
    """

    address: IPv4Address
    named: bool = False

    @property
    def addresses(self) -> tuple[IPv4Address, ...]:
        """Its address."""
        return (self.address,)

    def in_route(self, interface: str, shared: bool) -> str:
        """Return the address, with its interface where it would not be clear which one is meant: ``192.168.1.1%ether1``."""
        return f"{self.address}%{interface}" if shared or self.named else str(self.address)


@dataclass(frozen=True)
class LeaseGateway(Gateway):
    """The gateway that the lease of the interface's DHCP client says, today; tomorrow it may be another one.

    :param address: None while there is no lease, and where no router was asked.
    :param nowhere: what stands in routes meanwhile: an address that no neighbour has, so that the route is not used. It has to be
        without the interface: with it, it would be a neighbour there.
    """

    address: IPv4Address | None = None
    nowhere: IPv4Address = NOWHERE

    @property
    def addresses(self) -> tuple[IPv4Address, ...]:
        """The one of the lease, if there is one."""
        return () if self.address is None else (self.address,)

    def in_route(self, interface: str, shared: bool) -> str:
        """Return the address with its interface: the modems of two lines may give the same one, and it may lie in no network at all."""
        return str(self.nowhere) if self.address is None else f"{self.address}%{interface}"


@dataclass(frozen=True)
class InterfaceGateway(Gateway):
    """The interface itself, as of PPPoE and LTE: an interface gateway has nobody to ask (manual, "IP Routing")."""

    @property
    def addresses(self) -> tuple[IPv4Address, ...]:
        """None."""
        return ()

    def in_route(self, interface: str, shared: bool) -> str:
        """Return the name of the interface."""
        return interface


@dataclass(frozen=True)
class Turn:
    """A weight that a line has at some hours of the week."""

    weight: Fraction
    hours: tuple[Hours, ...]


@dataclass(frozen=True)
class Wan:
    """One internet line.

    `weight` is a plain number, or bit/s where the user wrote a speed; only ratios count. At the hours of its `schedule` it has others. WANs
    of the lowest `tier` carry the traffic, higher tiers are backups.

    The rest is for failover: `probes` are the addresses to watch (none: defaults), of which `quorum` have to answer (None: half of them,
    rounded up); a line that loses more than `max_loss` percent, or takes longer than `max_latency` milliseconds, is out of use.
    `profile` and `patience` (seconds) are its own where it has any (None: those of all lines), `checks` what it has to show besides pings
    (None: the default), `failback` one of `NEW` and `MOVE`. Traffic by a `metered` line costs money: it is asked as seldom as a backup.
    """

    name: str
    interface: str
    gateway: Gateway
    weight: Fraction
    tier: int = 1
    source_address: IPv4Address | None = None
    probes: tuple[IPv4Address, ...] = ()
    quorum: int | None = None
    max_loss: int | None = None
    max_latency: int | None = None
    profile: str | None = None
    patience: int | None = None
    failback: str = NEW
    checks: frozenset[str] | None = None
    metered: bool = False
    schedule: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Lan:
    """One LAN side: an interface, or (`is_list`) an interface list of the router, or (`is_everything`) all that is no line's.

    `has_hotspot` says that a Hotspot serves it, and that only who is logged in there is balanced.
    """

    name: str
    is_list: bool = False
    has_hotspot: bool = False
    is_everything: bool = False

    def __str__(self) -> str:
        return self.name


def read_wans(data: object, place: str = "multiwan_wans") -> tuple[Wan, ...]:
    """Return the WANs in the order in which the user wrote them.

    Raises `IntentErrors` for anything that cannot be a set of one to eight lines. WANs are compared with each other as
    far as each by itself is right.
    """
    entries = read_list(data, place, "a list of WANs")
    if not MIN_WANS <= len(entries) <= MAX_WANS:
        raise IntentError(place, f"{len(entries)} given", f"write {MIN_WANS} to {MAX_WANS} WANs")
    problems = Problems()
    wans = problems.items(entries, place, _read_wan)
    written = {f"{place}[{index}]": entry for index, entry in enumerate(entries)}
    problems.read(None, _refuse_mixed_weights, {at: written[at] for at in wans})
    problems.read(None, refuse_twice, [(wan.name, f"{at}.name") for at, wan in wans.items()])
    problems.read(None, _refuse_mistakable, wans)
    problems.read(None, refuse_twice, [(wan.interface, f"{at}.interface") for at, wan in wans.items()])
    problems.read(None, _refuse_foreign_sources, wans)
    problems.read(None, _refuse_misread_gateways, wans)
    problems.refuse()
    return tuple(wans.values())


def read_lans(data: object, wans: Sequence[Wan] = (), place: str = "multiwan_lan_interfaces", own_list: str = "") -> tuple[Lan, ...]:
    """Return the LAN sides; an item is the name of an interface, `EVERYTHING`, or a mapping ``{interface: NAME}`` or ``{list: NAME}``,
    to which ``hotspot: auth`` may be added.

    Raises `IntentErrors`, also where one is the interface of one of `wans`, or the interface list that the role itself makes of them.
    """
    entries = read_list([data] if data == EVERYTHING else data, place, "a list of interfaces")
    if not entries:
        raise IntentError(place, "empty", "write the interface of the LAN, such as [bridge]")
    problems = Problems()
    lans = problems.items(entries, place, _read_lan)
    problems.read(None, _refuse_wans, lans, wans)
    for at, lan in lans.items():
        if lan.is_list and lan.name == own_list:
            problems.note(at, f"'{own_list}' is the list that the role makes of yours", "write yours")
    problems.read(None, refuse_twice, [(Lan(lan.name, lan.is_list), at) for at, lan in lans.items()])
    problems.refuse()
    return tuple(lans.values())


def route_gateway(wan: Wan, wans: Sequence[Wan]) -> str:
    """Return the gateway of one of `wans` as a route takes it."""
    others = {address for other in wans if other is not wan for address in other.gateway.addresses}
    return wan.gateway.in_route(wan.interface, shared=not others.isdisjoint(wan.gateway.addresses))


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
    written = read_mapping(data, place, WAN_KEYS)
    entry = {key: value for key, value in written.items() if value is not None}
    problems = Problems()
    problems.read(None, refuse_unknown_keys, written, place, WAN_KEYS)
    unknown = bool(problems)

    def name_of(key: str, example: str, kinds: type | UnionType = str) -> str:
        """A key that is missing beside an unknown one may be meant by it: that is one problem."""
        if key not in entry and unknown:
            return ""
        return problems.read("", read_name, entry, key, place, example, kinds)

    def whole(key: str, low: int, high: int) -> int | None:
        return problems.read(None, read_whole, entry[key], f"{place}.{key}", low, high) if key in entry else None

    name = name_of("name", "a short name of the line, such as isp1", kinds=str | int)
    if name:
        problems.read(None, _refuse_bad_name, name, f"{place}.name")
    interface = name_of("interface", "the router's interface to this line, such as ether1")
    problems.read(None, refuse_misread, interface, f"{place}.interface")
    gateway = name_of("gateway", f"'{LEASED}', the provider's gateway such as 203.0.113.1, or the interface itself for PPPoE and LTE")
    source = entry.get("source_address")
    metered = problems.read(False, read_truth, entry.get("metered", False), f"{place}.metered")
    back = entry.get("failback", MOVE if metered else NEW)
    checks = entry.get("checks")
    wan = Wan(
        name=name,
        interface=interface,
        gateway=_gateway(problems, gateway, interface, f"{place}.gateway"),
        weight=problems.read(Fraction(1), _read_weight, entry.get("weight", 1), f"{place}.weight"),
        tier=problems.read(1, read_whole, entry.get("tier", 1), f"{place}.tier", 1, 8),
        source_address=None if source is None else problems.read(None, read_host, source, f"{place}.source_address"),
        probes=problems.read((), _read_probes, entry.get("probes", []), f"{place}.probes"),
        quorum=whole("quorum", 1, MAX_PROBES),
        max_loss=whole("max_loss", 1, 99),
        max_latency=whole("max_latency", 1, 10_000),
        profile=problems.read(None, read_choice, entry["profile"], f"{place}.profile", PROFILES) if "profile" in entry else None,
        patience=whole("patience", 1, 60),
        failback=problems.read(NEW, read_choice, back, f"{place}.failback", (NEW, MOVE)),
        checks=None if checks is None else problems.read(None, read_choices, checks, f"{place}.checks", CHECKS),
        metered=metered,
        schedule=problems.read((), _read_schedule, entry.get("schedule", []), f"{place}.schedule"),
    )
    problems.refuse()
    return wan


def _refuse_bad_name(name: str, place: str) -> None:
    if not _NAME.fullmatch(name):
        raise IntentError(place, f"'{name}' cannot be used in marks", "write up to 32 letters, digits, '_', '.' or '-'")
    if name in RESERVED_NAMES:
        raise IntentError(place, f"'{name}' has a meaning of its own on the router", "write another name, such as isp1")


def _gateway(problems: Problems, text: str, interface: str, place: str) -> Gateway:
    """Without the name of the interface nobody knows whether that is meant."""
    own = InterfaceGateway()
    return own if not text or not interface or text == interface else problems.read(own, _read_gateway, text, interface, place)


def _read_gateway(text: str, interface: str, place: str) -> Gateway:
    """An address may have its interface behind it, as in a route: ``192.168.1.254%ether2``."""
    if text == LEASED:
        return LeaseGateway()
    address, percent, named = text.partition("%")
    if re.search(r"[^0-9.]", address):
        remedy = f"write {LEASED}, the gateway's address, or '{interface}' where the interface itself is the gateway (PPPoE, LTE)"
        raise IntentError(place, f"'{text}' is neither an IPv4 address nor this WAN's own interface", remedy)
    if percent and named != interface:
        raise IntentError(place, f"'{named}' is not the interface of this WAN", f"write {address}%{interface}")
    return AddressGateway(read_host(address, place), named=bool(percent))


def _read_probes(data: object, place: str) -> tuple[IPv4Address, ...]:
    entries = read_list(data, place, "a list of addresses")
    if len(entries) == 1 or len(entries) > MAX_PROBES:
        raise IntentError(place, f"{len(entries)} given", f"write 2 to {MAX_PROBES} addresses, or leave the key out")
    problems = Problems()
    probes = problems.items(entries, place, read_host)
    problems.refuse()
    return tuple(probes.values())


def _is_speed(value: object) -> bool:
    return isinstance(value, str) and value[-1:] in _UNITS


def _read_weight(value: object, place: str) -> Fraction:
    remedy = "write a number above zero such as 2, or a speed such as 10M or 1G"
    match = None if isinstance(value, bool) else _SPEED.fullmatch(str(value))
    if match is None:
        raise IntentError(place, f"'{value}' is not a weight", remedy)
    weight = Fraction(match[1]) * _UNITS.get(match[2], 1)
    if weight <= 0:
        raise IntentError(place, f"'{value}' gives the line no share", remedy)
    return weight


def _read_schedule(data: object, place: str) -> tuple[Turn, ...]:
    entries = read_list(data, place, "a list of hours with a weight each")
    if len(entries) > MOST_TURNS:
        raise IntentError(place, f"{len(entries)} given", f"write up to {MOST_TURNS}")
    problems = Problems()
    turns = problems.items(entries, place, _read_turn)
    problems.read(None, _refuse_overlaps, turns)
    problems.refuse()
    return tuple(turns.values())


def _read_turn(data: object, place: str) -> Turn:
    entry = read_mapping(data, place, TURN_KEYS)
    problems = Problems()
    problems.read(None, refuse_unknown_keys, entry, place, TURN_KEYS)
    if entry.get("weight") is None and not problems:
        problems.note(f"{place}.weight", "missing", "write the weight that the line has then, as you write that of the line")
    weight = problems.read(Fraction(1), _read_weight, 1 if entry.get("weight") is None else entry["weight"], f"{place}.weight")
    hours = problems.read((), read_hours, entry, place)
    problems.refuse()
    return Turn(weight, hours)


def _refuse_overlaps(turns: Mapping[str, Turn]) -> None:
    """At each minute a line has one weight."""
    problems = Problems()
    seen: dict[str, Turn] = {}
    for place, turn in turns.items():
        other = next((at for at, before in seen.items() if any(_meet(*both) for both in product(turn.hours, before.hours))), None)
        if other:
            problems.note(place, f"some of its hours are those of {other} as well", "write each hour once")
        seen[place] = turn
    problems.refuse()


def _meet(one: Hours, other: Hours) -> bool:
    """Whether they have a minute in common."""
    begin = max(one.begin, other.begin)
    return begin < MIDNIGHT and any(Moment(day, begin) in one and Moment(day, begin) in other for day in one.days)


def _refuse_mixed_weights(entries: Mapping[str, object]) -> None:
    """The first WAN with a weight says what all are written as. A WAN without one weighs 1, which is no speed."""
    written = {place: entry for place, entry in entries.items() if isinstance(entry, Mapping)}
    weights = {f"{place}.weight": entry.get("weight") for place, entry in written.items()}
    at_times = {
        f"{place}.schedule[{index}].weight": turn.get("weight")
        for place, entry in written.items()
        if isinstance(turns := entry.get("schedule"), Sequence)
        for index, turn in enumerate(turns)
        if isinstance(turn, Mapping)
    }
    speeds = {place: _is_speed(weight) for place, weight in {**weights, **at_times}.items() if weight is not None}
    word = {True: "a speed", False: "a plain number"}
    first = next(iter(speeds), "")
    for place, speed in speeds.items():
        if speed != speeds[first]:
            said = {**weights, **at_times}
            problem = f"'{said[place]}' is {word[speed]}, but {first} '{said[first]}' is {word[speeds[first]]}"
            raise IntentError(place, problem, "write all weights as speeds or all as numbers")
    problems = Problems()
    for place, weight in weights.items():
        if weight is None and any(speeds.values()):
            problems.note(place, "missing", "the others are speeds, write one such as 10M")
    problems.refuse()


def _refuse_mistakable(wans: Mapping[str, Wan]) -> None:
    """The same name twice is another problem (`refuse_twice`)."""
    problems = Problems()
    seen: dict[str, tuple[str, str]] = {}
    for place, wan in wans.items():
        first, name = seen.setdefault(wan.name.lower(), (place, wan.name))
        if name != wan.name:
            problem = f"'{wan.name}' and {first}.name '{name}' differ by case only"
            problems.note(f"{place}.name", problem, "write a name that nobody takes for the other")
    problems.refuse()


def _refuse_foreign_sources(wans: Mapping[str, Wan]) -> None:
    owners = {address: wan.name for wan in wans.values() for address in wan.gateway.addresses}
    problems = Problems()
    for place, wan in wans.items():
        if wan.source_address in owners:
            problem = f"'{wan.source_address}' is the gateway of WAN '{owners[wan.source_address]}'"
            problems.note(f"{place}.source_address", problem, "write an address that the provider gave you")
    problems.refuse()


def _refuse_misread_gateways(wans: Mapping[str, Wan]) -> None:
    """A route reads ``ADDRESS%INTERFACE`` and ``INTERFACE@VRF`` (manual, "IP Routing", "VRF"), and digits alone as an address."""
    problems = Problems()
    for place, wan in wans.items():
        is_gateway = isinstance(wan.gateway, InterfaceGateway) and re.fullmatch("[0-9.]+", wan.interface)
        named = not isinstance(wan.gateway, AddressGateway) or "%" in route_gateway(wan, list(wans.values()))
        if is_gateway or (named and re.search("[%@]", wan.interface)):
            problem = f"a route would read '{wan.interface}' as something else than this interface"
            problems.note(f"{place}.interface", problem, "give it a name without '%' and '@', and not of digits only, and write that")
    problems.refuse()


def _refuse_wans(lans: Mapping[str, Lan], wans: Sequence[Wan]) -> None:
    owners = {wan.interface: wan.name for wan in wans}
    problems = Problems()
    for place, lan in lans.items():
        if not lan.is_list and lan.name in owners:
            problem = f"'{lan.name}' is the interface of WAN '{owners[lan.name]}'"
            problems.note(place, problem, "write the interface of the LAN")
    problems.refuse()


def _read_lan(data: object, place: str) -> Lan:
    if data == EVERYTHING:
        return Lan(EVERYTHING, is_everything=True)
    if isinstance(data, str) and data.strip():
        refuse_misread(data, place)
        return Lan(str(data))
    if not isinstance(data, Mapping):
        raise IntentError(place, f"write the name of an interface, or {{list: NAME}} for an interface list, not {kind_of(data)}")
    refuse_unknown_keys(data, place, LAN_KEYS)
    entry = {key: value for key, value in data.items() if value is not None}
    hotspot = entry.pop("hotspot", None)
    if len(entry) != 1:
        raise IntentError(place, "write either interface or list, such as {list: LAN}")
    if hotspot is not None:
        read_choice(hotspot, f"{place}.hotspot", (AUTHORIZED,))
    (key,) = entry
    name = read_name(entry, key, place, "a name")
    refuse_misread(name, f"{place}.{key}")
    return Lan(name, is_list=key == "list", has_hotspot=hotspot is not None)
