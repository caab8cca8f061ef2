# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a router: rows of /file."""

from __future__ import annotations

from .errors import Trap, failure
from .paths import path
from .store import Router
from .wire import to_bytes

FILE = path("file")


def read_file(router: Router, name: str) -> str:
    """What a file holds.

    :raises Trap: when there is none.
    """
    with router.lock:
        row = next((row for row in router.table(FILE) if row.name == name), None)
        if row is None:
            raise _no_file()
        return router.written(row, "contents")


def write_file(router: Router, name: str, contents: str) -> None:
    """Puts a file in place, also of one that is there."""
    with router.lock:
        for row in [row for row in router.table(FILE) if row.name == name]:
            router.uninstall(FILE, row)
        router.install(FILE, {"name": name, "contents": contents}, {"size": str(len(to_bytes(contents)))})


def _no_file() -> Trap:
    """The text is unknown."""
    return failure("no such file")
