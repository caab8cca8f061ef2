# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Changes of rows that are not ours: what is to become of a row of somebody else's, once they agree."""

from __future__ import annotations

from dataclasses import dataclass

from .rows import Row


@dataclass(frozen=True)
class Change:
    """What one row of somebody else's is to become.

    :param path: such as ``ip firewall mangle``.
    :param row: the row as it is found, whole; it has an `.id` unless the path has one row only, such as ``ip settings``.
    :param fields: by field the new value; None takes the field away.
    """

    path: str
    row: Row
    fields: Row
