# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must be mended before failover is written."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failover_netwatch_preflight
short_description: What must be mended before failover is written
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Checks the intent of role P(multiwan.routeros.failover_netwatch#role),
    and, where the rows of the router are given, the intent against the router.
positional: found
options:
  _input:
    description: The options of role P(multiwan.routeros.failover_netwatch#role) by their short names, such as C(wans) and C(profile).
    type: dict
    required: true
  found:
    description: Rows of the router by path, as M(community.routeros.api) returns them.
    type: dict
"""

EXAMPLES = r"""
- name: Check the intent
  ansible.builtin.assert:
    that: (intent | multiwan.routeros.failover_netwatch_preflight).errors == []
"""

RETURN = r"""
_value:
  description: Sentences for the user, in the lists C(errors) and C(warnings).
  type: dict
"""

from collections.abc import Callable, Mapping

from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.preflight import findings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import texts
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import balanced_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found


def failover_netwatch_preflight(intent: Mapping[str, object], found: Found | None = None) -> dict[str, list[str]]:
    """Return errors and warnings."""
    try:
        wanted = read_intent(intent)
    except IntentErrors as refused:
        return {"errors": texts(refused.findings, refusing=True), "warnings": []}
    said = findings(wanted, found, balanced_wans(found)) if found is not None else []
    return {"errors": texts(said, refusing=True), "warnings": texts(said, refusing=False)}


class FilterModule:
    """What must be mended before failover is written."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"failover_netwatch_preflight": for_ansible(failover_netwatch_preflight)}
