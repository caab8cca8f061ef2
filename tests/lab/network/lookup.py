# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a packet goes by the router's rules, tables and routes, without namespaces; and that at every write.

with watch(lab, lambda router: lookup(router, "198.18.0.1")) as moments:
    run_steps(lab, steps)
assert {moment.seen for moment in moments} == {"ether1"}
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Generic, TypeVar

from ..router.lab import Lab
from ..router.paths import path_text
from ..router.rows import Change, id_text
from ..router.store import Router
from .devices import device_names
from .forwarding import LOCAL, Rule, Way, addresses, rules, table_numbers, ways

Seen = TypeVar("Seen")

NO_ROUTE, BLACKHOLE, UNREACHABLE, IS_LOCAL = "no route", "blackhole", "unreachable", "local"


def lookup(router: Router, destination: str, mark: int | str = 0, source: str = "", interface: str = "") -> str:
    """The interface that a packet leaves by; several with a comma, in the order of the gateways, where it is one of them.
    Else ``local``, ``blackhole``, ``unreachable`` (a rule refuses it) or ``no route``.

    :param mark: the routing mark, as the kernel's number or by the name of its table; main and "" are none. ``FAST_PATH``
        for a fasttracked packet.
    :param source: the packet's own address, for rules with ``src-address``.
    :param interface: where it came in, for rules with ``interface``; empty for the router's own packets.
    :raises NotPlayed: for rows that the lab's network does not know.
    :raises KeyError: for a mark whose table is not there, and for an interface that is not there.
    """
    with router.lock:
        names, numbers = device_names(router), table_numbers(router)
        ordered = sorted(rules(router), key=lambda rule: rule.preference)
        routes = list(ways(router))
        own = {address.address for address in addresses(router)}
    number = mark if isinstance(mark, int) else 0 if mark in ("", "main") else numbers[mark]
    device = names[interface] if interface else ""
    for rule in ordered:
        if not _concerns(rule, destination, number, source, device):
            continue
        if rule.action != "to_tbl":
            return rule.action
        if rule.table == LOCAL:
            if destination in own:
                return IS_LOCAL
            continue
        way = _longest(routes, rule.table, destination)
        if way is not None and way.blackhole:
            return BLACKHOLE  # the kernel hides no blackhole from a rule with a shortest prefix
        if way is not None and IPv4Network(way.destination).prefixlen > rule.suppress:
            interfaces = {found: name for name, found in names.items()}
            return ",".join(dict.fromkeys(interfaces[through] for _address, through in way.hops))
    return NO_ROUTE


def _concerns(rule: Rule, destination: str, mark: int, source: str, device: str) -> bool:
    """Whether a packet meets a rule's conditions."""
    return (
        (rule.mark is None or mark & rule.mask == rule.mark)
        and (not rule.destination or IPv4Address(destination) in IPv4Network(rule.destination))
        and (not rule.source or (source != "" and IPv4Address(source) in IPv4Network(rule.source)))
        and (not rule.device or rule.device == device)
    )


def _longest(routes: list[Way], table: int, destination: str) -> Way | None:
    """The route of a table with the longest prefix that a destination is in."""
    found = [way for way in routes if way.table == table and IPv4Address(destination) in IPv4Network(way.destination)]
    return max(found, key=lambda way: IPv4Network(way.destination).prefixlen, default=None)


@dataclass(frozen=True)
class Moment(Generic[Seen]):
    """What was seen behind a write.

    :param write: the write in words: ``add /ip/route *5``; ``state ...`` for what came by itself.
    """

    write: str
    seen: Seen


@contextlib.contextmanager
def watch(lab: Lab, look: Callable[[Router], Seen]) -> Iterator[list[Moment[Seen]]]:
    """Looks at the first router behind each write meanwhile, whoever wrote: clients, scripts, or the router itself. What is
    no write, such as a link that goes down or a lease that comes, is a moment only where something else is seen than before.

    :param look: what to look at; the router's lock is held.
    :raises Exception: at the end, what ``look`` raised first.
    """
    moments: list[Moment[Seen]] = []
    errors: list[Exception] = []

    def notice(change: Change) -> None:
        if errors:
            return
        try:
            seen = look(lab.router)
            if change.kind != "state" or not moments or moments[-1].seen != seen:
                moments.append(Moment(f"{change.kind} {path_text(change.menu)} {','.join(map(id_text, change.ids))}", seen))
        except Exception as error:  # whatever it is: it must not reach whoever writes
            errors.append(error)

    stop = lab.router.observe(notice)
    try:
        yield moments
    finally:
        stop()
    if errors:
        raise errors[0]
