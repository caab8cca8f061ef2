# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who answers a DHCPDISCOVER: real frames on a device of a namespace."""

from __future__ import annotations

import random
import socket
import struct
import time
from contextlib import closing

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from ..router.services import Offer
from .namespace import Namespace

ETHERTYPE = 0x0800
"""IPv4. Linux, if_ether.h."""
PATIENCE = 2.0
"""Seconds for answers to come."""
BROADCAST = "ff:ff:ff:ff:ff:ff"
_FOR_CLIENTS = struct.pack("!HH", 67, 68)
"""The ports of an answer, where they are in a frame without IP options."""


def discover(namespace: Namespace, device: str) -> list[Offer]:
    """Asks for an address, takes none, and returns who offered one, each once. The hardware address is that of the frame.

    :raises OSError: where nothing can be sent.
    """
    number = random.getrandbits(32)
    with closing(namespace.inside(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))) as link:
        link.bind((device, ETHERTYPE))
        hardware = link.getsockname()[4]
        link.send(bytes(_question(hardware, number)))
        offers: dict[Offer, None] = {}
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            link.settimeout(left)
            try:
                frame = link.recv(2048)
            except TimeoutError:
                break
            if frame[34:38] != _FOR_CLIENTS:  # most of what a LAN carries is not worth a closer look
                continue
            answer = Ether(frame)
            if DHCP in answer and answer[BOOTP].xid == number and ("message-type", 2) in answer[DHCP].options:
                offers[Offer(answer.src.upper(), answer[IP].src)] = None
        return list(offers)


def _question(hardware: bytes, number: int) -> Ether:
    """A DHCPDISCOVER whose answers everybody hears (RFC 2131, the flag BROADCAST)."""
    return (
        Ether(src=hardware, dst=BROADCAST)
        / IP(src="0.0.0.0", dst="255.255.255.255")
        / UDP(sport=68, dport=67)
        / BOOTP(chaddr=hardware, xid=number, flags=0x8000)
        / DHCP(options=[("message-type", "discover"), "end"])
    )
