# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a connection comes to the router: from a network of its own, from outside by a line, or from the router itself."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from ..pcc_balance.sides import segments
from ..pcc_balance.unmarked import exits
from ..reading import IntentError
from ..routeros.paths import ROUTES, VRFS
from ..routeros.rows import readable, table_of
from .packets import UNKNOWN_LAN, Scene
from .question import Question

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""Networks that nobody has on the internet (RFC 1918), or that a provider has for itself (RFC 6598)."""


@dataclass(frozen=True)
class Entry:
    """How a connection comes to the router.

    :param interfaces: those by which it may come in; none of what the router begins itself.
    :param line: the name of the line by which it comes in from outside.
    """

    interfaces: frozenset[str] = frozenset()
    line: str = ""

    @property
    def doors(self) -> str:
        """The interfaces in words."""
        return " or ".join(sorted(self.interfaces))


def entry_of(scene: Scene, question: Question) -> Entry:
    """Return how a connection comes to the router.

    Raises `IntentError` where that is not known.
    """
    if question.source in scene.own:
        return Entry()
    by, inside = scene.wan(question.by), _inside(scene, question)
    if inside.interfaces:
        if by is not None:
            problem = f"{question.source} is behind {inside.doors}, so it does not come in by {by.name}"
            raise IntentError("by", problem, "leave it out")
        return inside
    line = by or scene.wan(scene.line_of_own(question.destination))
    if line is not None:
        return Entry(frozenset({line.interface}), line.name)
    if scene.asked:
        problem = f"{question.source} is outside, and {question.destination} is no address of a line, so it may come in by any of them"
    else:
        problem = f"without the router nobody knows whether {question.source} is in the LAN or outside"
    raise IntentError("from", problem, "write by= with the name of the line by which it comes in")


def behind(scene: Scene, address: IPv4Address) -> frozenset[str]:
    """Return the interfaces of the longest network of main that holds an address; none where that is the whole internet."""
    router = scene.router
    there = [(here.network.prefixlen, frozenset({here.interface})) for here in router.networks if address in here.network]
    for row in router.foreign(ROUTES):
        if table_of(row) == "main" and row.get("active"):
            there += [(network.prefixlen, exits(router, row)) for network in readable(row.get("dst-address")) if address in network]
    longest = max((length for length, _out in there), default=0)
    return frozenset().union(*(out for length, out in there if length == longest)) if longest else frozenset()


def vrf_of(scene: Scene, entry: Entry) -> str:
    """Return the VRF by which it comes in; empty for none."""
    for row in scene.router.foreign(VRFS):
        if row.get("name") != "main" and entry.interfaces & set(str(row.get("interfaces") or "").split(",")):
            return str(row.get("name"))
    return ""


def _inside(scene: Scene, question: Question) -> Entry:
    """The interfaces by which a source comes in, if they are none of a line; a VRRP and what it stands on are one."""
    if not scene.asked:
        private = any(question.source in network for network in _PRIVATE)
        return Entry(frozenset({UNKNOWN_LAN})) if private and not question.by else Entry()
    there = behind(scene, question.source)
    return Entry(segments(scene.router, there)) if there and not there & scene.router.wans.keys() else Entry()
