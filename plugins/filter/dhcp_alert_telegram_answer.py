# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of a test message, from the router's log."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dhcp_alert_telegram_answer
short_description: What became of a test message, from the router's log
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Says in a sentence why the test message of role P(multiwan.routeros.dhcp_alert_telegram#role) was not sent.
positional: outbox
options:
  _input:
    description: Lines of the router's log, with C(message), the newest last.
    type: list
    elements: dict
    required: true
  outbox:
    description: Rows of the outbox that still wait.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
- name: Say what happened
  ansible.builtin.debug:
    msg: "{{ log | multiwan.routeros.dhcp_alert_telegram_answer(outbox) }}"
"""

RETURN = r"""
_value:
  description: The sentence, with what the router said; empty, if Telegram has taken the message.
  type: str
"""

from collections.abc import Callable, Sequence

from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram.delivery import answer
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row


def dhcp_alert_telegram_answer(log: Sequence[Row], outbox: Sequence[Row] = ()) -> str:
    """Return the sentence."""
    return answer(log, outbox)


class FilterModule:
    """What became of a test message, from the router's log."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"dhcp_alert_telegram_answer": for_ansible(dhcp_alert_telegram_answer)}
