# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the control script has to know."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_netwatch_script
short_description: What the control script has to know
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Turns the intent of role P(multiwan.routeros.failover_netwatch#role) into the variables of the template of the control script.
options:
  _input:
    description: The options of role P(multiwan.routeros.failover_netwatch#role) by their short names, such as C(wans) and C(profile).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Render the control script
  ansible.builtin.set_fact:
    script: "{{ lookup('ansible.builtin.template', 'failover.rsc.j2', template_vars=intent | multiwan.routeros.failover_netwatch_script) }}"
"""

RETURN = r"""
_value:
  description: C(lines), the names of the hooks, and the name of the script.
  type: dict
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.script import script_variables
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible


def failover_netwatch_script(intent: Mapping[str, object]) -> dict[str, object]:
    """Return the variables."""
    return script_variables(read_intent(intent))


class FilterModule:
    """What the control script has to know."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"failover_netwatch_script": for_ansible(failover_netwatch_script)}
