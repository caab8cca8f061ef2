# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which lines are out of use, what says so on the router, who judges that, and the words of the log.

The control script of role failover_netwatch decides on the router. What it has decided is in the distances of the routes of pcc_balance.
It says so in words that the alert script understands, and other lines of ours look alike. Both scripts are made from what stands here,
so a change of a word changes both. Whoever uses a word reads it at the moment of use (`health.BACK`), and keeps no copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from .lines import Wan, balanced, route_gateway
from .routeros.names import BALANCE, FAILOVER, PREFIX, comment
from .routeros.paths import NETWATCH, ROUTES
from .routeros.rows import Found, Row

#: What the routes of a dead WAN have more than usual, so that all others come before them. They stay enabled: a disabled route hides its
#: distance and table when read back (observed), and the way out that is bad is better than none.
DEMOTION = 100

#: Below it there is room for the WANs and, `DEMOTION` higher, for the same WANs while they are dead.
BLACKHOLE_DISTANCE = 250

LINES_LIST = f"{PREFIX}-lines"
"""The list with a row for each line that has changed: ``STATE[!] ID DATE TIME MOMENT WHO LINE REASON`` behind its identity."""

SAYS = "multiwan: "
"""How each line of ours in the log begins, and each note of the owner's scripts."""

OUT_OF_USE = " is out of use: "
"""Behind the name of a line, before the reason."""

FLAPPING = " is flapping, and out of use until it has been good for a while"
BY_HAND = " is switched off by hand, so new connections go elsewhere"
"""Behind the name of a line."""

BACK = " is in use again"
DRAINED = " is drained, so new connections go elsewhere: "
UNDRAINED = " is not drained any more: "
"""Behind the name of a line; the last two come before the reason."""

SILENT_DRAINED = " is drained, and answers no more: "
FLAPPING_DRAINED = " is drained, and flapping"
BACK_DRAINED = " is drained, and answers again"
"""Behind the name of a line that was drained: nobody is told of it."""

ROGUE = "dhcp alert on "
"""How RouterOS begins a line about an unknown DHCP server (manual, "DHCP Server", Alerts); the interface follows."""

ROGUE_MAC = ": discovered unknown dhcp server, mac "
ROGUE_ADDRESS = ", ip "

ALARMING = "[Aa]lert|[Uu]nknown"
"""What a line about an unknown DHCP server has in whatever words. Others of its topics say that a lease is lost."""


def healthy(wans: Sequence[Wan], down: Set[str]) -> list[Wan]:
    """Return the WANs that carry the traffic while those named in `down` are out of use: of the lowest tier that has a healthy one."""
    up = [wan for wan in wans if wan.name not in down]
    return balanced(up) if up else []


def probes_watch(found: Found) -> bool:
    """Return whether the probes of role failover_netwatch are on the router."""
    return any(str(row.get("comment") or "").startswith(f"{comment(FAILOVER)}:") for row in found.get(NETWATCH, ()))


def out_of_use(found: Found, wans: Sequence[Wan] = ()) -> frozenset[str]:
    """Return the names of the WANs that the control script holds out of use.

    Where nothing watches the lines any more, all are in use.

    :param wans: the WANs as the user calls them now: an outage belongs to the line, whatever it is called. Without them the names are those
        on the router.
    """
    return _called(_demoted(found), wans) if probes_watch(found) else frozenset()


def demoted(found: Found) -> frozenset[str]:
    """Return the names of the WANs whose route in main is demoted: that they are out of use is written there."""
    return frozenset(_demoted(found))


def _demoted(found: Found) -> dict[str, str]:
    """The gateways of their routes, by name."""
    prefix = f"{comment(BALANCE, 'route', 'main')}:"
    routes = [row for row in found.get(ROUTES, ()) if str(row.get("comment") or "").startswith(prefix)]
    behind = [row for row in routes if int(row.get("distance") or 0) >= DEMOTION]
    return {str(row["comment"]).removeprefix(prefix): str(row.get("gateway") or "") for row in behind}


def _called(gateways: Mapping[str, str], wans: Sequence[Wan]) -> frozenset[str]:
    """What these are called among `wans`: a line is known by its gateway, or the interface in it; one that has another one, by its name."""
    if not wans:
        return frozenset(gateways)
    names = {key: wan.name for wan in wans for key in (route_gateway(wan, wans), wan.interface)}
    known = {name: names.get(gateway, names.get(gateway.partition("%")[2], "")) for name, gateway in gateways.items()}
    taken = frozenset(filter(None, known.values()))
    # another one may have its name now, and its way is not that of the outage
    moved = frozenset(name for name, now in known.items() if not now and name in {wan.name for wan in wans})
    return taken | moved


def balanced_wans(found: Found) -> frozenset[str]:
    """Return the names of the WANs that role pcc_balance has on the router."""
    prefix = f"{comment(BALANCE, 'route', 'main')}:"
    comments = (str(row.get("comment") or "") for row in found.get(ROUTES, ()))
    return frozenset(text.removeprefix(prefix) for text in comments if text.startswith(prefix))


def check_gateway(chosen: str, probed: bool) -> str:
    """Return the `check-gateway` of pcc_balance's routes: what the user has chosen, unless probes judge the lines.

    Probes are the only judge then. A check of the gateway takes two lost packets for an outage, and a gateway that never answers for a
    dead line; it takes the line's routes away, and its connections go by another line, where they break.
    """
    return "none" if probed else chosen


def unchecked(found: Found) -> list[Row]:
    """Return what is left of pcc_balance's routes that have a `check-gateway` when probes begin to judge the lines (`check_gateway`).

    `distance` is left out, and so stays as it is: the control script may change it at any moment.
    """
    ours = f"{comment(BALANCE, 'route')}:"
    return [
        {field: row[field] for field in ("dst-address", "gateway", "routing-table", "comment")}
        for row in found.get(ROUTES, ())
        if str(row.get("comment") or "").startswith(ours) and row.get("check-gateway", "none") != "none" and not row.get("disabled")
    ]
