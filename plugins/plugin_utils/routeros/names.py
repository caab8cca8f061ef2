# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of our things on the router.

The comment of a row is its identity and a public interface: ``multiwan:ROLE:OBJECT``. We touch no row whose comment does not say so, but
for logging, which has no comments: there the name of the action does. Changing a comment here orphans the rows of every router that runs
an older release.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

PREFIX = "multiwan"

# The roles.
BALANCE = "pcc_balance"
FAILOVER = "failover_netwatch"
ALERTS = "dhcp_alert_telegram"
ROLES = (BALANCE, FAILOVER, ALERTS)
"""In the order of their turns."""

BEFORE_LIST = f"{PREFIX}-before"
BYPASS_LIST = f"{PREFIX}-bypass"
LAN_LIST = f"{PREFIX}-lan"
SPECIFIC_LIST = f"{PREFIX}-specific"
"""The networks to which main has more than its default route, of those that are balanced."""
LEDGER_LIST = f"{PREFIX}-ledger"
MOST_NEAR = 200
"""So many networks at most are left out of the rows that mark what arrives: a full routing table says nothing of who is near."""

LEDGER = f"{PREFIX}:ledger:"
"""How the comments begin that say what was changed in rows of others."""


MAIN_TABLE = f"{PREFIX}-main"
"""The table of what is not balanced; no WAN has the name main."""


def mark(wan: str) -> str:
    """Return the connection mark and, alike, the routing table of a WAN."""
    return f"{PREFIX}-{wan}"


def near_list(wan: str) -> str:
    """Return the list of the networks that are reached by the segment of a WAN."""
    return f"{PREFIX}-near:{wan}"


def suspect_list(wan: str) -> str:
    """Return the address list that holds every address while a WAN is suspect, and else nothing."""
    return f"{PREFIX}-suspect:{wan}"


def probe_table(wan: str) -> str:
    """Return the routing table of a WAN's probes; no WAN's `mark` begins like it."""
    return f"{PREFIX}.probe-{wan}"


def comment(role: str, *parts: object) -> str:
    """Return the comment of a row of `role`, for instance ``multiwan:pcc_balance:classify:isp1:0``."""
    return ":".join((PREFIX, role, *map(str, parts)))


def owned(role: str) -> str:
    """Return the regular expression that the comments of all rows of `role` match, and no others do."""
    return f"^{PREFIX}:{role}:"


def exactly(comments: Iterable[str]) -> str:
    """Return a regular expression that matches these comments and no others; of no comments, nothing matches, not even empty ones."""
    return f"^(?:{'|'.join(map(re.escape, comments)) or '(?!)'})$"
