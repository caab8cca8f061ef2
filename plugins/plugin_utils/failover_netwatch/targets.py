# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is probed over a line for which the user wrote nothing: a group of public resolvers, and the same one in every run.

A probed address is probed over its line only, so it must be nobody else's: not of the owner's own netwatch, not the gateway of a route
(recursive routing), not one that has a route of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from ipaddress import IPv4Address

from ..lines import Wan
from ..routeros.names import FAILOVER, comment
from ..routeros.paths import ADDRESSES, NETWATCH, ROUTES
from ..routeros.rows import Found, Row, is_ours, readable

#: Public resolvers: three per line, of three operators, none twice. None was asked while this was built, and none has promised to answer.
DEFAULT_PROBES = (
    ("1.1.1.1", "8.8.8.8", "9.9.9.9"),
    ("1.0.0.1", "8.8.4.4", "149.112.112.112"),
    ("208.67.222.222", "4.2.2.1", "94.140.14.14"),
    ("208.67.220.220", "4.2.2.2", "94.140.15.15"),
    ("64.6.64.6", "185.228.168.9", "76.76.2.0"),
    ("64.6.65.6", "185.228.169.9", "76.76.10.0"),
    ("77.88.8.8", "74.82.42.42", "8.26.56.26"),
    ("77.88.8.1", "156.154.70.1", "8.20.247.20"),
)

NONE_FREE = "all default targets are in use for something else"

#: A route to more than this is about the internet, whole or in halves, and not about an address.
WIDEST = 2


def choose(
    wans: Sequence[Wan], taken: Set[str] = frozenset(), there: Mapping[str, Sequence[str]] | None = None
) -> dict[str, tuple[str, ...]]:
    """Return the addresses to probe by WAN; of one for which no group is free, none.

    Those that the user wrote come first, then what is on the router, then a WAN's own group, by its place in the list.

    :param taken: addresses that somebody else on the router uses.
    :param there: the addresses that each WAN has on the router, by name.
    """
    reserved = {str(address) for wan in wans for address in (*wan.probes, *wan.gateway.addresses)}
    free = [group for group in DEFAULT_PROBES if not reserved & set(group)]
    chosen = {wan.name: tuple(map(str, wan.probes)) for wan in wans}
    for wan in _without(wans, chosen):
        hosts = set((there or {}).get(wan.name, ()))
        for group in [group for group in free if hosts and hosts <= set(group)]:
            chosen[wan.name] = group
            free.remove(group)
    free = [group for group in free if not taken & set(group)]
    for wan in _without(wans, chosen):
        own = DEFAULT_PROBES[wans.index(wan)]
        if own in free:
            chosen[wan.name] = own
            free.remove(own)
    for wan in _without(wans, chosen):
        if free:
            chosen[wan.name] = free.pop(0)
    return chosen


def _without(wans: Sequence[Wan], chosen: Mapping[str, Sequence[str]]) -> list[Wan]:
    return [wan for wan in wans if not chosen[wan.name]]


def choose_on(wans: Sequence[Wan], found: Found) -> dict[str, tuple[str, ...]]:
    """Return the addresses to probe by WAN, on a router that has the rows `found`."""
    there = {wan.name: list(_probed(found, wan.name)) for wan in wans}
    return choose(wans, frozenset(address for group in DEFAULT_PROBES for address in group if any(users(found, address))), there)


def _probed(found: Found, name: str) -> Iterator[str]:
    begin = comment(FAILOVER, "probe", name, "")
    return (str(row.get("host")) for row in found.get(NETWATCH, ()) if str(row.get("comment") or "").startswith(begin))


def users(found: Found, address: str) -> Iterator[tuple[str, Row]]:
    """Yield the rows of others that use an address, behind their path; those that are off may be on again tomorrow."""
    host = IPv4Address(address)
    for path, uses in ((NETWATCH, _watches), (ROUTES, _leads), (ADDRESSES, _is)):
        yield from ((path, row) for row in found.get(path, ()) if not is_ours(row) and uses(row, host))


def _watches(row: Row, host: IPv4Address) -> bool:
    return str(row.get("host") or "").partition("@")[0] == str(host)


def _leads(row: Row, host: IPv4Address) -> bool:
    """Whether a route goes by an address, or somebody wrote it for this address."""
    gateways = {part.partition("%")[0].partition("@")[0] for part in str(row.get("gateway") or "").split(",")}
    return str(host) in gateways or any(
        host in network and network.prefixlen >= WIDEST for network in readable(row.get("dst-address")) if not row.get("dynamic")
    )


def _is(row: Row, host: IPv4Address) -> bool:
    return str(row.get("address") or "").partition("/")[0] == str(host)
