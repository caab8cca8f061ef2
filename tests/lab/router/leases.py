# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What others give a router: leases of its DHCP clients, and the default routes of leases and of dialed interfaces.

No packet of DHCP or PPP is played. The lab says what was given, and the rows show it: the client's status, a dynamic address, dynamic
routes. The routes are worked out of the clients' rows, so they follow what is written there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from typing import TYPE_CHECKING

from .interfaces import DIALED, actual_interface, all_interfaces, is_running
from .paths import Path, path
from .rows import Change, Row
from .values import INTERFACES

if TYPE_CHECKING:
    from .store import Router

ADDRESS: Path = ("ip", "address")
CLIENT: Path = ("ip", "dhcp-client")
APN = path("interface lte apn")
LTE: Path = ("interface", "lte")

SEARCHING, BOUND, RENEWING, REBINDING = "searching...", "bound", "renewing...", "rebinding..."
"""What a client does [MAN:DHCP client] D. A disabled one shows ``stopped`` I."""

DAY = 86400


@dataclass(frozen=True)
class Lease:
    """What a DHCP server gives.

    :param address: with its prefix length: ``198.51.100.7/24``.
    :param gateway: empty for a server that names none.
    :param seconds: how long it is good for.
    :param server: the server's own address; that of the gateway, or the first one of the network, where it is not told.
    """

    address: str
    gateway: str = ""
    seconds: int = DAY
    server: str = ""

    @property
    def from_server(self) -> str:
        """The address of whoever gave it."""
        return self.server or self.gateway or str(IPv4Interface(self.address).network[0] + 1)

    @property
    def beside(self) -> bool:
        """Whether the gateway is in the address' own network."""
        return IPv4Address(self.gateway) in IPv4Interface(self.address).network


@dataclass(frozen=True)
class Held:
    """A lease that a client has.

    :param interface: the number of the interface that its address is on.
    :param ends: in seconds of the router's clock.
    """

    lease: Lease
    interface: int
    ends: float


@dataclass
class Provider:
    """The DHCP servers that the router's clients reach.

    :param leases: what is given on an interface, by its number; None where nobody answers.
    :param usual: what is given, by the interface's name, where ``leases`` says nothing of it.
    :param renewals: answers a client that asks for its lease again after a while; without it, at once.
    """

    leases: dict[int, Lease | None] = field(default_factory=dict)
    usual: Callable[[str], Lease | None] | None = None
    renewals: Callable[[Row], None] | None = None


@dataclass(frozen=True)
class Default:
    """A default route that the router has made itself.

    :param number: tells routes of the same kind from each other.
    :param gateway: an address, one with ``%interface``, or the name of an interface that leads to one other router only.
    :param kind: the flag that its row shows: ``dhcp`` [REST23] O, ``modem`` as lists of routes with LTE do [WILD] O, or ``vpn`` I.
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
    """Gives a lease to the clients of an interface from now on, in the place of one that they have; disabled clients take none.

    :raises KeyError: for a name that no interface has.
    """
    with router.lock:
        router.provider.leases[_number(router, interface)] = lease
        for row in _clients(router, interface):
            ask(router, row)


def silence(router: Router, interface: str) -> None:
    """Nobody hands out leases on an interface any more; what clients have is good until its time is over."""
    with router.lock:
        router.provider.leases[_number(router, interface)] = None


def release(router: Router, interface: str) -> None:
    """Takes the leases of an interface away, with their addresses and routes; nobody hands out others."""
    with router.lock:
        silence(router, interface)
        for row in _clients(router, interface):
            lose(router, row)


def renew(router: Router, row: Row) -> None:
    """A client is told to ask for its lease again: ``bound`` again with all its time before it, and nothing else is changed; or with
    another lease where another one is given now. Where nobody answers it begins as if it had none [MAN:DHCP client] D."""
    with router.lock:
        if row.id in router.held and router.provider.renewals is not None:
            show(router, row, RENEWING)
            router.provider.renewals(row)
        else:
            ask_or_lose(router, row)


def ask_or_lose(router: Router, row: Row) -> None:
    """A client asks, and is without a lease when nobody answers."""
    if not ask(router, row):
        lose(router, row)


def ask(router: Router, row: Row) -> bool:
    """A client asks who hands out leases on its interface and takes what it is given; whether there was somebody. Neither an interface
    that does not run nor a port of a bridge has anybody I."""
    below = router.referenced_row(row.values.get("interface", ""))
    if row.values.get("disabled") == "true" or below is None or not is_running(router, *below) or _is_port(router, *below):
        return False
    provider, number = router.provider, below[1].id
    given = provider.leases.get(number)
    if number not in provider.leases and provider.usual is not None:
        given = provider.usual(router.written(row, "interface"))
    if given is None:
        return False
    _take(router, row, Held(given, number, router.services.clock.now() + given.seconds))
    return True


def lose(router: Router, row: Row) -> None:
    """A client's lease is over."""
    held = router.held.pop(row.id, None)
    if held is not None:
        _forget_address(router, held)
        router.replace_state(CLIENT, row, {"status": SEARCHING})


def show(router: Router, row: Row, status: str) -> None:
    """A client says what it does; all else is as it was."""
    if row.state.get("status") != status:
        router.set_state(CLIENT, row, {"status": status})


def follow(router: Router, change: Change) -> None:
    """What becomes of leases when rows are written: a client that is disabled, removed, or put on another interface loses its own, with
    its address and its routes [MAN:DHCP client] D; one that has none asks for one as soon as it can."""
    if change.menu != CLIENT and change.menu[0] != "interface":
        return
    if change.menu == CLIENT and change.kind == "state":
        return
    with router.lock:
        rows = {row.id: row for row in router.table(CLIENT)}
        for number in router.held.keys() - rows.keys():
            _forget_address(router, router.held.pop(number))
        for row in rows.values():
            held = router.held.get(row.id)
            if held is not None and (row.values.get("disabled") == "true" or held.interface != _interface(router, row)):
                lose(router, row)
            if row.id not in router.held:
                ask(router, row)


def _take(router: Router, row: Row, held: Held) -> None:
    """The status of a client, and what it shows when it is bound, are [MAN] D; without a gateway it shows none I."""
    before = router.held.get(row.id)
    lease = held.lease
    state = {"status": BOUND, "address": lease.address, "gateway": lease.gateway, "dhcp-server": lease.from_server}
    state = {name: text for name, text in state.items() if text}
    router.held[row.id] = held
    if before is None or (before.lease.address, before.interface) != (lease.address, held.interface):
        if before is not None:
            _forget_address(router, before)
        router.install(ADDRESS, {"address": lease.address, "interface": router.written(row, "interface")}, dynamic=True)
    if row.state != state:
        router.replace_state(CLIENT, row, state)


def _forget_address(router: Router, held: Held) -> None:
    for row in [row for row in router.table(ADDRESS) if row.dynamic and router.written(row, "address") == held.lease.address]:
        if _interface(router, row) in (held.interface, None):
            router.uninstall(ADDRESS, row)


def _interface(router: Router, row: Row) -> int | None:
    """The number of the interface that a row names; None where it is gone."""
    below = router.referenced_row(row.values.get("interface", ""))
    return below[1].id if below else None


def _number(router: Router, interface: str) -> int:
    number = router.find_reference(INTERFACES, interface)
    if number is None:
        raise KeyError(interface)
    return number


def _is_port(router: Router, menu: Path, interface: Row) -> bool:
    """Whether an interface is a port of a bridge, on which a client does not run [WILD] O."""
    return actual_interface(router, menu, interface)[1] is not interface


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
        held = router.held.get(row.id)
        bound = held is not None and held.lease.gateway and below is not None and is_running(router, *below)
        if held is None or not bound or router.written(row, "add-default-route") == "no":
            continue
        interface = router.written(row, "interface")
        usual = router.written(row, "default-route-distance") or "1"
        tables = router.written(row, "default-route-tables") or "default"
        for place, part in enumerate(tables.split(",")):
            name, _, distance = part.strip().partition(":")
            yield Default(
                number=row.id * 16 + place,
                table="main" if name == "default" else name,
                gateway=_way(held.lease, interface),
                distance=int(distance or usual),
                kind="dhcp",
                interface=interface,
                check=router.written(row, "check-gateway"),
            )


def _way(lease: Lease, interface: str) -> str:
    """The gateway of a lease's route: as it was given; with the interface where nothing else leads there, as for addresses with /32,
    for which people write such routes by hand [WILD] O. That the router's own route shows it so is a guess."""
    return lease.gateway if lease.beside else f"{lease.gateway}%{interface}"


def _dialed(router: Router) -> Iterator[Default]:
    for menu, row in all_interfaces(router):
        if menu[1] not in DIALED or not is_running(router, menu, row):
            continue
        wanted, distance = _modem(router, row) if menu == LTE else _dialer(router, row)
        if wanted in ("yes", "true"):
            name = row.name or ""
            kind = "modem" if menu == LTE else "vpn"
            yield Default(number=row.id * 16, table="main", gateway=name, distance=int(distance), kind=kind, interface=name)


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
