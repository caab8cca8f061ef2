# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run of site.yml costs the machine that runs Ansible, and how much it asks of a router: three roles with a bot, over TLS.

The routers are a process of their own, so their work does not count. Ways take turns, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.lab.router.lab import Lab

from .figures import span

Result = dict[str, Any]

ROOT = Path(__file__).parents[2]
FORKS = 5
FLEETS = (1, 5, 20)
"""How many routers one run is for."""
RUNS = {"first": (), "second": (), "--check": ("--check",)}
"""The runs of a way on a new router, with their words of the command line; ``--check`` is of a first run."""
ORDER = ("--check", "first", "second")
NAMES = {"ours": "this collection", "modules": "module by module", "before": "before"}
DIGITS = {"cpu": 2, "wall": 2, "logins": 0, "sentences": 0}
"""What is told of a run, and how exactly."""
LOOKS = 0.05
"""Seconds between two looks at the memory."""
MB = 1_000_000
WANTED = {"one": 1.0, "each": 0.4, "logins": 2, "memory": 200 * MB}
"""CPU seconds for one router and for each of the largest fleet, logins, and bytes at the largest fleet; all of a run without changes."""

START = """
/interface bridge add name=bridge
/interface bridge port add bridge=bridge interface=ether5
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.168.88.1/24 interface=bridge
/ip dns set servers=192.0.2.53
/certificate settings set builtin-trust-store=fetch
/ip firewall filter add chain=input action=accept connection-state=established,related comment=defconf
"""
VARIABLES = {
    "multiwan_wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "10M"},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": "30M"},
    ],
    "multiwan_lan_interfaces": ["bridge"],
    "dhcp_alert_telegram_token": "123456:no-bot-has-this-token-of-thirty-five",
    "dhcp_alert_telegram_chats": [-1001],
    "multiwan_api_username": "{{ router.user }}",
    "multiwan_api_password": "{{ router.password }}",
    "multiwan_api_port": "{{ router.port }}",
    "multiwan_api_ca_path": "{{ router.authority }}",
    "ansible_host": "{{ router.address }}",
}
ELSEWHERE = """
from __future__ import annotations
from ansible.plugins.connection.local import DOCUMENTATION as LOCAL, Connection as Local
DOCUMENTATION = LOCAL.replace("name: local", "name: elsewhere")
class Connection(Local):
    transport = "elsewhere"
"""
"""A connection to another machine, which is this one all the same: there Ansible runs the modules one by one."""


@dataclass(frozen=True)
class Way:
    """Whose site.yml is run, and how.

    :param checkout: with its environment in ``.venv``.
    :param arguments: more words of the command line.
    """

    checkout: Path
    arguments: tuple[str, ...] = ()


class Routers:
    """New routers of the lab, in a process of their own.

    :param hosts: how each is reached, by the name of its host.
    """

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, count), daemon=True)
        self._process.start()
        self.hosts: Mapping[str, Mapping[str, object]] = self._pipe.recv()

    def renew(self) -> None:
        """Nobody has ever written to them."""
        self._ask("renew")

    def count(self) -> dict[str, int]:
        """Logins and sentences of all of them since the last question."""
        return dict(self._ask("count"))

    def close(self) -> None:
        """Switch them off."""
        self._ask("close")
        self._process.join()

    def _ask(self, what: str) -> Any:
        self._pipe.send(what)
        return self._pipe.recv()


def _serve(pipe: Connection, count: int) -> None:
    """Routers, until they are told to close."""
    with Lab(tls=True, routers=count) as lab:
        common = {"address": lab.host, "user": lab.user, "password": lab.password, "authority": str(lab.certificate)}
        pipe.send({f"router{number}": {**common, "port": port} for number, port in enumerate(lab.ports, 1)})
        while (what := pipe.recv()) != "close":
            if what == "renew":
                for device in lab.devices:
                    device.reset()
                    device.load(START, "start", "stop")
            logs = [device.log for device in lab.devices]
            pipe.send({"logins": sum(log.logins for log in logs), "sentences": sum(log.sentences for log in logs)})
            for log in logs:
                log.reset()
        pipe.send(None)


@dataclass(frozen=True)
class Place:
    """Where Ansible is run, with an inventory of some routers and nothing of our own environment."""

    folder: Path
    routers: Routers

    def write(self) -> None:
        """Write the inventory, and the connection to another machine."""
        hosts = {name: {"router": router} for name, router in self.routers.hosts.items()}
        (self.folder / "hosts.json").write_text(json.dumps({"routers": {"hosts": hosts, "vars": VARIABLES}}))
        (self.folder / "elsewhere.py").write_text(ELSEWHERE)

    def start(self, way: Way, arguments: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Begin a run of site.yml."""
        environment = {
            "PATH": f"{way.checkout / '.venv' / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",  # a checkout of somebody else stays as it is
            "ANSIBLE_CONFIG": str(way.checkout / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(way.checkout / ".venv" / "collections"),
            "ANSIBLE_CONNECTION_PLUGINS": str(self.folder),
            "ANSIBLE_REMOTE_TMP": str(self.folder / "remote"),
            "ANSIBLE_FORKS": str(FORKS),
        }
        program = way.checkout / ".venv" / "bin" / "ansible-playbook"
        words = ("--inventory", str(self.folder / "hosts.json"), *way.arguments, *arguments, "playbooks/site.yml")
        with (self.folder / "output").open("wb") as output:
            return subprocess.Popen(
                (program, *words), cwd=way.checkout, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    def cost(self, way: Way, arguments: Sequence[str] = ()) -> Result:
        """What a run costs: ``cpu`` of ansible-playbook and all that it has started, ``wall``, ``logins``, ``sentences``."""
        self.routers.count()
        begun = time.monotonic()
        process = self.start(way, arguments)
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        self._demand(process.returncode)
        return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, **self.routers.count()}

    def memory(self, way: Way) -> int:
        """The peak of the memory of ansible-playbook and all that it has started, in bytes. To look often takes time of its own."""
        process, peak = self.start(way), 0
        while process.poll() is None:
            peak = max(peak, sum(map(_memory, _family(process.pid))))
            time.sleep(LOOKS)
        self._demand(process.returncode)
        return peak

    def _demand(self, code: int) -> None:
        """:raises RuntimeError: for a run that has failed."""
        if code:
            raise RuntimeError((self.folder / "output").read_text()[-4000:])


def _family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    with contextlib.suppress(OSError):  # it has ended meanwhile
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _memory(pid: int) -> int:
    """The proportional set size of a process in bytes: what several share counts once."""
    with contextlib.suppress(OSError):  # it has ended meanwhile
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


@contextlib.contextmanager
def _place(count: int) -> Iterator[Place]:
    """So many new routers."""
    with tempfile.TemporaryDirectory(prefix="cost-") as folder:
        routers = Routers(count)
        try:
            place = Place(Path(folder), routers)
            place.write()
            routers.renew()
            yield place
        finally:
            routers.close()


def measure(runs: int, before: Path | None) -> Result:
    """All figures, of so many rounds.

    :param before: a checkout of another release with its environment, to compare with.
    :raises RuntimeError: for a run that fails, and where memory cannot be counted.
    """
    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        raise RuntimeError("this kernel does not tell the children of a process, so their memory cannot be counted")
    ways = {"ours": Way(ROOT), "modules": Way(ROOT, ("--extra-vars", "ansible_connection=elsewhere"))}
    if before:
        ways["before"] = Way(before.resolve())
    return {"one": _one(ways, runs), "fleets": {str(count): _fleet(Way(ROOT), count, runs) for count in FLEETS}}


def _one(ways: Mapping[str, Way], runs: int) -> dict[str, list[dict[str, Result]]]:
    """Each way on one router: its rounds, and the runs of each. What is read for the first time is read from the disk, and not counted."""
    rounds: dict[str, list[dict[str, Result]]] = {name: [] for name in ways}
    with _place(1) as place:
        for way in ways.values():
            place.cost(way, RUNS["--check"])
        for _ in range(runs):
            for name, way in ways.items():
                place.routers.renew()
                rounds[name].append({run: place.cost(way, RUNS[run]) for run in ORDER})
    return rounds


def _fleet(way: Way, count: int, runs: int) -> list[Result]:
    """Runs without changes on so many routers at once. Memory is looked at in runs of its own."""
    with _place(count) as place:
        place.cost(way)
        return [{**place.cost(way), "memory": place.memory(way)} for _ in range(runs)]


def table(results: Result) -> str:
    """The figures as Markdown."""
    one, fleets = results["one"], results["fleets"]
    runs = len(one["ours"])
    return "\n".join(
        [
            "One run of site.yml, three roles with a bot, over TLS, on routers of the lab in a process of their own. CPU: user and system",
            f"time of ansible-playbook and all that it starts. n = {runs}, ways in turn: median (least to greatest). Ratio: CPU of this",
            "collection to that of the row, in each round. Module by module: the same tasks, handed to another machine.",
            "",
            "| run | way | CPU, s | wall, s | logins | sentences | ratio |",
            "|---|---|---|---|---|---|---|",
            *(_row(run, name, one) for run in ("first", "second", "--check") for name in one),
            "",
            f"Many routers in one run without changes, {FORKS} forks. Memory: the peak of the sum of PSS of all processes, looked at every",
            f"{1000 * LOOKS:.0f} ms in runs of their own.",
            "",
            "| routers | CPU for each, s | wall, s | logins for each | memory, MB |",
            "|---|---|---|---|---|",
            *(_fleet_row(int(count), fleet) for count, fleet in fleets.items()),
            "",
            "| wanted of a run without changes | found (median) | met |",
            "|---|---|---|",
            *_verdicts(one["ours"], fleets),
            "",
        ]
    )


def _row(run: str, name: str, one: Mapping[str, Sequence[Mapping[str, Result]]]) -> str:
    cells = [_span([each[run][figure] for each in one[name]], digits) for figure, digits in DIGITS.items()]
    ratios = [ours[run]["cpu"] / each[run]["cpu"] for ours, each in zip(one["ours"], one[name], strict=True)]
    return f"| {run} | {NAMES[name]} | {' | '.join(cells)} | {'1' if name == 'ours' else span(ratios, 3)} |"


def _fleet_row(count: int, fleet: Sequence[Result]) -> str:
    cells = [
        span([each["cpu"] / count for each in fleet], 2),
        span([each["wall"] for each in fleet], 2),
        _span([each["logins"] / count for each in fleet], 0),
        span([each["memory"] / MB for each in fleet], 0),
    ]
    return f"| {count} | {' | '.join(cells)} |"


def _verdicts(ours: Sequence[Mapping[str, Result]], fleets: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    """What is wanted, what is found, and whether that is enough."""
    largest = max(map(int, fleets))
    fleet = fleets[str(largest)]
    cpu = statistics.median(each["second"]["cpu"] for each in ours)
    share = statistics.median(each["cpu"] / largest for each in fleet)
    logins = statistics.median(each["second"]["logins"] for each in ours)
    memory = statistics.median(each["memory"] for each in fleet)
    for words, found, unit, value, limit in (
        (f"at most {WANTED['one']} CPU s for one router", f"{cpu:.2f}", "s", cpu, WANTED["one"]),
        (f"at most {WANTED['each']} CPU s for each of {largest} routers", f"{share:.2f}", "s", share, WANTED["each"]),
        (f"{WANTED['logins']} logins", f"{logins:.0f}", "", logins, WANTED["logins"]),
        (f"at most {WANTED['memory'] / MB:.0f} MB at {largest} routers", f"{memory / MB:.0f}", "MB", memory, WANTED["memory"]),
    ):
        yield f"| {words} | {f'{found} {unit}'.strip()} | {'yes' if value <= limit else 'no'} |"


def _span(values: Sequence[float], digits: int) -> str:
    """As `span`, and a single figure where all are the same."""
    return f"{values[0]:.{digits}f}" if len(set(values)) == 1 else span(values, digits)
