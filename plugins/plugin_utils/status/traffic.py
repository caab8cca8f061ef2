# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each line carries: bytes by the counters of its interface, and new connections of the LAN by those of the rows that deal them.

Counters of interfaces have FastTrack in them; a connection meets the rows that deal once, with its first packet (chains.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..lines import Wan
from ..periods import PERIOD
from ..routeros.names import BALANCE, comment, mark
from ..routeros.paths import INTERFACES, MANGLE
from ..routeros.rows import Found, Row


@dataclass(frozen=True)
class Traffic:
    """What one line has carried.

    :param down: bytes that came in by it.
    :param up: bytes that went out by it.
    :param connections: connections of the LAN that were dealt to it.
    """

    down: int = 0
    up: int = 0
    connections: int = 0


def traffic(found: Found, wans: Sequence[Wan], before: Found | None = None) -> dict[str, Traffic]:
    """Return what each line has carried, by name, between two looks at a router; without the first one, since its counters began.

    Connections of a line that was left are dealt to others by slots, and slots change their owners: without a first look those are in no
    line's count, and of UDP in an outage the part of each line is what its slots say.
    """
    dealt = _dealt(found, before) if before else _kept(_packets(found))
    carried = {}
    for wan in wans:
        down, up = (_bytes(found, wan, key) - (_bytes(before, wan, key) if before else 0) for key in ("rx-byte", "tx-byte"))
        # counters of an interface begin anew with it, as of one that dials
        carried[wan.name] = Traffic(max(down, 0), max(up, 0), max(dealt[wan.name], 0))
    return carried


def shares(amounts: Mapping[str, int]) -> dict[str, float | None]:
    """Return amounts in percent of their sum, to one decimal; None for all where there is nothing."""
    total = sum(amounts.values())
    return {name: round(100 * amount / total, 1) if total else None for name, amount in amounts.items()}


def _bytes(found: Found, wan: Wan, key: str) -> int:
    return sum(int(row.get(key) or 0) for row in found.get(INTERFACES, ()) if row.get("name") == wan.interface)


def _rows(found: Found) -> dict[tuple[str, ...], Row]:
    """Rows of mangle by what their comments say, such as ``("classify", "isp1", "tcp", "0")``."""
    prefix = comment(BALANCE, "")
    comments = ((str(row.get("comment") or ""), row) for row in found.get(MANGLE, ()))
    return {tuple(text.removeprefix(prefix).split(":")): row for text, row in comments if text.startswith(prefix)}


def _packets(found: Found) -> dict[tuple[str, ...], int]:
    return {key: int(row.get("packets") or 0) for key, row in _rows(found).items()}


def _kept(packets: Mapping[tuple[str, ...], int]) -> Counter[str]:
    """Connections by the line that the buckets gave them, but for those that did not stay there."""
    kept: Counter[str] = Counter()
    for (what, name, *_rest), count in ((key, count) for key, count in packets.items() if len(key) > 1):
        if what == "classify" and name != "udp":
            kept[name] += count
        elif what in ("leave", "suspect"):
            kept[name] -= count
    return kept


def _dealt(found: Found, before: Found) -> Counter[str]:
    """Connections by the line by which they have begun between two looks."""
    rows, first = _rows(found), _packets(before)
    packets = {key: max(count - first.get(key, 0), 0) for key, count in _packets(found).items()}
    dealt = _kept(packets)
    names = {mark(key[1]): key[1] for key in rows if key[0] == "route" and len(key) == 2}
    owner = {key: names.get(str(row.get("new-connection-mark")), "") for key, row in rows.items()}
    for key, count in [*_slots(packets), *_others(packets, rows)]:
        if owner[key]:
            dealt[owner[key]] += count
    return dealt


def _slots(packets: Mapping[tuple[str, ...], int]) -> list[tuple[tuple[str, ...], int]]:
    """Connections of lines that were left, by the row of their slot. Those of a period have met the usual slots before: which ones of these
    they have met is not known, so of each as large a part."""
    mine = {key: count for key, count in packets.items() if key[0] == "instead"}
    keys = sorted({key[1] for key in mine if key[1].startswith(PERIOD)})
    at_times = sum(mine.get(("instead", key, "0"), 0) for key in keys)
    usual = {key: count for key, count in mine.items() if key[1] not in keys}
    all_of = usual.get(("instead", "0"), 0)
    part = max(all_of - at_times, 0) / all_of if all_of else 0
    dealt = [(key, round(count * part)) for key, count in _of_slots(usual, ("instead",))]
    return dealt + [one for key in keys for one in _of_slots({k: n for k, n in mine.items() if k[1] == key}, ("instead", key))]


def _of_slots(packets: Mapping[tuple[str, ...], int], begin: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
    """By the row of their slot: the first row is for all that no other one takes."""
    udp = packets.get((*begin, "udp"), 0)
    own = {key: count for key, count in packets.items() if "udp" not in key}
    other = {key: count for key, count in packets.items() if "udp" in key and key != (*begin, "udp")}
    all_of = own.get((*begin, "0"), 0)
    tcp = (all_of - udp) / all_of if all_of else 0
    return [(key, round(count * tcp)) for key, count in _less(own, (*begin, "0"))] + _less(other, (*begin, "udp", "0"))


def _less(counts: Mapping[tuple[str, ...], int], first: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
    """The counts, that of the first row without what later rows have taken from it."""
    later = sum(count for key, count in counts.items() if key != first)
    return [(key, max(count - later, 0) if key == first else count) for key, count in counts.items()]


def _others(packets: Mapping[tuple[str, ...], int], rows: Mapping[tuple[str, ...], Row]) -> list[tuple[tuple[str, ...], int]]:
    """Connections of suspect lines: of the rows that match, the last one decides."""
    taken, result = 0, []
    for key in reversed([key for key in rows if key[0] == "else"]):
        mine = max(packets.get(key, 0) - taken, 0)
        taken += mine
        result.append((key, mine))
    return result
