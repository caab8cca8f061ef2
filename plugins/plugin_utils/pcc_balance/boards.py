# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How fast boards route what FastTrack does not carry, and lines that are faster together. The sources are in docs/boards.md."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..lines import Wan, balanced
from ..routeros.paths import FILTER, RESOURCE
from .surroundings import Surroundings
from .unmarked import order

MEGABIT = 10**6
ROUTED = {
    ("hEX", "mmips"): 265,
    ("hEX", "arm"): 498,
    ("hAP ax^2", "arm64"): 913,
    ("hAP ax^3", "arm64"): 1145,
    ("RB5009UG+S+", "arm64"): 3000,
}
"""By board-name and architecture-name, the Mbit/s of the maker's test "routing, 25 ip filter rules" with packets of 512 bytes."""


def slow_boards(router: Surroundings, probed: bool) -> Iterator[Finding]:
    """Yield that the lines are faster together than the board routes.

    Only weights that are speeds can say so: plain numbers are never as large.

    :param probed: whether the control script is there, and FastTrack may carry one of the lines.
    """
    for row in router.found.get(RESOURCE, ()):
        board = str(row.get("board-name")), str(row.get("architecture-name"))
        speed = sum(wan.weight for wan in _slow_lines(router, probed)) / MEGABIT
        if board in ROUTED and speed > ROUTED[board]:
            problem = (
                f"a {board[0]} routes about {ROUTED[board]} Mbit/s without FastTrack (the maker's figure), "
                f"and the lines that it does not carry have {round(speed)} Mbit/s together"
            )
            yield Finding("", problem, "take a faster board if you need all of it (docs/boards.md)", refuses=False, kind="board")


def _slow_lines(router: Surroundings, probed: bool) -> list[Wan]:
    """The lines in use whose connections meet all rows: all but the first one, where the owner has FastTrack and the script is there."""
    fast = any(row.get("action") == "fasttrack-connection" for row in router.found[FILTER])
    first = order(router)[0].name if fast and probed else ""
    return [wan for wan in balanced(router.intent.wans) if wan.name != first]
