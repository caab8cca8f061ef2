# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes of rows that are not ours: what is to become of a row of somebody else's, once they agree; and which row that is.

A row is known by its name, else by its comment, if no other row has the same, else by all that it says. Never by its `.id`: a router deals
them anew when it boots.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from .paths import DHCP_CLIENTS, INTERFACES, LISTS, MANGLE, NAT, PORTS
from .rows import Found, Row
from .spelling import literal, word


@dataclass(frozen=True)
class Change:
    """What one row of somebody else's is to become.

    :param path: such as ``ip firewall mangle``.
    :param row: the row as it is found, whole; it has an `.id` unless the path has one row only, such as ``ip settings``.
    :param fields: by field the new value; None takes the field away.
    :param known: what tells the row from others; whoever makes the steps fills it in.
    :param gives_back: whether the row becomes what its owner had; likewise.
    """

    path: str
    row: Row
    fields: Row
    known: Identity | None = None
    gives_back: bool = False


@dataclass(frozen=True)
class Identity:
    """What tells a row from the others of its path, for as long as its owner lets it be.

    :param by: the field whose value no other row has: the key of the path, or ``comment``; empty where there is none.
    :param place: of the rows that say the same, which one it is.
    :param of: how many there are.
    """

    by: str
    place: int
    of: int


CHANGEABLE = {
    MANGLE: frozenset({"passthrough", "connection-state", "in-interface", "in-interface-list"}),
    NAT: frozenset({"dst-address-type"}),
}
"""The fields that we ever change in rows that may have neither name nor comment. Which row it is has to be known by the others, or it could
be told today from one that it looks like tomorrow; `disabled` never tells anything."""

COMMENT = "comment"
HOST = "host"
"""What netwatch watches: its entries may have neither name nor comment."""
_KEYS = {PORTS: "interface", DHCP_CLIENTS: "interface"}
_VOLATILE = frozenset(
    {".id", "bytes", "packets", "dynamic", "builtin", "invalid", "inactive", "active", "running", "slave", "immediate-gw", "hw-offload"}
    | {"status", "since", "done-tests", "failed-tests", "sent-count", "response-count", "loss-count", "loss-percent", "rtt-avg", "rtt-min"}
    | {"rtt-max", "rtt-jitter", "rtt-stdev", "run-count", "next-run", "last-started", "owner"}
)
"""What the router fills in by itself."""
DROPPED = frozenset({"hotspot"})
"""What a row may lose when somebody toggles its `disabled` (RouterOS 7.21 has mended it, as its list of changes says)."""
_WORDS = ("fib", "blackhole")
"""Fields without a value, which are there or not."""
_TELLING = (
    *("chain", "action", "protocol", "in-interface", "out-interface", "in-interface-list", "out-interface-list", "src-address"),
    *("dst-address", "src-address-list", "dst-address-list", "connection-mark", "routing-mark", "new-connection-mark"),
    *("new-routing-mark", "jump-target", "list", "interface", "address", "gateway", "host"),
)
"""Fields that `find` compares as it compares text, in the order in which they are used to name a row."""

_NAMING = ("interface", "in-interface", "out-interface", "in-interface-list", "out-interface-list")
"""Fields that hold the name of an interface, or of a list of them."""
_LISTS_BUILT_IN = ("all", "none", "dynamic", "static")

_BARE = frozenset(
    {"input", "forward", "output", "prerouting", "postrouting", "srcnat", "dstnat", "accept", "drop", "jump", "passthrough", "masquerade"}
    | {"fasttrack-connection", "mark-connection", "mark-packet", "mark-routing", "src-nat", "dst-nat"}
)
"""Chains and actions, which are written without quotes everywhere; no field has one of these names."""


def same(one: object, other: object) -> bool:
    """Whether two values of a field are the same for RouterOS: what is not there equals what is empty, and ``no`` equals false."""
    return _plain(one) == _plain(other)


def identity(path: str, row: Row, rows: Sequence[Row], changed: Collection[str] = ()) -> Identity:
    """Return what tells one of `rows` from the others, whatever becomes of the fields that are `changed`."""
    for field in (*_own(path), HOST):
        if row.get(field) and field not in changed and sum(same(other.get(field), row[field]) for other in rows) == 1:
            return Identity(field, 0, 1)
    alike = looking_like(row, rows, changed)
    return Identity("", next((place for place, other in enumerate(alike) if other.get(".id") == row.get(".id")), 0), len(alike))


def find(
    row: Row, known: Identity | None, rows: Sequence[Row], changed: Collection[str] = (), fits: Callable[[Row], bool] = lambda _: True
) -> Row | None:
    """Return the one of `rows` that a row is now; None where it is gone.

    :param row: as it was when `known` was.
    :param changed: the fields that are not compared.
    :param fits: which of several that are alike it may be, if some have gone or come.
    """
    if ".id" not in row or known is None:
        return next(iter(rows), None)
    if known.by:
        hits = [other for other in rows if same(other.get(known.by), row[known.by])]
        if len(hits) == 1 or known.by != COMMENT:
            return hits[0] if len(hits) == 1 else None
    ignored = {*changed, *(() if known.by != COMMENT else (COMMENT,))}
    alike = looking_like(row, rows, ignored)
    if len(alike) == known.of:
        return alike[known.place]
    likely = list(filter(fits, alike)) or alike
    return next((other for other in likely if other.get(".id") == row[".id"]), next(iter(likely), None))


def find_renamed(row: Row, rows: Sequence[Row], found: Found, changed: Collection[str] = ()) -> Row | None:
    """Return the one of `rows` that a row is now, if what it names is called something else: rows of a router follow a new name.

    None where nothing that it names has gone, and where it cannot be told from others.
    """
    names = {*_LISTS_BUILT_IN, *(str(other.get("name")) for there in (INTERFACES, LISTS) for other in found.get(there, ()))}
    gone = [field for field in _NAMING if row.get(field) and str(row[field]).removeprefix("!") not in names]
    if not gone or INTERFACES not in found:
        return None
    ignored = {*changed, *gone}
    alike = looking_like(row, rows, ignored)
    likely = [other for other in alike if other.get(".id") == row.get(".id")] or alike
    return likely[0] if len(likely) == 1 else None


def looking_like(row: Row, rows: Sequence[Row], changed: Collection[str] = ()) -> list[Row]:
    """Return those of `rows` that say the same as a row, but for the fields that are `changed`."""
    return [other for other in rows if _says(other, changed) == _says(row, changed)]


def changed(row: Row, changes: Sequence[Change]) -> Row:
    """Return a row as it is once the changes are made that are about it."""
    fields = {key: value for one in changes if one.row.get(".id") == row.get(".id") for key, value in one.fields.items()}
    return {key: value for key, value in {**row, **fields}.items() if value is not None or key not in fields}


def lost(path: str, before: Row, after: Row, fields: Collection[str] | None = None) -> Row:
    """Return what a row of the firewall has lost, or which of these `fields`, beside what the router fills in by itself."""
    gone = {} if not path.startswith("ip firewall") else {key: value for key, value in before.items() if after.get(key) is None}
    return {key: value for key, value in gone.items() if value is not None and key not in _VOLATILE and (fields is None or key in fields)}


def name(path: str, row: Row, rows: Sequence[Row]) -> str:
    """Return what people call one of `rows`: by its comment or key, else by the fewest fields, and its place among those alike.

    The one row of a path such as ``ip settings`` needs no name.
    """
    if fields := [field for field in (COMMENT, _KEYS.get(path, "name")) if row.get(field)]:
        field, alike = min(((field, [other for other in rows if other.get(field) == row[field]]) for field in fields), key=_how_many)
        called = f"'{row[field]}'"
    else:
        fields, alike = _fewest(row, rows)
        called = " ".join(f"{field}={_text(row[field])}" for field in fields)
    place = next((place for place, other in enumerate(alike, 1) if other is row or other.get(".id") == row.get(".id")), 0)
    return called if len(alike) < 2 or not place else f"{called} (number {place} of {len(alike)})"


def _how_many(named: tuple[str, Sequence[Row]]) -> int:
    return len(named[1])


def command(change: Change, rows: Sequence[Row]) -> str:
    """Return the command that makes a change on a router whose path has these rows."""
    fields = " ".join(_assignment(field, value) for field, value in change.fields.items())
    return " ".join(filter(None, (f"/{change.path} set", chosen(change.path, change.row, rows), fields)))


def addition_command(path: str, row: Row) -> str:
    """Return the command that adds a row like one of ours, without the comment that says that it is ours."""
    return addition(path, {field: value for field, value in row.items() if field != COMMENT})


def addition(path: str, row: Row) -> str:
    """Return the command that adds a row."""
    return " ".join((f"/{path} add", *(_assignment(field, value) for field, value in row.items() if value is not None)))


def commands(changes: Sequence[Change], additions: Sequence[tuple[str, Row]], found: Found) -> str:
    """Return the commands for all of them, a line each."""
    lines = [command(change, found[change.path]) for change in changes]
    return "\n".join(dict.fromkeys((*lines, *(addition_command(path, row) for path, row in additions))))


def _own(path: str) -> tuple[str, str]:
    """The fields by which a row may be known, if no other row has the same."""
    return _KEYS.get(path, "name"), COMMENT


def chosen(path: str, row: Row, rows: Sequence[Row]) -> str:
    """Return how a command finds one of `rows`; empty for the one row of a path such as ``ip settings``."""
    for field in (*_own(path), HOST):
        value = "" if isinstance(row.get(field), bool) else str(row.get(field) or "")  # a text that looks like a truth is read as one
        if value and value.isascii() and sum(same(other.get(field), value) for other in rows) == 1:
            return f"[find {_compared(field, value)}]"
    fields, alike = _fewest(row, rows)
    if not fields and ".id" not in row:
        return ""
    found = " ".join(["find", *(_compared(field, row[field]) for field in fields)])
    place = next(place for place, other in enumerate(alike) if other.get(".id") == row.get(".id"))
    return f"[{found}]" if len(alike) == 1 else f"[:pick [{found}] {place} {place + 1}]"


def _fewest(row: Row, rows: Sequence[Row]) -> tuple[list[str], list[Row]]:
    """The fields that it takes to tell a row, as far as fields can, and the rows that say the same of them."""
    fields: list[str] = []
    alike = list(rows)
    for field in _TELLING:
        if row.get(field) not in (None, "") and _text(row[field]).isascii():
            fewer = [other for other in alike if same(other.get(field), row[field])]
            if len(fewer) < len(alike) or field in ("chain", "action") or not fields:
                fields, alike = [*fields, field], fewer
    return fields, alike


def _compared(field: str, value: object) -> str:
    """A field and its value as `find` takes them: a bare word that is the name of any field would be the value of that field."""
    return f"{field}={value if value in _BARE else literal(_text(value))}"


def _assignment(field: str, value: object) -> str:
    if value is None:
        return f"!{field}"
    if field in _WORDS and value == "":
        return field
    return f"{field}={_text(value) if isinstance(value, bool | int) else word(str(value))}"


def _text(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _plain(value: object) -> str:
    text = "" if value is None else _text(value)
    return {"true": "yes", "false": "no", "": ""}.get(text, text)


def _says(row: Row, without: Collection[str] = ()) -> dict[str, str]:
    """All that somebody wrote in a row, but for whether it is disabled, and what it may have lost."""
    left_out = {*_VOLATILE, *DROPPED, "disabled", *without}
    return {key: _plain(value) for key, value in row.items() if key not in left_out and value not in (None, "")}
