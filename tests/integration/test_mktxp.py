# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""mktxp, the Prometheus exporter that people use with MikroTik, reads a router with our rows: no error, no series twice, dead probes."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import read_intent

from tests.lab.experiments.room import open_room
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, steps

from .conftest import CONFIGURATION, INTENT, LANS, LINES
from .test_failover import out_of_use, statuses, wait_for

WATCHED = {"wans": INTENT["wans"], "profile": "fast"}
WATCH = read_intent(WATCHED)
WANTED = ("interface", "route", "firewall", "netwatch", "system_resource", "identity")
UNWANTED = (
    *("installed_packages", "dhcp", "dhcp_lease", "connections", "connection_stats", "pool", "neighbor", "dns", "bgp", "poe", "monitor"),
    *(
        "public_ip",
        "wireless",
        "wireless_clients",
        "capsman",
        "capsman_clients",
        "w60g",
        "eoip",
        "gre",
        "ipip",
        "lte",
        "ipsec",
        "switch_port",
    ),
    *("kid_control_assigned", "kid_control_dynamic", "user", "queue", "bfd", "routing_stats", "certificate", "health", "routerboard"),
    *("check_for_updates", "bridge_vlan", "container", "address_list", "ipv6_route", "ipv6_firewall", "ipv6_pool", "ipv6_neighbor"),
)


@contextmanager
def exporter(folder: Path, port: int) -> Iterator[str]:
    """The address of its page, while it reads the router at this port."""
    settings = "".join(f"    {word} = {word in WANTED}\n" for word in (*WANTED, *UNWANTED))
    access = "    username = admin\n    password = x\n    use_ssl = False\n    plaintext_login = True\n"
    router = f"[lab]\n    hostname = 127.0.0.1\n    port = {port}\n[default]\n    enabled = True\n{access}{settings}"
    (folder / "mktxp.conf").write_text(router)
    with running_exporter(folder) as page:
        yield page


@contextmanager
def running_exporter(folder: Path, **settings: object) -> Iterator[str]:
    """The address of its page, while it runs by the mktxp.conf that is there.

    :param settings: of its own, besides.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = free.getsockname()[1]
    patience = "    socket_timeout = 20\n    initial_delay_on_failure = 1\n    max_delay_on_failure = 1\n    verbose_mode = True\n"
    others = "".join(f"    {name} = {value}\n" for name, value in settings.items())
    (folder / "_mktxp.conf").write_text(f"[MKTXP]\n    listen = '127.0.0.1:{listen}'\n{patience}{others}")
    program = Path(sys.executable).with_name("mktxp")
    with (folder / "log").open("w") as log:
        running = subprocess.Popen([program, "--cfg-dir", folder, "export"], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{listen}/metrics"
    finally:
        running.terminate()
        running.wait()


def scrape(page: str, patience: float = 60) -> str:
    """The series, once the exporter is there."""
    end = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(page, timeout=30) as answer:
                return str(answer.read().decode())
        except OSError:
            assert time.monotonic() < end, "the exporter does not answer"
            time.sleep(0.3)


def twice(page: str) -> list[str]:
    """The series that stand on a page more than once."""
    series = Counter(line.rpartition(" ")[0] for line in page.splitlines() if line and not line.startswith("#"))
    return [name for name, count in series.items() if count > 1]


def probes(page: str) -> dict[str, float]:
    """What it says of each probe, by its name."""
    lines = [line for line in page.splitlines() if line.startswith("mktxp_netwatch_status{")]
    return {name[1]: float(line.rpartition(" ")[2]) for line in lines if (name := re.search(r'name="([^"]* probe [^"]*)"', line))}


def test_the_exporter_sees_each_probe(tmp_path: Path) -> None:
    names = {wan.name: [f"multiwan {wan.name} probe {address}" for address in WATCH.probes[wan.name]] for wan in WATCH.wans}
    with open_room(CONFIGURATION, LINES, LANS, seed=11, password="x") as room:
        apply(room.lab, INTENT)
        run_steps(room.lab, steps(WATCHED, found(room.lab)))
        room.network.kernel.settle()
        wait_for(lambda: statuses(room, "probe") == {"up"}, 15)
        with exporter(tmp_path, room.lab.port) as page:
            wait_for(lambda: probes(scrape(page)) == dict.fromkeys((*names["isp1"], *names["isp2"]), 1.0), 60)
            assert twice(scrape(page)) == []
            room.network.cut("isp1", "upstream")
            wait_for(lambda: out_of_use(room) == {"isp1"}, 30)
            wait_for(lambda: statuses(room, "probe", "isp1") == {"down"}, 10)
            during = scrape(page)
            assert probes(during) == {**dict.fromkeys(names["isp1"], 0.0), **dict.fromkeys(names["isp2"], 1.0)}
            assert twice(during) == []
        said = (tmp_path / "log").read_text()
        assert not re.search(r"(?i)error|exception|traceback", said), said
