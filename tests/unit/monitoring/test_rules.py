# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alert rules for Prometheus, judged by Prometheus' own promtool: they can be read, and they fire when they should."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from .prometheus import ROOT, RULES, promtool

CASES = Path(__file__).with_name("rules_test.yml")


def alerts() -> list[dict[str, Any]]:
    """The rules."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def test_prometheus_reads_the_rules() -> None:
    assert f"SUCCESS: {len(alerts())} rules found" in promtool("check", "rules", RULES)


def run_cases(folder: Path, rules: str) -> str:
    """Each case with these rules, less their descriptions, which are for people and long."""
    known = yaml.safe_load(rules)
    for group in known["groups"]:
        for rule in group["rules"]:
            del rule["annotations"]["description"]
    (folder / "rules.yml").write_text(yaml.safe_dump(known))
    return promtool("test", "rules", shutil.copy(CASES, folder))


def test_each_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    assert "SUCCESS" in run_cases(tmp_path, RULES.read_text())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(out|held)!? ", "(held)!? "),
        ("for: 2m", "for: 10s"),
        ("(probe|thin) ", "(thin) "),
        ("unless on (routerboard_name, line)", "and on (routerboard_name, line)"),
    ],
)
def test_the_cases_find_a_rule_that_is_wrong(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in RULES.read_text()
    with pytest.raises(AssertionError, match="FAILED"):
        run_cases(tmp_path, RULES.read_text().replace(right, wrong))


def test_each_alert_has_a_case_in_which_it_fires() -> None:
    cases = yaml.safe_load(CASES.read_text())["tests"]
    fired = {each["alertname"] for case in cases for each in case["alert_rule_test"] if each["exp_alerts"]}
    assert fired == {rule["alert"] for rule in alerts()}


def test_people_read_which_router_it_is_and_what_to_do() -> None:
    for rule in alerts():
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert "routerboard_name" in rule["annotations"]["summary"] or rule["alert"] == "MultiwanExporterSilent"


def test_the_page_tells_of_each_alert() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text()
    assert re.findall(r"^[|] `(Multiwan[A-Za-z]+)` [|] .* [|] ([a-z]+) [|]$", page, re.MULTILINE) == [
        (rule["alert"], rule["labels"]["severity"]) for rule in alerts()
    ]
