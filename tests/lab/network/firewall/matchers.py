# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RouterOS matchers as nft expressions.

Matchers run in a fixed order whatever the order of writing, nth and PCC last [MAN:Common matchers] D.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from ...router.hotspot import WORDS
from ...router.times import parse_duration
from .names import KNOWN_CLIENTS, OUTSIDE_CLIENTS, address_set
from .snapshot import CompileError, Shown, Snapshot

ROUTING_MARK = 0xFFFF
"""The bits of a packet's mark that are its routing mark; those above are its packet mark [GPL] D: they are separate."""
PACKET_MARK = 0x7FFF0000
CONNECTION_MARK = 0xFFFF
FASTTRACKED = 0x80000000
"""The bit of a connection's mark that says that it is fasttracked; of a packet's mark too, where FastTrack looks at main only."""

PROTOCOLS = {"icmp": 1, "igmp": 2, "ggp": 3, "ipencap": 4, "st": 5, "tcp": 6, "egp": 8, "pup": 12, "udp": 17, "hmp": 20}
PROTOCOLS |= {"xns-idp": 22, "rdp": 27, "iso-tp4": 29, "dccp": 33, "xtp": 36, "ddp": 37, "idpr-cmtp": 38, "ipv6-encap": 41}
PROTOCOLS |= {"ipv6-route": 43, "ipv6-frag": 44, "rsvp": 46, "gre": 47, "ipsec-esp": 50, "ipsec-ah": 51, "icmpv6": 58}
PROTOCOLS |= {"ipv6-nonxt": 59, "ipv6-opts": 60, "rspf": 73, "vmtp": 81, "ospf": 89, "ipip": 94, "etherip": 97, "encap": 98}
PROTOCOLS |= {"pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132, "udp-lite": 136}
"""The console's names [SCH] O with IANA's numbers."""

_PORTED = ("tcp", "udp", "udp-lite", "sctp", "dccp")
"""Protocols whose ports are hashed [GPL] D."""
WITH_PORTS = f"{{ {', '.join(name.replace('-', '') for name in _PORTED)} }}"
"""The same as nft writes them."""


class Never(Exception):
    """The matcher matches no packet, so the row has no part to play."""


@dataclass(frozen=True)
class Matching:
    """A matcher with its value.

    :param value: without its leading ``!``.
    :param negated: whether it had one.
    """

    snapshot: Snapshot
    menu: str
    row: Shown
    name: str
    value: str
    negated: bool

    @property
    def compare(self) -> str:
        """``!=`` or nothing, as nft wants it between a key and a set."""
        return "!= " if self.negated else ""

    @property
    def equal(self) -> str:
        """``!=`` or ``==``."""
        return "!=" if self.negated else "=="

    def refuse(self, reason: str = "") -> CompileError:
        """The error for a value that is not played."""
        return CompileError(self.menu, self.row, f"{self.name}={self.row[self.name]}{reason}")


Matcher = Callable[[Matching], str]


def has_ports(protocol: str) -> bool:
    """Whether a value of ``protocol`` leaves only packets with ports."""
    return protocol in _PORTED


def matches(snapshot: Snapshot, menu: str, row: Shown) -> Iterator[str]:
    """The expressions of a row, one string per nft rule: a packet that meets any of them is matched.

    :raises Never: when no packet can be.
    :raises CompileError: for a matcher or value that is not known.
    """
    before = []
    for name, matcher in MATCHERS.items():
        if name in row:
            before.append(matcher(_matching(snapshot, menu, row, name)))
    whose = _hotspot(_matching(snapshot, menu, row, "hotspot")) if "hotspot" in row else iter([""])
    hashed = _classifier(_matching(snapshot, menu, row, "per-connection-classifier")) if "per-connection-classifier" in row else iter([""])
    for first, last in product(whose, hashed):
        yield " ".join(filter(None, (first, *before, last)))


def _matching(snapshot: Snapshot, menu: str, row: Shown, name: str) -> Matching:
    value = row[name]
    wanted = Matching(snapshot, menu, row, name, value.removeprefix("!"), value.startswith("!"))
    if not wanted.value:
        raise wanted.refuse()
    return wanted


def _interface(key: str) -> Matcher:
    def matcher(wanted: Matching) -> str:
        if wanted.value in wanted.snapshot.groups:
            return _one_of(key, wanted, wanted.snapshot.groups[wanted.value])
        if wanted.value not in wanted.snapshot.devices:
            raise wanted.refuse()
        return f'{key} {wanted.compare}"{wanted.snapshot.devices[wanted.value]}"'

    return matcher


def _interface_list(key: str) -> Matcher:
    return lambda wanted: _one_of(key, wanted, wanted.snapshot.interface_lists.get(wanted.value, frozenset()))


def _one_of(key: str, wanted: Matching, devices: frozenset[str]) -> str:
    """Whether a packet's device is one of some, or is not.

    :raises Never: when it can be none.
    """
    if not devices and not wanted.negated:
        raise Never
    return f"{key} {wanted.compare}{_quoted(devices)}" if devices else ""


def _quoted(names: frozenset[str]) -> str:
    return "{ " + ", ".join(f'"{name}"' for name in sorted(names)) + " }"


def _address_type(key: str) -> Matcher:
    return lambda wanted: f"fib {key} type {wanted.compare}{{ {wanted.value} }}"


def _address(key: str) -> Matcher:
    return lambda wanted: f"ip {key} {wanted.compare}{wanted.value}"


def _address_list(key: str) -> Matcher:
    return lambda wanted: f"ip {key} {wanted.compare}@{address_set(wanted.value)}"


def _protocol(wanted: Matching) -> str:
    number = str(PROTOCOLS.get(wanted.value, wanted.value))
    if not number.isdecimal() or int(number) > 255:
        raise wanted.refuse()
    return f"meta l4proto {wanted.compare}{number}"


def _port(key: str) -> Matcher:
    """A row that leaves the protocol open matches packets that have ports: our choice."""

    def matcher(wanted: Matching) -> str:
        protocol = wanted.row.get("protocol", "!")
        if has_ports(protocol):
            return f"th {key} {wanted.compare}{{ {wanted.value} }}"
        if not protocol.startswith("!"):
            raise wanted.refuse(f" with protocol={protocol}")
        return f"meta l4proto {WITH_PORTS} th {key} {wanted.compare}{{ {wanted.value} }}"

    return matcher


def _mac(wanted: Matching) -> str:
    return f"ether saddr {wanted.equal} {wanted.value}"


def _state(wanted: Matching) -> str:
    return f"ct state {wanted.compare}{{ {wanted.value} }}"


def _nat_state(wanted: Matching) -> str:
    words = {"srcnat": "snat", "dstnat": "dnat"}
    if wanted.value not in words:
        raise wanted.refuse()
    return f"ct status & {words[wanted.value]} {'==' if wanted.negated else '!='} 0"


def _connection_mark(wanted: Matching) -> str:
    return f"ct mark & {CONNECTION_MARK:#x} {wanted.equal} {_mark(wanted)}"


def _packet_mark(wanted: Matching) -> str:
    return f"meta mark & {PACKET_MARK:#x} {wanted.equal} {_mark(wanted) << 16:#x}"


def _mark(wanted: Matching) -> int:
    """One mark: the console describes no list here, as it does for states [SCH] O."""
    if "," in wanted.value:
        raise wanted.refuse()
    return 0 if wanted.value == "no-mark" else wanted.snapshot.marks.of(wanted.value)


def _routing_mark(wanted: Matching) -> str:
    return f"meta mark & {ROUTING_MARK:#x} {wanted.equal} {wanted.snapshot.routing_mark(wanted.value)}"


def _ipsec_policy(wanted: Matching) -> str:
    """The lab has no IPsec: every packet is without policy. The console offers no ``!`` [SCH] O."""
    if wanted.negated or not re.fullmatch("(in|out),(none|ipsec)", wanted.value):
        raise wanted.refuse()
    if wanted.value.endswith(",ipsec"):
        raise Never
    return ""


def _flags(wanted: Matching) -> str:
    """``syn,!ack``: the first is set, the second is not [SCH] O. Of no other protocol than TCP."""
    flags = wanted.value.split(",")
    names = [flag.removeprefix("!") for flag in flags]
    if wanted.row.get("protocol") != "tcp" or wanted.negated or not set(names) <= TCP_FLAGS:
        raise wanted.refuse()
    on = " | ".join(flag for flag in flags if not flag.startswith("!")) or "0x0"
    return f"tcp flags & ({' | '.join(names)}) == {on}"


TCP_FLAGS = {"ack", "cwr", "ece", "fin", "psh", "rst", "syn", "urg"}


def _size(wanted: Matching) -> str:
    if not re.fullmatch(r"\d+(-\d+)?", wanted.value):
        raise wanted.refuse()
    return f"ip length {wanted.compare}{wanted.value}"


def _limit(wanted: Matching) -> str:
    """``COUNT[/TIME],BURST[:packet]``; without a time per second [SCH] O. The kernel counts per second, minute, hour or day."""
    found = re.fullmatch(r"(\d+)(?:/(\w+))?,(\d+)(?::packet)?", wanted.value)
    milliseconds = parse_duration(found[2] or "1s") if found else None
    if found is None or not milliseconds:
        raise wanted.refuse()
    for unit, length in (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400)):
        rate = Fraction(int(found[1]) * 1000 * length, milliseconds)
        if rate.denominator == 1:
            return f"limit rate {'over ' if wanted.negated else ''}{rate}/{unit} burst {found[3]} packets"
    raise wanted.refuse()


def _random(wanted: Matching) -> str:
    return f"numgen random mod 100 < {wanted.value}"


def _nth(wanted: Matching) -> str:
    """Of every N packets that get here, one; counted per rule [MAN:mangle] D. It starts anew when rules change I.

    Which one is taken when only N is given is unknown; of one it is that one.
    """
    found = re.fullmatch(r"(\d+),(\d+)", "1,1" if wanted.value == "1" else wanted.value)
    if found is None or not 1 <= int(found[2]) <= int(found[1]):
        raise wanted.refuse()
    return f"numgen inc mod {found[1]} {wanted.equal} {int(found[2]) - 1}"


def _time(wanted: Matching) -> str:
    """``22h-1d,fri,sat``, by the router's clock [MAN:Common matchers] D. A row whose time it is not plays no part; that the
    end is outside is our choice. Over midnight: the hours of the same day before and after I.

    :raises Never: when it is another time.
    """
    span, *days = wanted.value.split(",")
    begin, dash, end = span.partition("-")
    milliseconds = [parse_duration(text) for text in (begin, end)]
    if wanted.negated or not dash or None in milliseconds or not set(days) <= set(DAYS):
        raise wanted.refuse()
    first, last = (int(amount or 0) // 1000 for amount in milliseconds)
    day, second = divmod(int(wanted.snapshot.moment), 24 * 3600)
    inside = first <= second < last if first <= last else second >= first or second < last
    if not inside or (days and DAYS[(day + 4) % 7] not in days):  # 1970 began with a Thursday
        raise Never
    return ""


DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def _hotspot(wanted: Matching) -> Iterator[str]:
    """``auth`` and the like, each with ``!`` or without; all of them must hold. A packet is of a client that is logged in by where it
    comes from or, once that is known, by where it goes I. ``http``, requests for proxies that are not there, is not played: no packet is.

    :raises Never: when no packet can be.
    """
    signs = {word.removeprefix("!"): not word.startswith("!") for word in wanted.row["hotspot"].split(",")}
    if not signs.keys() <= set(WORDS):
        raise wanted.refuse()
    hotspots = wanted.snapshot.hotspots
    positive = {word for word, sign in signs.items() if sign}
    if "http" in positive or (not hotspots.devices and positive & {"auth", "from-client", "to-client"}):
        raise Never
    parts = []
    if "local-dst" in signs:
        parts.append(f"fib daddr type {'' if signs['local-dst'] else '!= '}local")
    for word, device, address in (("from-client", "iifname", "saddr"), ("to-client", "oifname", "daddr")):
        if word in signs and hotspots.devices:
            parts.append(f"{device} {'' if signs[word] else '!= '}{_quoted(hotspots.devices)}")
            parts += [f"{device} . ip {address} != @{OUTSIDE_CLIENTS}"] if signs[word] and hotspots.outside else []
    for known in _known_clients(signs, hotspots.devices):
        yield " ".join(filter(None, (*parts, known)))


def _known_clients(signs: Mapping[str, bool], devices: frozenset[str]) -> Iterator[str]:
    """Who is logged in, or is not: the one that sends, the one that receives, either."""
    if "auth" not in signs or not devices:
        yield ""
        return
    compare = "" if signs["auth"] else "!= "
    sends = f"iifname . ip saddr {compare}@{KNOWN_CLIENTS}"
    receives = f"oifname . ip daddr {compare}@{KNOWN_CLIENTS}"
    if signs.get("from-client"):
        yield sends
    elif signs.get("to-client"):
        yield receives
    elif not signs["auth"]:
        yield f"{sends} {receives}"
    else:
        yield sends
        yield f"iifname != {_quoted(devices)} {receives}"


MATCHERS: Mapping[str, Matcher] = {
    "src-mac-address": _mac,
    "in-interface": _interface("iifname"),
    "out-interface": _interface("oifname"),
    "in-interface-list": _interface_list("iifname"),
    "out-interface-list": _interface_list("oifname"),
    "src-address-type": _address_type("saddr"),
    "dst-address-type": _address_type("daddr"),
    "src-address": _address("saddr"),
    "dst-address": _address("daddr"),
    "src-address-list": _address_list("saddr"),
    "dst-address-list": _address_list("daddr"),
    "protocol": _protocol,
    "tcp-flags": _flags,
    "packet-size": _size,
    "src-port": _port("sport"),
    "dst-port": _port("dport"),
    "packet-mark": _packet_mark,
    "routing-mark": _routing_mark,
    "connection-mark": _connection_mark,
    "connection-state": _state,
    "connection-nat-state": _nat_state,
    "ipsec-policy": _ipsec_policy,
    "limit": _limit,
    "random": _random,
    "nth": _nth,
    "time": _time,
}
"""In the order in which they run; ``per-connection-classifier`` is last."""

FIELDS = {"src-address": "a", "dst-address": "b", "both-addresses": "ab", "src-port": "s", "dst-port": "d", "both-ports": "sd"}
FIELDS |= {"src-address-and-port": "as", "dst-address-and-port": "bd", "both-addresses-and-ports": "absd"}
"""What each classifier hashes, by letters: addresses and ports of source and destination."""
_KEYS = {"a": "ip saddr", "b": "ip daddr", "s": "@th,0,16", "d": "@th,16,16"}
"""The hash runs over source address, destination address, source port, destination port, in this order [GPL] D."""


def _classifier(wanted: Matching) -> Iterator[str]:
    """``classifier:denominator/remainder`` [GPL] D.

    nft takes the hash's share by multiplying, the router by ``%``: as even, as sticky, in other buckets. The router's
    seed is drawn at each boot, so no bucket means anything to the outside. Ports are hashed where there are some; all
    packets of other protocols that have no other field to be told apart by fall into one bucket [GPL] D.
    """
    classifier, _, share = wanted.value.partition(":")
    denominator, _, remainder = share.partition("/")
    if classifier not in FIELDS:
        raise wanted.refuse()
    fields = FIELDS[classifier]
    addresses = "".join(field for field in fields if field in "ab")

    def hashed(names: str) -> str:
        if denominator == "1":
            return "" if not wanted.negated else "meta l4proto 0 meta l4proto 1"
        if not names:
            return "" if (remainder == "0") != wanted.negated else "meta l4proto 0 meta l4proto 1"
        key = " . ".join(_KEYS[name] for name in names).replace("@th,0,16 . @th,16,16", "@th,0,32")
        return f"jhash {key} mod {denominator} seed {wanted.snapshot.seed:#x} {wanted.equal} {remainder}"

    if addresses == fields:
        yield hashed(fields)
    else:
        yield f"meta l4proto {WITH_PORTS} {hashed(fields)}"
        yield f"meta l4proto != {WITH_PORTS} {hashed(addresses)}"
