# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to write on the router for alerts, in which order."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dhcp_alert_telegram_steps
short_description: What to write on the router for alerts, in which order
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Turns the intent of role P(multiwan.routeros.dhcp_alert_telegram#role) into calls of M(community.routeros.api_modify).
  - The buffer of the log is written before what fills it, and the script before what runs it.
positional: state, found, source
options:
  _input:
    description: The options of role P(multiwan.routeros.dhcp_alert_telegram#role) by their short names, such as C(token) and C(chats).
    type: dict
    required: true
  state:
    description: V(present) writes the plan, V(absent) removes every row of ours; for V(absent) the intent is not read.
    type: str
    choices: [present, absent]
    default: present
  found:
    description:
      - Rows of the router by path, as M(community.routeros.api) returns them; C(interface) and C(interface list member).
    type: dict
    default: {}
  source:
    description: The text of the script.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show the steps
  ansible.builtin.debug:
    msg: "{{ intent | multiwan.routeros.dhcp_alert_telegram_steps('present', router_found, script) }}"
"""

RETURN = r"""
_value:
  description: Steps with C(name), C(path), C(rows), C(restrict), C(ordered) and C(secret), which says that the rows hold the token.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.plan import apply_steps, plan, remove_steps
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found


def dhcp_alert_telegram_steps(
    intent: Mapping[str, object], state: str = "present", found: Found | None = None, source: str = ""
) -> list[dict[str, object]]:
    """Return the steps."""
    if state == "absent":
        return remove_steps()
    wanted = read_intent(intent)
    return apply_steps(plan(wanted, source, found or {}), wanted.chats)


class FilterModule:
    """What to write on the router for alerts, in which order."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"dhcp_alert_telegram_steps": for_ansible(dhcp_alert_telegram_steps)}
