# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks drain and undrain as people run them, against a lab router in real time."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.router.lab import Lab
from tests.lab.router.services import Connections, HttpAnswer, Ping, Services
from tests.unit.failover_netwatch.site import lasting_rows, wans

ROOT = Path(__file__).parents[2]


class Good:
    """All lines are good."""

    def ping(self, ping: Ping) -> list[float | None]:
        return [0.01] * ping.count

    def connect(self, host: str, port: int, timeout: float, src_address: str | None) -> float:
        return 0.01

    def resolve(self, name: str, server: str, timeout: float, src_address: str | None) -> None:
        return None

    def http_get(self, host: str, port: int, timeout: float, src_address: str | None, *, tls: bool, verify: bool) -> HttpAnswer:
        return HttpAnswer(200, 0.01)


@dataclass
class Desk:
    """Where somebody runs playbooks.

    :param lab: the router.
    """

    lab: Lab
    inventory: Path

    def play(self, playbook: str, *words: str) -> tuple[int, list[str]]:
        """How a playbook has ended, and what it said of the router; times are left out."""
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", self.inventory, ROOT / "playbooks" / f"{playbook}.yml", *words]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "USER": "anna", "LOGNAME": "anna"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)
        said = re.findall(r"^gateway: (.*)$", done.stdout, re.MULTILINE)
        return done.returncode, [re.sub(r"[0-9-]{10} [0-9:]{8}", "TIME", line) for line in said]


@contextlib.contextmanager
def desk_in(folder: Path, connections: Connections | None = None, **variables: object) -> Iterator[Desk]:
    """A desk with an inventory, beside a router that a run has balanced.

    :param connections: the router's; without one it has no table of them.
    :param variables: of the inventory besides.
    """
    with Lab(interfaces=12, services=Services(prober=Good(), pinger=Good(), connections=connections), engines=True) as lab:
        addresses = "\n".join(f"add address=203.0.113.{100 + number}/24 interface=ether{number}" for number in (1, 2))
        lab.load(f"/ip address\n{addresses}\n/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1")
        reached = {"multiwan_api_port": lab.port, "multiwan_api_tls": False, "multiwan_api_username": lab.user}
        wanted = {"multiwan_wans": wans(2), "multiwan_lan_interfaces": ["ether9"], "multiwan_api_password": lab.password}
        inventory = folder / "hosts.json"
        hosts = {"gateway": {"ansible_host": lab.host}}
        inventory.write_text(json.dumps({"routers": {"hosts": hosts, "vars": {**reached, **wanted, **variables}}}))
        desk = Desk(lab, inventory)
        assert desk.play("site")[0] == 0
        yield desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_in(tmp_path_factory.mktemp("desk")) as made:
        yield made


def test_a_line_is_drained_and_undrained(desk: Desk) -> None:
    before = lasting_rows(desk.lab)
    assert desk.play("drain", "-e", "line=isp1", "-e", "for=2h", "--check") == (
        0,
        ["isp1 would be drained by anna, until TIME by the router's clock (check mode: nothing is written)"],
    )
    assert (lasting_rows(desk.lab), '"multiwan-drains"' in desk.lab.lasting()) == (before, False)
    assert desk.play("drain", "-e", "line=isp1", "-e", "for=2h") == (
        0,
        [
            "isp1 is drained since TIME, until TIME, by anna; the router's clock shows TIME",
            "new connections go by isp2, those that run stay until they end",
        ],
    )
    assert desk.play("drain", "-e", "line=isp2") == (
        2,
        [
            "one problem, nothing was written",
            "line: no other line could carry what 'isp2' does: isp1 is drained; try it when another line is in use",
        ],
    )
    assert desk.play("drain", "-e", "line=isp1", "-e", "until=2026-01-01 09:00")[0] == 2
    wrong = "move: 'perhaps' is neither true nor false; write true or false"
    assert desk.play("drain", "-e", "line=isp1", "-e", "move=perhaps") == (2, ["one problem, nothing was written", wrong])
    assert [line for line in desk.play("site")[1] if "drained" in line or "rows" in line] == [
        "nothing to change, all rows are as they should be",
        "isp1 is drained until TIME, by anna; this run leaves it so",
    ]
    for _again in range(2):
        assert desk.play("undrain", "-e", "line=isp1") == (0, ["isp1 takes new connections; the router's clock shows TIME"])
    assert '"multiwan-drains"' not in desk.lab.lasting()


def test_without_the_role_nobody_would_do_it(desk: Desk) -> None:
    said = ["one problem, nothing was written", "failover_netwatch_state: it is absent, so nobody would do it; run it on the router first"]
    assert desk.play("drain", "-e", "line=isp1", "-e", "failover_netwatch_state=absent") == (2, said)
