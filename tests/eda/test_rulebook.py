# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A line dies; the router's webhook reaches the real ansible-rulebook, which starts a playbook that asks the router and writes a ticket."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES

from tests.integration.conftest import CONFIGURATION, INTENT, LANS, LINES
from tests.integration.test_channels import HOOK, Server
from tests.integration.test_failover import statuses, wait_for
from tests.lab.experiments.room import Room, open_room
from tests.unit.apply.router import apply, run_steps
from tests.unit.dhcp_alert_telegram.outbox import look
from tests.unit.dhcp_alert_telegram.outbox import steps as alert_steps
from tests.unit.failover_netwatch.site import found, steps

ROOT = Path(__file__).parents[2]
RULEBOOK = Path(os.environ.get("MULTIWAN_EDA", "/nowhere")) / "bin" / "ansible-rulebook"
KEY = "a-key-that-nobody-knows"
PATIENCE = 60
"""Seconds in which a playbook has run, on a busy machine."""

pytestmark = pytest.mark.skipif(not RULEBOOK.exists(), reason="`make eda` installs ansible-rulebook, and runs this")


class Listening:
    """ansible-rulebook with our rulebook.

    :param folder: with its inventory; tickets come into it.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def post(self, payload: dict[str, object] | str, path: str = KEY) -> int:
        """What it answers to an event: a status of HTTP."""
        body = payload if isinstance(payload, str) else json.dumps(payload)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}", body.encode(), {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    def said(self) -> str:
        """All that it has printed."""
        return (self.folder / "rulebook.log").read_text()

    def ticket(self, line: str) -> str:
        """What is written of a line; empty as long as nothing is."""
        file = self.folder / "tickets" / f"gateway-{line}.md"
        return file.read_text() if file.exists() else ""

    def plays(self) -> int:
        """How many playbooks have ended."""
        return self.said().count("PLAY RECAP")


@contextlib.contextmanager
def listening(folder: Path, room: Room) -> Iterator[Listening]:
    """For as long as the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    router = {"ansible_host": "127.0.0.1", "multiwan_api_port": room.lab.port, "multiwan_tickets": str(folder / "tickets")}
    access = {"multiwan_api_tls": False, "multiwan_api_username": room.lab.user, "multiwan_api_password": room.lab.password}
    inventory = {
        "routers": {
            "hosts": {
                "gateway": router,
                "other": {"ansible_host": "127.0.0.1", "multiwan_api_port": 9, "multiwan_tickets": str(folder / "tickets")},
            },
            "vars": access,
        }
    }
    (folder / "hosts.yml").write_text(yaml.safe_dump(inventory))
    (folder / "eda.yml").write_text(yaml.safe_dump({"multiwan_eda_key": KEY, "multiwan_eda_host": "127.0.0.1", "multiwan_eda_port": port}))
    words = ["--rulebook", "multiwan.routeros.lines", "--inventory", "hosts.yml", "--vars", "eda.yml", "--verbose"]
    environment = os.environ | {
        "PATH": f"{RULEBOOK.parent}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
    }
    with (folder / "rulebook.log").open("w") as log:
        running = subprocess.Popen(
            [RULEBOOK, *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    made = Listening(folder, port)
    try:
        end = time.monotonic() + PATIENCE
        while running.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.2)
        else:
            pytest.fail(f"ansible-rulebook does not listen: {made.said()}")
        yield made
    finally:
        running.terminate()
        running.wait()


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    """A router whose lines are good again six seconds after an outage."""
    with pytest.MonkeyPatch.context() as patch, open_room(CONFIGURATION, LINES, LANS[:1], seed=12) as made:
        patch.setitem(PROFILES, "fast", type(PROFILES["fast"])(**(vars(PROFILES["fast"]) | {"window": 6, "packets": 6})))
        apply(made.lab, {**INTENT, "lan_interfaces": ["bridge"]})
        run_steps(made.lab, steps({"wans": INTENT["wans"], "profile": "fast"}, found(made.lab)))
        yield made


@pytest.fixture(scope="module")
def rulebook(room: Room, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("eda"), room) as made:
        yield made


def test_a_line_that_dies_is_a_ticket_and_so_is_its_return(room: Room, rulebook: Listening) -> None:
    hook = Server(room.network, HOOK)
    room.lab.device.trust(hook.authority, "hook")
    told = {"webhooks": [HOOK], "interfaces": ["bridge"], "router_name": "gateway"}
    run_steps(room.lab, alert_steps(told, look(room.lab)))
    room.network.kernel.settle()
    wait_for(lambda: statuses(room, "probe") == {"up"}, 20)
    with hook.open():
        room.network.cut("isp1", "upstream")
        wait_for(lambda: len(hook.taken) >= 1, PATIENCE)
        # The lab's internet is a world of its own; what the router has sent is passed on as it is.
        assert rulebook.post(hook.taken[0].body) == 200
        wait_for(lambda: "line isp1: down" in rulebook.ticket("isp1"), PATIENCE)
        down = rulebook.ticket("isp1")
        room.network.mend("isp1")
        wait_for(lambda: len(hook.taken) >= 2, PATIENCE)
        assert rulebook.post(hook.taken[1].body) == 200
        wait_for(lambda: "line isp1: up" in rulebook.ticket("isp1"), PATIENCE)
    wait_for(lambda: rulebook.plays() == 2, 10)
    print(rulebook.ticket("isp1"))
    assert "no answer from " in down
    assert "- probe 1.1.1.1: down since " in down
    assert rulebook.ticket("isp1").startswith(down.rstrip("\n"))
    assert re.search(r"line isp1: up\nafter \d\d:\d\d:\d\d\n- probe 1\.1\.1\.1: up since ", rulebook.ticket("isp1"))
    assert rulebook.ticket("isp2") == ""


EVENT = {
    "event": "down",
    "line": "isp2",
    "reason": "by hand",
    "duration": "",
    "time": "2026-01-31 10:00:00",
    "router": "gateway",
    "text": "x",
}


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({}, "another-key"),
        ({}, ""),
        ({"event": "rogue"}, KEY),
        ({"line": "../../etc/passwd"}, KEY),
        ({"line": "{{ lookup('ansible.builtin.pipe', 'id') }}"}, KEY),
        ({"reason": "{{ lookup('ansible.builtin.pipe', 'id') }}"}, KEY),
        ({"reason": "{% for x in [] %}"}, KEY),
        ({"duration": "{{ 1 }}"}, KEY),
        ({"time": "2026-01-31 {{ 1 }}"}, KEY),
        ({"router": "{{ 1 }}"}, KEY),
        ({"router": "gateway,other"}, KEY),
    ],
)
def test_what_may_not_start_a_playbook_starts_none(rulebook: Listening, wrong: dict[str, object], path: str) -> None:
    """One that may and comes after it has, so it was not only late."""
    before = rulebook.plays()
    rulebook.post({**EVENT, **wrong}, path)
    number = f"{1000 + before}s"
    rulebook.post({**EVENT, "event": "up", "line": "isp3", "duration": number})
    wait_for(lambda: number in rulebook.ticket("isp3"), PATIENCE)
    wait_for(lambda: rulebook.plays() > before, 10)
    assert rulebook.plays() == before + 1
    assert {file.name for file in (rulebook.folder / "tickets").iterdir()} == {"gateway-isp1.md", "gateway-isp3.md"}


def test_fields_that_nobody_checks_do_not_reach_the_playbook(rulebook: Listening) -> None:
    rulebook.post({**EVENT, "line": "isp4", "text": "{{ 1 + 1 }}", "mac": "{{ 1 + 1 }}", "more": {"line": "{{ 1 + 1 }}"}})
    wait_for(lambda: "line isp4: down" in rulebook.ticket("isp4"), PATIENCE)
    assert "{" not in rulebook.ticket("isp4")


def test_a_router_that_cannot_be_asked_has_a_ticket_without_its_probes(rulebook: Listening) -> None:
    rulebook.post({**EVENT, "router": "other"})
    wait_for(lambda: (rulebook.folder / "tickets" / "other-isp2.md").exists(), PATIENCE)
    assert "line isp2: down\nby hand\n<!-- END" in (rulebook.folder / "tickets" / "other-isp2.md").read_text()
