# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an export does not hold and its router has: leases, dialed interfaces that run, settings as shipped. Something plausible stands in
their place, so that a rehearsal finds what the router would find.

The networks of lines are those for documentation (RFC 5737), in parts, as far as the configuration has nothing there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, collapse_addresses

from .addresses import parse_ip
from .dialing import dial, dials
from .dump import dump
from .interfaces import all_interfaces
from .leases import ADDRESS, CLIENT, Lease, ask, bind
from .paths import Path
from .routes import ROUTE, address_network
from .rows import Row
from .store import Router

DOCUMENTATION = tuple(map(IPv4Network, ("198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24")))
"""The last one last: people write its addresses for what leads nowhere."""
SPARE = tuple(map(IPv4Network, ("198.18.0.0/15", "100.64.0.0/10")))
"""For tests of devices (RFC 2544), and between providers and their customers (RFC 6598): used where the others do not suffice."""

PART = 27
"""Prefix length of the network of a line."""

USUAL = 24
"""That of a modem's network."""

HALF = 1
"""A route to no less than a half of all addresses is one to the internet."""

SHORTEST = 8
"""Prefix length of the largest network that counts as one of the configuration's; larger ones mean everything, such as 128.0.0.0/1."""

_ADDRESS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?)(?![\w.])")


@dataclass
class Lines:
    """Lines for one router: each interface has a network of its own, which it keeps.

    :param networks: those that nobody has yet.
    :param gateways: those that leases are known to have, whichever.
    :param given: by the interface's name.
    :param leases: the same.
    """

    networks: Iterator[IPv4Network]
    gateways: Iterator[IPv4Address]
    given: dict[str, IPv4Network] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)

    def lease(self, interface: str) -> Lease:
        """The lease of an interface's DHCP client."""
        if interface not in self.leases:
            gateway = next(self.gateways, None)
            network = IPv4Network(f"{gateway}/{USUAL}", strict=False) if gateway else self._network(interface)
            gateway = gateway or network[1]
            own = next(address for address in (network[2], network[3]) if address != gateway)
            self.leases[interface] = Lease(f"{own}/{network.prefixlen}", str(gateway))
        return self.leases[interface]

    def ends(self, interface: str) -> tuple[str, str]:
        """The addresses of a dialed interface: the router's, and the other one."""
        network = self._network(interface)
        return str(network[2]), str(network[1])

    def _network(self, interface: str) -> IPv4Network:
        if interface not in self.given:
            self.given[interface] = next(self.networks)
        return self.given[interface]


def furnish_lines(router: Router, leases: Mapping[str, Lease], *, others: bool = True) -> None:
    """Gives a router its lines, once its configuration is there: DHCP clients have leases, also those that are added later, and dialed
    interfaces that are enabled run with an address.

    :param leases: those that are known, by the interface's name.
    :param others: something plausible for all other interfaces; else they have nothing.
    :raises ValueError: for a lease of an interface that the router does not have.
    """
    for interface, lease in leases.items():
        try:
            bind(router, interface, lease)
        except KeyError:
            raise ValueError(f"no interface {interface} for a lease") from None
    if not others:
        return
    lines = Lines(free_networks(router, (lease.address for lease in leases.values())), iter(wanted_gateways(router)))
    router.provider.usual = lambda interface: None if is_fixed(router, interface) else lines.lease(interface)
    for row in list(router.table(CLIENT)):
        ask(router, row)
    for menu, row in list(all_interfaces(router)):
        if dials(menu) and row.values.get("disabled") != "true" and row.name:
            dial(router, row.name, *lines.ends(row.name))


def is_fixed(router: Router, interface: str) -> bool:
    """Whether routes of the owner's lead to a gateway beside an address that the interface has of its own: its client was forgotten there,
    and nobody answers it."""
    here = [row for row in _written(router, ADDRESS) if router.written(row, "interface") == interface]
    own = [address_network(router, row) for row in here]
    return any(hop in network for row in _written(router, ROUTE) for hop in _hops(router, row) for network in own)


def wanted_gateways(router: Router) -> list[IPv4Address]:
    """The gateways that the owner's routes to the internet need, by host routes too, and that are in no network of the router's: leases
    have them. Which interface each is behind nobody knows, so they are dealt in order."""
    ways = [(IPv4Network(router.written(row, "dst-address") or "0.0.0.0/0"), list(_hops(router, row))) for row in _written(router, ROUTE)]
    narrow = [(network, hops) for network, hops in ways if network.prefixlen > HALF]
    connected = [address_network(router, row) for row in router.table(ADDRESS) if router.written(row, "disabled") != "true"]
    wanted = [hop for network, hops in ways if network.prefixlen <= HALF for hop in hops]
    found: dict[IPv4Address, None] = {}
    for _ in range(len(ways)):
        open_ones = [hop for hop in wanted if not any(hop in network for network in connected)]
        further = {hop: [other for network, hops in narrow if hop in network for other in hops] for hop in open_ones}
        found |= dict.fromkeys(hop for hop, others in further.items() if not others)
        wanted = [other for others in further.values() for other in others]
    return list(found)


def _written(router: Router, menu: Path) -> Iterator[Row]:
    """The rows of a menu that its owner has written and not disabled."""
    return (row for row in router.table(menu) if not row.dynamic and router.written(row, "disabled") != "true")


def _hops(router: Router, row: Row) -> Iterator[IPv4Address]:
    """The addresses among a route's gateways."""
    for gateway in router.written(row, "gateway").split(","):
        found = parse_ip(gateway.partition("%")[0])
        if isinstance(found, IPv4Address):
            yield found


def free_networks(router: Router, taken: Iterable[str] = ()) -> Iterator[IPv4Network]:
    """Networks for lines, in which nothing of the configuration is. What the firewall has is no network of the router's: many lists
    hold those for documentation.

    :param taken: addresses with prefix lengths that are used besides.
    """
    menus = json.loads(dump(router))
    texts = [str(rows) for menu, rows in menus.items() if not menu.startswith("ip firewall")]
    used = list(collapse_addresses(_networks(" ".join([*texts, *taken]))))
    for whole in (*DOCUMENTATION, *SPARE):
        for part in whole.subnets(new_prefix=PART):
            if not any(part.overlaps(network) for network in used):
                yield part


def _networks(text: str) -> Iterator[IPv4Network]:
    """All addresses and networks that a text has, but for those that hold everything."""
    for found in _ADDRESS.findall(text):
        with suppress(ValueError):
            network = IPv4Network(found, strict=False)
            if network.prefixlen >= SHORTEST:
                yield network
