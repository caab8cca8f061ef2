# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A lab router under both roles, whose probes answer as a test says and whose time stands still until it is advanced."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.multiwan.routeros.plugins.plugin_utils import drains
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent as failover_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import plan as failover_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import script as failover_script
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import out_of_use, probes_watch
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import intent as balance_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import plan as balance_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, MANGLE, NETWATCH, ROUTES, RULES, TABLES
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import Step

from tests.lab.router.engines.clock import ManualClock
from tests.lab.router.lab import Lab
from tests.lab.router.logs import LOG
from tests.lab.router.paths import path
from tests.lab.router.services import HttpAnswer, Ping, Services
from tests.lab.router.traits import Traits
from tests.unit.apply.router import read, run_module, run_steps

READ = (ROUTES, RULES, NETWATCH, ADDRESS_LIST)


def lasting_rows(lab: Lab) -> dict[str, list[dict[str, str]]]:
    """All rows that do not vanish by themselves, without what the control script remembers."""
    menus: dict[str, list[dict[str, str]]] = json.loads(lab.lasting())
    lists = menus.get("ip firewall address-list", [])
    menus["ip firewall address-list"] = [row for row in lists if not row.get("comment", "").startswith("multiwan:failover_netwatch:")]
    return menus


def found(lab: Lab) -> dict[str, list[dict[str, object]]]:
    """What the role reads before it writes."""
    netwatch = run_module(lab, "api_info", path=NETWATCH, hide_defaults=False, handle_disabled="null-value")["result"]
    return read(lab, (ROUTES, TABLES, ADDRESS_LIST)) | {NETWATCH: netwatch}


def render(data: Mapping[str, object]) -> str:
    """The control script."""
    return failover_script.source(failover_intent.read_intent(data))


def steps(data: Mapping[str, object], found: Found) -> list[Step]:
    """What the role writes on a router that has these rows."""
    intent = failover_intent.read_intent(data)
    rows = failover_plan.plan(intent, render(data), out_of_use(found), drained=drains.drains(found, intent.wans).keys())
    return [*failover_plan.apply_steps(rows, found), *failover_plan.uncheck(found)]


def wans(count: int, **weights: object) -> list[dict[str, object]]:
    """Lines isp1, isp2, ..., each with its own port and gateway."""
    lines = [{"name": f"isp{number}", "interface": f"ether{number}", "gateway": f"203.0.113.{number}"} for number in range(1, count + 1)]
    return [{**line, **({"weight": weights[str(line["name"])]} if line["name"] in weights else {})} for line in lines]


@dataclass
class Probes:
    """Which addresses answer: all but the dead ones, each packet in its time.

    :param slow: how many seconds an answer takes, by address; 10 ms where nothing is said.
    :param refused: addresses and ports where nobody answers, though pings are answered; DNS is port 53.
    """

    clock: ManualClock
    dead: set[str] = field(default_factory=set)
    refused: set[tuple[str, int]] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    checked: Counter[tuple[str, int]] = field(default_factory=Counter)

    def ping(self, ping: Ping) -> Sequence[float | None]:
        self.asked[ping.host] += 1
        answers: list[float | None] = []
        for number in range(ping.count):
            if number:
                self.clock.sleep(ping.interval, threading.Event())
            answers.append(None if self.loses(ping.host) else self.slow.get(ping.host, 0.01))
        if answers[-1] is None:
            self.clock.sleep(ping.timeout, threading.Event())
        return answers

    def loses(self, host: str) -> bool:
        """Whether the packet that is sent now gets no answer."""
        return host in self.dead

    def connect(self, host: str, port: int, timeout: float, src_address: str | None) -> float:
        self.checked[(host, port)] += 1
        if host in self.dead or (host, port) in self.refused:
            self.clock.sleep(timeout, threading.Event())
            raise TimeoutError
        return 0.01

    def resolve(self, name: str, server: str, timeout: float, src_address: str | None) -> None:
        self.connect(server, 53, timeout, src_address)

    def http_get(self, host: str, port: int, timeout: float, src_address: str | None, *, tls: bool, verify: bool) -> HttpAnswer:
        return HttpAnswer(200, self.connect(host, port, timeout, src_address))


class Table:
    """A connection table: ids and marks.

    `more`: what else is said of a connection, by its id; the mark "" is none.

    `pauses`: while there are any, a removal of more than one fails, as if one had ended meanwhile, and each single one takes the next of
    these times.

    `fading`: these end by themselves at the moment when they are to be removed; the removal fails, and if it `stops`, those behind stay.
    """

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.marks: dict[str, str] = {}
        self.more: dict[str, Mapping[str, str]] = {}
        self.pauses: list[float] = []
        self.fading: set[str] = set()
        self.stops = False
        self.scans = 0

    def rows(self) -> Sequence[Mapping[str, str]]:
        self.scans += 1
        rows = ({".id": number, "connection-mark": mark, **self.more.get(number, {})} for number, mark in self.marks.items())
        return [{key: value for key, value in row.items() if value} for row in rows]

    def remove(self, ids: Sequence[str]) -> None:
        if self.pauses:
            if len(ids) > 1:
                raise KeyError(ids[0])
            self.clock.sleep(self.pauses.pop(0), threading.Event())
        for place, number in enumerate(ids):
            del self.marks[number]
            if number in self.fading and self.stops:
                raise KeyError(ids[place])
        if faded := self.fading.intersection(ids):
            raise KeyError(min(faded))


class Site:
    """The router, with eight ports and an address on each."""

    def __init__(self, lines: list[dict[str, object]], traits: Traits | None = None, **options: object) -> None:
        self.clock = ManualClock()
        self.connections = Table(self.clock)
        self.probes = Probes(self.clock)
        services = Services(clock=self.clock, prober=self.probes, pinger=self.probes, connections=self.connections)
        self.lab = Lab(interfaces=12, services=services, engines=True, traits=traits or Traits())
        self.lines, self.options = lines, options

    def __enter__(self) -> Site:
        self.lab.start()
        addresses = "\n".join(f"add address=203.0.113.{100 + n}/24 interface=ether{n}" for n in range(1, 9))
        self.load(f"/ip address\n{addresses}")
        self.play()
        self.clock.advance(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.lab.stop()

    def load(self, configuration: str) -> None:
        """What somebody types."""
        assert not self.lab.load(configuration).skipped

    @property
    def failover(self) -> dict[str, object]:
        return {"wans": self.lines, **self.options}

    def play(self) -> int:
        """One run of the playbook; how many steps changed something."""
        return self.balance() + run_steps(self.lab, steps(self.failover, found(self.lab)))

    def balance(self) -> int:
        """The part of role pcc_balance."""
        before = read(self.lab, READ)
        intent = balance_intent.read_intent({"wans": self.lines, "lan_interfaces": ["ether9"]})
        drained = drains.drains(before, intent.wans).keys()
        rows = balance_plan.plan(intent, out_of_use(before, intent.wans), probes_watch(before), drained=drained)
        return run_steps(self.lab, balance_plan.apply_steps(rows, {RULES: before[RULES]}))

    def targets(self, line: str) -> tuple[str, ...]:
        return failover_intent.read_intent(self.failover).probes[line]

    def kill(self, line: str, count: int = 9) -> None:
        """So many probes of a line get no answer any more."""
        self.probes.dead |= set(self.targets(line)[:count])

    def revive(self, line: str) -> None:
        self.probes.dead -= set(self.targets(line))

    def out(self) -> set[str]:
        """The lines that are out of use; all their routes have to agree."""
        demoted = out_of_use(read(self.lab, READ))
        for row in read(self.lab, [ROUTES])[ROUTES]:
            comment = str(row.get("comment") or "")
            if comment.startswith("multiwan:pcc_balance:route:") and not comment.endswith("blackhole"):
                assert (int(row["distance"]) >= 100) == (comment.rsplit(":", 1)[1] in demoted), row
        return set(demoted)

    def demoted(self) -> set[str]:
        """The lines whose route in main says that they are out of use."""
        return set(out_of_use(read(self.lab, READ)))

    def suspects(self) -> set[str]:
        """The lines whose new connections go elsewhere for the time being."""
        rows = self.lab.router.table(path("ip firewall address-list"))
        return {str(row.values["list"]).partition(":")[2] for row in rows if str(row.values["list"]).startswith("multiwan-suspect:")}

    def states(self) -> dict[str, str]:
        """What is written of the lines that have changed, by interface."""
        rows = [row.values for row in self.lab.router.table(path("ip firewall address-list")) if row.values["list"] == "multiwan-lines"]
        texts = [str(row["comment"]).partition("\n") for row in rows]
        return {name.rpartition(":")[2]: state.split(" ")[0] for name, _, state in texts}

    def mangle(self) -> list[dict[str, object]]:
        rows = read(self.lab, [MANGLE])[MANGLE]
        return [row for row in rows if str(row.get("comment") or "").startswith("multiwan:pcc_balance:")]

    def log(self) -> list[str]:
        """What the control script and its failures left in the log."""
        rows = self.lab.router.table(LOG)
        return [row.state["message"] for row in rows if "script" in row.state["topics"]]

    def events(self) -> list[str]:
        """What waits to be told, without its id, time and moment."""
        rows = self.lab.router.table(path("ip firewall address-list"))
        texts = [row.values["comment"] for row in rows if row.values["list"] == "multiwan-events"]
        return [re.sub(r" \d+ (\d+)\n\S+ \S+ \S+ ", r" \1 ", text) for text in texts]

    def locks(self) -> list[str]:
        """Who holds the lock."""
        rows = self.lab.router.table(path("ip firewall address-list"))
        return [row.values["comment"] for row in rows if row.values["list"] == "multiwan-lock"]

    def netwatch(self, kind: str, line: str) -> list[dict[str, str]]:
        router = self.lab.router
        rows = router.table(path("tool netwatch"))
        start = f"multiwan:failover_netwatch:{kind}:{line}:"
        return [
            {"status": row.state.get("status", ""), "disabled": router.text(row.values.get("disabled", "false"))}
            for row in rows
            if router.text(row.values["comment"]).startswith(start)
        ]
