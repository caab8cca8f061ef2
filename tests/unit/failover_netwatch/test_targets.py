# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which addresses are probed over lines for which the user wrote none."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import site
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.preflight import with_targets
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.targets import DEFAULT_PROBES, users

from tests.unit.sentences import failover as check

from .site import wans

Row = dict[str, object]
Found = dict[str, list[Row]]


def router(**rows: list[Row]) -> Found:
    return {
        "interface bridge port": [],
        "ip address": rows.get("addresses", []),
        "ip dhcp-client": [],
        "ip route": rows.get("routes", []),
        "routing table": [],
        "system script": [],
        "tool netwatch": rows.get("netwatch", []),
    }


def targets(found: Found, lines: list[Row]) -> dict[str, tuple[str, ...]]:
    return dict(with_targets(read_intent({"wans": lines}), found).probes)


def groups(*numbers: int) -> dict[str, tuple[str, ...]]:
    return {f"isp{line}": DEFAULT_PROBES[number] for line, number in enumerate(numbers, 1)}


def probe(line: str, address: str) -> Row:
    return {"host": address, "comment": f"multiwan:failover_netwatch:probe:{line}:{address}"}


def written(router_rows: dict[str, tuple[str, ...]]) -> list[Row]:
    return [probe(line, address) for line, addresses in router_rows.items() for address in addresses]


def test_on_an_empty_router_each_line_has_the_group_of_its_place() -> None:
    assert targets(router(), wans(8)) == groups(*range(8))


@pytest.mark.parametrize(
    "rows",
    [
        {"netwatch": [{"host": "8.8.8.8"}]},
        {"netwatch": [{"host": "1.1.1.1@blue", "disabled": True}]},
        {"routes": [{"dst-address": "0.0.0.0/0", "gateway": "9.9.9.9", "check-gateway": "ping"}]},
        {"routes": [{"dst-address": "0.0.0.0/0", "gateway": "203.0.113.1,9.9.9.9%ether1", "routing-table": "theirs"}]},
        {"routes": [{"dst-address": "9.9.9.9/32", "gateway": "203.0.113.1", "disabled": True}]},
        {"routes": [{"dst-address": "9.9.0.0/16", "gateway": "vpn"}]},
        {"addresses": [{"address": "8.8.8.8/24", "interface": "bridge"}]},
    ],
)
def test_a_group_of_which_somebody_uses_one_is_not_taken(rows: dict[str, list[Row]]) -> None:
    assert targets(router(**rows), wans(2)) == groups(2, 1)
    assert check({"wans": wans(2)}, router(**rows))["errors"] == []


@pytest.mark.parametrize(
    "rows",
    [
        {"netwatch": [{"host": "192.0.2.1"}, {"host": "router.example.org"}]},
        {"routes": [{"dst-address": "0.0.0.0/1", "gateway": "vpn"}, {"dst-address": "0.0.0.0/0", "gateway": "203.0.113.1"}]},
        {"routes": [{"dst-address": "9.0.0.0/8", "gateway": "vpn", "dynamic": True}]},
        {"routes": [{"dst-address": "9.9.9.9/32", "gateway": "vpn", "comment": "multiwan:other:route"}]},
    ],
)
def test_what_is_about_no_target_takes_none(rows: dict[str, list[Row]]) -> None:
    assert targets(router(**rows), wans(2)) == groups(0, 1)


def test_the_choice_stays_in_later_runs() -> None:
    """Whatever the owner does then, and wherever the line comes to stand."""
    busy = [{"host": "1.1.1.1"}]
    first = targets(router(netwatch=busy), wans(2))
    assert first == groups(2, 1)
    assert targets(router(netwatch=written(first)), wans(2)) == first
    assert targets(router(netwatch=[*written(first), {"host": first["isp1"][0]}]), wans(2)) == first
    assert targets(router(netwatch=written(first)), wans(2)[::-1]) == first
    assert targets(router(netwatch=written(first)[:2]), wans(2)) == first, "a run was cut off"
    assert targets(router(netwatch=written(first)), wans(4)) == {**first, "isp3": DEFAULT_PROBES[0], "isp4": DEFAULT_PROBES[3]}


def test_what_the_user_wrote_once_does_not_stay() -> None:
    old = {"isp1": ("192.0.2.1", "192.0.2.2")}
    assert targets(router(netwatch=written(old)), wans(2)) == groups(0, 1)


def test_what_the_user_writes_comes_first() -> None:
    first, second = wans(2)
    lines = [first, {**second, "probes": ["1.1.1.1", "192.0.2.1"]}]
    there = router(netwatch=written(groups(0, 1)))
    assert targets(there, lines) == {"isp1": DEFAULT_PROBES[1], "isp2": ("1.1.1.1", "192.0.2.1")}


def test_where_no_group_is_free_it_is_asked() -> None:
    busy = [{"host": group[1]} for group in DEFAULT_PROBES[:-1]]
    assert check({"wans": wans(2)}, router(netwatch=busy))["errors"] == [
        "multiwan_wans[1].probes: on this router all default targets are in use for something else; "
        "write 2 to 5 addresses behind this line, which answer pings"
    ]
    first, second = wans(2)
    named = [first, {**second, "probes": ["192.0.2.1", "192.0.2.2"]}]
    assert check({"wans": named}, router(netwatch=busy))["errors"] == []


def test_a_run_writes_what_is_free_and_changes_nothing_the_second_time() -> None:
    run, problems = site.read({"failover_netwatch": {"wans": wans(2)}})
    assert problems == []
    found = router(netwatch=[{"host": "1.1.1.1", "comment": "mine"}])
    steps = site.check(run, found).steps()
    hosts = [str(row["host"]) for step in steps for row in step["rows"] if step["path"] == "tool netwatch"]
    assert set(hosts) == {*DEFAULT_PROBES[1], *DEFAULT_PROBES[2]}
    (script,) = (row["source"] for step in steps for row in step["rows"] if step["path"] == "system script")
    assert site.check(run, site.after(found, steps)).steps() == steps
    assert script


def test_probes_that_the_user_wrote_and_others_use_are_told() -> None:
    lines = [{**wans(2)[0], "probes": ["192.0.2.1", "192.0.2.2"]}, wans(2)[1]]
    routes: list[Row] = [
        *({"dst-address": "0.0.0.0/0", "comment": f"multiwan:pcc_balance:route:main:isp{line}"} for line in (1, 2)),
        {"dst-address": "0.0.0.0/0", "gateway": "192.0.2.1", "check-gateway": "ping"},
    ]
    assert check({"wans": lines}, router(routes=routes, netwatch=[{"host": "192.0.2.2", "comment": "mine"}])) == {
        "errors": [],
        "warnings": [
            "/ip route 0.0.0.0/0 by 192.0.2.1: 192.0.2.1 is probed for isp1: the router's own pings to it, and maybe check-gateway, "
            "go by that line",
            "/tool netwatch 'mine': it also watches 192.0.2.2, and from now on by isp1 only",
        ],
    }


def test_probes_inside_the_lan_are_refused() -> None:
    first, second = wans(2)
    lines = [{**first, "probes": ["192.168.88.5", "192.0.2.1"]}, second]
    lan = {"address": "192.168.88.1/24", "interface": "bridge"}
    sentence = "multiwan_wans[0].probes[0]: '192.168.88.5' is in 192.168.88.0/24, the network of bridge; write one behind this line"
    assert check({"wans": lines}, router(addresses=[lan]))["errors"] == [sentence]
    assert check({"wans": lines}, router(addresses=[{**lan, "disabled": True}]))["errors"] == []
    modem = {"address": "192.168.88.9/24", "interface": "ether1"}
    assert check({"wans": lines}, router(addresses=[lan, modem]))["errors"] == [], "a modem may have that network too"


def test_nobody_is_said_to_use_a_target_that_is_free() -> None:
    assert [list(users(router(), address)) for address in itertools.chain(*DEFAULT_PROBES)] == [[]] * 24
