# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the router's firewall rows have met: the named counters of the kernel's table, less what was reset. What its interfaces have
carried: the kernel's counters of their devices, likewise."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping
from pathlib import Path as File

from ..router.paths import Path
from ..router.services import Carried, Met
from ..router.store import Router
from .devices import device_names
from .firewall.names import TABLE, counter
from .namespace import Namespace

NOTHING = Met(0, 0)
_STILL = Carried(0, 0, 0, 0)


class Counters:
    """Counters by row. The kernel's go on for as long as the room lasts, whatever becomes of the row."""

    def __init__(self, namespace: Namespace, router: Router) -> None:
        self._namespace = namespace
        self._router = router
        self._lock = threading.Lock()
        self._before: dict[str, Met] = {}
        """What had been met when a row was reset last, by the counter's name."""
        self._carried_before: dict[str, Carried] = {}

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

    def interfaces(self) -> Mapping[str, Carried]:
        """What interfaces have carried since they were reset last, by name; those without a device carry nothing.

        :raises OSError: when the room is gone.
        """
        with self._lock:
            return {name: _less(now, self._carried_before.get(name, _STILL)) for name, now in self._interfaces().items()}

    def reset_interfaces(self) -> None:
        """All interfaces begin to count anew.

        :raises OSError: when the room is gone.
        """
        with self._lock:
            self._carried_before = self._interfaces()

    def _interfaces(self) -> dict[str, Carried]:
        seen = self._devices()
        return {name: seen[device] for name, device in device_names(self._router).items() if device in seen}

    def _devices(self) -> dict[str, Carried]:
        """By device, as the kernel counts (proc(5), /proc/net/dev): its bytes and packets in, and out."""
        lines = self._namespace.inside(File("/proc/thread-self/net/dev").read_text).splitlines()[2:]
        counts = {name.strip(): [int(number) for number in numbers.split()] for name, _, numbers in (line.partition(":") for line in lines)}
        return {name: Carried(count[0], count[1], count[8], count[9]) for name, count in counts.items()}

    def _since(self, name: str, seen: Mapping[str, Met]) -> Met:
        now, before = seen.get(name, NOTHING), self._before.get(name, NOTHING)
        return Met(now.packets - before.packets, now.bytes - before.bytes)

    def _seen(self) -> dict[str, Met]:
        listed = json.loads(self._namespace.run(["nft", "-j", "list", "counters", "table", "ip", TABLE]))["nftables"]
        found = (item["counter"] for item in listed if "counter" in item)
        return {item["name"]: Met(item["packets"], item["bytes"]) for item in found}


def _less(now: Carried, before: Carried) -> Carried:
    return Carried(*(count - was for count, was in zip(now, before, strict=True)))
