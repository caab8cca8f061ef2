# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a look says besides states: what waits, what has changed, what does not run; and how people and Prometheus read it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.modules import status as documented
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status import prometheus, screen
from ansible_collections.multiwan.routeros.plugins.plugin_utils.status.report import Around, Drift
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.failover_netwatch.site import Site, wans

from .looks import look


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site(wans(2, isp1=2)) as made:
        made.clock.advance(70)
        yield made


@pytest.fixture(scope="module")
def out() -> Iterator[Site]:
    with Site(wans(2)) as made:
        made.clock.advance(70)
        made.kill("isp1")
        made.clock.advance(30)
        yield made


def test_what_waits_is_a_problem(site: Site) -> None:
    site.load("/ip firewall address-list add list=multiwan-events address=240.0.0.1 disabled=yes comment=x")
    site.load("/ip firewall address-list add list=multiwan-outbox:chat0 address=240.0.0.1 disabled=yes comment=y")
    told = look(site)
    site.load('/ip firewall address-list remove [find list~"multiwan-(events|outbox)"]')
    assert told["waiting"] == {"events": 1, "messages": 1}
    assert told["problems"] == ["2 messages wait to be sent"]


def test_what_a_run_would_change_is_a_problem(site: Site) -> None:
    told = look(site, Around(drift=[Drift("ip route", "multiwan:x", "changed", ("scope",))]))
    assert told["drift"] == [{"path": "ip route", "row": "multiwan:x", "kind": "changed", "fields": ["scope"]}]
    assert told["problems"] == ["one row is not as a run would write it; a run of the playbook site mends that"]
    assert "drift: ip route multiwan:x (changed by a run): scope" in screen.lines(told)


def test_what_refuses_a_run_is_a_problem_and_what_warns_is_none(site: Site) -> None:
    told = look(site, Around(findings=[Finding("a", "bad"), Finding("b", "odd", refuses=False)]))
    assert (told["refused"], told["problems"]) == (["a: bad"], ["a run would be refused: a: bad"])


def test_a_control_script_that_does_not_run_is_a_problem(site: Site) -> None:
    site.load('/system scheduler disable [find name="multiwan-failover"]')
    site.load('/tool netwatch disable [find comment~"^multiwan:"]')
    site.clock.advance(59)
    before = look(site)["problems"]
    site.clock.advance(15)
    after = look(site)["problems"]
    site.load('/system scheduler enable [find name="multiwan-failover"]')
    site.clock.advance(11)
    assert before == []
    assert after[0].startswith("the script multiwan-failover has not run since 2026-01-01 ")
    assert look(site)["problems"] == []


def test_the_screen_begins_with_what_needs_somebody(out: Site) -> None:
    lines = screen.lines(look(out))
    assert lines[0].startswith("MikroTik, RouterOS 7.21.4, 2026-01-01 00:")
    assert lines[1].startswith("! isp1 is out of use since 2026-01-01 00:01:")
    assert [line.split()[:2] for line in lines if line.startswith("isp")] == [["isp1", "out"], ["isp2", "up"]]
    assert max(map(len, lines)) < 160


def test_the_screen_of_a_calm_router_says_so(site: Site) -> None:
    assert screen.lines(look(site))[1] == "all is well"


@pytest.mark.parametrize(("count", "shown"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (25_400, "25 kB"), (10**15, "1000 TB")])
def test_amounts(count: int, shown: str) -> None:
    report: dict[str, Any] = {"looked_for_seconds": 3, "lines": [], "unmarked": "", "fasttrack": "none", "taken_over": [], "drift": []}
    line = {"name": "a", "state": "up", "use": "carries", "since": "", "wanted_percent": 1.0, "connections": 0, "connections_percent": None}
    line |= {
        "down_bytes": count,
        "down_percent": 10.0,
        "up_bytes": 0,
        "up_percent": None,
        "gateway": "",
        "address": "",
        "hold": None,
        "drained": None,
    }
    head = {"problems": [], "router": "", "release": "", "time": "", "up_seconds": 0, "hours": ""}
    lines = screen.lines({**report, **head, "lines": [{**line, "probes": []}]})
    assert f" 10.0 % {shown} " in lines[3]
    assert lines[4] == "new: connections of the LAN; down, up: bytes; in 3 s"


def test_prometheus_reads_its_text(out: Site) -> None:
    told = look(out)
    text = prometheus.text('edge "1"\\', told, 1_795_817_009.5)
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = {(sample.name, *sorted(sample.labels.items())): sample.value for family in families.values() for sample in family.samples}
    assert len(samples) == sum(len(family.samples) for family in families.values()), "a series twice"
    router = ("router", 'edge "1"\\')
    assert samples["multiwan_line_state", ("line", "isp1"), router, ("state", "out")] == 1
    assert samples["multiwan_line_state", ("line", "isp1"), router, ("state", "up")] == 0
    assert samples["multiwan_line_carries", ("line", "isp2"), router] == 1
    assert samples["multiwan_probe_up", ("address", out.targets("isp1")[0]), ("line", "isp1"), router] == 0
    assert samples["multiwan_well", router] == 0
    assert samples["multiwan_looked_timestamp_seconds", router] == 1_795_817_009.5
    assert {family.type for family in families.values()} == {"gauge", "counter"}
    assert families["multiwan_line_bytes"].type == "counter"


def test_between_two_looks_prometheus_has_gauges(site: Site) -> None:
    text = prometheus.text("edge", {**look(site), "looked_for_seconds": 5}, 1.0)
    assert "# TYPE multiwan_line_bytes gauge" in text
    assert "_total" not in text


def test_the_report_is_what_is_documented(out: Site) -> None:
    told = json.loads(json.dumps(look(out)))
    contains = yaml.safe_load(documented.RETURN)["status"]["contains"]
    assert set(told) == set(contains)
    line = contains["lines"]["contains"]
    assert {key for one in told["lines"] for key in one} == set(line)
    assert {key for one in told["lines"] for probe in one["probes"] for key in probe} == set(line["probes"]["contains"])
    assert set(told["waiting"]) == set(contains["waiting"]["contains"])


def test_it_is_a_module_of_documentation_alone() -> None:
    tree = ast.parse(Path(documented.__file__).read_text())
    assert {type(node) for node in tree.body} <= {ast.Expr, ast.ImportFrom, ast.Assign}
