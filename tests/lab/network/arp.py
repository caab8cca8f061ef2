# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ARP: asks the link who has an address."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import struct
import time
from contextlib import closing

from .namespace import Namespace

ETHERTYPE = 0x0806
REQUEST, REPLY = 1, 2
BROADCAST = b"\xff" * 6
SIOCGIFFLAGS, SIOCGIFADDR = 0x8913, 0x8915
IFF_NOARP = 0x80
"""Linux, include/uapi/linux/sockios.h and if.h."""
_FRAME = struct.Struct("!6s6sHHHBBH6s4s6s4s")
_NAME_SIZE = 16


def has_arp(namespace: Namespace, device: str) -> bool:
    """Whether a device speaks ARP; the lab's point-to-point links do not, as PPPoE does not.

    :raises OSError: for a device that is not there.
    """
    with closing(namespace.inside(socket.socket)) as asking:
        (flags,) = struct.unpack_from("@H", _interface_request(asking, SIOCGIFFLAGS, device))
    return not flags & IFF_NOARP


def ask_by_arp(namespace: Namespace, device: str, host: str, timeout: float) -> float | None:
    """Broadcasts one request; the seconds until the host answered, None when it did not.

    :param timeout: seconds.
    :raises OSError: for a device that is off, not there, or without an IPv4 address.
    """
    with closing(namespace.inside(socket.socket, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))) as link:
        link.bind((device, ETHERTYPE))
        mac = link.getsockname()[4]
        wanted = socket.inet_aton(host)
        request = (BROADCAST, mac, ETHERTYPE, 1, 0x0800, 6, 4, REQUEST, mac, _own_address(namespace, device), bytes(6), wanted)
        begun = time.monotonic()
        link.send(_FRAME.pack(*request))
        readable = select.poll()
        readable.register(link, select.POLLIN)
        while (left := begun + timeout - time.monotonic()) > 0:
            if readable.poll(left * 1000) and _answers(link.recv(2048), wanted):
                return time.monotonic() - begun
    return None


def _answers(frame: bytes, wanted: bytes) -> bool:
    """Whether a frame says that somebody has the address."""
    if len(frame) < _FRAME.size:
        return False
    *_, operation, _sender, sender_address, _target, _target_address = _FRAME.unpack_from(frame)
    return bool(operation == REPLY and sender_address == wanted)


def _own_address(namespace: Namespace, device: str) -> bytes:
    with closing(namespace.inside(socket.socket)) as asking:
        return _interface_request(asking, SIOCGIFADDR, device)[4:8]


def _interface_request(asking: socket.socket, request: int, device: str) -> bytes:
    """What the kernel says of a device, behind its name.

    :raises OSError: when it says nothing.
    """
    if len(device) >= _NAME_SIZE:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), device)
    return fcntl.ioctl(asking, request, struct.pack("16s24s", device.encode(), b""))[_NAME_SIZE:]
