# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPv6, of which we do nothing: what goes by it goes on by one line."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..routeros.paths import IPV6_CLIENTS, IPV6_ROUTES
from .surroundings import Surroundings

DEFAULT = "::/0"


def ipv6(router: Surroundings) -> Iterator[Finding]:
    """Yield one remark for each line that brings IPv6: a default route, or a prefix."""
    for interface, wan in router.wans.items():
        brings = []
        if any(row.get("dst-address") == DEFAULT and interface in _exits(row.get("gateway")) for row in router.foreign(IPV6_ROUTES)):
            brings.append("a default route")
        clients = (row for row in router.foreign(IPV6_CLIENTS) if str(row.get("interface")) == interface)
        if any(row.get("prefix") for row in clients):
            brings.append("a prefix")
        if brings:
            problem = f"line {wan.name} brings {' and '.join(brings)}; IPv6 is not balanced and does not fail over"
            yield Finding("/ipv6", problem, refuses=False, kind="ipv6")


def _exits(gateway: object) -> set[str]:
    """The interfaces of gateways such as ``fe80::1%ether1``, ``pppoe-out1``."""
    return {part.rpartition("%")[2] for part in str(gateway or "").split(",")}
