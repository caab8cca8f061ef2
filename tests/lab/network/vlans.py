# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which VLANs the router's bridges let through where, and which of its interfaces take which tag off.

A bridge with ``vlan-filtering`` looks at its table: rows of /interface/bridge/vlan, each port as an untagged member of its ``pvid``, and,
from 7.16 on, the bridge itself as a tagged member of the VLANs of interfaces on it [MAN:Bridge VLAN Table] D. Without it tags mean nothing
to a bridge. The kernel's bridge learns addresses for all VLANs together; RouterOS for each by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..router.interfaces import BRIDGE
from ..router.paths import Path, path
from ..router.rows import Row, id_text
from ..router.store import Router
from ..router.versions import Version
from .played import NotPlayed
from .tags import Membership

VLAN: Path = path("interface vlan")
PORT, TABLE = path("interface bridge port"), path("interface bridge vlan")
TAGS_BRIDGE = Version.parse("7.16")
"""From this release on a VLAN interface makes its bridge a tagged member."""


@dataclass
class _Member:
    """A port of a bridge, or the bridge itself, while its VLANs are put together."""

    pvid: int = 1
    tagged: set[int] = field(default_factory=set)
    untagged: set[int] = field(default_factory=set)
    frames: str = "admit-all"
    strict: bool = True

    def membership(self) -> Membership:
        bare = self.untagged | ({self.pvid} if self.frames != "admit-only-vlan-tagged" else set()) - self.tagged
        pvid = self.pvid if self.frames != "admit-only-vlan-tagged" else 0
        members = set() if self.frames == "admit-only-untagged-and-priority-tagged" else self.tagged
        return Membership(pvid, frozenset(members | bare), frozenset(bare), self.strict)


def memberships(router: Router) -> dict[str, Membership]:
    """What each port of a filtering bridge takes and gives, and the bridge itself, by the interface's name.

    :raises NotPlayed: for a bridge with something that the lab's network does not know.
    """
    found: dict[str, _Member] = defaultdict(_Member)
    bridges = {row.name or "" for row in router.table(BRIDGE) if is_filtering(router, row)}
    for row in router.table(BRIDGE):
        if row.name in bridges:
            _check(router, "/interface bridge", row, {"ether-type": "0x8100", "mvrp": "false"})
            found[row.name] = _member(router, row)
    for row in router.table(PORT):
        if router.written(row, "bridge") in bridges and router.written(row, "disabled") != "true":
            _check(router, "/interface bridge port", row, {"tag-stacking": "false"})
            found[router.written(row, "interface")] = _member(router, row)
    for row in router.table(TABLE):
        if router.written(row, "bridge") in bridges and router.written(row, "disabled") != "true":
            vlans = set(_numbers(router.written(row, "vlan-ids")))
            for name in filter(None, router.written(row, "tagged").split(",")):
                found[name].tagged |= vlans
            for name in filter(None, router.written(row, "untagged").split(",")):
                found[name].untagged |= vlans
    for row in router.table(VLAN) if router.version >= TAGS_BRIDGE else ():
        if (below := router.written(row, "interface")) in bridges:
            found[below].tagged.add(int(router.written(row, "vlan-id")))
    return {name: member.membership() for name, member in found.items()}


def is_filtering(router: Router, bridge: Row) -> bool:
    """Whether a bridge looks at tags."""
    return router.written(bridge, "vlan-filtering") == "true"


def vlan_of(router: Router, row: Row) -> int:
    """The tag of a VLAN interface.

    :raises NotPlayed: for a tag of the other kind.
    """
    _check(router, "/interface vlan", row, {"use-service-tag": "false"})
    return int(router.written(row, "vlan-id"))


def _member(router: Router, row: Row) -> _Member:
    return _Member(
        pvid=int(router.written(row, "pvid") or 1),
        frames=router.written(row, "frame-types") or "admit-all",
        strict=router.written(row, "ingress-filtering") != "false",
    )


def _numbers(text: str) -> Iterator[int]:
    """The VLANs of ``vlan-ids``: ``10,20-29``."""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _check(router: Router, menu: str, row: Row, usual: dict[str, str]) -> None:
    strange = [f"{name}={router.written(row, name)}" for name, value in usual.items() if router.written(row, name) not in ("", value)]
    if strange:
        raise NotPlayed(f"{menu} {id_text(row.id)}: the lab's network does not play {', '.join(strange)}")
