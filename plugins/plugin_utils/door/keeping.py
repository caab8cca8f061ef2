# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a router was like before a run, kept as a script beside the inventory before the run writes for the first time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .. import backup
from ..findings import Finding
from ..routeros.steps import Step
from .files import of_host, write
from .router import Router, RouterProblem
from .variables import BACKUP

FOLDER = "multiwan-backups"
"""Beside the inventory."""
UNKEPT = "backup"
"""The kind of finding that says that there can be none."""
PRIVATE = 0o600
"""A part of a router's configuration is for its owner."""


class Backup:
    """One run's backup.

    :param folder: where it is to be; empty for none.
    :param host: the router's name in the inventory.
    :param router: the connection that reads.
    :param steps: what the run may write.

    `file` is where it is, None before it is kept.
    """

    def __init__(self, folder: str, host: str, router: Router, steps: Sequence[Step]) -> None:
        self._folder, self._host, self._router, self._steps = folder, host, router, steps
        self.file: Path | None = None

    def keep(self) -> None:
        """Read what the steps may change, and write the script. The second time, nothing.

        Raises `RouterProblem`, also where the file cannot be written.
        """
        if not self._folder or self.file is not None or not self._steps:
            return
        rows = {path: self._router.writable(path) for path in backup.paths(self._steps)}
        file = of_host(self._folder, self._host, f"{time.strftime('%Y%m%d-%H%M%S')}.rsc")
        try:
            write(file, backup.script(rows, self._steps, f"{self._host}, {time.strftime('%Y-%m-%d %H:%M:%S')}"), PRIVATE)
        except OSError as error:
            problem = f"the backup cannot be written to {self._folder}: {error.strerror}"
            remedy = f"write another folder as {BACKUP}, or {BACKUP}: '' for none"
            raise RouterProblem(Finding(BACKUP, problem, remedy, kind=UNKEPT)) from None
        self.file = file

    def drop(self) -> None:
        """Take it away again: nothing was written."""
        if self.file is not None:
            with suppress(OSError):
                self.file.unlink()
            self.file = None


def folder(inventory: object, sources: Sequence[object] = ()) -> str:
    """Return where backups go unless the user says otherwise: beside the inventory.

    Of an inventory that is a folder Ansible reads every file, at any depth, so there it is beside that folder.

    :param inventory: the folder that a host is written in, None where it is in no file.
    :param sources: what Ansible was given as inventories.
    """
    place = Path(str(inventory or ".")).absolute()
    whole = (Path(str(source)).absolute() for source in sources)
    outside = next((source.parent for source in whole if source.is_dir() and place.is_relative_to(source)), place)
    return str(outside / FOLDER)
