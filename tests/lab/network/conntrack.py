# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel's connection table over netlink.

Not pyroute2's NFCTSocket: of 20,000 connections it takes so long to read and remove half (48 s, tried) that the rest have timed out
meanwhile, and a script that flushes a dead line would take far longer than a router's.

Names of constants are those of Linux, include/uapi/linux/netfilter/nfnetlink_conntrack.h and nf_conntrack_common.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from .namespace import Namespace

NETLINK_NETFILTER = 12
GET, DELETE = 0x0101, 0x0102
"""Messages of the subsystem ctnetlink."""
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
CTA_TUPLE_ORIG, CTA_TUPLE_REPLY, CTA_STATUS, CTA_PROTOINFO, CTA_TIMEOUT = 1, 2, 3, 4, 7
CTA_MARK, CTA_COUNTERS_ORIG, CTA_COUNTERS_REPLY, CTA_ID = 8, 9, 10, 12

_MESSAGE = struct.Struct("=IHHII")
_GENERIC = struct.pack("=BBH", socket.AF_INET, 0, 0)
_ATTRIBUTE = struct.Struct("=HH")
_HEADERS = _MESSAGE.size + len(_GENERIC)
_TYPE_MASK = 0x3FFF
_ENDS = struct.Struct("=8x4s4x4s8xB3x")
"""CTA_TUPLE_IP with CTA_IP_V4_SRC and CTA_IP_V4_DST, then CTA_TUPLE_PROTO with CTA_PROTO_NUM; what follows are the
protocol's own attributes of eight bytes each."""
_AT_ONCE = 100
"""Deletions in one message; their answers fit into a socket's buffer."""
_BUFFER = 1 << 17

Key = tuple[bytes, bytes]
"""What tells a connection from all others, ever: the kernel's id, and the addresses of its first packet as the kernel
writes them."""


class Ends(NamedTuple):
    """Who talks to whom, in one direction.

    :param details: ports of TCP and its like; identifier, type and code of ICMP.
    """

    source: bytes
    destination: bytes
    protocol: int
    details: tuple[int, ...]


class Entry(NamedTuple):
    """One connection.

    :param status: bits of IPS_*.
    :param timeout: seconds.
    :param tcp_state: a number of TCP_CONNTRACK_*.
    :param original: packets and bytes from whoever opened it.
    :param reply: packets and bytes to it.
    """

    key: Key
    ends: Ends
    reply_ends: Ends
    status: int
    timeout: int
    mark: int
    tcp_state: int
    original: tuple[int, int]
    reply: tuple[int, int]


def read_entries(namespace: Namespace) -> list[Entry]:
    """All IPv4 connections of a namespace.

    :raises OSError: when the kernel does not say.
    """
    with closing(_open(namespace)) as link:
        link.send(_message(GET, NLM_F_REQUEST | NLM_F_DUMP, 1))
        return [_entry(data, start, end) for kind, _number, data, start, end in _answers(link) if kind != NLMSG_DONE]


def delete_entries(namespace: Namespace, keys: Sequence[Key]) -> list[Key]:
    """Forgets connections; returns those that were gone already.

    :raises OSError: when the kernel refuses for any other reason.
    """
    gone: list[Key] = []
    with closing(_open(namespace)) as link:
        for first in range(0, len(keys), _AT_ONCE):
            part = keys[first : first + _AT_ONCE]
            link.send(b"".join(_deletion(key, number) for number, key in enumerate(part)))
            left = len(part)
            for _kind, number, data, start, _end in _answers(link, refusals=True):
                (code,) = struct.unpack_from("=i", data, start)
                if code == -errno.ENOENT:
                    gone.append(part[number])
                elif code:
                    raise OSError(-code, os.strerror(-code))
                left -= 1
                if not left:
                    break
    return gone


def _open(namespace: Namespace) -> socket.socket:
    return namespace.inside(socket.socket, socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)


def _message(kind: int, flags: int, number: int, body: bytes = b"") -> bytes:
    return _MESSAGE.pack(_HEADERS + len(body), kind, flags, number, 0) + _GENERIC + body


def _deletion(key: Key, number: int) -> bytes:
    identity, ends = key
    attributes = _ATTRIBUTE.pack(4 + len(ends), CTA_TUPLE_ORIG | 0x8000) + ends + _ATTRIBUTE.pack(8, CTA_ID) + identity
    return _message(DELETE, NLM_F_REQUEST | NLM_F_ACK, number, attributes)


def _answers(link: socket.socket, *, refusals: bool = False) -> Iterator[tuple[int, int, bytes, int, int]]:
    """Messages as their kind, the number of what they answer, and where in what data their content is. A list ends
    with NLMSG_DONE.

    :param refusals: errors are answers too.
    :raises OSError: for other errors.
    """
    while True:
        data = link.recv(_BUFFER)
        start = 0
        while start + _MESSAGE.size <= len(data):
            length, kind, _flags, number, _sender = _MESSAGE.unpack_from(data, start)
            content, end = start + _MESSAGE.size, start + length
            if kind == NLMSG_ERROR and not refusals:
                (code,) = struct.unpack_from("=i", data, content)
                raise OSError(-code, os.strerror(-code))
            yield kind, number, data, content, end
            if kind == NLMSG_DONE:
                return
            start += (length + 3) & ~3


def _attributes(data: bytes, start: int, end: int) -> dict[int, tuple[int, int]]:
    """Where in the data each attribute's content begins and ends."""
    found = {}
    while start < end:
        length, kind = _ATTRIBUTE.unpack_from(data, start)
        found[kind & _TYPE_MASK] = start + 4, start + length
        start += (length + 3) & ~3
    return found


def _entry(data: bytes, start: int, end: int) -> Entry:
    found = _attributes(data, start + len(_GENERIC), end)

    def number(kind: int) -> int:
        return int.from_bytes(data[slice(*found[kind])]) if kind in found else 0

    return Entry(
        key=(data[slice(*found[CTA_ID])], data[slice(*found[CTA_TUPLE_ORIG])]),
        ends=_ends(data, *found[CTA_TUPLE_ORIG]),
        reply_ends=_ends(data, *found[CTA_TUPLE_REPLY]),
        status=number(CTA_STATUS),
        timeout=number(CTA_TIMEOUT),
        mark=number(CTA_MARK),
        tcp_state=_tcp_state(data, *found[CTA_PROTOINFO]) if CTA_PROTOINFO in found else 0,
        original=_counters(data, *found[CTA_COUNTERS_ORIG]) if CTA_COUNTERS_ORIG in found else (0, 0),
        reply=_counters(data, *found[CTA_COUNTERS_REPLY]) if CTA_COUNTERS_REPLY in found else (0, 0),
    )


def _ends(data: bytes, start: int, end: int) -> Ends:
    """The kernel writes these attributes in one order."""
    source, destination, protocol = _ENDS.unpack_from(data, start)
    details = [
        int.from_bytes(data[place + 4 : place + _ATTRIBUTE.unpack_from(data, place)[0]]) for place in range(start + _ENDS.size, end, 8)
    ]
    return Ends(source, destination, protocol, tuple(details))


def _tcp_state(data: bytes, start: int, end: int) -> int:
    """CTA_PROTOINFO_TCP is 1, and in it the state is 1."""
    protocols = _attributes(data, start, end)
    return data[_attributes(data, *protocols[1])[1][0]] if 1 in protocols else 0


def _counters(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Packets are 1, bytes are 2."""
    found = _attributes(data, start, end)
    return int.from_bytes(data[slice(*found[1])]), int.from_bytes(data[slice(*found[2])])
