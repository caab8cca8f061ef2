# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of writing that go beyond one value: what a row needs, what no two rows share, which rows stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .errors import builtin_row, failure, missing_arguments, read_only_row
from .interfaces import all_interfaces, is_interface
from .menus import INTERFACE_NAME_TAKEN, Unique, facts
from .paths import Path, path
from .rows import Row
from .schema import Menu

if TYPE_CHECKING:
    from .store import Router

SWITCHED_BY_DEVICE_MODE: Mapping[Path, str] = {path("system scheduler"): "scheduler"}
"""Menus that a feature of device-mode guards; seen for the scheduler on an RB4011 with 7.22.2 O."""


def check_device_mode(router: Router, menu: Path) -> None:
    """A feature that device-mode turned off takes no new entries [MAN:Device-mode] D.

    :raises Trap: when the menu's feature is off.
    """
    if menu in SWITCHED_BY_DEVICE_MODE:
        check_feature(router, SWITCHED_BY_DEVICE_MODE[menu])


def check_feature(router: Router, feature: str) -> None:
    """What device-mode turned off does not work [MAN:Device-mode] D.

    :raises Trap: when the feature is off.
    """
    if not is_allowed(router, feature):
        raise failure("not allowed by device-mode")


def is_allowed(router: Router, feature: str) -> bool:
    """Whether device-mode leaves a feature on."""
    mode = router.table(path("system device-mode"))
    return not mode or mode[0].state.get(feature) != "false"


def check_required(menu: Menu, given: Mapping[str, str]) -> None:
    """What ``add`` insists on [REQ] O.

    :raises Trap: when it was not given.
    """
    if menu.path == path("interface pppoe-client") and "interface" not in given:
        raise failure("no interfaces provided")
    missing = [name for name in menu.required if name not in given]
    if missing:
        raise missing_arguments(missing)


def check_unique(router: Router, menu: Path, row: Row) -> None:
    """Names of interfaces are one space for all kinds; other menus have keys of their own.

    :raises Trap: when another row has the row's name or key.
    """
    if is_interface(router, menu, row) and any(other.id != row.id and other.name == row.name for _, other in all_interfaces(router)):
        raise failure(INTERFACE_NAME_TAKEN)
    for rule in facts(menu).unique:
        key = _key(router, rule, row)
        others = (other for other in router.table(menu) if other.id != row.id)
        if key is not None and any(_key(router, rule, other) == key for other in others):
            raise failure(rule.message)


def check_writable(row: Row) -> None:
    """The router's own rows are not for clients.

    :raises Trap: for dynamic and builtin rows.
    """
    if row.dynamic:
        raise read_only_row()
    if row.builtin:
        raise builtin_row()


def forget_hotspot(router: Router, menu: Path, row: Row, given: Mapping[str, str]) -> None:
    """What toggling a firewall row may cost it, by the trait."""
    if router.traits.toggling_drops_hotspot and menu[:2] == path("ip firewall") and "disabled" in given and "hotspot" not in given:
        row.values.pop("hotspot", None)


def check_unused(router: Router, menu: Path, row: Row) -> None:
    """A group stays as long as it has users [REST23] O; other rows may be removed while they are referred to.

    :raises Trap: for a group with users.
    """
    if menu != path("user group"):
        return
    if any(router.referenced_row(user.values.get("group", "")) == (menu, row) for user in router.table(path("user"))):
        raise failure("group has some users")


def _key(router: Router, rule: Unique, row: Row) -> tuple[str, ...] | None:
    """What the rule compares; None for a row that does not count."""
    if rule.only_enabled and row.values.get("disabled") == "true":
        return None
    if not all(name in row.values for name in rule.properties):
        return None
    return tuple(router.text(row.values[name]) for name in rule.properties)
