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
from ..router.rows import Row, id_text
from ..router.store import Router
from .played import NotPlayed

Client = tuple[str, str]
"""The device that a client is behind, and its address."""


@dataclass(frozen=True)
class Hotspots:
    """The Hotspots of a router.

    :param devices: where their clients are.
    :param known: clients that are logged in, or need not be.
    :param outside: clients that are not the Hotspot's at all.
    :param left_out: what is not played of them, in words.
    """

    devices: frozenset[str] = frozenset()
    known: frozenset[Client] = frozenset()
    outside: frozenset[Client] = frozenset()
    left_out: tuple[str, ...] = ()


def hotspots_of(router: Router, devices: Mapping[str, str], leave_out: bool = False) -> Hotspots:
    """Reads a router.

    :param devices: of all interfaces, by name.
    :param leave_out: entries of the walled garden that are not known have no effect, and are told.
    :raises NotPlayed: for bindings that the lab's network does not know, and for such entries where they are not left out.
    """
    found = {router.written(row, "interface") for row in enabled_servers(router)}
    served = frozenset(devices[name] for name in found if name in devices)
    if not served:
        return Hotspots()
    left_out = []
    for row in router.table(GARDEN):
        try:
            if row.values.get("disabled") != "true":
                _check(router, "/ip hotspot walled-garden ip", row, "dst-host", "server")
        except NotPlayed as strange:
            if not leave_out:
                raise
            left_out.append(str(strange))
    bypassed = {router.written(row, "address") for row in router.table(BINDING) if _is_bypassed(router, row)}
    as_known = bypassed if router.traits.bypassed_is_auth else set()
    return Hotspots(
        served,
        frozenset((device, address) for device in served for address in logged_in(router) | as_known),
        frozenset((device, address) for device in served for address in bypassed - as_known),
        tuple(left_out),
    )


def _is_bypassed(router: Router, row: Row) -> bool:
    if row.values.get("disabled") == "true":
        return False
    kind = router.written(row, "type")
    if kind == "regular":
        return False
    _check(router, "/ip hotspot ip-binding", row, "mac-address", "to-address", "server")
    if kind != "bypassed" or "address" not in row.values:
        raise _not_played("/ip hotspot ip-binding", row, f"type={kind}" if kind != "bypassed" else "a client without address=")
    return True


def _check(router: Router, menu: str, row: Row, *names: str) -> None:
    strange = [f"{name}={router.written(row, name)}" for name in names if router.written(row, name) not in ("", "all")]
    if strange:
        raise _not_played(menu, row, ", ".join(strange))


def _not_played(menu: str, row: Row, what: str) -> NotPlayed:
    return NotPlayed(f"{menu} {id_text(row.id)}: the lab's network does not play {what}")
