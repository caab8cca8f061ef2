# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Weights by time of day in the mangle rows: the buckets of each hour, in an outage its slots, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import healthy
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import balanced, parts, read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import Options, read_intent, solve_buckets
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import mark_table, plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.report import summary
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.slots import deviation, slot_count
from ansible_collections.multiwan.routeros.plugins.plugin_utils.periods import wans_at
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import MANGLE
from ansible_collections.multiwan.routeros.plugins.plugin_utils.week import Moment
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.router.lab import Lab
from tests.unit.apply.router import apply, read

from .strategies import wans
from .walk import Packet, walk

LAN = frozenset({"multiwan-lan"})
HASHES = ("both-addresses", "src-address", "both-addresses-and-ports")
MOMENTS = st.builds(Moment, st.integers(0, 6), st.sampled_from([0, 359, 360, 800, 1319, 1320, 1439]))


def scheduled(data: list[dict[str, Any]], weight: int, days: list[str] | None = None) -> list[dict[str, Any]]:
    """The first line has another weight at night, the second one at noon on two days."""
    unit = "M" if isinstance(data[0]["weight"], str) else 0
    at_night, at_noon = ({"weight": f"{value}M" if unit else value} for value in (weight, weight + 1))
    first, second, *others = data
    night = {"from": "22:00", "to": "06:00", **({"days": days} if days else {}), **at_night}
    noon = {"from": "11:00", "to": "14:00", "days": ["mon", "wed"], **at_noon}
    return [{**first, "schedule": [night]}, {**second, "schedule": [noon]}, *others]


@given(wans(high=4), st.integers(1, 400), MOMENTS, st.sampled_from(["tcp", "udp"]))
def test_at_each_moment_the_shares_are_those_of_its_weights(data: Any, weight: int, moment: Moment, protocol: str) -> None:
    lines = read_wans(scheduled(data, weight, ["fri", "sat"]))
    now = wans_at(lines, moment)
    buckets, rows = solve_buckets(now, Options()), mark_table(lines, Options())
    taken: Counter[str] = Counter()
    for value in range(buckets.denominator):
        packet = Packet("ether9", LAN, "new", protocol, hashes=dict.fromkeys(HASHES, value), moment=moment)
        taken[walk(rows, "prerouting", packet).connection_mark] += 1
        assert packet.routing_mark == packet.connection_mark
    for wan, share in zip(balanced(now), buckets.shares, strict=True):
        assert Fraction(taken[f"multiwan-{wan.name}"], buckets.denominator) == share


@pytest.mark.parametrize("moment", [Moment(0, 0), Moment(1, 720), Moment(2, 720)])
@pytest.mark.parametrize("down", ["isp1", "isp2", "isp3"])
def test_in_an_outage_what_the_line_had_goes_to_the_others_by_the_weights_of_the_hour(moment: Moment, down: str) -> None:
    base = [{"name": f"isp{n}", "interface": f"ether{n}", "gateway": f"203.0.113.{n}", "weight": w} for n, w in ((1, 20), (2, 10), (3, 10))]
    lines = read_wans(scheduled(base, 40))
    rows, now = mark_table(lines, Options(), {down}), wans_at(lines, moment)
    buckets, heirs = solve_buckets(now, Options()), healthy(now, {down})
    count = slot_count(tuple(now), buckets.denominator)
    taken: Counter[str] = Counter()
    number = buckets.denominator * count
    for value in range(number):
        packet = walk(rows, "prerouting", Packet("ether9", LAN, hashes=dict.fromkeys(HASHES, value), moment=moment))
        taken[packet.connection_mark] += 1
    for wan, part in zip(heirs, parts(heirs), strict=True):
        own, lost = (float(buckets.shares[[one.name for one in now].index(name)]) for name in (wan.name, down))
        wanted = 100 * (own + lost * part / sum(parts(heirs)))
        assert (
            abs(100 * taken[f"multiwan-{wan.name}"] / number - wanted)
            <= deviation(tuple(now), count) + float(max(buckets.deviations)) + 1e-6
        )
    assert not taken[f"multiwan-{down}"]


def test_the_switch_is_one_jump_for_the_same_hours_and_touches_no_connection_that_is_there() -> None:
    rows = mark_table(read_wans(scheduled([dict(line) for line in TWO], 9)), Options())
    jumps = [row for row in rows if "time" in row]
    assert [(row["chain"], row["time"], row["jump-target"]) for row in jumps] == [
        ("multiwan-instead", "0s-6h,sun,mon,tue,wed,thu,fri,sat", "multiwan-instead-period1"),
        ("multiwan-instead", "22h-1d,sun,mon,tue,wed,thu,fri,sat", "multiwan-instead-period1"),
        ("multiwan-instead", "11h-14h,mon,wed", "multiwan-instead-period2"),
        ("multiwan-lan", "0s-6h,sun,mon,tue,wed,thu,fri,sat", "multiwan-lan-period1"),
        ("multiwan-lan", "22h-1d,sun,mon,tue,wed,thu,fri,sat", "multiwan-lan-period1"),
        ("multiwan-lan", "11h-14h,mon,wed", "multiwan-lan-period2"),
    ]
    packet = Packet("ether9", LAN, "established", connection_mark="multiwan-isp2", hashes=dict.fromkeys(HASHES, 0), moment=Moment(0, 0))
    assert walk(rows, "prerouting", packet).routing_mark == "multiwan-isp2"
    assert packet.met == 3


TWO = [{"name": f"isp{number}", "interface": f"ether{number}", "gateway": f"203.0.113.{number}", "weight": 1} for number in (1, 2)]


def test_without_a_schedule_there_is_not_a_row_more() -> None:
    rows = mark_table(read_wans(TWO), Options())
    assert [row for row in rows if "period" in str(row["comment"]) or "time" in row] == []


def test_comments_are_unique() -> None:
    comments = [row["comment"] for row in mark_table(read_wans(scheduled([dict(line) for line in TWO], 9)), Options())]
    assert len(comments) == len(set(comments))


def test_a_line_alone_has_no_rows_for_its_schedule() -> None:
    line = {**TWO[0], "schedule": [{"from": "1:00", "to": "2:00", "weight": 5}]}
    assert plan(read_intent({"wans": [line], "lan_interfaces": ["ether9"]}))["ip firewall mangle"] == []


def test_more_rows_than_the_limit_are_refused_with_what_to_write() -> None:
    lines = [{**line, "weight": weight} for line, weight in zip(TWO, (1000, 937), strict=True)]
    lines[0]["schedule"] = [{"from": f"{hour}:00", "to": f"{hour + 1}:00", "weight": 1000 + 61 * hour} for hour in range(1, 5)]
    data = {"wans": lines, "lan_interfaces": ["ether9"], "max_rows": 40, "tolerance": 0}
    with pytest.raises(IntentErrors) as caught:
        read_intent(data)
    assert "the usual weights and those by time of day take" in str(caught.value)
    assert "rows together, and the maximum is 64; write 12, or fewer different weights" in str(caught.value)
    read_intent({**data, "max_rows": 12})


def test_people_read_the_hours_with_their_shares_and_what_they_cost() -> None:
    told = summary(read_intent({"wans": scheduled([dict(line) for line in TWO], 9), "lan_interfaces": ["ether9"]}))
    text = [" ".join(line.split()) for line in told]
    assert "00:00 to 06:00 each day isp1 90.00 %, isp2 10.00 %" in text
    assert "11:00 to 14:00 on mon, wed isp1 9.09 %, isp2 90.91 %" in text
    assert "The weights by time of day and the usual ones take 6 rows of each classifier, at most 64." in text


def order(rows: Sequence[Mapping[str, object]]) -> dict[object, list[object]]:
    """What stands in each chain of ours, in order."""
    chains: dict[object, list[object]] = {}
    for row in rows:
        chains.setdefault(row["chain"], []).append(row["comment"])
    return chains


def test_a_schedule_comes_and_goes_on_a_router_that_is_balanced() -> None:
    without = {"wans": TWO, "lan_interfaces": ["ether9"]}
    given = {**without, "wans": scheduled([dict(line) for line in TWO], 9)}
    other = {**without, "wans": scheduled([dict(line) for line in TWO], 3, ["sun"])}
    with Lab(interfaces=10) as lab:
        for options in (without, given, other, without):
            apply(lab, options)
            assert order(read(lab, (MANGLE,))[MANGLE]) == order(plan(read_intent(options))[MANGLE])
            assert apply(lab, options) == 0
