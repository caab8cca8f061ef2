# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Somebody else's infrastructure repository, into which the package is installed.

It knows of our checkout only the programs of an environment, and community.routeros, which Ansible Galaxy would bring.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

VERBOSE = ("ANSIBLE_VERBOSITY", "ANSIBLE_LOG_PATH")
"""By which `make test` has playbooks say all they can."""
TOLD = 4000
"""How much of a failed command's output a test shows."""


@dataclass(frozen=True)
class Tools:
    """What somebody else has installed.

    :param programs: the folder with ansible-playbook and ansible-galaxy; its Python has librouteros.
    :param collections: the folder that holds ``ansible_collections/community/routeros``.
    """

    programs: Path
    collections: Path

    @property
    def python(self) -> Path:
        """The Python of the programs."""
        return self.programs / "python"


@dataclass
class Repository:
    """A folder with playbooks, and a home of its own beside it.

    :param installs: where collections are installed; the home's folder is the one that Ansible takes without being told.
    :param environment: what the shell has exported.
    """

    folder: Path
    tools: Tools
    installs: Path
    environment: dict[str, str] = field(default_factory=dict)

    def copy(self, files: Path) -> None:
        """Begin with the files of a folder."""
        shutil.copytree(files, self.folder)

    def write(self, files: Mapping[str, str]) -> None:
        """Add files to the repository."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def install(self, package: Path) -> None:
        """Install the package, and what it depends on as if Galaxy had brought it."""
        self.run("ansible-galaxy", "collection", "install", "--offline", "--no-deps", "-p", str(self.installs), str(package))
        community = self.installs / "ansible_collections" / "community"
        community.mkdir()
        (community / "routeros").symlink_to(self.tools.collections / "ansible_collections" / "community" / "routeros")

    def collections(self) -> dict[str, list[Path]]:
        """All collections that Ansible finds from here, and where: the folders that hold ``namespace/name``."""
        listing = json.loads(self.run("ansible-galaxy", "collection", "list", "--format", "json"))
        found: dict[str, list[Path]] = {}
        for where, names in listing.items():
            for name in names:
                found.setdefault(name, []).append(Path(where))
        return found

    def play(self, *arguments: str) -> dict[str, int]:
        """Run ansible-playbook; return how many tasks changed something, by host.

        A play that fails, or in which no host took part, is a failure.
        """
        output = self.run("ansible-playbook", *arguments, others=VERBOSE)
        recap = re.findall(r"^(\S+) +: ok=[1-9]\d* +changed=(\d+) +unreachable=0 +failed=0 ", output, re.MULTILINE)
        assert recap, output[-TOLD:]
        return {host: int(changed) for host, changed in recap}

    def refuse(self, *arguments: str) -> str:
        """Run ansible-playbook, which has to fail; return all that it printed."""
        done = self._run("ansible-playbook", *arguments, others=VERBOSE)
        assert done.returncode == 2, (done.stdout + done.stderr)[-TOLD:]
        return done.stdout + done.stderr

    def run(self, *command: str, others: Sequence[str] = ()) -> str:
        """Run a program and return what it printed; `others` are variables of ours that it sees."""
        done = self._run(*command, others=others)
        assert done.returncode == 0, f"{' '.join(command)}\n{(done.stdout + done.stderr)[-TOLD:]}"
        return done.stdout

    def _run(self, *command: str, others: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        environment = self._shell() | {name: os.environ[name] for name in others if name in os.environ}
        return subprocess.run(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    def _shell(self) -> dict[str, str]:
        """The whole environment: what we have of Ansible's and Python's own stays outside."""
        home = self.folder.parent / "home"
        home.mkdir(exist_ok=True)
        here = {"PATH": f"{self.tools.programs}:/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
        # Otherwise Ansible asks the system where root's home is
        return {**here, "ANSIBLE_REMOTE_TMP": str(home / "tmp"), **self.environment}


def home_collections(folder: Path) -> Path:
    """Return where a user's collections lie for a repository in `folder`."""
    return folder.parent / "home" / ".ansible" / "collections"


def fenced(text: str, language: str, first_line: str) -> list[str]:
    """Return the lines of the one block of a Markdown text in this language that begins with this line."""
    blocks: Sequence[str] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (block,) = (block for block in blocks if block.startswith(first_line))
    return block.splitlines()
