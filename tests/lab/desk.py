# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desk of somebody who follows docs/first-run.md: a folder, a shell, and a router at the address that the page names.

The router serves in the desk's own network, so everything stands as on the page, addresses and ports too.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .experiments.room import Room, open_room
from .network.namespace import Namespace
from .network.surroundings import Lan, Line
from .router.factory import FEATURES
from .router.lab import Lab
from .router.logs import LOG
from .router.paths import path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "first-run.md"
ADDRESS, PORT, TLS_PORT = "192.168.88.1", 8728, 8729
DEVICE_MODE, DNS, ROUTE = path("system device-mode"), path("ip dns"), path("ip route")
LISTS = path("ip firewall address-list")
FAR = 100
"""What is added to the distance of a line that is out of use."""
SHIPPED = ROOT / "tests" / "exports" / "defaults" / "home.rsc"
AS_SHIPPED = """\
/ip dhcp-client remove [find interface=ether5]
/interface bridge port add bridge=bridge interface=ether5
"""
"""That export's owner has ordered a second line already; before, its port was one of the bridge."""


@dataclass(frozen=True)
class Page:
    """What stands in the blocks of the page, in order."""

    text: str

    @classmethod
    def read(cls) -> Page:
        """The page of docs/."""
        return cls(PAGE.read_text())

    def blocks(self, language: str) -> list[str]:
        """The blocks of a language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    @property
    def inventory(self) -> str:
        """The file hosts.yml."""
        (block,) = self.blocks("yaml")
        return block

    @property
    def commands(self) -> list[str]:
        """All lines for a shell."""
        return [line.removeprefix("$ ") for block in self.blocks("console") for line in block.splitlines()]


@dataclass
class Done:
    """A command that has ended, and what it printed."""

    code: int
    output: str

    @property
    def changed(self) -> int:
        """How many tasks a playbook has changed something with, by its recap.

        :raises ValueError: for an output without a recap.
        """
        (recap,) = re.findall(r"^\S+ +: ok=\d+ +changed=(\d+) ", self.output, re.MULTILINE)
        return int(recap)

    @property
    def pasted(self) -> str:
        """What it says to paste on the router.

        :raises ValueError: where there is no such block.
        """
        (block,) = re.findall(r"^\{\n.*?^\}$", self.output, re.MULTILINE | re.DOTALL)
        return str(block)


@dataclass
class Desk:
    """A folder and a shell in it.

    :param settings: of Ansible, beside those that the project itself has.
    """

    folder: Path
    namespace: Namespace
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> Done:
        """Runs a line in the folder."""
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_NOCOLOR": "1",
            **self.settings,
        }
        done = self.namespace.inside(
            subprocess.run, command, shell=True, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout)

    @contextlib.contextmanager
    def router(self, lines: Sequence[Line], lans: Sequence[Lan], **options: Any) -> Iterator[Room]:
        """A router as shipped between these lines and LANs, which serves here."""
        with contextlib.ExitStack() as opened:
            where = {"host": ADDRESS, "port": PORT, "tls_port": TLS_PORT}
            shipped = {"load": [SHIPPED], "interfaces": 5, "device_mode": "home"}
            room = open_room(AS_SHIPPED, lines, lans, **where, **shipped, **options)
            made: Room = self.namespace.inside(opened.enter_context, room)
            made.lab.router.install_state(DNS, {"dynamic-servers": "203.0.113.1"})  # a lease brings servers of names as well
            yield made


@contextlib.contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    """A desk, for as long as the block lasts."""
    with Namespace("desk") as namespace:
        namespace.run(["ip", "address", "add", f"{ADDRESS}/32", "dev", "lo"])
        yield Desk(folder, namespace)


def asked_to_cut_power(error: ValueError) -> str:
    """What a pasted block wants allowed before it goes on, as `cut_power` takes it.

    :raises ValueError: the same, where it ended for another reason.
    """
    found = re.search(r"write: /system device-mode update (.*) and cut its power", str(error))
    if found is None:
        raise error
    return found[1]


def configuration(lab: Lab) -> dict[str, list[dict[str, str]]]:
    """What an export would show, to compare two states: that a row is not disabled it does not say."""
    return {
        menu: [{name: value for name, value in row.items() if (name, value) != ("disabled", "false")} for row in rows]
        for menu, rows in json.loads(lab.dump()).items()
    }


def cut_power(lab: Lab, words: str) -> None:
    """Has the router allow features of its device-mode, with its power cut when it asks for that [MAN:Device-mode] D.

    :param words: such as ``scheduler=yes fetch=yes``.
    :raises ValueError: for a feature that is none.
    """
    features = [word.removesuffix("=yes") for word in words.split()]
    if unknown := set(features) - set(FEATURES):
        raise ValueError(f"no features: {', '.join(sorted(unknown))}")
    lab.router.install_state(DEVICE_MODE, dict.fromkeys(features, "true"))
    lab.device.power_loss()


def paste(lab: Lab, block: str) -> list[str]:
    """Pastes a block into the terminal of the router, and returns what it printed.

    :raises ValueError: with the error that ended it.
    """
    job = lab.device.start_script(block)
    job.wait()
    if job.error:
        raise ValueError(job.error.reason)
    return list(job.output)


def in_use(lab: Lab, line: str) -> bool:
    """Whether a line is in use by the router's own rows: out of use, its route among all lines has a long way."""
    return int(route_of(lab, line)["distance"]) < FAR


def suspected(lab: Lab, line: str) -> bool:
    """Whether the router sends new connections elsewhere for now."""
    with lab.router.lock:
        return any(row.values["list"] == f"multiwan-suspect:{line}" for row in lab.router.table(LISTS))


def route_of(lab: Lab, line: str) -> dict[str, str]:
    """The route of a line among all lines, as it is written on the router."""
    ours = f"multiwan:pcc_balance:route:main:{line}"
    (row,) = (row for row in lab.router.table(ROUTE) if lab.router.written(row, "comment") == ours)
    return {name: lab.router.text(value) for name, value in row.values.items()}


def log(lab: Lab) -> list[dict[str, str]]:
    """What the router's log has of us, without the lines by which the script knows what it has seen."""
    lines = [row.state for row in lab.router.table(LOG) if row.state["buffer"] == "memory"]
    return [line for line in lines if re.search("multiwan: |dhcp alert", line["message"])]


def logged(lab: Lab, message: str) -> bool:
    """Whether the router's log says so."""
    return any(message in line["message"] for line in log(lab))
