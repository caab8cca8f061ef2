# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's interfaces as devices of the kernel.

An Ethernet port keeps its default name whatever the configuration calls it; other kinds are named by kind and id.
Bridges are the kernel's own. Anything else is a cable to whoever the lab plugs in, a VLAN too: tags are not played. What
nobody is plugged into is a bridge without ports, and a port of no bridge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pyroute2 import IPRoute

from ..router.interfaces import ETHERNET, LOOPBACK, all_interfaces, is_running
from ..router.paths import Path, path
from ..router.rows import Row
from ..router.store import Router
from .played import refusals

BRIDGE: Path = path("interface bridge")
"""Bridges have ports."""
_SHORT = 11
"""How much of a kind's name goes into a device's name; the kernel takes 15 characters."""


@dataclass(frozen=True)
class Device:
    """A device that the kernel ought to have.

    :param cable: somebody has laid it; it is not ours to make.
    :param on: whether it runs.
    :param bridge: the bridge that it is a port of.
    """

    name: str
    cable: bool
    on: bool
    bridge: str = ""


def device_name(menu: Path, row: Row) -> str:
    """What the kernel calls an interface."""
    if menu == LOOPBACK:
        return "lo"
    if menu == ETHERNET:
        return row.state["default-name"]
    return f"{menu[1][:_SHORT]}{row.id}"


def device_names(router: Router) -> dict[str, str]:
    """The device of each interface, by the interface's present name."""
    return {row.name: device_name(menu, row) for menu, row in all_interfaces(router) if row.name}


def wanted_devices(router: Router, plugged: frozenset[str]) -> Iterator[Device]:
    """The devices of the router as it is configured, without ``lo``; bridges come before their ports.

    An interface that does not run is a device that is off: so the kernel forgets its masqueraded connections, as the
    router does [MAN:NAT] D.

    :param plugged: devices that lead somewhere.
    """
    names = device_names(router)
    ports = {
        names.get(router.text(row.values["interface"]), ""): names.get(router.text(row.values["bridge"]), "")
        for row in router.table(path("interface bridge port"))
        if row.values.get("disabled") != "true" and "interface" in row.values
    }
    found = [(menu, row) for menu, row in all_interfaces(router) if menu != LOOPBACK]
    for menu, row in sorted(found, key=lambda item: item[0] != BRIDGE):
        name = device_name(menu, row)
        bridge = ports.get(name, "") if name in plugged or menu == BRIDGE else ""
        yield Device(name, name in plugged, is_running(router, menu, row), bridge)


def sync_devices(netlink: IPRoute, wanted: list[Device], known: dict[str, Device]) -> None:
    """Makes the devices of a namespace the wanted ones. Only inside the namespace.

    :param known: the devices as the last call left them; is brought up to date.
    """
    kept = {device.name for device in wanted}
    for name in [name for name, device in known.items() if name not in kept]:
        remove_device(netlink, name)
        del known[name]
    for device in wanted:
        before = known.get(device.name)
        if before == device:
            continue
        if before is None and not device.cable:
            netlink.link("add", ifname=device.name, kind="bridge")
            known[device.name] = replace(device, on=False, bridge="")
        index = netlink.link_lookup(ifname=device.name)[0]
        master = netlink.link_lookup(ifname=device.bridge)[0] if device.bridge else 0
        with refusals(f"device {device.name}{f' as a port of {device.bridge}' if device.bridge else ''}"):
            netlink.link("set", index=index, master=master, state="up" if device.on else "down")
        known[device.name] = device


def remove_device(netlink: IPRoute, name: str) -> None:
    """Takes a device away, if it is there; a cable goes with its other end. Only inside the namespace."""
    if netlink.link_lookup(ifname=name):
        netlink.link("del", ifname=name)
