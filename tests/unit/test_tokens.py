# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What `make tokens` takes for a bot's token, so that it cannot overlook one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.experiments.telegram import new_token

TOOLS = Path(__file__).parents[1] / "tools"


@pytest.mark.parametrize("text", ["password: {}", "fatal: https://api.telegram.org/bot{}/sendMessage", "\x1b[31m-  {}\x1b[0m", '["{}"]'])
def test_a_token_is_found_and_not_told_again(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(TOOLS)
    import tokens

    token, file = new_token(), tmp_path / "log"
    file.write_text(f"2026-11-25 12:00:00,123 p=123456 u=root: nothing\n{text.format(token)}\n{text.format(token.replace(':', '%3A'))}\n")
    found = list(tokens.places(file))
    assert [place.partition(":")[0] for place in found] == ["line 2", "line 3"]
    assert token.partition(":")[2] not in "".join(found)
