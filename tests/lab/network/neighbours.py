# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts beside the gateway of a line: the modem is a bridge with a port for the router and one for them, as home modems are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from .namespace import Namespace
from .surroundings import Isp

BRIDGE = "modem"

STRICT = f"""
table inet {BRIDGE} {{
  chain forward {{
    type filter hook forward priority -1; policy accept;
    ct state invalid drop
  }}
}}
"""
"""What most modems have: of a connection whose question they have not seen, they do not forward the answer."""


@contextlib.contextmanager
def beside(isp: Isp, addresses: Sequence[str]) -> Iterator[Namespace]:
    """Somebody on a line's segment who has these addresses, with their prefix lengths; the modem forwards nothing that it finds invalid."""
    with Namespace("beside") as near:
        isp.namespace.inside(_bridge, isp, near)
        near.inside(_configure, near, addresses)
        isp.namespace.run(["nft", "-f", "-"], STRICT)
        for name in ("all", BRIDGE):
            isp.namespace.sysctl(f"net.ipv4.conf.{name}.send_redirects", 0)  # RouterOS takes none
        with contextlib.suppress(FileNotFoundError):
            isp.namespace.sysctl("net.bridge.bridge-nf-call-iptables", 0)
        yield near


def _bridge(isp: Isp, near: Namespace) -> None:
    """The gateway's address and its MAC move to the bridge."""
    netlink, line = isp.namespace.netlink, isp.line
    customer = netlink.link_lookup(ifname="customer")[0]
    mac = netlink.get_links(customer)[0].get_attr("IFLA_ADDRESS")
    length = int(line.customers.partition("/")[2])
    netlink.addr("del", index=customer, address=line.gateway, prefixlen=length)
    netlink.link("add", ifname=BRIDGE, kind="bridge")
    netlink.link("add", ifname="port", kind="veth", peer={"ifname": "lan"})
    bridge, port = netlink.link_lookup(ifname=BRIDGE)[0], netlink.link_lookup(ifname="port")[0]
    netlink.link("set", index=netlink.link_lookup(ifname="lan")[0], net_ns_fd=near.descriptor)
    netlink.link("set", index=bridge, address=mac)
    for index in (customer, port):
        netlink.link("set", index=index, master=bridge)
    for index in (bridge, port):
        netlink.link("set", index=index, state="up")
    netlink.addr("add", index=bridge, address=line.gateway, prefixlen=length)


def _configure(near: Namespace, addresses: Sequence[str]) -> None:
    index = near.netlink.link_lookup(ifname="lan")[0]
    for text in addresses:
        address, _, length = text.partition("/")
        near.netlink.addr("add", index=index, address=address, prefixlen=int(length))
    near.netlink.link("set", index=index, state="up")
