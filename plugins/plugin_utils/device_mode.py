# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the router's device-mode keeps off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .findings import COMMAND, Finding
from .routeros.paths import DEVICE_MODE
from .routeros.rows import Found, Row


def device_mode(found: Found, features: Iterable[str]) -> Iterator[Finding]:
    """Yield what keeps features of the router off: its mode, or that it is flagged (manual, "Device-mode")."""
    for row in found.get(DEVICE_MODE, ()):
        if _is_flagged(row):
            problem = "the router found a suspicious configuration and allows no fetch and no scheduler"
            remedy = f"look for what is not yours, then write {COMMAND}, and press its button when it asks"
            yield Finding("/system device-mode", problem, remedy, "/system device-mode update flagged=no", kind="device-mode")
        for feature in features:
            if not _is_on(row, feature):
                place = f"/system device-mode {row.get('mode', '')}"
                remedy = f"write {COMMAND}, then press the router's button when it asks"
                command = f"/system device-mode update {feature}=yes"
                yield Finding(place, f"{feature} is not allowed", remedy, command, kind="device-mode")


def allows(found: Found, feature: str) -> bool:
    """Return whether the router lets a feature work; one that was not asked, or does not know the menu, does.

    One that is flagged lets neither scheduler nor fetch work (manual, "Device-mode").
    """
    return all(_is_on(row, feature) and not _is_flagged(row) for row in found.get(DEVICE_MODE, ()))


def _is_flagged(row: Row) -> bool:
    return str(row.get("flagged", "no")).lower() in ("true", "yes")


def _is_on(row: Row, feature: str) -> bool:
    return str(row.get(feature, "yes")).lower() not in ("false", "no")
