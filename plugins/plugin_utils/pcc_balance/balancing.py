# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router that is balanced by hand already: what stands against ours, what may stay, and who would switch it back.

Tried with packets: once only the rows that give marks to new connections are disabled, running downloads go on, each on its line. With all
rows disabled, most break.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..findings import Finding
from ..routeros.changing import Change
from ..routeros.paths import MANGLE, RULES
from ..routeros.rows import Row, in_words, label, labels, readable
from .by_hand import ByHand
from .met import HASHES, Met, as_if_enabled, met_rows
from .surroundings import Surroundings
from .switches import Switch, switches


def balanced_by_hand(router: Surroundings, by_hand: ByHand) -> Iterator[Finding]:
    """The balancing of others as one finding, what else switches it, and the policies that stay."""
    switching = _switching(router)
    resting = [switch for switch in switching if switch.can_rest]
    if by_hand.givers or resting:
        yield _finding(router, by_hand, resting)
    for switch in switching:
        if not switch.can_rest:
            problem = "its script switches rows of balancing by hand, which would mark connections before ours again"
            yield Finding(switch.label, problem, "take what is about mangle out of it", refuses=False, kind="script")
    yield from _policies(router, by_hand)
    yield from _rules(router, by_hand)


def _finding(router: Surroundings, by_hand: ByHand, resting: Sequence[Switch]) -> Finding:
    rows = router.found[MANGLE]
    count = len({id(met.row) for met in by_hand.members})
    tables = f"table{'s' * (len(by_hand.tables) != 1)} {', '.join(sorted(by_hand.tables))}"
    named = ", ".join([*filter(None, [labels(by_hand.givers, rows, HASHES)]), *(switch.label for switch in resting)])
    there = f"{count} mangle row{'s' * (count != 1)} lead{'s' * (count == 1)} to the {tables}, and new connections would not be ours"
    if not count:
        there = "no row of it is in force now, and scripts bring them"
    problem = f"this router is balanced by hand already: {there}: {named}"
    remedy = "disable these; the other rows may stay, connections that run keep their line by them"
    kept = [met.row for met in by_hand.policies if _needs_stop(by_hand, met)]
    changes = (
        *(Change(MANGLE, row, {"disabled": True}) for row in by_hand.givers),
        *(Change(MANGLE, row, {"passthrough": False}) for row in kept),
        *(Change(switch.path, switch.row, {"disabled": True}) for switch in resting),
    )
    if kept:
        remedy += f", and set passthrough=no on {labels(kept, rows)}, or ours overrule them"
    return Finding("/ip firewall mangle", problem, remedy, kind="balancing", changes=changes)


def _needs_stop(by_hand: ByHand, policy: Met) -> bool:
    """Whether ours would overrule a policy that has an effect today: the last routing mark counts."""
    return bool(policy.table) and policy.ahead and not policy.stops and not by_hand.is_overruled(policy) and not policy.row.get("dynamic")


def _policies(router: Surroundings, by_hand: ByHand) -> Iterator[Finding]:
    for met in {id(met.row): met for met in by_hand.policies}.values():
        where = ", ".join(sorted(by_hand.leads_to(met)))
        if not met.ahead:
            effect = "it stands behind ours, so that what it takes is balanced"
        elif by_hand.is_overruled(met):
            effect = "rows behind it overrule it, as before: what it takes is balanced"
        else:
            effect = f"it stays: what it takes{what_it_meets(met)} goes by table {where} and is not balanced"
        yield Finding(f"/ip firewall mangle {label(met.row, router.found[MANGLE])}", effect, refuses=False, kind="policy")


def what_it_meets(met: Met) -> str:
    """The matchers of a row that is called by its comment; else they are in its name."""
    return f" ({in_words(met.fields)})" if met.row.get("comment") and in_words(met.fields) else ""


def _rules(router: Surroundings, by_hand: ByHand) -> Iterator[Finding]:
    """Marks come before rules ("Policy Routing"), those of others too."""
    lans = [here.network for here in router.connected() if here.interface in router.lan]
    for row in router.found.get(RULES, ()):
        inside = any(network.overlaps(lan) for network in readable(row.get("src-address")) for lan in lans)
        if inside and str(row.get("table")) in by_hand.tables and not row.get("disabled"):
            problem = f"it stays: of {row['src-address']}, what is not balanced goes by table {row['table']}; marks come before rules"
            yield Finding("/routing rule", problem, refuses=False, kind="policy")


def _switching(router: Surroundings) -> list[Switch]:
    """What switches rows of the balancing, also those that are disabled now."""
    everything = as_if_enabled(router)
    whole = ByHand(met_rows(everything))
    members = {id(met.row) for met in whole.members}
    comments = {str(row.get("comment") or ""): id(row) in members for row in everything.found[MANGLE]}
    marks = {met.mark or met.known for met in whole.members}
    words = {text for text, member in comments.items() if member} | marks | whole.tables
    return switches(router.found, words - {""}, {text for text, member in comments.items() if text and not member})


def rows_in_force(rows: Sequence[Met], disabled: Sequence[Row]) -> list[Met]:
    """The rows that packets still meet once some are disabled."""
    gone = set(map(id, disabled))
    return [met for met in rows if not gone & set(map(id, met.passed))]
