# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Show the plan of roles, without a router
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - Shows the shares of the lines, in which order each routing table tries them, and what the probes of role
    P(multiwan.routeros.failover_netwatch#role) cost by each line in MB a month. No router is asked.
extends_documentation_fragment:
  - multiwan.routeros.roles
attributes:
  check_mode:
    description: Can run in check mode and say what would change, without writing.
    support: full
  diff_mode:
    description: Says what has changed, or would change.
    support: none
  idempotent:
    description: A second run changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Show the plan
  multiwan.routeros.plan:
    roles:
      pcc_balance: {}
      failover_netwatch: {}
"""

RETURN = r"""
msg:
  description: What was shown.
  returned: always
  type: str
findings:
  description: What is wrong with the variables or the router (C(refuses)), and what is worth a look.
  returned: always
  type: list
  elements: dict
  contains:
    place:
      description: Where it is, such as C(multiwan_wans[1].gateway) or a row of the router.
      type: str
    problem:
      description: What is wrong there.
      type: str
    remedy:
      description: What to do about it.
      type: str
    command:
      description: The command on the router that mends it, if there is one.
      type: str
    refuses:
      description: Whether nothing is written because of it.
      type: bool
    kind:
      description: One word for what it is about, such as C(fasttrack).
      type: str
"""
