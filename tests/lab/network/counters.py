# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the router's firewall rows have met: the named counters of the kernel's table, less what was reset."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping

from ..router.paths import Path
from ..router.services import Met
from .firewall.names import TABLE, counter
from .namespace import Namespace

NOTHING = Met(0, 0)


class Counters:
    """Counters by row. The kernel's go on for as long as the room lasts, whatever becomes of the row."""

    def __init__(self, namespace: Namespace) -> None:
        self._namespace = namespace
        self._lock = threading.Lock()
        self._before: dict[str, Met] = {}
        """What had been met when a row was reset last, by the counter's name."""

    def read(self, menu: Path, ids: Collection[str]) -> Mapping[str, Met]:
        """What rows of a menu have met since they were reset last, by id.

        :raises OSError: when the room is gone.
        """
        with self._lock:
            seen = self._seen()
            return {number: self._since(counter(menu[-1], number), seen) for number in ids}

    def reset(self, menu: Path, ids: Collection[str]) -> None:
        """Rows begin to count anew.

        :raises OSError: when the room is gone.
        """
        with self._lock:
            seen = self._seen()
            for name in (counter(menu[-1], number) for number in ids):
                self._before[name] = seen.get(name, NOTHING)

    def _since(self, name: str, seen: Mapping[str, Met]) -> Met:
        now, before = seen.get(name, NOTHING), self._before.get(name, NOTHING)
        return Met(now.packets - before.packets, now.bytes - before.bytes)

    def _seen(self) -> dict[str, Met]:
        listed = json.loads(self._namespace.run(["nft", "-j", "list", "counters", "table", "ip", TABLE]))["nftables"]
        found = (item["counter"] for item in listed if "counter" in item)
        return {item["name"]: Met(item["packets"], item["bytes"]) for item in found}
