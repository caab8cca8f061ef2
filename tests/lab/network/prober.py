# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's own questions to hosts: pings, TCP connections, web pages, DHCP. Their packets leave from its namespace.

A socket stays in the namespace that it was made in, so only its making needs one of the namespace's threads; the
waiting is done in the caller's. Any number of probes may run at the same time.
"""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
import struct
import time
from collections.abc import Sequence
from contextlib import closing
from ipaddress import AddressValueError, IPv4Address

from ..router.services import HttpAnswer, Offer, Ping
from ..router.store import Router
from .arp import ask_by_arp, has_arp
from .devices import device_names
from .discovery import discover
from .echo import Exchange, allow_echo, open_echo
from .namespace import Namespace

PIECE = 65536
"""Bytes that are read at a time."""

DNS_PORT, DNS_HEADER, RECURSE, FAILED = 53, 12, 0x0100, 0x000F
"""Of RFC 1035: the port, bytes of a header, and in its flags the wish for recursion and the code of an error."""


class Prober:
    """Asks hosts from the router's namespace."""

    def __init__(self, namespace: Namespace, router: Router) -> None:
        self._namespace, self._router = namespace, router
        allow_echo(namespace)

    def ping(self, ping: Ping) -> Sequence[float | None]:
        """Round trip times in seconds, one per packet in order; None for a packet without answer.

        Packets carry DF [MAN:Netwatch] D, and do not wait for each other's answers. Asking by ARP takes turns; where
        the link has no ARP, echo takes its place I.

        :raises OSError: when nothing can be sent: no route, a blackhole, no such source address or interface.
        """
        _check(ping.host)
        device = self._device(ping.interface)
        if ping.arp and has_arp(self._namespace, device):
            return self._ask_link(ping, device)
        with closing(open_echo(self._namespace, ping, device)) as echo:
            return Exchange(echo, ping).run()

    def connect(self, host: str, port: int, timeout: float, src_address: str | None) -> float:
        """Opens a TCP connection and closes it; returns the seconds until it was open.

        :raises OSError: when it does not open in time.
        """
        begun = time.monotonic()
        with closing(self._open(host, port, begun + timeout, src_address)):
            return time.monotonic() - begun

    def resolve(self, name: str, server: str, timeout: float, src_address: str | None) -> None:
        """Asks a resolver for the IPv4 address of a name, over UDP.

        :raises OSError: when there is no answer with an address in time.
        """
        deadline, number = time.monotonic() + timeout, os.urandom(2)
        labels = b"".join(bytes([len(label)]) + label for label in name.encode("idna").split(b"."))
        question = number + struct.pack("!5H", RECURSE, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 1, 1)
        with closing(self._open(server, DNS_PORT, deadline, src_address, socket.SOCK_DGRAM)) as opened:
            opened.send(question)
            while True:
                opened.settimeout(_left(deadline))
                answer = opened.recv(PIECE)
                if answer[:2] == number and len(answer) >= DNS_HEADER:
                    break
        flags, _questions, answers = struct.unpack("!3H", answer[2:8])
        if flags & FAILED or not answers:
            raise OSError(errno.ENODATA, os.strerror(errno.ENODATA), name)

    def http_get(self, host: str, port: int, timeout: float, src_address: str | None, *, tls: bool, verify: bool) -> HttpAnswer:
        """Asks for ``/`` and reads the answer to its end. Redirections are not followed.

        :param verify: whether one of the machine's certificate authorities has to vouch for the certificate.
        :raises OSError: when the whole answer is not there in time.
        """
        deadline = time.monotonic() + timeout
        kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        connection = kind(host, port)
        with closing(connection):
            connection.sock = self._open(host, port, deadline, src_address)
            if tls:
                connection.sock = _context(verify).wrap_socket(connection.sock, server_hostname=host)
            begun = time.monotonic()
            try:
                connection.request("GET", "/", headers={"Connection": "close"})
                transport = connection.sock
                with closing(connection.getresponse()) as answer:
                    while not answer.isclosed() and answer.read1(PIECE):
                        transport.settimeout(_left(deadline))
            except http.client.HTTPException as error:
                raise OSError(errno.EPROTO, f"not an answer in HTTP: {error!r}") from error
            return HttpAnswer(answer.status, time.monotonic() - begun)

    def discover(self, interface: str) -> Sequence[Offer]:
        """The DHCP servers that answer on an interface.

        :raises OSError: where nothing can be sent.
        """
        return discover(self._namespace, self._device(interface))

    def _ask_link(self, ping: Ping, device: str) -> Sequence[float | None]:
        begun, times = time.monotonic(), []
        for number in range(ping.count):
            time.sleep(max(0.0, begun + number * ping.interval - time.monotonic()))
            times.append(ask_by_arp(self._namespace, device, ping.host, ping.timeout))
        return times

    def _open(
        self, host: str, port: int, deadline: float, src_address: str | None, kind: socket.SocketKind = socket.SOCK_STREAM
    ) -> socket.socket:
        _check(host)
        opened = self._namespace.inside(socket.socket, socket.AF_INET, kind)
        try:
            opened.settimeout(_left(deadline))
            if src_address is not None:
                opened.bind((src_address, 0))
            opened.connect((host, port))
            opened.settimeout(_left(deadline))
        except BaseException:
            opened.close()
            raise
        return opened

    def _device(self, interface: str | None) -> str:
        """The device of an interface by name.

        :raises OSError: for one that the router does not have.
        """
        if interface is None:
            return ""
        with self._router.lock:
            device = device_names(self._router).get(interface)
        if device is None:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), interface)
        return device


def _check(host: str) -> None:
    """Nobody here looks names up, and the room has no IPv6.

    :raises OSError: for what is no IPv4 address.
    """
    try:
        IPv4Address(host)
    except AddressValueError as error:
        raise OSError(errno.EHOSTUNREACH, f"no IPv4 address: {host}") from error


def _left(deadline: float) -> float:
    """Seconds until a moment of ``time.monotonic()``.

    :raises TimeoutError: when it has passed.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
    return left


def _context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
