# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The courses of packets through the router: raw, mangle, NAT and the routing decision, in the order of the manual ("Packet Flow").

A connection may take one of several, because nobody knows its hash. Of each it is followed where its first packet goes, which mark it has
when that packet is gone, and where its later packets go, or its answers where it has come in by a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from ipaddress import IPv4Address

from ..routeros.paths import MANGLE, NAT, RAW, RULES
from ..routeros.rows import Row
from .packets import Packet, Scene
from .routing import BESIDE, LOCAL, UNSURE, Way, way
from .walk import End, Remainder, Walk


@dataclass(frozen=True)
class Course:
    """One course.

    :param share: of all seeds that the router may have drawn.
    :param packet: its first packet behind mangle and NAT.
    :param passed: the rows that it met, in order.
    :param way: where it leads.
    :param later: where its later packets go, if that is another way.
    """

    share: Fraction
    packet: Packet
    passed: tuple[Row, ...]
    way: Way
    later: Way | None = None

    @property
    def doubt(self) -> str:
        """Why nobody can know; empty where it is known."""
        return self.way.doubt


class Courses:
    """Follows packets on one router.

    :param remainder: knows the router's hash, as the lab does.
    """

    def __init__(self, scene: Scene, remainder: Remainder | None = None) -> None:
        self.scene, self._remainder = scene, remainder

    @cached_property
    def _walks(self) -> dict[str, Walk]:
        return {path: Walk(self.scene, path, self._remainder) for path in (RAW, MANGLE, NAT)}

    def brought(self, packet: Packet, target: IPv4Address | None = None) -> Iterator[Course]:
        """Yield those of a packet that comes in; it is new, or known and has its connection's mark.

        :param target: where NAT has sent a known one: what comes before NAT does not see that yet.
        """
        if doubtful := next((end for end in self._walks[RAW].through("prerouting", packet) if end.doubt), None):
            yield _unsure(doubtful)
            return
        for end in self._walks[MANGLE].through("prerouting", packet):
            known = replace(end.packet, destination=target or packet.destination)
            yield self._translated(end) if packet.state == "new" else self._routed(end, known)

    def sent(self, packet: Packet) -> Iterator[Course]:
        """Yield those of a packet of the router itself: routed, marked in output, and routed anew where it has another mark then."""
        first = way(self.scene, packet)
        if first.doubt:
            yield Course(Fraction(1), packet, first.passed, first)
            return
        for end in self._walks[MANGLE].through("output", replace(packet, goes_out=first.interfaces)):
            yield self._routed(end, end.packet)

    def fasttracked(self, packet: Packet) -> Course:
        """Return the one of a packet that meets no mangle. Whether it follows the routing rules is not known (docs/architecture.md)."""
        ways = [way(scene, packet) for scene in (self.scene, replace(self.scene, found={**self.scene.found, RULES: []}))]
        if (ways[0].line, ways[0].interfaces) != (ways[1].line, ways[1].interfaces):
            ways[0] = Way(UNSURE, doubt="it is fasttracked, and whether such packets follow routing rules is not known")
        return Course(Fraction(1), packet, ways[0].passed, ways[0])

    def followed(self, course: Course, first: Packet) -> Course:
        """Return the course of a `first` packet with that of the later ones, as far as it is another."""
        if course.doubt or course.way.kind == LOCAL or not course.packet.came_in:
            return course
        settled = self._settled(course)
        if settled.doubt:
            return replace(course, later=Way(UNSURE, doubt=settled.doubt, asks=settled.asks))
        known = replace(first, state="established", connection_mark=settled.packet.connection_mark, translated=None)
        for later in self.brought(known, course.packet.destination):
            if (later.way.kind, later.way.line, later.way.doubt) != (course.way.kind, course.way.line, ""):
                return replace(course, later=later.way)
        return course

    def answered(self, course: Course, first: Packet) -> Iterator[Course]:
        """Yield the courses of the answer to a packet that has come in by a line, by whom it reaches."""
        if course.doubt or course.way.kind not in (LOCAL, BESIDE):
            yield course
            return
        settled = self._settled(course)
        if settled.doubt:
            yield replace(course, way=Way(UNSURE, doubt=settled.doubt, asks=settled.asks))
            return
        back = Packet(
            first.destination if course.way.kind == LOCAL else course.packet.destination,
            first.source,
            first.protocol,
            course.packet.port,
            first.source_port,
            came_in=course.way.interfaces,
            state="established",
            connection_mark=settled.packet.connection_mark,
            translated=None,
        )
        for answer in self.sent(back) if course.way.kind == LOCAL else self.brought(back):
            yield replace(answer, share=course.share * answer.share, packet=course.packet, passed=(*course.passed, *answer.passed))

    def _routed(self, end: End, packet: Packet) -> Course:
        """The course of a packet behind mangle, which NAT may have changed."""
        if end.doubt:
            return _unsure(end)
        found = way(self.scene, packet)
        return Course(end.share, packet, (*end.passed, *found.passed), found)

    def _translated(self, end: End) -> Course:
        """NAT looks at the first packet of a connection only (manual, "NAT")."""
        if end.doubt:
            return _unsure(end)
        ends = self._walks[NAT].through("dstnat", end.packet)
        if doubtful := next((other for other in ends if other.doubt), None):
            return _unsure(replace(doubtful, share=end.share, passed=(*end.passed, *doubtful.passed)))
        if len({other.packet for other in ends}) > 1:
            return _unsure(replace(end, doubt="/ip/firewall/nat sends it to one of several by its hash"))
        return self._routed(replace(end, passed=(*end.passed, *ends[0].passed)), ends[0].packet)

    def _settled(self, course: Course) -> End:
        """A first packet when it is gone: rows of input, or of forward and postrouting, may give its connection another mark."""
        local = course.way.kind == LOCAL
        packet = replace(course.packet, goes_out=frozenset() if local else course.way.interfaces)
        for chain in ("input",) if local else ("forward", "postrouting"):
            ends = self._walks[MANGLE].through(chain, packet)
            if doubtful := next((end for end in ends if end.doubt), None):
                return doubtful
            if len({end.packet.connection_mark for end in ends}) > 1:
                return replace(ends[0], doubt=f"rows of chain {chain} give its connection one of several marks by its hash")
            packet = ends[0].packet
        return End(course.share, packet)


def _unsure(end: End) -> Course:
    return Course(end.share, end.packet, end.passed, Way(UNSURE, doubt=end.doubt, asks=end.asks))
