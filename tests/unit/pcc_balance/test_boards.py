# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines that are faster together than their board, and names that are long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.boards import ROUTED
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import findings

from .test_preflight import INTENT, router

PAGE = Path(__file__).parents[3] / "docs" / "boards.md"
FASTTRACK = {"chain": "forward", "action": "fasttrack-connection", "connection-mark": "voip"}


def told(first: str, second: str, board: tuple[str, str] = ("hEX", "mmips"), *, fasttrack: bool = False, probed: bool = True) -> list[str]:
    """What is said of two lines with these weights."""
    wans = [{**wan, "weight": weight} for wan, weight in zip(INTENT["wans"], (first, second), strict=False)]
    rows = {**router(), "system resource": [dict(zip(("board-name", "architecture-name"), board, strict=True))]}
    found = {**rows, "ip firewall filter": [*rows["ip firewall filter"], *([FASTTRACK] if fasttrack else [])]}
    return [finding.text for finding in findings(read_intent({**INTENT, "wans": wans}), found, probed) if finding.kind == "board"]


def test_lines_that_are_faster_than_the_board() -> None:
    assert told("200M", "100M") == [
        "a hEX routes about 265 Mbit/s without FastTrack (the maker's figure), and the lines that it does not carry have 300 Mbit/s "
        "together; take a faster board if you need all of it (docs/boards.md)"
    ]
    assert told("0.2G", "100000k") == told("200M", "100M")
    assert told("200M", "100M", ("hEX", "arm")) == told("200M", "65M") == told("200", "100") == []
    assert told("200M", "100M", ("hEX S", "mmips")) == told("1G", "1G", ("CHR", "x86_64")) == []


def test_fasttrack_carries_one_line_where_the_script_is_there() -> None:
    assert told("300M", "200M", fasttrack=True) == []
    assert "have 300 Mbit/s together" in told("100M", "300M", fasttrack=True)[0]
    assert "have 500 Mbit/s together" in told("300M", "200M", fasttrack=True, probed=False)[0]


def test_the_page_and_the_code_have_the_same_boards() -> None:
    rows = re.findall(r"^\| .* \| `(.*)` \| `(.*)` \| ([0-9]+) \| \S", PAGE.read_text(), re.MULTILINE)
    assert {(name, architecture): int(speed) for name, architecture, speed in rows} == ROUTED


@pytest.mark.parametrize(
    ("name", "tables", "long"), [("x" * 16, (), False), ("x" * 17, (), True), ("x" * 17, ("multiwan-" + "x" * 17,), False)]
)
def test_long_names_that_are_not_on_the_router_yet(name: str, tables: tuple[str, ...], long: bool) -> None:
    intent = read_intent({**INTENT, "wans": [{**INTENT["wans"][0], "name": name}, *INTENT["wans"][1:]]})
    rows = [{"name": table, "comment": "multiwan:pcc_balance:table:x"} for table in tables]
    said = [finding.text for finding in findings(intent, {**router(), "routing table": rows}, True) if finding.kind == "long-name"]
    assert said == long * [
        f"multiwan_wans[0].name: '{name}' has 17 letters, and RouterOS may not take the marks that are made of it; write up to 16"
    ]
