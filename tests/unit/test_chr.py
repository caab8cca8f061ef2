# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Molecule's scenario chr without a RouterOS: what it says when it has none, and how a container comes and goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "molecule" / "chr"
WHAT_TO_BRING = (
    "Scenario chr wants a RouterOS: set CHR_IMAGE to the raw disk image of a CHR (chr-7.x.img.zip from https://mikrotik.com/download, "
    "zipped or not), or CHR_CONTAINER to a container image that boots one."
)

ENGINE = """\
#!{python}
# Stands in for podman: a container is a lab.
import json, os, signal, subprocess, sys, time
from pathlib import Path
here = Path(__file__).parent
command, *words = sys.argv[1:]
with (here / "calls").open("a") as calls:
    print(command, *words, file=calls)
if command == "run":
    lab = subprocess.Popen(
        [sys.executable, "-m", "tests.lab", "serve", "--tls-port=0", "--announce", here / "lab.json"],
        cwd="{root}", start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    Path(words[words.index("--cidfile") + 1]).write_text(str(lab.pid))
    while not (here / "lab.json").exists() and lab.poll() is None:
        time.sleep(0.05)
elif command == "port":
    announced = json.loads((here / "lab.json").read_text())
    print("127.0.0.1:%d" % announced[{{"8728": "port", "8729": "tls_port"}}[words[-1]]])
elif command == "rm":
    os.kill(int(words[-1]), signal.SIGTERM)
"""


def play(name: str, directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a playbook of the scenario as Molecule does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CHR_")}
    environment = {
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(directory),
        "MOLECULE_PROJECT_DIRECTORY": str(ROOT),
        **variables,
    }
    command = [Path(sys.executable).with_name("ansible-playbook"), "-i", SCENARIO / "inventory"]
    return subprocess.run(
        [*command, SCENARIO / f"{name}.yml"], cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A program that takes podman's words."""
    program = tmp_path / "engine"
    program.write_text(ENGINE.format(python=sys.executable, root=ROOT))
    program.chmod(0o755)
    return program


def test_without_a_routeros_it_says_what_to_bring(tmp_path: Path) -> None:
    ended = play("create", tmp_path)
    assert ended.returncode == 2
    assert f'"msg": "{WHAT_TO_BRING}"' in ended.stdout


def test_it_may_be_skipped_and_says_so(tmp_path: Path) -> None:
    for name in ("create", "destroy"):
        ended = play(name, tmp_path, CHR_OPTIONAL="1")
        assert ended.returncode == 0
        assert f'"msg": "SKIPPED, as CHR_OPTIONAL says: nothing is tested. {WHAT_TO_BRING}"' in ended.stdout


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"CHR_IMAGE": "nowhere.img"}, f"CHR_IMAGE: there is no file {ROOT}/nowhere.img; write the path of the image."),
        ({"CHR_IMAGE": "Makefile", "CHR_CONTAINER": "some/image"}, "CHR_IMAGE and CHR_CONTAINER are both set; set one of them."),
        (
            {"CHR_CONTAINER": "some/image", "PATH": "/nowhere"},
            "Neither podman nor docker is on the PATH; install one, or set CHR_ENGINE to another.",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, variables: dict[str, str], message: str) -> None:
    ended = play("create", tmp_path, **variables)
    assert ended.returncode == 2
    assert f'"msg": "{message}"' in ended.stdout


def test_a_container_comes_and_goes(tmp_path: Path, engine: Path) -> None:
    variables = {"CHR_ENGINE": str(engine), "CHR_RUN_OPTIONS": "--ulimit nofile=1024", "CHR_IMAGE": "Makefile"}
    ended = play("create", tmp_path, **variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    announced = json.loads((tmp_path / "lab.json").read_text())
    hosts = json.loads((tmp_path / "hosts.json").read_text())
    assert hosts["_meta"]["hostvars"]["router"] == {"chr_plain_port": announced["port"], "multiwan_api_port": announced["tls_port"]}

    ended = play("destroy", tmp_path, **variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not (tmp_path / "hosts.json").exists() and not (tmp_path / "container").exists()

    built, started, *_, removed = (tmp_path / "calls").read_text().splitlines()
    assert built == f"build --tag multiwan-chr --file {SCENARIO}/Containerfile {SCENARIO}"
    assert "--publish=127.0.0.1::8728 --publish=127.0.0.1::8729" in started
    assert started.endswith(f" --volume={ROOT}/Makefile:/chr:ro --ulimit nofile=1024 multiwan-chr")
    assert removed == f"rm --force --volumes {announced['pid']}"
