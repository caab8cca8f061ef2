# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An exercise on a live router: a line is lost for a while, as in an outage. What speaks against it, and the entry that begins it.

The entry has a timeout, so an exercise whose machine dies ends on the router by itself; the control script counts the line as lost while it
is there (failover_evidence.rsc.j2).
"""

from __future__ import annotations

from collections.abc import Sequence

from .. import health
from ..drains import drains
from ..findings import Finding
from ..lines import Wan
from ..reading import IntentErrors
from ..routeros.names import FAILOVER, comment
from ..routeros.paths import ADDRESS_LIST
from ..routeros.rows import Found
from ..routeros.spelling import literal, span
from ..routeros.steps import Forget
from .drain import line_of, refuse_the_last
from .evidence import DRILL
from .intent import Intent

SHORTEST, USUAL, LONGEST = 5, 20, 600
"""Seconds for which a line is kept out once it is left."""
SLACK = 20
"""Seconds that a busy router may take longer."""


def chosen(line: str, wans: Sequence[Wan], found: Found) -> Wan:
    """Return the line that is meant.

    Raises `IntentErrors` where it is none, where no other line could carry meanwhile, and where anything else is the matter: an exercise
    is for a router on which all is well.
    """
    wan = line_of(line, wans, found)
    refuse_the_last(wan, wans, found)
    out, drained = health.out_of_use(found, wans), drains(found, wans)
    begun = {str(row.get("list")).removeprefix(DRILL) for row in found[ADDRESS_LIST] if str(row.get("list")).startswith(DRILL)}
    for name in (wan.name for wan in wans):
        why = "out of use" if name in out else "drained" if name in drained else "in a drill" if name in begun else ""
        if why:
            raise IntentErrors([Finding("line", f"{name} is {why}", "one line at a time: wait until it is back", kind="drill")])
    return wan


def noticed(intent: Intent, wan: Wan) -> int:
    """Return within how many seconds the control script has to have left the line."""
    return intent.schedule + 2 * intent.profile_of(wan).patience + SLACK


def longest(intent: Intent, wan: Wan, seconds: int) -> int:
    """Return for how long the entry is there at most: until the line is noticed and left, kept out, and then some."""
    return noticed(intent, wan) + seconds + 2 * SLACK


def entry(wan: Wan, seconds: int) -> str:
    """Return what the command that adds the entry says."""
    said = comment(FAILOVER, "drill", wan.name)
    return f"list={literal(DRILL + wan.name)} address=127.0.0.1 timeout={span(seconds)} comment={literal(said)}"


def end(wan: Wan) -> Forget:
    """Return what ends it before its time."""
    return Forget("End the drill", ADDRESS_LIST, "comment", f"^{comment(FAILOVER, 'drill', wan.name)}$")
