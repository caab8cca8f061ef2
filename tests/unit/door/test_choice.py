# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which roles a run is for."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.choice import Tags, chosen, comes_later, is_listed
from ansible_collections.multiwan.routeros.plugins.plugin_utils.site import ROLES

PCC, FAILOVER, ALERTS = ROLES


@pytest.mark.parametrize(
    ("task", "run", "skip", "wanted"),
    [
        pytest.param(["always"], ["all"], [], [PCC, FAILOVER, ALERTS], id="no tags given"),
        pytest.param(["always"], [PCC], [], [PCC], id="one role"),
        pytest.param(["always"], [PCC, ALERTS], [], [PCC, ALERTS], id="two roles"),
        pytest.param(["always"], ["all"], [FAILOVER], [PCC, ALERTS], id="one skipped"),
        pytest.param(["always"], [PCC, FAILOVER], [FAILOVER], [PCC], id="asked for and skipped"),
        pytest.param(["always"], ["tagged"], [], [PCC, FAILOVER, ALERTS], id="tagged"),
        pytest.param(["always"], ["untagged"], [], [], id="untagged"),
        pytest.param(["always"], ["greet"], [], [], id="a tag of somebody else"),
        pytest.param(["always", "edge"], ["edge"], [], [PCC, FAILOVER, ALERTS], id="a tag that the task has inherited"),
        pytest.param(["always", "edge"], ["edge", PCC], [], [PCC, FAILOVER, ALERTS], id="inherited, and one role"),
        pytest.param(["always", "edge"], ["edge"], [ALERTS], [PCC, FAILOVER], id="inherited, one skipped"),
        pytest.param(["always", "edge"], ["other"], [], [], id="inherited, another one asked for"),
        pytest.param([], ["all"], [], [PCC, FAILOVER, ALERTS], id="a task that Ansible has chosen"),
        pytest.param(["edge"], ["edge"], [], [PCC, FAILOVER, ALERTS], id="a task that Ansible has chosen by its own tag"),
        pytest.param(["always"], ["all"], ["tagged"], [], id="all that is tagged is skipped"),
    ],
)
def test_tags_choose(task: list[str], run: list[str], skip: list[str], wanted: list[str]) -> None:
    assert chosen(ROLES, Tags(task, run, skip)) == wanted


@pytest.mark.parametrize(
    ("names", "state", "run", "skip", "expected"),
    [
        pytest.param(["multiwan.routeros.failover_netwatch"], "present", ["all"], [], True, id="listed"),
        pytest.param(["failover_netwatch"], "present", ["all"], [], True, id="listed by its short name"),
        pytest.param(["greet"], "present", ["all"], [], False, id="not listed"),
        pytest.param(["multiwan.routeros.failover_netwatch"], "absent", ["all"], [], False, id="to be removed"),
        pytest.param(["multiwan.routeros.failover_netwatch"], "present", [PCC], [], False, id="not chosen"),
        pytest.param(["multiwan.routeros.failover_netwatch"], "present", ["all"], [FAILOVER], False, id="skipped"),
    ],
)
def test_a_role_is_listed(names: list[str], state: str, run: list[str], skip: list[str], expected: bool) -> None:
    assert is_listed(FAILOVER, names, state, Tags([], run, skip)) is expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param([PCC, FAILOVER], True, id="behind"),
        pytest.param([FAILOVER, PCC], False, id="before"),
        pytest.param([PCC, FAILOVER, PCC], False, id="included once more, and before again"),
        pytest.param([PCC, FAILOVER, PCC, FAILOVER], True, id="imported twice"),
        pytest.param([FAILOVER], True, id="a task without a role"),
        pytest.param([PCC], False, id="not there"),
    ],
)
def test_a_role_comes_later(names: list[str], expected: bool) -> None:
    assert comes_later(FAILOVER, [PCC], [f"multiwan.routeros.{name}" for name in names]) is expected
