# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lies around the router: lines with their ISPs, an internet behind them, LANs with clients.

An ISP carries only packets of its own customers' addresses, as providers do; what a wrong line brings is counted as
``spoofed`` and thrown away. A modem of the provider's may stand between, which translates: then the addresses on the line are the
modem's business, and other lines may have the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from typing import Literal

from ..router.leases import DAY, Lease
from .links import End, add_route, connect
from .namespace import Namespace

Outage = Literal["cable", "gateway", "upstream"]
"""Where a line is cut: its cable, the ISP's router, or what lies behind that router."""

Direction = Literal["up", "down"]
"""From the LAN to the internet, or back."""

FIRST_CLIENT = 64
"""LAN clients have the addresses of their network from this one up; those below are for the router and its servers."""


@dataclass(frozen=True)
class Line:
    """An internet line.

    :param interface: the port of the router that it is plugged into, by its default name (``ether1``), or the name of an interface: of a
        VLAN or of a bridge, whose port it is plugged into then, or a dialed one (``pppoe-out1``), which makes it a point-to-point link.
    :param port: which port of a bridge, where it has several.
    :param gateway: the ISP's address on the line.
    :param customers: the ISP's network that the router's address is of; other sources are not carried.
    :param down: bits per second towards the router; None for no limit.
    :param up: bits per second from the router; None for no limit.
    :param dialed: the address that a point-to-point line hands to the router; empty for Ethernet.
    :param leased: the address that an Ethernet line hands to the router's DHCP client; empty for a line without leases.
    :param seconds: how long a lease is good for.
    :param translates: a modem translates, so that servers see the address ``Isp.public`` and lines may have the same network.
    """

    name: str
    interface: str
    gateway: str
    customers: str
    down: int | None = None
    up: int | None = None
    dialed: str = ""
    leased: str = ""
    seconds: int = DAY
    translates: bool = False
    port: str = ""

    @property
    def lease(self) -> Lease | None:
        """What the provider's DHCP server gives."""
        length = self.customers.partition("/")[2]
        return Lease(f"{self.leased}/{length}", self.gateway, self.seconds) if self.leased else None

    @property
    def beside(self) -> bool:
        """Whether the gateway is in the customers' network; else the provider's router reaches them by the line alone."""
        return not self.dialed and IPv4Address(self.gateway) in IPv4Network(self.customers)


@dataclass(frozen=True)
class Lan:
    """A network of clients.

    :param interface: the port (or point-to-point interface) that it is plugged into; of a VLAN, the port below it.
    :param network: ``192.168.88.0/24``; clients are all addresses from .64 up, or from the first one.
    :param router: the router's address in it, the clients' default gateway.
    :param first: the number of the first client's address in the network; lower where the network is small.
    :param vlan: the tag of its frames at that port, behind a switch; 0 for none. Several LANs may be at one port.
    """

    name: str
    interface: str
    network: str
    router: str
    first: int = FIRST_CLIENT
    vlan: int = 0

    def clients(self, count: int) -> list[str]:
        """The addresses of the first clients.

        :raises ValueError: for more than the network holds.
        """
        network = IPv4Network(self.network)
        if count > network.num_addresses - self.first - 1:
            raise ValueError(f"{self.network} has no room for {count} clients")
        return [str(network[self.first + number]) for number in range(count)]


@dataclass(frozen=True)
class Condition:
    """How an ISP does at the moment.

    :param outage: where it is cut, if it is.
    :param loss: percent of packets lost in each direction, by chance.
    """

    outage: Outage | None = None
    loss: float = 0


@dataclass(frozen=True)
class Traffic:
    """Packets and bytes."""

    packets: int = 0
    bytes: int = 0

    def __sub__(self, earlier: Traffic) -> Traffic:
        return Traffic(self.packets - earlier.packets, self.bytes - earlier.bytes)


TRANSIT = IPv4Network("192.88.99.0/24")
"""Between the providers and the internet: addresses that are nobody's any more (RFC 7526)."""


class Isp:
    """The provider of one line: its router, in a namespace of its own, with the line's speeds and troubles.

    :param number: from 1, each provider's own.
    """

    COUNTERS = ("up", "down", "up-new-tcp", "up-new-udp", "spoofed", "lost")

    def __init__(self, line: Line, internet: Internet, number: int) -> None:
        self.line, self.internet = line, internet
        self._devices: dict[str, str] = {}
        self.public, far = str(TRANSIT[4 * number + 1]), str(TRANSIT[4 * number + 2])
        self.condition = Condition()
        self.namespace = Namespace(line.name)
        self.customer = End(self.namespace, "customer")
        uplink, peer = End(self.namespace, "uplink"), End(internet.namespace, line.name)
        connect(uplink, peer)
        uplink.configure(f"{self.public}/30")
        peer.configure(f"{far}/30")
        self.namespace.sysctl("net.ipv4.ip_forward", 1)
        add_route(self.namespace, "0.0.0.0/0", via=far)
        internet.lead(line, self.public)
        uplink.shape(line.up)

    def plug(self) -> None:
        """Turns the customer's side on, once the cable lies."""
        prefix = self.line.customers.partition("/")[2] if self.line.beside else "32"
        self.customer.configure(f"{self.line.gateway}/{prefix}")
        self.customer.shape(self.line.down)
        self._apply()

    def move(self, line: Line) -> None:
        """Gives the line another gateway and other customers' addresses, as a provider does that rebuilds its network. Another gateway is
        another device: what is still sent to the old one gets lost."""
        self.namespace.run(["ip", "address", "flush", "dev", "customer"])
        if line.gateway != self.line.gateway and not line.dialed:
            links = self.namespace.inside(lambda: {link.get("ifname"): link.get("address") for link in self.namespace.netlink.get_links()})
            self._devices[self.line.gateway] = links["customer"]
            self.customer.configure(mac=self._devices.setdefault(line.gateway, "02:67:" + IPv4Address(line.gateway).packed.hex(":")))
        self.internet.forget(self.line)
        self.line = line
        self.internet.lead(line, self.public)
        self.plug()

    def cut(self, outage: Outage) -> None:
        """Cuts the line at one place."""
        self.condition = replace(self.condition, outage=outage)
        self._apply()

    def mend(self) -> None:
        """Ends an outage."""
        self.condition = replace(self.condition, outage=None)
        self._apply()

    def lose(self, percent: float) -> None:
        """Makes the line lose packets at random, so many of a hundred in each direction."""
        self.condition = replace(self.condition, loss=percent)
        self._apply()

    def slow(self, down: int | None, up: int | None) -> None:
        """Gives the line other speeds, in bits per second."""
        End(self.namespace, "uplink").shape(up)
        self.customer.shape(down)

    def carried(self) -> dict[Direction, int]:
        """Bytes of whole frames that the line has carried, behind its limits of speed: what is thrown away does not count."""

        def work() -> dict[Direction, int]:
            netlink = self.namespace.netlink
            sent = {link.get("ifname"): link.get("stats64")["tx_bytes"] for link in netlink.get_links()}
            return {"up": sent["uplink"], "down": sent["customer"]}

        return self.namespace.inside(work)

    def traffic(self) -> dict[str, Traffic]:
        """What has come since the beginning: ``up``, ``down`` (before the limits of speed), new connections, and losses."""
        listed = json.loads(self.namespace.run(["nft", "-j", "list", "counters"]))["nftables"]
        counters = [item["counter"] for item in listed if "counter" in item]
        return {counter["name"]: Traffic(counter["packets"], counter["bytes"]) for counter in counters}

    def _apply(self) -> None:
        connected = self.condition.outage != "cable"
        self.customer.switch(connected)
        if connected and not self.line.beside:
            add_route(self.namespace, self.line.customers, device="customer")
        self.namespace.run(["nft", "-f", "-"], "".join(f"{line}\n" for line in self._rules()))

    def _rules(self) -> Iterator[str]:
        """The ISP's rules as nft reads them. Loss strikes both ways; what the customer sees doubles."""
        outage, loss = self.condition.outage, self.condition.loss
        chance = f"numgen random mod 10000 < {round(loss * 100)} " if loss < 100 else ""
        lose = f"{chance}counter name lost drop" if loss else ""
        yield "table inet isp"
        yield "table netdev isp"
        yield "flush table inet isp"
        yield "delete table netdev isp"
        yield "table inet isp {"
        for counter in self.COUNTERS:
            yield f"counter {counter} {{ }}"
        yield "chain forward { type filter hook forward priority 0; policy accept;"
        yield f'iifname customer ip saddr != {{ {self.line.customers} }} counter name "spoofed" drop'
        if outage:
            yield "drop"
        yield lose
        yield 'iifname customer counter name "up"'
        # but for what netwatch asks: those come at their own times
        yield 'iifname customer tcp dport != 853 tcp flags & (syn | ack) == syn counter name "up-new-tcp"'
        yield 'iifname customer meta l4proto udp ct state new counter name "up-new-udp"'
        yield 'oifname customer counter name "down"'
        yield "}"
        if self.line.translates:
            yield "chain postrouting { type nat hook postrouting priority 100; policy accept;"
            yield "oifname uplink masquerade"
            yield "}"
        if loss:
            yield "chain output { type filter hook output priority 0; policy accept;"
            yield f"oifname customer {lose}"
            yield "}"
            yield "chain input { type filter hook input priority 0; policy accept;"
            yield f"iifname customer {lose}"
            yield "}"
        yield "}"
        yield "table netdev isp {"
        if outage == "gateway":
            yield "chain dead { type filter hook ingress device customer priority 0; policy drop; }"
        yield "}"


class Internet:
    """All public addresses: whatever packet comes is for a server here.

    ``1.1.1.1`` answers pings as does any other address, until it is silenced.
    """

    def __init__(self) -> None:
        self.namespace = Namespace("internet")
        self._silent: set[str] = set()
        self._led: dict[str, str] = {}
        add_route(self.namespace, "0.0.0.0/0", local=True)

    def lead(self, line: Line, via: str) -> None:
        """Leads what is for a line's customers to their provider; those behind a modem that translates nobody knows.

        :raises ValueError: for customers that another line has, so that answers would go astray.
        """
        if line.translates:
            return
        if self._led.get(line.customers, via) != via:
            raise ValueError(f"{line.name}: another line has the network {line.customers}; only lines that translate may share one")
        self._led[line.customers] = via
        add_route(self.namespace, line.customers, via=via)

    def forget(self, line: Line) -> None:
        """Leads nothing to a line any more."""
        if self._led.pop(line.customers, None) is not None:
            self.namespace.run(["ip", "route", "del", line.customers])

    def silence(self, address: str) -> None:
        """Makes a server not answer."""
        self._silent.add(address)
        self._apply()

    def wake(self, address: str) -> None:
        """Makes it answer again."""
        self._silent.discard(address)
        self._apply()

    def _apply(self) -> None:
        silent = f"ip daddr {{ {', '.join(sorted(self._silent))} }} drop" if self._silent else ""
        self.namespace.run(
            ["nft", "-f", "-"],
            "table ip internet\nflush table ip internet\ntable ip internet {\n"
            f"chain input {{ type filter hook input priority 0; policy accept;\n{silent}\n}}\n}}\n",
        )


class Clients:
    """The clients of a LAN, all in one namespace."""

    def __init__(self, lan: Lan) -> None:
        self.lan = lan
        self.namespace = Namespace(lan.name)
        self.port = End(self.namespace, "lan")

    def plug(self) -> None:
        """Turns the clients' side on, once the cable lies."""
        self.port.configure()
        network = IPv4Network(self.lan.network)
        for part in summarize_address_range(network[self.lan.first], network[-2]):
            add_route(self.namespace, str(part), local=True)
        add_route(self.namespace, self.lan.network, device="lan")
        add_route(self.namespace, "0.0.0.0/0", via=self.lan.router, device="lan")
