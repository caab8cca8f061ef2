# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What takes a run back on the router where nobody hears of its connection any more.

A connection whose packets are dropped both ways without a word ends after about nine minutes, and so does safe mode. So there is an entry
of the scheduler that looks every few seconds for a sign of life, an entry of an address list that vanishes by itself unless the run puts
it off. Without one it takes safe mode over, which undoes what was written (``take on-error=unroll``, command trees), and releases it. It
wakes what rests, removes itself, and runs the control script. It is written before safe mode is taken, so that it is no part of what is
undone.
"""

from __future__ import annotations

import time

from .. import scheduler
from ..device_mode import allows
from ..failover_netwatch.netwatch import SCRIPT
from ..routeros.names import PREFIX, comment, exactly
from ..routeros.paths import ADDRESS_LIST, DEVICE_MODE, SCHEDULER
from ..routeros.reads import Read
from ..routeros.rows import Row
from ..routeros.spelling import literal
from ..routeros.steps import add, clear_where
from .changes import Changes
from .router import Router, RouterProblem

NAME = f"{PREFIX}-way-back"
COMMENT = comment("way_back", "entry")
ADDRESS = "240.0.0.1"
"""Nobody has it (RFC 1112), and nobody asks for the list."""
LIFE = 40
"""Seconds without a sign of life, at least, after which the entry acts."""
LOOKS = 5
"""Seconds between two looks of the entry."""
PUT_OFF = 10.0
"""Seconds after which a run gives the next sign of life, when it comes by."""
POLICIES = ("read,write,test", "read,write")
"""What the entry may do; the control script needs `test`, and a user without it may write no entry that has it."""


def event() -> str:
    """Return what the entry does."""
    name = literal(NAME)
    return "\n".join(
        (
            f":if ([:len [/ip/firewall/address-list/find where list={name}]] = 0) do={{",
            "  /safe-mode/take on-error=unroll",
            "  /safe-mode/release",
            f'  /system/scheduler/enable [/system/scheduler/find where comment~"^{PREFIX}:"]',
            f"  /system/scheduler/remove [/system/scheduler/find where name={name}]",
            f"  :do {{ /system/script/run {literal(SCRIPT)} }} on-error={{}}",
            "}",
        )
    )


class DeadMan:
    """The entry on one router, and its sign of life.

    :param router: the connection that writes.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._signed = 0.0
        self._longer = False
        self.is_there = False

    def begin(self) -> None:
        """Write both, where the router's device-mode and the rights of the user let it run."""
        if self.is_there or not allows(self._router.found({DEVICE_MODE: Read(may_fail=True)}), "scheduler"):
            return
        for policy in POLICIES:
            try:
                self._sign()
                self._router.write(add(SCHEDULER, [_entry(policy)]), Changes(), check=False)
                self.is_there = True
                return
            except RouterProblem:
                continue

    def put_off(self) -> None:
        """Give a sign of life, if the last one was a while ago."""
        if self.is_there and time.monotonic() - self._signed >= PUT_OFF:
            self._sign()

    def end(self, router: Router) -> None:
        """Take both away, over this connection."""
        if self.is_there:
            self.is_there = False
            router.write(clear_where(SCHEDULER, "comment", exactly([COMMENT])), Changes(), check=False)
            for row in router.rows(ADDRESS_LIST, (".id", "list"), "list", [NAME]):
                router.change(ADDRESS_LIST, "remove", str(row[".id"]))

    def _sign(self) -> None:
        """An entry that is given the time that it has may not begin anew, so it is another one each time."""
        self._longer = not self._longer
        time_left = f"timeout={LIFE + self._longer}s"
        there = self._router.rows(ADDRESS_LIST, (".id", "list"), "list", [NAME])
        if there:
            self._router.change(ADDRESS_LIST, "update", f".id={there[0]['.id']} {time_left}")
        else:
            self._router.change(ADDRESS_LIST, "add", f"list={NAME} address={ADDRESS} {time_left} comment={comment('way_back', 'life')}")
        self._signed = time.monotonic()


def _entry(policy: str) -> Row:
    return {
        "name": NAME,
        **scheduler.start(),
        "interval": f"{LOOKS}s",
        "on-event": event(),
        "policy": policy,
        "disabled": False,
        "comment": COMMENT,
    }
