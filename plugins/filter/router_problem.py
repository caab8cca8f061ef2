# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why the router could not be asked or written to."""

from __future__ import annotations

DOCUMENTATION = r"""
name: router_problem
short_description: Why a router could not be asked or written to
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Says in a sentence what went wrong with a task of C(community.routeros), and what to mend.
  - No password and no token is ever in it.
options:
  _input:
    description: What the task has registered, with or without a loop.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Ask the router
  community.routeros.api:
    path: ip address
  register: addresses
  failed_when: false

- name: Say it in a sentence
  ansible.builtin.assert:
    that: addresses | multiwan.routeros.router_problem == ''
    fail_msg: "{{ addresses | multiwan.routeros.router_problem }}"
"""

RETURN = r"""
_value:
  description: The sentence; empty where all went well.
  type: str
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import problems
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible


def router_problem(result: Mapping[str, object]) -> str:
    """Return the sentence."""
    return problems.problem(result)


class FilterModule:
    """Why the router could not be asked or written to."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"router_problem": for_ansible(router_problem)}
