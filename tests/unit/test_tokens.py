# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `make tokens` finds of bots' tokens, so that it cannot overlook one."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.lab.experiments.telegram import new_token

TOOLS = Path(__file__).parents[1] / "tools"


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The tool, for a run of `make test` that has left its log in an otherwise empty `tmp_path`."""
    monkeypatch.syspath_prepend(TOOLS)
    tool = importlib.import_module("tokens")
    logs = tmp_path / "logs"
    for name, place in {"VENV": tmp_path, "LOGS": logs, "BEGUN": logs / "begun"}.items():
        monkeypatch.setattr(tool, name, place)
    logs.mkdir()
    (logs / "begun").touch()
    (logs / "ansible.log").write_text("2026-11-25 12:00:00,123 p=123456 u=root n=ansible: <router> EXEC /bin/sh -c ...\n")
    yield tool
    shutil.rmtree(tmp_path)  # or the tokens in it are found where they count


@pytest.mark.parametrize("text", ["password: {}", "fatal: https://api.telegram.org/bot{}/sendMessage", "\x1b[31m-  {}\x1b[0m", '["{}"]'])
def test_a_token_is_found_and_not_told_again(text: str, tokens: ModuleType, tmp_path: Path) -> None:
    token, file = new_token(), tmp_path / "log"
    file.write_text(f"2026-11-25 12:00:00,123 p=123456 u=root: nothing\n{text.format(token)}\n{text.format(token.replace(':', '%3A'))}\n")
    found = list(tokens.places(file))
    assert [place.partition(":")[0] for place in found] == ["line 2", "line 3"]
    assert token.partition(":")[2] not in "".join(found)


def test_what_the_run_has_written_is_looked_through(tokens: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tokens.main() == 0
    (tmp_path / "build").mkdir()
    for place in ("build/left", "logs/molecule.log", "lib/installed"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(new_token())
    assert tokens.main() == 1
    told = capsys.readouterr().out.splitlines()
    assert {line.partition(":")[0] for line in told if "line 1" in line} == {"build/left", "logs/molecule.log"}


def test_what_is_older_or_a_copy_of_a_source_is_not(tokens: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "copy").write_bytes((TOOLS.parent / "package" / "with_roles" / "hosts.yml").read_bytes())
    assert tokens.main() == 0
    (tmp_path / "old").write_text(new_token())
    later = (tmp_path / "old").stat().st_ctime + 1
    monkeypatch.setattr(tokens, "began", lambda: later)
    assert tokens.main() == 0


def test_without_what_ansible_says_nothing_is_proved(tokens: ModuleType, tmp_path: Path) -> None:
    os.remove(tmp_path / "logs" / "ansible.log")
    assert tokens.main() == 1
