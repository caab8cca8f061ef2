# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients that dial in to the router, all in one namespace: each has a link, an address, and a way of its own."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from ..router.ppp_server import Session
from .links import SCOPE_LINK, End
from .namespace import Namespace


@dataclass(frozen=True)
class Caller:
    """A client that has dialed in.

    :param port: its end of the link.
    :param table: of its routes, a number.
    """

    session: Session
    port: End
    table: int

    @property
    def address(self) -> str:
        """The address that it was given."""
        return self.session.remote


class Callers:
    """Those that have dialed in, and may again."""

    def __init__(self) -> None:
        self.namespace = Namespace("callers")
        self._numbers = itertools.count(1)

    def answer(self, session: Session) -> Caller:
        """A client for a session; its end of the link is not there yet."""
        number = next(self._numbers)
        return Caller(session, End(self.namespace, f"ppp{number}"), number)

    def plug(self, caller: Caller) -> None:
        """Turns a client's side on, once the link is there: all that it sends from its address goes by this link."""
        caller.port.configure(f"{caller.address}/32")

        def work() -> None:
            netlink, index = self.namespace.netlink, caller.port.index
            netlink.route("add", dst="0.0.0.0/0", oif=index, scope=SCOPE_LINK, table=caller.table)
            netlink.rule("add", priority=caller.table, table=caller.table, src=f"{caller.address}/32")

        self.namespace.inside(work)

    def forget(self, caller: Caller) -> None:
        """Forgets a client, whose link has gone, and its routes with it."""
        rule = {"priority": caller.table, "table": caller.table, "src": f"{caller.address}/32"}
        self.namespace.inside(lambda: self.namespace.netlink.rule("del", **rule))
