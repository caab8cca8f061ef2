# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weights to buckets of the per-connection classifier."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pcc_buckets
short_description: Weights to buckets of the per-connection classifier
version_added: 0.1.0
author: the multiwan.routeros authors
description:
  - Finds the smallest number of rows whose shares are near enough to the weights of the lines.
  - The heaviest line takes what the others leave and costs one row; only lines of the lowest tier take part.
positional: tolerance, max_rows
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
    description: How many classification rows a classifier may cost at the most.
    type: int
    default: 16
"""

EXAMPLES = r"""
- name: Show how two lines of 700 and 600 Mbit/s share the connections
  ansible.builtin.debug:
    msg: "{{ multiwan_wans | multiwan.routeros.pcc_buckets }}"
"""

RETURN = r"""
_value:
  description: The solution; deviations are in percentage points, C(rows) are those of one classifier.
  type: dict
  sample:
    denominator: 13
    rows: 7
    deviation_points: 0.0
    within_tolerance: true
    wans:
      - {name: isp1, buckets: 7, wanted_percent: 53.846, share_percent: 53.846, deviation_points: 0.0}
      - {name: isp2, buckets: 6, wanted_percent: 46.154, share_percent: 46.154, deviation_points: 0.0}
"""

from collections.abc import Callable, Mapping, Sequence

from ansible_collections.multiwan.routeros.plugins.plugin_utils.filter_errors import for_ansible
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_options, solve_buckets
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.report import shares


def pcc_buckets(wans: Sequence[Mapping[str, object]], tolerance: float = 0.5, max_rows: int = 16) -> dict[str, object]:
    """Return denominator, buckets, shares and deviations."""
    read = read_wans(wans)
    options = read_options({"tolerance": tolerance, "max_rows": max_rows}, prefix="")
    return shares(read, solve_buckets(read, options, prefix=""), options.tolerance)


class FilterModule:
    """Weights to buckets of the per-connection classifier."""

    def filters(self) -> dict[str, Callable[..., object]]:
        """Return the filter by its name."""
        return {"pcc_buckets": for_ansible(pcc_buckets)}
