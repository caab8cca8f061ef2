# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the LAN is on a router: ``all`` of its networks, the VRRP beside an interface, and the networks that are left out.

``all`` is what may be known to be a LAN: a network of an address that somebody wrote, on something like Ethernet. Not among them are lines
and what they stand on, other ways to the internet (a DHCP client, the gateway of a default route), unless the router gives addresses there,
tunnels of any kind, for nobody knows what is at their other end, VRFs, and a Hotspot, which takes the owner's word. Whoever dials in by
PPPoE is among them, where the profile puts him into a list.

A master answers its clients with the MAC address of the VRRP, so what they send comes in by the VRRP's interface, and what goes to the
router's own address there by the interface that it stands on. Public configurations have ``in-interface=vrrp1`` in rows for clients, and
the VRRP in the list of the LAN; the manual does not say it. Both are one segment here, so it is right in either case.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from ..lines import Lan
from ..routeros.paths import DHCP_CLIENTS, DHCP_SERVERS, HOTSPOTS, PPP_CLIENTS, ROUTES, VRFS, VRRPS
from ..routeros.rows import Network, is_ethernet, is_ours, readable
from . import dialed

if TYPE_CHECKING:
    from .surroundings import Surroundings

WIREGUARD = "wg"
"""That of a tunnel behind which there may be people, or another site."""
HALF = 1
"""A route to no less than a half of all addresses is one to the internet."""


def everything(router: Surroundings) -> frozenset[str]:
    """Return the interfaces of all networks that are known to be no line's, and have no Hotspot."""
    beside = {*served(router), *_in_vrfs(router)}
    named = {here.interface for here in own_networks(router) if is_ethernet(router.interfaces.get(here.interface, {}))} - beside
    return frozenset(named).union(*map(router.members, dialed.lists(router)))


def segments(router: Surroundings, interfaces: frozenset[str]) -> frozenset[str]:
    """Return these interfaces, and those that share a network with them: a VRRP and what it stands on. Lines are never among them."""
    there = set(interfaces)
    for row in router.foreign(VRRPS):
        pair = {str(row.get("name")), str(row.get("interface"))}
        there |= pair - router.wans.keys() if pair & interfaces else set()
    return frozenset(there)


def sides(router: Surroundings) -> list[Lan]:
    """Return the LAN as rows name it on this router: what the user wrote, and by name what it means besides."""
    written = [lan for lan in router.intent.lans if not lan.is_everything]
    if len(written) < len(router.intent.lans):
        known = {lan.name for lan in written if lan.is_list}
        written += [Lan(name, is_list=True) for name in dialed.lists(router) if name not in known]
    covered = frozenset().union(*map(router.interfaces_of, written))
    return [*written, *map(Lan, sorted(router.lan - covered))]


def own_networks(router: Surroundings) -> Iterator[Network]:
    """The networks of hosts that somebody gave to an interface of the router, but for those by which it reaches the internet."""
    outside, hops = _below_lines(router), list(_hops(router))
    gives = {str(row.get("interface")) for row in router.foreign(DHCP_SERVERS)}
    for here in router.connected():
        row = router.interfaces.get(here.interface, {})
        leads_out = here.interface in outside or any(hop in here.network for hop in hops)
        is_known = is_ethernet(row) or row.get("type") == WIREGUARD
        if is_known and not row.get("disabled") and not row.get("dynamic") and (here.interface in gives or not leads_out):
            yield here


def served(router: Surroundings) -> dict[str, str]:
    """Return the Hotspots in force by the interface that each serves."""
    return {str(row.get("interface")): str(row.get("name")) for row in router.foreign(HOTSPOTS)}


def _below_lines(router: Surroundings) -> frozenset[str]:
    """What dialed lines stand on, which has the network of a modem at most, and where the router itself asks for an address."""
    dials = {str(row.get("interface")) for path in PPP_CLIENTS.values() for row in router.foreign(path) if row.get("interface")}
    return frozenset(dials | {str(row.get("interface")) for row in router.foreign(DHCP_CLIENTS)})


def _in_vrfs(router: Surroundings) -> frozenset[str]:
    rows = (row for row in router.foreign(VRFS) if row.get("name") != "main" and not row.get("builtin"))
    return frozenset(name for row in rows for name in str(row.get("interfaces") or "").split(","))


def _hops(router: Surroundings) -> Iterator[IPv4Address]:
    """The gateways of all routes to the internet, also of those that are off: a line that is not used now is no LAN."""
    for row in router.found[ROUTES]:
        wide = any(network.prefixlen <= HALF for network in readable(row.get("dst-address")))
        if wide and not is_ours(row):
            for hop in str(row.get("gateway") or "").split(","):
                yield from (network.network_address for network in readable(hop.partition("%")[0]) if isinstance(network, IPv4Network))
