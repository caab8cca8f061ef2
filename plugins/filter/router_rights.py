# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a user of the router may not write there."""

from __future__ import annotations

DOCUMENTATION = r"""
name: router_rights
short_description: Why a user of the router may not write there
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Says in a sentence which policy a user lacks, and how to give it.
positional: groups, name
options:
  _input:
    description: Rows of C(/user).
    type: list
    elements: dict
    required: true
  groups:
    description: Rows of C(/user group).
    type: list
    elements: dict
    required: true
  name:
    description: Name of the user.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say it in a sentence
  ansible.builtin.debug:
    msg: "{{ users | multiwan.routeros.router_rights(groups, 'ansible') }}"
"""

RETURN = r"""
_value:
  description: The sentence; empty where the user may write, or where its group is not known, as of users that RADIUS knows.
  type: str
"""

from collections.abc import Callable, Sequence

from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import problems
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row


def router_rights(users: Sequence[Row], groups: Sequence[Row], name: str) -> str:
    """Return the sentence."""
    return problems.rights_problem(users, groups, name)


class FilterModule:
    """Why a user of the router may not write there."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"router_rights": for_ansible(router_rights)}
