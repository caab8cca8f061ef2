# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Has a router send a test message, and says what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import events, site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.delivery import answer, takers
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.intent import Intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.plan import OUTBOX
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import LOG, Router, RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router_action import RouterAction, needed
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST

EACH = 1.0
"""Seconds between two looks at the router."""
NOTICING = 10.0
"""Seconds that the script may take to read an event, beside twice its interval: another run may be at work."""
SENDING = 16.0
"""Seconds that the channels may take. The script tries again after five and after ten more: for a second or two after the router was told
whom to trust, it may still trust nobody (observed)."""


class ActionModule(RouterAction):
    """Writes an event, of which the router's script makes a message as of any other."""

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Wait until the script has read it, and until nothing waits any more."""
        if self._task.check_mode:
            return self.refused([_problem("a test message cannot be previewed", "run this without --check")])
        if problems:
            return self.refused(problems)
        if ALERTS not in run.intents:
            return self.refused([_problem(f"{ALERTS}_state is absent", "there is no channel to test")])
        try:
            with self.router() as router:
                if refusals := [finding for finding in router.refusals(needed(run)) if finding.refuses]:
                    return self.refused(refusals)
                said, taken = _send(router, run.intents[ALERTS])
        except RouterProblem as trouble:
            return self.refused([trouble.finding])
        told = f"taken by {taken}" if taken else ""
        if said:
            problem = f"{told}; for another channel: {said}" if told else said
            return self.refused([Finding(place="the test message", problem=problem, kind="delivery", refuses=True)])
        self.say([f"{self.host}: {told}"])
        return self.told({"changed": True}, told)


def _send(router: Router, intent: Intent) -> tuple[str, str]:
    """Why the message is not sent, empty if all channels have taken it; and those that have."""
    lists = {events.LIST, *(OUTBOX + channel.key for channel in intent.channels)}
    before = router.rows(LOG)
    if not router.tell(events.TEST):
        return answer({events.LIST}), ""

    def waiting() -> set[str]:
        return {str(row["list"]) for row in router.rows(ADDRESS_LIST, ("list",), "list", sorted(lists))}

    _wait(lambda: events.LIST not in waiting(), 2 * intent.interval + NOTICING)
    _wait(lambda: not waiting(), SENDING)
    known = {row.get(".id") for row in before}
    since = [str(row.get("message")) for row in router.rows(LOG) if row.get(".id") not in known]
    left = waiting()
    return answer(left, since, [str(row.get("message")) for row in before]), takers(intent, left)


def _wait(done: Callable[[], bool], seconds: float) -> None:
    """Look again and again until it is done, or the time is over."""
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(EACH)


def _problem(problem: str, remedy: str) -> Finding:
    return Finding(place="alert_test", problem=problem, remedy=remedy, kind="delivery", refuses=True)
