# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who takes over from a dead line, seen from the connections."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import gcd

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import healthy
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_options, solve_buckets
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import mark_table
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.slots import deviation, slot_count, slots
from hypothesis import given, settings
from hypothesis import strategies as st

from .strategies import wans
from .walk import Packet, walk

LAN = frozenset({"multiwan-lan"})
CLASSIFIERS = ("both-addresses", "src-address")


def lines(*weights: int, tiers: tuple[int, ...] = ()) -> list[dict[str, object]]:
    return [
        {"name": f"isp{n}", "interface": f"ether{n}", "gateway": f"203.0.113.{n}", "weight": weight, "tier": tier}
        for n, (weight, tier) in enumerate(zip(weights, tiers or (1,) * len(weights), strict=True), 1)
    ]


def taken(data: list[dict[str, object]], down: set[str], protocol: str = "tcp") -> list[str]:
    """The line of a new connection by its hash, for as many hashes as there are pairs of a bucket and a slot."""
    parsed, options = read_wans(data), read_options({})
    denominator = solve_buckets(parsed, options).denominator
    rows = mark_table(parsed, options, down)
    marks = []
    for value in range(denominator * slot_count(parsed, denominator)):
        packet = walk(rows, "prerouting", Packet("ether9", LAN, "new", protocol, hashes=dict.fromkeys(CLASSIFIERS, value)))
        assert packet.routing_mark == packet.connection_mark
        marks.append(packet.connection_mark.removeprefix("multiwan-"))
    return marks


@settings(max_examples=40, deadline=None)
@given(wans(), st.data(), st.sampled_from(["tcp", "udp"]))
def test_connections_of_dead_lines_go_to_healthy_ones_and_no_others_move(data, draw, protocol) -> None:
    names = [str(wan["name"]) for wan in data]
    down = draw.draw(st.sets(st.sampled_from(names), max_size=len(names) - 1))
    heirs = {wan.name for wan in healthy(read_wans(data), down)}
    for home, now in zip(taken(data, set(), protocol), taken(data, down, protocol), strict=True):
        assert now == home if home not in down else now in heirs


@pytest.mark.parametrize(
    ("data", "down", "shares"),
    [
        (lines(1, 1), {"isp1"}, {"isp2": 1}),
        (lines(1, 1, 1), {"isp2"}, {"isp1": Fraction(1, 2), "isp3": Fraction(1, 2)}),
        (lines(1, 1, 1, 1), {"isp1", "isp3"}, {"isp2": Fraction(1, 2), "isp4": Fraction(1, 2)}),
        (lines(50, 30, 20), {"isp1"}, {"isp2": Fraction(3, 5), "isp3": Fraction(2, 5)}),
        (lines(10, 10, 30, 10, tiers=(1, 1, 2, 2)), {"isp1"}, {"isp2": 1}),
        (lines(10, 10, 30, 10, tiers=(1, 1, 2, 2)), {"isp1", "isp2"}, {"isp3": Fraction(3, 4), "isp4": Fraction(1, 4)}),
    ],
)
def test_the_share_of_a_dead_line_is_dealt_by_weight(data, down, shares) -> None:
    parsed = read_wans(data)
    marks = taken(data, down)
    counted = {name: Fraction(count, len(marks)) for name, count in Counter(marks).items()}
    off = deviation(parsed, slot_count(parsed, solve_buckets(parsed, read_options({})).denominator))
    assert counted.keys() == shares.keys()
    for name, share in shares.items():
        # the buckets of the healthy lines have a deviation of their own, here none or half a point
        assert abs(float(counted[name] - share)) * 100 <= off + 0.5


@settings(deadline=None)
@given(wans(), st.integers(1, 100))
def test_a_number_of_slots_has_no_factor_in_common_with_the_buckets(data, denominator) -> None:
    assert gcd(slot_count(read_wans(data), denominator), denominator) == 1


@given(wans(), st.integers(1, 12))
def test_more_slots_leave_the_first_ones_where_they_are(data, count) -> None:
    parsed = read_wans(data)
    assert slots(parsed, count + 1)[:count] == slots(parsed, count)
