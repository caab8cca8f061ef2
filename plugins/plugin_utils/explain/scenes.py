# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows that are walked: those of a plan, those on a router, and the same while lines are out of use.

In an outage the control script changes few fields of our rows: what it would make of them is what the plan for that outage says. All else
stays as it was found, be it right or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from ..drains import LIST as DRAINS
from ..drains import drains
from ..gateways import resolved
from ..health import out_of_use, probes_watch
from ..pcc_balance.intent import Intent
from ..pcc_balance.plan import plan
from ..pcc_balance.surroundings import Surroundings
from ..pcc_balance.unmarked import order
from ..periods import periods
from ..reading import IntentError
from ..routeros.names import LAN_LIST
from ..routeros.paths import (
    ADDRESS_LIST,
    ADDRESSES,
    CLOCK,
    CONNECTIONS,
    DHCP_CLIENTS,
    DHCP_SERVERS,
    HOTSPOT_BINDINGS,
    HOTSPOT_USERS,
    HOTSPOTS,
    INTERFACES,
    LISTS,
    MANGLE,
    MEMBERS,
    NAT,
    NETWATCH,
    PORTS,
    RAW,
    ROUTES,
    ROUTING,
    RULES,
    VRFS,
    VRRPS,
)
from ..routeros.reads import WHOLE, Only, Read, Reads
from ..routeros.rows import Found, Row, is_ours
from ..week import Moment, moment_of, read_moment
from .packets import UNKNOWN_LAN, Scene
from .question import WITH_PORTS, Question

RUNTIME = ("disabled", "distance", "new-connection-mark")
"""The fields of our rows that the control script changes in an outage."""


def _lists(found: Found) -> Sequence[str]:
    """The address lists that rows ask for, and that of drains, but no others: an owner may have one with thousands of entries."""
    rows = (row for path in (RAW, MANGLE, NAT) for row in found[path])
    names = {str(row[key]).removeprefix("!") for row in rows for key in ("src-address-list", "dst-address-list") if row.get(key)}
    return sorted({*names, DRAINS})


READS: Reads = {
    INTERFACES: Read(("name", "type", "disabled", "dynamic")),
    PORTS: Read(("interface", "bridge", "disabled")),
    LISTS: Read(("name", "include", "exclude")),
    MEMBERS: Read(("list", "interface", "disabled")),
    ADDRESSES: WHOLE,
    DHCP_CLIENTS: WHOLE,
    DHCP_SERVERS: Read(("interface", "disabled"), optional=True),
    VRRPS: Read(("name", "interface", "disabled"), optional=True),
    VRFS: Read(("name", "interfaces", "disabled"), optional=True),
    HOTSPOTS: Read(("name", "interface", "disabled"), optional=True),
    HOTSPOT_USERS: Read(("address",), optional=True),
    HOTSPOT_BINDINGS: Read(("address", "type", "disabled"), optional=True),
    RAW: WHOLE,
    MANGLE: WHOLE,
    NAT: WHOLE,
    ADDRESS_LIST: Read(("list", "address", "disabled", "comment"), only=Only("list", _lists)),
    ROUTES: WHOLE,
    RULES: WHOLE,
    ROUTING: WHOLE,
    NETWATCH: Read(("comment",), optional=True),
    CLOCK: WHOLE,
}
"""What is looked at of a router; of address lists those that rows ask for."""


def connection_reads(question: Question) -> Reads:
    """Return how the connections that go to the same place are read."""
    ends = f"{question.destination}:{question.port}" if question.protocol in WITH_PORTS else str(question.destination)
    columns = ("protocol", "src-address", "dst-address", "reply-src-address", "connection-mark", "fasttrack")
    return {CONNECTIONS: Read(columns, only=Only("dst-address", lambda found: [ends]))}


def found_scene(intent: Intent, found: Found, at: str = "") -> Scene:
    """Return a router as it was found, now or `at` another time of the week. Raises `IntentError` for one that is none."""
    known = replace(intent, wans=resolved(intent.wans, found))
    drained = frozenset(drains(found, known.wans)) if probes_watch(found) else frozenset[str]()
    now = moment_of(next(iter(found.get(CLOCK, ())), {}))
    moment = read_moment(at, "at", now.day if now else None) if at else now
    return Scene(known, found, asked=True, down=out_of_use(found, known.wans), drained=drained, moment=moment)


def planned_scene(intent: Intent, down: Set[str] = frozenset(), at: str = "", moment: Moment | None = None) -> Scene:
    """Return a router that has the rows of a plan, and of which nothing else is known.

    Raises `IntentError` where it matters when that is, and nobody has said it: by `at`, as the user writes it, or as a `moment`.
    """
    moment = read_moment(at, "at", None) if at else moment
    if moment is None and len(intent.wans) > 1 and periods(intent.wans):
        raise IntentError("at", "missing, and the weights are not the same all week", "write when that is, such as at=sat-22:30")
    blank: dict[str, Sequence[Row]] = {path: [] for path in (ADDRESSES, PORTS, DHCP_CLIENTS, RAW, ROUTING, VRFS, HOTSPOTS)}
    names = [*(wan.interface for wan in intent.wans), UNKNOWN_LAN]
    blank |= {INTERFACES: [{"name": name} for name in names], ROUTES: []}
    rows = plan(intent, down, probed=True, unmarked=order(Surroundings(intent, blank)))
    lan: list[Row] = [{"list": LAN_LIST, "interface": UNKNOWN_LAN}]
    return Scene(intent, {**blank, **rows, LISTS: [{"name": LAN_LIST}], MEMBERS: lan}, asked=False, down=frozenset(down), moment=moment)


def in_outage(scene: Scene, lines: Set[str]) -> Scene:
    """Return a scene as it is while these lines are out of use, besides those that are."""
    down = scene.down | lines
    if not scene.asked:
        return replace(planned_scene(scene.intent, down, moment=scene.moment), local=scene.local)
    usual, then = (_runtime(scene, names) for names in (scene.down, down))
    changes = {key: fields for key, fields in then.items() if fields != usual.get(key)}
    found = {path: [_changed(row, changes.get((path, row.get("comment")))) for row in rows] for path, rows in scene.found.items()}
    return replace(scene, found=found, down=down)


def _runtime(scene: Scene, down: Set[str]) -> dict[tuple[str, object], Row]:
    """What the plan has in the fields of the control script, by path and comment."""
    router = scene.router
    rows = plan(scene.intent, down, probed=True, unmarked=order(router), drained=scene.drained)
    return {
        (path, row["comment"]): {field: row[field] for field in RUNTIME if field in row} for path in (MANGLE, ROUTES) for row in rows[path]
    }


def _changed(row: Row, fields: Mapping[str, str | int | bool | None] | None) -> Row:
    """A row with other fields. Which route of ours is active was said of the distances before."""
    if "active" in row and is_ours(row):
        row = {key: value for key, value in row.items() if key != "active"}
    return row if fields is None else {**row, **fields}
