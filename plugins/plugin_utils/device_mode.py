# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the router's device-mode keeps off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .routeros.paths import DEVICE_MODE
from .routeros.rows import Found


def device_mode(found: Found, features: Iterable[str]) -> Iterator[str]:
    """Yield what keeps features of the router off: its mode, or that it is flagged (manual, "Device-mode")."""
    for row in found.get(DEVICE_MODE, ()):
        if str(row.get("flagged", "no")).lower() in ("true", "yes"):
            yield (
                "/system device-mode: the router found a suspicious configuration and allows no fetch and no scheduler; "
                "look for what is not yours, then write /system device-mode update flagged=no, and press its button when it asks"
            )
        for feature in features:
            if str(row.get(feature, "yes")).lower() in ("false", "no"):
                yield (
                    f"/system device-mode {row.get('mode', '')}: {feature} is not allowed; "
                    f"write /system device-mode update {feature}=yes, then press the router's button when it asks"
                )
