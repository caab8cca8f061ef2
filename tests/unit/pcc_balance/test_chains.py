# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mangle rows: which line a connection and its packets take."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import balanced, read_wans
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_options, solve_buckets
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import mark_table
from hypothesis import given
from hypothesis import strategies as st

from .strategies import classifiers, wans
from .walk import NO_MARK, Packet, walk

LAN = frozenset({"multiwan-lan"})
HASHES = {"both-addresses": 0, "src-address": 0, "both-addresses-and-ports": 0}
EQUAL = [{"name": f"isp{number}", "interface": f"ether{number}", "gateway": f"203.0.113.{number}"} for number in range(1, 9)]


def table(data: list[dict[str, object]], tcp: str = "both-addresses", udp: str = "src-address"):
    return mark_table(read_wans(data), read_options({"classifier_tcp": tcp, "classifier_udp": udp}))


def marks(data: list[dict[str, object]]) -> set[str]:
    return {f"multiwan-{wan['name']}" for wan in data}


@given(wans(), classifiers, classifiers, st.sampled_from(["tcp", "udp", "icmp", "gre"]), st.data())
def test_every_new_connection_gets_exactly_one_line_and_is_routed_by_it(data, tcp, udp, protocol, draw) -> None:
    hashes = {name: draw.draw(st.integers(0, 2**32 - 1), name) for name in HASHES}
    packet = walk(table(data, tcp, udp), "prerouting", Packet("ether9", LAN, "new", protocol, hashes=hashes))
    assert packet.connection_mark in {f"multiwan-{wan.name}" for wan in balanced(read_wans(data))}
    assert packet.routing_mark == packet.connection_mark


@given(wans(), classifiers, classifiers, st.sampled_from(["tcp", "udp"]))
def test_shares_are_the_ones_the_plan_states(data, tcp, udp, protocol) -> None:
    lines = read_wans(data)
    buckets = solve_buckets(lines, read_options({}))
    rows = table(data, tcp, udp)
    taken: Counter[str] = Counter()
    for value in range(buckets.denominator):
        packet = Packet("ether9", LAN, "new", protocol, hashes=dict.fromkeys(HASHES, value))
        taken[walk(rows, "prerouting", packet).connection_mark] += 1
    for wan, share in zip(balanced(lines), buckets.shares, strict=True):
        assert Fraction(taken[f"multiwan-{wan.name}"], buckets.denominator) == share


def test_buckets_cost_rows_for_each_classifier() -> None:
    """As docs/weights.md says."""
    data = [{**EQUAL[0], "weight": 1000}, {**EQUAL[1], "weight": 937}]
    rows = {udp: sum(":classify:" in str(row["comment"]) for row in table(data, udp=udp)) for udp in ("src-address", "both-addresses")}
    assert rows == {"src-address": 27, "both-addresses": 13}


@given(wans(), classifiers, classifiers)
def test_no_row_names_an_unknown_line(data, tcp, udp) -> None:
    interfaces = {wan["interface"] for wan in data}
    for row in table(data, tcp, udp):
        assert row.get("new-connection-mark") in {*marks(data), None}
        assert row.get("new-routing-mark") in {*marks(data), "main", None}
        assert row.get("routing-mark") in {*marks(data), None}
        assert str(row.get("connection-mark", NO_MARK)).lstrip("!") in {*marks(data), NO_MARK}
        assert row.get("in-interface") in {*interfaces, None}


@given(wans(), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(data, random) -> None:
    def shuffled(wan: dict[str, object]) -> dict[str, object]:
        keys = list(wan)
        random.shuffle(keys)
        return {key: wan[key] for key in keys}

    assert table([shuffled(wan) for wan in data]) == table(data)


@given(wans())
def test_comments_are_unique(data) -> None:
    comments = [row["comment"] for row in table(data)]
    assert len(comments) == len(set(comments))


def test_udp_is_spread_by_the_client_alone() -> None:
    rows = table(EQUAL[:2])
    lines = set()
    for other in range(10):
        hashes = {**dict.fromkeys(HASHES, other), "src-address": 7}
        lines.add(walk(rows, "prerouting", Packet("ether9", LAN, protocol="udp", hashes=hashes)).connection_mark)
    assert len(lines) == 1


@pytest.mark.parametrize("kind", ["local", "bypassed"])
def test_what_is_for_the_router_or_bypassed_stays_unmarked(kind: str) -> None:
    packet = walk(table(EQUAL[:2]), "prerouting", Packet("ether9", LAN, hashes=HASHES, **{kind: True}))
    assert (packet.connection_mark, packet.routing_mark) == (NO_MARK, None)


@pytest.mark.parametrize("local", [True, False], ids=["to the router", "port-forward"])
def test_a_connection_from_outside_belongs_to_the_line_it_came_in_on(local: bool) -> None:
    packet = walk(table(EQUAL[:2]), "prerouting", Packet("ether2", local=local))
    assert (packet.connection_mark, packet.routing_mark) == ("multiwan-isp2", None)


@pytest.mark.parametrize(("chain", "lists"), [("prerouting", LAN), ("output", frozenset())])
def test_replies_leave_by_the_line_of_the_connection(chain: str, lists: frozenset[str]) -> None:
    packet = Packet("ether9", lists, "established", connection_mark="multiwan-isp2")
    assert walk(table(EQUAL[:2]), chain, packet).routing_mark == "multiwan-isp2"


@pytest.mark.parametrize("inherited", ["multiwan-isp2", None], ids=["with the mark of the packet", "without"])
def test_what_the_router_tells_the_lan_about_a_connection_goes_to_the_lan(inherited: str | None) -> None:
    """With the packet's mark its first way out is a line, without it is the LAN."""
    out_lists = frozenset() if inherited else LAN
    packet = Packet(None, state="related", out_lists=out_lists, connection_mark="multiwan-isp2", routing_mark=inherited)
    assert walk(table(EQUAL[:2]), "output", packet).routing_mark == ("main" if inherited else None)


def test_bypassed_services_stay_unmarked_and_no_others() -> None:
    rows = mark_table(read_wans(EQUAL[:2]), read_options({"bypass_services": ["53/udp", "8000-8099/tcp"]}))

    def marked(protocol: str, port: str) -> bool:
        packet = walk(rows, "prerouting", Packet("ether9", LAN, protocol=protocol, dst_port=port, hashes=HASHES))
        assert (packet.connection_mark == NO_MARK) == (packet.routing_mark is None)
        return packet.connection_mark != NO_MARK

    assert [marked("udp", "53"), marked("tcp", "8000-8099")] == [False, False]
    assert [marked("tcp", "53"), marked("udp", "54")] == [True, True]


def test_a_bypassed_service_from_outside_is_answered_by_its_line() -> None:
    rows = mark_table(read_wans(EQUAL[:2]), read_options({"bypass_services": ["443/tcp"]}))
    assert walk(rows, "prerouting", Packet("ether2")).connection_mark == "multiwan-isp2"


def test_a_reply_from_a_line_is_not_routed_back() -> None:
    packet = Packet("ether2", state="established", connection_mark="multiwan-isp2")
    assert walk(table(EQUAL[:2]), "prerouting", packet).routing_mark is None


def test_a_connection_that_somebody_else_marked_is_left_alone() -> None:
    packet = walk(table(EQUAL[:2]), "prerouting", Packet("ether9", LAN, connection_mark="voip"))
    assert (packet.connection_mark, packet.routing_mark) == ("voip", None)


def test_the_router_s_own_new_connections_stay_with_main() -> None:
    packet = walk(table(EQUAL[:2]), "output", Packet(None))
    assert (packet.connection_mark, packet.routing_mark) == (NO_MARK, None)


@pytest.mark.parametrize("lines", [2, 4, 8])
def test_a_download_packet_meets_two_rows_whatever_the_number_of_lines(lines: int) -> None:
    packet = Packet("ether1", state="established", connection_mark="multiwan-isp1")
    assert walk(table(EQUAL[:lines]), "prerouting", packet).met == 2


def test_an_upload_packet_of_the_heaviest_line_meets_two_rows() -> None:
    data = [*EQUAL[:3], {**EQUAL[3], "weight": 5}]
    packet = Packet("ether9", LAN, "established", connection_mark="multiwan-isp4")
    assert walk(table(data), "prerouting", packet).met == 2


def test_a_backup_gets_no_new_connections_but_answers_by_its_line() -> None:
    data = [EQUAL[0], EQUAL[1], {**EQUAL[2], "tier": 2}]
    rows = table(data)
    assert not [row for row in rows if str(row["comment"]).startswith("multiwan:pcc_balance:classify:isp3")]
    assert walk(rows, "prerouting", Packet("ether3")).connection_mark == "multiwan-isp3"


def test_one_classifier_for_all_protocols_costs_no_second_set_of_rows() -> None:
    def protocols(*classifiers: str) -> set[object]:
        return {row.get("protocol") for row in table(EQUAL[:4], *classifiers) if row["chain"] in ("multiwan-lan", "multiwan-instead")}

    assert protocols("src-address", "src-address") == {None}
    assert protocols("both-addresses", "src-address") == {None, "udp"}


@given(wans(), st.data())
def test_quic_takes_the_line_of_tcp_and_other_udp_keeps_a_client_together(data, draw) -> None:
    """In use, and with each line out of use, when the second hash decides."""
    hashes = {name: draw.draw(st.integers(0, 2**32 - 1), name) for name in HASHES}
    lines = read_wans(data)
    for down in [frozenset[str](), *(frozenset({wan.name}) for wan in balanced(lines))]:
        rows = mark_table(lines, read_options({}), down)

        def line(protocol: str, port: str, rows=rows, **others: int) -> str:
            packet = Packet("ether9", LAN, protocol=protocol, dst_port=port, hashes={**hashes, **others})
            return walk(rows, "prerouting", packet).connection_mark

        assert line("udp", "443") == line("tcp", "443")
        assert line("udp", "5060") == line("udp", "4500", **{"both-addresses": 0})


@pytest.mark.parametrize(("chain", "local"), [("prerouting", True), ("prerouting", False), ("input", True)])
def test_who_is_near_a_line_gets_no_mark_by_it_and_one_by_another(chain: str, local: bool) -> None:
    near = frozenset({"multiwan-near:isp2"})
    marks = [
        walk(table(EQUAL[:2]), chain, Packet(port, local=local, src_lists=lists)).connection_mark
        for port, lists in [("ether2", near), ("ether1", near), ("ether2", frozenset())]
    ]
    assert marks == [NO_MARK, "multiwan-isp1", "multiwan-isp2"]
