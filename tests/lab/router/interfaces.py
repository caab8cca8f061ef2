# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Interfaces of all kinds: one name and one id each, whatever menu made them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .paths import Path
from .rows import Row

if TYPE_CHECKING:
    from .store import Router

ETHERNET: Path = ("interface", "ethernet")
BRIDGE: Path = ("interface", "bridge")
BRIDGE_PORT: Path = ("interface", "bridge", "port")
LOOPBACK: Path = ("interface", "loopback")
"""A table of the lab's own for ``lo``, which RouterOS shows in /interface only."""

ZEROTIER: Path = ("zerotier", "interface")
"""The one menu elsewhere that makes interfaces [MAN:ZeroTier] D."""

NOT_INTERFACES = frozenset({"list", "dot1x", "detect-internet"})
"""Menus below /interface that hold something else."""

TYPE_NAMES = {
    "ethernet": "ether",
    "pppoe-client": "pppoe-out",
    "l2tp-client": "l2tp-out",
    "pptp-client": "pptp-out",
    "sstp-client": "sstp-out",
    "ovpn-client": "ovpn-out",
    "ppp-client": "ppp-out",
    "pppoe-server": "pppoe-in",
    "l2tp-server": "l2tp-in",
    "pptp-server": "pptp-in",
    "sstp-server": "sstp-in",
    "ovpn-server": "ovpn-in",
    "wireguard": "wg",
    "gre": "gre-tunnel",
    "6to4": "6to4-tunnel",
}
"""What /interface calls a kind, where it is not the menu's own name [MAN] D."""

DEFAULT_NAMES = {
    "bonding": "bonding",
    "eoip": "eoip-tunnel",
    "gre": "gre-tunnel",
    "ipip": "ipip-tunnel",
    "6to4": "sit",
    "l2tp-client": "l2tp-out",
    "ovpn-client": "ovpn-out",
    "ppp-client": "ppp-out",
    "pppoe-client": "pppoe-out",
    "pptp-client": "pptp-out",
    "sstp-client": "sstp-out",
}
"""The name before the number that an interface without a name gets, where it is not the menu's own [MAN] D."""

PPP = frozenset(f"{kind}-{end}" for kind in ("l2tp", "ovpn", "ppp", "pppoe", "pptp", "sstp") for end in ("client", "server"))
"""Kinds that speak PPP, to whom the router dials or who dial to it."""

DIALED = PPP | {"lte"}
"""Kinds that run only once somebody answers; the lab is told so with ``Router.set_running``."""

GROUPS = {
    "all-ethernet": frozenset({"ethernet"}),
    "all-ppp": PPP,
    "all-vlan": frozenset({"vlan"}),
    "all-wireless": frozenset({"wifi", "wireless"}),
}
"""What a firewall row may name in place of an interface: all of these kinds [SCH] O for the names."""

ON_TOP = frozenset({"vlan", "vrrp", "macvlan", "pppoe-client"})
"""Kinds that run only while the interface below them does."""


def is_interface_menu(router: Router, menu: Path) -> bool:
    """Whether rows of this menu are interfaces: ``/interface/KIND`` with a name."""
    if menu == LOOPBACK:
        return True
    if menu == ZEROTIER:
        return menu in router.tree.added
    if len(menu) != 2 or menu[0] != "interface" or menu[1] in NOT_INTERFACES:
        return False
    known = router.tree.menu(menu)
    return known is not None and "name" in known.arguments


def is_interface(router: Router, menu: Path, row: Row) -> bool:
    """Whether a row is an interface. A radio is a port like others here, and what the menus of its board say of it makes no second one."""
    return is_interface_menu(router, menu) and not (menu in router.tree.added and "default-name" in row.state)


def all_interfaces(router: Router) -> Iterator[tuple[Path, Row]]:
    """Every interface with the menu that made it, in the order of their ids; another thread may open a menu meanwhile."""
    found = [(menu, row) for menu, rows in list(router.tables.items()) for row in rows if is_interface(router, menu, row)]
    yield from sorted(found, key=lambda item: item[1].id)


def find_interface(router: Router, number: int) -> tuple[Path, Row] | None:
    """An interface by its id."""
    return next(((menu, row) for menu, row in all_interfaces(router) if row.id == number), None)


def actual_interface(router: Router, menu: Path, row: Row) -> tuple[Path, Row]:
    """Where addresses of an interface are: on the bridge that it is a port of, else there (``actual-interface``) [MAN:IP Addressing] D."""
    for port in router.table(BRIDGE_PORT):
        if port.values.get("disabled") != "true" and router.referenced_row(port.values.get("interface", "")) == (menu, row):
            return router.referenced_row(port.values.get("bridge", "")) or (menu, row)
    return menu, row


def free_name(router: Router, kind: str) -> str:
    """The first name of the kind's series that nobody has."""
    taken = {row.name for _, row in all_interfaces(router)}
    stem = DEFAULT_NAMES.get(kind, kind)
    number = next(n for n in range(1, len(taken) + 2) if f"{stem}{n}" not in taken)
    return f"{stem}{number}"


def is_running(router: Router, menu: Path, row: Row) -> bool:
    """Whether the interface carries traffic: enabled, and its link (or the interface below) is up."""
    if row.values.get("disabled") == "true":
        return False
    kind = menu[1]
    told = router.links.get(row.id, kind not in DIALED)
    if told and kind in ON_TOP:
        below = router.referenced_row(row.values.get("interface", ""))
        return below is not None and is_running(router, *below)
    return told


def mac_address(router: Router, menu: Path, row: Row) -> str:
    """Its own; a bridge without one has that of the port that was added first [MAN:Bridge, auto-mac] D, a VLAN that of the
    interface below [MAN:VLAN] D. Empty where there is none to have."""
    own = row.values.get("mac-address") or row.values.get("admin-mac") or row.state.get("mac-address", "")
    if own:
        return router.text(own)
    lenders = [row] if menu == ("interface", "vlan") else []
    if menu == BRIDGE:
        ports = router.table((*BRIDGE, "port"))
        lenders = [port for port in ports if router.referenced_row(port.values.get("bridge", "")) == (menu, row)]
    found = router.referenced_row(lenders[0].values.get("interface", "")) if lenders else None
    return mac_address(router, *found) if found else ""


def describe(router: Router, menu: Path, row: Row) -> dict[str, str]:
    """What /interface shows of an interface beside its settings."""
    kind = "loopback" if menu == LOOPBACK else "zerotier" if menu == ZEROTIER else TYPE_NAMES.get(menu[1], menu[1])
    mtu = router.text(row.values.get("mtu", "65536" if menu == LOOPBACK else "1500"))
    return {
        "type": kind,
        "mtu": mtu,
        "actual-mtu": "1500" if mtu == "auto" else mtu,
        "mac-address": mac_address(router, menu, row),
        "running": "true" if is_running(router, menu, row) else "false",
        **dict.fromkeys(("rx-byte", "tx-byte", "rx-packet", "tx-packet"), "0"),
        "link-downs": str(router.downs[row.id]),
    }
