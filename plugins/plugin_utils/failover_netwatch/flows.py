# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the control script has to know of connections that leave a line: roles/failover_netwatch/templates/failover_flows.rsc.j2."""

from __future__ import annotations

from ..lines import MOVE, Wan
from ..routeros.names import BALANCE, MOST_NEAR, PREFIX, comment, mark, near_list
from ..routeros.spelling import Value, array, exact, literal, span
from .intent import Intent

ADDRESSES_LIST = f"{PREFIX}-addresses:"
"""Before the name of a line: the list of the addresses that it had when the script looked last."""

WAY_LIST = f"{PREFIX}-way"
"""The list with the entry that says which line took what is not balanced when the script looked last."""

SEEN_LIST = f"{PREFIX}-seen"
"""The list with the entry that says what links, addresses and routes were like then."""

USE_LIST, WAIT_LIST, OWED_LIST = (f"{PREFIX}-{word}:" for word in ("use", "move-wait", "move-owed"))
"""Before the name of a line with ``failback: move``: the lists with the entries that say whether it carried when the script looked last,
that it has to wait, and that connections are to be moved."""

PASSING = f"({WAY_LIST}|{SEEN_LIST})$|({'|'.join((ADDRESSES_LIST, USE_LIST, WAIT_LIST, OWED_LIST))})"
"""What the names of all these lists match from their beginning. Their entries have a timeout; a removal does not wait for it."""

DAY = 86_400
SEEN_TIME, KEPT_TIME = DAY, 2 * DAY
"""How long these last: after `SEEN_TIME` the script looks again, whatever has changed, and still knows what it was like."""

SLICE, SHRINK = 512, 8
"""So many connections go at once, and where that fails, so much fewer the next time: 512, 64, 8, 1."""

MOVE_AFTER = 300
"""Seconds after which they are moved: a line that comes and goes moves nothing twice."""

USE_TIME = 7 * DAY
"""So long is known whether a line has carried; an outage may be as long."""


def variables(intent: Intent) -> dict[str, object]:
    """Return what the template takes, as RouterOS writes it."""
    return {
        "ports": literal(f"^({'|'.join(exact(wan.interface) for wan in intent.wans)})$"),
        "all_routes": literal(f"^{comment(BALANCE, 'route', '')}"),
        "near": literal(f"^{comment(BALANCE, 'near', '')}"),
        "near_comment": literal(comment(BALANCE, "near", "")),
        "near_list": literal(near_list("")),
        "most_near": MOST_NEAR,
        "addresses_list": literal(ADDRESSES_LIST),
        "way_list": literal(WAY_LIST),
        "seen_list": literal(SEEN_LIST),
        "seen_time": span(SEEN_TIME),
        "kept_time": span(KEPT_TIME),
        "movers": array(movers) if (movers := [wan.name for wan in intent.wans if wan.failback == MOVE]) else "",
        "use_list": literal(USE_LIST),
        "wait_list": literal(WAIT_LIST),
        "owed_list": literal(OWED_LIST),
        "use_time": span(USE_TIME),
        "wait_time": span(MOVE_AFTER),
        "leaves": literal(f"^{comment(BALANCE, 'leave', '')}"),
        "slice": SLICE,
        "shrink": SHRINK,
    }


def of_line(wan: Wan) -> dict[str, Value]:
    """Return what it has to know of a WAN: `flow` is its mark, `port` its interface, `own` the address that the user gave it, if any."""
    return {"flow": mark(wan.name), "port": wan.interface, "own": str(wan.source_address or "")}
