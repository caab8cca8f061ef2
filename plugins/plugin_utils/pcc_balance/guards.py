# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter rows that keep the internet out of one line, and not of another: an open resolver, an open Winbox.

What is guarded is judged without rows of ours, so that a finding does not go away because it was mended by us.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..findings import Finding
from ..lines import Wan
from ..routeros.changing import Change, chosen
from ..routeros.names import BALANCE, comment
from ..routeros.paths import FILTER, LISTS, MEMBERS
from ..routeros.rows import Row, label, matchers
from ..routeros.spelling import word
from .surroundings import Surroundings

PLACE = "/ip firewall filter"
CHAINS = ("input", "forward")
KEEPS_OUT = ("drop", "reject", "tarpit")
BY_INTERFACE = ("in-interface", "in-interface-list")

#: By what a row may choose and guard all the same. Other matchers choose strangers, such as a list of attackers, or how much they may do.
GENERAL = frozenset(
    {"protocol", "dst-port", "port", "dst-address", "dst-address-type", "icmp-options", "connection-state", "connection-nat-state"}
)


@dataclass(frozen=True)
class Guard:
    """What a row keeps out, or lets in: of these `lines`, by interface, all that fits `rest`."""

    row: Row
    lines: frozenset[str]
    rest: Row

    def covers(self, other: Guard) -> bool:
        """Whether all that `other` keeps out of a line, this row keeps out of its own lines."""
        return self.rest.items() <= other.rest.items()


def unguarded_lines(router: Surroundings) -> Iterator[Finding]:
    """What the filter keeps out of some of the lines and not of others; one remark where it keeps nothing out of any line."""
    mine = f"{comment(BALANCE, 'guard')}:"
    members = [row for row in router.found[MEMBERS] if not str(row.get("comment") or "").startswith(mine)]
    theirs = replace(router, found={**router.found, MEMBERS: members})
    told: set[tuple[str, str]] = set()
    alike: dict[str, list[Finding]] = {}
    for chain in CHAINS:
        for guard, wan in _open(router, theirs, chain):
            for finding, lists in _findings(theirs, guard, wan):
                if not lists and finding.command:
                    alike.setdefault(finding.problem, []).append(finding)
                elif not lists or (lists, wan.interface) not in told:
                    yield finding
                told.add((lists, wan.interface))
    yield from (_together(findings) for findings in alike.values())
    if not any(True for _guard in _guards(theirs, "input", KEEPS_OUT)):
        problem = "no row of chain input keeps the internet out of any line, so that the router's own services are open to it"
        yield Finding("/ip firewall filter", problem, refuses=False, kind="unguarded")
    yield from _incomplete_lists(theirs, told)


def _together(findings: Sequence[Finding]) -> Finding:
    """One finding about all rows that a line lacks in the same way."""
    if len(findings) == 1:
        return findings[0]
    places = ", ".join(finding.place.removeprefix(f"{PLACE} ") for finding in findings)
    problem = findings[0].problem.replace("it guards", "they guard", 1)
    return replace(findings[0], place=f"{PLACE} {places}", problem=problem, command="\n".join(finding.command for finding in findings))


def with_guards(router: Surroundings) -> Surroundings:
    """Return the router as it is once the lists have the lines that they lack: rows of NAT may speak of the same lists."""
    added = [row for finding in unguarded_lines(router) for path, row in finding.additions if path == MEMBERS]
    return replace(router, found={**router.found, MEMBERS: [*router.found[MEMBERS], *added]})


def _guards(router: Surroundings, chain: str, actions: tuple[str, ...]) -> Iterator[Guard]:
    """The rows with one of these actions that a new connection from some line can meet."""
    for row in router.rows_of(FILTER, chain):
        rest = {key: value for key, value in matchers(row).items() if key not in BY_INTERFACE}
        lines = router.meets(row, "in", router.wans)
        if row.get("action") in actions and rest.keys() <= GENERAL and _meets_new(row) and lines and not _is_about_lines(router, row):
            yield Guard(row, lines, rest)


def _is_about_lines(router: Surroundings, row: Row) -> bool:
    """Whether a row that keeps out, or lets in, is about all but lines, or about lines only: it is no guard, and meant so."""
    name = str(row.get("in-interface-list") or "")
    inside = (row.get("action") in KEEPS_OUT) is name.startswith("!")
    members = router.members(name.removeprefix("!")) if name and inside else frozenset()
    return bool(members & router.wans.keys()) and not members & router.lan


def _meets_new(row: Row) -> bool:
    states = str(row.get("connection-state") or "new")
    return ("new" in states.removeprefix("!").split(",")) is not states.startswith("!")


def _open(router: Surroundings, theirs: Surroundings, chain: str) -> Iterator[tuple[Guard, Wan]]:
    """Each row with a line for which it, or one like it, ought to stand as well.

    A row guards also where only a member of ours makes it do so: the line for which its owner has written it may be gone.

    :param theirs: the router without members of ours.
    """
    guards, without = (list(_guards(there, chain, KEEPS_OUT)) for there in (router, theirs))
    for guard in guards:
        for interface, wan in router.wans.items():
            if not any(interface in other.lines and other.covers(guard) for other in without):
                yield guard, wan
    if guards:
        for let_in in _guards(theirs, chain, ("accept",)):
            everybody = router.meets(let_in.row, "in", router.wans) == router.wans.keys()
            if not everybody and let_in.rest.keys() <= {"connection-state"} and _is_meant_for_inside(let_in.row):
                yield from ((let_in, router.wans[interface]) for interface in sorted(let_in.lines))


def _is_meant_for_inside(row: Row) -> bool:
    """Whether a row lets in what does not come from the internet: by a list, or by all interfaces but one."""
    return bool(row.get("in-interface-list")) or str(row.get("in-interface") or "").startswith("!")


def _findings(router: Surroundings, guard: Guard, wan: Wan) -> Iterator[tuple[Finding, str]]:
    """What to do about a line, and the list that it is about."""
    row, place = guard.row, f"{PLACE} {label(guard.row)}"
    name = str(row.get("in-interface-list") or "")
    plain = name.removeprefix("!")
    problem = f"it lets in all that comes from line {wan.name}, which is open to the internet"
    if row.get("action") in KEEPS_OUT:
        problem = f"it guards {_names(router, guard, wan)}, and line {wan.name} is open to the internet"
    if name and _belongs(row, name):
        if _has_members_of_its_own(router, plain):
            because = f"{problem}, because the list '{plain}' lacks {wan.interface}"
            yield Finding(place, because, kind="lists", additions=((MEMBERS, _member(plain, wan)),)), plain
            return
    elif name:
        because = f"{problem}, because the list '{plain}' holds {wan.interface}"
        there = [member for member in router.foreign(MEMBERS) if _is_member(member, plain, wan)]
        if there:
            changes = tuple(Change(MEMBERS, member, {"disabled": True}) for member in there)
            yield Finding(place, because, kind="lists", changes=changes), plain
        else:
            yield Finding(place, because, "take it out of the lists that this one includes", kind="lists"), plain
        return
    if row.get("action") in KEEPS_OUT and (own := _own(router, row)):
        yield Finding(place, problem, command=_same_for(router, own, wan), kind="lists"), ""
    else:
        yield Finding(place, problem, "let it hold for all lines alike", kind="lists"), ""


def _belongs(row: Row, name: str) -> bool:
    """Whether the lines belong into the list of a row: it keeps out what comes from there, or lets in what does not."""
    return (row.get("action") in KEEPS_OUT) is not name.startswith("!")


def _has_members_of_its_own(router: Surroundings, name: str) -> bool:
    """Whether somebody says who is in a list; those that are built in, such as `dynamic`, the router fills."""
    return any(str(row.get("name")) == name and not row.get("builtin") for row in router.found[LISTS])


def _names(router: Surroundings, guard: Guard, lacking: Wan) -> str:
    """The lines that a row guards; where members of ours alone make it do so, the others of these, if there are any."""
    lines = router.meets(guard.row, "in", router.wans) or guard.lines - {lacking.interface} or guard.lines
    names = [wan.name for interface, wan in router.wans.items() if interface in lines]
    return f"line {names[0]}" if len(names) == 1 else f"lines {', '.join(names)}"


def _member(name: str, wan: Wan) -> Row:
    return {"list": name, "interface": wan.interface, "comment": comment(BALANCE, "guard", name, wan.name)}


def _is_member(row: Row, name: str, wan: Wan) -> bool:
    return str(row.get("list")) == name and str(row.get("interface")) == wan.interface and not row.get("dynamic")


def _own(router: Surroundings, row: Row) -> Row:
    """A row as it stands in its chain, without what a jump says that leads there; nothing where the jump alone names the interface."""
    own = next((there for there in router.found[FILTER] if there.get(".id") == row.get(".id")), {})
    return own if any(own.get(key) for key in BY_INTERFACE) else {}


def _same_for(router: Surroundings, own: Row, wan: Wan) -> str:
    """The command that adds the same row for another line, before the one that it copies."""
    copied = {key: value for key, value in matchers(own).items() if key not in BY_INTERFACE}
    kept = {"chain": own["chain"], "action": own["action"], **copied}
    if "reject-with" in own:
        kept["reject-with"] = own["reject-with"]
    words = " ".join(f"{key}={word(str(value))}" for key, value in kept.items())
    before = chosen(FILTER, own, router.found[FILTER])
    return f"/ip firewall filter add {words} in-interface={word(wan.interface)} place-before={before}"


def _incomplete_lists(router: Surroundings, told: set[tuple[str, str]]) -> Iterator[Finding]:
    """A filter that speaks of the lines by a list has to know all of them, also where nothing is open for it.

    In a list of the LAN a line is a fault, and a second one is not missing.
    """
    for row in router.foreign(FILTER):
        name = str(row.get("in-interface-list") or "").removeprefix("!")
        members = router.members(name) if _has_members_of_its_own(router, name) else frozenset()
        if not members & router.wans.keys() or members & router.lan:
            continue
        for interface, wan in router.wans.items():
            if interface not in members and (name, interface) not in told:
                told.add((name, interface))
                mend = f"/interface list member add list={word(name)} interface={word(interface)}"
                problem = f"the list '{name}' lacks {interface}, so this row does not hold for line {wan.name}"
                yield Finding(f"/ip firewall filter {label(row)}", problem, command=mend, refuses=False, kind="filter")
