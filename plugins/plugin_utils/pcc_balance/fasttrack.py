# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FastTrack beside balancing: which rows of the owner's mislead it, and what stands at their place.

A fasttracked packet has no routing mark ("looks up route before routing marks are set", MikroTik's manual, "Fasttrack"). Whether it
follows routing rules or looks at main only is not known. So it is right only where both say the same as its mark, or as the rules for
what has no mark:

    main's one active default route goes by L, L is first in the table of what is not balanced, and L is in use
        -> connections of L, and those without a mark, may be fasttracked: all go by L, whoever is asked
    else, such as in an outage of L, with another lease, with ECMP in main, or without a default route there
        -> none may

Two rows say so at the place of each row of the owner's, with its matchers. Which line L is, and whether they are on, is only known on
the router: the control script of role failover_netwatch switches them and writes the mark, and a run keeps what it finds. A new row is
off until the script comes by. Where nothing watches the lines there are no such rows, and FastTrack is off.

Destinations to which main has more than its default route, such as the networks of other lines, are looked up there by fasttracked
packets, and in L's table by others: connections of L leave them out. A routing rule of the owner's is met by fasttracked packets at
most, and by marked ones never: beside one that leads elsewhere, no connections of L are fasttracked. Without a mark nothing is different.

With ``multiwan_unmarked: main`` what has no mark goes by main, fasttracked or not, and whatever main says: that row is always on.

The networks are those of the last run; those of leases are kept by the control script. A switch would go on by itself with what it
offloads, so the rows offload nothing to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from ..findings import Finding
from ..lines import LeaseGateway
from ..routeros.changing import Change, identity
from ..routeros.names import BALANCE, SPECIFIC_LIST, comment, mark
from ..routeros.paths import ADDRESS_LIST, FILTER, ROUTES, RULES
from ..routeros.rows import Found, Row, label, matchers, readable, table_of
from ..routeros.steps import Place, before, is_placed
from .intent import MAIN
from .surroundings import Surroundings
from .unmarked import line_of_main, order

NO_MARK = "no-mark"
KINDS = ("unmarked", "line", "main")
"""What rows of ours take: connections without a mark, those of one line, and those without a mark that go by main whatever happens."""

_LISTS = ("src-address-list", "dst-address-list")


def findings(router: Surroundings) -> Iterator[Finding]:
    """Rows of the owner's that are wrong in some state of the lines."""
    for row in router.foreign(FILTER):
        takes_ours = any(_takes(row, mark(wan.name)) for wan in router.intent.wans)
        if row.get("action") != "fasttrack-connection" or not (takes_ours or _misleads_unmarked(router, row)):
            continue
        what = "balanced connections" if takes_ours else "what is not balanced"
        problem = f"FastTrack would send {what} out by the wrong line"
        yield Finding(f"/ip firewall filter {label(row)}", problem, kind="fasttrack", changes=(Change(FILTER, row, {"disabled": True}),))


def remarks(router: Surroundings, taken: Sequence[Row], probed: bool) -> Iterator[Finding]:
    """What of FastTrack does not stand at the place of the rows that were taken over."""
    if taken and not probed:
        problem = "FastTrack is off for what goes by the lines, since nothing on the router watches them"
        yield Finding("", problem, "role failover_netwatch does", refuses=False, kind="fasttrack-off")
    elif taken and (rule := next(_leading_elsewhere(router), None)):
        problem = "leads elsewhere, so FastTrack is off for balanced connections"
        yield Finding(f"/routing rule {label(rule)}", problem, refuses=False, kind="fasttrack-off")
    elif taken and (name := line_of_main(router)) and name != (first := order(router)[0].name):
        problem = f"FastTrack is off while main's default route goes by {name}, and what is not balanced by {first} first"
        yield Finding("", problem, f"write pcc_balance_first_wan: {name} to have both go by that line", refuses=False, kind="fasttrack-off")


def rows(router: Surroundings, taken: Sequence[Row], probed: bool) -> dict[str, list[Row]]:
    """Return the rows of ours, by path, that stand for those `taken` of the owner's.

    :param router: as its owner has it.
    :param probed: whether probes judge the lines, so that the control script is there.
    """
    ours = [row for number, row in enumerate(taken, 1) for row in _instead_of(router, row, number, probed)]
    listed = _listed(router) if any(_LISTS[0] in row for row in ours) else {}
    return {FILTER: ours, ADDRESS_LIST: [{"list": SPECIFIC_LIST, "address": listed[name], "comment": name} for name in listed]}


def places(ours: Sequence[Row], taken: Sequence[Row], theirs: Found, found: Found) -> list[Place]:
    """Return the steps that bring these rows of ours before those of the owner's that they stand for; none for rows that are there.

    :param theirs: the router as its owner has it.
    """
    steps = []
    for number, row in enumerate(taken, 1):
        mine = [one for one in ours if one["comment"] in _comments(number)]
        step = before(FILTER, mine, row, identity(FILTER, row, theirs[FILTER]))
        if mine and not is_placed(step, found[FILTER]):
            steps.append(step)
    return steps


def _comments(number: int) -> tuple[str, str, str]:
    """Those of the rows that stand for the owner's first row, second, ..."""
    return tuple(comment(BALANCE, "fasttrack", kind, *([number] if number > 1 else [])) for kind in KINDS)  # type: ignore[return-value]


def _takes(row: Row, name: str) -> bool:
    """Whether a row takes connections with this mark."""
    wanted = str(row.get("connection-mark") or "!")
    return wanted[1:] != name if wanted.startswith("!") else wanted == name


def _misleads_unmarked(router: Surroundings, row: Row) -> bool:
    return router.intent.options.unmarked != MAIN and _takes(row, NO_MARK)


def _instead_of(router: Surroundings, row: Row, number: int, probed: bool) -> Iterator[Row]:
    """The rows for one of the owner's. What the control script writes is as it is found."""
    unmarked, line, always = _comments(number)
    there = {other.get("comment"): other for other in router.found[FILTER]}
    base: Row = {"chain": row.get("chain"), "action": row.get("action"), **matchers(row), "hw-offload": False}
    if _misleads_unmarked(router, row):
        if probed:
            yield {**base, "connection-mark": NO_MARK, "disabled": _is_off(there.get(unmarked)), "comment": unmarked}
    elif _takes(row, NO_MARK):
        yield {**base, "connection-mark": NO_MARK, "disabled": False, "comment": always}
    every = row.get("connection-mark") == NO_MARK or all(_takes(row, mark(wan.name)) for wan in router.intent.wans)
    if every and probed and not any(map(row.get, _LISTS)) and not any(_leading_elsewhere(router)):
        name = there.get(line, {}).get("connection-mark") or mark(order(router)[0].name)
        beside: Row = {field: f"!{SPECIFIC_LIST}" for field in _LISTS}
        yield {**base, **beside, "connection-mark": name, "disabled": _is_off(there.get(line)), "comment": line}


def _is_off(row: Row | None) -> bool:
    return row is None or bool(row.get("disabled"))


def _leading_elsewhere(router: Surroundings) -> Iterator[Row]:
    """Routing rules that do more than to look into main."""
    return (row for row in router.foreign(RULES) if row.get("action", "lookup") != "lookup" or table_of(row) != MAIN)


def _listed(router: Surroundings) -> dict[str, str]:
    """The networks that connections of a line leave out, by the comments of their entries."""
    leased = _leased(router)
    plain = (_spelled(network) for network in _specific(router))
    return {comment(BALANCE, "specific", network): network for network in plain if network not in leased.values()} | leased


def _leased(router: Surroundings) -> dict[str, str]:
    """Those of leases, which the control script writes when a lease brings another one; without a lease the entry stays as it is."""
    there = {str(row.get("comment")): str(row.get("address")) for row in router.found[ADDRESS_LIST]}
    networks: dict[str, str] = {}
    for wan in (wan for wan in router.intent.wans if isinstance(wan.gateway, LeaseGateway)):
        name = comment(BALANCE, "specific", "lease", wan.name)
        now = (_spelled(here.network) for here in router.networks if here.interface == wan.interface and here.dynamic)
        if network := next(now, there.get(name)):
            networks[name] = network
    # two modems may have one network, and RouterOS takes an entry once
    firsts: dict[str, str] = {}
    for name in sorted(networks, key=lambda name: there.get(name) != networks[name]):
        firsts.setdefault(networks[name], name)
    return {name: network for network, name in firsts.items()}


def _specific(router: Surroundings) -> list[IPv4Network]:
    """The networks that are balanced, and to which main has more than its default route."""
    connected = [here.network for here in router.networks]
    routed = [
        network
        for row in router.foreign(ROUTES)
        if table_of(row) == MAIN
        for network in readable(row.get("dst-address"))
        if network.prefixlen
    ]
    return sorted({network for network in (*connected, *routed) if not router.is_spared(network)})


def _spelled(network: IPv4Network) -> str:
    """A network as an entry of a list shows it."""
    return str(network.network_address) if network.prefixlen == 32 else str(network)
