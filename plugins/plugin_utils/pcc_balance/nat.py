# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WANs to the rows that give connections the address of their line."""

from __future__ import annotations

from collections.abc import Sequence

from ..lines import Wan
from ..routeros.names import BALANCE, comment
from ..routeros.rows import Row


def nat_rows(wans: Sequence[Wan], exempt: Sequence[Row] = ()) -> list[Row]:
    """Return one row of NAT per WAN, behind the rows that keep something as it is (see `exemptions`)."""
    return [*exempt, *map(_row, wans)]


def _row(wan: Wan) -> Row:
    """Traffic that an IPsec policy takes is not translated, as in MikroTik's default configuration."""
    how: Row = {"action": "masquerade"} if wan.source_address is None else {"action": "src-nat", "to-addresses": str(wan.source_address)}
    return {
        "chain": "srcnat",
        **how,
        "out-interface": wan.interface,
        "ipsec-policy": "out,none",
        "comment": comment(BALANCE, "nat", wan.name),
    }
