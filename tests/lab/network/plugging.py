# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a router's rows say of a line that is there, or not: its interface runs, its address comes and goes."""

from __future__ import annotations

from ..router.dialing import dial, hang_up
from ..router.interfaces import ETHERNET, find_interface, is_running
from ..router.leases import bind, release
from ..router.store import Router
from ..router.values import INTERFACES
from .devices import device_names
from .places import place_of
from .surroundings import Line


def device_of(router: Router, interface: str) -> str:
    """The device of an interface, by the default name of a port or the interface's.

    :raises KeyError: for an interface that the router does not have.
    """
    ports = {row.state["default-name"] for row in router.table(ETHERNET)}
    return interface if interface in ports else device_names(router)[interface]


def interface_of(router: Router, line: Line) -> str:
    """The present name of a line's interface."""
    device = device_of(router, line.interface)
    return next(name for name, other in device_names(router).items() if other == device)


def runs(router: Router, name: str) -> bool:
    """Whether an interface carries traffic."""
    found = find_interface(router, router.find_reference(INTERFACES, name) or 0)
    return found is not None and is_running(router, *found)


def plug(router: Router, line: Line, connected: bool) -> None:
    """Tells a router that a line's interface runs or not. A dialed one gets its address and loses it, and so does a DHCP client, which
    begins anew when its interface runs again I. A bridge runs whatever becomes of its ports O: its client keeps its lease."""
    name = interface_of(router, line)
    if line.dialed:
        dial(router, name, line.dialed, line.gateway) if connected else hang_up(router, name)
        return
    router.set_running(place_of(router, line.interface, line.port).interface, connected)
    if line.lease and connected:
        bind(router, name, line.lease)
    elif line.lease and not runs(router, name):
        release(router, name)
