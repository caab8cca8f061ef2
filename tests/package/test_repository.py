# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The package in somebody else's repository: with our playbooks, with the roles alone, and as README.md says. `make package` runs this."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path, PurePath

import pytest
import yaml

from tests.lab.router.lab import Lab

from .conftest import LEASED, PASSWORD, ROOT, VENV, with_users
from .repository import TOLD, Repository, Tools, fenced, home_collections

HERE = Path(__file__).parent
SHIPPED = {"docs", "changelogs", "extensions", "meta", "playbooks", "plugins", "roles"}
NAMED = {"docs/monitoring/dashboard.json", "docs/monitoring/rules.yml", "extensions/eda/rulebooks/lines.yml", "playbooks/line_ticket.yml"}
"""What docs/monitoring.md says is there."""
SHIPPED_FILES = {"CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md"}


def test_the_package_holds_what_users_need_and_nothing_else(package: Path) -> None:
    with tarfile.open(package) as archive:
        names = [PurePath(member.name) for member in archive.getmembers() if member.isfile()]
    assert {name.parts[0] for name in names if len(name.parts) > 1} == SHIPPED
    assert {str(name) for name in names if len(name.parts) == 1} == SHIPPED_FILES
    assert {str(name) for name in names} >= NAMED
    assert not [name for name in names if "__pycache__" in name.parts or name.name.startswith(".")]


@pytest.mark.parametrize(
    ("files", "removal"),
    [
        pytest.param("with_playbooks", ["multiwan.routeros.remove"], id="playbooks"),
        pytest.param("with_roles", ["site.yml", "-e", "wanted=absent"], id="roles"),
    ],
)
def test_a_repository_of_its_own(
    package: Path, tools: Tools, lab: Lab, before: str, tmp_path: Path, files: str, removal: list[str]
) -> None:
    folder = tmp_path / "infrastructure"
    ours = Repository(folder, tools, folder / "collections")
    ours.copy(HERE / files)
    where = {**_where(lab), "user": "ansible", "password": PASSWORD}
    ours.write({"host_vars/edge.json": json.dumps({"router": where})})
    ours.install(package)
    assert ours.collections()["multiwan.routeros"] == [folder / "collections" / "ansible_collections"]

    refusal = ours.refuse("site.yml", "-e", json.dumps({"router": {**where, "password": "wrong"}}))
    assert f"port {lab.port}: the router does not let 'ansible' in; check multiwan_api_username" in _in_one_line(refusal)
    assert "Traceback" not in refusal and not lab.writes
    assert ours.play("site.yml")["edge"] > 0
    assert ours.play("site.yml")["edge"] == 0
    assert ours.play(*removal)["edge"] > 0
    assert lab.dump() == before


def test_quick_start_of_the_readme(package: Path, tools: Tools, leased: Lab, readme: str, tmp_path: Path) -> None:
    """Every line as it stands there; only where the router is comes from outside."""
    lab, before = leased, with_users(leased)
    folder = tmp_path / "work"
    ours = Repository(folder, tools, home_collections(folder))
    ours.write({"hosts.yml": "\n".join(fenced(readme, "yaml", "routers:"))})
    assert "$ ansible-galaxy collection install multiwan.routeros" in fenced(readme, "console", "$ ansible-galaxy")
    ours.install(package)
    export, plan, *rest = (line.removeprefix("$ ") for line in fenced(readme, "console", "$ export"))
    assert export == "export ROUTER_PASSWORD=..."
    ours.environment["ROUTER_PASSWORD"] = PASSWORD

    assert ours.play(*_arguments(plan)) == {"gateway": 0}  # asks no router: the address is still that of README.md
    router = _where(lab)
    moved = {"ansible_host": router["address"], "multiwan_api_port": router["port"], "multiwan_api_ca_path": router["authority"]}
    preview, site, remove = ([*_arguments(line), "-e", json.dumps(moved)] for line in rest)
    assert {"--check", "--diff"} < set(preview)
    assert ours.play(*preview)["gateway"] > 0
    assert lab.dump() == before
    assert ours.play(*site)["gateway"] > 0
    assert ours.play(*remove)["gateway"] > 0
    assert lab.dump() == before


@pytest.mark.parametrize("role", ["pcc_balance", "failover_netwatch", "dhcp_alert_telegram"])
def test_the_example_of_a_role(package: Path, tools: Tools, lab: Lab, before: str, tmp_path: Path, role: str) -> None:
    """As it stands in its README: a preview, the run, and another one that changes nothing; only where the router is comes from outside."""
    folder = tmp_path / "work"
    ours = Repository(folder, tools, home_collections(folder), {"ROUTER_PASSWORD": PASSWORD, "BOT_TOKEN": "123456:" + "a" * 35})
    example = "\n".join(fenced((ROOT / "roles" / role / "README.md").read_text(), "yaml", "- hosts:"))
    router = _where(lab)
    where = {"ansible_host": router["address"], "multiwan_api_port": router["port"], "multiwan_api_ca_path": router["authority"]}
    ours.write({"site.yml": example, "hosts.json": json.dumps({"routers": {"hosts": {"gateway": where}}})})
    ours.install(package)
    if role == "dhcp_alert_telegram":
        assert not lab.load("/certificate settings set builtin-trust-store=all", on_error="stop").skipped
        before = lab.dump()
    assert ours.play("-i", "hosts.json", "site.yml", "--check")["gateway"] > 0
    assert lab.dump() == before
    assert ours.play("-i", "hosts.json", "site.yml")["gateway"] > 0
    assert f"multiwan:{role}:" in lab.dump()
    assert ours.play("-i", "hosts.json", "site.yml")["gateway"] == 0


def test_rehearsal_of_the_readme(readme: str, tmp_path: Path) -> None:
    """Every line as it stands there, in the checkout; only where the files and the lab are comes from outside."""
    inventory, export = tmp_path / "hosts.yml", tmp_path / "my-export.rsc"
    inventory.write_text("\n".join(fenced(readme, "yaml", "routers:")))
    export.write_text(LEASED)
    setup, serve = fenced(readme, "console", "$ make setup")
    (rehearse,) = "\n".join(fenced(readme, "console", "$ .venv/bin/ansible-playbook")).replace("\\\n", "").splitlines()
    assert setup == "$ make setup"

    with subprocess.Popen(_words(serve, {"my-export.rsc": export}), cwd=ROOT, stdout=subprocess.PIPE, text=True) as lab:
        assert lab.stdout is not None
        try:
            where = json.loads(lab.stdout.readline())
            assert (where["host"], where["user"], where["password"]) == ("127.0.0.1", "admin", "")
            command = _words(rehearse, {"hosts.yml": inventory, "PORT": where["port"]})
            runs = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout for _ in range(2)]
        finally:
            lab.terminate()
    first, second = (re.findall(r"^gateway +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=0 ", run, re.MULTILINE) for run in runs)
    assert int(first[0]) > 0, runs[0][-TOLD:]
    assert second == ["0"], runs[1][-TOLD:]


def test_an_execution_environment_gets_the_api_client(package: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(package, tmp_path / "ansible_collections" / "multiwan" / "routeros")
    told = subprocess.run([VENV / "bin" / "ansible-builder", "introspect", tmp_path], capture_output=True, text=True, check=True)
    assert yaml.safe_load(told.stdout) == {"python": ["librouteros  # from collection multiwan.routeros"], "system": []}


def _words(line: str, others: Mapping[str, object]) -> list[str]:
    """The words that a shell makes of a line of README.md, some of them replaced."""
    words = shlex.split(line.removeprefix("$ "), comments=True)
    return [re.sub("|".join(others), lambda found: str(others[found[0]]), word) for word in words]


def _where(lab: Lab) -> dict[str, object]:
    return {"address": lab.host, "port": lab.port, "authority": str(lab.certificate)}


def _in_one_line(output: str) -> str:
    """What Ansible printed, without the ways in which it breaks and quotes lines."""
    return " ".join(output.replace("''", "'").split())


def _arguments(line: str) -> list[str]:
    program, *arguments = shlex.split(line, comments=True)
    assert program == "ansible-playbook"
    return arguments
