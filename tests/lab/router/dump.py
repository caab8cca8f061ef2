# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configuration as canonical text, to compare two states of a router.

Static rows only, without ids, counters and read-only fields; references by name. Rows of menus without an order are
sorted.
"""

from __future__ import annotations

import json

from .interfaces import LOOPBACK
from .menus import NETWATCH_ICMP_DEFAULTS
from .paths import Path, path
from .rows import Row
from .store import Router

NETWATCH = path("tool netwatch")


def dump(router: Router) -> str:
    """All menus that hold anything, as JSON with sorted keys."""
    with router.lock:
        menus = {" ".join(menu): rows for menu in sorted(router.tables) if (rows := _rows(router, menu))}
    return json.dumps(menus, indent=1, sort_keys=True, ensure_ascii=True)


def _rows(router: Router, menu: Path) -> list[dict[str, str]]:
    if menu == LOOPBACK:
        return []
    rows = [_values(router, menu, row) for row in router.table(menu) if not row.dynamic and not row.builtin]
    rows = [row for row in rows if row]
    known = router.tree.menu(menu)
    if known is not None and not known.ordered:
        rows.sort(key=lambda row: sorted(row.items()))
    return rows


def _values(router: Router, menu: Path, row: Row) -> dict[str, str]:
    """What was written in a row, and what tells a port or a service from the others. Defaults of netwatch that nobody can see are
    left out."""
    told = {name: row.state[name] for name in ("default-name", "name") if name in row.state}
    unseen = NETWATCH_ICMP_DEFAULTS if menu == NETWATCH and not router.traits.netwatch_shows_ttl else {}
    values = {name: router.text(value) for name, value in row.values.items()}
    return told | {name: text for name, text in values.items() if unseen.get(name) != text}
