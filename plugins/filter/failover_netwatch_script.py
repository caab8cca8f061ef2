# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control script of failover."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_netwatch_script
short_description: The control script of failover
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Turns the intent of role P(multiwan.routeros.failover_netwatch#role) into the script that takes lines out of use and in again.
options:
  _input:
    description: The options of role P(multiwan.routeros.failover_netwatch#role) by their short names, such as C(wans) and C(profile).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Read the control script
  ansible.builtin.debug:
    msg: "{{ (intent | multiwan.routeros.failover_netwatch_script).source }}"
"""

RETURN = r"""
_value:
  description: C(source), the text of the script, and C(name), its name on the router.
  type: dict
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils import failover
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import script
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible


def failover_netwatch_script(intent: Mapping[str, object]) -> dict[str, str]:
    """Return the script and its name."""
    return {"name": failover.SCRIPT, "source": script.source(failover.read_failover(intent))}


class FilterModule:
    """The control script of failover."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"failover_netwatch_script": for_ansible(failover_netwatch_script)}
