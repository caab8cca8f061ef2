# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's interfaces as devices of the kernel.

An Ethernet port keeps its default name whatever the configuration calls it; other kinds are named by kind and id.
Bridges are the kernel's own. VLANs and VRRP stand on what they are configured on. Anything else is a cable to whoever the lab plugs in.
What leads nowhere is a bridge without ports, and a port of no bridge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path as File
from typing import Literal

from pyroute2 import IPRoute

from ..router.interfaces import BRIDGE, ETHERNET, LOOPBACK, all_interfaces, is_running
from ..router.paths import Path, path
from ..router.rows import Row
from ..router.store import Router
from .links import FRAMES_AT_ONCE
from .played import refusals
from .tags import Hook, Membership, Programs, sorting, tagging
from .vlans import VLAN, memberships, vlan_of

VRRP: Path = path("interface vrrp")
_SHORT = 11
"""How much of a kind's name goes into a device's name; the kernel takes 15 characters."""
_TAGGER = "-t"
"""Behind the name of a VLAN's device: the other end of its cable, where tags are put on and taken off."""

Kind = Literal["bridge", "cable", "vlan", "vrrp"]


@dataclass(frozen=True)
class Device:
    """A device that the kernel ought to have.

    :param kind: what it is made as; a cable somebody has laid, and it is not ours to make.
    :param on: whether it runs.
    :param bridge: the bridge that it is a port of.
    :param below: the device that it stands on.
    :param tag: its VLAN.
    :param mac: its own hardware address; empty for that of the device below, or any.
    :param membership: what it takes and gives as a port of a bridge that looks at tags, or as that bridge.
    """

    name: str
    kind: Kind
    on: bool
    bridge: str = ""
    below: str = ""
    tag: int = 0
    mac: str = ""
    membership: Membership | None = None

    @property
    def made_as(self) -> tuple[str, str, int, str]:
        """What cannot be changed of a device that is there."""
        return self.kind, self.below, self.tag, self.mac


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
    """The devices of the router as it is configured, without ``lo``; what others stand on comes before them.

    An interface that does not run is a device that is off: so the kernel forgets its masqueraded connections, as the
    router does [MAN:NAT] D.

    :param plugged: devices that lead somewhere.
    :raises NotPlayed: for VLANs with something that the lab's network does not know.
    """
    names = device_names(router)
    ports = {
        names.get(router.text(row.values["interface"]), ""): names.get(router.text(row.values["bridge"]), "")
        for row in router.table(path("interface bridge port"))
        if row.values.get("disabled") != "true" and "interface" in row.values
    }
    leading = set(plugged) | {bridge for port, bridge in ports.items() if port in plugged}
    sharing = memberships(router)
    found = [(menu, row) for menu, row in all_interfaces(router) if menu != LOOPBACK]
    for menu, row in sorted(found, key=lambda item: _height(router, *item)):
        name, on = device_name(menu, row), is_running(router, menu, row)
        below = _below(router, menu, row)
        device = Device(name, "bridge", on, mac=_bridge_mac(row) if menu == BRIDGE else "")
        if name in plugged:
            device = Device(name, "cable", on)
        elif below in leading and menu == VLAN:
            device = Device(name, "vlan", on, below=below, tag=vlan_of(router, row))
        elif below in leading:
            device = Device(name, "vrrp", on, below=below, mac=f"00:00:5e:00:01:{int(router.written(row, 'vrid')):02x}")
        if device.kind != "bridge" or menu == BRIDGE:
            leading |= {name} if device.kind != "bridge" else set()
            device = replace(device, bridge=ports.get(name, ""))
        if device.bridge or name in ports.values():
            device = replace(device, membership=sharing.get(row.name or ""))
        if device.bridge and device.kind == "vlan":
            leading.add(device.bridge)
        yield device


def _below(router: Router, menu: Path, row: Row) -> str:
    """The device that an interface of a kind that stands on others does; empty for other kinds, and where it is gone."""
    found = router.referenced_row(row.values.get("interface", "")) if menu in (VLAN, VRRP) else None
    return device_name(*found) if found else ""


def _height(router: Router, menu: Path, row: Row) -> int:
    """How many devices have to be there before this one; bridges come first."""
    if menu == BRIDGE:
        return 0
    found = router.referenced_row(row.values.get("interface", "")) if menu in (VLAN, VRRP) else None
    return 1 + (_height(router, *found) if found and found[1] is not row else 0)


def _bridge_mac(row: Row) -> str:
    """An address that does not change when ports come: VLANs on the bridge have it too."""
    return f"02:62:72:00:{row.id // 256 % 256:02x}:{row.id % 256:02x}"


def sync_devices(netlink: IPRoute, wanted: list[Device], known: dict[str, Device], programs: Programs) -> set[str]:
    """Makes the devices of a namespace the wanted ones. Only inside the namespace.

    :param known: the devices as the last call left them; is brought up to date.
    :return: the devices that have been made anew, which have lost their addresses and routes.
    """
    kept = {device.name: device for device in wanted}
    changed = {name for name, device in known.items() if name in kept and kept[name].made_as != device.made_as}
    for name in [name for name in known if name not in kept or name in changed]:
        remove_device(netlink, name)
        programs.forget(name)
        del known[name]
    for device in wanted:
        before = known.get(device.name)
        if before == device:
            continue
        if before is None:
            _make(netlink, device)
            known[device.name] = replace(device, on=False, bridge="")
        index = netlink.link_lookup(ifname=device.name)[0]
        master = netlink.link_lookup(ifname=device.bridge)[0] if device.bridge else 0
        with refusals(f"device {device.name}{f' as a port of {device.bridge}' if device.bridge else ''}"):
            netlink.link("set", index=index, master=master, state="up" if device.on else "down")
        known[device.name] = device
    programs.run(netlink, _programs(netlink, wanted))
    return changed


def _make(netlink: IPRoute, device: Device) -> None:
    if device.kind == "bridge":
        netlink.link("add", ifname=device.name, kind="bridge", **({"address": device.mac} if device.mac else {}))
    if device.kind not in ("vlan", "vrrp"):
        return
    (below,) = netlink.link_lookup(ifname=device.below)
    if device.kind == "vrrp":
        netlink.link("add", ifname=device.name, kind="macvlan", link=below, macvlan_mode="bridge", address=device.mac)
        # Who asks for the address of VRRP hears its own hardware address only.
        File("/proc/sys/net/ipv4/conf", device.below, "arp_ignore").write_text("1")
        return
    (link,) = netlink.get_links(below)
    end = {"ifname": device.name + _TAGGER, "gso_max_segs": FRAMES_AT_ONCE}
    netlink.link("add", ifname=device.name, kind="veth", address=link.get("address"), gso_max_segs=FRAMES_AT_ONCE, peer=end)
    netlink.link("set", index=netlink.link_lookup(ifname=device.name + _TAGGER)[0], state="up")


def _programs(netlink: IPRoute, devices: list[Device]) -> Mapping[tuple[str, Hook], bytes]:
    """What has to be done with tags, and where."""
    index = {link.get("ifname"): link["index"] for link in netlink.get_links()} if _tags(devices) else {}
    branches: dict[str, dict[int, int]] = {}
    wanted: dict[tuple[str, Hook], bytes] = {}
    for device in devices:
        if device.kind == "vlan":
            tagger = device.name + _TAGGER
            wanted[tagger, "ingress"] = tagging(device.tag, index[device.below])
            branches.setdefault(device.below, {})[device.tag] = index[tagger]
    for device in devices:
        taken, membership = branches.get(device.name, {}), device.membership
        if membership and not device.bridge:  # what comes out of the bridge is what the router receives of it
            taken = {vlan: tagger for vlan, tagger in taken.items() if vlan in membership.members}
            wanted[device.name, "ingress"] = sorting(taken, membership, into_bridge=False)
            wanted[device.name, "egress"] = sorting({}, membership, into_bridge=True)
        elif membership:
            wanted[device.name, "ingress"] = sorting(taken, membership, into_bridge=True)
            wanted[device.name, "egress"] = sorting({}, membership, into_bridge=False)
        elif taken:
            wanted[device.name, "ingress"] = sorting(taken, None, into_bridge=True)
    return wanted


def _tags(devices: list[Device]) -> bool:
    return any(device.kind == "vlan" or device.membership for device in devices)


def remove_device(netlink: IPRoute, name: str) -> None:
    """Takes a device away, if it is there; a cable goes with its other end. Only inside the namespace."""
    if netlink.link_lookup(ifname=name):
        netlink.link("del", ifname=name)
