# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ICMP echo over the kernel's ping sockets: each has an identifier of its own, and gets only its own answers.

The kernel puts in the identifier and the checksum. It stamps answers as they arrive, so a busy machine does not make
round trips longer.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Sequence

from ..router.services import Ping
from .namespace import Namespace

ECHO_REQUEST, ECHO_REPLY = 8, 0
HEADERS = 28
"""Bytes of an IP header and an ICMP header."""
USUAL_SIZE = 56
"""Bytes of a packet with its IP header [MAN:Ping] D."""
IP_MTU_DISCOVER, IP_PMTUDISC_DO = 10, 2
"""Sets DF. Linux, include/uapi/linux/in.h."""
SO_TIMESTAMPNS = 35
"""Linux, include/uapi/asm-generic/socket.h."""
_HEADER = struct.Struct("!BBHHH")
_STAMP = struct.Struct("@ll")


def open_echo(namespace: Namespace, ping: Ping, device: str) -> socket.socket:
    """A socket in the namespace with what all packets of a ping have in common.

    :param device: to leave by; empty leaves it to the routes.
    :raises OSError: for a source address or device that is not there.
    """
    echo = namespace.inside(socket.socket, socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)
    try:
        echo.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
        echo.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if ping.ttl is not None:
            echo.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ping.ttl)
        if device:
            echo.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode() + b"\0")
        if ping.src_address is not None:
            echo.bind((ping.src_address, 0))
    except BaseException:
        echo.close()
        raise
    return echo


class Exchange:
    """The packets of one ping and their answers.

    :param echo: from ``open_echo``.
    """

    def __init__(self, echo: socket.socket, ping: Ping) -> None:
        self._echo, self._ping = echo, ping
        self._payload = bytes(max(0, (USUAL_SIZE if ping.size is None else ping.size) - HEADERS))
        self._sent: dict[int, float] = {}
        """Seconds since the epoch, by sequence number."""
        self._times: dict[int, float] = {}
        self._refusal: OSError | None = None

    def run(self) -> Sequence[float | None]:
        """Sends each packet at its time, answered or not; returns when all are answered or out of time.

        :raises OSError: when not one packet could be sent; the last one's reason.
        """
        begun = time.monotonic()
        for number in range(self._ping.count):
            self._listen(begun + number * self._ping.interval, whole=True)
            self._send(number)
        self._listen(time.monotonic() + self._ping.timeout, whole=False)
        if self._refusal is not None and not self._sent:
            raise self._refusal
        return [self._times.get(number) for number in range(self._ping.count)]

    def _send(self, number: int) -> None:
        """What the kernel refuses now (no route, a blackhole, too large for the line) it may take later."""
        packet = _HEADER.pack(ECHO_REQUEST, 0, 0, 0, number) + self._payload
        now = time.time()
        try:
            self._echo.sendto(packet, (self._ping.host, 0))
        except OSError as error:
            self._refusal = error
        else:
            self._sent[number] = now

    def _listen(self, deadline: float, *, whole: bool) -> None:
        """Takes answers until the deadline; unless ``whole``, no longer than any is to come."""
        readable = select.poll()
        readable.register(self._echo, select.POLLIN)
        while whole or len(self._times) < len(self._sent):
            left = deadline - time.monotonic()
            if left <= 0 or not readable.poll(left * 1000):
                return
            self._take()

    def _take(self) -> None:
        """Notes one answer; one that is late, or that nobody asked for, does not count."""
        try:
            data, extra, _flags, (host, _port) = self._echo.recvmsg(65535, 256)
        except OSError:  # an error that was waiting at the socket is no answer
            return
        if len(data) < _HEADER.size or data[0] != ECHO_REPLY or host != self._ping.host:
            return
        number = _HEADER.unpack_from(data)[4]
        stamp = next((value for level, kind, value in extra if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS)), b"")
        seconds, nanoseconds = _STAMP.unpack(stamp) if stamp else divmod(time.time_ns(), 10**9)
        time_taken = max(0.0, seconds + nanoseconds / 1e9 - self._sent.get(number, 0.0))
        if number in self._sent and time_taken <= self._ping.timeout:
            self._times.setdefault(number, time_taken)


def allow_echo(namespace: Namespace) -> None:
    """Lets this process open ping sockets in a namespace."""
    namespace.sysctl("net.ipv4.ping_group_range", f"{os.getegid()} {os.getegid()}")
