# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real routers' exports load, and every line that does not is told with a reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.lab.router.lab import Lab
from tests.lab.router.load import LoadReport
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "router-exports"
EXPORTS = sorted(FOLDER.glob("*.rsc"))

pytestmark = pytest.mark.skipif(not EXPORTS, reason=f"no exports of real routers in {FOLDER}")

UNAVOIDABLE = (
    ("invalid or unexpected argument base", "a gateway that is no interface of the export"),
    ("input does not match any value of layer7-protocol", "not in the excerpt"),
    ("failure: already have such entry", "prefixes that became the same when they were redacted"),
    ("failure: already have interface with such name", "lo is RouterOS 7's own"),
    ("no such command", "menus of RouterOS 6"),
)
"""Why a row of the firewall, of interfaces or of routes may be refused."""

CAREFUL = re.compile(r"add (action|address|bridge|interface|distance|chain|.*gateway)=|set \[ find default-name=")


def loaded(file: Path) -> tuple[Lab, LoadReport]:
    """A router with an export loaded."""
    lab = Lab(load=[file])
    return lab, lab.reports[0][file]


@pytest.mark.parametrize("file", EXPORTS, ids=lambda file: file.stem)
def test_most_lines_apply_and_each_other_one_is_told(file: Path) -> None:
    _, report = loaded(file)
    assert report.applied > 30
    assert all(item.reason and item.line and item.text for item in report.skipped)
    assert not any("lab:" in item.reason or "syntax" in item.reason for item in report.skipped)


@pytest.mark.parametrize("file", EXPORTS, ids=lambda file: file.stem)
def test_rows_that_matter_are_refused_for_good_reasons_only(file: Path) -> None:
    _, report = loaded(file)
    for item in report.skipped:
        if CAREFUL.match(item.text) and "wpa" not in item.text:
            assert any(re.match(reason, item.reason) for reason, _ in UNAVOIDABLE), str(item)


@pytest.mark.parametrize(
    ("stem", "mangle", "skipped"),
    [("01", 17, 0), ("03", 18, 3), ("05", 13, 0), ("09", 17, 1), ("11", 19, 1), ("13", 16, 0), ("25", 33, 12), ("28", 10, 6)],
)
def test_how_much_of_an_export_is_there(stem: str, mangle: int, skipped: int) -> None:
    lab, report = loaded(next(file for file in EXPORTS if file.name.startswith(stem)))
    assert len(read_rows(lab.router, path("ip firewall mangle"))) == mangle
    assert len(report.skipped) == skipped


def test_ports_renamed_onto_each_other() -> None:
    lab, _ = loaded(next(file for file in EXPORTS if file.name.startswith("28")))
    names = {row["default-name"]: row["name"] for row in read_rows(lab.router, path("interface ethernet"))}
    assert (names["ether8"], names["ether1"], names["ether7"]) == ("ether1", "ether4", "ether10")
    assert len(set(names.values())) == len(names) == 10


def test_text_beyond_ascii_split_by_line_wrap() -> None:
    lab, _ = loaded(next(file for file in EXPORTS if file.name.startswith("13")))
    (script,) = read_rows(lab.router, path("system script"))
    assert script["comment"] == "Поднимаем WAN1 интерфейс на хосте физически"


def test_names_with_brackets() -> None:
    lab, _ = loaded(next(file for file in EXPORTS if file.name.startswith("09")))
    members = read_rows(lab.router, path("interface list member"))
    assert Counter(row["list"] for row in members) == {"WAN": 3, "LAN": 1, "NMS": 1}
    assert members[0]["interface"] == "Eth1_[ISP1]"
