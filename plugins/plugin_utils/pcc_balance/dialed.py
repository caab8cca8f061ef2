# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients that dial in to the router: whether they are a LAN of ours, and which addresses they get.

Each of them is an interface of its own that the router makes, such as ``<pppoe-ann>``, with one address. Their profile may put these
interfaces into a list (``interface-list``; manual, "PPP AAA"), and a list may be a LAN. What dials out by the same profile is put there
as well, so a profile of a line is never changed.

Who comes by PPPoE sits behind a cable of the router. Who comes by L2TP, PPTP or SSTP comes over the internet, and is no LAN unless
somebody says so: no consent changes their profile, they are only told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from ..findings import COMMAND, Finding
from ..routeros.changing import Change, command
from ..routeros.paths import POOLS, PPP_CLIENTS, PPP_SERVERS, PPPOE_SERVERS, PROFILES, SECRETS
from ..routeros.rows import Row, includes, readable
from ..routeros.spelling import word

if TYPE_CHECKING:
    from .surroundings import Surroundings

DEFAULT = "default"
"""The profile of whoever names none; of a secret it means the one of the server."""
NEW_LIST = "clients"
DYNAMIC = frozenset({"all", "dynamic"})
"""Lists of the router's own that hold whoever dials in."""


@dataclass(frozen=True)
class Server:
    """Where clients dial in: `place` is where it stands, `kind` the service, `profiles` those by which they may come."""

    place: str
    kind: str
    profiles: tuple[Row, ...]


def servers(router: Surroundings) -> Iterator[Server]:
    """The servers in force."""
    for row in router.foreign(PPPOE_SERVERS):
        name = str(row.get("service-name") or row.get("interface"))
        yield Server(f"/{PPPOE_SERVERS} {word(name)}", "pppoe", _profiles(router, row, "pppoe"))
    for kind, path in PPP_SERVERS.items():
        for row in router.found.get(path, ()):
            if row.get("enabled") in (True, "yes"):
                yield Server(f"/{path}", kind, _profiles(router, row, kind))


def lists(router: Surroundings) -> list[str]:
    """Return the lists that hold whoever dials in by PPPoE; not one that holds a line as well."""
    named = [str(row["interface-list"]) for server in servers(router) if server.kind == "pppoe" for row in server.profiles if _list(row)]
    return [name for name in dict.fromkeys(named) if not router.members(name) & router.wans.keys()]


def unbalanced(router: Surroundings) -> Iterator[Finding]:
    """Servers whose clients are no LAN."""
    told = set()
    for server in servers(router):
        for row in server.profiles:
            name = str(row.get("name"))
            if name in told or _reaches(router, row):
                continue
            told.add(name)
            problem = f"not balanced: who dials in with the profile {word(name)}"
            mine = [lan.name for lan in router.intent.lans if lan.is_list]
            if _list(row):
                problem = f"{problem}, which puts him into the list '{_list(row)}'"
                yield _told(server, problem, f"add {{list: {_list(row)}}} to multiwan_lan_interfaces unless that is meant")
            elif users := _dials_out(router, name):
                problem = f"{problem}, which puts him into no list, and is the profile of {', '.join(users)} too"
                yield _told(server, problem, "give the server a profile of its own with an interface-list unless that is meant")
            elif mine and server.kind == "pppoe":
                change = Change(PROFILES, row, {"interface-list": mine[0]})
                problem = f"{problem}, which puts him into no list"
                remedy = f"write {COMMAND} unless that is meant, or multiwan_take_over: [clients]"
                yield Finding(server.place, problem, remedy, changes=(change,), refuses=False, kind="clients")
            else:
                target = mine[0] if mine else NEW_LIST
                adds = [] if mine else [f"/interface list add name={NEW_LIST}"]
                mend = "\n".join([*adds, command(Change(PROFILES, row, {"interface-list": target}), router.found[PROFILES])])
                then = "" if mine or _is_everything(router) else f" and add {{list: {NEW_LIST}}} to multiwan_lan_interfaces"
                yield _told(server, f"{problem}, which puts him into no list", f"write {COMMAND}{then} unless that is meant", mend)


def addresses_at_risk(router: Surroundings) -> Iterator[tuple[str, Sequence[IPv4Network]]]:
    """What clients of the LAN that dial in may get as address, by what it is called, where it is balanced: nobody could reach them."""
    rows = {str(row.get("name")): row for server in servers(router) for row in server.profiles if _reaches(router, row)}
    pools = {str(row.get("name")): str(row.get("ranges") or "") for row in router.foreign(POOLS)}
    named = [str(row.get("remote-address") or "") for row in rows.values()]
    named += [str(row.get("remote-address") or "") for row in router.foreign(SECRETS) if _is_of(row, rows)]
    for name in dict.fromkeys(filter(None, named)):
        for text in pools.get(name, name).split(","):
            networks = list(readable(text))
            if networks and not all(map(router.is_spared, networks)):
                yield text, networks


def _is_of(secret: Row, profiles: dict[str, Row]) -> bool:
    profile = str(secret.get("profile") or DEFAULT)
    return secret.get("service") in (None, "any", "pppoe", *PPP_SERVERS) and (profile == DEFAULT or profile in profiles) and bool(profiles)


def _told(server: Server, problem: str, remedy: str, mend: str = "") -> Finding:
    return Finding(server.place, problem, remedy, mend, refuses=False, kind="unnamed-clients")


def _profiles(router: Surroundings, server: Row, kind: str) -> tuple[Row, ...]:
    """That of the server, and those of the secrets of whoever may dial in there."""
    known = {str(row.get("name")): row for row in router.found[PROFILES]}
    secrets = (row for row in router.foreign(SECRETS) if row.get("service") in (None, "any", kind))
    names = [str(server.get("default-profile") or DEFAULT), *(str(row.get("profile") or DEFAULT) for row in secrets)]
    own, *others = dict.fromkeys(names)
    return tuple(known[name] for name in (own, *(other for other in others if other != DEFAULT)) if name in known)


def _list(profile: Row) -> str:
    return str(profile.get("interface-list") or "")


def _reaches(router: Surroundings, profile: Row) -> bool:
    """Whether whoever comes with a profile is in a list that is a LAN."""
    named = {lan.name for lan in router.intent.lans if lan.is_list}
    held = frozenset().union(*(includes(router.found, name) for name in named))
    everybody = _is_everything(router) and _list(profile) in lists(router)
    return bool(held & DYNAMIC) or (bool(_list(profile)) and (_list(profile) in held or everybody))


def _is_everything(router: Surroundings) -> bool:
    return any(lan.is_everything for lan in router.intent.lans)


def _dials_out(router: Surroundings, profile: str) -> list[str]:
    """The interfaces by which the router itself dials with a profile."""
    rows = (row for path in PPP_CLIENTS.values() for row in router.found.get(path, ()))
    return [str(row.get("name")) for row in rows if str(row.get("profile") or DEFAULT) == profile]
