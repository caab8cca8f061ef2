# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a router's rows say of a line that is there, or not: its interface runs, its address comes and goes."""

from __future__ import annotations

from ..router.dialing import dial, hang_up
from ..router.leases import bind, release
from ..router.store import Router
from .devices import device_names
from .surroundings import Line


def device_of(router: Router, interface: str) -> str:
    """The device of an interface, by the device's name or the interface's.

    :raises KeyError: for an interface that the router does not have.
    """
    names = device_names(router)
    return interface if interface in names.values() else names[interface]


def interface_of(router: Router, line: Line) -> str:
    """The present name of a line's interface."""
    device = device_of(router, line.interface)
    return next(name for name, other in device_names(router).items() if other == device)


def plug(router: Router, line: Line, connected: bool) -> None:
    """Tells a router that a line's interface runs or not. A dialed one gets its address and loses it, and so does a DHCP client, which
    begins anew when its interface runs again I."""
    name = interface_of(router, line)
    if line.dialed:
        dial(router, name, line.dialed, line.gateway) if connected else hang_up(router, name)
        return
    router.set_running(name, connected)
    if line.lease:
        bind(router, name, line.lease) if connected else release(router, name)
