# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run has changed on a router, or would change: rows by path, as they were and as they are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..routeros.names import LEDGER, PREFIX
from ..routeros.rows import Row

SECRET_FIELDS = ("password",)
HIDDEN = "(not shown)"
OF_LEDGER = "(a row of yours, as it was)"
"""What is shown of an entry of the ledger."""
SCRIPT = "source"
"""The field whose text is shown line by line."""

ADDED, CHANGED, REMOVED, MOVED = "added", "changed", "removed", "moved"
YOURS, GIVEN_BACK = "yours, changed", "yours, given back"
KINDS = (ADDED, CHANGED, REMOVED, MOVED, YOURS, GIVEN_BACK)


@dataclass(frozen=True)
class RowChange:
    """One row that a run has added, changed or removed.

    :param path: such as ``ip route``.
    :param name: its comment, or what else tells it from others.
    :param kind: one of `KINDS`.
    :param fields: of a changed row, the names of what is different.
    """

    path: str
    name: str
    kind: str
    fields: tuple[str, ...] = ()


@dataclass
class PathChange:
    """The rows of ours on one path, before a run and after it; in check mode, as they would be.

    `theirs` are rows of others, before and after, by what people call them; `given_back` names those that are as their owner had them.
    """

    path: str
    before: Sequence[Row] = ()
    after: Sequence[Row] = ()
    theirs: dict[str, tuple[Row, Row]] = field(default_factory=dict)
    given_back: set[str] = field(default_factory=set)
    moved: Sequence[str] = ()
    """Rows that have another place among those of others."""

    def rows(self) -> Iterator[RowChange]:
        """Yield each row that is different."""
        before, after = _by_name(self.before), _by_name(self.after)
        for name, row in after.items():
            if name not in before:
                yield RowChange(self.path, name, ADDED)
            elif fields := _different(before[name], row):
                yield RowChange(self.path, name, CHANGED, fields)
        for name in before:
            if name not in after:
                yield RowChange(self.path, name, REMOVED)
        stayed = [name for name in before if name in after]
        order = [name for name in after if name in before]
        for name in dict.fromkeys([*_moved(stayed, order), *(name for name in self.moved if name in before or name not in after)]):
            yield RowChange(self.path, name, MOVED)
        for name, (was, now) in self.theirs.items():
            if fields := _different(was, now):
                yield RowChange(self.path, name, GIVEN_BACK if name in self.given_back else YOURS, fields)

    def lines(self) -> tuple[list[str], list[str]]:
        """Return the rows that are different, before and after, a line each: of a changed one its name, and a line of fields."""
        old, new = _by_name(self.before), _by_name(self.after)
        before, after = [], []
        for row in self.rows():
            if row.kind == CHANGED:
                before += [row.name, _fields(old[row.name], row.fields)]
                after += [row.name, _fields(new[row.name], row.fields)]
            elif row.kind in (YOURS, GIVEN_BACK):
                for lines, fields in zip((before, after), self.theirs[row.name], strict=True):
                    lines += [f"{row.name} (yours)".lstrip(), _fields(fields, row.fields)]
            elif row.kind == MOVED:
                after.append(f"{row.name} (in another place)")
            elif row.kind == ADDED:
                after.append(show(new[row.name]))
            else:
                before.append(show(old[row.name]))
        return before, after

    def scripts(self) -> Iterator[tuple[str, str, str]]:
        """Yield the name of each script that has another text now, and the text before and after."""
        old, new = _by_name(self.before), _by_name(self.after)
        for row in self.rows():
            if SCRIPT in row.fields:
                yield row.name, str(old[row.name].get(SCRIPT) or ""), str(new[row.name].get(SCRIPT) or "")


@dataclass
class Changes:
    """All that a run has changed, path by path in the order of writing."""

    paths: dict[str, PathChange] = field(default_factory=dict)
    changed: bool = False

    def note(self, path: str, before: Sequence[Row], after: Sequence[Row], changed: bool) -> None:
        """Note what one step has done to the rows that it is about, and whether it has changed any.

        Several steps may be about one path, such as what is added first and what is removed at the end. Rows that only one of them is
        about are as that one says; of rows of two, the first says how they were, and the last how they are.
        """
        self.changed = self.changed or changed
        noted = self.paths.setdefault(path, PathChange(path))
        was, now = _by_name(noted.before), _by_name(noted.after)
        old, new = _by_name(before), _by_name(after)
        noted.before = [*was.values(), *(row for name, row in old.items() if name not in was and name not in now)]
        kept = [row for name, row in now.items() if name not in old and name not in new]
        noted.after = [*kept, *new.values()]

    def note_theirs(self, path: str, name: str, before: Row, after: Row, given_back: bool = False) -> None:
        """Note what was changed in a row of somebody else's; the first note says how it was, the last how it is.

        A row that does not say that it is disabled is not.
        """
        before, after = ({"disabled": False, **row} if "disabled" in {**before, **after} else row for row in (before, after))
        noted = self.paths.setdefault(path, PathChange(path))
        noted.theirs[name] = noted.theirs.get(name, (before, after))[0], after
        if given_back:
            noted.given_back.add(name)
        self.changed = self.changed or bool(_different(before, after))

    def note_moved(self, path: str, names: Sequence[str]) -> None:
        """Note that rows of ours were moved to another place among those of others."""
        self.changed = True
        noted = self.paths.setdefault(path, PathChange(path))
        noted.moved = [*noted.moved, *names]

    def rows(self) -> list[RowChange]:
        """Return each row that is different."""
        return [row for path in self.paths.values() for row in path.rows()]


def show(row: Row) -> str:
    """Return a row in one line, nearly as a command on the router would write it; of a script, how long it is."""
    first = ("comment", "name", "list")
    rest = sorted(key for key in row if key not in (*first, *_UNTOLD) and row[key] is not None)
    return _fields(row, [*(key for key in first if key in row), *rest])


def _fields(row: Row, keys: Iterable[str]) -> str:
    return " ".join(f"{key}={_value(row, key)}" for key in keys)


def _value(row: Row, key: str) -> str:
    if key == SCRIPT:
        return f"({len(str(row.get(key) or '').splitlines())} lines)"
    if key == "comment" and str(row.get(key)).startswith(LEDGER):
        return _word(OF_LEDGER)
    return _word(HIDDEN if key in SECRET_FIELDS else row.get(key))


def name_of(row: Row) -> str:
    """Return what tells a row from others: its comment, and where it has none, what such rows have instead."""
    if str(row.get("comment") or "").startswith(LEDGER):
        return f"{row['list']} {row['address']}"
    if str(row.get("comment") or "").startswith(PREFIX):
        return str(row["comment"])
    keys = [key for key in ("name", "topics", "list", "address") if row.get(key)]
    return " ".join(str(row[key]) for key in keys) or str(row.get(".id", ""))


_UNTOLD = (".id", "dynamic", "inactive", "active", "invalid", "bytes", "packets")
"""What the router fills in by itself."""


def _by_name(rows: Sequence[Row]) -> dict[str, Row]:
    """Rows by name; where two have the same one, as after somebody has copied a row, the later ones get a number."""
    named: dict[str, Row] = {}
    for row in rows:
        name = name_of(row)
        number = 1
        while (name if number == 1 else f"{name} #{number}") in named:
            number += 1
        named[name if number == 1 else f"{name} #{number}"] = row
    return named


def _different(before: Row, after: Row) -> tuple[str, ...]:
    keys = (key for key in {**before, **after} if key not in _UNTOLD)
    return tuple(sorted(key for key in keys if before.get(key) != after.get(key)))


def _moved(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The fewest names that have to be moved to bring the first order to the second."""
    place = {name: index for index, name in enumerate(before)}
    ends: list[int] = []  # by length, the smallest place in which a rising chain of that length ends
    last: list[str] = []  # the names there
    previous: dict[str, str] = {}
    for name in after:
        length = bisect_left(ends, place[name])
        if length:
            previous[name] = last[length - 1]
        ends[length : length + 1], last[length : length + 1] = [place[name]], [name]
    staying = set(last[-1:])
    name = last[-1] if last else ""
    while name in previous:
        name = previous[name]
        staying.add(name)
    return [name for name in after if name not in staying]


def _word(value: object) -> str:
    text = ("yes" if value else "no") if isinstance(value, bool) else "" if value is None else str(value).replace("\n", "\\n")
    return f'"{text}"' if not text or any(letter in text for letter in ' "') else text
