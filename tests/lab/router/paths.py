# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Menu paths: ``("ip", "firewall", "mangle")``."""

from __future__ import annotations

Path = tuple[str, ...]


def path(text: str) -> Path:
    """The path written as ``ip firewall mangle`` or ``/ip/firewall/mangle``."""
    return tuple(text.replace("/", " ").split())


def path_text(menu: Path) -> str:
    """A path as RouterOS 7 writes it: ``/ip/firewall/mangle``."""
    return "/" + "/".join(menu)
