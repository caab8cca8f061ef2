# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router's log: lines with topics, sorted into buffers by the rules of /system/logging [MAN:Log] D.

``/log/find`` knows ``buffer``, ids ascend with the oldest line first, and rows carry date and time (several unrelated projects) [WILD] O.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from .paths import path
from .rows import Row

if TYPE_CHECKING:
    from .store import Router

LOG = path("log")
CLOCK = path("system clock")
RULES = path("system logging")
ACTIONS = path("system logging action")
USUAL_LINES = 1000
"""How many lines a buffer holds when its action does not say."""


def date_text(seconds: float) -> str:
    """A moment as 7.10 and later write it: ``2026-01-31 10:00:00`` [MAN] D. The lab's time zone is UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def write_log(router: Router, topics: str, message: str) -> None:
    """Writes a line into every memory buffer that a rule sends its topics to, once into each I.

    :param topics: comma separated, such as ``script,info``.
    """
    with router.lock:
        moment = date_text(router.services.wall_time())
        filled: set[int] = set()
        for rule in router.table(RULES):
            found = router.referenced_row(rule.values.get("action", ""))
            if found is None or found[1].id in filled or not _applies(router, rule, topics.split(","), message):
                continue
            action = found[1]
            if router.written(action, "target") != "memory":
                continue
            filled.add(action.id)
            prefix = router.written(rule, "prefix")
            text = f"{prefix}: {message}" if prefix else message
            _append(router, action, {"time": moment, "topics": topics, "message": text})


def _applies(router: Router, rule: Row, topics: list[str], message: str) -> bool:
    """All topics of a rule have to be among the line's, those with ``!`` must not [MAN] D."""
    if rule.values.get("disabled") == "true":
        return False
    wanted = [topic for topic in router.written(rule, "topics").split(",") if topic]
    if not all((topic.removeprefix("!") in topics) is not topic.startswith("!") for topic in wanted):
        return False
    pattern = router.written(rule, "regex")
    return not pattern or re.search(pattern, message) is not None


def _append(router: Router, action: Row, line: dict[str, str]) -> None:
    """Puts a line at the end of a buffer; the oldest one goes when it is full, or the new one does not come."""
    buffer = action.name or ""
    lines = [row for row in router.table(LOG) if row.state.get("buffer") == buffer]
    limit = int(router.written(action, "memory-lines") or USUAL_LINES)
    if len(lines) >= limit:
        if action.values.get("memory-stop-on-full") == "true":
            return
        for row in lines[: len(lines) - limit + 1]:
            router.uninstall(LOG, row)
    router.install(LOG, {}, {**line, "buffer": buffer})
