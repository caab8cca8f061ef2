# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a cable goes in whose other end is to be met by an interface: at a port below it, perhaps with a tag on its frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..router.interfaces import BRIDGE, ETHERNET, ON_TOP, all_interfaces
from ..router.paths import Path, path
from ..router.rows import Row
from ..router.store import Router
from .devices import device_name
from .vlans import PORT, VLAN, is_filtering, memberships, vlan_of

WIRELESS = frozenset({"wifi", "wireless"})
PPPOE = path("interface pppoe-client")


@dataclass(frozen=True)
class Place:
    """Where a cable goes in.

    :param device: the kernel's device.
    :param interface: the router's name of it.
    :param vlan: the tag of the frames that are meant; 0: none.
    :param shared: it is Ethernet, and others may be there too.
    """

    device: str
    interface: str
    vlan: int = 0
    shared: bool = True


def is_port(menu: Path) -> bool:
    """Whether a menu's interfaces are there to be plugged into, or to join a wireless network, which is the same here."""
    return menu == ETHERNET or menu[1] in WIRELESS


def carrier_of(router: Router, name: str) -> str:
    """The device whose cable carries the session of a PPPoE client; empty for other interfaces. Its packets have a cable of their own."""
    for row in router.table(PPPOE):
        below = router.referenced_row(row.values.get("interface", "")) if row.name == name else None
        while below and below[0][1] in ON_TOP and below[0] != VLAN:
            below = router.referenced_row(below[1].values.get("interface", ""))
        if below and below[0] != BRIDGE:
            return _place(router, *below, "").device
    return ""


def place_of(router: Router, name: str, port: str = "") -> Place:
    """The place of an interface: for a VLAN on what it is on, for a bridge at its port. What stands on something that is not played, and
    what is no Ethernet, has a cable of its own.

    :param name: of a device, if it is a port, or of an interface.
    :param port: which port of a bridge, where it has several.
    :raises KeyError: for an interface that the router does not have.
    :raises ValueError: for a bridge with several ports, or none, when no port is told.
    """
    found = {row.name: (menu, row) for menu, row in all_interfaces(router)}
    found |= {row.state["default-name"]: (menu, row) for menu, row in all_interfaces(router) if menu == ETHERNET}
    return _place(router, *found[name], port)


def _place(router: Router, menu: Path, row: Row, port: str) -> Place:
    own = Place(device_name(menu, row), row.name or "", shared=is_port(menu))
    if menu == BRIDGE:
        return _port(router, row, port)
    if menu != VLAN:
        return own
    below = router.referenced_row(row.values.get("interface", ""))
    place = _place(router, *below, port) if below else own
    if not place.shared or place.vlan:
        return own
    tag = vlan_of(router, row)
    if below and below[0] == BRIDGE and is_filtering(router, below[1]):
        at_port = memberships(router)[place.interface]
        return place if tag in at_port.untagged else replace(place, vlan=tag)
    return replace(place, vlan=tag)


def _port(router: Router, bridge: Row, port: str) -> Place:
    rows = [router.referenced_row(row.values.get("interface", "")) for row in router.table(PORT) if _is_port_of(router, row, bridge)]
    places = [_place(router, *found, "") for found in rows if found]
    fitting = [place for place in places if place.shared and (not port or port in (place.device, place.interface))]
    if len(fitting) != 1:
        raise ValueError(f"{bridge.name} has {len(fitting)} ports for a cable: {', '.join(place.interface for place in fitting)}")
    return fitting[0]


def _is_port_of(router: Router, row: Row, bridge: Row) -> bool:
    return router.written(row, "disabled") != "true" and router.written(row, "bridge") == bridge.name
