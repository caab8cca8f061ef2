# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bot's token: nowhere in what Ansible prints at -vvvv, logs, or writes, not even for a moment; also where tasks fail."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.lab.experiments.telegram import Telegram
from tests.lab.network.fetcher import Fetcher
from tests.lab.router.lab import Lab
from tests.package.test_door import ELSEWHERE

ROOT = Path(__file__).parents[2]
TOKEN, OTHER, CHAT = "123456:" + "s3cr3t-" * 5, "654321:" + "0ther-s3cr3t-" * 3, "-1001"
SECRETS = (TOKEN.partition(":")[2], OTHER.partition(":")[2])


@dataclass
class Watch:
    """Keeps what is written below a directory, also what is deleted soon: a second name for each file.

    :param kept: where.
    """

    watched: Path
    kept: Path
    seen: set[tuple[int, int]] = field(default_factory=set)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Looks again and again, for as long as the block lasts."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.002):
                self._look()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _look(self) -> None:
        for directory, _, names in os.walk(self.watched):
            for name in names:
                with contextlib.suppress(OSError):  # gone already
                    file = Path(directory, name)
                    about = file.stat()
                    if (about.st_ino, about.st_mtime_ns) not in self.seen:
                        os.link(file, self.kept / f"{about.st_ino}-{about.st_mtime_ns}-{name}")
                        self.seen.add((about.st_ino, about.st_mtime_ns))


@dataclass
class Controller:
    """A place where playbooks run, and everything that they leave there."""

    directory: Path
    variables: dict[str, object]
    outputs: list[str] = field(default_factory=list)

    def play(self, playbook: str | Path, **variables: object) -> int:
        """Runs a playbook, of ours by its name, at -vvvv; how it ended."""
        secret = self.directory / "given.json"  # what the user writes; the one file that has the token
        secret.write_text(json.dumps(self.variables | variables))
        work = self.directory / "work"
        for name in ("home", "tmp", "kept"):
            (work / name).mkdir(parents=True, exist_ok=True)
        log = work / "ansible.log"
        environment = os.environ | {
            "ANSIBLE_HOME": str(work / "home"),
            "ANSIBLE_REMOTE_TMP": str(work / "tmp"),
            "ANSIBLE_LOCAL_TEMP": str(work / "tmp"),
            "TMPDIR": str(work / "tmp"),
            "ANSIBLE_LOG_PATH": str(log),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(work / "facts"),
            "ANSIBLE_CONNECTION_PLUGINS": str(self.directory),
        }
        command = [Path(sys.executable).with_name("ansible-playbook"), "-vvvv", "--diff"]
        command += ["--tags", "dhcp_alert_telegram"] if playbook in ("site.yml", "remove.yml") else []
        with Watch(work / "tmp", work / "kept").running():
            result = subprocess.run(
                [*command, "--extra-vars", f"@{secret}", ROOT / "playbooks" / playbook],
                cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
        self.outputs.append(result.stdout + result.stderr)
        return result.returncode

    def hits(self) -> list[str]:
        """Where a token stands."""
        files = [file for file in (self.directory / "work").rglob("*") if file.is_file()]
        places = {str(file): file.read_bytes().decode(errors="replace") for file in files}
        places |= {f"output {number}": output for number, output in enumerate(self.outputs)}
        return [f"{place}: {line[:200]}" for place, text in places.items() for line in text.splitlines() if any(s in line for s in SECRETS)]


@pytest.fixture
def lab() -> Iterator[tuple[Lab, Telegram]]:
    with Lab(tls=True, engines=True, interfaces=4) as made, Telegram(TOKEN, {CHAT}) as telegram:
        made.device.trust(telegram.authority)
        made.device.services.fetcher = Fetcher(lambda name: name, lambda function, *given: function(*given))
        yield made, telegram


def module_by_module(folder: Path, router: str) -> Path:
    """A playbook that is for another machine, so that Ansible runs the modules one by one; the machine is this one all the same."""
    (folder / "elsewhere.py").write_text(ELSEWHERE)
    site = yaml.safe_load((ROOT / "playbooks" / "site.yml").read_text())[0]
    site["vars"]["ansible_connection"] = "elsewhere"
    site["module_defaults"]["group/community.routeros.api"]["hostname"] = router
    site["tasks"] = [{"ansible.builtin.import_role": {"name": "multiwan.routeros.dhcp_alert_telegram"}}]
    (folder / "elsewhere.yml").write_text(json.dumps([site]))
    return folder / "elsewhere.yml"


def test_the_token_is_nowhere_on_the_controller(lab: tuple[Lab, Telegram], tmp_path: Path) -> None:
    router, telegram = lab
    controller = Controller(
        tmp_path,
        {
            "ansible_host": router.host,
            "multiwan_api_port": router.port,
            "multiwan_api_username": router.user,
            "multiwan_api_password": router.password,
            "multiwan_api_ca_path": str(router.certificate),
            "multiwan_lan_interfaces": ["ether3"],
            "dhcp_alert_telegram_chats": [CHAT],
            "dhcp_alert_telegram_token": TOKEN,
            "dhcp_alert_telegram_api_url": telegram.url,
        },
    )
    assert controller.play("site.yml") == 0
    assert TOKEN in router.dump()
    assert controller.play("alert_test.yml") == 0
    assert "taken by dhcp_alert_telegram_chats[0]" in controller.outputs[-1]
    assert len(telegram.messages) == 1
    assert controller.play("site.yml", dhcp_alert_telegram_token=OTHER) == 0
    assert OTHER in router.dump()
    assert controller.play("alert_test.yml", dhcp_alert_telegram_token=OTHER) == 2
    assert "Telegram does not know the token" in controller.outputs[-1]
    router.faults.drop_before_write = 1
    assert controller.play("site.yml") == 2  # cut while the token is written
    assert controller.play("site.yml", dhcp_alert_telegram_token=f"{TOKEN}!") == 2
    assert "dhcp_alert_telegram_token: this is no token of a bot" in controller.outputs[-1]
    for option, value in (
        ("chats", [TOKEN]),
        ("chats", [{TOKEN: 1}]),
        ("api_url", f"https://api.telegram.org/bot{OTHER}"),
    ):
        assert controller.play("site.yml", **{f"dhcp_alert_telegram_{option}": value}) == 2
        assert f"dhcp_alert_telegram_{option}" in controller.outputs[-1]
        assert "..." in controller.outputs[-1]
    assert controller.play("remove.yml") == 0
    assert TOKEN not in router.dump()
    assert controller.play(module_by_module(tmp_path, router.host), ansible_host="elsewhere") == 0
    assert "engine: modules" in controller.outputs[-1]
    assert TOKEN in router.dump()
    assert controller.play("remove.yml") == 0
    assert OTHER not in router.dump()
    kept = list((tmp_path / "work" / "kept").iterdir())
    assert kept, "the watch has not seen what Ansible writes where it runs modules one by one"
    assert controller.hits() == []
