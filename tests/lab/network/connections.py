# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel's connections as rows of /ip/firewall/connection."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from ..router.rows import id_text
from ..router.times import format_duration
from .conntrack import Ends, Entry, Key, delete_entries, read_entries
from .firewall.matchers import CONNECTION_MARK, FASTTRACKED
from .firewall.snapshot import Numbers
from .namespace import Namespace

ICMP, TCP, UDP = 1, 6, 17
PROTOCOLS = {1: "icmp", 2: "igmp", 4: "ipencap", 6: "tcp", 17: "udp", 33: "dccp", 41: "ipv6-encap", 47: "gre"}
PROTOCOLS |= {50: "ipsec-esp", 51: "ipsec-ah", 89: "ospf", 112: "vrrp", 132: "sctp", 136: "udp-lite"}
"""Names as the console spells them [SCH] O; others are numbers."""

WITH_PORTS = frozenset({TCP, UDP, 33, 132, 136})

TCP_STATES = ("none", "syn-sent", "syn-received", "established", "fin-wait", "close-wait", "last-ack", "time-wait", "close")
"""By the kernel's number."""

FLAGS = {"expected": 1, "seen-reply": 2, "assured": 4, "confirmed": 8, "srcnat": 16, "dstnat": 32, "dying": 512}
"""Bits of the kernel's IPS_*, which RouterOS has taken its words from."""

_SHOWN = ("false", "true")


class Connections:
    """The connection table of the router.

    :param marks: the names of connection marks, as the firewall numbers them.
    :param stops: a removal of several ends at the first one that is gone.
    :param catch_up: waits until the firewall is as the rows are: on a router a row holds for packets when it is written I, so what begins
        after a reading or a removal begins under the rows that were written before it.
    """

    def __init__(self, namespace: Namespace, marks: Numbers, catch_up: Callable[[], None], stops: bool = False) -> None:
        self._namespace, self._marks, self._catch_up, self._stops = namespace, marks, catch_up, stops
        self._lock = threading.Lock()
        self._ids: dict[Key, int] = {}
        self._next = itertools.count(1)

    def rows(self) -> Sequence[Mapping[str, str]]:
        """All connections. An id belongs to a connection as long as it lives, and is never given again.

        A row without a mark has no ``connection-mark`` I; flags are there whether true or false I.

        :raises OSError: when the kernel does not say.
        """
        self._catch_up()
        with self._lock:
            entries = {entry.key: entry for entry in read_entries(self._namespace)}
            self._ids = {key: self._ids.get(key) or next(self._next) for key in entries}
            names = {number: name for name, number in list(self._marks.known.items())}
            return [dict(_row(self._ids[key], entry, names)) for key, entry in entries.items()]

    def remove(self, ids: Sequence[str]) -> None:
        """Forgets connections. If one of them is gone, the others are removed all the same, or with ``stops`` those before it I.

        :raises KeyError: for an id that is gone.
        :raises OSError: when the kernel refuses.
        """
        self._catch_up()
        with self._lock:
            known = {id_text(number): key for key, number in self._ids.items()}
            if self._stops:
                there = {entry.key for entry in read_entries(self._namespace)}
                first = next((place for place, number in enumerate(ids) if known.get(number) not in there), len(ids))
                ids = ids[: first + 1]
            gone = [number for number in ids if number not in known]
            keys = [known[number] for number in ids if number in known]
            gone += [id_text(self._ids[key]) for key in delete_entries(self._namespace, keys)]
            for key in keys:
                self._ids.pop(key, None)
        if gone:
            raise KeyError(gone[0])


def _row(number: int, entry: Entry, names: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    protocol = entry.ends.protocol
    yield ".id", id_text(number)
    yield "protocol", PROTOCOLS.get(protocol) or str(protocol)
    yield from zip(("src-address", "dst-address"), _addresses(entry.ends), strict=True)
    yield from zip(("reply-src-address", "reply-dst-address"), _addresses(entry.reply_ends), strict=True)
    if protocol == ICMP:
        yield from zip(("icmp-id", "icmp-type", "icmp-code"), map(str, entry.ends.details), strict=False)
    if protocol == TCP:
        yield "tcp-state", TCP_STATES[min(entry.tcp_state, len(TCP_STATES) - 1)]
    if mark := names.get(entry.mark & CONNECTION_MARK):
        yield "connection-mark", mark
    yield "timeout", format_duration(entry.timeout * 1000)
    yield "orig-packets", str(entry.original[0])
    yield "orig-bytes", str(entry.original[1])
    yield "repl-packets", str(entry.reply[0])
    yield "repl-bytes", str(entry.reply[1])
    for name, bit in FLAGS.items():
        yield name, _SHOWN[bool(entry.status & bit)]
    yield "fasttrack", _SHOWN[bool(entry.mark & FASTTRACKED)]


def _addresses(ends: Ends) -> tuple[str, str]:
    source, destination = socket.inet_ntoa(ends.source), socket.inet_ntoa(ends.destination)
    if ends.protocol not in WITH_PORTS:
        return source, destination
    return f"{source}:{ends.details[0]}", f"{destination}:{ends.details[1]}"
