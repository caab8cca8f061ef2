# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WANs to routing tables and default routes.

Each WAN has a table: its own gateway first, the others after it by tier and weight, a blackhole last, so that marked traffic always has
a way and never leaves by a route that is not ours. The table main holds all WANs by tier and weight, for the router's own traffic;
it gets no blackhole, because a last-resort route of the user's may stand there.

Among usable routes of one destination and table the lowest distance wins, and equal distances would become one ECMP route: distances
are unique in each table (MikroTik's manual, "Routing Decision"). Routes give every field that a read-back shows, distance and table
always: a route that hides them would be written again in each run.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from . import health
from .intent import Wan
from .marks import ROLE
from .names import Row, comment, mark
from .takeover import heaviest_first

DEFAULT_DESTINATION = "0.0.0.0/0"
FIRST_DISTANCE = 1
#: Below it there is room for the WANs and, `health.DEMOTION` higher, for the same WANs while they are dead.
BLACKHOLE_DISTANCE = 250

CHECK_GATEWAYS = ("ping", "arp", "none")


def table_rows(wans: Sequence[Wan]) -> list[Row]:
    """Return one routing table per WAN.

    `fib` is a flag: without it the routes of a table forward nothing (manual, "Policy Routing"), and it reads back empty, so only the
    empty value is idempotent (observed with community.routeros).
    """
    return [{"name": mark(wan.name), "fib": "", "disabled": False, "comment": comment(ROLE, "table", wan.name)} for wan in wans]


def route_rows(wans: Sequence[Wan], check_gateway: str = "ping", down: Set[str] = frozenset()) -> list[Row]:
    """Return the default routes of all tables, then those of main; `down` names the WANs that are out of use."""
    order = heaviest_first(wans)
    rows: list[Row] = []
    for own in wans:
        table = mark(own.name)
        rows += _table(own.name, table, [own, *(wan for wan in order if wan is not own)], wans, check_gateway, down)
        rows.append(
            {
                "dst-address": DEFAULT_DESTINATION,
                "blackhole": "",
                "distance": BLACKHOLE_DISTANCE,
                "routing-table": table,
                "disabled": False,
                "comment": comment(ROLE, "route", own.name, "blackhole"),
            }
        )
    return rows + _table("main", "main", order, wans, check_gateway, down)


def _table(name: str, table: str, order: Sequence[Wan], wans: Sequence[Wan], check_gateway: str, down: Set[str]) -> list[Row]:
    rows: list[Row] = []
    for distance, wan in enumerate(order, FIRST_DISTANCE):
        row: Row = {
            "dst-address": DEFAULT_DESTINATION,
            "gateway": gateway(wan, wans),
            "distance": distance + health.DEMOTION * (wan.name in down),
            "routing-table": table,
            "disabled": False,
            "comment": comment(ROLE, "route", name, wan.name),
        }
        # An interface gateway has nobody to ask (manual, "IP Routing").
        if wan.gateway is not None and check_gateway != "none":
            row["check-gateway"] = check_gateway
        rows.append(row)
    return rows


def gateway(wan: Wan, wans: Sequence[Wan]) -> str:
    """Return the gateway as a route takes it; where two lines have the same one, each names its interface (``192.168.1.1%ether1``)."""
    if wan.gateway is None:
        return wan.interface
    shared = sum(other.gateway == wan.gateway for other in wans) > 1
    return f"{wan.gateway}%{wan.interface}" if shared else str(wan.gateway)
