# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan as a table for people."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pcc_balance_summary
short_description: The plan as a table for people
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Shows for every line its share and its deviation from the weight, and in which order each table tries the gateways.
options:
  _input:
    description: The options of role P(multiwan.routeros.pcc_balance#role) by their short names, such as C(wans) and C(lan_interfaces).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the plan
  ansible.builtin.debug:
    msg: "{{ intent | multiwan.routeros.pcc_balance_summary }}"
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.report import summary


def pcc_balance_summary(intent: Mapping[str, object]) -> list[str]:
    """Return the lines of the table."""
    return summary(read_intent(intent))


class FilterModule:
    """The plan as a table for people."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"pcc_balance_summary": for_ansible(pcc_balance_summary)}
