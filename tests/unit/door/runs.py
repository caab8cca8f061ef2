# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs of the door against a lab router, without Ansible around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes

from tests.lab.router.lab import Lab
from tests.unit.apply.router import door

Options = Mapping[str, Mapping[str, Any]]
"""The options of each role by their short names; a role that is not among them is to go, where it is named in `absent`."""


def look(lab: Lab, options: Options, *absent: str, follows: bool = False) -> site.Checked:
    """What a run would write, checked."""
    wanted, problems = site.read(options, absent, follows)
    assert problems == []
    with door(lab) as router:
        return site.check(wanted, router.found(site.reads(wanted, router.user)))


def run(lab: Lab, options: Options, *absent: str, check: bool = False, after: Callable[[], object] = lambda: None) -> Changes:
    """Carry out a run, or only preview it; all its steps over one connection, as the action does.

    :param after: is called after each step.
    """
    wanted, problems = site.read(options, absent)
    assert problems == []
    changes = Changes()
    with door(lab) as router:
        for step in site.check(wanted, router.found(site.reads(wanted, router.user))).steps():
            router.write(step, changes, check=check)
            after()
    return changes
