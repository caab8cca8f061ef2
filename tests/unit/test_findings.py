# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong, as data and in a sentence."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import COMMAND, Finding, texts

PLACE, PROBLEM, SET = "/ip settings", "it is strict", "/ip settings set rp-filter=loose"


@pytest.mark.parametrize(
    ("finding", "text", "advice"),
    [
        (Finding(PLACE, PROBLEM), "/ip settings: it is strict", ""),
        (Finding("", PROBLEM, "mend it"), "it is strict; mend it", "mend it"),
        (Finding(PLACE, "", "write a list"), "/ip settings: write a list", "write a list"),
        (Finding(PLACE, PROBLEM, command=SET), f"/ip settings: it is strict; write {SET}", ""),
        (
            Finding(PLACE, PROBLEM, f"wait, then write {COMMAND}, and look", SET),
            f"/ip settings: it is strict; wait, then write {SET}, and look",
            "wait, then write the command below, and look",
        ),
        (Finding(PLACE, PROBLEM, "set it to loose", SET), "/ip settings: it is strict; set it to loose", "set it to loose"),
        (Finding(PLACE, PROBLEM, "write {command} and {list: LAN}"), f"{PLACE}: {PROBLEM}; write {{command}} and {{list: LAN}}", None),
    ],
)
def test_the_sentence_names_place_problem_and_remedy(finding: Finding, text: str, advice: str | None) -> None:
    assert finding.text == text
    assert finding.advice == (finding.remedy if advice is None else advice)


def test_one_more_remedy_stands_behind_the_first() -> None:
    assert Finding(PLACE, PROBLEM, command=SET).or_else("leave it").text == f"/ip settings: it is strict; write {SET}, or leave it"
    assert Finding(PLACE, PROBLEM, "mend it").or_else("leave it").text == "/ip settings: it is strict; mend it, or leave it"


def test_what_refuses_and_what_warns_are_told_apart() -> None:
    several = [Finding("a", "b"), Finding("c", "d", refuses=False), Finding("e", "f")]
    assert texts(several, refusing=True) == ["a: b", "e: f"]
    assert texts(several, refusing=False) == ["c: d"]
