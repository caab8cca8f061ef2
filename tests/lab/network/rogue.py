# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A DHCP server that somebody has plugged into a LAN: a real dnsmasq with a hardware address of its own."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Interface

from .links import End
from .namespace import Namespace
from .surroundings import Clients


@contextlib.contextmanager
def rogue_server(clients: Clients, mac: str, address: str) -> Iterator[None]:
    """A DHCP server on the LAN of these clients, for as long as the block lasts.

    :param mac: its hardware address.
    :param address: its address, one of the LAN below the clients', such as ``192.168.88.66/24``.
    """
    server = IPv4Interface(address)
    with Namespace("rogue") as namespace:
        clients.namespace.inside(
            lambda: clients.namespace.netlink.link(
                "add",
                kind="macvlan",
                ifname="rogue",
                link=clients.port.index,
                macvlan_mode="bridge",
                address=mac,
                net_ns_fd=namespace.descriptor,
            )
        )
        End(namespace, "rogue").configure(address)
        first = server.network.network_address + 200
        command = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--interface=rogue", "--bind-interfaces"]
        command += [f"--dhcp-range={first},{first + 20},2m", "--dhcp-leasefile=/dev/null", "--no-ping", "--user=root", "--pid-file="]
        namespace.spawn(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield
