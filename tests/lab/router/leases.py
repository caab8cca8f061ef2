# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What others give a router: leases of its DHCP clients, and the default routes of leases and of dialed interfaces.

No packet of DHCP or PPP is played. The lab says what was given, and the rows show it: the client's status, a dynamic address, dynamic
routes. The routes are worked out of the clients' rows, so they follow what is written there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .interfaces import DIALED, all_interfaces, is_running
from .paths import Path, path
from .rows import Row

if TYPE_CHECKING:
    from .store import Router

ADDRESS: Path = ("ip", "address")
CLIENT: Path = ("ip", "dhcp-client")
APN = path("interface lte apn")
LTE: Path = ("interface", "lte")

UNBOUND = {"status": "searching..."}


@dataclass(frozen=True)
class Lease:
    """What a DHCP server gave.

    :param address: with its prefix length: ``198.51.100.7/24``.
    """

    address: str
    gateway: str


@dataclass(frozen=True)
class Default:
    """A default route that the router has made itself.

    :param number: tells routes of the same kind from each other.
    :param gateway: an address, or the name of an interface that leads to one other router only.
    :param kind: the flag that its row shows: ``dhcp`` or ``vpn`` [REST23] O.
    :param interface: what it is from.
    """

    number: int
    table: str
    gateway: str
    distance: int
    kind: str
    interface: str
    check: str = ""


def bind(router: Router, interface: str, lease: Lease) -> None:
    """Gives a lease to the clients of an interface, in the place of one that they have; disabled clients take none.

    The status of a client, and what it shows when it is bound, are [MAN] D.
    """
    state = {"status": "bound", "address": lease.address, "gateway": lease.gateway, "dhcp-server": lease.gateway, "expires-after": "10m"}
    for row in _clients(router, interface):
        if row.values.get("disabled") != "true" and row.state != state:
            _forget_address(router, row)
            router.install(ADDRESS, {"address": lease.address, "interface": interface}, dynamic=True)
            router.replace_state(CLIENT, row, state)


def release(router: Router, interface: str) -> None:
    """Takes the leases of an interface away, with their addresses and routes."""
    for row in _clients(router, interface):
        if "address" in row.state:
            _forget_address(router, row)
            router.replace_state(CLIENT, row, UNBOUND)


def _forget_address(router: Router, client: Row) -> None:
    held, interface = client.state.get("address"), router.written(client, "interface")
    for row in [row for row in router.table(ADDRESS) if row.dynamic and router.written(row, "address") == held]:
        if router.written(row, "interface") == interface:
            router.uninstall(ADDRESS, row)


def defaults(router: Router) -> Iterator[Default]:
    """The default routes that leases and dialed interfaces bring."""
    yield from _leased(router)
    yield from _dialed(router)


def _clients(router: Router, interface: str) -> list[Row]:
    return [row for row in router.table(CLIENT) if router.written(row, "interface") == interface]


def _leased(router: Router) -> Iterator[Default]:
    """``default-route-tables`` (from 7.18) names tables with their distances; ``default`` is main [MAN] D."""
    for row in router.table(CLIENT):
        below = router.referenced_row(row.values.get("interface", ""))
        bound = "gateway" in row.state and row.values.get("disabled") != "true" and below is not None and is_running(router, *below)
        if not bound or router.written(row, "add-default-route") == "no":
            continue
        usual = router.written(row, "default-route-distance") or "1"
        tables = router.written(row, "default-route-tables") or "default"
        for place, part in enumerate(tables.split(",")):
            name, _, distance = part.strip().partition(":")
            yield Default(
                number=row.id * 16 + place,
                table="main" if name == "default" else name,
                gateway=row.state["gateway"],
                distance=int(distance or usual),
                kind="dhcp",
                interface=router.written(row, "interface"),
                check=router.written(row, "check-gateway"),
            )


def _dialed(router: Router) -> Iterator[Default]:
    for menu, row in all_interfaces(router):
        if menu[1] not in DIALED or not is_running(router, menu, row):
            continue
        wanted, distance = _modem(router, row) if menu == LTE else _dialer(router, row)
        if wanted in ("yes", "true"):
            name = row.name or ""
            yield Default(number=row.id * 16, table="main", gateway=name, distance=int(distance), kind="vpn", interface=name)


def _dialer(router: Router, row: Row) -> tuple[str, str]:
    """Whether a client of a PPP kind adds a default route, and at which distance; without being told it does not [MAN] D."""
    return router.written(row, "add-default-route") or "no", router.written(row, "default-route-distance") or "1"


def _modem(router: Router, row: Row) -> tuple[str, str]:
    """The same of a modem: its access point's profile says so, by itself it does, at distance 2 [MAN:LTE] D."""
    profile = router.written(row, "apn-profiles").split(",")[0] or "default"
    found = next((other for other in router.table(APN) if other.name == profile), None)
    wanted = router.written(found, "add-default-route") if found else ""
    distance = router.written(found, "default-route-distance") if found else ""
    return wanted or "yes", distance or "2"
