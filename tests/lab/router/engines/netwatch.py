# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Entries of /tool/netwatch: they ask their hosts, and run scripts when the answer changes [MAN:Netwatch] D."""

from __future__ import annotations

from dataclasses import dataclass

from ..addresses import parse_ip
from ..language.properties import Properties
from ..language.values import NIL, NOTHING, Value
from ..logs import date_text, write_log
from ..menus import netwatch_defaults
from ..paths import path
from ..reading import read_row
from ..resolving import resolve
from ..rows import Change, Row
from ..store import Router
from ..times import Duration, format_microseconds, parse_duration
from ..versions import Version
from .clock import Timer
from .job import Origin
from .jobs import ScriptEngine
from .probes import COUNT_IS_REACHED, Outcome, probe, seconds, train

NETWATCH = path("tool netwatch")
ADDRESS = path("ip address")
UNKNOWN = {"status": "unknown"}

TYPES_FROM = Version.parse("7.4")
"""From here on there are types, delays and variables in scripts [MAN, SCH] D/O."""


@dataclass
class Watch:
    """What the engine keeps of a row. A changed row gets a new one, and what the old one finds is lost."""

    timer: Timer | None = None
    done: int = 0
    failed: int = 0
    over: bool = False


class Netwatch:
    """Watches the hosts of one router while it is started. Without a prober all stay unknown."""

    def __init__(self, router: Router, scripts: ScriptEngine) -> None:
        self._router = router
        self._scripts = scripts
        self._watches: dict[int, Watch] = {}
        self._stop_observing = lambda: None

    def start(self) -> None:
        """Begins as at a boot: nothing is known, and nothing is asked for the ``startup-delay``."""
        with self._router.lock:
            self._stop_observing = self._router.observe(self._notice)
            for row in list(self._router.table(NETWATCH)):
                self._begin(row, "startup-delay")

    def stop(self) -> None:
        """Ends; scripts that run go on."""
        self._stop_observing()
        for number in list(self._watches):
            self._forget(number)

    def _notice(self, change: Change) -> None:
        """Any change of an entry, and enabling it, begins anew with unknown [WANQM, old manuals] O/D."""
        if change.menu != NETWATCH or change.kind == "state":
            return
        for number in change.ids:
            row = self._router.row(NETWATCH, number)
            if row is None:
                self._forget(number)
            else:
                self._begin(row, "start-delay")

    def _begin(self, row: Row, delay: str) -> None:
        self._forget(row.id)
        self._router.replace_state(NETWATCH, row, UNKNOWN)
        if row.values.get("disabled") == "true" or self._router.services.prober is None:
            return
        self._watches[row.id] = watch = Watch()
        properties = self._properties(row)
        if properties["type"] == "icmp" and seconds(properties, "interval") < train(properties):
            write_log(self._router, "netwatch,warning", f"packet train not fitting in interval [ {self._tag(row)} ]")
        wait = seconds(properties, delay) if self._router.version >= TYPES_FROM else 0.0
        self._plan(row, watch, wait)

    def _forget(self, number: int) -> None:
        watch = self._watches.pop(number, None)
        if watch is not None:
            watch.over = True
            if watch.timer is not None:
                watch.timer.cancel()

    def _plan(self, row: Row, watch: Watch, wait: float) -> None:
        clock = self._router.services.clock

        def begin() -> None:
            clock.start(lambda: self._test(row, watch), f"lab-netwatch-{row.id}")

        watch.timer = clock.call_later(wait, begin)

    # --- one test

    def _test(self, row: Row, watch: Watch) -> None:
        """Asks the host, tells what came of it, and plans the next test."""
        clock = self._router.services.clock
        begun = clock.now()
        properties = self._properties(row)
        outcome = self._ask(properties)
        with self._router.lock:
            if watch.over:
                return
            if outcome is None:
                kind = properties["type"]
                write_log(self._router, "netwatch,warning", f"lab: netwatch of type {kind} is not played here")
                return
            self._tell(row, watch, outcome)
            interval = seconds(properties, "interval")
            if properties["type"] == "icmp":
                interval = max(interval, train(properties))
            self._plan(row, watch, max(0.0, begun + interval - clock.now()))

    def _ask(self, properties: dict[str, str]) -> Outcome | None:
        """The outcome of a probe. A source address that the router lacks makes the host count as down [MAN] D, and
        so does a name without an address I, and a network that was plugged out."""
        source, host = properties.get("src-address"), properties["host"]
        if source and not self._has_address(source):
            return Outcome(False)
        is_name = parse_ip(host.partition("%")[0].partition("@")[0]) is None
        if is_name and properties["type"] != "dns":
            host = resolve(self._router, host) or ""
        prober = self._router.services.prober
        return probe(prober, properties, host) if host and prober is not None else Outcome(False)

    def _has_address(self, address: str) -> bool:
        with self._router.lock:
            return any(
                self._router.text(row.values["address"]).partition("/")[0] == address
                for row in self._router.table(ADDRESS)
                if row.values.get("disabled") != "true"
            )

    def _tell(self, row: Row, watch: Watch, outcome: Outcome) -> None:
        """Puts the outcome into the row, then runs the scripts: they find the entry as it is now [WANQM] O."""
        before, after = row.state.get("status"), "up" if outcome.good else "down"
        watch.done += 1
        watch.failed += not outcome.good
        since = row.state.get("since") if before == after else None
        state = {
            "status": after,
            "since": since or date_text(self._router.services.wall_time()),
            "done-tests": str(watch.done),
            "failed-tests": str(watch.failed),
            **{name: format_microseconds(time) for name, time in outcome.times.items()},
            **{name: str(count) for name, count in outcome.counts.items()},
        }
        self._router.replace_state(NETWATCH, row, state)
        if before != after:
            write_log(self._router, "netwatch,info", f"event {after} [ {self._tag(row)} ]")
            ignored = before == "unknown" and self._router.written(row, f"ignore-initial-{after}") == "true"
            if not ignored:
                self._run(row, f"{after}-script", outcome)
        self._run(row, "test-script", outcome)

    def _run(self, row: Row, which: str, outcome: Outcome) -> None:
        """Starts a script of the entry; those of different entries run at the same time [WANQM] O."""
        text = self._router.written(row, which)
        if text:
            origin = Origin("from netwatch", f"netwatch:{self._tag(row)}", named=False)
            self._scripts.start_hook(text, origin, self._variables(row, outcome))

    # --- what is known of a row

    def _tag(self, row: Row) -> str:
        """What the log calls an entry: its name, or its type, with an underscore, and host [MAN:Netwatch] D. That lines of scripts that
        fail do so too is I where it has a name."""
        return row.name or f"type: {self._router.written(row, 'type').replace('-', '_')}, host: {self._router.written(row, 'host')}"

    def _variables(self, row: Row, outcome: Outcome) -> dict[str, Value]:
        """Every property and statistic by its name; times in microseconds [MAN:Netwatch] D; those that are not set as well I. Older
        releases bring none along [MAN] I."""
        if self._router.version < TYPES_FROM:
            return {}
        shown = netwatch_defaults(self._router.written(row, "type")) | read_row(self._router, NETWATCH, row)
        names: dict[str, Value] = {}
        for name, value in Properties(self._router, NETWATCH, shown).items():
            names[name] = NOTHING if value is NIL else value
            if self._is_time(name) and name in shown:
                names[name] = (parse_duration(shown[name]) or 0) * 1000
        return {**names, **outcome.times, **outcome.counts}

    def _is_time(self, name: str) -> bool:
        known = self._router.menu(NETWATCH).arguments
        return name in known and isinstance(self._router.kind(NETWATCH, name), Duration)

    def _properties(self, row: Row) -> dict[str, str]:
        """What is set; releases without types have the simple one."""
        with self._router.lock:
            traits = {} if self._router.traits.loss_count_is_exceeded else {COUNT_IS_REACHED: ""}
            return {"type": "simple", **traits} | {name: self._router.text(value) for name, value in row.values.items()}
