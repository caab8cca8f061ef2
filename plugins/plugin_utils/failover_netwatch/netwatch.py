# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of netwatch: what is asked over each line, how often, and when that is too little.

Per address of a line there are entries of these kinds; their words are in names and comments:

    probe   one small packet, the addresses in turn: the line is asked all the time, and the control script confirms what is lost
    thin    the same more seldom, for a backup that carries nothing; then its probes are off
    clean   a whole window of packets: decides that a line is good again; runs while the line is out of use
    limit   a minute of packets: decides that a line loses too much or is too slow; only where the user set a limit
    tcp, dns, https   a connection, an answer or a page: a line on which only pings pass is of no use

Which of them run follows from who carries and who is out of use (`runs`); the control script switches them (`tune`), and a run keeps that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..drains import KEEPER
from ..lines import DNS, HTTPS, TCP, InterfaceGateway, Wan
from ..routeros.names import FAILOVER, PREFIX, comment
from ..routeros.rows import Row
from ..routeros.spelling import milliseconds, seconds, span
from .intent import STANDBY_CHECK, STANDBY_GAP, Intent, Profile, checks_of, has_limits

SCRIPT = KEEPER
"""The control script, which netwatch runs at each change."""

PROBE, THIN, CLEAN, LIMIT, CLOCK = "probe", "thin", "clean", "limit", "clock"

PORTS = {TCP: ("tcp", 853), DNS: ("udp", 53), HTTPS: ("tcp", 443)}
"""Protocol and port of each check. 853 is DNS over TLS, which the public resolvers serve and the router itself never uses."""

ASKED_NAME = "example.com"
"""The name that a resolver is asked for."""

SIZE = 54
"""Bytes of a probe with its IP header, the unit of `packet-size` (manual); netwatch takes no smaller ones (command trees)."""

BOOT, BOOT_DIALED = 15, 75
"""Seconds after a boot in which nothing is asked. A line that dials (PPPoE, LTE) needs a minute, and would be told as dead at each
boot; one that is dead then is found after them: from unknown to down the script runs as well (manual)."""

LIMIT_PACKETS, LIMIT_SPACING = 20, 3
"""Of `limit`: a minute, with three addresses one packet a second in all, in seconds between them."""

SHORTEST_WAIT = "900ms"
"""So long at least an answer of a window may take: a line that is slow for a moment is not a bad one."""

NAME_LENGTH = 64
"""No longer are names of entries: the longest name of a line, word and address fit. What RouterOS takes at most is not known."""

EARLY, EARLY_FROM = "early-failure-detection", (7, 20, 0)
"""Works with `thr-loss-count` only (manual, October 2026), and from this release on (command trees). Of use where a test takes a minute."""

#: Fields of netwatch that nobody gives, and that some releases may show and others not.
HIDDEN = ("ttl", "accept-icmp-time-exceeded")


@dataclass(frozen=True)
class State:
    """What is known of a WAN when its entries are planned: whether it carries, or would if all were well, and whether it is out of use."""

    carries: bool = True
    out: bool = False


CARRIES = State()


def runs(kind: str, intent: Intent, wan: Wan, state: State) -> bool:
    """Return whether the entries of a kind are on. A metered line has one pace for all its days."""
    backup = intent.stands_by(wan) and not wan.metered
    if kind == PROBE:
        return state.carries or not backup
    if kind == THIN:
        return not state.carries
    if kind == CLEAN:
        return state.out
    return kind == LIMIT or state.carries or state.out or not backup


def netwatch_rows(intent: Intent, wan: Wan, state: State = CARRIES, early: bool = False) -> Iterator[Row]:
    """Yield the entries of one WAN; `early` says that the router can end a test as soon as it has failed.

    Every threshold that matters is given: left alone, netwatch calls a line above 100 ms dead and is blind for five minutes after boot
    (manual). Of a train of packets as few as possible are sent: `timeout` belongs to the last one, and all of it fits into the interval
    (manual, October 2026); else the router logs a warning and asks less often. Whether a test fails with `thr-loss-count` lost packets or
    with one more is not known, so it is never 0.
    """
    profile = intent.profile_of(wan)
    quick = replace(profile, gap=STANDBY_GAP, check=STANDBY_CHECK) if wan.metered else profile
    addresses = intent.probes[wan.name]
    for number, address in enumerate(addresses):
        place = Place(wan, address, number, len(addresses))
        rows = [_probe_row(PROBE, place, quick)]
        if intent.stands_by(wan) and not wan.metered:
            rows.append(_probe_row(THIN, place, replace(profile, gap=max(profile.gap, STANDBY_GAP))))
        rows.append(_clean_row(place, profile, intent.recover_loss))
        if has_limits(wan):
            rows.append(_limit_row(place) | ({EARLY: True} if early else {}))
        rows += [_check_row(kind, place, quick) for kind in checks_of(wan)]
        yield from (row | {"disabled": not runs(kind_of(row), intent, wan, state)} for row in rows)


def clock_row(every: int) -> Row:
    """Return the entry that runs the control script where the router's device-mode allows no scheduler.

    The router asks itself, which costs no traffic, and runs `test-script` after each test (manual, "Netwatch").
    """
    return {
        "name": f"{PREFIX} {CLOCK}",
        "host": "127.0.0.1",
        "type": "icmp",
        "interval": span(every),
        "timeout": "100ms",
        "packet-count": 1,
        "start-delay": "1s",
        "startup-delay": "10s",
        "test-script": SCRIPT,
        "disabled": False,
        "comment": comment(FAILOVER, CLOCK),
    }


@dataclass(frozen=True)
class Place:
    """One address of a WAN, and its place among all of them."""

    wan: Wan
    address: str
    number: int
    count: int

    def common(self, kind: str) -> Row:
        """Return what all entries have."""
        return {
            "name": f"{PREFIX} {self.wan.name} {kind} {self.address}",
            "host": self.address,
            "type": "icmp",
            "startup-delay": span(BOOT_DIALED if isinstance(self.wan.gateway, InterfaceGateway) else BOOT),
            "up-script": SCRIPT,
            "down-script": SCRIPT,
            "comment": comment(FAILOVER, kind, self.wan.name, self.address),
        }

    def delay(self, interval: int) -> str:
        """Return its share of an interval in milliseconds: the entries of a WAN take turns, evenly."""
        return milliseconds(1000 + interval * self.number // self.count)


def kind_of(row: Row) -> str:
    """Return the kind of one of our entries."""
    return str(row["comment"]).split(":")[2]


def _probe_row(kind: str, place: Place, profile: Profile) -> Row:
    """One packet. That it is lost is more than the 85 percent that `thr-loss-percent` is if nobody says it (manual)."""
    interval = max(1000, profile.gap * place.count)
    return {
        **place.common(kind),
        "start-delay": place.delay(interval),
        "interval": milliseconds(interval),
        "timeout": profile.timeout,
        "packet-count": 1,
        "packet-size": SIZE,
        **_patient("10s"),
    }


def _clean_row(place: Place, profile: Profile, recover_loss: int) -> Row:
    """A line comes back at half the loss and four fifths of the latency that put it out: at the same ones it would come and go."""
    wan = place.wan
    loss = recover_loss if wan.max_loss is None else min(recover_loss, wan.max_loss // 2)
    latency = "10s" if wan.max_latency is None else milliseconds(max(1, wan.max_latency * 4 // 5))
    return {
        **place.common(CLEAN),
        "start-delay": milliseconds(100 + 100 * place.number),
        "interval": span(profile.packets + 2),
        "timeout": max(SHORTEST_WAIT, profile.timeout, key=seconds),
        "packet-count": profile.packets,
        "packet-interval": "1s",
        "packet-size": SIZE,
        **_patient(latency),
        "thr-loss-count": max(1, profile.packets * loss // 100),
    }


def _limit_row(place: Place) -> Row:
    wan = place.wan
    interval = LIMIT_PACKETS * LIMIT_SPACING
    return {
        **place.common(LIMIT),
        "start-delay": place.delay(1000 * LIMIT_SPACING),
        "interval": span(interval),
        "timeout": "2s",
        "packet-count": LIMIT_PACKETS,
        "packet-interval": span(LIMIT_SPACING),
        "packet-size": SIZE,
        **_patient("10s" if wan.max_latency is None else milliseconds(wan.max_latency)),
        "thr-loss-count": max(1, LIMIT_PACKETS * (100 if wan.max_loss is None else wan.max_loss) // 100),
    }


def _check_row(kind: str, place: Place, profile: Profile) -> Row:
    """One check. The limits of time are all alike: what takes longer than three seconds fails."""
    common = {
        **place.common(kind),
        "start-delay": place.delay(1000 * profile.check),
        "interval": span(profile.check),
        "timeout": "3s",
    }
    _protocol, port = PORTS[kind]
    if kind == TCP:
        return common | {"type": "tcp-conn", "port": port, "thr-tcp-conn-time": "3s"}
    if kind == DNS:
        return common | {"type": "dns", "host": ASKED_NAME, "dns-server": place.address, "record-type": "A"}
    web: Row = {"type": "https-get", "port": port, "check-certificate": True, "http-codes": "100-599", "thr-http-time": "3s"}
    return common | web


def _patient(average: str) -> Row:
    """Only the average round trip and the loss decide; what takes longer than `timeout` is lost anyway."""
    return {"thr-avg": average, "thr-max": "10s", "thr-stdev": "10s", "thr-jitter": "10s"}


def as_shown(rows: Sequence[Row], there: Sequence[Row]) -> Iterator[Row]:
    """Yield rows of netwatch in the form in which the router shows them: an entry that is written begins anew.

    api_modify knows defaults of the fields that are hidden, and writes them in each run where a row does not show them. Prints of real
    routers do not. So where they are hidden, they are asked to be absent, which they are already. `there`, the entries on the router,
    have None for what is hidden (`reads.Read.hidden`); a release that does not know a field has no such key.
    """
    by_comment = {row.get("comment"): row for row in there}
    for row in rows:
        known = by_comment.get(row["comment"], {})
        hidden: Row = {field: None for field in HIDDEN if field in known and known[field] is None}
        yield row | hidden
