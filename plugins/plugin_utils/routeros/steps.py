# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to write, path by path, in the form that community.routeros.api_modify takes.

Every step is safe to repeat, and `restrict` keeps it to rows of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from .changing import Change, Identity, find, same
from .names import exactly, owned
from .paths import LOGGING, MANGLE, NAT, NETWATCH, ROUTES, RULES, SECRETS, menu
from .rows import Found, Row, Rows

FACTORY: Mapping[str, Row] = {
    ROUTES: {"pref-src": "", "scope": 30, "target-scope": 10, "suppress-hw-offload": False},
    NETWATCH: {"name": ""},
    LOGGING: {"regex": ""},
}
"""What fields have that nobody has set, by path (manual, "IP Routing", "Netwatch", "Log")."""


ENTERED = ("prerouting", "input", "forward", "output", "postrouting")
"""The chains that packets enter by themselves (manual, "Packet Flow"); any other one is met by a jump only."""


class Rule(TypedDict):
    """What a row must fulfil to be looked at: its `field` matches the regular expression, or (`invert`) does not."""

    field: str
    regex: str
    invert: NotRequired[bool]


class Write(TypedDict):
    """What becomes of one path: the rows that `restrict` lets through are those of `rows` afterwards.

    `name` is for people. `secret` says that neither the rows nor what the router says of them may be shown, `ordered` that the order of
    the rows counts.
    """

    name: str
    path: str
    rows: list[Row]
    restrict: list[Rule]
    secret: bool
    ordered: bool
    rest: NotRequired[float]
    """Seconds that packets have to meet these rows before what follows is written."""


@dataclass(frozen=True)
class Place:
    """Rows of ours stand side by side at one place, in the order in which they stand: one command moves all of them.

    :param name: for people.
    :param comments: theirs.
    :param before: the row of somebody else's that is to come right behind them; None where no row is, since they are the last ones.
    :param known: what tells it from others.
    """

    name: str
    path: str
    comments: tuple[str, ...]
    before: Row | None = None
    known: Identity | None = None

    def row_behind(self, rows: Sequence[Row]) -> Row | None:
        """Return the one of `rows` that is to come right behind them; whether it is disabled is nothing to us."""
        return find(self.before, self.known, rows, ("disabled",)) if self.before is not None else None


@dataclass(frozen=True)
class Alter:
    """Rows of others become what these changes say.

    :param name: for people.
    """

    name: str
    path: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Forget:
    """Entries of ours that have a timeout go now. They are dynamic, which `Write` leaves alone.

    :param name: for people.
    :param regex: what their `field` matches from its beginning.
    """

    name: str
    path: str
    field: str
    regex: str


Step = Write | Place | Alter | Forget


def write(role: str, path: str, rows: Sequence[Row]) -> Write:
    """The rows of `role` become these: others of it go."""
    return _step("Write", path, rows, [_of(role)])


def add(path: str, rows: Sequence[Row]) -> Write:
    """These rows are written; others of the role stay, for `clear` to remove once nothing leads to them any more."""
    return _step("Write", path, rows, [{"field": "comment", "regex": _these(rows)}])


def clear(role: str, path: str, keep: Sequence[Row] = ()) -> Write:
    """All rows of `role` go but those to keep."""
    kept: list[Rule] = [{"field": "comment", "regex": _these(keep), "invert": True}] if keep else []
    return _step("Clear", path, [], [_of(role), *kept])


def clear_mangle(role: str) -> list[Write]:
    """All rows of `role` in mangle go, and first those by which packets come: what is left then meets none."""
    entered: Rule = {"field": "chain", "regex": f"^(?:{'|'.join(ENTERED)})$"}
    return [_step("Clear", MANGLE, [], [_of(role), entered]), clear(role, MANGLE)]


def clear_left(role: str, paths: Sequence[str], rows: Rows, found: Found) -> list[Write]:
    """What `add` has left on these paths goes: no step where `found` says that nothing is left."""
    return [clear(role, path, rows[path]) for path in paths if path not in found or _left(role, rows[path], found[path])]


def _left(role: str, wanted: Sequence[Row], there: Sequence[Row]) -> bool:
    comments = {row["comment"] for row in wanted}
    return any(re.match(owned(role), str(row.get("comment") or "")) and row["comment"] not in comments for row in there)


def write_where(path: str, rows: Sequence[Row], field: str, regex: str) -> Write:
    """The rows whose `field` matches become these, on a path whose rows have no comment."""
    return _step("Write", path, rows, [{"field": field, "regex": regex}])


def is_about(step: Write, row: Row) -> bool:
    """Whether a step is about a row: it fits all that the step's `restrict` says, as in module api_modify."""
    return all(
        bool(re.match(str(rule["regex"]), str(row.get(str(rule["field"])) or ""))) is not bool(rule.get("invert"))
        for rule in step["restrict"]
    )


def put_right(step: Write, there: Sequence[Row]) -> Write:
    """Return a step that also brings fields back which nobody writes and which somebody has changed in the rows that are `there`.

    api_modify resets such a field by itself if it knows how; of `FACTORY` it does not.
    """
    factory = FACTORY.get(step["path"], {})
    if not factory:
        return step
    known = {_identity(row): row for row in there}

    def other(row: Row) -> Row:
        now = known.get(_identity(row), {})
        return {field: value for field, value in factory.items() if field not in row and not same(now.get(field, value), value)}

    return {**step, "rows": [row | other(row) for row in step["rows"]]}


def _identity(row: Row) -> object:
    """What tells a row of ours; rules of logging have no comment."""
    return row.get("comment") or (row.get("action"), row.get("topics"))


def last(path: str, rows: Sequence[Row]) -> Place:
    """These rows stand behind all others."""
    return Place(f"Move {menu(path)}", path, _comments(rows))


def before(path: str, rows: Sequence[Row], other: Row, known: Identity) -> Place:
    """These rows stand right before this row of somebody else's."""
    return Place(f"Move {menu(path)}", path, _comments(rows), other, known)


def is_placed(step: Place, rows: Sequence[Row]) -> bool:
    """Whether rows of ours stand where a step would bring them, if the path has these rows."""
    there = [row.get("comment") for row in rows]
    has_all = set(step.comments) <= set(there) and (step.before is None or step.row_behind(rows) is not None)
    return has_all and [row.get("comment") for row in placed(step, rows)] == there


def placed(step: Place, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a path as they stand once a step has moved ours; as they are where the row that they belong to is gone."""
    behind = step.row_behind(rows)
    if step.before is not None and behind is None:
        return list(rows)
    moved = [row for row in rows if row.get("comment") in step.comments]
    others = [row for row in rows if row.get("comment") not in step.comments]
    at = next((place for place, row in enumerate(others) if row is behind), len(others))
    return [*others[:at], *moved, *others[at:]]


def clear_where(path: str, field: str, regex: str) -> Write:
    """The rows whose `field` matches go, on a path whose rows have no comment of ours."""
    return _step("Clear", path, [], [{"field": field, "regex": regex}])


def alter(path: str, changes: Sequence[Change]) -> Alter:
    """Rows of others become what these changes say."""
    return Alter(f"Change {menu(path)}", path, tuple(changes))


def _of(role: str) -> Rule:
    return {"field": "comment", "regex": owned(role)}


def _comments(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(str(row["comment"]) for row in rows)


def _these(rows: Sequence[Row]) -> str:
    return exactly(str(row["comment"]) for row in rows)


def _step(verb: str, path: str, rows: Sequence[Row], restrict: list[Rule]) -> Write:
    return {
        "name": f"{verb} {menu(path)}",
        "path": path,
        "rows": list(rows),
        "restrict": restrict,
        "secret": path == SECRETS,
        "ordered": _has_order(path, rows),
    }


def _has_order(path: str, rows: Sequence[Row]) -> bool:
    """Whether the order of the rows counts. Those of NAT are about a line each, but for those that leave something alone."""
    return bool(rows) and (path in (MANGLE, RULES) or (path == NAT and any(row["action"] == "accept" for row in rows)))
