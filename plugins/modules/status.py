# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: status
short_description: Show how the lines are, and what needs somebody
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - Shows the state of each line, since when and why, what it carries, its probes, messages that wait, and the rows that a run would change.
  - Nothing is written on the router. All is read over one connection.
  - A router that does not answer is C(unreachable); all else that keeps the task from looking is a failure. What is wrong with a line is
    none, so a play that wants to stop there asks for C(status.well).
  - The connection to the router comes from C(module_defaults) of the group C(community.routeros.api), as in the playbook
    C(multiwan.routeros.site).
extends_documentation_fragment:
  - multiwan.routeros.roles
options:
  seconds:
    description:
      - For how long the lines are looked at, in seconds, at most 3600. What they have carried in this time is told.
      - With V(0) it is told what they have carried since the router counts.
    type: int
    default: 0
  json:
    description: A folder in which a file is kept for each router, C(ROUTER.json), with what C(status) returns. Made if it is not there.
    type: path
  prometheus:
    description:
      - A folder in which a file is kept for each router, C(ROUTER.prom), with metrics for the textfile collector of Prometheus'
        node_exporter. Made if it is not there.
    type: path
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
  facts:
    description: Returns facts.
    support: full
"""

EXAMPLES = r"""
- name: Look at the router
  multiwan.routeros.status:
    roles:
      pcc_balance: {}
      failover_netwatch: {}

- name: Make no backup by a line that costs money
  ansible.builtin.debug:
    msg: wait for a better time
  when: ansible_facts.multiwan_status.lines | selectattr('use', 'equalto', 'carries') | map(attribute='name') == ['lte']
"""

RETURN = r"""
msg:
  description: The lines that were shown.
  returned: always
  type: str
status:
  description: How the router is. The same is the fact C(multiwan_status).
  returned: when the router was looked at
  type: dict
  contains:
    router:
      description: The identity of the router.
      type: str
    release:
      description: The release of RouterOS, such as V(7.21.4).
      type: str
    board:
      description: The name of the board.
      type: str
    up_seconds:
      description: For how long the router is up.
      type: int
    time:
      description: When it was looked at, by the router's clock, such as V(2026-11-27 21:40:05).
      type: str
    hours:
      description: The hours of C(schedule) whose weights hold now, such as V(22:00 to 24:00 each day); empty with the usual weights.
      type: str
    lines:
      description: The lines, in the order of C(multiwan_wans).
      type: list
      elements: dict
      contains:
        name:
          description: The name of the line.
          type: str
        interface:
          description: Its interface.
          type: str
        tier:
          description: Its tier; lines of the lowest one that has a healthy line carry.
          type: int
        state:
          description:
            - V(up), V(suspect) (silent for a moment), V(out), V(held) (out, because it was silent again and again), V(hand) (switched off
              by hand), or V(none) (not balanced).
          type: str
        since:
          description: Since when it is so, by the router's clock; empty where nothing says so, as of a line that never was out.
          type: str
        reason:
          description: Why, in words of the router; empty for a line that is up.
          type: str
        by:
          description: By whom; V(router) is the control script.
          type: str
        hold:
          description: For so many seconds at least it does not return, although it may be good; null where nothing holds it.
          type: int
        drained:
          description: Since when, until when and by whom it is drained (M(multiwan.routeros.drain)); null of a line that is not.
          type: dict
          contains:
            since:
              description: Since when, by the router's clock.
              type: str
            until:
              description: Until when; empty where it lasts until it is undrained.
              type: str
            by:
              description: By whom.
              type: str
        use:
          description: V(carries) (new connections go by it), V(stands by) (it waits for others to go out), or V(unused).
          type: str
        gateway:
          description: Its gateway now; the interface, where that is the gateway.
          type: str
        address:
          description: The router's address there now; empty without one.
          type: str
        wanted_percent:
          description: The part of new connections that it is to have now.
          type: float
        connections:
          description:
            - Connections of the LAN that were dealt to it. Without O(seconds) those that it took over from lines that were out are not
              among them.
          type: int
        connections_percent:
          description: Its part of the connections of all lines; null where there are none.
          type: float
        down_bytes:
          description: Bytes that came in by its interface.
          type: int
        down_percent:
          description: Its part of those of all lines; null where there are none.
          type: float
        up_bytes:
          description: Bytes that went out by its interface.
          type: int
        up_percent:
          description: Its part of those of all lines; null where there are none.
          type: float
        probes:
          description: The addresses by which it is watched.
          type: list
          elements: dict
          contains:
            address:
              description: The address.
              type: str
            state:
              description: What netwatch says, V(up), V(down), or V(unknown) before the first test.
              type: str
            loss:
              description: Tests without an answer, in percent of all since the entry runs; null before the first one.
              type: float
            round_trip:
              description: How long the last answer has taken, in milliseconds; null without one.
              type: float
            checks:
              description: By the kind of each other check at this address (V(tcp), V(dns), V(https)), what netwatch says of it.
              type: dict
    looked_for_seconds:
      description: For how long the lines were looked at; 0 where counts are since the router counts.
      type: int
    unmarked:
      description: The line that takes what is not balanced; empty with one line.
      type: str
    fasttrack:
      description: V(on) or V(off) for what may be fasttracked, V(none) where no row of this collection is about it.
      type: str
    taken_over:
      description: Fields of rows of yours that runs have changed with your consent, and that are given back.
      type: list
      elements: dict
      contains:
        row:
          description: The row.
          type: str
        field:
          description: The field.
          type: str
        old:
          description: What it had.
          type: raw
        written:
          description: What was written.
          type: raw
    waiting:
      description: What waits to be told.
      type: dict
      contains:
        events:
          description: Events of which no message was made yet.
          type: int
        messages:
          description: Messages that no channel has taken yet.
          type: int
    drift:
      description: Rows that a run would change.
      type: list
      elements: dict
      contains:
        path:
          description: The path, such as V(ip route).
          type: str
        row:
          description: Its comment, or what else tells it from others.
          type: str
        kind:
          description: What a run would do, such as V(added) or V(changed).
          type: str
        fields:
          description: The fields that it would change.
          type: list
          elements: str
    refused:
      description: Why a run would be refused.
      type: list
      elements: str
    problems:
      description: What needs somebody, a sentence each.
      type: list
      elements: str
    well:
      description: Whether nothing needs anybody.
      type: bool
ansible_facts:
  description: What becomes a fact.
  returned: when the router was looked at
  type: dict
  contains:
    multiwan_status:
      description: The same as RV(status).
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
