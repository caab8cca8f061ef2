# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What we have changed in rows of others, written down on the router, so that each of them can be given back.

    found ──► original(): the router as its owner has it ──► findings ──► changes that the owner agrees to ──► steps()

An entry is written before its change and goes after the row was given back, so wherever a run is cut, the next one knows the row. It is
kept as disabled address-list entries of addresses that nobody has (240.0.0.0/4 is reserved, RFC 1112): they have no effect, stand in the
configuration and in every backup, and whoever may change a firewall may write them. A comment may be too short for an entry; then it
goes on in more of them, and counts only if it is whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from ipaddress import IPv4Address
from itertools import count

from .findings import Finding
from .routeros.changing import CHANGEABLE, DROPPED, Change, Identity, find, find_renamed, identity, looking_like, lost, name, same
from .routeros.names import LEDGER, LEDGER_LIST
from .routeros.paths import ADDRESS_LIST
from .routeros.rows import Found, Row
from .routeros.steps import Step, alter, write_where

MOST = 900
"""Bytes of an entry in one comment. How much a comment of an address-list entry holds is not known; 1000 bytes were seen."""

Value = str | int | bool | None


@dataclass(frozen=True)
class Entry:
    """One field of somebody else's row that we have changed, or were about to.

    :param row: the row as its owner had it, whole.
    :param known: what tells the row from others.
    :param old: the value that it had; None where it had none.
    :param written: the value that we have written; None where we have taken it away.
    """

    path: str
    row: Row
    known: Identity
    field: str
    old: Value
    written: Value

    @property
    def text(self) -> str:
        """The whole of it in plain ASCII, without two spaces side by side."""
        known = [self.known.by, self.known.place, self.known.of]
        parts = {"path": self.path, "known": known, "field": self.field, "old": self.old, "written": self.written, "row": self.row}
        return json.dumps(parts, sort_keys=True, separators=(",", ":")).replace("  ", " \\u0020")

    @property
    def key(self) -> str:
        """What its comments have in common."""
        return sha256(self.text.encode()).hexdigest()[:12]


def entries(found: Found) -> list[Entry]:
    """Return the entries that are whole, in the order in which they were written."""
    parts: dict[str, dict[int, str]] = {}
    lengths: dict[str, int] = {}
    for row in found.get(ADDRESS_LIST, ()):
        if match := re.fullmatch(rf"{LEDGER}(\w+):([0-9]+)/([0-9]+):(.*)", str(row.get("comment") or ""), re.DOTALL):
            parts.setdefault(match[1], {})[int(match[2])] = match[4]
            lengths[match[1]] = int(match[3])
    texts = {key: "".join(there[number] for number in sorted(there)) for key, there in parts.items() if len(there) == lengths[key]}
    return [_read(text) for key, text in texts.items() if sha256(text.encode()).hexdigest().startswith(key)]


def original(found: Found) -> Found:
    """Return the router as its owner has it: what we have changed and is still as we wrote it has its old value."""
    given_back: dict[str, dict[int, Row]] = {}
    for seen in _seen(found):
        if seen.row is None or not (seen.is_ours or seen.is_old):
            continue
        rows = given_back.setdefault(seen.entry.path, {})
        row = rows.setdefault(id(seen.row), {**seen.row, **lost(seen.entry.path, seen.entry.row, seen.row, DROPPED)})
        if seen.is_ours:
            row[seen.entry.field] = seen.entry.old
            if seen.entry.old is None:
                del row[seen.entry.field]
    changed = {path: [rows.get(id(row), row) for row in found[path]] for path, rows in given_back.items()}
    return {**found, **changed}


def steps(found: Found, wanted: Sequence[Change] = ()) -> list[Step]:
    """Return what to write for the router to be as its owner has it, but for the changes that are `wanted` of it.

    The changes are those of `original`.
    """
    seen = [one for one in _seen(found) if one.row is not None]
    targets = {(change.path, _id(change.row), field): (change.row, value) for change in wanted for field, value in change.fields.items()}
    kept = [one.entry for one in seen if one.is_kept(targets)]
    covered = {one.key for one in seen if one.is_kept(targets)}
    origin, current = original(found), {(path, _id(row)): row for path, rows in found.items() for row in rows}
    fields_of = _fields([*((one.entry.path, one.entry.field) for one in seen), *((path, field) for path, _at, field in targets)])
    new = []
    changes: dict[tuple[str, str], Row] = {}
    for (path, at, field), (row, value) in targets.items():
        if same(_old(current[path, at], field), value):
            continue
        changes.setdefault((path, at), {})[field] = value
        if (path, at, field) not in covered:
            known = identity(path, row, origin[path], fields_of[path] | CHANGEABLE.get(path, frozenset()))
            new.append(Entry(path, _bare(row), known, field, _old(row, field), value))
    for one in seen:
        fields: Row = lost(one.entry.path, one.entry.row, one.row or {}, DROPPED) if one.is_ours or one.is_old else {}
        if one.is_ours and one.key not in targets:
            fields[one.entry.field] = one.entry.old
        if fields:
            changes.setdefault(one.key[:2], {}).update(fields)
    taken = {key[:2] for key in targets}
    altered = _fields((path, field) for (path, _at), fields in changes.items() for field in fields)
    made = [
        Change(path, current[path, at], fields, identity(path, current[path, at], found[path], altered[path]), (path, at) not in taken)
        for (path, at), fields in changes.items()
    ]
    return _in_order(found, kept, new, made)


def told(found: Found) -> Iterator[Finding]:
    """Yield what somebody else has done since to what we have changed: it is theirs, and the entry is forgotten."""
    known = {seen.key for seen in _seen(found) if seen.is_ours or seen.is_old}
    for seen in _seen(found):
        entry = seen.entry
        place = f"/{entry.path} {name(entry.path, entry.row, [entry.row])}".rstrip()
        if seen.row is None:
            problem = f"this run cannot give back its {entry.field}, since the row is not there any more"
            yield Finding(place, problem, refuses=False, kind="taken-over")
        elif seen.key not in known:
            problem = f"its {entry.field} was changed by a run, and since then by somebody else"
            yield Finding(place, problem, "it stays as it is", refuses=False, kind="taken-over")


@dataclass(frozen=True)
class _Seen:
    """An entry, and the row that it is about as it is now."""

    entry: Entry
    row: Row | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.entry.path, _id(self.row or {}), self.entry.field

    @property
    def is_ours(self) -> bool:
        """Whether the field is as we wrote it."""
        return self.row is not None and same(_old(self.row, self.entry.field), self.entry.written)

    @property
    def is_old(self) -> bool:
        """Whether the field is as it was."""
        return self.row is not None and same(_old(self.row, self.entry.field), self.entry.old)

    def is_kept(self, targets: dict[tuple[str, str, str], tuple[Row, Value]]) -> bool:
        """Whether what was written is still wanted."""
        return (self.is_ours or self.is_old) and self.key in targets and same(targets[self.key][1], self.entry.written)


def _seen(found: Found) -> list[_Seen]:
    there = entries(found)
    fields = _fields((entry.path, entry.field) for entry in there)
    rows = [_find(entry, found.get(entry.path, ()), fields[entry.path]) for entry in there]
    known = {(entry.path, _id(row)) for entry, row in zip(there, rows, strict=True) if row}
    left = {path: [row for row in found[path] if (path, _id(row)) not in known] for path in found}
    return [
        _Seen(entry, row or find_renamed(entry.row, left.get(entry.path, ()), found, fields[entry.path]))
        for entry, row in zip(there, rows, strict=True)
    ]


def _find(entry: Entry, rows: Sequence[Row], changed: set[str]) -> Row | None:
    """The row that an entry is about. One that looks like no other, but for what was changed, needs no place among others."""
    if not entry.known.by and len(alone := looking_like(entry.row, rows, changed)) == 1:
        return alone[0]
    return find(entry.row, entry.known, rows, changed | CHANGEABLE.get(entry.path, frozenset()), partial(_fits, entry))


def _fits(entry: Entry, row: Row) -> bool:
    return any(same(_old(row, entry.field), value) for value in (entry.written, entry.old))


def _fields(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """The fields that are changed, by path."""
    fields: dict[str, set[str]] = {}
    for path, field in pairs:
        fields.setdefault(path, set()).add(field)
    return fields


def _in_order(found: Found, kept: Sequence[Entry], new: Sequence[Entry], changes: Sequence[Change]) -> list[Step]:
    there = [row for row in found.get(ADDRESS_LIST, ()) if str(row.get("comment") or "").startswith(LEDGER)]
    bare = [_listed(str(row["address"]), str(row["comment"])) for row in there]
    added = list(_rows(new, {str(row["address"]) for row in there}))
    left = [row for row in bare if str(row["comment"]).removeprefix(LEDGER).partition(":")[0] in {entry.key for entry in kept}]
    by_path: dict[str, list[Change]] = {}
    for one in changes:
        by_path.setdefault(one.path, []).append(one)
    return [
        *([_ledger([*bare, *added])] if added else []),
        *(alter(path, some) for path, some in by_path.items()),
        *([_ledger([*left, *added])] if len(left) < len(bare) else []),
    ]


def _ledger(rows: Sequence[Row]) -> Step:
    return write_where(ADDRESS_LIST, rows, "comment", f"^{LEDGER}")


def _rows(new: Sequence[Entry], taken: set[str]) -> Iterator[Row]:
    texts = [text for entry in new for text in _parts(entry)]
    free = (address for address in map(str, map(IPv4Address, count(int(IPv4Address("240.0.0.1"))))) if address not in taken)
    yield from (_listed(address, text) for text, address in zip(texts, free, strict=False))


def _parts(entry: Entry) -> list[str]:
    """An entry as comments; one that ends in a space may lose it."""
    parts = re.findall(rf".{{1,{MOST}}}(?<! )", entry.text)
    return [f"{LEDGER}{entry.key}:{number}/{len(parts)}:{part}" for number, part in enumerate(parts, 1)]


def _listed(address: str, comment: str) -> Row:
    return {"list": LEDGER_LIST, "address": address, "disabled": True, "comment": comment}


def _read(text: str) -> Entry:
    parts = json.loads(text)
    return Entry(parts["path"], parts["row"], Identity(*parts["known"]), parts["field"], parts["old"], parts["written"])


def _bare(row: Row) -> Row:
    """A row without what is not there, and what counts up."""
    return {key: value for key, value in row.items() if value is not None and key not in ("bytes", "packets")}


def _old(row: Row, field: str) -> Value:
    """The value of a field; `disabled` cannot be taken away, so where it is not there it is false."""
    value = row.get(field)
    return False if value is None and field == "disabled" else value


def _id(row: Row) -> str:
    return str(row.get(".id", ""))
