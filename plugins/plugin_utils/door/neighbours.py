# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Other hosts of a play, as far as they and this one cannot have what they want together: one bot takes commands for one router."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean

from ..findings import INTENT, Finding
from ..routeros.names import ALERTS

Raw = Callable[[str], Mapping[str, Any]]
"""Gives the variables of a host as they are written, without those of the play and of roles, as ``hostvars`` has them."""
Within = Callable[[object, Mapping[str, Any]], Any]
"""Gives the value of what may be a template, among these variables.

Raises `AnsibleError` where it has none.
"""


def sharing(host: str, hosts: Sequence[str], token: str, mine: Mapping[str, Any], raw: Raw, within: Within) -> list[Finding]:
    """Return that other hosts take commands by the same bot; Telegram gives each message to one of them.

    :param host: this one, which takes commands.
    :param hosts: all of the play.
    :param mine: the variables of its task.
    """
    others = [other for other in hosts if other != host and _takes(other, host, token, mine, raw, within)]
    if not others:
        return []
    names = ", ".join(sorted((host, *others)))
    problem = f"{names} take commands by one bot, and Telegram gives a message to one of them only"
    remedy = f"make a bot for each of them (@BotFather), or set {ALERTS}_commands: false"
    return [Finding(f"{ALERTS}_token", problem, remedy, kind=INTENT)]


def _takes(other: str, host: str, token: str, mine: Mapping[str, Any], raw: Raw, within: Within) -> bool:
    """Whether another host takes commands by this token. What it has no value for, its own run tells."""
    theirs, ours = raw(other), raw(host)
    among = {**mine, **theirs, "inventory_hostname": other}

    def value(option: str, default: object) -> Any:
        """What stands with the other host; what stands nowhere with this one either is the play's, and so everybody's."""
        name = f"{ALERTS}_{option}"
        return within(theirs[name], among) if name in theirs else default if name in ours else within(mine.get(name, default), among)

    try:
        wanted = boolean(value("commands", False), strict=False) and value("state", "present") != "absent"
        return wanted and str(value("token", "")) == token
    except AnsibleError:
        return False
