# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's interfaces as devices of the kernel.

An Ethernet port keeps its default name whatever the configuration calls it; other kinds are named by kind and id.
Bridges and VLANs are the kernel's own. Any other kind is a point-to-point link to whoever the lab plugs in, and a
dummy without that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyroute2 import IPRoute

from ..router.interfaces import ETHERNET, LOOPBACK, all_interfaces
from ..router.paths import Path, path
from ..router.rows import Row
from ..router.store import Router

BRIDGE: Path = path("interface bridge")
VLAN: Path = path("interface vlan")
_SHORT = 11
"""How much of a kind's name goes into a device's name; the kernel takes 15 characters."""


@dataclass(frozen=True)
class Device:
    """A device that the kernel ought to have.

    :param kind: ``veth`` (somebody has made it), ``bridge``, ``vlan`` or ``dummy``.
    :param below: the device that a VLAN rides on, or the bridge that a port belongs to.
    """

    name: str
    kind: str
    on: bool
    below: str = ""
    vlan: int = 0
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
    """The devices of the router as it is configured, without ``lo``; what others ride on comes first.

    :param plugged: devices that lead somewhere.
    """
    names = device_names(router)
    ports = {
        names.get(router.text(row.values["interface"]), ""): names.get(router.text(row.values["bridge"]), "")
        for row in router.table(path("interface bridge port"))
        if row.values.get("disabled") != "true" and "interface" in row.values
    }
    found = [(menu, row) for menu, row in all_interfaces(router) if menu != LOOPBACK]
    for menu, row in sorted(found, key=lambda item: _depth(item[0])):
        name = device_name(menu, row)
        on = row.values.get("disabled") != "true"
        if menu == VLAN:
            below = names.get(router.text(row.values["interface"]), "")
            number = int(router.text(row.values["vlan-id"]))
            yield Device(name, "vlan", on, below=below, vlan=number, bridge=ports.get(name, ""))
        elif menu == BRIDGE:
            yield Device(name, "bridge", on)
        else:
            yield Device(name, "veth" if name in plugged else "dummy", on, bridge=ports.get(name, ""))


def _depth(menu: Path) -> int:
    return {BRIDGE: 0, VLAN: 2}.get(menu, 1)


def sync_devices(netlink: IPRoute, wanted: list[Device], known: dict[str, Device]) -> None:
    """Makes the devices of a namespace the wanted ones. Only inside the namespace.

    :param known: the devices as the last call left them; is brought up to date.
    """
    kept = {device.name for device in wanted}
    for name in [name for name, device in known.items() if name not in kept]:
        if netlink.link_lookup(ifname=name):
            netlink.link("del", ifname=name)
        del known[name]
    for device in wanted:
        before = known.get(device.name)
        if before == device:
            continue
        if before is not None and (before.kind, before.below, before.vlan) != (device.kind, device.below, device.vlan):
            if device.kind != "veth":
                netlink.link("del", ifname=device.name)
            before = None
        if before is None and device.kind != "veth":
            _make(netlink, device)
        index = netlink.link_lookup(ifname=device.name)[0]
        master = netlink.link_lookup(ifname=device.bridge)[0] if device.bridge else 0
        netlink.link("set", index=index, master=master, state="up" if device.on else "down")
        known[device.name] = device


def _make(netlink: IPRoute, device: Device) -> None:
    below = {"link": netlink.link_lookup(ifname=device.below)[0], "vlan_id": device.vlan} if device.kind == "vlan" else {}
    netlink.link("add", ifname=device.name, kind=device.kind, **below)
