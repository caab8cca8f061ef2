# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which lines carry, and which do no more."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.carrying import Lines, carrying, lost, to_ask
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import NETWATCH, ROUTES

Row = dict[str, Any]


def route(name: str, gateway: str, **others: object) -> Row:
    common = {"dst-address": "0.0.0.0/0", "routing-table": "multiwan-main", "distance": 1, "inactive": False}
    return {**common, "gateway": gateway, "comment": f"multiwan:pcc_balance:route:main:{name}", **others}


def theirs(gateway: str, **others: object) -> Row:
    return {"dst-address": "0.0.0.0/0", "routing-table": "main", "gateway": gateway, "inactive": False, **others}


def probe(name: str, host: str, **others: object) -> Row:
    return {"host": host, "comment": f"multiwan:failover_netwatch:probe:{name}:{host}", "status": "up", "disabled": False, **others}


def test_a_line_carries_while_its_route_is_usable_and_not_demoted() -> None:
    routes = [route("a", "192.0.2.1"), route("b", "192.0.2.2", distance=101), route("c", "192.0.2.3", inactive=True)]
    routes += [route("d", "192.0.2.4", disabled=True), theirs("192.0.2.5"), theirs("192.0.2.6", inactive=True)]
    probes = [probe("a", "1.1.1.1"), probe("b", "8.8.8.8"), probe("e", "9.9.9.9")]
    assert carrying({ROUTES: routes, NETWATCH: probes}) == Lines({"a": "192.0.2.1"}, frozenset({"192.0.2.5"}), frozenset({"a"}))


BEFORE = {ROUTES: [route("a", "192.0.2.1"), route("b", "192.0.2.2"), theirs("192.0.2.7")], NETWATCH: []}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ([route("a", "192.0.2.1"), route("b", "192.0.2.2"), theirs("192.0.2.7")], []),
        ([route("a", "192.0.2.1", inactive=True), route("b", "192.0.2.2")], ["a (its route is inactive)"]),
        ([route("a", "192.0.2.1"), route("b", "192.0.2.2", distance=102)], ["b (out of use)"]),
        ([route("a", "192.0.2.1", disabled=True), route("b", "192.0.2.2")], ["a (disabled)"]),
        ([route("a", "192.0.2.9"), route("b", "192.0.2.2")], []),
        ([route("a", "192.0.2.1")], []),
        ([route("a", "192.0.2.1"), route("fiber", "192.0.2.2")], []),
        ([route("a", "192.0.2.1"), route("fiber", "192.0.2.2", distance=101)], ["b (out of use)"]),
        (
            [route("a", "192.0.2.1"), route("b", "192.0.2.2"), theirs("192.0.2.7", inactive=True)],
            ["your default route by 192.0.2.7 (inactive)"],
        ),
        ([route("a", "192.0.2.1"), route("b", "192.0.2.2"), theirs("192.0.2.7", disabled=True)], []),
        ([], []),
    ],
    ids=[
        *("as before", "inactive", "demoted", "disabled", "another gateway", "taken away", "renamed", "renamed and demoted"),
        *("the owner's is inactive", "the owner has switched it off", "all is removed"),
    ],
)
def test_lines_that_carry_no_more(after: list[Row], said: list[str]) -> None:
    assert lost(carrying(BEFORE), {ROUTES: after, NETWATCH: []}) == said


def test_who_is_asked() -> None:
    """Lines whose probes answered before, at the addresses that are probed now."""
    routes = [route("a", "192.0.2.1"), route("b", "192.0.2.2")]
    before = carrying({ROUTES: routes, NETWATCH: [probe("a", "1.1.1.1"), probe("b", "8.8.8.8", status="down")]})
    after = [probe("a", "9.9.9.9", status="unknown"), probe("a", "1.0.0.1", disabled=True), probe("b", "8.8.8.8")]
    assert to_ask(before, {ROUTES: routes, NETWATCH: after}) == {"a": ["9.9.9.9"]}
    assert to_ask(before, {ROUTES: routes, NETWATCH: []}) == {}
