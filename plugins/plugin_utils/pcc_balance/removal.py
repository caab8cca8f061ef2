# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a removal would leave behind: a router without a way out, or one that is cut off from who removes.

A router that had no default route or no NAT before the first run has none afterwards: the first run writes that down (`notes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface

from ..findings import COMMAND, Finding
from ..health import DEMOTION
from ..routeros.names import BALANCE, BEFORE_LIST, PREFIX, comment, owned
from ..routeros.paths import ACTIVE, ADDRESS_LIST, ADDRESSES, CONNECTIONS, DHCP_CLIENTS, NAT, ROUTES, RULES, SERVICES, TABLES
from ..routeros.reads import Only, Read, Reads, tolerant
from ..routeros.rows import Found, Row, distance_of, is_ours, readable, table_of
from ..routeros.spelling import DEFAULT_DESTINATION, literal, word
from .exemptions import TRANSLATES
from .intent import MAIN, Intent, Options
from .preflight import READS
from .surroundings import Surroundings
from .unmarked import exits

NO_DEFAULT, NO_NAT = comment(BALANCE, "before", "no-default"), comment(BALANCE, "before", "no-nat")
"""Comments of what the first run writes down."""

_ADDRESSES = {NO_DEFAULT: "240.0.0.1", NO_NAT: "240.0.0.2"}
"""Of nobody (RFC 1112), and the entries are disabled: they have no effect."""


def reads(user: str) -> Reads:
    """Return what a removal looks at; what cannot be read does not stop it.

    :param user: who removes.
    """
    session: Reads = {
        SERVICES: Read(("name", "port")),
        ACTIVE: Read(("name", "address", "via"), only=Only("name", lambda found: [user])),
        CONNECTIONS: Read(("src-address", "dst-address", "connection-mark", "tcp-state"), only=Only("dst-address", _ends)),
    }
    return tolerant({**READS, **session})


def notes(router: Surroundings) -> list[Row]:
    """Return what is written down of the router as it was before the first run; later runs keep it."""
    noted = _noted(router.found)
    if not any(re.match(owned(BALANCE), _comment(row)) for path in (TABLES, ROUTES) for row in router.found[path]):
        translates = any(_translated(router, {interface}) for interface in {*_exits(router), *router.wans})
        noted = {note for note, there in ((NO_DEFAULT, _defaults(router)), (NO_NAT, translates)) if not there}
    return [
        {"list": BEFORE_LIST, "address": address, "disabled": True, "comment": note}
        for note, address in _ADDRESSES.items()
        if note in noted
    ]


def findings(found: Found, anyway: bool) -> list[Finding]:
    """Return what speaks against a removal.

    :param anyway: the user has said that it only warns.
    """
    router = Surroundings(_NOBODY, found)
    lines = _lines(router)
    said = [*_cut_off(router, lines), *_without_default(router, lines), *_without_nat(router, lines)]
    return [_answered(finding, anyway) for finding in said]


def _answered(finding: Finding, anyway: bool) -> Finding:
    if not finding.refuses:
        return finding
    return replace(finding, refuses=False) if anyway else finding.or_else(f"write pcc_balance_warn_only: [{finding.kind}]")


_NOBODY = Intent((), (), (), Options())
"""Whose variables do not count."""


@dataclass(frozen=True)
class _Line:
    """A line as it is on the router."""

    name: str
    gateway: str
    interfaces: frozenset[str]


def _lines(router: Surroundings) -> list[_Line]:
    """The lines by the routes for what is not balanced: first those that are in use."""
    prefix = f"{comment(BALANCE, 'route', 'main')}:"
    rows = [row for row in router.found[ROUTES] if _comment(row).startswith(prefix)]
    rows.sort(key=lambda row: (distance_of(row) >= DEMOTION, not row.get("active"), distance_of(row)))
    return [_Line(str(row["comment"]).removeprefix(prefix), str(row.get("gateway")), exits(router, row)) for row in rows]


def _without_default(router: Surroundings, lines: Sequence[_Line]) -> Iterator[Finding]:
    if not lines or _defaults(router):
        return
    if NO_DEFAULT in _noted(router.found):
        problem = "main is left without an active default route, as it was before the first run"
        yield Finding("/ip route", problem, refuses=False, kind="before")
    else:
        problem = "main has no active default route of its own, so the router would have no way out"
        yield Finding("/ip route", problem, command=_new_default(router, lines[0]), kind="removal")


def _new_default(router: Surroundings, line: _Line) -> str:
    """What gives main a default route by a line. A lease brings one by itself; a client of ours becomes one of the owner's."""
    for client in router.found[DHCP_CLIENTS]:
        if str(client.get("interface")) in line.interfaces and not client.get("disabled"):
            name = word(str(client["interface"]))
            keeps = f' comment="lease of {line.name}"' if is_ours(client) else ""
            return f"/ip dhcp-client set [find interface={name}] add-default-route=yes{keeps}"
    return f"/ip route add dst-address={DEFAULT_DESTINATION} gateway={_gateway(line)}"


def _without_nat(router: Surroundings, lines: Sequence[_Line]) -> Iterator[Finding]:
    ours = [row for row in router.found[NAT] if re.match(owned(BALANCE), _comment(row)) and row.get("action") in TRANSLATES]
    noted = _noted(router.found)
    if not ours or not lines or (NO_DEFAULT in noted and not _defaults(router)):
        return
    for interface in sorted(_exits(router) or lines[0].interfaces):
        if _translated(router, {interface}):
            continue
        if NO_NAT in noted:
            problem = f"nothing is left that translates what goes out by {interface}, as it was before the first run"
            yield Finding("/ip firewall nat", problem, refuses=False, kind="before")
        else:
            problem = f"no row but ours translates what goes out by {interface}, so the LAN would have no way out"
            mend = f"/ip firewall nat add chain=srcnat action=masquerade out-interface={word(interface)}"
            yield Finding("/ip firewall nat", problem, command=mend, kind="removal")


def _cut_off(router: Surroundings, lines: Sequence[_Line]) -> Iterator[Finding]:
    """The session that removes: once the marks are gone, its answers follow main, and the rest would stay."""
    for line, source, own in _sessions(router, lines):
        if line.interfaces and _answers(router, source, own) != line.interfaces:
            others = [other.name for other in lines if other.interfaces and other.interfaces == _exits(router)]
            problem = (
                f"this run comes from {source} by {line.name}, and once the marks are gone its answers leave by another way: "
                "it would be cut off, and the rest of our rows would stay"
            )
            remedy = f"connect {''.join(f'over {name} or ' for name in others)}from the LAN, or first write {COMMAND}"
            mend = f"/ip route add dst-address={source}/32 gateway={_gateway(line)}"
            yield Finding("/user active", problem, remedy, mend, kind="removal")


def _sessions(router: Surroundings, lines: Sequence[_Line]) -> list[tuple[_Line, IPv4Address, IPv4Address]]:
    """By which line we come, from where, and to which of the router's addresses: who has logged in last is us."""
    by_mark = {f"{PREFIX}-{line.name}": line for line in lines}
    by_interface = {interface: line for line in lines for interface in line.interfaces}
    interfaces = {here.own: here.interface for here in router.networks}
    found = {}
    for row in router.found[CONNECTIONS]:
        source, own = (str(row.get(end)).rpartition(":")[0] for end in ("src-address", "dst-address"))
        if source in _here(router.found) and row.get("tcp-state", "established") == "established":
            line = by_mark.get(str(row.get("connection-mark"))) or by_interface.get(interfaces.get(IPv4Address(own), ""))
            if line:
                found[line.name, source] = line, IPv4Address(source), IPv4Address(own)
    return list(found.values())


def _here(found: Found) -> list[str]:
    """The address from which we come."""
    return [str(row.get("address")) for row in _ours(found)[-1:]]


def _ours(found: Found) -> list[Row]:
    return [row for row in found[ACTIVE] if str(row.get("via")).startswith("api")]


def _ends(found: Found) -> list[str]:
    """The router's ends of a session over the API; a query for them spares a table of many connections."""
    services = {row.get("via") for row in _ours(found)}
    ports = [row.get("port") for row in found[SERVICES] if row.get("name") in services]
    own = [IPv4Interface(str(row["address"])).ip for row in found[ADDRESSES] if not row.get("disabled")]
    return [f"{address}:{port}" for address in dict.fromkeys(own) for port in dict.fromkeys(ports)]


def _answers(router: Surroundings, source: IPv4Address, own: IPv4Address) -> frozenset[str]:
    """The interfaces by which answers leave once our rows are gone: by rules of the owner's about that address, else by main."""
    used = _used(router)
    tables = [str(rule.get("table")) for rule in router.foreign(RULES) if _is_about(rule, source, own)]
    for table in (*tables, MAIN):
        ways: dict[int, list[Row]] = {}
        for row in (row for row in used if table_of(row) == table):
            for network in readable(row.get("dst-address")):
                if source in network:
                    ways.setdefault(network.prefixlen, []).append(row)
        if ways:
            return frozenset().union(*(exits(router, row) for row in ways[max(ways)]))
    return frozenset()


def _is_about(rule: Row, source: IPv4Address, own: IPv4Address) -> bool:
    """Whether a routing rule takes all that the router answers from one of its addresses to somebody."""
    others = ("interface", "routing-mark", "min-prefix", "vrf")
    ends = ((rule.get("src-address"), own), (rule.get("dst-address"), source))
    matches = all(not wanted or any(address in network for network in readable(wanted)) for wanted, address in ends)
    return bool(rule.get("src-address")) and matches and not any(rule.get(field) not in (None, "") for field in others)


def _defaults(router: Surroundings) -> list[Row]:
    """Default routes of main that are not ours and are in use, or will be."""
    return [row for row in _used(router) if row.get("dst-address") == DEFAULT_DESTINATION and table_of(row) == MAIN]


def _used(router: Surroundings) -> list[Row]:
    """Routes of others that are in use, or will be: before 0.2 our routes stood in main, and those of the owner waited behind them."""
    behind = any(row.get("routing-table") == MAIN for row in router.found[ROUTES] if re.match(owned(BALANCE), _comment(row)))
    return [row for row in router.foreign(ROUTES) if row.get("active") or (behind and not row.get("inactive"))]


def _comment(row: Row) -> str:
    return str(row.get("comment") or "")


def _exits(router: Surroundings) -> frozenset[str]:
    """The interfaces by which main's default goes."""
    return frozenset().union(*(exits(router, row) for row in _defaults(router)))


def _translated(router: Surroundings, interfaces: frozenset[str] | set[str]) -> bool:
    """Whether rows of the owner's translate what goes out there."""
    rows = [row for row in router.rows_of(NAT, "srcnat") if row.get("action") in TRANSLATES]
    return frozenset().union(*(router.meets(row, "out", interfaces) for row in rows)) == frozenset(interfaces)


def _noted(found: Found) -> set[str]:
    return {_comment(row) for row in found.get(ADDRESS_LIST, ()) if _comment(row) in _ADDRESSES}


def _gateway(line: _Line) -> str:
    return line.gateway if re.fullmatch(r"[\w.%-]+", line.gateway) else literal(line.gateway)
