# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may log in, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import not_permitted, wrong_login
from .menus import GROUP_POLICIES
from .paths import Path, path
from .rows import Row
from .store import Router

USERS = path("user")
READING = frozenset({"print", "getall", "get", "find", "listen"})
"""Commands that change nothing."""

ENVIRONMENT = path("system script environment")
"""Global variables; reading them needs more than read [EWORM] O."""

SYSTEM_USER = "*sys"
"""Who runs the scripts of netwatch and other hooks [MAN:Netwatch] D."""

HOOK_POLICIES = frozenset({"read", "write", "test", "reboot"})
"""What those may do, since 6.42 [MAN:Netwatch, Scripting tips] D."""

SENSITIVE = frozenset(
    {
        *("password", "secret", "ipsec-secret", "private-key", "preshared-key", "key", "otp-secret"),
        *("authentication-password", "encryption-password"),
    }
)
"""Properties that nobody sees without the policy ``sensitive``; the manual has a list of them by menu [MAN:Router AAA] D, of which these
are the names. Whether a row lacks them then, or shows something in their place, is unknown."""

_NEEDED: Mapping[Path, set[str]] = {
    path("system reboot"): {"reboot"},
    path("ping"): {"test"},
    path("tool ping"): {"test"},
    path("tool fetch"): {"test"},
}
"""What commands need that are neither reading nor writing [MAN:User] D; fetch works from netwatch [WANQM] O."""

CHANGES_NOTHING = READING | {"ping", "fetch"}
"""Commands that leave the router as it is."""

EVERYTHING = frozenset(GROUP_POLICIES)
"""What the lab itself may do."""


def log_in(router: Router, name: str, password: str) -> str:
    """Checks a login and returns the user's name.

    :raises Trap: for a wrong name or password, and for users who are disabled or may not use the API.
    """
    user = _user(router, name)
    if user is None or user.values.get("disabled") == "true" or user.values.get("password", "") != password:
        raise wrong_login()
    if "api" not in policies(router, name):
        raise wrong_login()
    return name


def policies(router: Router, name: str) -> frozenset[str]:
    """The policies that a user's group grants; none for a user who is gone."""
    user = _user(router, name)
    found = router.referenced_row(user.values["group"]) if user else None
    if found is None:
        return frozenset()
    words = router.text(found[1].values.get("policy", "")).split(",")
    return frozenset(word for word in words if not word.startswith("!"))


def exists(router: Router, name: str) -> bool:
    """Whether there is such a user."""
    return _user(router, name) is not None


def check_permission(granted: frozenset[str], menu: Path, command: str) -> None:
    """Reading needs the policy read, writing needs write, and users belong to policy [MAN:User] D.

    :param menu: where the command is; the command of a menu can need something else.
    :raises Trap: when the needed policy is not among the granted ones.
    """
    needed = _NEEDED.get((*menu, command)) or {"read" if command in READING else "write"}
    if menu[:1] == USERS and needed == {"write"}:
        needed = {"policy"}
    elif menu == ENVIRONMENT:
        needed = {"read", "write", "policy", "test"}
    check_policy(granted, *needed)


def visible(granted: frozenset[str], shown: dict[str, str]) -> dict[str, str]:
    """What somebody may see of a row."""
    return shown if "sensitive" in granted else {name: text for name, text in shown.items() if name not in SENSITIVE}


def check_policy(granted: frozenset[str], *needed: str) -> None:
    """Whoever gives a command has all the policies that it needs.

    :raises Trap: when one is not among the granted ones.
    """
    if not granted.issuperset(needed):
        raise not_permitted()


def _user(router: Router, name: str) -> Row | None:
    return next((row for row in router.table(USERS) if row.name == name), None)
