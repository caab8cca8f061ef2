# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Events on their way to people: who writes them on the router, where they wait, and what they look like there.

An event is a disabled address-list entry of `LIST`: configuration, so it survives a reboot, and nobody writes one by what he sends to the
router, as he might a line of the log. Its comment is ``GROUP ID COUNT``, for an event of the control script followed by a line
``DATE TIME MOMENT WHAT LINE REASON``. `ID` is dealt by chance. `COUNT` says for how many events of the same group it stands besides,
which came before it. MOMENT is what ``:timestamp`` says, in whole seconds.

Both scripts keep what waits by plugins/plugin_utils/routeros/keep.rsc.j2, which says what happens when there is too much of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from .routeros.names import PREFIX
from .routeros.spelling import literal

LIST = f"{PREFIX}-events"

READER = f"{PREFIX}-telegram"
"""The script of role dhcp_alert_telegram: without it nobody reads events, so none are written."""

DOWN, UP, HELD, HAND, NOTE = "down", "up", "held", "hand", "note"
DRAINED, UNDRAINED = "drained", "undrained"
"""What the control script tells: of a line (`HELD`: it is out of use because it flaps, `HAND`: somebody has switched it off, `DRAINED` and
`UNDRAINED`: somebody wants no new connections on it, and no longer), and else."""

OF_LINES = (DOWN, UP, HELD, HAND, DRAINED, UNDRAINED)
"""Of these, those of lines."""

HEARTBEAT, TEST, CHANGED = "heartbeat", "test", "changed"
"""What is told besides, each a group of its own."""

FIRST_ADDRESS = "240.0.0.1"
"""Of entries that hold a text; nobody has such an address (RFC 1112)."""

ADDRESSES: Mapping[str, str] = {HEARTBEAT: "240.0.1.1", TEST: "240.0.1.2", CHANGED: "240.0.1.3"}
"""Where those events stand: of each, one waits."""

TRIES = 100
"""Addresses that are tried for an entry."""

MOST_OF_A_LINE = 4
"""Events of one line that wait: the first ones, and the latest, which stands for all between them."""


def line_group(wan: str) -> str:
    """Return the group of a line's events: its name, without what means something in a regular expression."""
    return f"line:{wan.replace('.', '/')}"


def keeping(script: str) -> dict[str, object]:
    """Return what keep.rsc.j2 takes in a script of this name, as RouterOS writes it."""
    return {
        "first_address": FIRST_ADDRESS,
        "tries_to_keep": TRIES,
        "not_kept": literal(f"{script}: the router does not keep this: "),
    }
