# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: drill
short_description: Lose one line of a live router for a while, as in an outage
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - The line counts as lost for a while, whatever its probes say. The control script of role P(multiwan.routeros.failover_netwatch#role)
    does what it does in an outage, so live connections of the line are removed and begin anew elsewhere, and people are told.
  - It is for a router on which all is well. One line at a time, and never the last one.
  - What loses the line is an entry that ends by itself, so the router is well again also where the machine that runs Ansible dies.
  - How long each step took, and which lines took new connections, is read from the router's rows and counters.
  - The connection to the router comes from C(module_defaults) of the group C(community.routeros.api), as in the playbook
    C(multiwan.routeros.site).
options:
  line:
    description: The name of the line, as in V(multiwan_wans).
    type: str
    required: true
  seconds:
    description: For how long the line is kept out once it is left, 5 to 600.
    type: int
    default: 20
  ask:
    description: Only say what would be, and do nothing.
    type: bool
    default: false
  page:
    description:
      - A folder on the machine that runs Ansible, in which a page of it is kept, one file per router (V(gateway.html)). The result
        stands in one sentence first, then seconds, connections by line, the screen, and what the router has logged.
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
    support: none
"""

EXAMPLES = r"""
- name: See what an outage of isp1 is like
  multiwan.routeros.drill:
    roles:
      failover_netwatch: {}
    line: isp1
"""

RETURN = r"""
msg:
  description: What was shown.
  returned: always
  type: str
live_connections:
  description: How many live connections the line had before.
  returned: when nothing stood against it
  type: int
drill:
  description: What happened.
  returned: when the line was lost
  type: dict
  contains:
    elsewhere_seconds:
      description: After how many seconds new connections went elsewhere.
      type: float
    left_seconds:
      description: After how many seconds the line was left; null where it was not.
      type: float
    back_seconds:
      description: How many seconds after the end the line was used again; null where it was not.
      type: float
    connections:
      description: New connections of the LAN while the line was out, by line.
      type: dict
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
