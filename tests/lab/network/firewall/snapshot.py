# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the compiler reads: the firewall rows and what they refer to, at one moment, without the router."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...router.interfaces import GROUPS, all_interfaces
from ...router.paths import Path, path
from ...router.reading import read_row, read_rows
from ...router.store import Router
from ..hotspots import Hotspots, hotspots_of
from ..played import NotPlayed, is_dangling

MENUS = ("raw", "mangle", "nat", "filter")
"""The menus of /ip firewall with rows that packets meet."""

Shown = Mapping[str, str]


class CompileError(NotPlayed):
    """A row that the lab's network does not know how to play; the message names it, ``menu`` and ``row`` are it."""

    def __init__(self, menu: str, row: Shown, reason: str) -> None:
        self.menu, self.row = menu, row
        comment = f" ({row['comment']})" if row.get("comment") else ""
        super().__init__(f"/ip firewall {menu} {row.get('.id', '?')}{comment}: the lab's network does not play {reason}")


@dataclass
class Numbers:
    """Numbers for names of marks, from 1 on; a name keeps its number."""

    known: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        """The number of a name."""
        return self.known.setdefault(name, len(self.known) + 1)


@dataclass(frozen=True)
class Snapshot:
    """Everything that decides about packets.

    :param rows: the rows of each menu, in order, as they read.
    :param devices: the kernel's device of each interface, by name.
    :param groups: the devices of all interfaces of a kind, by the word for them.
    :param interface_lists: the devices of each interface list.
    :param address_lists: the rows of each address list.
    :param tables: the kernel's number of each routing table.
    :param marks: numbers of connection marks and packet marks.
    :param seed: of the PCC hash, 32 bits.
    :param wans: devices of lines.
    :param lans: other devices that lead somewhere.
    :param meter: count the rows of mangle that packets meet.
    :param fast_path: FastTrack looks at main only.
    :param moment: what the router's clock shows, in seconds since 1970.
    :param kept_sources: the address of each device that masquerading gives for good; none where it follows the way.
    :param hotspots: whose packets are those of Hotspot clients.
    """

    rows: Mapping[str, Sequence[Shown]]
    devices: Mapping[str, str]
    interface_lists: Mapping[str, frozenset[str]]
    address_lists: Mapping[str, Sequence[Shown]]
    tables: Mapping[str, int]
    marks: Numbers
    seed: int
    wans: frozenset[str] = frozenset()
    lans: frozenset[str] = frozenset()
    meter: bool = False
    fast_path: bool = False
    hotspots: Hotspots = field(default_factory=Hotspots)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kept_sources: Mapping[str, str] = field(default_factory=dict)
    moment: float = 0

    @property
    def is_timed(self) -> bool:
        """Whether rows ask for the time of day."""
        return any("time" in row for rows in self.rows.values() for row in rows)

    def without(self, menu: str, row: Shown) -> Snapshot:
        """The same without one row of a menu, or of an address list."""
        if menu not in self.rows:
            lists = {name: [other for other in rows if other is not row] for name, rows in self.address_lists.items()}
            return replace(self, address_lists=lists)
        return replace(self, rows={**self.rows, menu: [other for other in self.rows[menu] if other is not row]})

    def routing_mark(self, name: str) -> int:
        """The mark of the packets for a table. Those for main have none: our choice, no source says what ``main`` is."""
        return 0 if name == "main" else self.tables[name]


def snapshot_of(
    router: Router,
    devices: Mapping[str, str],
    tables: Mapping[str, int],
    marks: Numbers,
    seed: int,
    wans: frozenset[str] = frozenset(),
    meter: bool = False,
    sources: Mapping[str, str] | None = None,
) -> Snapshot:
    """Reads a router. Disabled rows, and those that refer to something that is gone, play no part."""
    rows = {menu: list(_rows(router, path(f"ip firewall {menu}"))) for menu in MENUS if router.tree.menu(path(f"ip firewall {menu}"))}
    return Snapshot(
        rows=rows,
        devices=devices,
        interface_lists={name: frozenset(members) for name, members in _interface_lists(router, devices)},
        address_lists=_address_lists(router),
        tables=tables,
        marks=marks,
        seed=seed,
        wans=wans,
        lans=frozenset(devices.values()) - wans,
        meter=meter,
        fast_path=not router.traits.fasttrack_follows_rules,
        hotspots=hotspots_of(router, devices),
        kept_sources={} if router.traits.masquerade_follows else sources or {},
        moment=router.services.wall_time(),
        groups={word: frozenset(_of_kinds(router, devices, kinds)) for word, kinds in GROUPS.items()},
    )


def _of_kinds(router: Router, devices: Mapping[str, str], kinds: Collection[str]) -> Iterator[str]:
    """The devices of all interfaces of some kinds."""
    for menu, row in all_interfaces(router):
        if menu[1] in kinds and row.name in devices:
            yield devices[row.name]


def _rows(router: Router, menu: Path) -> Iterator[Shown]:
    """The rows that play a part, without what they have met: to know that, the kernel would have to be asked."""
    with router.lock:
        for row in router.table(menu):
            shown = read_row(router, menu, row)
            if shown.get("disabled") != "true" and shown.get("invalid") != "true" and not is_dangling(router, row):
                yield shown


def _interface_lists(router: Router, devices: Mapping[str, str]) -> Iterator[tuple[str, set[str]]]:
    """Lists with their members, those of included lists, without those of excluded ones [MAN:Interface lists] D."""
    lists = {str(row.values["name"]): row for row in router.table(path("interface list"))}
    own: dict[str, set[str]] = {name: set() for name in lists}
    for row in router.table(path("interface list member")):
        member, name = router.text(row.values["interface"]), router.text(row.values["list"])
        if row.values.get("disabled") != "true" and member in devices and name in own:
            own[name].add(devices[member])
    everything = {devices[row.name] for _, row in all_interfaces(router) if row.name in devices}
    dynamic = {devices[row.name] for _, row in all_interfaces(router) if row.name in devices and row.dynamic}
    own |= {"all": everything, "dynamic": dynamic, "static": everything - dynamic, "none": set()}

    def members(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        if name in seen or name not in own:
            return set()
        found = set(own[name])
        row = lists.get(name)
        for word, change in (("include", found.update), ("exclude", found.difference_update)):
            others = router.text(row.values.get(word, "")) if row else ""
            for other in filter(None, others.split(",")):
                change(members(other, seen | {name}))
        return found

    for name in own:
        yield name, members(name)


def _address_lists(router: Router) -> dict[str, list[Shown]]:
    lists: dict[str, list[Shown]] = {}
    for row in read_rows(router, path("ip firewall address-list")):
        if row.get("disabled") != "true":
            lists.setdefault(row["list"], []).append(row)
    return lists
