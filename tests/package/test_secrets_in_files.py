# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""During a run the password of the API stands in no file of Ansible's: neither where the modules run in its worker, nor one by one."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.router.lab import Lab

from .conftest import PASSWORD
from .repository import Repository
from .test_door import edge, ours, play, roles, routers  # noqa: F401 - fixtures

OFTEN = 0.002
"""Seconds between two looks; the file of a module is there for as long as Python takes to start."""


@contextlib.contextmanager
def watched(folder: Path, known: set[Path]) -> Iterator[set[str]]:
    """Look into each new file below a folder again and again; the names of those that hold the password.

    :param known: files of our own.
    """
    found: set[str] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for path in folder.rglob("*"):
                with contextlib.suppress(OSError):
                    if path not in known and path.is_file() and PASSWORD.encode() in path.read_bytes():
                        found.add(path.name)
            time.sleep(OFTEN)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        ended.set()
        looking.join()


def run(ours: Repository, tasks: list[dict[str, object]]) -> set[str]:  # noqa: F811
    ours.write({"site.yml": play(*tasks)})
    home = ours.folder.parent / "home"
    ours.run("ansible-playbook", "--version")
    with watched(home, set(home.rglob("*"))) as found:
        ours.play("site.yml")
    return found


@pytest.mark.parametrize("way", ["worker", "modules"])
def test_no_file_holds_the_password(ours: Repository, edge: Lab, way: str) -> None:  # noqa: F811
    more = {"delegate_to": "jump"} if way == "modules" else {}
    assert run(ours, roles("import", **more)[:1]) == set()
    assert edge.writes


def test_a_file_that_holds_it_is_found(ours: Repository, edge: Lab) -> None:  # noqa: F811
    """A task of somebody else, as Ansible runs modules by itself."""
    assert run(ours, [{"community.routeros.api": {"path": "ip address"}}]) != set()
