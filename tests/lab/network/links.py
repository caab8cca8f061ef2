# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cables between namespaces, with addresses, routes and speeds."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface

from .namespace import Namespace

BURST_SECONDS = 0.04
"""How much of a line's speed may pass at once; a bucket of this many seconds. A line makes up for a machine that is busy for as long."""
QUEUE_SECONDS = 0.12
"""How long a packet waits at most before a full line drops it."""
ROOT = 0xFFFFFFFF
"""Where a device's one queue hangs. Linux, TC_H_ROOT of pkt_sched.h."""
SCOPE_UNIVERSE, SCOPE_LINK, SCOPE_HOST = 0, 253, 254
"""How far away a route's destination is. Linux, rtnetlink.h."""
FRAMES_AT_ONCE = 1
"""How many frames of a connection the kernel may handle as one: it counts the headers of one only, and loses all or none of them."""
SMALLEST_BURST = 5_000
"""Bytes; three full Ethernet frames, or nothing would pass a slow line."""


@dataclass(frozen=True)
class End:
    """One end of a cable: a device in a namespace."""

    namespace: Namespace
    device: str

    @property
    def index(self) -> int:
        """The kernel's number of the device. Only inside the namespace."""
        (index,) = self.namespace.netlink.link_lookup(ifname=self.device)
        return int(index)

    def configure(self, *addresses: str, mac: str = "") -> None:
        """Gives the device addresses (``192.0.2.1/24``) and turns it on."""

        def work() -> None:
            netlink, index = self.namespace.netlink, self.index
            if mac:
                netlink.link("set", index=index, address=mac)
            netlink.link("set", index=index, state="up")
            for address in map(IPv4Interface, addresses):
                netlink.addr("add", index=index, address=str(address.ip), prefixlen=address.network.prefixlen)

        self.namespace.inside(work)

    def switch(self, on: bool) -> None:
        """Turns the device on or off; off, the other end has no carrier."""
        state = "up" if on else "down"
        self.namespace.inside(lambda: self.namespace.netlink.link("set", index=self.index, state=state))

    def shape(self, rate: int | None) -> None:
        """Limits what leaves by this device.

        :param rate: bits per second of whole Ethernet frames; None for no limit.
        """

        def work() -> None:
            netlink, index = self.namespace.netlink, self.index
            if any(dict(found["attrs"])["TCA_KIND"] == "tbf" for found in netlink.get_qdiscs(index)):
                netlink.tc("del", index=index, parent=ROOT)
            if rate:
                burst = max(SMALLEST_BURST, int(rate / 8 * BURST_SECONDS))
                limit = max(burst, int(rate / 8 * QUEUE_SECONDS))
                netlink.tc("add", kind="tbf", index=index, handle="1:", rate=rate // 8, burst=burst, limit=limit)

        self.namespace.inside(work)


def connect(one: End, other: End) -> None:
    """Lays a cable: an Ethernet cable until ``point_to_point`` says otherwise. Both ends are off.

    Frames pass one by one, as on a wire.
    """
    one.namespace.inside(
        lambda: one.namespace.netlink.link(
            "add",
            kind="veth",
            ifname=one.device,
            gso_max_segs=FRAMES_AT_ONCE,
            peer={"ifname": other.device, "net_ns_fd": other.namespace.descriptor, "gso_max_segs": FRAMES_AT_ONCE},
        )
    )


def point_to_point(one: End, other: End, mac: str) -> None:
    """Makes a cable a point-to-point link, as PPPoE and tunnels are: no ARP, whatever one end sends is for the other.

    Linux sends packets of a device without ARP to the device's own hardware address, so both ends get the same.
    """
    for end in (one, other):
        end.configure(mac=mac)
        end.namespace.inside(lambda end=end: end.namespace.netlink.link("set", index=end.index, arp=False))


def add_route(namespace: Namespace, destination: str, *, via: str = "", device: str = "", local: bool = False) -> None:
    """Adds a route to a namespace, in the place of one to the same destination.

    :param via: the next router; without it the destination is on the link.
    :param local: all addresses of the destination are this namespace's own.
    """

    def work() -> None:
        netlink = namespace.netlink
        route: dict[str, object] = {"dst": destination}
        if via:
            route["gateway"] = via
        if device:
            route["oif"] = netlink.link_lookup(ifname=device)[0]
            route["scope"] = SCOPE_UNIVERSE if via else SCOPE_LINK
        if local:
            route |= {"oif": 1, "type": "local", "table": 255, "scope": SCOPE_HOST}
        netlink.route("replace", **route)

    namespace.inside(work)
