# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a run no packet meets when it is written, and so can be kept before the rest is tried.

    rows of a new table, list or chain, and what is disabled ──► first, kept at once
    jumps into our chains, NAT, routing rules, rows of others ──► last, kept when the router was seen to work with them

A router that takes back what it was told holds about 100 actions (manual, "Configuration management"); a first run writes several hundred.
So whatever can lie idle is written before. It is only what is new: a row that is there may be met already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial

from .routeros.names import exactly
from .routeros.paths import ADDRESS_LIST, FILTER, LISTS, MANGLE, MEMBERS, NAT, RAW, ROUTES, SCRIPTS, TABLES
from .routeros.rows import Found, Row
from .routeros.steps import ENTERED, Rule, Step, Write, add

Judge = Callable[[Row, Found], bool]
_FIREWALL = (MANGLE, NAT, FILTER, RAW)
_LISTED = ("src-address-list", "dst-address-list")


def portions(steps: Sequence[Step], found: Found) -> tuple[list[Step], list[Step]]:
    """Return what of these steps can be written before all else, in their order, on a router on which `found` is; and the rest.

    Of a path that was not read nothing is known to be new.
    """
    first: list[Step] = []
    rest: list[Step] = []
    known = {path: {row.get("comment") for row in rows} for path, rows in found.items()}
    for step in steps:
        if isinstance(step, dict) and (idle := _idle(step, known.get(step["path"]), found)):
            first.append(add(step["path"], idle))
            known[step["path"]] |= {row["comment"] for row in idle}
            rest += _without(step, idle)
        else:
            rest.append(step)
    return first, rest


def _idle(step: Write, there: Set[object] | None, found: Found) -> list[Row]:
    if there is None or step["secret"]:
        return []
    new = [row for row in step["rows"] if row.get("comment") and row["comment"] not in there]
    return [row for row in new if is_idle(step["path"], row, found)]


def _without(step: Write, written: Sequence[Row]) -> list[Step]:
    """What is left of a step once some of its rows are there. Where the order counts, all of them have to be looked at."""
    if step["ordered"]:
        return [step]
    comments = [str(row["comment"]) for row in written]
    left = [row for row in step["rows"] if row.get("comment") not in comments]
    others: Rule = {"field": "comment", "regex": exactly(comments), "invert": True}
    rest: Write = {**step, "rows": left, "restrict": [*step["restrict"], others]}
    return [rest]


def is_idle(path: str, row: Row, found: Found) -> bool:
    """Return whether no packet meets a new row, and nothing runs it, on a router on which `found` is."""
    if row.get("disabled") is True:
        return True
    judge = _JUDGES.get(path)
    return judge is not None and judge(row, found)


def _is_new(path: str, field: str, row: Row, found: Found) -> bool:
    """Whether what a row is, or what it belongs to, has no row on the router: so nothing there can lead to it."""
    names = {str(other.get("name")) for other in found.get(path, ())}
    return path in found and str(row.get(field)) not in {*names, "main"}


def _in_idle_chain(row: Row, found: Found) -> bool:
    return str(row["chain"]) not in met_chains(found)


def met_chains(found: Found) -> frozenset[str]:
    """Return the chains of mangle that packets meet: those that they enter, and those to which a jump leads from one of them."""
    leads: Mapping[str, set[str]] = {}
    for row in found.get(MANGLE, ()):
        if row.get("action") == "jump":
            leads = {**leads, str(row["chain"]): {*leads.get(str(row["chain"]), ()), str(row.get("jump-target"))}}
    met, new = set(ENTERED), set(ENTERED)
    while new:
        new = {target for chain in new for target in leads.get(chain, ())} - met
        met |= new
    return frozenset(met)


def _in_idle_list(row: Row, found: Found) -> bool:
    """Whether no row of the firewall asks for the list."""
    asked = {str(other.get(field) or "").removeprefix("!") for path in _FIREWALL for other in found.get(path, ()) for field in _LISTED}
    return str(row["list"]) not in asked and set(_FIREWALL) <= set(found)


_JUDGES: Mapping[str, Judge] = {
    MANGLE: _in_idle_chain,
    TABLES: partial(_is_new, TABLES, "name"),
    ROUTES: partial(_is_new, TABLES, "routing-table"),
    LISTS: partial(_is_new, LISTS, "name"),
    MEMBERS: partial(_is_new, LISTS, "list"),
    ADDRESS_LIST: _in_idle_list,
    SCRIPTS: partial(_is_new, SCRIPTS, "name"),
}
"""What makes an enabled row an idle one, by path."""
