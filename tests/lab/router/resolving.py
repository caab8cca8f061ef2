# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses of names, as the router itself finds them."""

from __future__ import annotations

from .addresses import parse_ip
from .paths import path
from .store import Router

STATIC = path("ip dns static")


def resolve(router: Router, name: str) -> str | None:
    """The address of a name: the router's static entry [MAN:DNS] D, else what the network says. An address is its own."""
    if parse_ip(name) is not None:
        return name
    with router.lock:
        for row in router.table(STATIC):
            if row.values.get("disabled") != "true" and row.name == name and "address" in row.values:
                return router.written(row, "address")
    resolver = router.services.resolver
    return resolver(name) if resolver is not None else None
