# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The walk against the plan, and against another walk that knows the hash; rows that cannot be known are never taken for granted."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import lcm

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.answer import explain
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.question import read_question
from ansible_collections.multiwan.routeros.plugins.plugin_utils.explain.scenes import planned_scene
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import balanced
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent, solve_buckets
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import mark_table
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pcc_balance.strategies import classifiers, wans
from tests.unit.pcc_balance.walk import Packet, walk

from .scene import CLIENT, INTENT, SERVER, answer, ask, router

KINDS = {"tcp": (SERVER, "tcp", "443"), "quic": ("203.0.114.7:443/udp", "udp", "443"), "udp": ("203.0.114.7:3478/udp", "udp", "3478")}


def intent_of(data, tcp, udp):
    return read_intent({"wans": data, "lan_interfaces": ["bridge"], "classifier_tcp": tcp, "classifier_udp": udp})


@settings(max_examples=60)
@given(wans(), classifiers, classifiers, st.sampled_from(sorted(KINDS)), st.integers(0, 2**32 - 1), st.data())
def test_with_a_known_hash_it_is_the_line_that_another_walk_finds(data, tcp, udp, kind, value, draw) -> None:
    """Whichever lines are out of use."""
    intent = intent_of(data, tcp, udp)
    down = draw.draw(st.sets(st.sampled_from([wan.name for wan in intent.wans])))
    to, protocol, port = KINDS[kind]
    hashes = dict.fromkeys(["both-addresses", "src-address", "both-addresses-and-ports"], value)
    packet = Packet("lan", frozenset({"multiwan-lan"}), "new", protocol, hashes=hashes, dst_port=port)
    mark = walk(mark_table(intent.wans, intent.options, down), "prerouting", packet).connection_mark
    question = read_question({"from": f"{CLIENT}:50000", "to": to, "during": sorted(down)}, intent.wans)
    said = explain(planned_scene(intent), question, lambda _classifier, _packet, denominator: value % denominator).new
    (part,) = said.parts
    assert f"multiwan-{part.line}" == mark
    assert part.share == 1


@settings(max_examples=40)
@given(wans(), classifiers, classifiers, st.sampled_from(sorted(KINDS)))
def test_shares_are_those_of_the_plan(data, tcp, udp, kind) -> None:
    intent = intent_of(data, tcp, udp)
    shares = solve_buckets(intent.wans, intent.options).shares
    said = explain(planned_scene(intent), read_question({"from": CLIENT, "to": KINDS[kind][0]}, intent.wans)).new
    assert said.lines == {wan.name: share for wan, share in zip(balanced(intent.wans), shares, strict=True) if share}
    assert said.kind == "balanced"


@settings(max_examples=25, deadline=None)
@given(wans(high=4), classifiers, st.data())
def test_shares_in_an_outage_are_those_of_all_hashes(data, classifier, draw) -> None:
    """Buckets and slots are remainders of one hash, so which go together is counted over all that differ."""
    intent = intent_of(data, classifier, classifier)
    down = draw.draw(st.sets(st.sampled_from([wan.name for wan in intent.wans]), min_size=1))
    rows = mark_table(intent.wans, intent.options, down)
    moduli = [int(str(row["per-connection-classifier"]).split(":")[1].split("/")[0]) for row in rows if "per-connection-classifier" in row]
    turn = lcm(*moduli) if moduli else 1
    if turn > 3000:
        return
    taken: Counter[str] = Counter()
    for value in range(turn):
        hashes = dict.fromkeys(["both-addresses", "src-address", "both-addresses-and-ports"], value)
        packet = walk(rows, "prerouting", Packet("lan", frozenset({"multiwan-lan"}), hashes=hashes, dst_port="443"))
        taken[packet.connection_mark.removeprefix("multiwan-")] += 1
    question = read_question({"from": CLIENT, "to": SERVER, "during": sorted(down)}, intent.wans)
    assert explain(planned_scene(intent), question).new.lines == {line: Fraction(count, turn) for line, count in taken.items()}


def mangle(**fields: object) -> dict:
    written = {key.replace("_", "-"): value for key, value in fields.items()}
    return {"ip firewall mangle": [{"chain": "prerouting", "comment": "theirs", **written}]}


@pytest.mark.parametrize(
    ("row", "asks"),
    [
        ({"action": "accept", "layer7_protocol": "video"}, "asks for layer7-protocol=video"),
        ({"action": "accept", "src_mac_address": "02:00:00:00:00:01"}, "asks for src-mac-address=02:00:00:00:00:01"),
        ({"action": "mark-routing", "new_routing_mark": "vpn", "passthrough": False, "random": 50}, "asks for random=50"),
        ({"action": "mark-connection", "new_connection_mark": "x", "src_port": "1024-2048"}, "asks for src-port=1024-2048"),
        ({"action": "route", "route_dst": "10.0.0.1", "src_address": CLIENT}, "has action=route"),
        ({"action": "jump", "jump_target": "prerouting", "src_address": CLIENT}, "jumps in a circle"),
        ({"action": "accept", "nth": "2,1"}, "asks for nth=2,1"),
        ({"action": "accept", "per_connection_classifier": "moon-phase:2/0"}, "asks for per-connection-classifier=moon-phase:2/0"),
        ({"action": "accept", "per_connection_classifier": "src-address:0/0"}, "asks for per-connection-classifier=src-address:0/0"),
    ],
)
def test_a_row_of_others_that_cannot_be_known_is_named(row: dict, asks: str) -> None:
    said = ask(router(mangle(**row), first=True)).new
    assert (said.kind, said.parts) == ("unknown", ())
    assert said.doubt == f"/ip/firewall/mangle 'theirs' {asks}"


@pytest.mark.parametrize(
    "row",
    [
        {"action": "log", "layer7_protocol": "video"},
        {"action": "change-mss", "new_mss": "clamp-to-pmtu", "packet_size": "1300-1500"},
        {"action": "add-src-to-address-list", "address_list": "seen", "random": 10},
        {"action": "accept", "layer7_protocol": "video", "in_interface": "ether1"},
        {"action": "accept", "layer7_protocol": "video", "protocol": "udp"},
        {"action": "accept", "time": "8h-17h", "disabled": True},
        {"action": "mark-packet", "new_packet_mark": "voice", "src_address": CLIENT},
        {"action": "accept", "dst_address": "10.0.0.0/8"},
        {"action": "accept", "hotspot": "auth"},
        {"action": "jump", "jump_target": "nowhere"},
        {"action": "jump", "jump_target": "multiwan-route", "a_field_of_7_99": "yes"},
        {"action": "mark-routing", "new_routing_mark": "vpn", "random": 50},
        {"action": "mark-packet", "new_packet_mark": "voice", "layer7_protocol": "video"},
    ],
)
def test_a_row_of_others_that_changes_nothing_is_passed_by(row: dict) -> None:
    """Met or not, its packets go on as they would."""
    assert answer(router(mangle(**row), first=True)) == ("balanced", {"isp1": "2/3", "isp2": "1/3"})


def test_behind_ours_a_row_that_cannot_be_known_meets_nothing_that_is_routed() -> None:
    assert answer(router(mangle(action="accept", layer7_protocol="video"))) == ("balanced", {"isp1": "2/3", "isp2": "1/3"})


def test_a_list_that_a_row_fills_counts_where_another_row_asks_for_it() -> None:
    fills = mangle(action="add-src-to-address-list", address_list="multiwan-bypass", random=10)
    assert ask(router(fills, first=True)).new.doubt == "/ip/firewall/mangle 'theirs' asks for random=10"


def test_many_rows_that_cannot_be_known_take_no_time() -> None:
    marking = {"chain": "prerouting", "action": "mark-connection", "layer7-protocol": "x"}
    rows = [{**marking, "new-connection-mark": f"m{number}", "comment": f"r{number}"} for number in range(60)]
    assert ask(router({"ip firewall mangle": rows}, first=True)).new.doubt == "/ip/firewall/mangle 'r0' asks for layer7-protocol=x"


def test_a_mark_of_others_is_said_to_be_theirs() -> None:
    theirs = mangle(action="mark-connection", new_connection_mark="multiwan-isp2", src_address=CLIENT, passthrough=False)
    said = ask(router(theirs, first=True)).new
    assert (said.kind, said.why and said.why["comment"]) == ("marked", "theirs")


@pytest.mark.parametrize(
    ("theirs", "shares"),
    [("3/0", {"isp1": "1"}), ("2/0", {"isp1": "5/6", "isp2": "1/6"}), ("3/1", {"isp1": "2/3", "isp2": "1/3"})],
)
def test_hashes_of_others_and_ours_are_remainders_of_one_number(theirs: str, shares: dict) -> None:
    """Theirs lets its part go unmarked, by isp1. Of ours, those that leave 0 by 3 are isp2's."""
    row = mangle(action="accept", per_connection_classifier=f"both-addresses:{theirs}")
    assert answer(router(row, first=True))[1] == shares


def test_without_ports_two_classifiers_may_hash_the_same() -> None:
    """Pings have none: what theirs leaves over is none of isp2's. Of TCP the two are hashes of different things."""
    row = mangle(action="accept", per_connection_classifier="both-addresses-and-ports:3/0")
    assert answer(router(row, first=True), "203.0.114.7/icmp")[1] == {"isp1": "1"}
    assert answer(router(row, first=True))[1] == {"isp1": "7/9", "isp2": "2/9"}


def test_the_intent_of_these_tests_has_three_buckets() -> None:
    assert solve_buckets(INTENT.wans, INTENT.options).denominator == 3
