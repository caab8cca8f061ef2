# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Interfaces by which the router dials: they run while somebody answers, and have the address that they were given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .interfaces import is_running
from .leases import ADDRESS, LTE
from .paths import Path
from .rows import Row
from .values import INTERFACES

if TYPE_CHECKING:
    from .store import Router


def dials(menu: Path) -> bool:
    """Whether the interfaces of a menu dial: modems, and clients of the PPP kinds."""
    return menu == LTE or (len(menu) == 2 and menu[0] == "interface" and menu[1].endswith("-client"))


def dial(router: Router, interface: str, address: str, remote: str) -> None:
    """A dialed interface comes up, or comes up again: it stops running, and runs with this address.

    :param address: the router's own, without a prefix length.
    :param remote: the address of the other end. A modem's address shows itself as its network [WILD] O.
    :raises KeyError: for a name that no dialed interface has.
    """
    with router.lock:
        menu, row = _find(router, interface)
        if is_running(router, menu, row):
            hang_up(router, interface)
        router.set_running(interface, True)
        network = address if menu == LTE else remote
        router.install(ADDRESS, {"address": f"{address}/32", "network": network, "interface": interface}, dynamic=True)


def hang_up(router: Router, interface: str) -> None:
    """A dialed interface goes down, and loses its address.

    :raises KeyError: for a name that no dialed interface has.
    """
    with router.lock:
        _, dialed = _find(router, interface)
        router.set_running(interface, False)
        for row in [row for row in router.table(ADDRESS) if row.dynamic]:
            below = router.referenced_row(row.values["interface"])
            if below is not None and below[1] is dialed:
                router.uninstall(ADDRESS, row)


def _find(router: Router, interface: str) -> tuple[Path, Row]:
    number = router.find_reference(INTERFACES, interface)
    row = None if number is None else router.row(INTERFACES, number)
    if row is None or not dials(router.owner(INTERFACES, row)):
        raise KeyError(interface)
    return router.owner(INTERFACES, row), row
