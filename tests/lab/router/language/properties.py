# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a script reads of a row: texts of rows as values of the language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..addresses import parse_ip
from ..leases import CLIENT
from ..paths import Path
from ..reading import Shown
from ..routes import ROUTE
from ..rows import parse_id
from ..store import Router
from ..values import Boolean, Flag, Number
from .values import NIL, Array, Id, Value

TEXTS = frozenset({"name", "comment", "message", "time", "since", "value", "version"})
"""Read-only properties that are text whatever they look like."""

FLAGS = frozenset(
    {
        *("active", "assured", "builtin", "confirmed", "connect", "default", "dhcp", "disabled", "dstnat", "dying"),
        *("dynamic", "ecmp", "expired", "fasttrack", "inactive", "invalid", "running", "seen-reply", "slave", "srcnat"),
        *("static", "used"),
    }
)
"""Properties that are on or off; off where a row does not show them [MAN, REST23] I."""


class Properties(Mapping[str, Value]):
    """All properties that a row of a menu may have; those that it does not show are off, or no value.

    :param shown: the row; another one of the menu may take its place.
    """

    def __init__(self, router: Router, menu: Path, shown: Shown) -> None:
        self._router = router
        self._path = menu
        self._menu = router.menu(menu)
        self.shown = shown

    def __contains__(self, name: object) -> bool:
        known = self._menu
        return name in self.shown or name in known.readable or name in known.arguments or name == ".id"

    def __getitem__(self, name: str) -> Value:
        if name not in self:
            raise KeyError(name)
        return property_value(self._router, self._path, name, self.shown.get(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._menu.readable | self._menu.arguments.keys() | self.shown.keys() | {".id"})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def property_value(router: Router, menu: Path, name: str, text: str | None) -> Value:
    """A property as ``get`` gives it. Time-like ones are text [RB5009] O, and so are addresses [TIK4] O.

    :param text: None for a property that the row does not show.
    """
    kind = router.kind(menu, name) if name in router.menu(menu).arguments else None
    if text is None:
        if name in FLAGS or isinstance(kind, Flag) or (isinstance(kind, Boolean) and not kind.reads_yes_no):
            return False
        return NIL if router.traits.absent_property_is_nil else ""
    if name == ".id":
        return Id(parse_id(text) or 0)
    if name == "gateway" and menu in (ROUTE, CLIENT):
        return _gateway(router, menu, text)
    if isinstance(kind, Flag):
        return True
    if text in ("true", "false") and (kind is None or isinstance(kind, Boolean)) and name not in TEXTS:
        return text == "true"
    if text.isdecimal() and (kind is None or isinstance(kind, Number)) and name not in TEXTS:
        return int(text)
    return text


def _gateway(router: Router, menu: Path, text: str) -> Value:
    """The gateways of a route, or that of a lease."""
    parts = tuple((router.traits.gateway_is_ip and parse_ip(part)) or part for part in text.split(","))
    return Array(parts) if menu == ROUTE and router.traits.gateway_is_array else parts[0] if len(parts) == 1 else text


def row_array(router: Router, menu: Path, shown: Shown) -> Array:
    """A row as ``print as-value`` gives it: the properties it shows. ``gateway`` of routes is an array [MAN:tips] D."""
    values: Mapping[str, Value] = {
        name: Array(tuple(text.split(","))) if menu == ROUTE and name == "gateway" else property_value(router, menu, name, text)
        for name, text in shown.items()
    }
    return Array((), values)
