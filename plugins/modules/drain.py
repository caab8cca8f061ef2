# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: drain
short_description: Keep new connections off a line
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - No new connection of the LAN or of the router itself goes by the line from now on. Those that run stay on it until they end.
  - It is a row on the router, which runs leave alone and reboots do not forget. The control script of role
    P(multiwan.routeros.failover_netwatch#role) does the rest, ends it in time, and tells people of its begin and its end.
  - The last line that is in use is never left. Where all others go out of use meanwhile, the drained one carries until one of them is back.
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
  until:
    description:
      - When it ends by itself, by the router's clock, such as V(17:00) of today, or V(2026-11-28 17:00).
      - Without it and without O(for) it lasts until M(multiwan.routeros.undrain).
    type: str
  for:
    description: How long it lasts, in place of O(until), such as V(45m), V(2h) or V(1d).
    type: str
  move:
    description: Whether connections that run have to go too. They begin anew by another line.
    type: bool
    default: false
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
- name: Keep new connections off isp1 until five o'clock
  multiwan.routeros.drain:
    roles:
      failover_netwatch: {}
    line: isp1
    until: "17:00"
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
