# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to write on the router, in which order."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pcc_balance_steps
short_description: What to write on the router, in which order
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Turns the intent of role P(multiwan.routeros.pcc_balance#role) into calls of M(community.routeros.api_modify).
  - What marks lead to is written before the marks, and what old marks led to is removed after them.
positional: state, found
options:
  _input:
    description: The options of role P(multiwan.routeros.pcc_balance#role) by their short names, such as C(wans) and C(lan_interfaces).
    type: dict
    required: true
  state:
    description: V(present) writes the plan, V(absent) removes every row of ours; for V(absent) the intent is not read.
    type: str
    choices: [present, absent]
    default: present
  found:
    description:
      - Rows of the router by path, as M(community.routeros.api) returns them.
      - A WAN that the control script of role P(multiwan.routeros.failover_netwatch#role) holds out of use stays so.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show the steps
  ansible.builtin.debug:
    msg: "{{ intent | multiwan.routeros.pcc_balance_steps }}"
"""

RETURN = r"""
_value:
  description: Steps with C(name), C(path), C(rows), C(restrict) and C(ordered).
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import out_of_use, probes_watch
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, plan, remove_steps
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found


def pcc_balance_steps(intent: Mapping[str, object], state: str = "present", found: Found | None = None) -> list[dict[str, object]]:
    """Return the steps."""
    if state == "absent":
        return remove_steps()
    router = found or {}
    return apply_steps(plan(read_intent(intent), out_of_use(router), probes_watch(router)), router)


class FilterModule:
    """What to write on the router, in which order."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"pcc_balance_steps": for_ansible(pcc_balance_steps)}
