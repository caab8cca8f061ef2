# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: check
short_description: Check roles and their router, and write nothing
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - Reads what the roles want, and the router, and fails with all that is wrong at once, each with its remedy.
  - The roles of this collection call it before M(multiwan.routeros.apply), so that no router is written to before all are checked.
  - The connection to the router comes from C(module_defaults) of the group C(community.routeros.api), as in the playbook
    C(multiwan.routeros.site).
  - The modules of C(community.routeros) do the reading, comparing and writing. They run within the task, over one connection; where the
    task is delegated to another machine they run there, one by one, with the same result.
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
- name: Check what is wanted, and the router
  multiwan.routeros.check:
    roles:
      pcc_balance: {}
      failover_netwatch: {}
"""

RETURN = r"""
msg:
  description: All that refuses, a sentence a line; otherwise how many steps a run has to take.
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
engine:
  description: How the modules of C(community.routeros) were run, C(worker) or C(modules).
  returned: always
  type: str
"""
