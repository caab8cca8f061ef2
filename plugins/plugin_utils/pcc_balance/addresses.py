# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of lines that do not fit the networks of the router: gateways of nobody, modems beside the LAN, strange sources."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import chain

from ..findings import Finding
from ..lines import AddressGateway
from .intent import DEFAULT_BYPASS
from .surroundings import Surroundings

#: Networks without host parts of their own: a link between two, or one address (RFC 3021).
POINT_TO_POINT = 31
PRIVATE = tuple(map(IPv4Network, DEFAULT_BYPASS))


def addresses(router: Surroundings) -> Iterator[Finding]:
    """All of them."""
    return chain(_edges(router), _shared_with_lan(router), _sources(router), _unusual_sources(router))


def _edges(router: Surroundings) -> Iterator[Finding]:
    """The first address of a network is its name, the last one is for all that are there (RFC 919)."""
    for index, wan in enumerate(router.intent.wans):
        for here in router.networks:
            if here.interface != wan.interface or here.network.prefixlen >= POINT_TO_POINT or not isinstance(wan.gateway, AddressGateway):
                continue
            ends = {here.network.network_address: "first", here.network.broadcast_address: "last"}
            if wan.gateway.address in ends:
                problem = f"{wan.gateway.address} is the {ends[wan.gateway.address]} address of {here.network}, which no neighbour can have"
                yield Finding(f"multiwan_wans[{index}].gateway", problem, "write the gateway of this line", kind="gateway")


def _shared_with_lan(router: Surroundings) -> Iterator[Finding]:
    """Two connected routes to one network share its packets: half of the LAN's answers go to the modem."""
    for index, wan in enumerate(router.intent.wans):
        lans = {here.network: here for here in router.connected() if here.interface in router.lan}
        for here in router.networks:
            if here.interface == wan.interface and here.network in lans and here.network.prefixlen < POINT_TO_POINT:
                problem = f"{here.network} is the network of {here.interface} and of {lans[here.network].interface}"
                remedy = "give the LAN or the modem of this line another network"
                yield Finding(
                    f"multiwan_wans[{index}].interface", f"{problem}, so that answers to the LAN get lost", remedy, kind="network"
                )


def _sources(router: Surroundings) -> Iterator[Finding]:
    """Answers come to where an address lives. Public addresses of the LAN may be routed here over a line."""
    for index, wan in enumerate(router.intent.wans):
        source = wan.source_address
        there = [here for here in router.networks if source is not None and (source == here.own or source in here.network)]
        if source is None or not there or any(here.interface == wan.interface for here in there):
            continue
        place, remedy = f"multiwan_wans[{index}].source_address", "write an address that the provider of this line gave you"
        here = there[0]
        if here.interface in router.wans:
            problem = f"{source} belongs to line {router.wans[here.interface].name}, and answers would come by that one"
            yield Finding(place, problem, remedy, kind="source-address")
        elif here.interface in router.lan and any(source in network for network in PRIVATE):
            problem = f"{source} is an address of the LAN ({here.interface}), which nobody on the internet can answer"
            yield Finding(place, problem, remedy, kind="source-address")


def _unusual_sources(router: Surroundings) -> Iterator[Finding]:
    """A provider may route addresses to the router that it does not have, and the same ones over several lines."""
    owners: dict[IPv4Address, str] = {}
    for index, wan in enumerate(router.intent.wans):
        address = wan.source_address
        if address is None:
            continue
        place = f"multiwan_wans[{index}].source_address"
        if address not in router.own_addresses:
            effect = "answers come only if the provider routes it here"
            yield Finding(place, f"{address} is no address of the router", effect, refuses=False, kind="strange-source")
        if address in owners:
            effect = "answers come only if it is routed here over both lines"
            yield Finding(place, f"{address} is that of {owners[address]} too", effect, refuses=False, kind="strange-source")
        owners.setdefault(address, wan.name)
