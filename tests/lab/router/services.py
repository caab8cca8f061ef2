# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a router reaches beyond its rows: time, the network, scripts. Other rooms of the lab plug the network in.

Without a service the commands that need it are refused as not played.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .engines.clock import Clock, RealClock
from .errors import Trap
from .paths import Path

if TYPE_CHECKING:
    from .language.frame import Execution
    from .language.scope import Globals
    from .rows import Row

Shown = dict[str, str]


@dataclass(frozen=True)
class Ping:
    """What ``/ping`` or a probe of netwatch sends. Times are in seconds.

    :param count: how many packets.
    :param interval: between two packets.
    :param timeout: how long an answer may take.
    :param size: of the packet with its IP header, in bytes; None for the usual one.
    :param src_address: the router's address to send from; None leaves it to the route.
    :param ttl: time to live; None for the usual one.
    :param interface: the name of the interface to leave through; None leaves it to the route.
    :param arp: ask the link who has the address, in place of an echo; needs ``interface``.
    """

    host: str
    count: int = 1
    interval: float = 1.0
    timeout: float = 1.0
    size: int | None = None
    src_address: str | None = None
    ttl: int | None = None
    interface: str | None = None
    arp: bool = False


class Pinger(Protocol):
    """Sends echo requests."""

    def ping(self, ping: Ping) -> Sequence[float | None]:
        """Round trip times in seconds, one per packet in order; None for a packet without answer.

        :raises OSError: when nothing can be sent (no route, no such source address).
        """


@dataclass(frozen=True)
class HttpAnswer:
    """What a web server answered.

    :param seconds: from the request to the end of the answer.
    """

    status: int
    seconds: float


class Prober(Pinger, Protocol):
    """What netwatch asks hosts with."""

    def connect(self, host: str, port: int, timeout: float, src_address: str | None) -> float:
        """Opens a TCP connection and closes it; returns the seconds until it was open.

        :raises OSError: when it does not open in time.
        """

    def resolve(self, name: str, server: str, timeout: float, src_address: str | None) -> None:
        """Asks a resolver for the IPv4 address of a name.

        :raises OSError: when it does not give one in time.
        """

    def http_get(self, host: str, port: int, timeout: float, src_address: str | None, *, tls: bool, verify: bool) -> HttpAnswer:
        """Asks for ``/``.

        :param verify: whether the certificate has to be good.
        :raises OSError: when there is no answer in time.
        """


@dataclass(frozen=True)
class Fetch:
    """One ``/tool/fetch``.

    :param method: upper-case.
    :param data: the body, as bytes in the text form of ``wire``.
    :param headers: in their order.
    :param check_certificate: whether the certificate has to be good.
    :param authorities: who may vouch for it: certificates in PEM.
    :param idle_timeout: seconds without an answer after which it fails.
    """

    url: str
    method: str = "GET"
    data: str = ""
    headers: Sequence[tuple[str, str]] = ()
    check_certificate: bool = False
    user: str = ""
    password: str = ""
    src_address: str | None = None
    authorities: Sequence[str] = ()
    idle_timeout: float = 10.0


@dataclass(frozen=True)
class Fetched:
    """What came back.

    :param data: the body, as bytes in the text form of ``wire``.
    :param status: of HTTP.
    """

    data: str = ""
    headers: Sequence[tuple[str, str]] = ()
    status: int = 200


class FetchFailed(Exception):
    """A fetch that failed; its text is what RouterOS would say after ``failure: `` [WILD] O.

    :param answer: what came back, where there was an answer; None without one.
    """

    def __init__(self, text: str, answer: Fetched | None = None) -> None:
        super().__init__(text)
        self.answer = answer


Fetcher = Callable[[Fetch], Fetched]
"""Carries a fetch out. Raises ``FetchFailed``, also for answers other than 2xx."""


class Offer(NamedTuple):
    """A DHCP server that answered: the hardware address that its answer came from, upper-case, and its own address."""

    mac: str
    address: str


Discoverer = Callable[[str], Sequence[Offer]]
"""Asks for an address on an interface, by its name, and returns who offers one. Raises ``OSError`` where it cannot ask."""

Resolver = Callable[[str], str | None]
"""The address of a name; None when there is none."""


class Connections(Protocol):
    """The connection table."""

    def rows(self) -> Sequence[Mapping[str, str]]:
        """All connections as rows of /ip/firewall/connection, ``.id`` included, flags as ``true``."""

    def remove(self, ids: Sequence[str]) -> None:
        """Forgets connections.

        :raises KeyError: for an id that is gone.
        """


class Met(NamedTuple):
    """What a firewall row has met."""

    packets: int
    bytes: int


class Carried(NamedTuple):
    """What an interface has carried."""

    rx_bytes: int
    rx_packets: int
    tx_bytes: int
    tx_packets: int


class Counters(Protocol):
    """What firewall rows have met, and interfaces carried."""

    def read(self, menu: Path, ids: Collection[str]) -> Mapping[str, Met]:
        """By id, since each was reset last.

        :param menu: such as /ip/firewall/mangle.
        """

    def reset(self, menu: Path, ids: Collection[str]) -> None:
        """Begins anew."""

    def interfaces(self) -> Mapping[str, Carried]:
        """By name, since they were reset last."""

    def reset_interfaces(self) -> None:
        """All interfaces begin anew."""


class Scripts(Protocol):
    """Runs scripts of /system/script and of ``:execute``."""

    def run(self, row: Row, execution: Execution, *, own_policies: bool) -> None:
        """Runs a named script to its end, within another execution.

        :param own_policies: with the script's policies in place of the caller's.
        :raises Trap: when the caller's policies do not cover the script's.
        :raises ScriptError: when it fails.
        """

    def run_for(self, row: Row, user: str, granted: frozenset[str], *, own_policies: bool) -> None:
        """Runs a named script to its end, for a client.

        :raises Trap: when it may not run, or fails.
        """

    def execute(self, source: str, user: str, granted: frozenset[str]) -> int:
        """Starts a text as a job of its own, for ``:execute``; returns the number behind its id.

        :raises ScriptError: when it does not start.
        """

    def output_of(self, source: str, execution: Execution) -> str:
        """Runs a text to its end, within another execution, and returns what it put.

        :raises ScriptError: when it does not start, or fails.
        """

    def jobs(self) -> Sequence[Shown]:
        """The rows of /system/script/job."""

    def cancel(self, number: int) -> bool:
        """Ends a job; whether there was one."""


@dataclass(frozen=True)
class Session:
    """A client that is logged in.

    :param via: ``api`` or ``api-ssl``.
    :param since: when it logged in, in seconds of the router's clock.
    """

    user: str
    address: str
    via: str
    since: float


@dataclass
class Services:
    """What there is of them.

    :param clock: real time unless a test has its own.
    :param restart: boots the router anew.
    :param certificates: those that the router was given or has made, in PEM, by their fingerprints.
    :param keys: the keys of those that it has made, likewise.
    :param roots: authorities whose certificates RouterOS brings along, in PEM; the lab's has none unless a test says so.
    :param trust_settles: until when no certificate is good, in seconds of the clock.
    :param sessions: who is logged in, by the number of the session.
    """

    clock: Clock = field(default_factory=RealClock)
    pinger: Pinger | None = None
    prober: Prober | None = None
    fetcher: Fetcher | None = None
    resolver: Resolver | None = None
    discoverer: Discoverer | None = None
    connections: Connections | None = None
    counters: Counters | None = None
    scripts: Scripts | None = None
    restart: Callable[[], None] | None = None
    globals: dict[str, Globals] = field(default_factory=dict)
    certificates: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    trust_settles: float = 0
    sessions: dict[int, Session] = field(default_factory=dict)
    _last_session: int = 0
    _clock_is_ahead: float = 0

    def wall_time(self) -> float:
        """What the router's clock shows, in seconds since 1970. It can be set; ``clock`` only goes on."""
        return self.clock.now() + self._clock_is_ahead

    def set_wall_time(self, seconds: float) -> None:
        """Sets the router's clock."""
        self._clock_is_ahead = seconds - self.clock.now()

    @contextlib.contextmanager
    def plugged(self, **services: object) -> Iterator[None]:
        """Plugs services in by their names, for as long as the block lasts; then those that were there are back."""
        before = {name: getattr(self, name) for name in services}
        for name, service in services.items():
            setattr(self, name, service)
        try:
            yield
        finally:
            for name, service in before.items():
                setattr(self, name, service)

    def log_in(self, session: Session) -> int:
        """Notes a session, and returns its number; numbers are never given again."""
        self._last_session += 1
        self.sessions[self._last_session] = session
        return self._last_session

    def globals_of(self, user: str) -> Globals:
        """A user's global variables, which no other user sees [MAN:Netwatch, WANQM] D/O."""
        return self.globals.setdefault(user, {})


def not_played(what: str) -> Trap:
    """A command whose service nobody plugged in."""
    return Trap(f"lab: {what} is not played here")
