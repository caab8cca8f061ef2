# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is near: hosts beside the gateway of a line, and networks behind its segment, to which main has more than its default route.

They must not be answered by the table of the line, which knows its gateway alone: the answer would come to them by a detour that a modem
need not let pass, since it has not seen the question. So what arrives from them by this line gets no mark, and is answered as it was before
we came. The entries are written by each run, and by the control script in between (function `astray` of failover_flows.rsc.j2).
"""

from __future__ import annotations

from ipaddress import IPv4Network

from ..lines import Wan
from ..routeros.names import BALANCE, MOST_NEAR, comment, near_list
from ..routeros.paths import ADDRESS_LIST, ROUTES
from ..routeros.rows import Row, is_ours, readable, table_of
from .surroundings import Surroundings


def rows(router: Surroundings) -> list[Row]:
    """Return the entries of the lists, in order.

    A network that two lines have is nobody's: which of them is meant, only the mark says. A line without a network has lost its link or
    its lease, and what is found of it stays.
    """
    if len(router.intent.wans) < 2:
        return []
    reached = {wan.name: _reached(router, wan) for wan in router.intent.wans}
    kept = {name: _listed(router, name) if not networks else [] for name, networks in reached.items()}
    owners = {network: [name for name in reached if network in reached[name]] for networks in reached.values() for network in networks}
    alone = {network: names[0] for network, names in owners.items() if len(names) == 1}
    if len(owners) > MOST_NEAR:
        alone, kept = {}, {name: _listed(router, name) for name in reached}
    found = [(name, _spelled(network)) for network, name in sorted(alone.items())]
    return [_row(name, network) for name, network in (*found, *((name, network) for name in kept for network in kept[name]))]


def _row(wan: str, network: str) -> Row:
    return {"list": near_list(wan), "address": network, "comment": comment(BALANCE, "near", wan, network)}


def _reached(router: Surroundings, wan: Wan) -> set[IPv4Network]:
    """The networks to which main's active routes lead by a line; the other end of a dialed one is none."""
    return {
        network
        for row in router.found[ROUTES]
        if row.get("active") and table_of(row) == "main" and not is_ours(row) and _leaves_by(row, wan) and not _is_other_end(row, wan)
        for network in readable(row.get("dst-address"))
        if network.prefixlen
    }


def _leaves_by(row: Row, wan: Wan) -> bool:
    """Whether a route goes by this line and no other."""
    return str(row.get("immediate-gw") or "").rpartition("%")[2] == wan.interface and "," not in str(row.get("immediate-gw"))


def _is_other_end(row: Row, wan: Wan) -> bool:
    return bool(row.get("dynamic")) and row.get("gateway") == wan.interface and str(row.get("dst-address")).endswith("/32")


def _listed(router: Surroundings, wan: str) -> list[str]:
    """What is there of a line already."""
    start = comment(BALANCE, "near", wan, "")
    return [str(row["address"]) for row in router.found[ADDRESS_LIST] if str(row.get("comment") or "").startswith(start)]


def _spelled(network: IPv4Network) -> str:
    """A network as an entry of a list shows it."""
    return str(network.network_address) if network.prefixlen == 32 else str(network)
