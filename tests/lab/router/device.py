# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router with what the lab keeps beside it: the log of writes, the faults, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from .factory import Hardware, furnish, new_router
from .faults import Faults
from .load import LoadReport, OnError, load
from .records import WriteLog
from .store import Router
from .traits import Traits


@dataclass
class Device:
    """One router of the lab.

    :param hardware: what it is made of, and what it goes back to at a reset.
    """

    hardware: Hardware
    traits: Traits = field(default_factory=Traits)
    router: Router = field(init=False)
    log: WriteLog = field(default_factory=WriteLog)
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.router = new_router(self.hardware, self.traits)

    def reset(self) -> None:
        """Back to the rows of the factory; the log of writes and the faults stay."""
        furnish(self.router, self.hardware)

    def load(self, source: str, filename: str = "script", on_error: OnError = "continue") -> LoadReport:
        """Runs a configuration script; what it writes is not a client's and not in the log of writes."""
        return load(self.router, source, filename, on_error)
