# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way of somebody who tries their inventory on a copy of their router: preview, run, run again, each line cut and mended, one drained,
removal.

The playbooks are those that they will run, with their inventory; only where the router is comes from here. Messages to people are left out:
an export holds no token, and nobody shall get one for a rehearsal.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.exports.trial import difference
from tests.lab.desk import in_use, log, logged, suspected
from tests.lab.experiments.openings import different_pairs, open_tcp
from tests.lab.experiments.room import Room

ROOT = Path(__file__).resolve().parents[2]
ROLES = "pcc_balance,failover_netwatch"
COUNT = 200
"""Connections that are counted at the ISPs."""
PATIENCE = 180
"""Seconds in which everything has to have happened: a calm line needs more than a minute to return."""
STEADY = 2
"""Seconds between two looks at whether all is well."""


@dataclass(frozen=True)
class Played:
    """A playbook that has ended: what was typed, how it ended, and its screen."""

    typed: str
    code: int
    screen: tuple[str, ...]
    output: str

    @property
    def changed(self) -> int:
        """How many tasks have changed something; 0 where there is no recap."""
        found = re.search(r"^\S+ +: ok=\d+ +changed=(\d+) ", self.output, re.MULTILINE)
        return int(found[1]) if found else 0


@dataclass
class Outage:
    """What a cut of one line behind its gateway has done; seconds since the cut, or since the repair. None is never."""

    line: str
    elsewhere: float | None = None
    out: float | None = None
    connections: dict[str, int] = field(default_factory=dict)
    back: float | None = None


@dataclass
class Drained:
    """What became of new connections while somebody has drained a line, and when it takes some again.

    :param ended: whether both playbooks have done what they are for.
    """

    line: str
    ended: bool
    connections: dict[str, int]
    after: dict[str, int]


@dataclass
class Trial:
    """What became of it all.

    :param skipped: lines of the export that the lab's router does not take.
    :param left_out: rows of its firewall that the lab's network does not play.
    :param connections: of `COUNT` new ones, how many each line got; none where nobody can be plugged into the LAN.
    :param again: how many tasks a second run has changed something with.
    :param difference: what is not as it was after the removal.
    """

    played: list[Played] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    refused: bool = False
    connections: dict[str, int] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    drained: Drained | None = None
    again: int = 0
    difference: str = ""
    log: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What is not as it should be."""
        found = ["a run would be refused"] if self.refused else []
        for outage in self.outages:
            if outage.elsewhere is None or outage.out is None:
                found.append(f"nobody noticed that {outage.line} was dead")
            elif outage.back is None:
                found.append(f"{outage.line} did not come back")
            if outage.connections.get(outage.line):
                found.append(f"{outage.connections[outage.line]} new connections went by {outage.line} while it was dead")
        if self.drained:
            line, count = self.drained.line, self.drained.connections.get(self.drained.line)
            found += [] if self.drained.ended else [f"{line} could not be drained and undrained"]
            found += [f"{count} new connections went by {line} while it was drained"] if count else []
        found += [f"a second run changed something ({self.again} tasks)"] if self.again else []
        return found + ([f"not given back: {self.difference}"] if self.difference else [])


@dataclass
class Owner:
    """Who tries: the inventory as it is, the host in it, a router of the lab in place of theirs."""

    inventory: Path
    host: str
    room: Room
    folder: Path

    def play(self, playbook: str, *arguments: str) -> Played:
        """Run a playbook of ours."""
        lab = self.room.lab
        where = {"ansible_host": lab.host, "multiwan_api_port": lab.port, "multiwan_api_username": lab.user}
        where |= {"multiwan_api_password": lab.password, "multiwan_api_tls": False, "multiwan_hosts": self.host}
        command = ["ansible-playbook", "-i", str(self.inventory), str(ROOT / "playbooks" / f"{playbook}.yml"), *arguments]
        done = ansible([*command, "-e", json.dumps(where)], self.folder)
        screen = tuple(line for line in done.stdout.splitlines() if line.startswith(f"{self.host}: "))
        typed = " ".join(["ansible-playbook", "-i", self.inventory.name, f"multiwan.routeros.{playbook}", *arguments])
        played = Played(typed, done.returncode, screen, done.stdout + done.stderr)
        print(f"    $ {typed}", *(f"    {line}" for line in screen), sep="\n", flush=True)
        return played


def ansible(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program of Ansible's with the collections of this checkout; what it keeps goes into a folder."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_NOCOLOR": "1",
    }
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def attempt(owner: Owner, names: Sequence[str]) -> Trial:
    """All of it; after a refusal nothing more.

    :param names: of the lines.
    """
    room = owner.room
    room.network.kernel.settle()
    (report,) = room.lab.reports[0].values()
    trial = Trial(skipped=[str(skipped) for skipped in report.skipped], left_out=[str(row) for row in room.network.kernel.left_out])
    before = room.lab.lasting()
    tell("What a run would change")
    trial.played.append(owner.play("site", "--check", "--tags", ROLES))
    if trial.played[-1].code:
        trial.refused = True
        return trial
    tell("The run")
    trial.played.append(owner.play("site", "--tags", ROLES))
    if trial.played[-1].code:
        trial.refused = True
        return trial
    room.network.kernel.settle()
    wait_for(lambda: all(in_use(room.lab, name) for name in names), PATIENCE)
    time.sleep(STEADY)
    owner.play("site", "--tags", ROLES)  # lines that have their first lease only now
    again = owner.play("site", "--tags", ROLES)
    trial.again = again.changed
    trial.played.append(again)
    trial.connections = count(room, names)
    for name in names if len(names) > 1 else ():
        trial.outages.append(outage(room, name, names))
    if len(names) > 1:
        trial.drained = drained(owner, trial, names)
    tell("What carries what")
    trial.played.append(owner.play("status", "-e", "multiwan_status_seconds=1"))
    trial.log = [f"{line['time']}  {line['message']}" for line in log(room.lab)]
    tell("The removal")
    trial.played.append(owner.play("remove", "--tags", ROLES))
    trial.difference = difference(before, room.lab.lasting())
    return trial


def tell(title: str) -> None:
    """Begin a step."""
    print(f"\n=== {title}\n", flush=True)


def count(room: Room, names: Sequence[str]) -> dict[str, int]:
    """How many of `COUNT` new connections of the LAN each line gets, as the ISPs count them."""
    if not room.network.lans:
        return {}
    (lan,) = room.network.lans
    clients = lan.clients(30)
    with room.network.observe() as seen:
        room.network.namespace_of(lan.name).inside(open_tcp, list(different_pairs(clients, COUNT)))
    counted = {name: seen[name]["up-new-tcp"].packets for name in names}
    print(f"    {COUNT} new connections: {', '.join(f'{number} by {name}' for name, number in counted.items())}", flush=True)
    return counted


def outage(room: Room, name: str, names: Sequence[str]) -> Outage:
    """Cut a line behind its gateway, and mend it."""
    tell(f"{name} dies behind its gateway")
    told = Outage(name)
    before = len(log(room.lab))
    room.network.cut(name, "upstream")
    begun = time.monotonic()
    told.elsewhere = wait_for(lambda: suspected(room.lab, name) or new(room, before, f"{name} is out of use"), PATIENCE)
    told.out = wait_for(lambda: new(room, before, f"{name} is out of use"), PATIENCE, begun)
    print(f"    new connections go elsewhere after {seconds(told.elsewhere)}, it is left after {seconds(told.out)}", flush=True)
    time.sleep(STEADY)
    told.connections = count(room, names)
    room.network.mend(name)
    told.back = wait_for(lambda: in_use(room.lab, name), PATIENCE)
    print(f"    it is used again {seconds(told.back)} after the repair", flush=True)
    time.sleep(STEADY)
    return told


def drained(owner: Owner, trial: Trial, names: Sequence[str]) -> Drained:
    """Have the first line drained, and take connections again."""
    line = names[0]
    tell(f"{line} is drained for an hour")
    counts, ended = [], True
    for arguments in (("drain", "-e", f"line={line}", "-e", "for=1h"), ("undrain", "-e", f"line={line}")):
        trial.played.append(owner.play(*arguments))
        ended = ended and not trial.played[-1].code
        owner.room.network.kernel.settle()
        counts.append(count(owner.room, names))
    return Drained(line, ended, *counts)


def new(room: Room, before: int, text: str) -> bool:
    """Whether a line of the log that is newer than the first ones has a text."""
    return any(text in line["message"] for line in log(room.lab)[before:]) if logged(room.lab, text) else False


def seconds(time_taken: float | None) -> str:
    """A time for people."""
    return "never" if time_taken is None else f"{time_taken:.1f} s"


def wait_for(condition: Callable[[], bool], patience: float, begun: float | None = None) -> float | None:
    """Seconds until something has become true, None if it has not.

    :param begun: since when; now without one.
    """
    begun = time.monotonic() if begun is None else begun
    while not condition():
        if time.monotonic() - begun > patience:
            return None
        time.sleep(0.1)
    return time.monotonic() - begun


def variables(inventory: Path, host: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """The name of the host in an inventory, and its lines and LAN as Ansible understands them.

    :param host: a host or a group.
    :raises ValueError: where there is no such host, several, or one whose variables have no value; with what Ansible says.
    """
    wans = "pcc_balance_wans | default(multiwan_wans)"
    lan = "pcc_balance_lan_interfaces | default(multiwan_lan_interfaces)"
    content = f"{{{{ {{'wans': {wans}, 'lan': {lan}}} | to_json }}}}"
    task = {"ansible.builtin.copy": {"content": content, "dest": f"{folder}/{{{{ inventory_hostname }}}}.variables", "mode": "0600"}}
    play = {"hosts": host, "gather_facts": False, "tasks": [task]}
    play["vars"] = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    file = folder / "variables.json"
    file.write_text(json.dumps([play]), encoding="utf-8")
    done = ansible(["ansible-playbook", "-i", str(inventory), str(file)], folder)
    found = sorted(folder.glob("*.variables"))
    if len(found) > 1:
        raise ValueError(f"{inventory} has {len(found)} routers in '{host}'; write one as HOST=, such as HOST={found[0].stem}")
    if not found:
        raise ValueError(f"{inventory}: no variables of '{host}' could be read; Ansible says:\n{done.stdout}{done.stderr}")
    return found[0].stem, json.loads(found[0].read_text(encoding="utf-8"))
