# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Walks a packet through the rows of a firewall menu, row by row, as the router would.

What the hash of a connection is, nobody can read on a router: its seed is drawn at each boot. So at a row that asks for it the walk goes
both ways, and each end has its share. The two hashes of one connection (its bucket, and its slot where the line of the bucket is out of
use) are remainders of one number: which of them go together is counted, not guessed. Where a row asks for what is not known the walk goes
both ways as well, and if these do not come to the same, the end says which row it is and has no line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from ipaddress import IPv4Address
from math import lcm

from ..pcc_balance.intent import CLASSIFIERS
from ..routeros.paths import MANGLE, NAT, RAW, menu
from ..routeros.rows import Row, label
from .packets import HASH, HERE, Packet, Scene, meets

Remainder = Callable[[str, Packet, int], int]
"""What the hash of a packet leaves: by the classifier, the packet and the denominator."""

MOST_DOUBTS = 6
"""So many rows of one way may ask for what is not known before nothing is said of where it ends."""
MOST_BUCKETS = 200_000
"""So many remainders are told apart. The largest denominator of ours is 1,000 buckets times 13 slots."""

_CHANGES_NOTHING = frozenset(
    {"passthrough", "log", "change-dscp", "change-mss", "change-ttl", "clear-df", "set-priority", "sniff-pc", "sniff-tzsp"}
    | {"strip-ipv4-options"}
)
_PORTLESS = {name: name.removesuffix("-and-ports").removesuffix("-and-port") for name in CLASSIFIERS}
_PORTLESS |= dict.fromkeys(("src-port", "dst-port", "both-ports"), "nothing")
"""What a classifier hashes of a packet without ports, by the word for it: two of them may hash the same then (published kernel sources)."""
_FILLS = frozenset({"add-src-to-address-list", "add-dst-to-address-list"})


@dataclass(frozen=True)
class End:
    """Where a walk ends.

    :param share: of all seeds that the router may have drawn.
    :param packet: as it leaves the menu.
    :param passed: the rows that it met, in order.
    :param doubt: why nobody can know where it goes; empty where it is known.
    :param asks: the row that asks for what cannot be known.
    """

    share: Fraction
    packet: Packet
    passed: tuple[Row, ...] = ()
    doubt: str = ""
    asks: Row | None = None


@dataclass(frozen=True)
class _Residues:
    """What a hash may be: its remainders by a modulus."""

    modulus: int = 1
    left: frozenset[int] = frozenset({0})

    def split(self, denominator: int, remainder: int) -> tuple[_Residues, _Residues]:
        """Those that leave this remainder, and the others."""
        modulus = lcm(self.modulus, denominator)
        wide = frozenset(value + self.modulus * turn for value in self.left for turn in range(modulus // self.modulus))
        inside = frozenset(value for value in wide if value % denominator == remainder)
        return _Residues(modulus, inside), _Residues(modulus, wide - inside)


@dataclass(frozen=True)
class _Place:
    """Where a packet is.

    :param frames: the chains that it is in, each with the number of its next row.
    :param hashes: what its hash may be, by classifier.
    :param doubts: how many rows on its way asked for what is not known.
    """

    frames: tuple[tuple[str, int], ...]
    packet: Packet
    passed: tuple[Row, ...] = ()
    hashes: Mapping[str, _Residues] | None = None
    doubts: int = 0


class Walk:
    """A menu of the firewall of one router.

    :param remainder: knows the router's hash, as the lab does; None where nobody does.
    """

    def __init__(self, scene: Scene, path: str, remainder: Remainder | None = None) -> None:
        self.scene, self.path, self.remainder = scene, path, remainder
        self.rows = scene.found.get(path, ())
        self.chains: dict[str, list[Row]] = {}
        for row in self.rows:
            if not row.get("disabled"):
                self.chains.setdefault(str(row.get("chain")), []).append(row)
        lists = ("src-address-list", "dst-address-list")
        everything = [row for menu_ in (RAW, MANGLE, NAT) for row in scene.found.get(menu_, ())]
        self._asked = {str(row[key]).removeprefix("!") for row in everything for key in lists if row.get(key)}
        self._asks_for_packets = any(row.get("packet-mark") for row in everything)

    def through(self, chain: str, packet: Packet) -> list[End]:
        """Return the ends of a packet that comes to a chain of the router's own; their shares are one together."""
        return _merged(self._walk(_Place(((chain, 0),), packet, hashes={}), Fraction(1)))

    def _walk(self, place: _Place, share: Fraction) -> list[End]:
        ends: list[End] = []
        while place.frames:
            *outer, (chain, at) = place.frames
            rows = self.chains.get(chain, [])
            if at >= len(rows):
                place = replace(place, frames=tuple(outer))
                continue
            row, place = rows[at], replace(place, frames=(*outer, (chain, at + 1)))
            met, unsure = meets(self.scene, row, place.packet)
            if met is False or (met is None and self._is_harmless(row)):
                continue
            if met is None:
                return [*ends, *self._both(place, row, unsure, share)]
            inside, hashes, doubt = self._hash(row, place)
            if doubt:
                return [*ends, self._doubt(place, row, doubt, share)]
            if inside == 0:
                continue
            if inside < 1:
                taken = replace(place, hashes=hashes[0])
                ends += self._taken(taken, row, share * inside)
                place, share = replace(place, hashes=hashes[1]), share * (1 - inside)
                continue
            acted = self._act(replace(place, hashes=hashes[0]), row)
            if isinstance(acted, str):
                return [*ends, self._doubt(place, row, acted, share)]
            place = acted
        return [*ends, End(share, place.packet, place.passed)]

    def _taken(self, place: _Place, row: Row, share: Fraction) -> list[End]:
        acted = self._act(place, row)
        return [self._doubt(place, row, acted, share)] if isinstance(acted, str) else self._walk(acted, share)

    def _both(self, place: _Place, row: Row, unsure: str, share: Fraction) -> list[End]:
        """Ways with and without a row: the same, or nobody knows."""
        doubt = replace(self._doubt(place, row, f"asks for {unsure}", share), asks=row)
        if place.doubts >= MOST_DOUBTS:
            return [doubt]
        place = replace(place, doubts=place.doubts + 1)
        without, within = self._walk(place, share), self._taken(place, row, share)
        return without if _weighed(without) == _weighed(within) else [doubt]

    def _doubt(self, place: _Place, row: Row, why: str, share: Fraction) -> End:
        return End(share, place.packet, (*place.passed, row), f"{menu(self.path)} {label(row, self.rows)} {why}")

    def _is_harmless(self, row: Row) -> bool:
        """Whether a row changes nothing of the way of a packet, met or not."""
        action = row.get("action")
        if row.get("passthrough") in (False, "no"):
            return False
        if action in _FILLS:
            return str(row.get("address-list")) not in self._asked
        return action in _CHANGES_NOTHING or (action == "mark-packet" and not self._asks_for_packets)

    def _hash(self, row: Row, place: _Place) -> tuple[Fraction, tuple[Mapping[str, _Residues], Mapping[str, _Residues]], str]:
        """Which part of what the hash may be a row takes, what it may be then and otherwise, and what of it is not understood."""
        before = place.hashes or {}
        text = str(row.get(HASH) or "")
        if not text:
            return Fraction(1), (before, before), ""
        classifier, _colon, fraction = text.removeprefix("!").partition(":")
        denominator, _slash, remainder = fraction.partition("/")
        understood = classifier in CLASSIFIERS and denominator.isdecimal() and remainder.isdecimal() and int(denominator)
        if not understood:
            return Fraction(0), (before, before), f"asks for {HASH}={text}"
        if self.remainder is not None:
            met = (self.remainder(classifier, place.packet, int(denominator)) == int(remainder)) is not text.startswith("!")
            return Fraction(met), (before, before), ""
        key = classifier if place.packet.has_ports else _PORTLESS.get(classifier, classifier)
        known = before.get(key, _Residues())
        if lcm(known.modulus, int(denominator)) > MOST_BUCKETS:
            return Fraction(0), (before, before), f"asks for {HASH}={text}"
        inside, outside = known.split(int(denominator), int(remainder))
        if text.startswith("!"):
            inside, outside = outside, inside
        part = Fraction(len(inside.left), len(inside.left) + len(outside.left))
        return part, ({**before, key: inside}, {**before, key: outside}), ""

    def _act(self, place: _Place, row: Row) -> _Place | str:
        """Where a packet is behind a row that takes it; in words, what of the row is not understood."""
        action, packet = str(row.get("action") or "accept"), place.packet
        place = replace(place, passed=(*place.passed, row))
        ends = replace(place, frames=())
        if action == "jump":
            target = str(row.get("jump-target"))
            circle = any(target == chain for chain, _at in place.frames)
            return "jumps in a circle" if circle else replace(place, frames=(*place.frames, (target, 0)))
        if action == "return":
            return replace(place, frames=place.frames[:-1])
        if action == "accept":
            return ends
        changed = _changed(self.path, action, row, packet)
        if changed is None and not self._is_harmless({**row, "passthrough": True}):
            return f"has action={action}"
        after = replace(place, packet=changed or packet)
        stops = row.get("passthrough") in (False, "no") or action in _TRANSLATES
        return replace(after, frames=()) if stops else after


_TRANSLATES = frozenset({"dst-nat", "redirect"})


def _changed(path: str, action: str, row: Row, packet: Packet) -> Packet | None:
    """A packet as a row leaves it; None where that is not understood."""
    if path == MANGLE and action == "mark-connection":
        return replace(packet, connection_mark=str(row.get("new-connection-mark")))
    if path == MANGLE and action == "mark-packet":
        return replace(packet, packet_mark=str(row.get("new-packet-mark")))
    if path == MANGLE and action == "mark-routing":
        table = str(row.get("new-routing-mark"))
        return replace(packet, routing_mark="" if table == "main" else table)
    return translated(action, row, packet) if path == NAT and action in _TRANSLATES else None


def translated(action: str, row: Row, packet: Packet) -> Packet | None:
    """Return a packet whose destination a row of NAT has changed; None where it may be one of several."""
    ports = str(row.get("to-ports") or "")
    port = packet.port if not ports else int(ports) if ports.isdecimal() else None
    if action == "redirect":
        return replace(packet, destination=HERE, port=port, translated=frozenset({"dstnat"}))
    target = str(row.get("to-addresses") or packet.destination).removesuffix("/32")
    try:
        return replace(packet, destination=IPv4Address(target), port=port, translated=frozenset({"dstnat"}))
    except ValueError:
        return None


def _weighed(ends: Sequence[End]) -> dict[object, Fraction]:
    """How much of a walk ends how."""
    weights: dict[object, Fraction] = {}
    for end in ends:
        key = (end.packet, end.doubt)
        weights[key] = weights.get(key, Fraction(0)) + end.share
    return weights


def _merged(ends: Sequence[End]) -> list[End]:
    """The same, of those that ended alike by the same rows one."""
    found: dict[object, End] = {}
    for end in ends:
        key = (end.packet, end.doubt, tuple(map(id, end.passed)))
        there = found.get(key)
        found[key] = replace(there, share=there.share + end.share) if there else end
    return [end for end in found.values() if end.share]
