# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the script that sends messages has to know."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dhcp_alert_telegram_script
short_description: What the script that sends messages has to know
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Turns the intent of role P(multiwan.routeros.dhcp_alert_telegram#role) into the variables of the template of the script.
  - The token is not among them.
options:
  _input:
    description: The options of role P(multiwan.routeros.dhcp_alert_telegram#role) by their short names, such as C(token) and C(chats).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Render the script
  ansible.builtin.set_fact:
    script: >-
      {{ lookup('ansible.builtin.template', 'telegram.rsc.j2',
                template_vars=intent | multiwan.routeros.dhcp_alert_telegram_script) }}
"""

RETURN = r"""
_value:
  description: The chats, the texts as expressions of RouterOS, and names.
  type: dict
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.script import script_variables
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible


def dhcp_alert_telegram_script(intent: Mapping[str, object]) -> dict[str, object]:
    """Return the variables."""
    return script_variables(read_intent(intent))


class FilterModule:
    """What the script that sends messages has to know."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"dhcp_alert_telegram_script": for_ansible(dhcp_alert_telegram_script)}
