# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dashboard as Grafana reads it. What its queries answer is tried with the real Prometheus: tests/integration/test_monitoring.py."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from .prometheus import DASHBOARD

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
