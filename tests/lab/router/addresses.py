# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of all layers: IP, MAC, ports.

"Reads as" rules are [MAN, LIBR, TIK4, REST23] D/O unless a line says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

from .errors import invalid_value
from .values import Finder, Number, Value, split_negation


def parse_ip(text: str) -> IPv4Address | IPv6Address | None:
    """An address of either family; None for anything else. Leading zeros are refused."""
    for family in (IPv4Address, IPv6Address):
        try:
            return family(text)
        except AddressValueError:
            continue
    return None


def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """A prefix with its host bits cleared; an address alone is a host's prefix. None for anything else."""
    address, _, length = text.partition("/")
    if parse_ip(address) is None or (length and not length.isdecimal()):
        return None
    family = IPv6Network if ":" in address else IPv4Network
    try:
        return family(text, strict=False)
    except ValueError:
        return None


@dataclass(frozen=True)
class Address:
    """Addresses, comma separated: plain, or with a prefix length, ``%interface`` or ``@vrf``.

    :param words: keywords that may stand instead.
    """

    words: tuple[str, ...] = ()

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The addresses without blanks."""
        if text in self.words or text == "":
            return text
        parts = [part.strip() for part in text.split(",")]
        for part in parts:
            address, slash, length = re.split(r"[%@]", part, maxsplit=1)[0].partition("/")
            if parse_ip(address) is None or (slash and parse_network(f"{address}/{length}") is None):
                raise invalid_value(name)
        return ",".join(parts)


@dataclass(frozen=True)
class InterfaceAddress:
    """An address with its prefix length, kept with host bits; without a length it is a host's."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The address with its length."""
        network = parse_network(text)
        if network is None:
            raise invalid_value(name)
        return f"{text.partition('/')[0]}/{network.prefixlen}"


@dataclass(frozen=True)
class Prefix:
    """A prefix, host bits cleared, always with its length."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The prefix."""
        network = parse_network(text)
        if network is None:
            raise invalid_value(name)
        return str(network)


_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_*-]+(\.[A-Za-z0-9_-]+)*\.?")


@dataclass(frozen=True)
class AddressRange:
    """An address, a prefix (host bits cleared) or a range; a host's prefix equals its address [REST23] O.

    :param negatable: may start with ``!``.
    :param domains: a domain name is taken too.
    """

    negatable: bool = False
    domains: bool = False

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The range in its shortest form."""
        sign, rest = split_negation(text) if self.negatable else ("", text)
        first, dash, last = rest.partition("-")
        if dash and (low := parse_ip(first)) is not None and (high := parse_ip(last)) is not None:
            return f"{sign}{low}-{high}"
        network = parse_network(rest)
        if network is not None:
            host = network.prefixlen == network.max_prefixlen
            return sign + (str(network.network_address) if host else str(network))
        if self.domains and _DOMAIN.fullmatch(rest) and not re.fullmatch(r"[\d./]+", rest):
            return rest
        raise invalid_value(name)


_MAC = re.compile(r"([0-9A-Fa-f]{2})[:.-]?" * 5 + r"([0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Mac:
    """MAC addresses, written with any separator, read upper-case with colons; a list is comma separated [SCH] O/I."""

    negatable: bool = False

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The addresses without blanks."""
        sign, rest = split_negation(text) if self.negatable else ("", text)
        if rest == "":
            return rest
        found = [_MAC.fullmatch(part.strip()) for part in rest.split(",")]
        if not all(found):
            raise invalid_value(name)
        return sign + ",".join(":".join(mac.groups()).upper() for mac in found if mac)


@dataclass(frozen=True)
class Ports:
    """Ports and ranges of ports, comma separated; at most 15 [SCH] O."""

    def parse(self, name: str, text: str, finder: Finder) -> Value:
        """The ports without blanks."""
        sign, rest = split_negation(text)
        parts = [part.strip() for part in rest.split(",")]
        if len(parts) > 15:
            raise invalid_value(name)
        number = Number(0, 65535)
        for part in parts:
            for port in part.split("-", 1):
                number.parse(name, port, finder)
        return sign + ",".join(parts)
