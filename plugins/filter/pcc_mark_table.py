# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WANs to the mangle rows that balance them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pcc_mark_table
short_description: WANs to the mangle rows that balance them
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Returns every mangle row of the plan, in order, in the form that M(community.routeros.api_modify) takes for C(ip firewall mangle).
  - New connections from the LAN are spread by the hash of RouterOS, new connections from a line are marked by their line,
    known connections are routed by their mark.
positional: tolerance, max_rows, classifier_tcp, classifier_udp, bypass_services
options:
  _input:
    description: The lines, as in the variable C(multiwan_wans); see role P(multiwan.routeros.pcc_balance#role).
    type: list
    elements: dict
    required: true
  tolerance:
    description: How far a share may be from its weight, in percentage points.
    type: float
    default: 0.5
  max_rows:
    description:
      - How many classification rows a classifier may cost at the most. Where TCP and UDP have classifiers of their own, the rows of the
        buckets stand once for each.
    type: int
    default: 16
  classifier_tcp:
    description: What is hashed of everything but UDP.
    type: str
    default: both-addresses
  classifier_udp:
    description: What is hashed of UDP; by the client alone, calls and games keep one address.
    type: str
    default: src-address
  bypass_services:
    description: Services that are not balanced, such as V(53/udp).
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show the mark table
  ansible.builtin.debug:
    msg: "{{ multiwan_wans | multiwan.routeros.pcc_mark_table }}"
"""

RETURN = r"""
_value:
  description: Rows of C(/ip/firewall/mangle).
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping, Sequence

from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_options
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import mark_table
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row


def pcc_mark_table(
    wans: Sequence[Mapping[str, object]],
    tolerance: float = 0.5,
    max_rows: int = 16,
    classifier_tcp: str = "both-addresses",
    classifier_udp: str = "src-address",
    bypass_services: Sequence[str] = (),
) -> list[Row]:
    """Return the mangle rows."""
    options = {
        "tolerance": tolerance,
        "max_rows": max_rows,
        "classifier_tcp": classifier_tcp,
        "classifier_udp": classifier_udp,
        "bypass_services": bypass_services,
    }
    return mark_table(read_wans(wans), read_options(options, prefix=""), prefix="")


class FilterModule:
    """WANs to the mangle rows that balance them."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"pcc_mark_table": for_ansible(pcc_mark_table)}
