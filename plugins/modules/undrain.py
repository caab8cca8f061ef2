# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: undrain
short_description: Let a drained line take new connections again
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - Ends what M(multiwan.routeros.drain) has begun. A line that is dead by then is told as out of use.
  - The connection to the router comes from C(module_defaults) of the group C(community.routeros.api), as in the playbook
    C(multiwan.routeros.site).
  - The modules of C(community.routeros) do the reading, comparing and writing. They run within the task, over one connection; where the
    task is delegated to another machine they run there, one by one, with the same result.
options:
  line:
    description: The name of the line, as in V(multiwan_wans).
    type: str
    required: true
  by:
    description: Who wants it; people read that name. By default the user who runs Ansible.
    type: str
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
- name: Let isp1 take new connections again
  multiwan.routeros.undrain:
    roles:
      failover_netwatch: {}
    line: isp1
"""

RETURN = r"""
msg:
  description: What is now, or what stands against it.
  returned: always
  type: str
drains:
  description: All lines that are drained now, by their names.
  returned: success
  type: dict
  contains:
    line:
      description: What the line was called when it was drained.
      type: str
    interface:
      description: Its interface.
      type: str
    since:
      description: Since when, by the router's clock.
      type: str
      sample: "2026-11-27 14:03:12"
    until:
      description: Until when, by the router's clock; empty where it lasts until it is undrained.
      type: str
    seconds:
      description: How long all of it is to last; 0 without an end.
      type: int
    who:
      description: By whom.
      type: str
    moves:
      description: Whether connections that ran had to go.
      type: bool
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
