# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose packets are those of a Hotspot's clients, and of clients that are logged in.

What stands first of all on a packet's way, ``hotspot-in`` [MAN:Packet Flow] D, translates addresses of clients that do not fit; that is not
played. What it finds out, whose packet this is, is known to all chains behind it, raw and mangle prerouting too I.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..router.hotspot import BINDING, GARDEN, enabled_servers, logged_in
from ..router.paths import Path
from ..router.rows import Row, id_text
from ..router.store import Router

Client = tuple[str, str]
"""The device that a client is behind, and its address."""


@dataclass(frozen=True)
class Hotspots:
    """The Hotspots of a router.

    :param devices: where their clients are.
    :param known: clients that are logged in, or need not be.
    :param outside: clients that are not the Hotspot's at all.
    :param problems: rows that the lab's network does not know, in words.
    """

    devices: frozenset[str] = frozenset()
    known: frozenset[Client] = frozenset()
    outside: frozenset[Client] = frozenset()
    problems: tuple[str, ...] = ()


def hotspots_of(router: Router, devices: Mapping[str, str]) -> Hotspots:
    """Reads a router.

    :param devices: of all interfaces, by name.
    """
    found = {router.written(row, "interface") for row in enabled_servers(router)}
    served = frozenset(devices[name] for name in found if name in devices)
    if not served:
        return Hotspots()
    bindings = [row for row in _enabled(router, BINDING) if router.written(row, "type") != "regular"]
    bypassed = {router.written(row, "address") for row in bindings if not _strange_binding(router, row)}
    as_known = bypassed if router.traits.bypassed_is_auth else set()
    problems = [
        (_label("/ip hotspot walled-garden ip", row), _strange(router, row, "dst-host", "server")) for row in _enabled(router, GARDEN)
    ]
    problems += [(_label("/ip hotspot ip-binding", row), _strange_binding(router, row)) for row in bindings]
    return Hotspots(
        served,
        frozenset((device, address) for device in served for address in logged_in(router) | as_known),
        frozenset((device, address) for device in served for address in bypassed - as_known),
        tuple(f"{label}: the lab's network does not play {what}" for label, what in problems if what),
    )


def _enabled(router: Router, menu: Path) -> list[Row]:
    return [row for row in router.table(menu) if row.values.get("disabled") != "true"]


def _strange_binding(router: Router, row: Row) -> str:
    """What of a binding is not played; empty for one that is."""
    if router.written(row, "type") != "bypassed":
        return f"type={router.written(row, 'type')}"
    return _strange(router, row, "mac-address", "to-address", "server") or ("" if "address" in row.values else "a client without address=")


def _strange(router: Router, row: Row, *names: str) -> str:
    """Which of some properties a row has."""
    return ", ".join(f"{name}={router.written(row, name)}" for name in names if router.written(row, name) not in ("", "all"))


def _label(menu: str, row: Row) -> str:
    return f"{menu} {id_text(row.id)}"
