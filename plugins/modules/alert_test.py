# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: alert_test
short_description: Send a test message, and say what became of it
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - Writes an event on the router, of which its script makes a message as of any other, and waits until all channels have taken it.
  - The connection to the router comes from C(module_defaults) of the group C(community.routeros.api), as in the playbook
    C(multiwan.routeros.site).
  - The modules of C(community.routeros) do the reading, comparing and writing. They run within the task, over one connection; where the
    task is delegated to another machine they run there, one by one, with the same result.
extends_documentation_fragment:
  - multiwan.routeros.roles
attributes:
  check_mode:
    description: Can run in check mode and say what would change, without writing.
    support: none
  diff_mode:
    description: Says what has changed, or would change.
    support: none
  idempotent:
    description: A second run changes nothing.
    support: none
"""

EXAMPLES = r"""
- name: Send a test message
  multiwan.routeros.alert_test:
    roles:
      dhcp_alert_telegram: {}
"""

RETURN = r"""
msg:
  description: Which channels have taken the message, by their places in the variables, and why another one has not.
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
