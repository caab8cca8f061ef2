# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs of the door against a lab router, without Ansible around it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.engine import MODULES, InWorker
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import Router

from tests.lab.router.lab import Lab

Options = Mapping[str, Mapping[str, Any]]
"""The options of each role by their short names; a role that is not among them is to go, where it is named in `absent`."""


@contextlib.contextmanager
def connect(lab: Lab, **others: object) -> Iterator[Router]:
    """The door to a lab router."""
    known = {"hostname": lab.host, "port": lab.port, "username": lab.user, "password": lab.password, "encoding": "UTF-8"}
    router = Router(InWorker(), {module: {**known, **others} for module in MODULES})
    try:
        yield router
    finally:
        router.close()


def look(lab: Lab, options: Options, *absent: str, follows: bool = False) -> site.Checked:
    """What a run would write, checked."""
    wanted, problems = site.read(options, absent, follows)
    assert problems == []
    with connect(lab) as router:
        return site.check(wanted, router.found(site.reads(wanted)))


def run(lab: Lab, options: Options, *absent: str, check: bool = False) -> Changes:
    """Carry out a run, or only preview it; all its steps over one connection, as the action does."""
    wanted, problems = site.read(options, absent)
    assert problems == []
    changes = Changes()
    with connect(lab) as router:
        for step in site.check(wanted, router.found(site.reads(wanted))).steps():
            router.write(step, changes, check=check)
    return changes
