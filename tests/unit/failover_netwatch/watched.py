# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router in manual time whose first line has a fault: what becomes of the line, what it costs, and whether that was right."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.paths import path
from tests.lab.router.rows import Change
from tests.lab.router.services import HttpAnswer, Ping
from tests.lab.router.store import Router

from .faults import Fault, Good, Span
from .site import Site, wans

LINE = "isp1"
LISTS, ROUTES, MANGLE, LOG = path("ip firewall address-list"), path("ip route"), path("ip firewall mangle"), path("log")
ROUTE = "multiwan:pcc_balance:route:main:"
MARK = "multiwan.probe-"
HEADER = 28
"""Bytes of IP and ICMP headers, the least that a ping has; what RouterOS sends without a size is 56."""

SLOW = 0.1
"""Seconds of a round trip from which on whoever asks waits for it; shorter ones count as at once, for the sake of computing."""


@dataclass
class Wires:
    """What netwatch and pings ask by: each address belongs to a line, and meets its fault."""

    clock: ManualClock
    faults: dict[str, Fault] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    begun: float = 0.0
    packets: Counter[str] = field(default_factory=Counter)
    bytes: Counter[str] = field(default_factory=Counter)

    def ping(self, ping: Ping) -> Sequence[float | None]:
        """Round trips, each packet at its own time."""
        line, target = self.places.get(ping.host, ("", 0))
        fault = self.faults.get(line) or Good()
        begun = self.clock.now() - self.begun
        answers: list[float | None] = []
        for number in range(ping.count):
            if number and fault.limits:
                self.clock.sleep(ping.interval, threading.Event())
            trip = fault.answer(begun + number * ping.interval, target) if begun >= 0 else 0.0
            answers.append(trip if trip is not None and trip <= ping.timeout else None)
            self.packets[line] += 1
            self.bytes[line] += (ping.size or 2 * HEADER) * (1 + (trip is not None))
        wait = 0.0 if fault.limits else (ping.count - 1) * ping.interval
        last = answers[-1]
        wait += ping.timeout if last is None else last if last > SLOW else 0.0
        if wait:
            self.clock.sleep(wait, threading.Event())
        return answers

    def connect(self, host: str, port: int, timeout: float, src_address: str | None) -> float:
        """A handshake of TCP."""
        line, _ = self.places.get(host, ("", 0))
        fault = self.faults.get(line) or Good()
        now = self.clock.now() - self.begun
        self.packets[line] += 5
        self.bytes[line] += 5 * 40 + 20
        if now >= 0 and not fault.opens(now):
            self.clock.sleep(timeout, threading.Event())
            raise TimeoutError("timed out")
        return 0.02

    def http_get(self, host: str, port: int, timeout: float, src_address: str | None, *, tls: bool, verify: bool) -> HttpAnswer:
        """A page, where a connection opens."""
        self.connect(host, port, timeout, src_address)
        return HttpAnswer(200, 0.04)


@dataclass
class Record:
    """What was seen of the faulty line, in seconds since the fault began, and of the router.

    :param left: when it went out of use.
    :param back: when it was in use again.
    :param suspected: when it came under suspicion.
    :param told: what waits for people: when, and what.
    :param writes: rows of the configuration that were written (kept in flash), by menu; what is told is counted apart.
    :param bytes: of probes of this line, both ways.
    :param failures: what the log says of scripts that failed.
    """

    seconds: float
    left: list[float] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    suspected: list[float] = field(default_factory=list)
    told: list[tuple[float, str]] = field(default_factory=list)
    writes: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    failures: list[str] = field(default_factory=list)

    def out_at(self, moment: float) -> bool:
        """Whether the line was out of use at a moment."""
        return sum(at <= moment for at in self.left) > sum(at <= moment for at in self.back)


class Watcher:
    """Looks at each change of the router's rows."""

    def __init__(self, router: Router, record: Record, begun: float) -> None:
        self._router, self._record, self._begun = router, record, begun
        self._kept: dict[int, str] = {row.id: self._class(row.id) for row in router.table(LISTS)}
        self._out = self._is_out()

    def notice(self, change: Change) -> None:
        """An observer of the router."""
        if change.kind == "state" or change.menu == LOG:
            return
        if change.menu != LISTS:
            self._record.writes["/".join(change.menu)] += 1
        else:
            for number in change.ids:
                self._entry(number)
        if change.menu == ROUTES and self._is_out() != self._out:
            self._out = not self._out
            (self._record.left if self._out else self._record.back).append(self._now())

    def _now(self) -> float:
        return self._router.services.clock.now() - self._begun

    def _is_out(self) -> bool:
        rows = [row for row in self._router.table(ROUTES) if row.values.get("comment") == ROUTE + LINE]
        return any(int(self._router.text(row.values["distance"])) >= 100 for row in rows)

    def _class(self, number: int) -> str:
        row = self._router.row(LISTS, number)
        assert row is not None
        return "soft" if "timeout" in row.values else self._router.text(row.values["list"])

    def _entry(self, number: int) -> None:
        """An entry of an address list: what has a time is no configuration, and what is to be told goes away by itself."""
        row = self._router.row(LISTS, number)
        if row is None:
            kind = self._kept.pop(number)
            self._record.writes["/".join(LISTS)] += kind not in ("soft", "multiwan-events")
            return
        new = number not in self._kept
        kind = self._kept[number] = self._class(number)
        name = self._router.text(row.values["list"])
        if kind == "soft":
            half = self._router.text(row.values["address"]).startswith("0.0.0.0")
            if new and half and name == f"multiwan-suspect:{LINE}":
                self._record.suspected.append(self._now())
        elif name == "multiwan-events":
            self._record.told.append((self._now(), self._router.text(row.values["comment"]).partition("\n")[2]))
        else:
            self._record.writes["/".join(LISTS)] += 1


def watch(fault: Fault, seconds: float, tiers: Sequence[int] = (1, 1), **options: object) -> Record:
    """Lets the first line have a fault for so long, and says what was seen.

    :param tiers: of the lines; all others are good.
    """
    record = Record(seconds)
    lines = [{**wan, "tier": tier} for wan, tier in zip(wans(len(tiers)), tiers, strict=True)]
    with Site(lines, **options) as site:
        wires = Wires(site.clock, {LINE: fault})
        site.load('/system script add name=multiwan-telegram source=":log info idle"')
        wires.places = places(site)
        services = site.lab.router.services
        services.prober = services.pinger = wires
        wires.begun = site.clock.now() + 60
        site.clock.advance(60)
        wires.bytes.clear()
        stop = site.lab.router.observe(Watcher(site.lab.router, record, wires.begun).notice)
        site.clock.advance(seconds)
        stop()
        record.bytes = wires.bytes[LINE]
        record.failures = [line for line in site.log() if not line.startswith("multiwan")]
    return record


def places(site: Site) -> dict[str, tuple[str, int]]:
    """Lines and numbers of the probed addresses: by the rows that bind them to the tables of the lines."""
    found: dict[str, tuple[str, int]] = {}
    numbers: Counter[str] = Counter()
    router = site.lab.router
    for row in router.table(MANGLE):
        mark, address = (router.written(row, name) for name in ("new-routing-mark", "dst-address"))
        if mark.startswith(MARK) and address and address not in found:
            line = mark.removeprefix(MARK)
            found[address] = (line, numbers[line])
            numbers[line] += 1
    return found


@dataclass(frozen=True)
class Promise:
    """What a profile promises, in seconds.

    :param patience: how long a line may be silent without harm.
    :param out: after which it is out of use at the latest.
    :param garden: the same for one that answers pings only.
    :param held: the same for one that flaps.
    """

    patience: float
    out: float
    garden: float = 60.0
    held: float = 300.0


PROMISES: Mapping[str, Promise] = {
    "fast": Promise(patience=3, out=5),
    "normal": Promise(patience=6, out=9.5),
    "calm": Promise(patience=20, out=50),
}


@dataclass(frozen=True)
class Verdict:
    """What of a record was wrong, and how long things took.

    :param mistakes: when the line was left without need.
    :param kept: of which silences it was kept longer than promised: when they began.
    :param leaving: seconds from the beginning of a silence until it was left, where it was.
    :param returns: seconds from the end of a silence until it was in use again; None where the next silence came first.
    """

    mistakes: list[float]
    kept: list[float]
    leaving: list[float]
    returns: list[float | None]


def judge(record: Record, fault: Fault, promise: Promise) -> Verdict:
    """Compares what was seen with what is promised."""
    spans = [span for span in fault.silent() if span[0] < record.seconds]
    if fault.wanted == "up":
        return Verdict(list(record.left), [], [], [])
    if fault.wanted == "held":
        early = [at for at in record.left if at < spans[2][0]]
        after = spans[0][0] + promise.held
        kept = [] if record.out_at(after) else [spans[0][0]]
        return Verdict(early, kept + [at for at in record.back if at > after], record.left[:1], [])
    limit = promise.garden if fault.wanted == "garden" else promise.out
    long = [span for span in spans if span[1] - span[0] >= promise.patience]
    mistakes = [at for at in record.left if not any(begin + promise.patience <= at <= end + 1 for begin, end in long)]
    kept, leaving, returns = [], [], []
    for number, (begin, end) in enumerate(spans):
        if record.out_at(begin) or end > record.seconds:
            continue
        left = [at for at in record.left if begin < at <= end + 1]
        leaving += [at - begin for at in left[:1]]
        if end - begin > limit and not record.out_at(begin + limit):
            kept.append(begin)
        if left:
            until = next_begin(spans, number, record.seconds)
            back = [at for at in record.back if end <= at < until]
            returns.append(back[0] - end if back else None)
    return Verdict(mistakes, kept, leaving, returns)


def next_begin(spans: Sequence[Span], number: int, end: float) -> float:
    """When the silence after this one begins; the end of the record where there is none."""
    return spans[number + 1][0] if number + 1 < len(spans) else end
