# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: apply
short_description: Bring a router to what roles want together
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - Reads and checks as M(multiwan.routeros.check) does, over a connection of its own, and writes only where nothing refuses.
  - Shows one screen for people, with what was written and what is worth a look.
  - From RouterOS 7.18 on it writes with a way back. What no packet meets is written first; the rest is kept when a new connection has seen
    that the router answers, that the control script runs and that each line that carried still does. Else the router takes it back, also
    when this machine dies. The variable C(multiwan_commit_confirm) switches that off.
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
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
  facts:
    description: Returns facts.
    support: full
"""

EXAMPLES = r"""
- name: Bring the router to it
  multiwan.routeros.apply:
    roles:
      pcc_balance: {}
      failover_netwatch: {}

- name: Say which roles have changed something
  ansible.builtin.debug:
    msg: "{{ ansible_facts.multiwan_result.roles.keys() | join(' ') }}"
"""

RETURN = r"""
msg:
  description: What was shown; where the run has failed, why.
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
backup:
  description:
    - The file with what the run was about to change, as a script that puts it back; empty where nothing was written, or none is wanted.
      It goes into the folder C(multiwan_backup), by default C(multiwan-backups) beside the inventory.
  returned: when the run was not refused
  type: str
ansible_facts:
  description: What becomes a fact.
  returned: always
  type: dict
  contains:
    multiwan_result:
      description: What the run has done, or in check mode would do.
      type: dict
      contains:
        changed:
          description: Whether anything was changed.
          type: bool
        check:
          description: Whether it was check mode, so that nothing was written.
          type: bool
        roles:
          description:
            - By role and path (such as C(ip route)), how many rows were C(added), C(changed), C(removed) or C(moved). Only what is not 0.
          type: dict
        yours:
          description: By path, how many rows of yours were C(changed) with your consent, or C(given_back).
          type: dict
        warnings:
          description: What is worth a look.
          type: list
          elements: str
        refused:
          description: Why nothing was written.
          type: list
          elements: str
        stopped:
          description: Why the run came to its end before it was done; empty where it did not.
          type: str
way_back:
  description: What became of what was written, in one sentence, such as C(kept) or C(the router has taken back); empty where nothing was.
  returned: when nothing refuses
  type: str
engine:
  description: How the modules of C(community.routeros) were run, C(worker) or C(modules).
  returned: always
  type: str
"""
