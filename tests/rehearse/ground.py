# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is around a router that only its export is known of: the providers of the lines that its inventory names, and clients of its LAN.

An export holds no leases and no addresses of dialed lines; the lab has made some up (tests/lab/router/rehearsal.py), and here somebody
answers there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import cast

from ansible_collections.multiwan.routeros.plugins.plugin_utils import lines
from ansible_collections.multiwan.routeros.plugins.plugin_utils.gateways import lease
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import AddressGateway, InterfaceGateway, Wan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros import paths
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found, Row, bridges, connected, members

from tests.lab.network.plugging import device_of
from tests.lab.network.surroundings import FIRST_CLIENT, Lan, Line
from tests.lab.router.lab import Lab
from tests.unit.apply.router import read

READ = (paths.INTERFACES, paths.LISTS, paths.MEMBERS, paths.PORTS, paths.VLANS, paths.ADDRESSES, paths.DHCP_CLIENTS)
SPEED = 20_000_000
"""Bits per second of all lines of the lab together, dealt by weight."""
CLIENTS = 40
"""So many clients at least have to fit into a LAN."""


class Unplayable(Exception):
    """The lab cannot put anybody at the other end: which line or LAN, why, and what to do."""


def around(lab: Lab, wans: Sequence[Wan], lans: Sequence[lines.Lan]) -> tuple[list[Line], list[Lan]]:
    """Return the lines and the LAN for a network around a router; without a LAN that can be played, none.

    Raises `Unplayable`.
    """
    found = read(lab, READ)
    total = sum(wan.weight for wan in wans)
    providers = [_line(lab, found, wan, number, int(SPEED * wan.weight / total)) for number, wan in enumerate(wans)]
    return providers, list(_clients(lab, found, wans, lans))[:1]


def _line(lab: Lab, found: Found, wan: Wan, number: int, speed: int) -> Line:
    if not any(row.get("name") == wan.interface for row in found[paths.INTERFACES]):
        names = ", ".join(str(row["name"]) for row in found[paths.INTERFACES])
        raise Unplayable(f"{wan.name}: the export has no interface '{wan.interface}'; it has {names}")
    own = [IPv4Interface(str(row["address"])) for row in found[paths.ADDRESSES] if row.get("interface") == wan.interface]
    port = next(row for row in found[paths.INTERFACES] if row["name"] == wan.interface)
    place = device_of(lab.router, wan.interface) if _is_port(port) else wan.interface
    if isinstance(wan.gateway, InterfaceGateway):
        return _dialed(found, wan, place, own, speed)
    if isinstance(wan.gateway, AddressGateway):
        return _static(found, wan, place, own, speed)
    gateway, leased = lease(found, wan.interface), _leased(found, wan)
    if gateway is None or not leased:
        # a run makes a DHCP client there, and somebody has to answer it
        network = IPv4Network(f"100.{100 + number}.7.0/24")
        return Line(wan.name, place, str(network[1]), str(network), speed, speed, leased=str(network[2]))
    network = next(address.network for address in own if str(address.ip) == leased)
    return Line(wan.name, place, str(gateway), str(network), speed, speed, leased=leased)


def _static(found: Found, wan: Wan, place: str, own: Sequence[IPv4Interface], speed: int) -> Line:
    gateway = cast(AddressGateway, wan.gateway).address
    network, leased = next((address.network for address in own if gateway in address.network), None), _leased(found, wan)
    if network is None and leased:
        # the lease that the lab has made up is not that of the line
        network = IPv4Network(f"{gateway}/24", strict=False)
        leased = str(next(address for address in (network[2], network[3]) if address != gateway))
    if network is None:
        raise Unplayable(f"{wan.name}: its gateway {gateway} is in no network of {wan.interface}, so nobody can play it")
    return Line(wan.name, place, str(gateway), str(network), speed, speed, leased=leased)


def _dialed(found: Found, wan: Wan, place: str, own: Sequence[IPv4Interface], speed: int) -> Line:
    if not own:
        raise Unplayable(f"{wan.name}: {wan.interface} is disabled in the export, or of a kind that the lab does not dial")
    ends = (row.get("network") for row in found[paths.ADDRESSES] if row.get("interface") == wan.interface)
    return Line(wan.name, place, str(next(ends)), f"{own[0].ip}/32", speed, speed, dialed=str(own[0].ip))


def _leased(found: Found, wan: Wan) -> str:
    """The address of the lease of a line's interface; empty without one."""
    clients = (row for row in found[paths.DHCP_CLIENTS] if row.get("interface") == wan.interface and row.get("address"))
    return next((str(row["address"]).partition("/")[0] for row in clients), "")


def _clients(lab: Lab, found: Found, wans: Sequence[Wan], lans: Sequence[lines.Lan]) -> Iterator[Lan]:
    """The LANs that can be played, the larger ones first."""
    taken = {wan.interface for wan in wans}
    wanted = {name for lan in lans for name in _interfaces(found, lan)} - taken
    there = [here for here in connected(found) if here.interface in wanted and here.network.num_addresses > 2 * CLIENTS]
    for here in sorted(there, key=lambda here: here.network.prefixlen):
        place = _place(found, here.interface, taken)
        if place is not None:
            first = _first(here.network, here.own)
            yield Lan("lan", device_of(lab.router, place[0]), str(here.network), str(here.own), first, place[1])


def _interfaces(found: Found, lan: lines.Lan) -> frozenset[str]:
    if lan.is_everything:
        return frozenset(here.interface for here in connected(found))
    return members(found, lan.name) if lan.is_list else frozenset({lan.name})


def _place(found: Found, interface: str, taken: set[str]) -> tuple[str, int] | None:
    """The port behind which clients of an interface are, and the tag of their frames; None where nobody can be plugged in."""
    kinds = {str(row["name"]): row for row in found[paths.INTERFACES]}
    tag = 0
    vlan = next((row for row in found[paths.VLANS] if row.get("name") == interface), None)
    if vlan is not None:
        tag, interface = int(vlan["vlan-id"] or 0), str(vlan["interface"])
    ports = [port for port, bridge in bridges(found).items() if bridge == interface and port not in taken]
    ports = [port for port in ports if _is_port(kinds.get(port, {}))] if ports else [interface]
    free = [port for port in ports if port not in taken and _is_port(kinds.get(port, {}))]
    return (free[0], tag) if free else None


def _is_port(row: Row) -> bool:
    return row.get("type") == "ether" and not row.get("disabled")


def _first(network: IPv4Network, router: IPv4Address) -> int:
    """The number of the first client's address: behind the router's, where it is in the way."""
    first = min(FIRST_CLIENT, network.num_addresses // 2)
    own = int(router) - int(network.network_address)
    return own + 1 if first <= own < first + CLIENTS else first
