# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote for balancing, read and checked. Nothing here knows a router."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError, collapse_addresses, summarize_address_range

from ..lines import Lan, Wan, balanced, read_lans, read_wans
from ..periods import Period, periods
from ..reading import (
    IntentError,
    Problems,
    read_choice,
    read_choices,
    read_list,
    read_number,
    read_truth,
    read_whole,
    refuse_twice,
    refuse_unknown,
)
from ..routeros.names import LAN_LIST
from ..routeros.rows import networks
from . import buckets

#: What is never balanced, whatever else the user adds: private and special networks of the IANA registries (RFC 1918, RFC 6598, RFC 3927,
#: RFC 5771, RFC 919).
DEFAULT_BYPASS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "255.255.255.255",
)

#: The fields that RouterOS can hash (`per-connection-classifier`, manual page "Mangle").
CLASSIFIERS = (
    "both-addresses",
    "both-addresses-and-ports",
    "both-ports",
    "dst-address",
    "dst-address-and-port",
    "dst-port",
    "src-address",
    "src-address-and-port",
    "src-port",
)

MAIN, LINES = "main", "lines"
"""Whom what is not balanced follows: the table main as its owner has it, or the lines."""

CHECK_GATEWAYS = ("ping", "arp", "none")

#: Rows of others that take what we balance, or mislead it. Who knows what they do may want them.
CONFLICTS = (
    *("fasttrack", "default-route", "policy-rules", "dst-nat", "masquerade", "balancing", "marks"),
    *("lists", "l3-hardware", "hotspot", "vrf", "notrack", "rule", "source-address"),
)

REMOVAL = "removal"
"""The kind of what speaks against taking everything away."""

#: All kinds of findings that stop the role. `pcc_balance_warn_only` takes any of them; other findings warn anyway.
KINDS = ("interface", "gateway", "dhcp", "network", "rp-filter", "name", "ports", *CONFLICTS, REMOVAL)

#: Kinds of findings that the role itself can mend in rows of others, or by rows of its own. `multiwan_take_over` takes any of them.
TAKE_OVER = ("fasttrack", "balancing", "marks", "lists", "network", "ports", "rp-filter", "dst-nat", "clients")
WIDENS = frozenset({"clients"})
"""Of these, what makes the LAN larger, and with it all that the firewall allows the LAN. It takes a word of its own."""
ALL = "all"

MOST_ROWS = buckets.MAX_ROWS
"""Of one classifier, for the usual weights and those by time of day together: each new connection may meet them."""

_SERVICE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?/(tcp|udp)")


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


@dataclass(frozen=True)
class Options:
    """What the user may choose, with the defaults of the role."""

    tolerance: Fraction = buckets.DEFAULT_TOLERANCE
    max_rows: int = buckets.DEFAULT_MAX_ROWS
    classifier_tcp: str = "both-addresses"
    classifier_udp: str = "src-address"
    check_gateway: str = "ping"
    nat: bool = True
    bypass_services: tuple[Service, ...] = ()
    warn_only: frozenset[str] = frozenset()
    take_over: frozenset[str] = frozenset()
    unmarked: str = ""
    first_wan: str = ""


@dataclass(frozen=True)
class Intent:
    """All that the user wrote for balancing, checked."""

    wans: tuple[Wan, ...]
    lans: tuple[Lan, ...]
    bypass: tuple[str, ...]
    options: Options


def read_intent(data: Mapping[str, object]) -> Intent:
    """Return the user's data, checked: `wans`, `lan_interfaces`, `bypass`, and the options of the role by their short names.

    Raises `IntentErrors` with all that is wrong.
    """
    rest = dict(data)
    problems = Problems()
    wans = problems.read((), read_wans, rest.pop("wans", None))
    lans = problems.read((), read_lans, rest.pop("lan_interfaces", None), wans, own_list=LAN_LIST)
    more = problems.read((), read_bypass, rest.pop("bypass", ()))
    options = problems.read(None, read_options, rest)
    if wans and options:
        problems.read(None, solve_buckets, wans, options)
        problems.read(None, solve_periods, wans, options)
        problems.read(None, _refuse_unknown_first, wans, options.first_wan)
    bypass = (*DEFAULT_BYPASS, *(network for network in more if network not in DEFAULT_BYPASS))
    problems.read(None, _refuse_everything, bypass)
    problems.refuse()
    return Intent(wans, lans, bypass, options or Options())


def read_options(data: Mapping[str, object], prefix: str = "pcc_balance_") -> Options:
    """Return the options in `data`, checked; a missing one has its default, errors name ``prefix + key``.

    `classifier`, where given and not empty, stands for both classifiers. Raises `IntentErrors` with all that is wrong.
    """
    default = Options()
    problems = Problems()
    problems.read(None, refuse_unknown, data, ("classifier", *Options.__dataclass_fields__), prefix)

    def value(key: str) -> object:
        return data.get(key, getattr(default, key))

    def choice(key: str, choices: Sequence[str]) -> str:
        return problems.read("", read_choice, value(key), prefix + key, choices)

    if both := data.get("classifier"):
        tcp = udp = problems.read("", read_choice, both, f"{prefix}classifier", CLASSIFIERS)
    else:
        tcp, udp = choice("classifier_tcp", CLASSIFIERS), choice("classifier_udp", CLASSIFIERS)
    options = Options(
        tolerance=problems.read(Fraction(0), read_number, data.get("tolerance", float(default.tolerance)), f"{prefix}tolerance", 0, 50),
        max_rows=problems.read(0, read_whole, value("max_rows"), f"{prefix}max_rows", 2, buckets.MAX_ROWS),
        classifier_tcp=tcp,
        classifier_udp=udp,
        check_gateway=choice("check_gateway", CHECK_GATEWAYS),
        nat=problems.read(True, read_truth, value("nat"), f"{prefix}nat"),
        bypass_services=problems.read((), read_services, value("bypass_services"), f"{prefix}bypass_services"),
        unmarked=problems.read("", read_choice, value("unmarked"), "multiwan_unmarked", (MAIN, LINES)) if value("unmarked") else "",
        first_wan=str(value("first_wan") or ""),
        warn_only=problems.read(frozenset(), read_choices, data.get("warn_only", ()), f"{prefix}warn_only", KINDS),
        take_over=problems.read(frozenset(), read_take_over, data.get("take_over", ())),
    )
    problems.refuse()
    return options


def read_take_over(data: object, place: str = "multiwan_take_over") -> frozenset[str]:
    """Return the kinds of what may be changed in rows of others: ``all`` of them but `WIDENS`, or those in a list."""
    chosen = read_choices([data] if data == ALL else data, place, (ALL, *TAKE_OVER))
    return (chosen | frozenset(TAKE_OVER) - WIDENS) - {ALL} if ALL in chosen else chosen


def solve_buckets(wans: Sequence[Wan], options: Options, prefix: str = "pcc_balance_") -> buckets.Buckets:
    """Return the buckets of the WANs that share the traffic."""
    try:
        return buckets.solve(tuple(wan.weight for wan in balanced(wans)), options.tolerance, options.max_rows)
    except ValueError as error:
        raise IntentError(f"{prefix}max_rows", str(error), "write a larger number") from None


def solve_periods(wans: Sequence[Wan], options: Options, prefix: str = "pcc_balance_") -> list[tuple[Period, buckets.Buckets]]:
    """Return the hours at which the WANs have other weights than usual, with their buckets.

    Raises `IntentError` for more than `MOST_ROWS` rows of one classifier together.
    """
    if len(wans) == 1:  # nothing is balanced
        return []
    solved = [(period, solve_buckets(period.wans, options, prefix)) for period in periods(wans)]
    rows = sum(one.rows for one in [solve_buckets(wans, options, prefix), *(one for _period, one in solved)]) if solved else 0
    if rows > MOST_ROWS:
        problem = f"the usual weights and those by time of day take {rows} rows together, and the maximum is {MOST_ROWS}"
        raise IntentError(f"{prefix}max_rows", problem, f"write {MOST_ROWS // (len(solved) + 1)}, or fewer different weights")
    return solved


def _refuse_unknown_first(wans: Sequence[Wan], name: str) -> None:
    """Only a WAN of the lowest tier carries traffic while all are well."""
    if name and name not in (wan.name for wan in balanced(wans)):
        problem = f"'{name}' is the name of no WAN" if name not in (wan.name for wan in wans) else f"'{name}' is a backup"
        raise IntentError("pcc_balance_first_wan", problem, f"write one of {', '.join(wan.name for wan in balanced(wans))}")


def read_bypass(data: object, place: str = "pcc_balance_bypass") -> tuple[str, ...]:
    """Return destinations in RouterOS' own spelling: ``10.0.0.0/8``, ``192.0.2.1`` (never /32) or ``192.0.2.1-192.0.2.9``."""
    problems = Problems()
    networks = problems.items(read_list(data, place, "a list of networks"), place, _read_destination)
    problems.read(None, refuse_twice, [(network, at) for at, network in networks.items()])
    problems.refuse()
    return tuple(networks.values())


def _refuse_everything(bypass: Sequence[str]) -> None:
    """Each by itself is not everything (`_read_destination`), together they may be."""
    (first, *more) = collapse_addresses(network for entry in bypass for network in networks(entry))
    if not more and first.prefixlen == 0:
        problem = "its networks are everything together, so that nothing would be balanced"
        raise IntentError("pcc_balance_bypass", problem, "write the networks to leave out")


def read_services(data: object, place: str = "pcc_balance_bypass_services") -> tuple[Service, ...]:
    """Return services; an item is written ``53/udp`` or ``8000-8099/tcp``."""
    problems = Problems()
    services = problems.items(read_list(data, place, "a list of services"), place, _read_service)
    problems.read(None, refuse_twice, [(service, at) for at, service in services.items()])
    problems.refuse()
    return tuple(services.values())


def _read_service(data: object, place: str) -> Service:
    match = _SERVICE.fullmatch(str(data))
    if match is None or not 0 < int(match[1]) <= int(match[2] or match[1]) < 2**16:
        raise IntentError(place, f"'{data}' is not a service", "write 53/udp, 443/tcp or 8000-8099/tcp")
    return Service(match[3], int(match[1]), int(match[2] or match[1]))


def _read_destination(data: object, place: str) -> str:
    """A range that is a network is written as one, because a router may show it so."""
    text = str(data)
    try:
        if "-" in text:
            first, last = (IPv4Address(part) for part in text.split("-", 1))
            if first > last:
                raise IntentError(place, f"'{text}' ends before it starts", f"write {last}-{first}")
            network, *more = summarize_address_range(first, last)
            if more:
                return f"{first}-{last}"
        else:
            network = IPv4Network(text, strict=False)
    except (AddressValueError, NetmaskValueError):
        raise IntentError(place, f"'{text}' is not an IPv4 network", "write 10.0.0.0/8, 192.0.2.1 or 192.0.2.1-192.0.2.9") from None
    if "/" in text and IPv4Address(text.split("/", 1)[0]) != network.network_address:
        raise IntentError(place, f"'{text}' has bits set behind its mask", f"write {network}")
    if network.prefixlen == 0:
        raise IntentError(place, f"'{text}' is everything, so that nothing would be balanced", "write the networks to leave out")
    return str(network.network_address) if network.prefixlen == 32 else str(network)
