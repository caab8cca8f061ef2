# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `drain` and `undrain` have in common: one row is written, the control script does the rest, and then it is said what is."""

from __future__ import annotations

import contextlib
import getpass
import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .. import site
from ..drains import Drain, drains
from ..failover_netwatch import drain as steer
from ..failover_netwatch.drain import Wish
from ..failover_netwatch.netwatch import SCRIPT
from ..findings import Finding
from ..lines import Wan
from ..reading import IntentErrors, read_truth
from ..routeros.names import FAILOVER
from ..routeros.rows import Found
from .changes import Changes
from .router import Router, RouterProblem
from .router_action import RouterAction, needed

EACH = 1.0
"""Seconds between two looks at the router."""
DOING = 20.0
"""Seconds that the control script may take: it runs every ten by itself, and may have to wait for another run."""


class SteeringAction(RouterAction):
    """Somebody wants something of one line."""

    _VALID_ARGS = frozenset({"roles", "line", "by"})

    def act(self, run: site.Site, problems: Sequence[Finding]) -> dict[str, Any]:
        """Check, write the row, have the script run, and say what is."""
        if problems:
            return self.refused(problems)
        if FAILOVER not in run.intents:
            return self.refused([absent()])
        wans, number = run.intents[FAILOVER].wans, random.randrange(1, 10**9)
        try:
            wish = self._wish()
            with self.router() as router:
                if refusals := [finding for finding in router.refusals(needed(run)) if finding.refuses]:
                    return self.refused(refusals)
                found = router.found(steer.READS)
                drain = self.wanted(wish, wans, found)
                changes = Changes()
                for step in steer.steps(drain, found, number) if drain else ():
                    router.write(step, changes, check=self._task.check_mode)
                if drain is None or self._task.check_mode:
                    return self._said(wish, wans, found, drain)
                # the script may be busy with another line for longer than an answer may take
                with contextlib.suppress(RouterProblem):
                    router.run_if_there(SCRIPT)
            with self.router() as router:
                found, done = _settled(router, drain)
        except IntentErrors as errors:
            return self.refused(errors.findings)
        except RouterProblem as trouble:
            return self.refused([trouble.finding])
        return self._said(wish, wans, found, drain) if done else self.refused([late(drain)])

    def wanted(self, wish: Wish, wans: Sequence[Wan], found: Found) -> Drain | None:
        """Return the row that is to be written, None where all is as wished."""
        raise NotImplementedError

    def _wish(self) -> Wish:
        given = {name: value for name, value in self._task.args.items() if value is not None}
        until, span = (str(given.get(name, "")).strip() for name in ("until", "for"))
        moves = read_truth(given.get("move", False), "move")
        return Wish(str(given.get("line", "")), until, span, moves, str(given.get("by") or _login()))

    def _said(self, wish: Wish, wans: Sequence[Wan], found: Found, drain: Drain | None) -> dict[str, Any]:
        if drain is not None and self._task.check_mode:
            word = "would not be drained any more" if drain.state == "end" else "would be drained"
            lines = [f"{wish.line} {word} {steer.reason(drain)} (check mode: nothing is written)"]
        else:
            lines = steer.report(wish, wans, found)
        self.say([f"{self.host}: {line}" for line in lines])
        now = {name: {key: value for key, value in asdict(one).items() if key != "state"} for name, one in drains(found, wans).items()}
        return self.told({"changed": drain is not None, "drains": now}, "\n".join(lines))


def _settled(router: Router, drain: Drain) -> tuple[Found, bool]:
    """The router once the script has done its work, and whether it has."""
    end = time.monotonic() + DOING
    while not steer.is_done(drain, found := router.found(steer.READS)) and time.monotonic() < end:
        time.sleep(EACH)
    return found, steer.is_done(drain, found)


def absent() -> Finding:
    """Return why nothing can be wished of a router without the control script."""
    return Finding(f"{FAILOVER}_state", "it is absent, so nobody would do it", "run it on the router first", kind="drain")


def late(drain: Drain) -> Finding:
    """Return what people should know of a wish that is not fulfilled yet."""
    problem = f"what is wished of {drain.line} is written on the router, but the control script has not done it"
    remedy = "look at /log on the router, and at its entry of /system scheduler"
    return Finding("/system script multiwan-failover", problem, remedy, kind="drain")


def _login() -> str:
    """Who runs Ansible."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "ansible"
