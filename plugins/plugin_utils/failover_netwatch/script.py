# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the control script has to know."""

from __future__ import annotations

from ..lines import parts
from ..routeros.spelling import literal
from .intent import Intent, has_limits
from .netwatch import SCRIPT


def script_variables(intent: Intent) -> dict[str, object]:
    """Return what the template of the control script takes; names of hooks are strings of RouterOS."""
    return {
        "failover_script_name": SCRIPT,
        "lines": _script_lines(intent),
        "on_down": literal(intent.on_down) if intent.on_down else "",
        "on_up": literal(intent.on_up) if intent.on_up else "",
    }


def _script_lines(intent: Intent) -> list[dict[str, object]]:
    """What the script has to know of each WAN, in the user's order; a pattern is a regular expression inside a string of RouterOS."""
    return [
        {
            "name": wan.name,
            "pattern": wan.name.replace(".", r"\\."),
            "weight": weight,
            "tier": wan.tier,
            "probes": len(intent.probes[wan.name]),
            "quorum": intent.quorum[wan.name],
            "enough": len(intent.probes[wan.name]) - intent.quorum[wan.name] + 1,
            "watched": has_limits(wan),
        }
        for wan, weight in zip(intent.wans, parts(intent.wans), strict=True)
    ]
