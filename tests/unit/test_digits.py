# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
r"""Digits are 0 to 9: `\d` takes those of all scripts, which Python counts with and RouterOS does not know."""

from __future__ import annotations

import ast
from pathlib import Path

PLUGINS = Path(__file__).parents[2] / "plugins"


def test_no_pattern_takes_digits_of_other_scripts() -> None:
    texts = [
        (file.name, node.lineno)
        for file in sorted(PLUGINS.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and r"\d" in node.value
    ]
    assert texts == []
