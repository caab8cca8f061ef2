# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands of menus in scripts: their words become those of the API, and what they answer becomes a value.

``find``, ``get`` and ``print`` read rows here, since their conditions are the language's; everything else runs as an
API client's command does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from routeros_lsp.syntax.ast import Element, Word

from ..calls import Call
from ..commands import admit, chosen_row, run
from ..errors import no_match, no_such_item
from ..leases import CLIENT
from ..paths import path
from ..reading import Shown
from ..rows import parse_id
from ..versions import BROKEN_FIND
from .errors import ScriptError
from .frame import Frame
from .heads import Head
from .menu_words import Words, check_numbers, is_list, names_no_row, read_words, word_text
from .properties import Properties, row_array
from .values import NOTHING, Array, Id, Value, to_str
from .where import meets, parse_conditions

PRINT_WORDS = frozenset(
    {
        *("as-value", "count-only", "from", "proplist"),
        *("brief", "detail", "show-ids", "stats", "terse", "value-list", "without-paging"),
    }
)
"""What ``print`` takes here; the words of the second line change what is seen on a screen."""

COUNTS = frozenset({"downloaded", "packet-loss", "received", "sent", "seq"})
"""What is a number of what ping and fetch give."""

PINGS = frozenset({path("ping"), path("tool ping")})


def run_command(head: Head, frame: Frame) -> Value:
    """Carries a command of a menu out.

    :raises Trap: when the router refuses it.
    :raises ScriptError: for arguments that are none.
    """
    special = _SPECIAL.get(head.command)
    inner = replace(frame, menu=head.menu) if head.menu and head.menu != frame.menu else frame
    if special is not None:
        return special(head, inner)
    words = read_words(head, head.rest, inner)
    if names_no_row(words):
        return NOTHING
    check_numbers(head, words, inner)
    call = _call(head, inner, words)
    reply = run(call)
    frame.execution.writes += call.writes
    if (*head.menu, head.command) in PINGS or head.command == "fetch":
        return _result(head, words, reply.rows or [], inner)
    return Id(number) if reply.ret and (number := parse_id(reply.ret)) is not None else NOTHING


def _call(head: Head, frame: Frame, words: Words = ()) -> Call:
    script = frame.execution
    attributes = tuple((name, word_text(value, is_list(head, name, frame))) for name, value in words)
    return Call(script.router, script.granted, head.menu, head.command, attributes, user=script.user, script=script)


def _matching(head: Head, elements: Sequence[Element], frame: Frame) -> list[Shown]:
    """The rows that meet conditions."""
    router = frame.execution.router
    call = _call(head, frame)
    admit(call)
    expression = parse_conditions(elements)
    rows = call.rows()
    if expression is None:
        return rows
    asked = Properties(router, head.menu, {})
    inner = replace(frame, row=asked)
    found = []
    for row in rows:
        asked.shown = row
        if meets(expression, inner):
            found.append(row)
    return found


def _find(head: Head, frame: Frame) -> Value:
    """The ids of the rows that meet the conditions; all rows without conditions [MAN] D.

    :raises ScriptError: with conditions on the release whose ``find`` is broken: whatever it does there, nobody can build on it.
    """
    conditions = [element for element in head.rest if not _is_where(element)]
    if conditions and frame.execution.router.version in BROKEN_FIND:
        raise ScriptError("lab: find with arguments is broken on 7.24.0", head.position)
    return Array(tuple(_id(row) for row in _matching(head, conditions, frame)))


def _id(row: Shown) -> Value:
    return Id(parse_id(row.get(".id", "")) or 0)


def _print(head: Head, frame: Frame) -> Value:
    """``as-value`` gives an array of arrays, ``count-only`` a number, everything else prints nowhere [MAN] D."""
    cut = next((index for index, element in enumerate(head.rest) if _is_where(element)), len(head.rest))
    words = dict(read_words(head, head.rest[:cut], frame))
    if others := words.keys() - PRINT_WORDS:
        raise ScriptError(f"lab: print {min(others)} is not played here", head.position)
    rows = _matching(head, head.rest[cut + 1 :], frame)
    if "from" in words:
        chosen = word_text(words["from"]).split(",")
        rows = [row for row in rows if row.get(".id") in chosen or row.get("name") in chosen]
    if "count-only" in words:
        return len(rows)
    if "as-value" not in words:
        return NOTHING
    if "proplist" in words:
        names = word_text(words["proplist"]).split(",")
        rows = [{name: row[name] for name in names if name in row} for row in rows]
    return Array(tuple(row_array(frame.execution.router, head.menu, row) for row in rows))


def _get(head: Head, frame: Frame) -> Value:
    """One property of one row, or all of them as an array. A row that is not there raises [TIK4] O."""
    router = frame.execution.router
    words = read_words(head, head.rest, frame)
    if names_no_row(words):
        raise no_such_item()
    check_numbers(head, words, frame)
    call = _call(head, frame, words)
    admit(call)
    row = chosen_row(call)
    name = dict(words).get("value-name")
    if name is None:
        return row_array(router, head.menu, row)
    properties = Properties(router, head.menu, row)
    if to_str(name) not in properties:
        raise no_match("value-name")
    if head.menu == CLIENT and to_str(name) == "gateway" and "gateway" not in row and router.traits.unbound_gateway_is_refused:
        raise no_such_item()  # the text is unknown
    return properties[to_str(name)]


def _is_where(element: Element) -> bool:
    return isinstance(element, Word) and element.text == "where"


def _result(head: Head, words: Words, rows: Sequence[Shown], frame: Frame) -> Value:
    """What ``/ping`` and ``/tool/fetch`` give: the number of replies, or with ``as-value`` everything [MAN, EWORM]
    D/O. All that fetch gives is one array."""
    arrays = tuple(Array((), {name: int(text) if name in COUNTS else text for name, text in row.items()}) for row in rows)
    if "as-value" not in dict(words):
        return NOTHING if head.command == "fetch" else sum("status" not in row for row in rows)
    return arrays[-1] if head.command == "fetch" and arrays else Array(arrays)


_SPECIAL: Mapping[str, Callable[[Head, Frame], Value]] = {"find": _find, "get": _get, "print": _print}
