# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One script that runs, and what started it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import Trap, not_permitted
from ..language.errors import ScriptError
from ..language.frame import Execution
from ..logs import date_text
from ..reading import Shown
from ..rows import id_text


class NotCovered(Trap):
    """A script with more policies than whoever wants to run it; it is not started at all [MAN:Netwatch] D."""

    def __init__(self, script: str) -> None:
        super().__init__(not_permitted().message)
        self.script = script


@dataclass(frozen=True)
class Origin:
    """What started a job, in the words of the log.

    :param phrase: behind ``executing script X``: ``from scheduler (Y)``, ``from netwatch``.
    :param tag: before the error itself: ``scheduler:Y``.
    :param named: whether the log names the script.
    """

    phrase: str
    tag: str
    named: bool = True


BY_CLIENT = Origin("from api", "api")
BY_EXECUTE = Origin("from execute", "execute")
"""The log's words for ``:execute`` are unknown."""


class Job:
    """One script that runs.

    :param number: the number behind its id in /system/script/job.
    :param started: seconds since the epoch.
    """

    def __init__(self, number: int, execution: Execution, origin: Origin, started: float) -> None:
        self.number = number
        self.execution = execution
        self.origin = origin
        self.started = started
        self.error: ScriptError | None = None
        self.thread: threading.Thread | None = None
        self._ended = threading.Event()

    @property
    def output(self) -> Sequence[str]:
        """What it put so far."""
        return self.execution.output

    @property
    def commands(self) -> int:
        """How many commands it has carried out so far."""
        return self.execution.commands

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return not self._ended.is_set()

    def end(self, error: ScriptError | None = None) -> None:
        """Notes how it ended."""
        self.error = error
        self._ended.set()

    def cancel(self) -> None:
        """Tells it to end before its next command."""
        self.execution.cancelled.set()

    def wait(self) -> None:
        """Waits for its end; not for scripts, which take turns under a test's clock."""
        self._ended.wait()

    def shown(self) -> Shown:
        """The job as a row of /system/script/job."""
        return {
            ".id": id_text(self.number),
            "script": self.execution.name,
            "owner": self.execution.user,
            "policy": ",".join(sorted(self.execution.granted)),
            "started": date_text(self.started),
            "type": "command",
        }
