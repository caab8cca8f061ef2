# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients that dial in to the router: PPPoE, L2TP and their like.

No packet of PPP is played. The lab says who dials, and the rows show it: an interface ``<pppoe-USER>`` [WILD] O, an address of the
router's for one of the client's, the lists that the profile names [MAN:PPP] D, a row in /ppp/active.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from .interfaces import all_interfaces
from .leases import ADDRESS
from .paths import Path, path
from .rows import Row

if TYPE_CHECKING:
    from .store import Router

SECRET, PROFILE, ACTIVE, POOL = path("ppp secret"), path("ppp profile"), path("ppp active"), path("ip pool")
MEMBER, ADDRESS_LIST = path("interface list member"), path("ip firewall address-list")
USUAL_PROFILE = "default"


class NobodyAnswers(ValueError):
    """The router does not take the call; the message says why."""


@dataclass(frozen=True)
class Session:
    """A client that has dialed in.

    :param user: its name.
    :param interface: the router's interface for it.
    :param local: the router's address.
    :param remote: the client's.
    """

    user: str
    interface: str
    local: str
    remote: str


def dial_in(router: Router, user: str, kind: str = "pppoe") -> Session:
    """Takes a client's call.

    :param kind: ``pppoe``, ``l2tp``, ``pptp``, ``sstp`` or ``ovpn``.
    :raises NobodyAnswers: for a client that the router does not know, and where no server is on or no address is left.
    """
    with router.lock:
        secret = _secret(router, user, kind)
        usual = _server_profile(router, kind)
        profile = _profile(router, router.written(secret, "profile") or usual)
        if any(row.state["name"] == user for row in _sessions(router)):
            raise NobodyAnswers(f"{user} has dialed in already")
        local = router.written(secret, "local-address") or _address(router, router.written(profile, "local-address"))
        remote = router.written(secret, "remote-address") or _address(router, router.written(profile, "remote-address"))
        interface = _interface(router, user, kind)
        values = {"address": f"{local}/32", "network": remote, "interface": interface}
        router.install(ADDRESS, values, dynamic=True)
        router.install(ACTIVE, {}, {"name": user, "service": kind, "address": remote, "uptime": "0s"}, dynamic=True)
        if wanted := router.written(profile, "interface-list"):
            router.install(MEMBER, {"list": wanted, "interface": interface}, dynamic=True)
        if wanted := router.written(profile, "address-list"):
            router.install(ADDRESS_LIST, {"list": wanted, "address": remote}, dynamic=True)
        return Session(user, interface, local, remote)


def hang_up(router: Router, session: Session) -> None:
    """Ends a session: what came with it goes; an interface that the owner has made stays and does not run."""
    with router.lock:
        for menu, name in ((ADDRESS, "interface"), (MEMBER, "interface"), (ADDRESS_LIST, "address")):
            wanted = session.remote if menu == ADDRESS_LIST else session.interface
            for row in [row for row in router.table(menu) if row.dynamic and router.written(row, name) == wanted]:
                router.uninstall(menu, row)
        for row in [row for row in _sessions(router) if row.state["name"] == session.user]:
            router.uninstall(ACTIVE, row)
        router.set_running(session.interface, False)
        for menu, row in _bindings(router):
            if row.dynamic and row.name == session.interface:
                router.links.pop(row.id, None)
                router.uninstall(menu, row)


def _secret(router: Router, user: str, kind: str) -> Row:
    for row in router.table(SECRET):
        if row.name == user and row.values.get("disabled") != "true" and router.written(row, "service") in ("", "any", kind):
            return row
    raise NobodyAnswers(f"no enabled /ppp/secret {user} for {kind}")


def _server_profile(router: Router, kind: str) -> str:
    """The profile of a server of this kind. PPPoE has a server per interface, of which the first enabled one answers: our choice.

    :raises NobodyAnswers: where there is none.
    """
    for row in router.table(("interface", f"{kind}-server", "server")):
        on = router.written(row, "disabled") == "false" if "disabled" in row.values else router.written(row, "enabled") == "true"
        if on:
            return router.written(row, "default-profile") or USUAL_PROFILE
    raise NobodyAnswers(f"no enabled /interface/{kind}-server/server")


def _profile(router: Router, name: str) -> Row:
    for row in router.table(PROFILE):
        if row.name == name:
            return row
    raise NobodyAnswers(f"no /ppp/profile {name}")


def _address(router: Router, text: str) -> str:
    """An address, or the first one of a pool that nobody has.

    :raises NobodyAnswers: where there is none.
    """
    pool = next((row for row in router.table(POOL) if row.name == text), None)
    if pool is None and text:
        return text
    taken = {row.state["address"] for row in _sessions(router)}
    for address in _range(router.written(pool, "ranges")) if pool else ():
        if address not in taken:
            return address
    raise NobodyAnswers("no address is left" if text else "the profile names no address")


def _range(text: str) -> Iterator[str]:
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        for number in range(int(IPv4Address(first)), int(IPv4Address(last or first)) + 1):
            yield str(IPv4Address(number))


def _interface(router: Router, user: str, kind: str) -> str:
    """The interface of a session: the one that the owner has made for this user [MAN:PPPoE] D, else one of its own."""
    for _, row in _bindings(router):
        if router.written(row, "user") == user:
            found = row
            break
    else:
        found = router.install(("interface", f"{kind}-server"), {"name": f"<{kind}-{user}>", "user": user}, dynamic=True)
    router.set_running(found.name or "", True)
    return found.name or ""


def _sessions(router: Router) -> list[Row]:
    return list(router.table(ACTIVE))


def _bindings(router: Router) -> list[tuple[Path, Row]]:
    return [(menu, row) for menu, row in all_interfaces(router) if menu[1].endswith("-server")]
