# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The room itself: lines break where they are cut, lose what they shall lose, and leave nothing behind."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab.experiments.traffic import ROOT, run_clients, start_server
from tests.lab.network.forwarding import table_numbers
from tests.lab.network.links import BURST_SECONDS
from tests.lab.network.network import Network
from tests.lab.network.surroundings import Lan, Line
from tests.lab.router.lab import Lab
from tests.unit.apply.router import apply

from .conftest import ADDRESSES, CONFIGURATION, INTENT, LANS, LINES, Room

CLIENT = "192.168.88.70"
SOME_SERVER = "198.18.0.1"

STANDALONE = """
from tests.lab.network.namespace import become_root
become_root()
from tests.integration.conftest import CONFIGURATION, LANS, LINES
from tests.lab.network.links import BURST_SECONDS
from tests.lab.network.network import Network
from tests.lab.router.lab import Lab
lab = Lab()
lab.load(CONFIGURATION)
Network(lab.router, LINES, LANS).start()
import os, sys, time
print(os.geteuid(), flush=True)
if sys.argv[1] == "wait":
    time.sleep(60)
os._exit(0)
"""


def asked(room: Room) -> str:
    (answer,) = run_clients(room.network.clients["lan"].namespace, "whoami", pairs=[(CLIENT, SOME_SERVER)])
    return str(answer)


@pytest.mark.parametrize("outage", ["cable", "gateway", "upstream"])
@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_outage_stops_a_line_where_it_says(room: Room, line: Line, outage: str) -> None:
    network = room.network
    network.cut(line.name, outage)
    network.kernel.settle()
    try:
        table = table_numbers(room.lab.router)["multiwan-main"]
        default = network.inside.run(["ip", "route", "show", "default", "table", str(table)])
        assert (line.gateway in default) == (line.name == "isp1" and outage != "cable")
        with network.observe() as seen:
            run_clients(network.inside, "connect", pairs=[(ADDRESSES[line.name], SOME_SERVER)], timeout=60)
        assert not seen[line.name]["up"].packets
    finally:
        network.mend(line.name)
        network.kernel.settle()
    assert asked(room) in ADDRESSES.values()


def test_silenced_server_alone_is_silent(room: Room) -> None:
    room.network.internet.silence(SOME_SERVER)
    try:
        assert asked(room) not in ADDRESSES.values()
    finally:
        room.network.internet.wake(SOME_SERVER)
    assert asked(room) in ADDRESSES.values()


def test_loss_strikes_about_as_often_as_told(room: Room) -> None:
    isp = room.network.isps["isp1"]
    isp.lose(30)
    try:
        before = isp.traffic()
        run_clients(room.network.inside, "connect", pairs=[("0.0.0.0", f"198.18.{number}.9") for number in range(250)])
        after = isp.traffic()
    finally:
        isp.lose(0)
    passed = sum((after[way] - before[way]).packets for way in ("up", "down"))
    lost = (after["lost"] - before["lost"]).packets
    assert 0.2 < lost / (lost + passed) < 0.4


@pytest.mark.parametrize("direction", ["down", "up"])
def test_a_line_carries_its_speed_and_no_more(room: Room, direction: str) -> None:
    """At any time no more passes than the speed, and what a line that was idle may catch up with."""
    lan, isp, speed = room.network.clients["lan"].namespace, room.network.isps["isp1"], 10_000_000
    pairs = [(client, SOME_SERVER) for client in LANS[0].clients(20)]
    readings = []
    isp.slow(speed, speed)
    try:
        transfers = lan.start(run_clients, lan, "stream", pairs=pairs, direction=direction, seconds=4)
        while not transfers.done():
            before = time.monotonic()
            readings.append((before, isp.carried()[direction], time.monotonic()))
            time.sleep(0.5)
    finally:
        isp.slow(None, None)
    assert transfers.result()["broken"] == 0
    for (before, earlier, _), (_, later, after) in itertools.pairwise(readings):
        assert 8 * (later - earlier) <= speed * (after - before + BURST_SECONDS)
    assert 8 * (readings[-1][1] - readings[0][1]) > speed / 2


def test_dialed_line_has_an_address_while_it_is_connected() -> None:
    with Lab() as lab:
        lab.load(f"{CONFIGURATION}\n/interface pppoe-client add name=pppoe-out1 interface=ether2 disabled=no")
        lines = [LINES[0], Line("isp2", "pppoe-out1", "10.64.0.1", "198.51.100.7/32", dialed="198.51.100.7")]
        wans = [INTENT["wans"][0], {"name": "isp2", "interface": "pppoe-out1", "gateway": "pppoe-out1"}]
        with Network(lab.router, lines, LANS[:1], seed=7) as network:
            apply(lab, {**INTENT, "wans": wans, "lan_interfaces": ["bridge"]})
            network.kernel.settle()
            start_server(network.internet.namespace)
            pairs = [(client, SOME_SERVER) for client in LANS[0].clients(30)]
            lan = network.clients["lan"].namespace
            assert set(run_clients(lan, "whoami", pairs=pairs)) == {"203.0.113.2", "198.51.100.7"}
            network.cut("isp2", "cable")
            network.kernel.settle()
            assert set(run_clients(lan, "whoami", pairs=pairs)) == {"203.0.113.2"}
            network.mend("isp2")
            network.kernel.settle()
            assert set(run_clients(lan, "whoami", pairs=pairs)) == {"203.0.113.2", "198.51.100.7"}


def test_labs_run_side_by_side_and_the_host_keeps_its_network(room: Room) -> None:
    before = Path("/proc/net/dev").read_text().count("\n")
    with Lab() as lab:
        lab.load(CONFIGURATION)
        with Network(lab.router, LINES, [Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")]):
            assert Path("/proc/net/dev").read_text().count("\n") == before
            assert asked(room) in ADDRESSES.values()


def standalone(word: str, *wrapper: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / ".venv" / "collections")])}
    return subprocess.Popen(
        [*wrapper, sys.executable, "-c", STANDALONE, word], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )


def test_runs_without_root() -> None:
    """As another user, who has no rights but to make a user namespace."""
    process = standalone("end", "unshare", "--user", "--map-user=1000", "--map-group=1000")
    assert process.communicate(timeout=60)[0].strip() == "0"
    assert process.returncode == 0


def test_killed_lab_leaves_nothing() -> None:
    process = standalone("wait")
    assert process.stdout is not None and process.stdout.readline()
    ours = {os.readlink(task / "ns" / "net") for task in Path(f"/proc/{process.pid}/task").iterdir()}
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = {os.readlink(entry) for entry in Path("/proc").glob("[0-9]*/ns/net") if os.access(entry, os.R_OK)}
    assert not (ours - {os.readlink("/proc/self/ns/net")}) & left
