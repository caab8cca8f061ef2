# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command trees of real routers of every supported release, where they lie beside the checkout.

All say which arguments exist; those of two releases say which keywords an argument takes, and whether it can be negated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2].parent / "shared" / "routeros-schema"
OLDEST = (7, 15)

Write = tuple[str, str, tuple[tuple[str, str], ...]]
"""Path such as ``ip/route``, command, and the words of the sentence as names and values."""

SPEAK_OF_ROWS = {".id", "numbers", "destination"}
#: They take names of the router's own things, or times, besides the keywords that a tree lists.
TAKE_NAMES = {
    *("chain", "jump-target", "connection-mark", "new-connection-mark"),
    *("in-interface", "in-interface-list", "out-interface", "out-interface-list", "list", "include"),
    *("table", "routing-table", "start-time"),
}


@cache
def supported_releases() -> dict[str, dict[str, Any]]:
    """The menus of each supported release, by version; empty without the folder."""
    found = {file.stem: file for file in FOLDER.glob("*.json")}
    return {version: json.loads(file.read_text())["paths"] for version, file in found.items() if _supported(version)}


def _supported(version: str) -> bool:
    return tuple(int(part) for part in version.split(".")[:2]) >= OLDEST


def arguments(menu: Mapping[str, Any], command: str) -> dict[str, dict[str, Any]]:
    """What a command of a menu takes, and what is known of each; `set` is written as a difference."""
    if command not in menu["commands"]:
        return {name: {} for name in menu["plain"][command]}
    known = menu["commands"][command]
    if "same-as-add-minus" in known:
        common = {name: info for name, info in arguments(menu, "add").items() if name not in known["same-as-add-minus"]}
        return common | known.get("plus", {})
    return known


def complaints(writes: Iterable[Write]) -> list[str]:
    """What any supported release would refuse in these writes."""
    return [
        f"{version}: /{path}/{command} {complaint}"
        for path, command, words in set(writes)
        for version, menus in supported_releases().items()
        for complaint in _complaints(menus.get(path), command, words)
    ]


def _complaints(menu: Mapping[str, Any] | None, command: str, words: Iterable[tuple[str, str]]) -> Iterator[str]:
    if menu is None or command not in menu["commands"] | menu["plain"]:
        yield "does not exist"
        return
    known = arguments(menu, command)
    for name, value in words:
        info = known.get(name.lstrip("!"))  # the API writes !name to unset
        if name in SPEAK_OF_ROWS:
            continue
        if info is None:
            yield f"has no {name}"
        elif not _fits(name, value, info):
            yield f"takes no {name}={value}"


def _fits(name: str, value: str, info: Mapping[str, Any]) -> bool:
    """A keyword is what the console completes, so only the first word of a value can be looked up."""
    if "enum" not in info or value == "":
        return True
    if value.startswith("!") and "neg" not in info:
        return False
    return "desc" in info or name in TAKE_NAMES or re.split("[,:]", value.lstrip("!"))[0] in info["enum"]
