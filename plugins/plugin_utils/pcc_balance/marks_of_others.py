# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of mangle that take connections from ours: a connection has one mark, and the last row that gives one wins.

Before ours, a mark hides a new connection from our rows, which look for those without one. Over ours, it takes a connection from its line
in the middle. Marks of packets, and marks of what we never balance, do neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import collapse_addresses

from ..findings import Finding
from ..routeros.changing import Change
from ..routeros.paths import LISTS, MANGLE
from ..routeros.rows import Row, in_words, is_ours, label, labels, readable
from .balancing import balanced_by_hand, rows_in_force, what_it_meets
from .by_hand import ByHand
from .met import Met, met_rows, once
from .surroundings import Surroundings

UNMARKED = "routing rules and main"
"""Where what our rows do not take goes: by rules of the owner's, specific routes of main, then the first line in use."""

_PACKETS = "let them mark packets instead (action=mark-packet), which leaves the connection its mark"


def marks_of_others(router: Surroundings) -> Iterator[Finding]:
    """What takes connections from ours, and what keeps some of them away from ours on purpose."""
    rows = met_rows(router)
    by_hand = ByHand(rows)
    yield from balanced_by_hand(router, by_hand)
    left = rows_in_force(rows, by_hand.givers)
    hiding = _hiding(by_hand, left)
    if hiding:
        problem = f"these mark connections before ours do, so that none of them is balanced: {labels(hiding, router.found[MANGLE])}"
        yield Finding("/ip firewall mangle", problem, _PACKETS, kind="marks")
    others = [met for met in left if all(met.row is not row for row in hiding)]
    yield from _over(router, [met for met in others if met.chain != "input" or not by_hand.leads_to(met)])
    yield from _arrivals(router, by_hand, others)
    policies = {id(met.row) for met in by_hand.policies}
    yield from _elsewhere(router, by_hand, [met for met in left if id(met.row) not in policies])


def _hiding(by_hand: ByHand, rows: Sequence[Met]) -> list[Row]:
    """Rows that give marks to new connections before ours do, marks that lead to no table."""
    marking = (met for met in rows if met.mark and met.chain == "prerouting" and met.ahead and met.meets_balanced)
    return once(met.row for met in marking if not by_hand.leads_to(met))


def _over(router: Surroundings, rows: Sequence[Met]) -> Iterator[Finding]:
    over = once(met.row for met in rows if met.mark and not met.is_for_unmarked and _meets_ours(router, met))
    narrow = [row for row in over if any(met.row is row and met.chain == "prerouting" and met.limits for met in rows)]
    if narrow:
        problem = f"these mark connections over ours, as they take answers from the internet too: {labels(narrow, router.found[MANGLE])}"
        changes = tuple(Change(MANGLE, row, {"connection-state": "new"}) for row in narrow if not row.get("dynamic"))
        yield Finding("/ip firewall mangle", problem, "limit them with connection-state=new", kind="marks", changes=changes)
    if wide := [row for row in over if all(row is not other for other in narrow)]:
        problem = f"these mark connections over ours, which lose their line by it: {labels(wide, router.found[MANGLE])}"
        yield Finding("/ip firewall mangle", problem, _PACKETS, kind="marks")


def _meets_ours(router: Surroundings, met: Met) -> bool:
    """Whether a row meets packets of connections that have a mark of ours; our rows in prerouting hide those from the LAN."""
    if met.chain == "prerouting":
        return met.meets_replies
    if met.chain == "output":
        return not met.limits and not met.known and met.in_state("established")
    if met.chain == "input":
        return not met.limits and met.meets_arrivals
    to_wans, to_lan = (router.meets(met.fields, "out", interfaces) for interfaces in (router.wans, router.lan))
    up = bool(to_wans) and met.meets_balanced
    return up or (bool(met.from_wans) and bool(to_lan) and met.meets_downloads)


def _arrivals(router: Surroundings, by_hand: ByHand, rows: Sequence[Met]) -> Iterator[Finding]:
    """What comes in by a line is answered by it, if our row sees it."""
    ahead = [met for met in rows if met.chain == "prerouting" and met.ahead and met.meets_arrivals and met.in_state("new")]
    for row in once(met.row for met in ahead if met.action in ("accept", "return") and met.stops and met.limits.keys() <= _TARGETS):
        problem = f"{label(row, router.found[MANGLE])} accepts what comes in by a line before ours can mark it: answers would go by main"
        only = all(met.arriving for met in rows if met.row is row)
        fields: Row = {"disabled": True} if only else _limit_to_lan(router)
        remedy = "disable it" if only else "limit it to the interfaces of the LAN"
        changes = (Change(MANGLE, row, fields),) if fields and not row.get("dynamic") else ()
        yield Finding("/ip firewall mangle", problem, remedy, kind="marks", changes=changes)
    hidden = (met for met in ahead if met.mark and (met.is_for_unmarked or not met.meets_replies) and not by_hand.leads_to(met))
    for met in {id(met.row): met for met in hidden}.values():
        problem = f"what it marks{what_it_meets(met)} is answered by table main, whatever line it came in by"
        place = f"/ip firewall mangle {label(met.row, router.found[MANGLE])}"
        yield Finding(place, problem, refuses=False, kind="policy")


def _limit_to_lan(router: Surroundings) -> Row:
    """What limits a row to all LAN interfaces, without a list of ours; empty where nothing does."""
    if len(router.lan) == 1:
        return {"in-interface": min(router.lan)}
    names = (str(row["name"]) for row in router.found[LISTS] if not is_ours(row) and not row.get("builtin"))
    return next(({"in-interface-list": name} for name in names if router.lan and router.members(name) == router.lan), {})


_TARGETS = {"dst-address", "dst-address-list", "dst-address-type"}


def _elsewhere(router: Surroundings, by_hand: ByHand, rows: Sequence[Met]) -> Iterator[Finding]:
    """Rows that send a part of the LAN's traffic somewhere else, or all of it."""
    ahead = (met for met in rows if met.chain == "prerouting" and met.ahead and met.meets_balanced)
    ahead = (met for met in ahead if met.action != "accept" or not met.is_for_modems)
    taking = (met for met in ahead if met.table or (met.stops and not met.mark) or (met.mark and by_hand.leads_to(met)))
    several = {id(met.row): met for met in taking}.values()
    if together := _all_together(router, several):
        problem = f"together these send all that comes from the LAN elsewhere, and nothing would be balanced as you want it: {together}"
        yield Finding("/ip firewall mangle", problem, "disable them, or limit them to what is to go there", kind="marks")
    for met in several:
        named = label(met.row, router.found[MANGLE])
        tables = by_hand.leads_to(met)
        where = f"table {', '.join(sorted(tables))}" if tables else "its gateway" if met.action == "route" else UNMARKED
        if met.is_whole:
            problem = f"{named} sends all that comes from the LAN to {where}, and nothing would be balanced as you want it"
            yield Finding("/ip firewall mangle", problem, "disable it, or limit it to what is to go there", kind="marks")
        elif met.table and not met.stops:
            changes = (Change(MANGLE, met.row, {"passthrough": False}),) if not met.row.get("dynamic") else ()
            problem = f"ours would overrule {named}, which sends {in_words(met.fields)} to {where}"
            yield Finding("/ip firewall mangle", problem, "set passthrough=no on it", kind="marks", changes=changes)
        else:
            problem = f"it stays: what it takes{what_it_meets(met)} goes by {where} and is not balanced"
            yield Finding(f"/ip firewall mangle {named}", problem, refuses=False, kind="policy")


def _all_together(router: Surroundings, several: Iterable[Met]) -> str:
    """The rows that take a part of the LAN each by its addresses, and nothing is left; empty where something is."""
    parts = [met for met in several if met.from_lan == router.lan and met.limits.keys() == {"src-address"}]
    covered = list(collapse_addresses(network for met in parts for network in readable(met.limits["src-address"])))
    whole = bool(router.lan_networks) and all(any(map(lan.subnet_of, covered)) for lan in router.lan_networks)
    return labels([met.row for met in parts], router.found[MANGLE]) if whole else ""
