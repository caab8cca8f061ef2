# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The script that sends messages."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dhcp_alert_telegram_script
short_description: The script that sends messages
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Turns the intent of role P(multiwan.routeros.dhcp_alert_telegram#role) into the script that sends messages.
  - The token is not in it.
options:
  _input:
    description: The options of role P(multiwan.routeros.dhcp_alert_telegram#role) by their short names, such as C(token) and C(chats).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Read the script
  ansible.builtin.debug:
    msg: "{{ (intent | multiwan.routeros.dhcp_alert_telegram_script).source }}"
"""

RETURN = r"""
_value:
  description: >-
    C(source), the text of the script, C(name), its name on the router, and C(outboxes), the address lists in which messages wait.
  type: dict
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils import alerts
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import script
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible


def dhcp_alert_telegram_script(intent: Mapping[str, object]) -> dict[str, object]:
    """Return the script, its name, and where messages wait."""
    read = alerts.read_alerts(intent)
    return {"name": alerts.SCRIPT, "source": script.source(read), "outboxes": [alerts.OUTBOX + chat.key for chat in read.chats]}


class FilterModule:
    """The script that sends messages."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"dhcp_alert_telegram_script": for_ansible(dhcp_alert_telegram_script)}
