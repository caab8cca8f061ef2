# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/monitoring.md, followed: the real mktxp reads the lab router over TLS, the real Prometheus reads it, and answers the dashboard."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import run_clients
from tests.unit.apply.router import apply, run_steps
from tests.unit.failover_netwatch.site import found, steps
from tests.unit.monitoring.prometheus import DASHBOARD, ROOT, RULES, program

from .conftest import CONFIGURATION, INTENT, LANS, LINES
from .test_failover import out_of_use, statuses, wait_for
from .test_mktxp import UNWANTED, WATCHED, running_exporter

PAGE = (ROOT / "docs" / "monitoring.md").read_text()
PAIRS = [(f"192.168.88.{70 + number}", f"198.18.1.{number}") for number in range(12)]
SPEED = 1_000_000
CERTIFICATE = """
/certificate add name=api common-name=127.0.0.1 subject-alt-name=IP:127.0.0.1 key-usage=digital-signature,key-encipherment,tls-server
/certificate sign api
/ip service set api-ssl certificate=api
"""
EVERY = 3
"""Seconds between two scrapes."""
OWN_CONNECTIONS = {"persistent_router_connection_pool": False, "minimal_collect_interval": 1}
"""Of mktxp, for so many scrapes: on a busy machine one may begin before the last has ended, and both would read from one connection."""

Answer = list[dict[str, Any]]


def block(language: str) -> str:
    """The first block of the page in a language."""
    text, *_ = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(text)


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def put(text: str, values: dict[str, str]) -> str:
    """The settings of mktxp with other values.

    :raises AssertionError: when there is no such setting.
    """
    for name, value in values.items():
        text, count = re.subn(rf"(?m)^( *{name} = ).*$", rf"\g<1>{value}", text)
        assert count == 1, name
    return text


@contextmanager
def prometheus(folder: Path, exporter: str) -> Iterator[Callable[[str], Answer]]:
    """Asks Prometheus, while it reads the exporter as the page says, but more often."""
    settings = yaml.safe_load(block("yaml"))
    settings["global"] |= {"scrape_interval": f"{EVERY}s", "evaluation_interval": f"{EVERY}s"}
    (job,) = settings["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["localhost:49090"]}], "where mktxp listens unless it is told otherwise"
    job["static_configs"] = [{"targets": [urllib.parse.urlsplit(exporter).netloc]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(settings))
    (folder / "rules.yml").write_text(RULES.read_text())
    port = free_port()
    command = [
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("w") as log:
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def ready() -> bool:
        try:
            return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=30).status == 200)
        except OSError:
            return False

    def ask(query: str) -> Answer:
        words = urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?{words}", timeout=30) as answer:
            said = json.load(answer)
        assert said["status"] == "success", said
        return list(said["data"]["result"])

    try:
        wait_for(ready, 60)
        yield ask
    finally:
        running.terminate()
        running.wait()


def fetch_certificate(port: int, patience: float = 20) -> str:
    """What `prepare` keeps: the certificate that api-ssl shows."""
    end = time.monotonic() + patience
    while True:
        try:
            return ssl.get_server_certificate(("127.0.0.1", port), timeout=5)
        except OSError:
            assert time.monotonic() < end, "api-ssl does not answer"
            time.sleep(0.2)


class Watched:
    """A router that is watched."""

    def __init__(self, room: Room, ask: Callable[[str], Answer], page: str, folder: Path) -> None:
        self.room, self._ask, self.page, self.folder = room, ask, page, folder

    def ask(self, query: str) -> Answer:
        """What Prometheus says.

        :raises AssertionError: when it does not understand.
        """
        try:
            return self._ask(query)
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{query}: {refused.read().decode()}") from refused

    def lines(self, query: str) -> dict[str, float]:
        """The values of a query by line."""
        return {series["metric"]["line"]: float(series["value"][1]) for series in self.ask(query)}

    @contextmanager
    def traffic(self) -> Iterator[None]:
        """People open connections and download, again and again."""
        stop = threading.Event()

        def surf() -> None:
            while not stop.is_set():
                run_clients(self.room.network.clients["lan"].namespace, "stream", pairs=PAIRS, direction="down", seconds=0.5)

        thread = threading.Thread(target=surf)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("monitoring")
    lines = [replace(line, down=SPEED, up=SPEED) for line in LINES]
    with open_room(CONFIGURATION + CERTIFICATE, lines, LANS, seed=11, password="x", tls_port=free_port()) as room:
        apply(room.lab, INTENT)
        run_steps(room.lab, steps(WATCHED, found(room.lab)))
        room.load(block("routeros"))
        room.network.kernel.settle()
        wait_for(lambda: statuses(room, "probe") == {"up"}, 15)
        assert room.lab.tls_port is not None
        (folder / "router.pem").write_text(fetch_certificate(room.lab.tls_port))
        here = {"hostname": "127.0.0.1", "port": str(room.lab.tls_port), "ssl_ca_file": str(folder / "router.pem")}
        others = "".join(f"    {word} = False\n" for word in UNWANTED if word != "address_list")
        (folder / "mktxp.conf").write_text(put(block("ini"), here) + others)
        with running_exporter(folder, **OWN_CONNECTIONS) as page, prometheus(folder, page) as ask:
            yield Watched(room, ask, page, folder)


def queries() -> list[tuple[str, str]]:
    """Each panel's name and query, as Grafana would send it for all routers and a short time."""
    variables = {"$router": ".*", "$__rate_interval": f"{5 * EVERY}s", "$__range": "1m"}
    asked = []
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in variables.items():
                query = query.replace(name, value)
            asked.append((panel["title"], query))
    return asked


def only(title: str) -> str:
    """The first query of a panel."""
    return next(query for name, query in queries() if name == title)


def test_each_panel_shows_something_and_each_line(watched: Watched) -> None:
    """In an outage, because only then there is a line out of use."""
    room = watched.room
    with watched.traffic():
        wait_for(lambda: watched.lines(only("Lines")) == {"isp1": 0, "isp2": 0}, 60)
        both = {"isp1", "isp2"}
        titles = (
            "Received and sent by each line",
            "New connections, share of each line",
            "Upload by rows, share of each line",
            "Round trip",
        )
        for title in (*titles, "Dealt by the hash", "Packets received and sent by each line"):
            wait_for(lambda title=title: watched.lines(only(title)).keys() == both and min(watched.lines(only(title)).values()) > 0, 30)
        assert watched.lines(only("Probes that answer")) == {"isp1": 3, "isp2": 3}
        assert watched.lines(only("Loss")) == {"isp1": 0, "isp2": 0}
        assert watched.ask(only("Out of use now")) == []
        room.network.cut("isp1", "upstream")
        wait_for(lambda: out_of_use(room) == {"isp1"}, 30)
        wait_for(lambda: watched.lines(only("Lines")) == {"isp1": 2, "isp2": 0}, 30)
        assert watched.lines(only("Probes that answer")) == {"isp1": 0, "isp2": 3}
        wait_for(lambda: watched.lines(only("Loss")) == {"isp1": 100, "isp2": 0}, 30)
        empty = [title for title, query in queries() if not watched.ask(query)]
        assert empty == []
        (row,) = watched.ask(only("Out of use now"))
        assert row["metric"].items() >= {"line": "isp1", "state": "out", "routerboard_name": "gateway"}.items()
        assert row["metric"]["reason"].startswith("no answer from ")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row["metric"]["since"])


def test_a_line_that_is_out_of_use_waits_to_be_an_alert(watched: Watched) -> None:
    """promtool says that it fires after a minute (tests/unit/monitoring); here the series are the real ones."""
    pending = 'ALERTS{alertstate="pending"}'
    wait_for(lambda: {"MultiwanLineOutOfUse", "MultiwanLineSilent"} <= {each["metric"]["alertname"] for each in watched.ask(pending)}, 20)
    alerts = {each["metric"]["alertname"]: each["metric"] for each in watched.ask(pending)}
    assert {alert["line"] for alert in alerts.values()} == {"isp1"}
    assert alerts["MultiwanLineOutOfUse"]["state"] == "out"
    assert alerts.keys() == {"MultiwanLineOutOfUse", "MultiwanLineSilent"}


def test_what_rules_and_dashboard_name_is_there(watched: Watched) -> None:
    """Each metric, and each label that it is asked for: rules that have nothing to say here could not say anything else."""
    named = RULES.read_text() + "\n".join(query for _, query in queries())
    asked = re.findall(r"\b(mktxp_[a-z_]+)(?:{([^}]*)})?", re.sub(r"^ *#.*$", "", named, flags=re.MULTILINE))
    assert len(asked) > 20
    for metric, matchers in asked:
        known = {label for series in watched.ask(metric) for label in series["metric"]}
        assert set(re.findall(r"([a-z_]+)[=!]~?\"", matchers)) | {"routerboard_name"} <= known, metric


def test_nothing_was_wrong(watched: Watched) -> None:
    for log, wrong in (("log", r"(?i)error|exception|traceback"), ("prometheus.log", r"level=error")):
        said = (watched.folder / log).read_text()
        assert not re.search(wrong, said), said


def test_a_router_that_does_not_answer_is_missed(watched: Watched) -> None:
    """mktxp goes on, and has no series of it any more."""
    watched.room.lab.stop()
    missing = 'ALERTS{alertname="MultiwanRouterNotRead", routerboard_name="gateway"}'
    wait_for(lambda: len(watched.ask(missing)) == 1, 60)
    assert [series["value"][1] for series in watched.ask('up{job="mktxp"}')] == ["1"]
