# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A name of ours that somebody else has given to a row is refused before the first write, and nothing of theirs is lost at removal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE, FAILOVER

from tests.lab.router.lab import Lab

from .door.runs import look, run
from .test_commands import BALANCED, BOT, WANS

OPTIONS = {BALANCE: BALANCED, FAILOVER: {"wans": WANS}, ALERTS: {**BOT, "heartbeat": "1d"}}
ROUTER = ("/ip dns set servers=192.0.2.53", "/certificate settings set builtin-trust-store=fetch")
FIELDS = {
    "routing table": "fib",
    "system scheduler": "on-event=x",
    "system logging action": "target=disk",
    "ip firewall address-list": "address=10.0.0.0/8",
    "tool netwatch": "host=192.0.2.1",
}
"""What a row of others has besides its name."""


def named(lab: Lab) -> set[tuple[str, str]]:
    """Path and name of all that a run writes."""
    steps = look(lab, OPTIONS).steps()
    writes = [step for step in steps if isinstance(step, dict)]
    return {(step["path"], str(row["name"])) for step in writes for row in step["rows"] if "name" in row}


def router(*more: str) -> Lab:
    lab = Lab(interfaces=4)
    for line in (*ROUTER, *more):
        assert not lab.load(line, on_error="stop").skipped
    return lab


with router() as _lab:
    NAMES = sorted(named(_lab))


def test_all_roles_have_names() -> None:
    assert {path for path, _name in NAMES} == {
        *("interface list", "routing table", "system script", "system scheduler", "system logging action", "ppp secret"),
        "tool netwatch",
    }
    assert len(NAMES) > 12


@pytest.mark.parametrize(("path", "name"), NAMES)
def test_a_name_of_somebody_else_is_refused(path: str, name: str) -> None:
    with router(f'/{path} add name="{name}" {FIELDS.get(path, "")}') as lab:
        with pytest.raises(site.Refused) as refused:
            look(lab, OPTIONS).steps()
        (finding,) = [one for one in refused.value.findings if one.refuses]
        assert (finding.kind, finding.place) == ("name", f"/{path} {name}")


@pytest.mark.parametrize(("path", "name"), NAMES)
def test_a_comment_that_only_looks_like_ours_is_somebody_elses(path: str, name: str) -> None:
    if path == "system logging action":
        return  # has no comments
    with router(f'/{path} add name="{name}" {FIELDS.get(path, "")} comment="multiwan: mine"') as lab, pytest.raises(site.Refused):
        look(lab, OPTIONS).steps()


def test_what_a_run_has_written_is_taken_by_nobody() -> None:
    with router() as lab:
        run(lab, OPTIONS)
        assert run(lab, OPTIONS).changed is False


def test_a_run_that_was_cut_off_is_not_taken_for_somebody_else() -> None:
    """After any of its steps."""

    class Cut(Exception):
        """Whoever has run it has pressed Ctrl-C."""

    done = 0
    while True:
        left = count(done, -1)

        def after(left: Iterator[int] = left) -> None:
            if not next(left):
                raise Cut

        with router() as lab:
            try:
                run(lab, OPTIONS, after=after)
                break
            except Cut:
                look(lab, OPTIONS).steps()
        done += 1
    assert done > 15


def test_the_logging_action_of_somebody_else_stays_at_removal() -> None:
    theirs = "/system logging action add name=multiwan target=disk", "/system logging add topics=firewall action=multiwan"
    with router(*theirs) as lab:
        before: dict[str, Any] = json.loads(lab.dump())
        run(lab, {}, ALERTS)
        assert json.loads(lab.dump()) == before
