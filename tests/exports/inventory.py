# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The owner's inventory, as roles get it."""

from __future__ import annotations

from tests.unit.door.runs import Options

from .cases import Case

BALANCE, FAILOVER = "pcc_balance", "failover_netwatch"


def options(case: Case, **answers: object) -> Options:
    """The lines and the LAN, with answers to what a run has said."""
    wans = [dict(line) for line in case.wans]
    return {BALANCE: {"wans": wans, "lan_interfaces": list(case.lan), **answers}, FAILOVER: {"wans": wans, "profile": "fast"}}
