# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook, as people and other plays run it: how it ends, the facts that it sets, the files that it keeps, and what it asks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.unit.failover_netwatch.site import Site, wans
from tests.unit.plays import Desk

FOREIGN = """\
- hosts: routers
  gather_facts: false
  vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  module_defaults:
    group/community.routeros.api:
      {hostname: "{{ ansible_host }}", port: "{{ multiwan_api_port }}", username: "{{ multiwan_api_username }}",
       password: "{{ multiwan_api_password }}", tls: false, encoding: UTF-8}
  tasks:
    - ansible.builtin.include_role: {name: multiwan.routeros.pcc_balance, tasks_from: status}
    - ansible.builtin.copy:
        content: "{{ ansible_facts.multiwan_status.lines | selectattr('use', 'equalto', 'carries') | map(attribute='name') | join(' ') }}"
        dest: "{{ kept }}"
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Site(wans(2)) as site:
        made = Desk(site, tmp_path_factory.mktemp("desk"))
        site.clock.advance(70)
        assert made.play("site").returncode == 0
        site.clock.advance(70)
        yield made


def test_a_router_on_which_all_is_well(desk: Desk) -> None:
    logins, writes = desk.site.lab.device.log.logins, len(desk.site.lab.writes)
    done = desk.play("status", multiwan_status_json="kept", multiwan_status_prometheus="kept")
    assert (done.returncode, desk.site.lab.device.log.logins - logins, len(desk.site.lab.writes) - writes) == (0, 1, 0), done.stdout
    assert "edge: all is well" in done.stdout
    assert "eprecat" not in done.stdout + done.stderr
    assert json.loads((desk.folder / "kept" / "edge.json").read_text())["well"]
    assert 'multiwan_well{router="edge"} 1\n' in (desk.folder / "kept" / "edge.prom").read_text()


def test_the_facts_in_a_play_of_somebody_else(desk: Desk) -> None:
    play = desk.folder / "foreign.yml"
    play.write_text(FOREIGN)
    desk.site.kill("isp1")
    desk.site.clock.advance(30)
    try:
        done = desk.play(play, kept=str(desk.folder / "carries"))
    finally:
        desk.site.revive("isp1")
        desk.site.clock.advance(100)
    assert done.returncode == 0, done.stdout
    assert (desk.folder / "carries").read_text() == "isp2"
    assert "eprecat" not in done.stdout + done.stderr


def test_a_line_that_is_out_ends_the_playbook_with_2(desk: Desk) -> None:
    desk.site.kill("isp2")
    desk.site.clock.advance(30)
    try:
        done = desk.play("status")
    finally:
        desk.site.revive("isp2")
        desk.site.clock.advance(200)
    assert done.returncode == 2
    assert "edge: ! isp2 is out of use since 2026-01-01 " in done.stdout
    assert "FAILED" in done.stdout


def test_a_row_that_somebody_has_changed_ends_it_with_2(desk: Desk) -> None:
    desk.site.load('/ip route set [find comment="multiwan:pcc_balance:route:isp1:isp1"] scope=40')
    try:
        done = desk.play("status")
    finally:
        desk.site.load('/ip route set [find comment="multiwan:pcc_balance:route:isp1:isp1"] scope=30')
    assert done.returncode == 2
    assert "edge: ! one row is not as a run would write it; a run of the playbook site mends that" in done.stdout
    assert "edge: drift: ip route multiwan:pcc_balance:route:isp1:isp1 (changed by a run): scope" in done.stdout


def test_a_router_that_does_not_answer_ends_it_with_4(desk: Desk) -> None:
    done = desk.play("status", multiwan_api_port=1)
    assert done.returncode == 4
    assert "nothing listens there" in done.stdout


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"multiwan_status_seconds": -4}, "multiwan_status_seconds: -4 is out of range; write a whole number from 0 to 3600"),
        ({"multiwan_status_json": ["a"]}, "multiwan_status_json: write a text, not ['a']"),
        ({"multiwan_status_prometheus": "/proc/none"}, "multiwan_status_prometheus: /proc/none cannot be written"),
        ({"pcc_balance_state": "absent"}, "pcc_balance_state: role pcc_balance is absent, so there are no lines to look at"),
    ],
)
def test_what_cannot_be_asked(desk: Desk, variables: dict[str, object], said: str) -> None:
    done = desk.play("status", **variables)
    assert (done.returncode, f"edge: {said}" in done.stdout) == (2, True), done.stdout


def test_between_two_looks(desk: Desk) -> None:
    """The time of this router stands still, that of the look does not."""
    assert "edge: new: connections of the LAN; down, up: bytes; in 1 s" in desk.play("status", multiwan_status_seconds=1).stdout
