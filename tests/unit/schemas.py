# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command trees of real routers of every supported release, where they lie beside the checkout.

They say which arguments exist. Whether a value is right is the lab's business: it asks the tree of one release that has
complete lists of values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2].parent / "shared" / "routeros-schema"
OLDEST = (7, 15)


@cache
def supported_releases() -> dict[str, dict[str, Any]]:
    """The menus of each supported release, by version; empty without the folder."""
    found = {file.stem: file for file in FOLDER.glob("*.json")}
    return {version: json.loads(file.read_text())["paths"] for version, file in found.items() if _supported(version)}


def _supported(version: str) -> bool:
    return tuple(int(part) for part in version.split(".")[:2]) >= OLDEST


def arguments(menu: dict[str, Any], command: str) -> set[str]:
    """What a command of a menu takes; `set` and `reset` are written as differences."""
    if command not in menu["commands"]:
        return set(menu["plain"][command])
    known = menu["commands"][command]
    if "same-as-add-minus" in known:
        return arguments(menu, "add") - set(known["same-as-add-minus"]) | set(known.get("plus", ()))
    return set(known)


def unknown(path: str, command: str, names: Iterable[str]) -> list[str]:
    """What a release does not know of a write.

    :param path: of the menu, such as ``ip/route``.
    :param names: of the properties; ``!name`` unsets, ``.id`` is the wire's way to say which row.
    """
    wanted = {name.lstrip("!") for name in names} - {".id", "numbers", "destination"}
    missing = []
    for version, menus in supported_releases().items():
        menu = menus.get(path)
        if menu is None or command not in menu["commands"] | menu["plain"]:
            missing.append(f"{version}: no /{path}/{command}")
        else:
            missing += [f"{version}: no {name} in /{path}/{command}" for name in wanted - arguments(menu, command)]
    return missing
