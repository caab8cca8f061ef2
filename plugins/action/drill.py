# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Loses one line of a live router for a while, as in an outage, and says what that was like."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.release import __version__ as ansible_version
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import files
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.page import Drilled, of_drill
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import LOG, Router, RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router_action import RouterAction, needed
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.screen import of_findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.steering import absent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import drill
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.drain import READS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import Intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import Wan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors, read_whole
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import FAILOVER, mark
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, CONNECTIONS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status.report import COUNTERS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status.states import HELD, OUT, SUSPECT, UP, states
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status.traffic import traffic

EACH = 0.2
"""Seconds between two looks."""
PATIENCE = 300
"""Seconds until the line has to be used again: one that was out before in the hour has to be good for longer."""


class ActionModule(RouterAction):
    """Says what it would do, or does it."""

    _VALID_ARGS = frozenset({"roles", "line", "seconds", "ask", "page"})

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Look whether all is well, lose the line, watch, and let it return."""
        if problems or FAILOVER not in run.intents:
            return self.refused(problems or [absent()])
        intent, given = run.intents[FAILOVER], self._task.args
        try:
            seconds = read_whole(given.get("seconds") or drill.USUAL, "seconds", drill.SHORTEST, drill.LONGEST)
            with self.router() as router:
                if refusals := [finding for finding in router.refusals(needed(run)) if finding.refuses]:
                    return self.refused(refusals)
                wan = drill.chosen(str(given.get("line") or ""), intent.wans, router.found(READS))
                live = len(router.rows(CONNECTIONS, ("connection-mark",), "connection-mark", [mark(wan.name)]))
                if boolean(given.get("ask", False), strict=False) or self._task.check_mode:
                    return self._asked(intent, wan, live, seconds)
                known = {row.get(".id") for row in router.rows(LOG)} if given.get("page") else set()
                result = self._done(self._exercise(router, intent, wan, seconds), wan, live)
                return self._page(result, router, intent, Drill(wan, seconds, live, known))
        except IntentErrors as errors:
            return self.refused(errors.findings)
        except RouterProblem as trouble:
            return self.refused([trouble.finding])

    def _asked(self, intent: Intent, wan: Wan, live: int, seconds: int) -> dict[str, Any]:
        most = drill.longest(intent, wan, seconds)
        lines = [
            f"{wan.name} will be lost for about {seconds} s, as in an outage: its {live} live connections are removed, and begin anew",
            f"whoever hears of outages hears of this one; should this machine die, the router ends it by itself within {most} s",
        ]
        self.say([f"{self.host}: {line}" for line in lines])
        return self.told({"changed": False, "live_connections": live}, "\n".join(lines))

    def _exercise(self, router: Router, intent: Intent, wan: Wan, seconds: int) -> dict[str, Any]:
        """What happened: seconds to each step, None for what did not come, and new connections by line meanwhile."""

        def waits_for(*wanted: str, patience: float = drill.noticed(intent, wan)) -> float | None:
            return _until(lambda: states(router.found(READS), [wan])[wan.name].state in wanted, begun, patience)

        router.change(ADDRESS_LIST, "add", drill.entry(wan, drill.longest(intent, wan, seconds)))
        try:
            begun = time.monotonic()
            elsewhere, left = waits_for(SUSPECT, OUT, HELD), waits_for(OUT, HELD)
            before = router.found(COUNTERS)
            time.sleep(seconds if left is not None else 0)
            carried = traffic(router.found(COUNTERS), intent.wans, before)
        finally:
            with suppress(RouterProblem):  # the router does it by itself
                router.write(drill.end(wan), Changes(), check=False)
        begun = time.monotonic()
        back = waits_for(UP, patience=PATIENCE) if left is not None else None
        counted = {name: one.connections for name, one in carried.items()}
        return {"elsewhere_seconds": elsewhere, "left_seconds": left, "back_seconds": back, "connections": counted}

    def _done(self, drilled: dict[str, Any], wan: Wan, live: int) -> dict[str, Any]:
        left, back = drilled["left_seconds"], drilled["back_seconds"]
        result = {"changed": True, "live_connections": live, "drill": drilled}
        if left is None:
            problem = f"{wan.name} was not left, although its evidence was taken away"
            late = Finding("/system script multiwan-failover", problem, "look at /log, and at its entry of /system scheduler", kind="drill")
            return self._failed(late, result)
        new = ", ".join(f"{count} by {name}" for name, count in drilled["connections"].items())
        lines = [
            f"new connections went elsewhere {drilled['elsewhere_seconds']:.1f} s after the cut, {wan.name} was left after {left:.1f} s",
            f"new connections meanwhile: {new}",
            f"{wan.name} was used again {back:.1f} s after the end" if back is not None else f"{wan.name} is not used again yet",
            f"the control script looks by itself every few seconds; a real outage it hears of at once, from the probes of {wan.name}",
        ]
        self.say([f"{self.host}: {line}" for line in lines])
        if back is None:
            slow = Finding(
                "line", f"{wan.name} is not used again after {PATIENCE} s", "see what multiwan.routeros.status says of it", kind="drill"
            )
            return self._failed(slow, result)
        return self.told(result, "\n".join(lines))

    def _page(self, result: dict[str, Any], router: Router, intent: Intent, wanted: Drill) -> dict[str, Any]:
        """The result, with a page of it where one is wanted. A file that cannot be written is a failure of its own."""
        folder = str(self._task.args.get("page") or "")
        if not folder:
            return result
        try:
            log = [f"{row.get('time')}  {row.get('message')}" for row in router.rows(LOG) if _is_news(row, wanted.known)]
        except RouterProblem as trouble:
            log = [trouble.finding.text]
        told, problem = result["drill"], result["msg"] if result.get("failed") else ""
        drilled = Drilled(
            wanted.wan.name,
            wanted.seconds,
            told["elsewhere_seconds"],
            told["left_seconds"],
            told["back_seconds"],
            told["connections"],
            wanted.live,
            problem,
        )
        about = f"multiwan.routeros on ansible-core {ansible_version}, {time.strftime('%Y-%m-%d %H:%M')}"
        text = of_drill(drilled, self.host, about, intent.wans, str(result["msg"]).splitlines(), log)
        try:
            files.write(files.of_host(folder, self.host, "html"), text)
        except OSError as error:
            unwritten = Finding(
                "page", f"{folder} cannot be written: {error.strerror}", "write a folder that you may write to", kind="file"
            )
            return self._failed(unwritten, {key: value for key, value in result.items() if key in ("changed", "live_connections", "drill")})
        return result

    def _failed(self, finding: Finding, result: dict[str, Any]) -> dict[str, Any]:
        """What to say of a drill that did not go as it should."""
        self.say(of_findings(self.host, [finding]))
        return self.told({**result, "failed": True}, finding.text, [finding])


@dataclass(frozen=True)
class Drill:
    """What was wanted, and what was there before: live connections, and the log by the ids of its lines."""

    wan: Wan
    seconds: int
    live: int
    known: Set[object]


def _is_news(row: Mapping[str, object], known: Set[object]) -> bool:
    """Whether a line of the log is new, and one of ours."""
    return row.get(".id") not in known and "multiwan" in str(row.get("message"))


def _until(condition: Callable[[], bool], begun: float, patience: float) -> float | None:
    """Seconds until something is so; None if it does not come to that."""
    while not condition():
        if time.monotonic() - begun > patience:
            return None
        time.sleep(EACH)
    return time.monotonic() - begun
