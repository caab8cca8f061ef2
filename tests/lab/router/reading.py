# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How rows read: what is written in them, what the router adds, and what it hides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .dhcp import ALERT, alert_interface
from .interfaces import actual_interface, describe, is_interface_menu
from .language.program import read_program
from .language.values import to_str
from .leases import CLIENT
from .logs import CLOCK, date_text
from .menus import NETWATCH_ICMP_DEFAULTS, netwatch_defaults
from .paths import Path, path
from .route_rows import read_routes
from .routes import ROUTE, address_network
from .rows import Row, id_text
from .services import Carried, not_played
from .times import format_duration
from .values import INTERFACES
from .versions import DEFAULT_TRUST

if TYPE_CHECKING:
    from .store import Router

Shown = dict[str, str]

SECRET = {path("user"): frozenset({"password"})}
"""Properties that are written and never read."""

FALSE_FLAGS = ("dynamic", "invalid", "builtin", "inactive")
"""Flags that a row shows as false, where its menu has them [REST23] O for firewall rows, I elsewhere."""

COUNTED = tuple(path(f"ip firewall {menu}") for menu in ("filter", "nat", "mangle", "raw"))
"""Menus whose rows show what they have met."""

STARTUP = "startup"
"""The ``start-time`` of a scheduler entry that begins with the boot."""

CURRENT_DEFAULTS = "fetch,mqtt,email,netwatch,container,lora,wiliot,dns,www,reverse-proxy"
"""What ``default`` of ``builtin-trust-store`` stands for on 7.24 [WILD] O."""

KEPT = frozenset({ROUTE, path("tool netwatch"), path("routing rule"), path("ip firewall address-list"), *COUNTED})
"""Menus that scripts read all the time, and that read the same until something is changed somewhere: what was read is kept until then."""

NO_INACTIVE = frozenset({("interface",), ("port",)})
_ALWAYS_READ = frozenset({".id", "name", "disabled", "comment", "default-name", "mtu", "mac-address", "running"})
_COUNTERS = frozenset({"type", "actual-mtu", "rx-byte", "tx-byte", "rx-packet", "tx-packet", "link-downs"})
"""What only /interface shows of an interface."""


def read_rows(router: Router, menu: Path) -> list[Shown]:
    """All rows of a menu as a client reads them; for a menu of single values the one set, without an id.

    :raises Trap: where there is no such menu.
    """
    known = router.menu(menu)
    if menu in _COMPUTED:
        return _COMPUTED[menu](router)
    with router.lock:
        if menu in KEPT:
            rows = [dict(row) for row in _kept(router, menu)]
        else:
            rows = [read_row(router, menu, row) for row in router.table(menu)]
        if known.single:
            return [{name: value for name, value in row.items() if name != ".id"} for row in rows]
    return _counted(router, menu, rows)


def _kept(router: Router, menu: Path) -> list[Shown]:
    """The rows of a menu as they were read since the last change, or are read now."""
    kept, age = router.kept.get(menu), router.age(menu)
    if kept is None or kept[0] != age:
        rows = read_routes(router) if menu == ROUTE else [read_row(router, menu, row) for row in router.table(menu)]
        router.kept[menu] = kept = (age, rows)
    return kept[1]


def read_row(router: Router, menu: Path, row: Row) -> Shown:
    """One row as a client reads it."""
    owner = router.owner(menu, row)
    readable = router.menu(menu).readable
    shown: Shown = {".id": id_text(row.id)}
    shown |= {name: router.text(value) for name, value in row.values.items()}
    shown |= row.state
    for flag in FALSE_FLAGS:
        if flag in readable and menu not in NO_INACTIVE:
            shown.setdefault(flag, "true" if getattr(row, flag, False) else "false")
    if is_interface_menu(router, owner):
        shown |= describe(router, owner, row)
        wanted = readable | _ALWAYS_READ if menu == INTERFACES else readable | _ALWAYS_READ | shown.keys() - _COUNTERS
        shown = {name: value for name, value in shown.items() if name in wanted} | ({"dynamic": "true"} if row.dynamic else {})
    if menu in _SPECIAL:
        _SPECIAL[menu](router, row, shown)
    for name in SECRET.get(menu, ()):
        shown.pop(name, None)
    return shown


def _counted(router: Router, menu: Path, rows: list[Shown]) -> list[Shown]:
    """Firewall rows with what they have met, and interfaces with what they have carried, where there is a network."""
    counters = router.services.counters
    if counters is not None and menu == INTERFACES:
        carried = counters.interfaces()
        return [row | _carried(carried[row["name"]]) if row["name"] in carried else row for row in rows]
    if menu not in COUNTED or counters is None:
        return rows
    met = counters.read(menu, [row[".id"] for row in rows])
    return [row | {"bytes": str(met[row[".id"]].bytes), "packets": str(met[row[".id"]].packets)} for row in rows]


def _carried(carried: Carried) -> Shown:
    counts = {"rx-byte": carried.rx_bytes, "tx-byte": carried.tx_bytes, "rx-packet": carried.rx_packets, "tx-packet": carried.tx_packets}
    return {name: str(count) for name, count in counts.items()}


def _address(router: Router, row: Row, shown: Shown) -> None:
    shown.setdefault("network", str(address_network(router, row).network_address))
    below = router.referenced_row(row.values["interface"])
    shown["actual-interface"] = (below and actual_interface(router, *below)[1].name) or shown["interface"]


def _client(router: Router, row: Row, shown: Shown) -> None:
    """What is left of a lease's time is shown while there is one [MAN:DHCP client] D."""
    if row.values.get("disabled") == "true":
        shown["status"] = "stopped"
    if row.id in router.held:
        shown["expires-after"] = format_duration(int(router.held[row.id].ends - router.services.clock.now()) * 1000)


def _address_list(router: Router, row: Row, shown: Shown) -> None:
    """An entry with a time-out is dynamic, and may be changed all the same [MAN] D."""
    shown["dynamic"] = "true" if row.dynamic or "timeout" in row.values else "false"


def _netwatch(router: Router, row: Row, shown: Shown) -> None:
    known = router.menu(path("tool netwatch")).arguments
    general = {name: value for name, value in netwatch_defaults(shown.get("type", "simple")).items() if name in known}
    icmp = {name: value for name, value in NETWATCH_ICMP_DEFAULTS.items() if name in known}
    if not router.traits.percent_has_sign and "thr-loss-percent" in shown:
        shown["thr-loss-percent"] = shown["thr-loss-percent"].removesuffix("%")
    if router.traits.netwatch_shows_defaults:
        shown |= general | shown
    if not router.traits.netwatch_shows_ttl:
        for name in [name for name, default in icmp.items() if shown.get(name) == default]:
            del shown[name]
    elif shown.get("type") == "icmp":
        shown |= icmp | shown


def _alert(router: Router, row: Row, shown: Shown) -> None:
    shown["invalid"] = "false" if alert_interface(router, row) else "true"
    if not router.traits.alert_shows_disabled and shown.get("disabled") == "false":
        del shown["disabled"]


def _rule(router: Router, row: Row, shown: Shown) -> None:
    if router.traits.rule_shows_chain and "chain" in router.menu(path("routing rule")).arguments:
        shown.setdefault("chain", "user")


def _resource(router: Router, row: Row, shown: Shown) -> None:
    shown["uptime"] = format_duration(int(router.services.clock.now() - router.started) * 1000)


def _clock(router: Router, row: Row, shown: Shown) -> None:
    shown["date"], shown["time"] = date_text(router.services.wall_time()).split()


def _trust(router: Router, row: Row, shown: Shown) -> None:
    if router.version >= DEFAULT_TRUST:
        shown.setdefault("builtin-trust-store", "default")
        if router.traits.shows_current_defaults:
            shown["current-defaults"] = CURRENT_DEFAULTS


def _scheduler(router: Router, row: Row, shown: Shown) -> None:
    """What was left out of a start is the moment of adding [MAN:Scheduler] D; with ``startup`` there is none [WILD] O."""
    if shown.get("start-time") != STARTUP:
        day, time = date_text(row.made).split()
        shown.setdefault("start-date", day)
        shown.setdefault("start-time", time)


def _script(router: Router, row: Row, shown: Shown) -> None:
    """A source with an error of syntax is taken, and the row says so [TIK4] I."""
    shown["invalid"] = "true" if read_program(shown.get("source", ""), "function").faults_for(router.version) else "false"


def _connections(router: Router) -> list[Shown]:
    connections = router.services.connections
    if connections is None:
        raise not_played("/ip/firewall/connection")
    return [dict(row) for row in connections.rows()]


def _sessions(router: Router) -> list[Shown]:
    """Who is logged in [MAN:API, SCH] D. That ``via`` says ``api-ssl`` of a client over TLS is I."""
    groups = {row.name: router.text(row.values.get("group", "")) for row in router.table(path("user"))}
    return [
        {
            ".id": id_text(number),
            "when": date_text(session.since),
            "name": session.user,
            "address": session.address,
            "via": session.via,
            "radius": "false",
            "group": groups.get(session.user, ""),
        }
        for number, session in list(router.services.sessions.items())
    ]


def _environment(router: Router) -> list[Shown]:
    """Global variables of all users."""
    return [
        {".id": id_text(number), "name": name, "value": to_str(router.services.globals[user][name]), "user": user}
        for number, (user, name) in variables(router).items()
    ]


def variables(router: Router) -> dict[int, tuple[str, str]]:
    """Global variables by the number of their row: user and name."""
    names = [(user, name) for user, shared in sorted(router.services.globals.items()) for name in sorted(shared)]
    return dict(enumerate(names, start=1))


def _jobs(router: Router) -> list[Shown]:
    return list(router.services.scripts.jobs()) if router.services.scripts else []


_SPECIAL: Mapping[Path, Callable[[Router, Row, Shown], None]] = {
    path("ip address"): _address,
    CLIENT: _client,
    path("ip firewall address-list"): _address_list,
    path("tool netwatch"): _netwatch,
    ALERT: _alert,
    path("routing rule"): _rule,
    path("system resource"): _resource,
    CLOCK: _clock,
    path("certificate settings"): _trust,
    path("system scheduler"): _scheduler,
    path("system script"): _script,
}

_COMPUTED: Mapping[Path, Callable[[Router], list[Shown]]] = {
    path("ip firewall connection"): _connections,
    path("system script environment"): _environment,
    path("system script job"): _jobs,
    path("user active"): _sessions,
    path("system history"): lambda router: router.safe_mode.actions(),
}
"""Menus whose rows are not kept but asked for."""
