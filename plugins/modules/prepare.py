# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the action of this name does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: prepare
short_description: Show what to paste on a router so that runs are let in, and keep its certificate
version_added: 0.1.0
author: the multiwan.routeros authors (@multiwan)
description:
  - Without O(fingerprint) it shows a block to paste on the router, which makes a user with the rights that a run needs, a certificate, and
    the API with TLS. The block has the password, so it is on the screen only, and not in the result nor in a log.
  - With O(fingerprint) it fetches the certificate, compares it, writes it into the file of C(ca_path), and logs in. Nothing is written on
    the router.
  - The connection to the router comes from C(module_defaults) of the group C(community.routeros.api), as in the playbook
    C(multiwan.routeros.prepare).
extends_documentation_fragment:
  - multiwan.routeros.roles
options:
  fingerprint:
    description:
      - What the pasted block has printed last, the SHA-256 of the certificate.
    type: str
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
- name: Show what to paste on the router
  multiwan.routeros.prepare:
    roles:
      pcc_balance: {}
      failover_netwatch: {}

- name: Keep its certificate
  multiwan.routeros.prepare:
    fingerprint: 2f8b...
    roles:
      pcc_balance: {}
      failover_netwatch: {}
"""

RETURN = r"""
msg:
  description: What was shown, but for what is to be pasted.
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
