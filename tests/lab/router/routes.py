# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPv4 routes as /ip/route shows them: connected ones made from addresses, static ones with what became of them.

A route is used when its gateway resolves and no usable route of its table and destination has a lower distance.
Gateways are looked up in the main table, through routes whose scope is not above the asking route's target-scope
[MAN:Routing Decision] D.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from typing import TYPE_CHECKING

from .addresses import parse_ip
from .interfaces import is_running
from .paths import Path
from .rows import Row, id_text
from .values import INTERFACES, Reference, Value

if TYPE_CHECKING:
    from .store import Router

ROUTE: Path = ("ip", "route")
CONNECTED_IDS = 0x20180000
"""Connected routes have ids of the form *2018xxxx [REST23] O."""


@dataclass
class Hop:
    """One gateway of a route."""

    text: str
    address: str | None
    interface: str | None
    interface_runs: bool


@dataclass
class Route:
    """A route while its fate is worked out.

    :param row: the static row; None for a connected route.
    :param immediate: the gateways that packets really go to (``10.0.0.1%ether1``), once they are known.
    """

    id: int
    network: IPv4Network
    table: str
    distance: int
    scope: int
    target_scope: int
    row: Row | None = None
    hops: list[Hop] = field(default_factory=list)
    blackhole: bool = False
    local_address: str = ""
    immediate: list[str] = field(default_factory=list)
    usable: bool = False
    active: bool = False
    ecmp: bool = False


def read_routes(router: Router) -> list[dict[str, str]]:
    """All rows of /ip/route as they read."""
    routes = compute_routes(router)
    known = {id(route.row): route for route in routes if route.row is not None}
    shown = [_show_connected(route) for route in routes if route.row is None]
    for row in router.table(ROUTE):
        shown.append(_show_static(router, known[id(row)]) if id(row) in known else _show_disabled(router, row))
    return shown


def connected_routes(router: Router) -> list[dict[str, str]]:
    """The rows of /ip/route that the router made itself."""
    return [_show_connected(route) for route in compute_routes(router) if route.row is None]


def compute_routes(router: Router) -> list[Route]:
    """Connected and enabled static routes with their fate: usable, active, ECMP, where packets go."""
    routes = [*_connected(router), *_static(router)]
    # Each round settles at least one more step of recursion; routes that lead through each other would never settle.
    for _round in range(len(routes) + 1):
        if not _settle(routes):
            break
    return routes


def _connected(router: Router) -> Iterator[Route]:
    """One route per enabled address on a running interface [REST23] O."""
    for row in router.table(("ip", "address")):
        below = router.referenced_row(row.values["interface"])
        if row.values.get("disabled") == "true" or below is None or not is_running(router, *below):
            continue
        interface = router.text(row.values["interface"])
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
            scope=max(number["scope"], number["target-scope"] + 1)
            if number["scope"] <= number["target-scope"]
            else number["scope"],
            target_scope=number["target-scope"],
            row=row,
            hops=list(_hops(router, row.values.get("gateway", ()))),
            blackhole="blackhole" in row.values,
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


def _settle(routes: list[Route]) -> bool:
    """One round of looking gateways up and choosing routes; says whether it changed anything."""
    before = [(route.usable, route.active, route.ecmp, tuple(route.immediate)) for route in routes]
    for route in routes:
        if route.row is not None:
            route.immediate = [way for hop in route.hops for way in _resolve(hop, route, routes)]
            route.usable = route.blackhole or bool(route.immediate)
    for route in routes:
        rivals = [other for other in routes if other.usable and _same_destination(other, route)]
        best = min((other.distance for other in rivals), default=0)
        winners = [other for other in rivals if other.distance == best]
        route.active = route in winners
        route.ecmp = route.active and route.row is not None and (len(winners) > 1 or len(route.immediate) > 1)
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
    if best.row is None:
        return [f"{hop.address}%{best.immediate[0]}"]
    return [f"{hop.address}%{way}" if "%" not in way and parse_ip(way) is None else way for way in best.immediate]


def _show_connected(route: Route) -> dict[str, str]:
    return {
        ".id": id_text(route.id),
        "dst-address": str(route.network),
        "routing-table": route.table,
        "gateway": route.hops[0].text,
        "immediate-gw": route.immediate[0],
        "distance": "0",
        "scope": "10",
        "target-scope": str(route.target_scope),
        "local-address": route.local_address,
        "dynamic": "true",
        **({"active": "true"} if route.active else {}),
        "inactive": "false",
        "connect": "true",
    }


def _show_static(router: Router, route: Route) -> dict[str, str]:
    """In use, beaten (neither active nor inactive), or inactive; ``disabled`` is absent [REST23] O [MAN] D/I."""
    row = route.row
    assert row is not None
    values = {name: router.text(value) for name, value in row.values.items() if name != "disabled"}
    return {
        ".id": id_text(row.id),
        **values,
        **({} if route.blackhole else {"immediate-gw": ",".join(route.immediate)}),
        "dynamic": "false",
        **({"active": "true"} if route.active else {}),
        "inactive": "false" if route.usable else "true",
        "static": "true",
        **({"ecmp": "true"} if route.ecmp else {}),
    }


def _show_disabled(router: Router, row: Row) -> dict[str, str]:
    """Short: no distance, no table [REST23] O. Long by the trait, for what another release may do."""
    short = {"dst-address", "gateway", "blackhole", "comment"}
    wanted = short if router.traits.disabled_route_is_short else row.values.keys()
    return {
        ".id": id_text(row.id),
        **{name: router.text(value) for name, value in row.values.items() if name in wanted},
        "disabled": "true",
        "inactive": "false",
        "static": "true",
    }
