# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab's own menu gives a router and takes away: ``/lab/lease`` and ``/lab/dialed``, without a network around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface

from .calls import Reply
from .dialing import dial, hang_up
from .errors import invalid_value, missing_arguments, unknown_parameter
from .leases import CLIENT, DAY, Lease, bind, release, renew, silence
from .paths import Path
from .store import Router
from .times import parse_duration

Words = Mapping[str, str]


def lease_of(address: str, gateway: str = "", server: str = "", seconds: int = DAY) -> Lease:
    """A lease of texts; an address without a prefix length is one of 24 bits.

    :raises ValueError: for texts that are no addresses, and for a lease of no time.
    """
    own = IPv4Interface(address if "/" in address else f"{address}/24")
    for other in filter(None, (gateway, server)):
        IPv4Address(other)
    if seconds < 1:
        raise ValueError("a lease has a time of at least one second")
    return Lease(own.with_prefixlen, gateway, seconds, server)


def _give(router: Router, words: Words) -> Reply:
    taken = _taken(words, ("interface", "address"), ("gateway", "server", "time"))
    milliseconds = parse_duration(taken["time"]) if "time" in taken else DAY * 1000
    if not milliseconds:
        raise invalid_value("time")
    try:
        lease = lease_of(taken["address"], taken.get("gateway", ""), taken.get("server", ""), milliseconds // 1000)
    except ValueError:
        raise invalid_value("address") from None
    with _named():
        bind(router, taken["interface"], lease)
    return Reply()


def _expire(router: Router, words: Words) -> Reply:
    with _named():
        release(router, _taken(words, ("interface",))["interface"])
    return Reply()


def _silence(router: Router, words: Words) -> Reply:
    with _named():
        silence(router, _taken(words, ("interface",))["interface"])
    return Reply()


def _renew(router: Router, words: Words) -> Reply:
    interface = _taken(words, ("interface",))["interface"]
    clients = [row for row in router.table(CLIENT) if router.written(row, "interface") == interface]
    if not clients:
        raise invalid_value("interface")
    for row in clients:
        renew(router, row)
    return Reply()


def _dial(router: Router, words: Words) -> Reply:
    taken = _taken(words, ("interface", "address", "remote"))
    try:
        IPv4Address(taken["address"]), IPv4Address(taken["remote"])
    except ValueError:
        raise invalid_value("address") from None
    with _named():
        dial(router, taken["interface"], taken["address"], taken["remote"])
    return Reply()


def _hang_up(router: Router, words: Words) -> Reply:
    with _named():
        hang_up(router, _taken(words, ("interface",))["interface"])
    return Reply()


def _taken(words: Words, needed: tuple[str, ...], others: tuple[str, ...] = ()) -> Words:
    """The words of a command.

    :raises Trap: for others than are known, and when one is missing.
    """
    for name in words:
        if name not in needed + others:
            raise unknown_parameter(name)
    if missing := [name for name in needed if not words.get(name)]:
        raise missing_arguments(missing)
    return words


@contextmanager
def _named() -> Iterator[None]:
    """What names no interface is refused."""
    try:
        yield
    except KeyError:
        raise invalid_value("interface") from None


GIVING: Mapping[Path, Callable[[Router, Words], Reply]] = {
    ("lease", "give"): _give,
    ("lease", "renew"): _renew,
    ("lease", "silence"): _silence,
    ("lease", "expire"): _expire,
    ("dialed", "dial"): _dial,
    ("dialed", "hang-up"): _hang_up,
}
"""Commands of the lab's own menu."""
