# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the documentation of all actions has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """The roles that an action is for."""

    DOCUMENTATION = r"""
options:
  roles:
    description:
      - The roles that it is for, by name. What they want stands in their variables, whose defaults are known where a role is imported with
        C(public=true), as in the playbook C(multiwan.routeros.site).
      - A task that is tagged C(always) chooses among them by C(--tags) and C(--skip-tags); the tag of a role is its name.
    type: dict
    required: true
    suboptions:
      pcc_balance:
        description: Role P(multiwan.routeros.pcc_balance#role).
        type: dict
        suboptions:
          wanted:
            description: Whether the run is for this role.
            type: bool
            default: true
      failover_netwatch:
        description: Role P(multiwan.routeros.failover_netwatch#role).
        type: dict
        suboptions:
          wanted:
            description: Whether the run is for this role.
            type: bool
            default: true
      dhcp_alert_telegram:
        description: Role P(multiwan.routeros.dhcp_alert_telegram#role).
        type: dict
        suboptions:
          wanted:
            description: Whether the run is for this role.
            type: bool
            default: true
"""
