# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import librouteros
import pytest

from tests.lab.cli import main

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def serve(*options: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """The lab as a process, and what it announced."""
    command = [sys.executable, "-m", "tests.lab", "serve", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline()), process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_told_to_end(number: signal.Signals) -> None:
    with serve("--tls") as (announced, process):
        certificate = Path(announced["certificate"])
        assert announced["lab"] is True
        assert announced["pid"] == process.pid
        assert "BEGIN CERTIFICATE" in certificate.read_text(encoding="ascii")
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert not certificate.parent.exists()


def test_routers_options_and_skipped_lines(tmp_path: Path) -> None:
    script = tmp_path / "a.rsc"
    script.write_bytes(b"/interface list\r\nadd name=A\r\nadd nom=B\r\n")
    options = [
        "--routers",
        "2",
        "--load",
        str(script),
        "--routeros-version",
        "7.15.3",
        "--user",
        "me",
        "--password",
        "p",
    ]
    with serve(*options, "--trait", "netwatch_shows_ttl=false") as (announced, process):
        assert announced["certificate"] is None
        assert announced["loaded"] == [{"file": str(script), "applied": 1, "skipped": 1}]
        assert announced["port"] == announced["routers"][0]["port"]
        for router in announced["routers"]:
            api = librouteros.connect(host=router["host"], port=router["port"], username="me", password="p")
            assert [row["name"] for row in api.path("interface", "list")][-1] == "A"
            assert next(iter(api.path("system", "resource")))["version"] == "7.15.3 (stable)"
        process.terminate()
        _, errors = process.communicate(timeout=10)
        assert errors.strip() == f"{script}:3: skipped: unknown parameter nom: add nom=B"


def test_announces_in_a_file_that_is_whole_when_it_is_there(tmp_path: Path) -> None:
    file = tmp_path / "lab.json"
    command = [sys.executable, "-m", "tests.lab", "serve", "--announce", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        while not file.exists():
            assert process.poll() is None
        assert json.loads(file.read_text())["pid"] == process.pid
        process.terminate()
        assert process.communicate(timeout=10)[0] == b""
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "options",
    [
        ["--routeros-version", "seven"],
        ["--trait", "nope=true"],
        ["--load", "/nowhere/x.rsc"],
    ],
)
def test_options_that_cannot_be(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", *options]) == 2
    assert capsys.readouterr().err.startswith("lab: ")


@pytest.mark.parametrize(
    ("options", "leases", "runs"),
    [
        ([], {"ether1": {"address": "198.51.100.2/27", "gateway": "198.51.100.1"}}, True),
        (["--lease", "ether1=100.70.1.20/26,100.70.1.1"], {"ether1": {"address": "100.70.1.20/26", "gateway": "100.70.1.1"}}, True),
        (["--lease", "ether1=100.70.1.20", "--nobody-gives"], {"ether1": {"address": "100.70.1.20/24"}}, False),
        (["--nobody-gives"], {}, False),
    ],
)
def test_lines_of_a_loaded_router(tmp_path: Path, options: list[str], leases: dict[str, dict[str, str]], runs: bool) -> None:
    script = tmp_path / "export.rsc"
    script.write_text(
        "/interface pppoe-client add name=dsl interface=ether2 disabled=no\n/ip dhcp-client add interface=ether1 disabled=no\n",
        encoding="utf-8",
    )
    with serve("--load", str(script), *options) as (announced, _):
        api = librouteros.connect(host=announced["host"], port=announced["port"], username="admin", password="")
        assert announced["leases"] == leases
        assert [row["running"] for row in api("/interface/print") if row["name"] == "dsl"] == [runs]
        api.close()


def test_a_lease_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--lease", "nope=10.0.0.2"]) == 2
    assert capsys.readouterr().err == "lab: no interface nope for a lease\n"


@pytest.mark.parametrize("text", ["10.0.0.2/24", "ether1=10.0.0.2/24,nobody", "ether1=", "ether1=10.0.0.2/99"])
def test_leases_that_are_none(text: str) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--lease", text])


@pytest.mark.parametrize("options", [["--routers", "0"], ["--interfaces", "x"], ["--on-load-error", "panic"]])
def test_options_that_are_malformed(options: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", *options])


def test_lines_that_lead_nowhere() -> None:
    """Without a network netwatch does not know; told that nobody answers, it finds hosts down."""
    status = {}
    for options in ((), ("--nobody-answers",)):
        with serve(*options) as (announced, _):
            api = librouteros.connect(host=announced["host"], port=announced["port"], username="admin", password="")
            tuple(api("/tool/netwatch/add", host="192.0.2.1", interval="1s", timeout="1s", **{"startup-delay": "0s", "start-delay": "0s"}))
            deadline = time.monotonic() + (20 if options else 2)
            while (found := next(iter(api("/tool/netwatch/print")))["status"]) == "unknown" and time.monotonic() < deadline:
                time.sleep(0.1)
            status[options] = found
            api.close()
    assert status == {(): "unknown", ("--nobody-answers",): "down"}
