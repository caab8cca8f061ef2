# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of others that take what we balance, or mislead it: what they do, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..findings import COMMAND, Finding
from ..routeros.changing import Change, command
from ..routeros.names import BALANCE, PREFIX, comment
from ..routeros.paths import NAT, ROUTES
from ..routeros.rows import Row, label, matchers, readable, table_of
from ..routeros.spelling import DEFAULT_DESTINATION
from .exemptions import TRANSLATES
from .guards import with_guards
from .intent import MAIN, Service
from .marks_of_others import marks_of_others
from .sides import own_networks, served
from .surroundings import Surroundings

HALVES = ("0.0.0.0/1", "128.0.0.0/1")
"""The internet in two parts."""
CAUGHT = (53, 123)
"""Ports of DNS and of time, which routers answer themselves for their clients."""


def conflicts(router: Surroundings) -> Iterator[Finding]:
    """What should be mended before the first write, of the kinds `intent.CONFLICTS`."""
    yield from _halved_defaults(router)
    yield from _translated_destinations(router)
    yield from masqueraded(router)
    yield from _addresses_of_other_lines(router)
    yield from marks_of_others(router)


def remarks(router: Surroundings) -> Iterator[Finding]:
    """What the user should know."""
    yield from _balanced_networks(router)
    yield from _servers_elsewhere(router)
    yield from _unnamed_networks(router)


def _leaves_ours_alone(row: Row) -> bool:
    """Whether a row takes only connections that have no mark, or another's."""
    mark = str(row.get("connection-mark") or "")
    return bool(mark) and not mark.startswith(("!", f"{PREFIX}-"))


def _halved_defaults(router: Surroundings) -> Iterator[Finding]:
    """A VPN takes all by two routes that are more specific than any default. A mark comes before main ("Policy Routing")."""
    for row in router.foreign(ROUTES):
        destination, gateway = str(row.get("dst-address") or ""), str(row.get("gateway") or "blackhole")
        if destination in HALVES and table_of(row) == MAIN and not _exits(router) & set(gateway.split("%")):
            problem = f"it takes half of the internet to {gateway} in the table main, and balanced connections leave by a line all the same"
            remedy = "remove it, or leave those that it is for out of multiwan_lan_interfaces"
            yield Finding(f"/ip route {destination} by {gateway}", problem, remedy, kind="default-route")


def _exits(router: Surroundings) -> set[str]:
    """What a route by one of our lines has as gateway."""
    return router.wans.keys() | {str(address) for wan in router.intent.wans for address in wan.gateway.addresses}


def _translated_destinations(router: Surroundings) -> Iterator[Finding]:
    """Connections are marked before dst-nat, and a mark comes before local delivery ("Packet Flow", "Moving from ROSv6 to v7").

    The table of a line knows neither the LAN nor the router: what dst-nat sends there must not be marked.
    """
    for row in router.rows_of(NAT, "dstnat"):
        target = _new_destination(router, row)
        if not target or not router.meets(row, "in", router.lan) or _leaves_ours_alone(row) or router.is_never_balanced(row):
            continue
        services = _services(row)
        missing = [service for service in services if not any(other.covers(service) for other in router.intent.options.bypass_services)]
        if (services and not missing) or _is_of_hotspot(row):
            continue
        place = f"/ip firewall nat {label(row)}"
        problem = f"what it takes of the LAN's connections would leave by a line instead of reaching {target}"
        limit, wish = (
            "limit it by dst-address-type=local or in-interface",
            f"add {', '.join(map(str, missing))} to pcc_balance_bypass_services",
        )
        if addresses := _limiting_addresses(row):
            yield Finding(place, problem, f"add {addresses} to pcc_balance_bypass", kind="dst-nat")
        elif _is_port_forward(row, services):
            remedy = f"write {COMMAND} if it is for the router's own addresses, or {wish}"
            change = Change(NAT, row, {"dst-address-type": "local"})
            mend = command(change, router.found[NAT])
            yield Finding(place, problem, remedy, mend, kind="dst-nat", changes=(change,))
        else:
            yield Finding(place, problem, f"{wish}, or {limit}" if services else limit, kind="dst-nat")


def _limiting_addresses(row: Row) -> str:
    """The destinations that a row is about, in words; empty where it is about all, or all but some."""
    address, name = (str(row.get(key) or "!") for key in ("dst-address", "dst-address-list"))
    if not address.startswith("!"):
        return address
    return "" if name.startswith("!") else f"what the address list '{name}' holds"


def _is_port_forward(row: Row, services: Sequence[Service]) -> bool:
    """Whether a row sends ports of the router's own addresses to a server: not one that catches the LAN's requests, such as DNS."""
    caught = any(service.first <= port <= service.last for service in services for port in CAUGHT)
    for_all = not any(row.get(key) for key in ("in-interface", "in-interface-list", "dst-address", "dst-address-list", "dst-address-type"))
    return row.get("chain") == "dstnat" and row.get("action") == "dst-nat" and for_all and bool(services) and not caught


def _is_of_hotspot(row: Row) -> bool:
    """What Hotspot takes to the router is told of as such (see `hazards`)."""
    return bool(row.get("dynamic")) and bool(row.get("hotspot")) and row.get("action") == "redirect"


def _new_destination(router: Surroundings, row: Row) -> str:
    """Where a row sends connections, if that is not beyond a line."""
    if row.get("action") == "redirect":
        return "the router"
    here = row.get("action") in ("dst-nat", "netmap") and any(map(router.is_here, readable(row.get("to-addresses"))))
    return str(row["to-addresses"]) if here else ""


def _services(row: Row) -> list[Service]:
    """The services that a row takes; none where it takes others too."""
    protocol, ports = str(row.get("protocol") or ""), str(row.get("dst-port") or "")
    if protocol not in ("tcp", "udp") or not ports or ports.startswith("!"):
        return []
    ranges = (part.partition("-") for part in ports.split(","))
    return [Service(protocol, int(first), int(last or first)) for first, _dash, last in ranges]


def masqueraded(router: Surroundings) -> Iterator[Finding]:
    """The first row that fits translates ("NAT"), and ours are added behind those that stand there."""
    if not router.intent.options.nat:
        return
    router = with_guards(router)
    for index, wan in enumerate(router.intent.wans):
        if wan.source_address is None:
            continue
        for row in router.rows_of(NAT, "srcnat", before=comment(BALANCE, "nat", wan.name)):
            whole = matchers(row).keys() <= {"out-interface", "out-interface-list", "ipsec-policy", "src-address", "src-address-list"}
            if row.get("action") == "masquerade" and whole and router.meets(row, "out", [wan.interface]):
                problem = f"it comes before ours, so multiwan_wans[{index}].source_address {wan.source_address} would have no effect"
                wish = f"keep {wan.interface} out of it, or remove it: the role writes a row for each line"
                yield Finding(f"/ip firewall nat {label(row)}", problem, wish, kind="masquerade")


def _addresses_of_other_lines(router: Surroundings) -> Iterator[Finding]:
    """A fixed address in a row that names no line, as is usual with one line: providers do not carry addresses of others (RFC 2827)."""
    told = set()
    router = with_guards(router)
    for wan in router.intent.wans:
        for row in router.rows_of(NAT, "srcnat", before=comment(BALANCE, "nat", wan.name) if router.intent.options.nat else ""):
            owners = _lines_of(router, row.get("to-addresses")) if row.get("action") in TRANSLATES else frozenset()
            mine = not owners or wan.interface in owners or row.get(".id") in told
            if mine or not router.meets(row, "out", [wan.interface]) or _leaves_ours_alone(row) or _stays_inside(router, row):
                continue
            told.add(row.get(".id"))
            names = ", ".join(sorted(router.wans[owner].name for owner in owners))
            problem = f"it gives what leaves by line {wan.name} the address {row['to-addresses']} of line {names}, and no answer comes back"
            own = next((other for other in router.found[NAT] if other.get(".id") == row.get(".id")), row)
            mend = command(Change(NAT, own, {"out-interface": min(owners)}), router.found[NAT])
            yield Finding(f"/ip firewall nat {label(row)}", problem, command=mend, kind="masquerade")


def _lines_of(router: Surroundings, value: object) -> frozenset[str]:
    """The interfaces of the lines whose address this is; none where it cannot be told."""
    addresses = [network.network_address for network in readable(value)]
    lines = [here for here in router.networks if here.interface in router.wans]
    own = {here.interface for here in lines if here.own in addresses}
    own |= {wan.interface for wan in router.intent.wans if wan.source_address in addresses}
    return frozenset(own or {here.interface for here in lines if any(address in here.network for address in addresses)})


def _stays_inside(router: Surroundings, row: Row) -> bool:
    """Whether a row is about nothing that we balance: destinations that are spared, or a mark of others that sends it elsewhere."""
    destinations = list(readable(row.get("dst-address")))
    marked = not str(row.get("routing-mark") or "!").startswith("!")
    return marked or (bool(destinations) and all(map(router.is_spared, destinations)))


def _balanced_networks(router: Surroundings) -> Iterator[Finding]:
    """A mark comes before the main table ("Policy Routing"): where clients reach a network by a route, it must not be marked."""
    exits = _exits(router)
    lans = {str(here.network) for here in router.connected() if here.interface in router.lan}
    for row in router.foreign(ROUTES):
        destination, gateway = str(row.get("dst-address") or ""), str(row.get("gateway") or "")
        beside = table_of(row) != MAIN or destination in (DEFAULT_DESTINATION, *HALVES, *lans)
        if beside or not gateway or exits & set(gateway.split("%")):
            continue
        if not all(map(router.is_spared, readable(destination))):
            problem = "clients' connections to it would leave by a line"
            remedy = "add it to pcc_balance_bypass unless that is wanted"
            yield Finding(f"/ip route {destination} by {gateway}", problem, remedy, refuses=False, kind="static-route")


def _servers_elsewhere(router: Surroundings) -> Iterator[Finding]:
    """Only what comes from the LAN goes by the line of its connection, so a server has to stand there."""
    elsewhere = [here for here in router.connected() if here.interface not in router.lan]
    for row in router.rows_of(NAT, "dstnat"):
        if row.get("action") not in ("dst-nat", "netmap") or not router.meets(row, "in", router.wans):
            continue
        for here in elsewhere:
            if any(here.network.overlaps(network) for network in readable(row.get("to-addresses"))):
                problem = f"{row['to-addresses']} is behind {here.interface}, whose answers go by the table main, whatever their line"
                remedy = f"add {here.interface} to multiwan_lan_interfaces"
                yield Finding(f"/ip firewall nat {label(row)}", problem, remedy, refuses=False, kind="server")


def _unnamed_networks(router: Surroundings) -> Iterator[Finding]:
    """Networks beside the LAN that are no line's: what they open goes unmarked, all by one line."""
    left = [here for here in own_networks(router) if here.interface not in router.lan]
    if left:
        there = dict.fromkeys(f"{here.network} of {here.interface}" for here in left)
        names = dict.fromkeys(_as_lan(router, here.interface) for here in left)
        remedy = f"add {', '.join(names)} unless that is meant"
        yield Finding("multiwan_lan_interfaces", f"not balanced: {', '.join(there)}", remedy, refuses=False, kind="unnamed")


def _as_lan(router: Surroundings, interface: str) -> str:
    return f"{{interface: {interface}, hotspot: auth}}" if interface in served(router) else interface
