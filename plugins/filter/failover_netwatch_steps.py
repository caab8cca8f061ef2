# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What to write on the router for failover, in which order."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_netwatch_steps
short_description: What to write on the router for failover, in which order
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Turns the intent of role P(multiwan.routeros.failover_netwatch#role) into calls of M(community.routeros.api_modify).
  - Ways are written before the probes that use them, and the control script before what runs it.
positional: state, found, source
options:
  _input:
    description: The options of role P(multiwan.routeros.failover_netwatch#role) by their short names, such as C(wans) and C(profile).
    type: dict
    required: true
  state:
    description: V(present) writes the plan, V(absent) removes every row of ours; for V(absent) the intent is not read.
    type: str
    choices: [present, absent]
    default: present
  found:
    description:
      - Rows of the router by path, as M(community.routeros.api) returns them, those of C(tool netwatch) as M(community.routeros.api_info)
        does with O(community.routeros.api_info#module:handle_disabled=null-value).
      - A WAN that the control script holds out of use stays so.
    type: dict
    default: {}
  source:
    description: The text of the control script.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show the steps
  ansible.builtin.debug:
    msg: "{{ intent | multiwan.routeros.failover_netwatch_steps('present', router_found, script) }}"
"""

RETURN = r"""
_value:
  description: Steps with C(name), C(path), C(rows), C(restrict) and C(ordered).
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.plan import apply_steps, plan, remove_steps, uncheck
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import out_of_use
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found


def failover_netwatch_steps(
    intent: Mapping[str, object], state: str = "present", found: Found | None = None, source: str = ""
) -> list[dict[str, object]]:
    """Return the steps."""
    if state == "absent":
        return remove_steps()
    router = found or {}
    rows = plan(read_intent(intent), source, out_of_use(router))
    return [*apply_steps(rows, router), *uncheck(router)]


class FilterModule:
    """What to write on the router for failover, in which order."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"failover_netwatch_steps": for_ansible(failover_netwatch_steps)}
