# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which line takes a connection, in which shares where only the router's hash knows, and by which rows.

Rows of ours and of others are walked alike, as they stand. What cannot be known is said with the row that asks for it. Whether the filter
lets the connection pass is another question, and not answered here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from ipaddress import IPv4Address

from ..health import healthy
from ..reading import IntentError
from ..routeros.names import BALANCE, BYPASS_LIST, LAN_LIST, comment
from ..routeros.paths import ADDRESS_LIST, CONNECTIONS
from ..routeros.rows import Row, is_ours, readable
from .courses import Course, Courses
from .entries import Entry, behind, entry_of, vrf_of
from .packets import NO_MARK, Packet, Scene
from .question import PROTOCOLS, WITH_PORTS, Question
from .routing import LINE, LOCAL, NOWHERE
from .scenes import in_outage
from .walk import Remainder

BALANCED, BYPASSED, UNMARKED, MARKED, ARRIVAL, ROUTER, LIVE, NO_LINE, UNKNOWN = (
    *("balanced", "bypassed", "unmarked", "marked", "arrival", "router", "live"),
    *("no line", "unknown"),
)
"""What becomes of a connection: it is dealt to the lines; left out, by what the user says or by a Hotspot; without a mark for another
reason; marked by a row of others; it comes in by a line; the router itself begins it; it is there; it needs no line; nobody can know."""


NOTHING_KNOWN = Entry()


@dataclass(frozen=True)
class Part:
    """What one line takes.

    :param line: its name; empty for none.
    :param share: of all seeds of the router's hash.
    :param ways: for each way that leads there, the rows that the connection meets, in order.
    """

    line: str
    share: Fraction
    ways: tuple[tuple[Row, ...], ...]


@dataclass(frozen=True)
class Answer:
    """What becomes of a connection.

    :param kind: one of the words above.
    :param parts: the lines, the largest share first; none where nobody can know.
    :param entry: how it comes to the router.
    :param target: where NAT sends it; None where it leaves it.
    :param out: the interfaces by which it leaves where no line takes it.
    :param why: the row because of which it is bypassed or marked.
    :param later: of what cannot go on as it has begun, the way of its later packets, in words.
    :param doubt: why nobody can know.
    :param asks: the row that asks for what cannot be known.
    :param if_met: the answer where packets meet that row.
    :param if_not: the answer where they do not.
    """

    kind: str
    parts: tuple[Part, ...] = ()
    entry: Entry = NOTHING_KNOWN
    target: IPv4Address | None = None
    out: frozenset[str] = frozenset()
    why: Row | None = None
    later: str = ""
    doubt: str = ""
    asks: Row | None = None
    if_met: Answer | None = None
    if_not: Answer | None = None

    @property
    def lines(self) -> dict[str, Fraction]:
        """The share of each line, by its name."""
        return {part.line: part.share for part in self.parts}


@dataclass(frozen=True)
class Live:
    """A connection that is there.

    :param source: who began it, with its port where it has one.
    :param mark: its mark; empty for none.
    :param begins_anew: whether it is removed in the outage that was asked for: what takes it then is said of a new one.
    """

    source: str
    mark: str
    answer: Answer
    begins_anew: bool = False


@dataclass(frozen=True)
class Explanation:
    """The answer to a question.

    :param scene: the rows of the answer; in the outage, if one was asked for.
    :param new: for a connection that begins.
    :param now: the same without the outage; None where none was asked for.
    """

    question: Question
    scene: Scene
    new: Answer
    now: Answer | None = None
    live: tuple[Live, ...] = ()


def explain(scene: Scene, question: Question, remainder: Remainder | None = None) -> Explanation:
    """Return the answer to a question.

    :param remainder: knows the router's hash, as the lab does; with it the line of a new connection is known.

    Raises `IntentError` where no line has to do with it, and where it is not known how the connection comes to the router.
    """
    if not scene.asked and entry_of(scene, question).line:  # what comes in is for the router, or for whom NAT sends it to
        scene = replace(scene, local=frozenset({question.destination}))
    now = Explainer(scene, remainder)
    if not question.during - scene.down:
        return Explanation(question, scene, now.new(question), None, tuple(now.live(question)))
    then = Explainer(in_outage(scene, question.during), remainder)
    return Explanation(question, then.scene, then.new(question), now.new(question), tuple(_live_then(now, then, question)))


def _live_then(now: Explainer, then: Explainer, question: Question) -> Iterator[Live]:
    """What leaves a line that goes out of use is removed once another line can take it (failover_flows.rsc.j2, flush); the rest stays."""
    somewhere = bool(healthy(then.scene.intent.wans, then.scene.down))
    for before, after in zip(now.live(question), then.live(question), strict=True):
        leaves = somewhere and bool(before.answer.lines.keys() & (question.during - now.scene.down))
        yield replace(before, begins_anew=True) if leaves else after


class Explainer:
    """Answers questions about one scene.

    :param remainder: knows the router's hash, as the lab does.
    """

    def __init__(self, scene: Scene, remainder: Remainder | None = None) -> None:
        self.scene, self._remainder = scene, remainder
        self._courses = Courses(scene, remainder)

    def new(self, question: Question) -> Answer:
        """Return what becomes of a connection that begins now; where that hangs on a row that asks for too much, both ways.

        Raises `IntentError` where no line has to do with it, or where it is not known how it comes to the router.
        """
        answer = self._new(question)
        if answer.asks is None:
            return answer
        return replace(answer, if_met=self._if(question, answer.asks, met=True), if_not=self._if(question, answer.asks, met=False))

    def _if(self, question: Question, row: Row, *, met: bool) -> Answer | None:
        """The answer if packets meet a row, or do not; None where no line has to do with it then."""
        try:
            return Explainer(replace(self.scene, assumed={id(row): met}), self._remainder)._new(question)
        except IntentError:
            return None

    def _new(self, question: Question) -> Answer:
        entry = entry_of(self.scene, question)
        if vrf := vrf_of(self.scene, entry):
            return Answer(UNKNOWN, entry=entry, doubt=f"{entry.doors} is in the VRF {vrf}, which has tables of its own")
        packet = _first(question, entry, question.source_port)
        if not entry.interfaces:
            return self._answer(self._courses.sent(packet), packet, entry)
        courses = list(self._courses.brought(packet))
        if entry.line and any(course.way.kind == LINE for course in courses):
            problem = f"{question.destination} is outside as well, so the connection only passes through"
            raise IntentError("to", problem, "write an address of the router, or one behind it")
        if entry.line:
            return self._answer((back for course in courses for back in self._courses.answered(course, packet)), packet, entry)
        if question.destination in self.scene.own and all(course.way.kind == LOCAL for course in courses):
            raise IntentError(
                "to", f"{question.destination} is the router itself, so no line takes it", "write an address behind the lines"
            )
        return self._answer((self._courses.followed(course, packet) for course in courses), packet, entry)

    def live(self, question: Question) -> Iterator[Live]:
        """Yield the connections that are there, as the router's table of connections has them."""
        for row in self.scene.found.get(CONNECTIONS, ()):
            source, _colon, port = str(row.get("src-address") or "").partition(":")
            if _is_asked_for(question, row) and question.source_port in (None, int(port or 0)):
                named = str(row.get("connection-mark") or "")
                yield Live(f"{source}:{port}" if port else source, named, self._known(question, row, named, int(port or 0) or None))

    def _known(self, question: Question, row: Row, named: str, port: int | None) -> Answer:
        """Where the packets of a known connection go; of one that has come in by a line, those that answer it."""
        entry = entry_of(self.scene, question)
        first = replace(_first(question, entry, port), state="established", connection_mark=named or NO_MARK, translated=None)
        target = next((network.network_address for network in readable(str(row.get("reply-src-address") or "").partition(":")[0])), None)
        packet, sent = first, not entry.interfaces
        if entry.line:
            server = target or first.destination
            sent, came_in = server in self.scene.own, behind(self.scene, server)
            packet = replace(first, source=server, destination=first.source, source_port=first.port, port=port)
            packet, target = replace(packet, came_in=frozenset() if sent else came_in), None
        if row.get("fasttrack") in (True, "true", "yes"):
            courses: Iterable[Course] = [self._courses.fasttracked(replace(packet, destination=target or packet.destination))]
        else:
            courses = self._courses.sent(packet) if sent else self._courses.brought(packet, target)
        return replace(self._answer(courses, packet, entry), kind=LIVE)

    def _answer(self, several: Iterable[Course], packet: Packet, entry: Entry) -> Answer:
        courses = list(several)
        if doubtful := next((course for course in courses if course.doubt), None):
            return Answer(UNKNOWN, entry=entry, doubt=doubtful.doubt, asks=doubtful.way.asks)
        parts = tuple(sorted(_parts(courses), key=lambda part: -part.share))
        targets = {course.packet.destination for course in courses} - {packet.destination}
        kinds = [self._kind(course, packet, entry) for course in courses]
        kind, why = next((both for both in kinds if both[0] == BALANCED), kinds[0])
        return Answer(
            kind,
            parts,
            entry,
            next(iter(targets), None),
            frozenset().union(*(course.way.interfaces for course in courses if course.way.kind != LINE)),
            why,
            next((_in_words(course) for course in courses if course.later), ""),
        )

    def _kind(self, course: Course, packet: Packet, entry: Entry) -> tuple[str, Row | None]:
        """What becomes of a connection by one course, and the row because of which that is so."""
        if entry.line and course.way.kind != NOWHERE:
            return ARRIVAL, next((row for row in reversed(course.passed) if row.get("action") == "mark-connection"), None)
        if not entry.interfaces:
            return ROUTER, None
        marking = next((row for row in reversed(course.passed) if row.get("action") == "mark-connection"), None)
        if marking is not None:
            return (BALANCED, _passed(course, "new", "lan") or marking) if is_ours(marking) else (MARKED, marking)
        if course.way.kind != LINE:
            return NO_LINE, None
        if row := next((row for row in course.passed if is_ours(row) and row.get("action") == "return"), None):
            return BYPASSED, row
        in_lan = entry.interfaces <= self.scene.router.members(LAN_LIST)
        entries = (row for row in self.scene.found[ADDRESS_LIST] if row.get("list") == BYPASS_LIST and not row.get("disabled"))
        for row in entries if in_lan else ():
            if any(packet.destination in network for network in readable(row.get("address"))):
                return BYPASSED, row
        return UNMARKED, None


def _first(question: Question, entry: Entry, port: int | None) -> Packet:
    return Packet(question.source, question.destination, question.protocol, port, question.port, entry.interfaces)


def _is_asked_for(question: Question, row: Row) -> bool:
    """Whether a connection is from and to the addresses of a question."""
    ends = f"{question.destination}:{question.port}" if question.protocol in WITH_PORTS else str(question.destination)
    source = str(row.get("src-address") or "").partition(":")[0]
    protocols = (question.protocol, str(PROTOCOLS[question.protocol]))
    return str(row.get("dst-address")) == ends and source == str(question.source) and str(row.get("protocol")) in protocols


def _parts(courses: Sequence[Course]) -> Iterator[Part]:
    for line in dict.fromkeys(course.way.line for course in courses):
        mine = [course for course in courses if course.way.line == line]
        ways = dict.fromkeys(tuple(map(id, course.passed)) for course in mine)
        by_id = {tuple(map(id, course.passed)): course.passed for course in mine}
        yield Part(line, sum((course.share for course in mine), Fraction(0)), tuple(by_id[key] for key in ways))


def _passed(course: Course, *parts: object) -> Row | None:
    return next((row for row in course.passed if row.get("comment") == comment(BALANCE, *parts)), None)


def _in_words(course: Course) -> str:
    """Where the later packets of a course go."""
    later = course.later
    if later is None or later.doubt:
        return f"where its later packets go is not known: {later.doubt}" if later else ""
    where = later.line or " or ".join(sorted(later.interfaces)) or "nowhere"
    return f"its later packets go by {where}, because a row gives the connection another mark"
