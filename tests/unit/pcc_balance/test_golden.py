# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rendered plans lie beside this file, so that a change of rules is seen in review.

``UPDATE_GOLDEN=1 pytest tests/unit/pcc_balance/test_golden.py`` writes them anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import apply_steps, plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row

from tests.unit.schemas import Write, complaints, supported_releases

GOLDEN = Path(__file__).with_name("golden")
ROOT = Path(__file__).parents[3]

LINES = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "source_address": "198.51.100.2"},
    {"name": "pppoe", "interface": "pppoe-out1", "gateway": "pppoe-out1"},
    {"name": "lte", "interface": "lte1", "gateway": "lte1"},
]
CASES = {
    f"{count}-{kind}": [{**line, "weight": weight} for line, weight in zip(LINES[:count], weights[:count], strict=True)]
    for kind, weights in (("equal", (10, 10, 10, 10)), ("weighted", (50, 30, 20, 10)))
    for count in (2, 3, 4)
}
CASES["4-backup"] = [*CASES["3-weighted"], {**LINES[3], "weight": 10, "tier": 2}]
CASES["2-bypass"] = CASES["2-hotspot"] = CASES["2-equal"]
CASES["1-alone"] = CASES["2-equal"][:1]
OPTIONS = {
    "2-bypass": {"bypass": ["192.0.2.64/28"], "bypass_services": ["53/udp", "8000-8099/tcp"]},
    "2-hotspot": {"lan_interfaces": ["all", {"interface": "bridge", "hotspot": "auth"}]},
}


def rendered(case: str) -> dict[str, list[Row]]:
    return plan(read_intent({"wans": CASES[case], "lan_interfaces": ["bridge", {"list": "LAN"}], **OPTIONS.get(case, {})}))


def text(rows: dict[str, list[Row]]) -> str:
    return "".join(f"/{path}\n" + "".join(f"  {json.dumps(row)}\n" for row in rows[path]) for path in rows)


@pytest.mark.parametrize("case", CASES)
def test_plan_is_as_reviewed(case: str) -> None:
    file = GOLDEN / f"{case}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text(rendered(case)))
    assert text(rendered(case)) == file.read_text()


@pytest.mark.parametrize("case", CASES)
def test_a_case_has_as_many_lines_as_its_name_says(case: str) -> None:
    assert len(CASES[case]) == int(case[0])


def test_no_golden_file_is_left_over() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_comments_are_unique_and_ours(case: str) -> None:
    comments = [str(row["comment"]) for rows in rendered(case).values() for row in rows]
    assert len(comments) == len(set(comments))
    assert all(comment.startswith("multiwan:pcc_balance:") for comment in comments)


def test_marks_come_after_what_they_lead_to_and_go_before_it() -> None:
    order = [step["name"] for step in apply_steps(rendered("2-equal"))]
    mangle = order.index("Write /ip/firewall/mangle")
    for path in ("/routing/table", "/ip/route", "/ip/firewall/nat"):
        assert order.index(f"Write {path}") < mangle < order.index(f"Clear {path}")


def added(path: str, row: Row) -> Write:
    """How the API adds a row."""
    words = ((name, ("no", "yes")[value] if isinstance(value, bool) else str(value)) for name, value in row.items())
    return path.replace(" ", "/"), "add", tuple(words)


needs_trees = pytest.mark.skipif(not supported_releases(), reason="the command trees of real routers are not here")


@needs_trees
@pytest.mark.parametrize("case", CASES)
def test_every_row_is_valid_in_every_supported_release(case: str) -> None:
    assert complaints(added(path, row) for path, rows in rendered(case).items() for row in rows) == []


@needs_trees
@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        (("ip/route", "move", ()), "/ip/route/move does not exist"),
        (("ip/rule", "add", ()), "/ip/rule/add does not exist"),
        (("ip/route", "add", (("routing-mark", "a"),)), "/ip/route/add has no routing-mark"),
        (("ip/route", "set", (("copy-from", "a"),)), "/ip/route/set has no copy-from"),
        (("ip/route", "add", (("check-gateway", "bfd"),)), "/ip/route/add takes no check-gateway=bfd"),
        (("ip/route", "set", (("disabled", "!yes"),)), "/ip/route/set takes no disabled=!yes"),
        (("ip/firewall/mangle", "add", (("dst-address-type", "!here"),)), "/ip/firewall/mangle/add takes no dst-address-type=!here"),
    ],
)
def test_the_command_trees_can_refuse(write: Write, complaint: str) -> None:
    assert f"7.22.3: {complaint}" in complaints([write])


def test_defaults_and_argument_spec_agree() -> None:
    role = ROOT / "roles" / "pcc_balance"
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text())
    options = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert set(options) == set(defaults)
    for name, option in options.items():
        if not str(defaults[name]).startswith("{{ multiwan_"):
            assert option["default"] == defaults[name], name


def test_the_plan_has_the_defaults_of_the_role() -> None:
    defaults = yaml.safe_load((ROOT / "roles" / "pcc_balance" / "defaults" / "main.yml").read_text())
    given = {key.removeprefix("pcc_balance_"): value for key, value in defaults.items()}
    del given["state"], given["wans"], given["lan_interfaces"], given["unmarked"], given["take_over"]
    lines = {"wans": CASES["2-equal"], "lan_interfaces": ["bridge"]}
    assert read_intent({**lines, **given}) == read_intent(lines)
