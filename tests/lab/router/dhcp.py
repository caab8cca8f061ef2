# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a router asks for addresses, where it hands them out, and where it can look out for others that do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .interfaces import mac_address
from .paths import Path, path
from .rows import Row
from .services import Offer

if TYPE_CHECKING:
    from .store import Router

ALERT = path("ip dhcp-server alert")
ADDRESS = path("ip address")
CLIENT = path("ip dhcp-client")
SERVER = path("ip dhcp-server")


def alert_interface(router: Router, alert: Row) -> Row | None:
    """The interface of an alert; None makes the alert invalid: there is none any more I, or it has a DHCP client [MAN:DHCP
    server, Alerts] D."""
    found = router.referenced_row(alert.values.get("interface", ""))
    if found is None or _enabled_on(router, CLIENT, found[1]):
        return None
    return found[1]


def own_offers(router: Router, interface: Row) -> list[Offer]:
    """What the router's own DHCP server answers on an interface; its answers are heard like any other's [MAN] D."""
    addresses = _enabled_on(router, ADDRESS, interface)
    if not addresses or not _enabled_on(router, SERVER, interface):
        return []
    mac = mac_address(router, router.owner(("interface",), interface), interface)
    return [Offer(mac, router.written(addresses[0], "address").partition("/")[0])] if mac else []


def _enabled_on(router: Router, menu: Path, interface: Row) -> list[Row]:
    """The rows of a menu that are enabled and belong to an interface."""
    rows = [row for row in router.table(menu) if row.values.get("disabled") != "true"]
    return [row for row in rows if (found := router.referenced_row(row.values.get("interface", ""))) and found[1] is interface]
