# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Walks one packet through mangle rows on paper.

It knows the matchers that our rows use and refuses all others, so that a new one cannot be overlooked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.multiwan.routeros.plugins.plugin_utils.week import Moment, matched

NO_MARK = "no-mark"
SUNDAY = Moment(0, 0)


@dataclass
class Packet:
    """A packet, and what a router knows of it. `lists` are the interface lists of `in_interface`, `out_lists` those of the way out,
    `src_lists` the address lists that hold its source, `moment` the time of the week."""

    in_interface: str | None = None
    lists: frozenset[str] = frozenset()
    state: str = "new"
    protocol: str = "tcp"
    local: bool = False
    bypassed: bool = False
    hashes: Mapping[str, int] = field(default_factory=dict)
    connection_mark: str = NO_MARK
    routing_mark: str | None = None
    met: int = 0
    out_lists: frozenset[str] = frozenset()
    dst_port: str = "80"
    src_lists: frozenset[str] = frozenset()
    moment: Moment = SUNDAY


class Stop(Exception):
    """The packet leaves mangle."""


class Return(Exception):
    """The packet goes back to where the jump was."""


def walk(rows: Sequence[Mapping[str, object]], chain: str, packet: Packet) -> Packet:
    """Send `packet` through `chain`; its marks and the number of rows it met are left in it."""
    with contextlib.suppress(Stop):
        _chain(rows, chain, packet)
    return packet


def _chain(rows: Sequence[Mapping[str, object]], chain: str, packet: Packet) -> None:
    for row in rows:
        if row["chain"] != chain or row.get("disabled"):
            continue
        packet.met += 1
        if all(_matches(key, str(value), packet) for key, value in row.items() if key not in _NOT_MATCHERS):
            _act(rows, row, packet)


_NOT_MATCHERS = frozenset(
    {"chain", "action", "comment", "jump-target", "new-connection-mark", "new-routing-mark", "passthrough", "disabled"}
)


def _matches(key: str, value: str, packet: Packet) -> bool:
    if value.startswith("!"):
        return not _matches(key, value[1:], packet)
    match key:
        case "connection-mark":
            return packet.connection_mark == value
        case "connection-state":
            return packet.state == value
        case "in-interface":
            return packet.in_interface == value
        case "in-interface-list":
            return value in packet.lists
        case "out-interface-list":
            return value in packet.out_lists
        case "routing-mark":
            return packet.routing_mark == value
        case "src-address-list":
            return value in packet.src_lists
        case "dst-port":
            return packet.dst_port == value
        case "protocol":
            return packet.protocol == value
        case "dst-address-type":
            assert value == "local"
            return packet.local
        case "dst-address-list":
            assert value == "multiwan-bypass"
            return packet.bypassed
        case "time":
            hours = matched(value)
            assert hours
            return packet.moment in hours
        case "per-connection-classifier":
            classifier, fraction = value.split(":")
            denominator, remainder = map(int, fraction.split("/"))
            return packet.hashes[classifier] % denominator == remainder
    raise AssertionError(f"no matcher {key}")


def _act(rows: Sequence[Mapping[str, object]], row: Mapping[str, object], packet: Packet) -> None:
    match row["action"]:
        case "jump":
            with contextlib.suppress(Return):
                _chain(rows, str(row["jump-target"]), packet)
            return
        case "return":
            raise Return
        case "mark-connection":
            packet.connection_mark = str(row["new-connection-mark"])
        case "mark-routing":
            packet.routing_mark = str(row["new-routing-mark"])
        case action:
            raise AssertionError(f"no action {action}")
    if row["passthrough"] is False:
        raise Stop
