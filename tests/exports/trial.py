# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One configuration from its first run to its removal: what refuses, what the owner answers, where packets go, what is left behind.

It is the way of a playbook of roles pcc_balance and failover_netwatch, without Ansible around it.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network

from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.script import LOCK
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import out_of_use
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, DHCP_CLIENTS, NETWATCH, ROUTES

from tests.lab.experiments.room import Room, open_room
from tests.lab.network.lookup import NO_ROUTE, lookup
from tests.lab.network.plugging import interface_of, plug
from tests.lab.network.surroundings import Line
from tests.lab.router.lab import Lab
from tests.unit.apply.router import read
from tests.unit.door.runs import look, run

from . import rehearsal
from .cases import Case
from .inventory import BALANCE, FAILOVER, options
from .people import People, ask, call_again, gather, open_connections, turned_away

COUNT = 200
"""Connections that are counted at the ISPs."""
ANSWERS = 30
"""Connections that have to be answered."""
DEVIATIONS = 4
"""How far a share may be off by chance."""
WINDOW = 4
"""Seconds that a line has to be clean before it is good again; less than what users wait."""
PATIENCE = 60
"""Seconds in which everything has to have happened, also where many labs share a machine."""
STEADY = 3
"""Seconds that all has to be well after a lease has moved: what was lost by the old gateway may come late."""
SOMEWHERE = "198.19.0.1"
"""An address of the internet."""
LAST = 99
"""A distance behind all others."""


@dataclass
class Trial:
    """What became of a configuration.

    :param skipped: lines of the export that the lab's router does not take.
    :param left_out: rows of its firewall that the lab's network does not play.
    :param alone: what refuses without any variable: how often each kind.
    :param answered: the same with the variable.
    :param told: the sentences of what refuses with the variable.
    :param shares: how many of the connections each line got, and how many it should.
    :param answers: how many of some connections were answered.
    :param rehearsal: what a rehearsal on the export says otherwise.
    :param outages: what went wrong while a line was out, or after it, by line; and while main's defaults moved.
    :param moves: what went wrong while the lease of a line moved to another gateway and back, by line.
    :param guests: what is wrong with how clients of a Hotspot are treated that are not logged in.
    :param learnt: the rows that a run changes once all lines are in use, also those that have their first lease only now.
    :param again: the rows that a second run changes; None where nothing was written.
    :param difference: what is not as it was after the removal.
    :param way: the interface that what is not balanced leaves by, before the first run and after it.
    :param taken: how many rows of the owner's the first run changed.
    """

    name: str
    skipped: int = 0
    left_out: int = 0
    alone: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    shares: dict[str, tuple[int, float]] = field(default_factory=dict)
    answers: tuple[int, int] = (0, 0)
    rehearsal: str = ""
    outages: dict[str, str] = field(default_factory=dict)
    moves: dict[str, str] = field(default_factory=dict)
    guests: str = ""
    learnt: list[str] = field(default_factory=list)
    again: list[str] | None = None
    difference: str = ""
    way: tuple[str, str] = ("", "")
    taken: int = 0

    @property
    def written(self) -> bool:
        """Whether a run wrote anything."""
        return self.again is not None

    @property
    def balanced(self) -> bool:
        """Whether each line got its share, as far as chance allows."""
        return bool(self.shares) and all(_is_near(got, wanted) for got, wanted in self.shares.values())

    @property
    def problems(self) -> list[str]:
        """All that is not as it should be."""
        found = [f"{line}: {what}" for line, what in self.outages.items() if what]
        found += [f"the lease of {line} moves: {what}" for line, what in self.moves.items() if what]
        found += [f"a rehearsal says otherwise, {self.rehearsal}"] if self.rehearsal else []
        found += [f"clients that are not logged in: {self.guests}"] if self.guests else []
        if self.shares and not self.balanced:
            found.append(f"shares {self.shares}")
        if self.answers[0] != self.answers[1]:
            found.append(f"{self.answers[0]} of {self.answers[1]} connections answered")
        if self.learnt:
            found.append(f"a run after the first leases changes {', '.join(self.learnt)}")
        if self.again:
            found.append(f"a second run changes {', '.join(self.again)}")
        if self.way[1] not in self.way[0].split(",") and self.way[0] != NO_ROUTE:
            found.append(f"what is not balanced went by {self.way[0]} and goes by {self.way[1]}")
        if self.difference:
            found.append(f"not given back: {self.difference}")
        return found


def look_at(case: Case, lab: Lab) -> tuple[list[Finding], list[Finding]]:
    """What refuses without a variable, and with the owner's."""
    alone = [finding for finding in look(lab, options(case)).findings if finding.refuses]
    if not case.variable:
        return alone, alone
    return alone, [finding for finding in look(lab, options(case, **case.variable)).findings if finding.refuses]


def kinds(findings: list[Finding]) -> Counter[str]:
    """How often each kind is among findings."""
    return Counter(finding.kind for finding in findings)


@contextlib.contextmanager
def open_case(case: Case, *, engines: bool) -> Iterator[Room]:
    """The configuration between its lines, as its owner has it."""
    with open_room(case.before, case.lines, case.clients, load=[case.file], seed=11, engines=engines, leave_out=True) as room:
        yield room


@contextlib.contextmanager
def open_router(case: Case) -> Iterator[Lab]:
    """The configuration as its owner has it, without a network."""
    with Lab(load=[case.file]) as lab:
        if skipped := lab.load(case.before).skipped:
            raise ValueError(str(skipped[0]))
        for line in case.lines:
            plug(lab.router, line, True)
        yield lab


def paste(case: Case) -> list[Finding]:
    """What still refuses when the owner has pasted each command that a first run prints, and has set nothing."""
    with open_router(case) as lab:
        for finding in look(lab, options(case)).findings:
            if finding.refuses and (skipped := lab.load(finding.command).skipped):
                raise ValueError(str(skipped[0]))
        return [finding for finding in look(lab, options(case)).findings if finding.refuses]


def rehearse(case: Case) -> Trial:
    """First run, second run and removal, without a network and packets. No script is there to follow first leases: another run does."""
    with open_router(case) as lab:
        trial = Trial(case.name, skipped=len(lab.reports[0][case.file].skipped))
        before = lab.lasting()
        if consult(case, lab, trial):
            enter(case, lab, trial)
            learn(case, lab)
            leave(case, lab, trial, before)
        return trial


def consult(case: Case, lab: Lab, trial: Trial) -> bool:
    """Looks at what refuses, without a variable and with the owner's; whether nothing does any more."""
    alone, answered = look_at(case, lab)
    trial.alone, trial.answered = kinds(alone), kinds(answered)
    trial.told = [finding.text for finding in answered]
    return not answered


def enter(case: Case, lab: Lab, trial: Trial) -> None:
    """The first run."""
    before = lookup(lab.router, SOMEWHERE)
    changes = run(lab, options(case, **case.variable))
    trial.way = before, lookup(lab.router, SOMEWHERE)
    trial.taken = sum(len(path.theirs) for path in changes.paths.values())


def learn(case: Case, lab: Lab) -> list[str]:
    """Another run; the rows that it changes."""
    changes = run(lab, options(case, **case.variable)).rows()
    return [f"{row.path} {row.name} ({row.kind} {' '.join(row.fields)})" for row in changes]


def leave(case: Case, lab: Lab, trial: Trial, before: str) -> None:
    """A second run, and the removal. What the script keeps of deaths for an hour is in entries that vanish by themselves."""
    trial.again = learn(case, lab)
    run(lab, {}, BALANCE, FAILOVER)
    wait_for(lambda: not at_work(lab), PATIENCE + 5)
    trial.difference = difference(before, lab.lasting())


def attempt(case: Case, *, outages: bool = True) -> Trial:
    """All of it, with packets."""
    with quick(), open_case(case, engines=True) as room:
        lab = room.lab
        trial = Trial(case.name, skipped=len(lab.reports[0][case.file].skipped))
        room.network.kernel.settle()
        trial.left_out = len(room.network.kernel.left_out)
        trial.rehearsal = rehearsal.difference(case, rehearsal.said(case, lab))
        people = gather(case, room)
        before = lab.lasting()
        if not consult(case, lab, trial):
            return trial
        enter(case, lab, trial)
        people = call_again(case, room, people) if trial.taken else people
        room.network.kernel.settle()
        wait_for(lambda: stays_well(lab), PATIENCE)
        trial.learnt = learn(case, lab)
        trial.shares = shares(case, room, people)
        trial.answers = ask(room, people, ANSWERS)
        trial.guests = turned_away(room, next(lan for lan in case.clients if lan.name == case.hotspot)) if case.hotspot else ""
        for line in case.lines if outages else ():
            trial.outages[line.name] = outage(case, room, people, line.name)
        for line in case.lines if outages else ():
            if line.leased:
                trial.moves[line.name] = move(case, room, people, line)
        trial.outages["main"] = moved(case, room, people)
        wait_for(lambda: stays_well(lab), PATIENCE)
        leave(case, lab, trial, before)
        return trial


def attempt_anyhow(case: Case) -> Trial | str:
    """That, or why there is none: other trials go on."""
    try:
        return attempt(case)
    except Exception:
        return traceback.format_exc()


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Lines are good again after few seconds."""
    kept = PROFILES["fast"]
    PROFILES["fast"] = replace(kept, window=WINDOW, packets=WINDOW)
    try:
        yield
    finally:
        PROFILES["fast"] = kept


def shares(case: Case, room: Room, people: Sequence[People], out: frozenset[str] = frozenset()) -> dict[str, tuple[int, float]]:
    """How many new connections each line gets, and how many it should while some are out."""
    room.network.kernel.settle()
    got = open_connections(room, people, COUNT)
    weights = {str(line["name"]): int(str(line["weight"])) for line in case.wans if line["name"] not in out}
    total = sum(weights.values())
    return {line: (count, COUNT * weights.get(line, 0) / total) for line, count in got.items()}


def trouble(case: Case, room: Room, people: Sequence[People], out: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong with new connections while some lines are out: other shares, no answers."""
    got, answered = shares(case, room, people, out), ask(room, people, ANSWERS)
    found = [] if all(_is_near(*share) for share in got.values()) else [f"shares {got}"]
    return found + ([f"{answered[0]} of {answered[1]} connections answered"] if answered[0] != answered[1] else [])


def outage(case: Case, room: Room, people: Sequence[People], line: str) -> str:
    """Cuts a line behind its gateway and mends it; what was wrong meanwhile, nothing if all was right."""
    wrong = []
    room.network.cut(line, "upstream")
    if not wait_for(lambda: out(room.lab) == {line} and not at_work(room.lab), PATIENCE):
        wrong.append(f"out of use: {sorted(out(room.lab))}")
    wrong += trouble(case, room, people, frozenset({line}))
    room.network.mend(line)
    if not wait_for(lambda: not out(room.lab) and not at_work(room.lab), PATIENCE):
        return "; ".join([*wrong, "does not come back"])
    return "; ".join([*wrong, *(f"afterwards {what}" for what in trouble(case, room, people))])


def move(case: Case, room: Room, people: Sequence[People], line: Line) -> str:
    """The provider gives a line's lease with another gateway, and with the usual one again; what was wrong, nothing if all was right."""
    wrong = []
    interface = interface_of(room.lab.router, line)
    for gateway in (str(IPv4Network(line.customers)[-2]), line.gateway):
        room.network.give_lease(line.name, gateway=gateway)
        if not wait_for(lambda: gateways(room.lab, line.name) == {f"{gateway}%{interface}"}, PATIENCE):  # noqa: B023
            wrong.append(f"{gateway}: its routes go by {sorted(gateways(room.lab, line.name))}")
        if not wait_for(lambda: stays_well(room.lab), PATIENCE):
            return "; ".join([*wrong, f"{gateway}: out of use {sorted(out(room.lab))}, probes {sorted(probes(room.lab))}"])
        wrong += [f"{gateway}: {what}" for what in trouble(case, room, people)]
    return "; ".join(wrong)


def moved(case: Case, room: Room, people: Sequence[People]) -> str:
    """Moves the default routes that leases have brought into main behind all others, and back; what was wrong meanwhile."""
    way = lookup(room.lab.router, SOMEWHERE)
    clients = [row for row in read(room.lab, (DHCP_CLIENTS,))[DHCP_CLIENTS] if row.get("add-default-route") in (True, "yes")]
    wrong = []
    for row in clients:
        for distance in (LAST, row["default-route-distance"]):
            room.load(f"/ip dhcp-client set {row['.id']} default-route-distance={distance}")
            got, now = shares(case, room, people), lookup(room.lab.router, SOMEWHERE)
            if not all(_is_near(*share) for share in got.values()) or now != way:
                wrong.append(f"with distance {distance} of {row['interface']}: shares {got}, by {now} in place of {way}")
    return "; ".join(wrong)


def is_well(lab: Lab) -> bool:
    """Whether all lines are in use, and all probes say so."""
    return probes(lab) <= {"up"} and not out(lab)


def stays_well(lab: Lab) -> bool:
    """Whether that is so for some seconds, and the control script is not at work."""
    if not is_well(lab):
        return False
    time.sleep(STEADY)
    return is_well(lab) and not at_work(lab)


def at_work(lab: Lab) -> bool:
    """Whether a run of the control script holds the lock, which goes by itself a minute after one that has died."""
    return any(row["list"] == LOCK for row in read(lab, (ADDRESS_LIST,))[ADDRESS_LIST])


def gateways(lab: Lab, line: str) -> set[str]:
    """The gateways of a line's routes of ours."""
    rows = (row for row in read(lab, (ROUTES,))[ROUTES] if str(row.get("comment", "")).startswith(f"multiwan:{BALANCE}:"))
    return {str(row["gateway"]) for row in rows if str(row["comment"]).endswith(f":{line}")}


def out(lab: Lab) -> set[str]:
    """The lines that are out of use."""
    return set(out_of_use(read(lab, (ROUTES, NETWATCH))))


def probes(lab: Lab) -> set[str]:
    """The states of all probes."""
    rows = read(lab, ("tool netwatch",))["tool netwatch"]
    return {str(row["status"]) for row in rows if str(row.get("comment", "")).startswith(f"multiwan:{FAILOVER}:probe:")}


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Waits for something to become true; whether it did."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def difference(before: str, after: str) -> str:
    """The first rows that are not the same, in words."""
    one, other = _rows(before), _rows(after)
    for menu in sorted(one.keys() | other.keys()):
        was, now = one.get(menu, []), other.get(menu, [])
        if was != now:
            lost = [row for row in was if row not in now]
            new = [row for row in now if row not in was]
            return f"{menu}: {lost[:2]} became {new[:2]}"
    return ""


def _rows(dump: str) -> dict[str, list[dict[str, str]]]:
    """The rows of a dump; one that says that it is not disabled is one that says nothing of it."""
    rows = json.loads(dump)
    return {
        menu: [{name: value for name, value in row.items() if (name, value) != ("disabled", "false")} for row in found]
        for menu, found in rows.items()
    }


def _is_near(got: int, wanted: float) -> bool:
    share = wanted / COUNT
    return abs(got - wanted) <= max(0.5, DEVIATIONS * math.sqrt(COUNT * share * (1 - share)))
