# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: explain
short_description: Say which line takes a connection, and by which rows
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - Walks a connection through the rows of the router, or those of the plan, row by row as the router does, and says which line takes it,
    and which rows say so. That goes for what is balanced, for what is not, for what comes in from outside, and for connections that are
    there.
  - Which line a new connection gets that is balanced, only the router's hash knows, whose seed cannot be read. The answer has the share of
    each line then.
  - What a row of somebody else's asks for and is not known here, or by no means can be known, makes the answer unknown, with this row.
    Nothing is guessed. Whether the filter of the router lets the connection pass is another question.
  - The router is read over one connection, and never written. How it is reached comes from C(module_defaults) of the group
    C(community.routeros.api), as in the playbook C(multiwan.routeros.explain).
options:
  from:
    description:
      - The address of who begins the connection, such as V(192.168.88.70), with its port if that is known, such as V(192.168.88.70:50123).
      - One of the router's own addresses means the router itself.
    type: str
    required: true
  to:
    description: Where it goes, with port and protocol, such as V(198.51.100.7:443/tcp), V(198.51.100.7:443/udp) or V(198.51.100.7/icmp).
    type: str
    required: true
  during:
    description: Lines that are taken to be out of use, by their names, besides those that are; a list, or one text with commas.
    type: raw
  by:
    description: The line by which the connection comes in from outside, where its addresses do not say that.
    type: str
  at:
    description:
      - When that is, by the router's clock, such as V(22:30) or V(sat-22:30); now where it is not said. It matters where a line has a
        C(schedule), and for rows of others that ask for a time.
      - With V(rows=plan) it says the day, too.
    type: str
  rows:
    description:
      - Whose rows are walked, V(router) for those that are on the router now.
      - V(plan) for those that the variables say. No router is asked then, and what it alone knows is named in the answer.
    type: str
    choices: [router, plan]
    default: router
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
- name: Say which line takes a connection while isp1 is out of use
  multiwan.routeros.explain:
    roles:
      pcc_balance: {}
    from: 192.168.88.70
    to: 198.51.100.7:443/tcp
    during: isp1
  register: said

- name: Stop where it would have no line
  ansible.builtin.assert:
    that: said.explanation.lines | length > 0
"""

RETURN = r"""
msg:
  description: What was shown.
  returned: always
  type: str
explanation:
  description: The answer.
  returned: success
  type: dict
  contains:
    connection:
      description: What was asked for, such as C(192.168.88.70 to 198.51.100.7:443/tcp).
      type: str
    during:
      description: The lines that were taken to be out of use.
      type: list
      elements: str
    rows_from:
      description: Whose rows were walked, C(router) or C(plan).
      type: str
    kind:
      description:
        - What becomes of a new connection. C(balanced), it is dealt to the lines. C(bypassed), it is left out, by what the user says or by
          a Hotspot. C(unmarked), it has no mark for another reason. C(marked), a row of somebody else marks it.
        - C(arrival), it comes in by a line, and the lines are those of its answers. C(router), the router itself begins it. C(no line), it
          needs none. C(unknown), nobody can know.
      type: str
    lines:
      description: The lines that may take it, the largest share first; none where no line does, or nobody can know.
      type: list
      elements: dict
      contains:
        name:
          description: The name of the line.
          type: str
        share:
          description: Its share as a fraction, such as C(2/3); C(1) where it takes all.
          type: str
        share_percent:
          description: The same in percent.
          type: float
        rows:
          description: The rows that lead there, in order, by their comments; one without a comment in words.
          type: list
          elements: str
    why:
      description: The row because of which it is balanced, bypassed, or marked; empty where no row says that.
      type: str
    unknown:
      description: Why nobody can know; else empty.
      type: str
    if_met:
      description: Where C(unknown) names a row that asks for what is not known, the lines if packets meet it, as in C(lines).
      type: list
      elements: dict
    if_not:
      description: The lines if they do not.
      type: list
      elements: dict
    now:
      description: The same, from C(kind) to C(if_not), without the outage of O(during); null where none was asked for.
      type: dict
    live:
      description: The connections between these addresses that are there.
      type: list
      elements: dict
      contains:
        from:
          description: Who began it, with the port.
          type: str
        mark:
          description: Its mark; empty for none.
          type: str
        line:
          description: The line that it has; of one that has come in by a line, the one of its answers. Empty for none.
          type: str
        rows:
          description: The rows that its packets meet.
          type: list
          elements: str
        begins_anew:
          description: Whether it is removed in the outage of O(during), so that it begins anew, as C(lines) says.
          type: bool
        unknown:
          description: Why nobody can know; else empty.
          type: str
findings:
  description: What is wrong with the variables, the question or the router (C(refuses)), and what is worth a look.
  returned: always
  type: list
  elements: dict
  contains:
    place:
      description: Where it is, such as C(to) or C(multiwan_wans[1].gateway).
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
      description: Whether there is no answer because of it.
      type: bool
    kind:
      description: One word for what it is about, such as C(intent).
      type: str
engine:
  description: How the modules of C(community.routeros) were run, C(worker) or C(modules).
  returned: always
  type: str
"""
