# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dashboard as Grafana reads it. What its queries answer is tried with the real Prometheus: tests/integration/test_monitoring.py."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from .prometheus import DASHBOARD, promtool

WIDTH = 24
"""Columns of a dashboard."""


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    return dict(json.loads(DASHBOARD.read_text()))


def lost(ours: object, read: object, place: str = "dashboard") -> Iterator[str]:
    """Where Grafana's model has not taken what is written."""
    if isinstance(ours, dict) and isinstance(read, dict):
        for name, value in ours.items():
            # None is the lowest step of thresholds, and the model's way to say nothing.
            if name in read or value is not None:
                yield from lost(value, read.get(name), f"{place}.{name}")
    elif isinstance(ours, list) and isinstance(read, list) and len(ours) == len(read):
        for number, (one, other) in enumerate(zip(ours, read, strict=True)):
            yield from lost(one, other, f"{place}[{number}]")
    elif ours != read:
        yield place


def as_read(dashboard: dict[str, Any]) -> dict[str, Any]:
    """The dashboard as Grafana's own model of it reads and writes it."""
    register_default_plugins()
    return dict(json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard))))


def test_grafana_knows_all_that_is_written(dashboard: dict[str, Any]) -> None:
    assert list(lost(dashboard, as_read(dashboard))) == []


def test_what_grafana_does_not_know_is_found(dashboard: dict[str, Any]) -> None:
    first, *others = dashboard["panels"]
    wrong = dashboard | {"refreshes": "30s", "panels": [first | {"titel": "x"}, *others]}
    assert list(lost(wrong, as_read(wrong))) == ["dashboard.panels[0].titel", "dashboard.refreshes"]


def test_panels_have_their_own_place(dashboard: dict[str, Any]) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH
        for square in itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])):
            assert taken.setdefault(square, panel["title"]) == panel["title"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_the_user_chooses_prometheus_and_routers(dashboard: dict[str, Any]) -> None:
    chosen = {variable["name"]: variable["type"] for variable in dashboard["templating"]["list"]}
    assert chosen == {"datasource": "datasource", "router": "query"}
    for panel in dashboard["panels"]:
        for asked in (panel, *panel["targets"]):
            assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        for target in panel["targets"]:
            metrics = re.findall(r"\bmktxp_[a-z_]+(.{0,30})", target["expr"])
            assert metrics and all(rest.startswith('{routerboard_name=~"$router"') for rest in metrics), panel["title"]


def test_each_panel_says_what_it_is(dashboard: dict[str, Any]) -> None:
    for panel in dashboard["panels"]:
        assert panel["title"] and panel["description"].endswith("."), panel["title"]


def query(dashboard: dict[str, Any], title: str) -> str:
    """What a panel asks Prometheus, for all routers."""
    (panel,) = (panel for panel in dashboard["panels"] if panel["title"] == title)
    return str(panel["targets"][0]["expr"]).replace("$router", ".*")


def probe(line: str, status: int, router: str = "gateway") -> dict[str, str]:
    """A series of one of a line's probes."""
    return {"series": f'mktxp_netwatch_status{{name="multiwan {line} probe 1.1.1.1",routerboard_name="{router}"}}', "values": str(status)}


def row(line: str, state: str, reason: str = "") -> dict[str, str]:
    """A series of what the control script has written of a line."""
    comment = (
        f"multiwan:failover_netwatch:line:ether1\\n{state} 892737796 2026-11-27 21:59:52 2969w1d21:59:52 router {line} {reason}".strip()
    )
    return {"series": f'mktxp_firewall_address_list{{list="multiwan-lines",comment="{comment}",routerboard_name="gateway"}}', "values": "0"}


def suspect(line: str, entries: int) -> dict[str, str]:
    """A series of how many entries say that a line is suspect."""
    labels = f'list="multiwan-suspect:{line}",routerboard_name="gateway"'
    return {"series": f"mktxp_firewall_address_list_selected_count{{{labels}}}", "values": str(entries)}


def judge(folder: Path, series: list[dict[str, str]], asked: str, expected: dict[str, int]) -> None:
    """What Prometheus says of these series; expected are values by labels.

    :raises AssertionError: when it is anything else.
    """
    samples = [{"labels": labels, "value": value} for labels, value in expected.items()]
    case = {"interval": "15s", "input_series": series, "promql_expr_test": [{"expr": asked, "eval_time": "0s", "exp_samples": samples}]}
    file = folder / "case.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "15s", "tests": [case]}))
    promtool("test", "rules", file)


STATES = {"up": 0, "suspect": 1, "out": 2, "out!": 2, "held": 3, "hand": 4}


def test_each_state_of_a_line_is_shown(dashboard: dict[str, Any], tmp_path: Path) -> None:
    lines = {state: f"line-{number}.x" for number, state in enumerate(STATES)}
    series = [probe(line, 0) for line in lines.values()]
    series += [suspect(line, 2 * (state == "suspect")) for state, line in lines.items()]
    series += [row(line, state, "no answer from 1.1.1.1, 8.8.8.8") for state, line in lines.items() if state != "suspect"]
    series += [probe("isp9", 1, "other")]
    expected = {f'{{line="{line}",routerboard_name="gateway"}}': STATES[state] for state, line in lines.items()}
    judge(tmp_path, series, query(dashboard, "Lines"), expected | {'{line="isp9",routerboard_name="other"}': 0})


def test_the_states_have_words(dashboard: dict[str, Any]) -> None:
    (panel,) = (panel for panel in dashboard["panels"] if panel["title"] == "Lines")
    (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
    assert {int(value) for value in mapping["options"]} == set(STATES.values())


def test_what_is_out_of_use_is_told_with_its_reason(dashboard: dict[str, Any], tmp_path: Path) -> None:
    series = [row("isp1", "held", "is flapping"), row("isp2", "up"), row("isp3", "hand", "by hand")]
    told = {("isp1", "held"): "is flapping", ("isp3", "hand"): "by hand"}
    expected = {
        f'{{line="{line}",reason="{reason}",routerboard_name="gateway",since="2026-11-27 21:59:52",state="{state}"}}': 0
        for (line, state), reason in told.items()
    }
    judge(tmp_path, series, query(dashboard, "Out of use now"), expected)
    with pytest.raises(AssertionError, match="FAILED"):
        judge(tmp_path, series[1:], query(dashboard, "Out of use now"), expected)
