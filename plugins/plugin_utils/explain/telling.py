# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An explanation for people, the answer first, and the same for plays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from ..routeros.names import BALANCE, BYPASS_LIST, LAN_LIST, comment, mark
from ..routeros.rows import Row, label
from .answer import ARRIVAL, BALANCED, BYPASSED, LIVE, MARKED, NO_LINE, ROUTER, UNKNOWN, UNMARKED, Answer, Explanation, Live, Part
from .packets import HASH, UNKNOWN_LAN, Scene
from .question import WITH_PORTS

FINEST = 20
"""A share in more parts than that is told in percent."""
MOST_WAYS = 3
"""So many ways to a line are told, and of the rest how many they are."""
NO = "no line"

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
    """Return the lines for people: one for each connection that is there, then for a new one, and why."""
    new, scene = explanation.new, explanation.scene
    lines = [_live(live, explanation) for live in explanation.live]
    lines.append(f"{_shares(new.parts) or UNKNOWN_WORDS}: {_what(explanation, new)}")
    return [*lines, *_why(explanation, new), *_conditions(explanation, new, scene)]


UNKNOWN_WORDS = "not known"


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
        "lines": [_part(part) for part in answer.parts if part.line],
        "why": label(answer.why).strip("'") if answer.why else "",
        "unknown": answer.doubt,
    }


def _part(part: Part) -> dict[str, Any]:
    rows = list(dict.fromkeys(_name(row) for way in part.ways for row in way))
    return {"name": part.line, "share": str(part.share), "share_percent": round(float(part.share * 100), 3), "rows": rows}


def _live_data(live: Live) -> dict[str, Any]:
    line = next((part.line for part in live.answer.parts), "")
    rows = _part(live.answer.parts[0])["rows"] if live.answer.parts else []
    unknown = live.answer.doubt
    return {"from": live.source, "mark": live.mark, "line": line, "rows": rows, "begins_anew": live.begins_anew, "unknown": unknown}


def _name(row: Row) -> str:
    return str(row.get("comment") or "").strip() or label(row)


def _shares(parts: Sequence[Part]) -> str:
    """``isp1 2/3, isp2 1/3``; the name alone of one that takes all."""
    return ", ".join((part.line or NO) + (f" {_share(part.share)}" if part.share < 1 else "") for part in parts)


def _share(share: Fraction) -> str:
    return str(share) if share.denominator <= FINEST else f"{float(share * 100):.1f} %"


def _what(explanation: Explanation, answer: Answer) -> str:
    """What becomes of a new connection, in one sentence."""
    scene, lines = explanation.scene, [part.line for part in answer.parts]
    out = f" while {_listed(sorted(explanation.question.during))} {_is(explanation.question.during)} out of use" * bool(explanation.now)
    match answer.kind:
        case kind if kind == UNKNOWN:
            return answer.doubt
        case kind if kind == BALANCED:
            said = f"new, balanced{out} by row {label(answer.why)}" if answer.why else f"new, balanced{out}"
        case kind if kind == BYPASSED and answer.why and "list" in answer.why:
            said = f"new, not balanced{out}, because the list {BYPASS_LIST} has {_name(answer.why)}"
        case kind if kind == BYPASSED and answer.why:
            said = f"new, not balanced{out}, because of row {label(answer.why)}"
        case kind if kind == MARKED and answer.why:
            said = f"new, marked{out} by row {label(answer.why)}, which is not of this collection"
        case kind if kind == ARRIVAL:
            said = _arrival(answer, lines, out)
        case kind if kind == ROUTER:
            said = f"new, begun by the router itself, without a mark{out}"
        case kind if kind == NO_LINE:
            return f"it goes by {' or '.join(sorted(answer.out))}{out}" if answer.out else f"nothing leads there{out}"
        case kind if kind == UNMARKED and not answer.entry.interfaces <= scene.router.members(LAN_LIST):
            said = f"new, not balanced{out}, because {_door(answer)} is not in the LAN"
        case _:
            said = f"new, without a mark{out}"
    all_out = [line for line in lines if line in scene.down]
    return f"{said}; {_listed(all_out)} {_is(all_out)} out of use, and no line is left" if all_out and answer.kind == BALANCED else said


def _arrival(answer: Answer, lines: Sequence[str], out: str) -> str:
    by = f" by row {label(answer.why)}" if answer.why else ", without a mark"
    if lines == [answer.entry.line]:
        return f"comes in by it, and its answers leave by it{out},{by}" if answer.why else f"comes in by it, and its answers leave by it{out}{by}"
    return f"comes in by {answer.entry.line}, and its answers leave by another line{out}"


def _why(explanation: Explanation, answer: Answer) -> Iterator[str]:
    """By which rows, in short."""
    several = len(answer.parts) > 1 or any(len(part.ways) > 1 for part in answer.parts)
    for part in answer.parts:
        ways = list(dict.fromkeys(", ".join(map(_named, _deciding(way, answer))) for way in part.ways))
        more = f" or {len(ways) - MOST_WAYS} other ways" if len(ways) > MOST_WAYS else ""
        if ways[0]:
            yield f"    {f'{part.line or NO}: ' if several else ''}{' or '.join(ways[:MOST_WAYS])}{more}"
    if len(answer.parts) > 1:
        yield from _hash(explanation, answer)
    for row in (row for part in answer.parts[:1] for way in part.ways[:1] for row in way if row.get("action") in ("dst-nat", "redirect")):
        where = answer.target if row.get("action") == "dst-nat" and answer.target else "the router itself"
        yield f"    /ip/firewall/nat {label(row)} sends it to {where}"
    if answer.later:
        yield f"    {answer.later}"
    if explanation.now is not None:
        yield f"    now: {_shares(explanation.now.parts) or UNKNOWN_WORDS}"


def _deciding(way: Sequence[Row], answer: Answer) -> Iterator[Row]:
    """Of the rows of one way those that say which line it is: what marks the connection, or the rules and routes of what has no mark."""
    marked = answer.kind in (BALANCED, MARKED)
    for row in way:
        if marked and (row.get("action") == "mark-connection" or _is_leaving(row)):
            yield row
        elif not marked and ("dst-address" in row and "chain" not in row):
            yield row


def _is_leaving(row: Row) -> bool:
    text = str(row.get("comment") or "")
    return text.startswith((comment(BALANCE, "leave", ""), comment(BALANCE, "suspect", "")))


def _named(row: Row) -> str:
    kind = "route" if "dst-address" in row and "chain" not in row else "row"
    return f"{kind} {label(row)}"


def _hash(explanation: Explanation, answer: Answer) -> Iterator[str]:
    """What the shares are of: nobody can read the seed of the router's hash."""
    question = explanation.question
    rows = [row for part in answer.parts for way in part.ways for row in way if row.get(HASH)]
    words = list(dict.fromkeys(str(row[HASH]).removeprefix("!").partition(":")[0] for row in rows))
    hashed = " and ".join(_HASHED.get(word, word.replace("-", " ")) for word in words)
    stays = {"src-address": f"all of {question.source}", "both-addresses": f"all from {question.source} to {question.destination}"}
    same = f"{stays[words[0]]} by these rows goes by the same line" if len(words) == 1 and words[0] in stays else "it is the same one each time"
    ports = question.protocol in WITH_PORTS and any("port" in word for word in words)
    until = "each connection is dealt anew" if ports else f"{same} until the router restarts"
    yield f"    which line, only the router's hash of {hashed} knows: its seed cannot be read; {until}"


def _live(live: Live, explanation: Explanation) -> str:
    marked = f"has the mark {live.mark}" if live.mark else "has no mark"
    if live.answer.doubt:
        return f"{UNKNOWN_WORDS}: live, {live.source} {marked}: {live.answer.doubt}"
    line = _shares(live.answer.parts)
    if live.begins_anew:
        return f"{line} now: live, {live.source} {marked}; it is removed when {line} is out of use, and begins anew"
    stays = ", and stays there" if explanation.now is not None else ""
    by = next((f" by row {label(row)}" for part in live.answer.parts for way in part.ways for row in way if row.get("new-routing-mark")), "")
    return f"{line}: live, {live.source} {marked}{by}{stays}"


def _conditions(explanation: Explanation, answer: Answer, scene: Scene) -> Iterator[str]:
    """What is taken for granted where no router was asked."""
    if scene.asked or answer.kind == UNKNOWN:
        return
    question, taken = explanation.question, []
    if answer.entry.interfaces == {UNKNOWN_LAN}:
        taken.append(f"{question.source} is in the LAN")
    if answer.kind in (BYPASSED, UNMARKED, ROUTER) and answer.parts:
        taken.append(f"main has no way of its own to {question.destination}")
        if not scene.intent.options.first_wan and len(scene.intent.wans) > 1:
            taken.append("pcc_balance_first_wan, or main's own default route, does not put another line first")
    if answer.kind == ARRIVAL:
        taken.append(f"{question.destination} is an address of the router")
    yield f"    from the plan, no router was asked{': as long as ' + ', and '.join(taken) if taken else ''}"


def _door(answer: Answer) -> str:
    return answer.entry.doors.replace(UNKNOWN_LAN, "the LAN")


def _listed(names: Sequence[str]) -> str:
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _is(names: object) -> str:
    return "are" if isinstance(names, list | frozenset) and len(names) > 1 else "is"


_ = (LIVE, mark)
