# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of the log. The control script says them, the alert script understands them, and other lines of ours look alike.

Both scripts are made from what stands here, so a change of a word changes both. Whoever uses a word reads it at the moment of use
(`health.BACK`), and keeps no copy.
"""

from __future__ import annotations

DEMOTION = 100
"""What the routes of a dead WAN have more than usual, so that all others come before them. They stay enabled: a disabled route hides its
distance and table when read back (observed), and the way out that is bad is better than none."""

SAYS = "multiwan: "
"""How each line of ours in the log begins."""

OUT_OF_USE = " is out of use: "
"""Behind the name of a line, before the reason."""

BACK = " is in use again"
"""Behind the name of a line."""

HEARTBEAT = "heartbeat"
TEST = "test"
CHANGED = "changed"

ROGUE = "dhcp alert on "
"""How RouterOS begins a line about an unknown DHCP server (manual, "DHCP Server", Alerts); the interface follows."""

ROGUE_MAC = ": discovered unknown dhcp server, mac "
ROGUE_ADDRESS = ", ip "


def said(word: str) -> str:
    """Return the whole line of the log, such as ``multiwan: test``."""
    return f"{SAYS}{word}"
