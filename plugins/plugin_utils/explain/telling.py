# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An explanation for people, the answer first, and the same for plays."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from typing import Any

from ..periods import periods
from ..routeros.names import BALANCE, BYPASS_LIST, LAN_LIST, comment
from ..routeros.rows import Row, label
from .answer import ARRIVAL, BALANCED, BYPASSED, MARKED, NO_LINE, ROUTER, UNKNOWN, UNMARKED, Answer, Explanation, Live, Part
from .packets import HASH, UNKNOWN_LAN
from .question import WITH_PORTS, Question

FINEST = 20
"""A share in more parts than that is told in percent."""
MOST_WAYS = 3
"""So many ways to a line are told, and of the rest how many they are."""
NO, NOBODY_KNOWS = "no line", "not known"
"""What stands where the lines do."""

_NUMBER = re.compile(r":[0-9]+$")
_HASHED = {
    "src-address": "the client's address",
    "dst-address": "the server's address",
    "src-port": "the client's port",
    "dst-port": "the server's port",
    "src-address-and-port": "the client's address and port",
    "dst-address-and-port": "the server's address and port",
}
"""What the hash is made of (manual, "Mangle"), where the word alone does not say it."""


def told(explanation: Explanation) -> list[str]:
    """Return the lines for people: one for each connection that is there, then for a new one, and below it why."""
    new = explanation.new
    why = [*_why(explanation), *_hash(explanation), *_beside(explanation), *_conditions(explanation)]
    return [
        *(_live(live, explanation) for live in explanation.live),
        f"{_shares(new)}: {_what(explanation)}",
        *(f"    {line}" for line in why),
    ]


def as_data(explanation: Explanation) -> dict[str, Any]:
    """Return the same for plays, in the form that module explain documents."""
    question, now = explanation.question, explanation.now
    return {
        "connection": question.ends,
        "during": sorted(question.during),
        "rows_from": "router" if explanation.scene.asked else "plan",
        **_answer(explanation.new),
        "now": None if now is None else _answer(now),
        "live": [_live_data(live) for live in explanation.live],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "kind": answer.kind,
        "lines": _lines(answer),
        "why": _name(answer.why) if answer.why else "",
        "unknown": answer.doubt,
        "if_met": _lines(answer.if_met),
        "if_not": _lines(answer.if_not),
    }


def _lines(answer: Answer | None) -> list[dict[str, Any]]:
    return [_part(part) for part in answer.parts if part.line] if answer else []


def _part(part: Part) -> dict[str, Any]:
    rows = list(dict.fromkeys(_name(row) for way in part.ways for row in way))
    return {"name": part.line, "share": str(part.share), "share_percent": round(float(part.share * 100), 3), "rows": rows}


def _live_data(live: Live) -> dict[str, Any]:
    of_line = [_part(part) for part in live.answer.parts]
    line, rows = (of_line[0]["name"], of_line[0]["rows"]) if of_line else ("", [])
    said = {"from": live.source, "mark": live.mark, "line": line, "rows": rows}
    return {**said, "begins_anew": live.begins_anew, "unknown": live.answer.doubt}


def _name(row: Row) -> str:
    return str(row.get("comment") or "").strip() or label(row)


def _shares(answer: Answer) -> str:
    """``isp1 2/3, isp2 1/3``; the name alone of one that takes all."""
    if answer.kind == UNKNOWN or answer.doubt:
        return NOBODY_KNOWS
    return ", ".join((part.line or NO) + (f" {_share(part.share)}" if part.share < 1 else "") for part in answer.parts)


def _share(share: Fraction) -> str:
    return str(share) if share.denominator <= FINEST else f"{float(share * 100):.1f} %"


def _what(explanation: Explanation) -> str:
    """What becomes of a new connection, in one sentence."""
    answer, lines = explanation.new, [part.line for part in explanation.new.parts]
    if answer.doubt:
        return f"{answer.doubt}{_while(explanation)}"
    none_left = len(explanation.scene.down) == len(explanation.scene.intent.wans)
    return f"{_becomes(explanation, lines)}{_while(explanation)}{'; none is left, so it is as if none were' if none_left else ''}"


def _becomes(explanation: Explanation, lines: Sequence[str]) -> str:
    answer = explanation.new
    row = f"row {label(answer.why)}" if answer.why else ""
    if answer.kind == ARRIVAL:
        answered = "and is answered by it" if lines == [answer.entry.line] else "but is answered by another way"
        return f"comes in by {answer.entry.line}, {answered}, {f'by {row}' if row else 'without a mark, as who is near is'}"
    if answer.kind == NO_LINE:
        return f"it goes by {' or '.join(sorted(answer.out))}" if answer.out else "it stays on the router, or nothing leads there"
    if answer.kind == BYPASSED and answer.why and "list" in answer.why:
        return f"new, not balanced: the list {BYPASS_LIST} has {explanation.question.destination}, by {row}"
    if answer.kind == UNMARKED:
        outside = not answer.entry.interfaces <= explanation.scene.router.members(LAN_LIST)
        return f"new, not balanced: {f'{answer.entry.doors} is not in the LAN' if outside else 'no row marks it'}"
    return {
        BALANCED: f"new, balanced by {row}",
        BYPASSED: f"new, not balanced because of {row}",
        MARKED: f"new, marked by {row}, which is somebody else's",
        ROUTER: "new, begun by the router itself, which marks none of its own",
    }[answer.kind]


def _while(explanation: Explanation) -> str:
    during = sorted(explanation.question.during)
    return f", while {_listed(during)} {_is(during)} out of use" if explanation.now is not None else ""


def _why(explanation: Explanation) -> Iterator[str]:
    """By which rows each line takes it; ways by rows that differ in their number only are told once."""
    for part in explanation.new.parts:
        alike: dict[object, list[list[Row]]] = {}
        for way in part.ways:
            rows = _deciding(way, explanation.new)
            key = tuple(_NUMBER.sub("", _name(row)) for row in rows)
            if rows not in alike.setdefault(key, []):
                alike[key].append(rows)
        for ways in [ways for key, ways in alike.items() if key][:MOST_WAYS]:
            yield f"{part.line or NO}: {_rows(ways[0])}{f', or {len(ways) - 1} alike' if len(ways) > 1 else ''}"
        if len(alike) > MOST_WAYS:
            yield f"{part.line or NO}: or {len(alike) - MOST_WAYS} other ways"


def _deciding(way: Sequence[Row], answer: Answer) -> list[Row]:
    """Of the rows of one way those that say which line it is: what marks the connection last, or the route of what has no mark."""
    if answer.kind not in (BALANCED, MARKED):
        return [row for row in way if _is_route(row)][-1:]
    rows = [row for row in way if row.get("action") == "mark-connection" or _is_leaving(row)]
    nothing: Row = {}
    overwritten = [
        row.get("action") == then.get("action") == "mark-connection" for row, then in zip(rows, [*rows[1:], nothing], strict=True)
    ]
    return [row for row, gone in zip(rows, overwritten, strict=True) if not gone]


def _rows(rows: Sequence[Row]) -> str:
    if _is_route(rows[0]):
        return _route(rows[0])
    return f"row{'s' if len(rows) > 1 else ''} {_listed([label(row) for row in rows])}"


def _is_leaving(row: Row) -> bool:
    return str(row.get("comment") or "").startswith((comment(BALANCE, "leave", ""), comment(BALANCE, "suspect", "")))


def _is_route(row: Row) -> bool:
    return "dst-address" in row and "chain" not in row and "action" not in row


def _route(row: Row) -> str:
    if str(row.get("comment") or "").strip():
        return f"route {label(row)}"
    return f"route to {row['dst-address']} by {row.get('gateway') or 'nothing'}"


def _hash(explanation: Explanation) -> Iterator[str]:
    """What the shares are of: nobody can read the seed of the router's hash."""
    question, parts = explanation.question, explanation.new.parts
    if len(parts) < 2:
        return
    rows = [row for part in parts for way in part.ways for row in way if row.get(HASH)]
    words = list(dict.fromkeys(str(row[HASH]).removeprefix("!").partition(":")[0] for row in rows))
    hashed = " and ".join(_HASHED.get(word, word.replace("-", " ")) for word in words)
    kept = _keeps(question, words, by_time=bool(periods(explanation.scene.intent.wans)))
    yield f"which one, the router's hash of {hashed} decides, and its seed cannot be read; {kept}"


def _keeps(question: Question, words: Sequence[str], *, by_time: bool) -> str:
    """What does not change until the router draws another seed; where weights go by time of day, until the next hours."""
    if question.protocol in WITH_PORTS and any("port" in word for word in words):
        return "each connection is dealt anew"
    who = {"src-address": str(question.source), "dst-address": f"who goes to {question.destination}"}
    both = f"{question.source} to {question.destination}"
    until = "the hours of a schedule begin or end, rows change" if by_time else "rows change"
    return f"{who.get(words[0], both) if len(words) == 1 else both} keeps its line until {until} or the router restarts"


def _beside(explanation: Explanation) -> Iterator[str]:
    """What NAT does, what follows, and how it is without the outage."""
    answer = explanation.new
    met = (row for part in answer.parts[:1] for row in part.ways[0] if row.get("action") in ("dst-nat", "redirect"))
    for row in met:
        where = answer.target if row.get("action") == "dst-nat" and answer.target else "the router itself"
        yield f"/ip/firewall/nat {label(row)} sends it to {where}"
    if answer.later:
        yield answer.later
    for words, other in (("if so", answer.if_met), ("if not", answer.if_not)):
        if other is not None:
            yield f"{words}: {_shares(other)}{f': {other.doubt}' if other.doubt else ''}"
    if explanation.scene.drained and answer.kind in (BALANCED, BYPASSED, UNMARKED, ROUTER):
        drained = sorted(explanation.scene.drained)
        yield f"{_listed(drained)} {_is(drained)} drained"
    out = sorted({part.line for part in answer.parts} & explanation.scene.down)
    if out and len(explanation.scene.down) < len(explanation.scene.intent.wans):
        yield f"{_listed(out)} {_is(out)} out of use, and takes it all the same as long as the router has the route"
    if explanation.now is not None:
        yield f"now: {_shares(explanation.now)}"
    elif during := sorted(explanation.question.during):
        yield f"{_listed(during)} {_is(during)} out of use now"


def _conditions(explanation: Explanation) -> Iterator[str]:
    """What is taken for granted where no router was asked."""
    answer, question, scene = explanation.new, explanation.question, explanation.scene
    if scene.asked or answer.doubt:
        return
    taken = []
    if answer.entry.interfaces == {UNKNOWN_LAN}:
        taken.append(f"{question.source} is in the LAN")
    if answer.kind in (BYPASSED, UNMARKED, ROUTER):
        taken.append(f"main has no way of its own to {question.destination}")
        if not scene.intent.options.first_wan:
            taken.append("main's own default route puts no other line first (pcc_balance_first_wan)")
    if answer.kind == ARRIVAL:
        taken.append(f"{question.destination} is an address of {answer.entry.line}")
    yield f"no router was asked: that is the plan, if {_listed(taken)}"


def _live(live: Live, explanation: Explanation) -> str:
    marked = f"live, {live.source} has {f'the mark {live.mark}' if live.mark else 'no mark'}"
    answer, shares = live.answer, _shares(live.answer)
    if answer.doubt:
        return f"{shares}: {marked}; {answer.doubt}"
    if live.begins_anew:
        return f"{shares} now: {marked}; it is removed when {shares} goes out of use, and begins anew"
    marking = (row for part in answer.parts for way in part.ways for row in way if row.get("action") == "mark-routing")
    by = next((f", by row {label(row)}" for row in marking), "")
    return f"{shares}: {marked}{by}{', and stays' if explanation.now is not None else ''}"


def _listed(names: Sequence[str]) -> str:
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _is(names: Collection[str]) -> str:
    return "are" if len(names) > 1 else "is"
