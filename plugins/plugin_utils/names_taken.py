# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of others that have a name of ours. RouterOS would refuse ours beside them, in the middle of a run, or mix the two up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .findings import COMMAND, Finding
from .routeros.changing import Change, commands
from .routeros.names import PREFIX, ROLES, comment
from .routeros.paths import ADDRESS_LIST, LOG_ACTIONS, MANGLE, MEMBERS
from .routeros.rows import Found, Row, Rows, labels
from .routeros.spelling import literal, word

KEYS = {ADDRESS_LIST: ("list", "address"), MEMBERS: ("list", "interface")}
"""What no two rows of a path that are enabled have alike; on other paths it is the name, where rows have one.

A second `/ppp/secret` of one name is taken for another service, and then nobody finds the right one.
"""

_OURS = tuple(comment(role, "") for role in ROLES)


def taken(wanted: Rows, found: Found) -> Iterator[Finding]:
    """Yield the rows on the router that are not ours and have a name, or stand in a chain, of the `wanted` rows of a role."""
    for path, rows in wanted.items():
        keys = {_key(path, row) for row in rows} - {()}
        for row in _of_others(found.get(path, ())):
            if _key(path, row) in keys and not (path in KEYS and row.get("disabled")):
                yield _entry(path, row) if path in KEYS else _name(path, str(row["name"]))
    chains = dict.fromkeys(str(row["chain"]) for row in wanted.get(MANGLE, ()) if str(row["chain"]).startswith(PREFIX))
    for chain in chains:
        if inside := [row for row in _of_others(found.get(MANGLE, ())) if row.get("chain") == chain and not row.get("disabled")]:
            yield _chain(chain, inside, found)


def _of_others(rows: Sequence[Row]) -> Iterator[Row]:
    """What is dynamic is nobody's, and api_modify does not see it, such as an entry to which somebody has given a timeout."""
    return (row for row in rows if row.get("dynamic") or not str(row.get("comment") or "").startswith(_OURS))


def _key(path: str, row: Row) -> tuple[str, ...]:
    return tuple(str(row[field]) for field in KEYS.get(path, ("name",)) if field in row)


def _name(path: str, name: str) -> Finding:
    problem = "the role needs this name, and this row is not of its making"
    mend = f"/{path} set [find name={word(name)}] name="
    other = f"old{name}" if path == LOG_ACTIONS else f"old-{name}"  # that takes letters only
    return Finding(f"/{path} {name}", problem, f"remove it, or write {mend}...", f"{mend}{word(other)}", kind="name")


def _entry(path: str, row: Row) -> Finding:
    where, what = KEYS[path]
    problem = f"{row[what]} is not of the role's making, so it cannot write its own"
    mend = f"/{path} remove [find {where}={row[where]} {what}={literal(str(row[what]))}]"
    return Finding(f"/{path} {row[where]}", problem, command=mend, kind="name")


def _chain(chain: str, inside: Sequence[Row], found: Found) -> Finding:
    """The last row goes first: until then those before it are found by their places."""
    problem = f"{labels(inside, found[MANGLE])}: the role needs this chain for itself"
    mend = commands([Change(MANGLE, row, {"chain": f"old-{chain}"}) for row in reversed(inside)], (), found)
    return Finding(f"/{MANGLE} chain={chain}", problem, f"remove what is not the role's, or write {COMMAND}", mend, kind="name")
