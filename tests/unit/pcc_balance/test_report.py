# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tables that people read, word by word."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent, solve_buckets
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.report import shares, summary

LINES = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "10M"},
    {"name": "fiber", "interface": "sfp1", "gateway": "198.51.100.1", "weight": "20M"},
]
LTE = {"name": "lte", "interface": "lte1", "gateway": "lte1", "weight": "50M", "tier": 2}


def summary_of(wans: list[dict[str, object]], **options: object) -> str:
    return "\n".join(summary(read_intent({"wans": wans, "lan_interfaces": ["bridge"], **options})))


def test_lines_stand_heaviest_first() -> None:
    assert (
        summary_of(LINES)
        == """\
WAN    interface  tier  buckets  share    points off
fiber  sfp1       1     2/3      66.67 %  0.00
isp1   ether1     1     1/3      33.33 %  0.00
table           lines by distance
multiwan-fiber  1 fiber, 2 isp1, 250 blackhole
multiwan-isp1   1 isp1, 2 fiber, 250 blackhole
multiwan-main   1 fiber, 2 isp1"""
    )


def test_a_backup_has_no_share_and_stands_last() -> None:
    assert (
        summary_of([LTE, *LINES])
        == """\
WAN    interface  tier  buckets  share    points off
fiber  sfp1       1     2/3      66.67 %  0.00
isp1   ether1     1     1/3      33.33 %  0.00
lte    lte1       2     backup   -        -
table           lines by distance
multiwan-fiber  1 fiber, 2 isp1, 3 lte, 250 blackhole
multiwan-isp1   1 isp1, 2 fiber, 3 lte, 250 blackhole
multiwan-lte    1 lte, 2 fiber, 3 isp1, 250 blackhole
multiwan-main   1 fiber, 2 isp1, 3 lte"""
    )


def test_a_line_alone_in_its_tier_has_all() -> None:
    assert (
        summary_of([LTE, LINES[0]])
        == """\
WAN   interface  tier  buckets  share     points off
isp1  ether1     1     1/1      100.00 %  0.00
lte   lte1       2     backup   -         -
table          lines by distance
multiwan-isp1  1 isp1, 2 lte, 250 blackhole
multiwan-lte   1 lte, 2 isp1, 250 blackhole
multiwan-main  1 isp1, 2 lte"""
    )


def test_shares_beyond_the_tolerance_are_told_with_the_remedy() -> None:
    uneven = [{**LINES[0], "weight": 700}, {**LINES[1], "weight": 600}]
    assert (
        summary_of(uneven, max_rows=3)
        == """\
WAN    interface  tier  buckets  share    points off
isp1   ether1     1     1/2      50.00 %  3.85
fiber  sfp1       1     1/2      50.00 %  3.85
table           lines by distance
multiwan-isp1   1 isp1, 2 fiber, 250 blackhole
multiwan-fiber  1 fiber, 2 isp1, 250 blackhole
multiwan-main   1 isp1, 2 fiber
The shares are up to 3.85 points off, wanted were 0.5: 3 rows cannot come nearer; pcc_balance_max_rows: 7 comes to 0."""
    )


@pytest.mark.parametrize(
    ("weights", "options", "sentence"),
    [
        (
            (1000, 937),
            {"max_rows": 5},
            "The shares are up to 1.63 points off, wanted were 0.5: 5 rows cannot come nearer; pcc_balance_max_rows: 13 comes to 0.374.",
        ),
        (
            (1000, 937),
            {"tolerance": 0},
            "The shares are up to 0.0133 points off, wanted were 0: 16 rows cannot come nearer; pcc_balance_max_rows: 60 comes to 0.0131.",
        ),
        (
            (1000, 937),
            {"tolerance": 0, "max_rows": 64},
            "The shares are up to 0.0131 points off, wanted were 0: no number of rows comes nearer; write a larger pcc_balance_tolerance.",
        ),
        (
            (1001, 1),
            {"tolerance": 0},
            "The shares are up to 0.0002 points off, wanted were 0: no number of rows comes nearer; write a larger pcc_balance_tolerance.",
        ),
    ],
    ids=["rows within the tolerance", "rows nearer", "no rows more", "no denominator larger"],
)
def test_the_remedy_is_one_that_helps(weights: tuple[int, int], options: dict[str, object], sentence: str) -> None:
    uneven = [{**line, "weight": weight} for line, weight in zip(LINES, weights, strict=True)]
    assert summary_of(uneven, **options).splitlines()[-1] == sentence


def test_shares_as_data_are_rounded_to_three_decimals() -> None:
    intent = read_intent({"wans": LINES, "lan_interfaces": ["bridge"]})
    assert shares(intent.wans, solve_buckets(intent.wans, intent.options), intent.options.tolerance) == {
        "denominator": 3,
        "rows": 2,
        "deviation_points": 0.0,
        "within_tolerance": True,
        "wans": [
            {"name": "isp1", "buckets": 1, "wanted_percent": 33.333, "share_percent": 33.333, "deviation_points": 0.0},
            {"name": "fiber", "buckets": 2, "wanted_percent": 66.667, "share_percent": 66.667, "deviation_points": 0.0},
        ],
    }
