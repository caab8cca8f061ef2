# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPv4 routes: connected ones made from addresses, defaults that others gave, static ones; with what became of them.

A route is used when its gateway resolves, answers what checks it, and no usable route of its table and destination has a lower distance.
Gateways are looked up in the main table, through routes whose scope is not above the asking route's target-scope
[MAN:Routing Decision] D.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from typing import TYPE_CHECKING

from .addresses import parse_ip
from .interfaces import actual_interface, is_running
from .leases import Default, defaults
from .paths import Path
from .rows import Row
from .values import INTERFACES, Reference, Value

if TYPE_CHECKING:
    from .store import Router

ROUTE: Path = ("ip", "route")
CONNECTED_IDS = 0x20180000
"""Connected routes have ids of the form *2018xxxx [REST23] O."""
GIVEN_IDS = 0x20190000
"""Ids of the router's other own routes; their form is unknown."""


NOBODY = "0.0.0.0"
"""Nor do packets go on by a gateway that is nobody, or the router itself (I; Linux refuses such routes)."""


@dataclass
class Hop:
    """One gateway of a route.

    :param ways: where packets for it really go (``10.0.0.1%ether1``), whether it answers checks or not.
    """

    text: str
    address: str | None
    interface: str | None
    interface_runs: bool
    ways: list[str] = field(default_factory=list)


@dataclass
class Route:
    """A route while its fate is worked out.

    :param row: the static row; None for a route that the router has made.
    :param given: what a default route was made of.
    :param check: how its gateways are checked: ``ping``, ``arp`` or not at all.
    :param immediate: the gateways that packets really go to (``10.0.0.1%ether1``), once they are known.
    """

    id: int
    network: IPv4Network
    table: str
    distance: int
    scope: int
    target_scope: int
    row: Row | None = None
    given: Default | None = None
    hops: list[Hop] = field(default_factory=list)
    blackhole: bool = False
    check: str = ""
    local_address: str = ""
    immediate: list[str] = field(default_factory=list)
    usable: bool = False
    active: bool = False
    ecmp: bool = False

    @property
    def connected(self) -> bool:
        """Whether it leads to a network of the router's own."""
        return self.row is None and self.given is None


def compute_routes(router: Router) -> list[Route]:
    """The router's own and enabled static routes with their fate: usable, active, ECMP, where packets go."""
    routes = [*_connected(router), *_given(router), *_static(router)]
    # Each round settles at least one more step of recursion; routes that lead through each other would never settle.
    for _round in range(len(routes) + 1):
        if not _settle(routes, router.silent):
            break
    return routes


def _connected(router: Router) -> Iterator[Route]:
    """One route per enabled address on a running interface [REST23] O."""
    for row in router.table(("ip", "address")):
        below = router.referenced_row(row.values["interface"])
        if row.values.get("disabled") == "true" or below is None:
            continue
        below = actual_interface(router, *below)
        if not is_running(router, *below):
            continue
        interface = below[1].name or ""
        address, _, _ = router.text(row.values["address"]).partition("/")
        yield Route(
            id=CONNECTED_IDS + row.id,
            network=address_network(router, row),
            table="main",
            distance=0,
            scope=10,
            target_scope=5,
            hops=[Hop(interface, None, interface, True)],
            local_address=f"{address}%{interface}",
            immediate=[interface],
            usable=True,
            active=True,
        )


def address_network(router: Router, row: Row) -> IPv4Network:
    """The network of a row of /ip/address: its own, or the one that ``network`` names (point to point)."""
    address = ip_network(router.text(row.values["address"]), strict=False)
    network = router.text(row.values.get("network", ""))
    return IPv4Network((network, address.prefixlen), strict=False) if network else IPv4Network(address)


def _given(router: Router) -> Iterator[Route]:
    """The default routes of leases and dialed interfaces, where their tables are there."""
    tables = {str(row.values["name"]) for row in router.table(("routing", "table"))}
    for given in defaults(router):
        if given.table in tables:
            address, percent, interface = given.gateway.partition("%")
            is_address = parse_ip(address) is not None
            through = interface if percent else None if is_address else given.gateway
            hop = Hop(given.gateway, address if is_address else None, through, True)
            yield Route(
                id=GIVEN_IDS + given.number,
                network=IPv4Network("0.0.0.0/0"),
                table=given.table,
                distance=given.distance,
                scope=30,
                target_scope=10,
                given=given,
                hops=[hop],
                check=given.check,
            )


def _static(router: Router) -> Iterator[Route]:
    for row in router.table(ROUTE):
        if row.values.get("disabled") == "true":
            continue
        number = {name: int(router.text(row.values[name])) for name in ("distance", "scope", "target-scope")}
        yield Route(
            id=row.id,
            network=IPv4Network(router.text(row.values["dst-address"])),
            table=router.text(row.values["routing-table"]),
            distance=number["distance"],
            scope=max(number["scope"], number["target-scope"] + 1) if number["scope"] <= number["target-scope"] else number["scope"],
            target_scope=number["target-scope"],
            row=row,
            hops=list(_hops(router, row.values.get("gateway", ()))),
            blackhole="blackhole" in row.values,
            check=router.written(row, "check-gateway"),
        )


def _hops(router: Router, gateway: Value) -> Iterator[Hop]:
    """The gateways of a kept value, taken apart at its commas."""
    parts: list[list[str | Reference]] = [[]]
    for piece in gateway:
        if piece == ",":
            parts.append([])
        else:
            parts[-1].append(piece)
    for part in filter(None, parts):
        address = part[0] if isinstance(part[0], str) and parse_ip(part[0]) else None
        through = next((piece for piece in part if isinstance(piece, Reference) and piece.menu == INTERFACES), None)
        below = router.referenced_row((through,)) if through else None
        yield Hop(
            text=router.text(tuple(part)),
            address=address,
            interface=router.text((through,)) if through else None,
            interface_runs=below is not None and is_running(router, *below),
        )


def _settle(routes: list[Route], silent: Collection[tuple[str, str]]) -> bool:
    """One round of looking gateways up and choosing routes; says whether it changed anything.

    :param silent: gateways that do not answer, and the check that found it; no other route hears of it [MAN] D.
    """
    own = {route.local_address.partition("%")[0] for route in routes if route.connected} | {NOBODY}
    before = [(route.usable, route.active, route.ecmp, tuple(route.immediate)) for route in routes]
    for route in routes:
        if not route.connected:
            for hop in route.hops:
                hop.ways = [] if hop.address in own else _resolve(hop, route, routes)
            answering = [hop for hop in route.hops if (hop.text, route.check) not in silent]
            route.immediate = [way for hop in answering for way in hop.ways]
            route.usable = route.blackhole or bool(route.immediate)
    for route in routes:
        rivals = [other for other in routes if other.usable and _same_destination(other, route)]
        best = min((other.distance for other in rivals), default=0)
        winners = [other for other in rivals if other.distance == best]
        route.active = route in winners
        route.ecmp = route.active and (len(winners) > 1 or len(route.immediate) > 1)
    return before != [(route.usable, route.active, route.ecmp, tuple(route.immediate)) for route in routes]


def _same_destination(one: Route, other: Route) -> bool:
    return one.network == other.network and one.table == other.table


def _resolve(hop: Hop, asking: Route, routes: list[Route]) -> list[str]:
    """Where packets for this gateway really go; empty while it cannot be reached."""
    if hop.address is None or hop.interface is not None:
        return [hop.text] if hop.interface_runs else []
    target = ip_address(hop.address)
    if not isinstance(target, IPv4Address):
        return []
    ways = [
        route
        for route in routes
        if route.active
        and not _same_destination(route, asking)  # a gateway is not reached through what it is the gateway of (I)
        and route.table == "main"
        and route.scope <= asking.target_scope
        and not route.blackhole
        and target in route.network
    ]
    if not ways:
        return []
    best = max(ways, key=lambda route: route.network.prefixlen)
    if best.connected:
        return [f"{hop.address}%{best.immediate[0]}"]
    return [f"{hop.address}%{way}" if "%" not in way and parse_ip(way) is None else way for way in best.immediate]
