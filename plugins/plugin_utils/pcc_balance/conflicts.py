# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of others that take what we balance, or mislead it: what they do, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ..findings import Finding
from ..routeros.changing import Change
from ..routeros.names import BALANCE, PREFIX, comment
from ..routeros.paths import FILTER, MANGLE, NAT, ROUTES
from ..routeros.rows import Row, label, matchers, readable
from ..routeros.spelling import DEFAULT_DESTINATION, word
from .chains import CHAIN_NEW
from .intent import Service
from .surroundings import Surroundings


def conflicts(router: Surroundings) -> Iterator[Finding]:
    """What should be mended before the first write, of the kinds `intent.CONFLICTS`."""
    yield from _fasttracked(router)
    yield from _translated_destinations(router)
    yield from _masqueraded(router)


def remarks(router: Surroundings) -> Iterator[Finding]:
    """What the user should know."""
    yield from _foreign_marks(router)
    yield from _balanced_networks(router)
    yield from _servers_elsewhere(router)
    yield from _unguarded_lines(router)


def _leaves_ours_alone(row: Row) -> bool:
    """Whether a row takes only connections that have no mark, or another's."""
    mark = str(row.get("connection-mark") or "")
    return bool(mark) and not mark.startswith(("!", f"{PREFIX}-"))


def _fasttracked(router: Surroundings) -> Iterator[Finding]:
    """FastTrack knows only the main table ("looks up route before routing marks are set", MikroTik's manual, "Fasttrack")."""
    for row in router.foreign(FILTER):
        if row.get("action") == "fasttrack-connection" and not _leaves_ours_alone(row):
            problem = "FastTrack would send balanced connections out by the wrong line"
            changes = (Change(FILTER, row, {"disabled": True}),)
            yield Finding(f"/ip firewall filter {label(row)}", problem, kind="fasttrack", changes=changes)


def _translated_destinations(router: Surroundings) -> Iterator[Finding]:
    """Connections are marked before dst-nat, and a mark comes before local delivery ("Packet Flow", "Moving from ROSv6 to v7").

    The table of a line knows neither the LAN nor the router: what dst-nat sends there must not be marked.
    """
    for row in router.rows_of(NAT, "dstnat"):
        target = _new_destination(router, row)
        if not target or not router.meets(row, "in", router.lan) or _leaves_ours_alone(row) or _is_unmarked(router, row):
            continue
        limit = "limit it by dst-address-type=local or in-interface"
        services = _services(row)
        missing = [service for service in services if not any(other.covers(service) for other in router.intent.options.bypass_services)]
        if services and not missing:
            continue
        wish = f"add {', '.join(map(str, missing))} to pcc_balance_bypass_services, or {limit}" if services else limit
        problem = f"what it takes of the LAN's connections would leave by a line instead of reaching {target}"
        yield Finding(f"/ip firewall nat {label(row)}", problem, wish, kind="dst-nat")


def _new_destination(router: Surroundings, row: Row) -> str:
    """Where a row sends connections, if that is not beyond a line."""
    if row.get("action") == "redirect":
        return "the router"
    here = row.get("action") in ("dst-nat", "netmap") and any(map(router.is_here, readable(row.get("to-addresses"))))
    return str(row["to-addresses"]) if here else ""


def _is_unmarked(router: Surroundings, row: Row) -> bool:
    """Whether the destinations of a row are the router's own addresses, or bypassed: such connections are never marked."""
    if row.get("dst-address-type") == "local":
        return True
    for key, read in (("dst-address", readable), ("dst-address-list", router.address_list)):
        value = str(row.get(key) or "!")
        if not value.startswith("!") and all(router.is_spared(network) or router.is_own(network) for network in read(value)):
            return True
    return False


def _services(row: Row) -> list[Service]:
    """The services that a row takes; none where it takes others too."""
    protocol, ports = str(row.get("protocol") or ""), str(row.get("dst-port") or "")
    if protocol not in ("tcp", "udp") or not ports or ports.startswith("!"):
        return []
    ranges = (part.partition("-") for part in ports.split(","))
    return [Service(protocol, int(first), int(last or first)) for first, _dash, last in ranges]


def _masqueraded(router: Surroundings) -> Iterator[Finding]:
    """The first row that fits translates ("NAT"), and ours are added behind those that stand there."""
    if not router.intent.options.nat:
        return
    for index, wan in enumerate(router.intent.wans):
        if wan.source_address is None:
            continue
        for row in router.rows_of(NAT, "srcnat", before=comment(BALANCE, "nat", wan.name)):
            whole = matchers(row).keys() <= {"out-interface", "out-interface-list", "ipsec-policy", "src-address", "src-address-list"}
            if row.get("action") == "masquerade" and whole and router.meets(row, "out", [wan.interface]):
                problem = f"it comes before ours, so multiwan_wans[{index}].source_address {wan.source_address} would have no effect"
                wish = f"keep {wan.interface} out of it, or remove it: the role writes a row for each line"
                yield Finding(f"/ip firewall nat {label(row)}", problem, wish, kind="masquerade")


def _foreign_marks(router: Surroundings) -> Iterator[Finding]:
    rows = chain(router.rows_of(MANGLE, "prerouting"), router.rows_of(MANGLE, "output"))
    takes = (row for row in rows if row.get("action") in ("accept", "mark-connection", "mark-routing", "route"))
    takers = list({row.get(".id", label(row)): row for row in takes}.values())  # more than one jump may lead to a row
    if takers:
        labels = ", ".join(map(label, takers))
        whose = "a row that is not ours" if len(takers) == 1 else f"{len(takers)} rows that are not ours"
        problem = f"{whose} may take connections before {CHAIN_NEW} sees them: {labels}"
        yield Finding("/ip firewall mangle", problem, refuses=False, kind="mangle")


def _balanced_networks(router: Surroundings) -> Iterator[Finding]:
    """A mark comes before the main table ("Policy Routing"): where clients reach a network by a route, it must not be marked."""
    exits = router.wans.keys() | {str(address) for wan in router.intent.wans for address in wan.gateway.addresses}
    lans = {str(here.network) for here in router.connected() if here.interface in router.lan}
    for row in router.foreign(ROUTES):
        destination, gateway = str(row.get("dst-address") or ""), str(row.get("gateway") or "")
        beside = row.get("routing-table", "main") != "main" or destination in (DEFAULT_DESTINATION, *lans)
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


def _unguarded_lines(router: Surroundings) -> Iterator[Finding]:
    """A filter that speaks of the lines by a list has to know all of them."""
    told = set()
    for row in router.foreign(FILTER):
        name = str(row.get("in-interface-list") or "").removeprefix("!")
        members = router.members(name) if name else frozenset()
        if name in told or not members & router.wans.keys():
            continue
        told.add(name)
        for interface, wan in router.wans.items():
            if interface not in members:
                mend = f"/interface list member add list={word(name)} interface={word(interface)}"
                problem = f"the list '{name}' lacks {interface}, so this row does not hold for line {wan.name}"
                yield Finding(f"/ip firewall filter {label(row)}", problem, command=mend, refuses=False, kind="filter")
