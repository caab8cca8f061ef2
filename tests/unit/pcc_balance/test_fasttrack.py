# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of the owner's FastTrack rows mislead balancing, and what stands at their place.

When that is on: tests/unit/failover_netwatch/test_fasttrack.py.
"""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import fasttrack
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.surroundings import Surroundings
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, FILTER
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Found, Rows

from .test_preflight import INTENT, Row, router

OWNER: Row = {
    **{".id": "*7", "chain": "forward", "action": "fasttrack-connection", "connection-state": "established,related"},
    **{"hw-offload": True, "comment": "defconf: fasttrack", "disabled": False, "log": False, "bytes": 5, "packets": 1},
}
ACCEPT: Row = {".id": "*8", "chain": "forward", "action": "accept", "connection-state": "established,related"}
OURS: Row = {"chain": "forward", "action": "fasttrack-connection", "connection-state": "established,related", "hw-offload": False}
LISTED = {"src-address-list": "!multiwan-specific", "dst-address-list": "!multiwan-specific"}
VPN: Row = {"action": "lookup", "table": "vpn", "src-address": "192.168.88.9", "comment": "by VPN"}


def name(*parts: object) -> str:
    return ":".join(("multiwan:pcc_balance:fasttrack", *map(str, parts)))


def misleading(found: Found, **options: object) -> list[Row]:
    here = Surroundings(read_intent({**INTENT, **options}), found)
    return [change.row for finding in fasttrack.findings(here) for change in finding.changes]


def rows(found: Found, probed: bool = True, **options: object) -> Rows:
    return fasttrack.rows(Surroundings(read_intent({**INTENT, **options}), found), misleading(found, **options), probed)


def kinds(*owners: Row, probed: bool = True, rules: tuple[Row, ...] = (), **options: object) -> list[str]:
    """What our rows are for."""
    there = rows(router(filter_rows=owners, rules=rules), probed, **options)[FILTER]
    return [str(row["comment"]).removeprefix("multiwan:pcc_balance:fasttrack:") for row in there]


def test_new_rows_have_the_matchers_of_the_owner_s_and_are_off() -> None:
    unmarked, line = rows(router(filter_rows=[OWNER]))[FILTER]
    assert unmarked == {**OURS, "connection-mark": "no-mark", "disabled": True, "comment": name("unmarked")}
    assert line == {**OURS, **LISTED, "connection-mark": "multiwan-isp1", "disabled": True, "comment": name("line")}


@pytest.mark.parametrize("off", [True, False])
def test_what_the_control_script_has_written_is_kept(off: bool) -> None:
    there = [
        {"chain": "forward", "comment": name("unmarked"), "connection-mark": "no-mark", "disabled": off},
        {"chain": "forward", "comment": name("line"), "connection-mark": "multiwan-isp2", "disabled": off},
        OWNER,
    ]
    unmarked, line = rows(router(filter_rows=there))[FILTER]
    assert (unmarked["disabled"], line["disabled"], line["connection-mark"]) == (off, off, "multiwan-isp2")


INSTEAD: dict[str, tuple[list[Row], dict[str, object], list[str]]] = {
    "the default": ([OWNER], {}, ["unmarked", "line"]),
    "two of them": ([OWNER, {**OWNER, ".id": "*9", "protocol": "udp"}], {}, ["unmarked", "line", "unmarked:2", "line:2"]),
    "without a mark": ([{**OWNER, "connection-mark": "no-mark"}], {}, ["unmarked", "line"]),
    "with another's mark": ([{**OWNER, "connection-mark": "voip"}], {}, []),
    "all but another's": ([{**OWNER, "connection-mark": "!voip"}], {}, ["unmarked", "line"]),
    "all that has a mark": ([{**OWNER, "connection-mark": "!no-mark"}], {}, ["line"]),
    "all but one of ours": ([{**OWNER, "connection-mark": "!multiwan-isp1"}], {}, ["unmarked"]),
    "one of ours": ([{**OWNER, "connection-mark": "multiwan-isp1"}], {}, []),
    "disabled": ([{**OWNER, "disabled": True}], {}, []),
    "limited to a list": ([{**OWNER, "dst-address-list": "fast"}], {}, ["unmarked"]),
    "beside a rule that leads elsewhere": ([OWNER], {"rules": (VPN,)}, ["unmarked"]),
    "beside a rule that ends elsewhere": ([OWNER], {"rules": ({"action": "unreachable"},)}, ["unmarked"]),
    "beside a rule that looks into main": ([OWNER], {"rules": ({"action": "lookup", "table": "main"},)}, ["unmarked", "line"]),
    "unwatched": ([OWNER], {"probed": False}, []),
    "what is not balanced goes by main": ([OWNER], {"unmarked": "main"}, ["main", "line"]),
    "the same, unwatched": ([OWNER], {"unmarked": "main", "probed": False}, ["main"]),
    "the same, without a mark": ([{**OWNER, "connection-mark": "no-mark"}], {"unmarked": "main"}, []),
}


@pytest.mark.parametrize(("owners", "options", "wanted"), INSTEAD.values(), ids=INSTEAD)
def test_rows_for_rows(owners: list[Row], options: dict[str, object], wanted: list[str]) -> None:
    assert kinds(*owners, **options) == wanted  # type: ignore[arg-type]


def test_what_goes_by_main_whatever_happens_is_always_on() -> None:
    always, line = rows(router(filter_rows=[OWNER]), unmarked="main")[FILTER]
    assert (always["connection-mark"], always["disabled"], line["disabled"]) == ("no-mark", False, True)


def test_networks_that_main_knows_better_are_left_out_by_connections_of_the_line() -> None:
    routes = [
        {"dst-address": "8.8.8.8/32", "gateway": "203.0.113.1", "routing-table": "main"},
        {"dst-address": "0.0.0.0/1", "gateway": "wg1", "routing-table": "main"},
        {"dst-address": "10.9.0.0/16", "gateway": "wg1", "routing-table": "main"},
        {"dst-address": "9.9.9.0/24", "gateway": "wg1", "routing-table": "vpn"},
    ]
    listed = rows(router(filter_rows=[OWNER], routes=routes))[ADDRESS_LIST]
    assert [row["address"] for row in listed] == ["0.0.0.0/1", "8.8.8.8", "198.51.100.0/24", "203.0.113.0/24"]
    assert {row["list"] for row in listed} == {"multiwan-specific"}
    assert listed[1]["comment"] == "multiwan:pcc_balance:specific:8.8.8.8"
    assert rows(router(filter_rows=[OWNER], routes=routes), probed=False)[ADDRESS_LIST] == []


def test_only_rows_that_stand_elsewhere_are_moved() -> None:
    found = router(filter_rows=[ACCEPT, OWNER])
    taken, ours = misleading(found), rows(found)[FILTER]

    def moved(*there: Row) -> list[tuple[str, ...]]:
        return [step.comments for step in fasttrack.places(ours, taken, found, {FILTER: list(there)})]

    off = {**OWNER, "disabled": True}
    both = (name("unmarked"), name("line"))
    assert moved(ACCEPT, *ours, off) == []
    assert moved(ACCEPT, off) == [both]
    assert moved(ACCEPT, off, *ours) == [both]
    assert moved(*ours, ACCEPT, off) == [both]
    assert moved(ours[0], ACCEPT, ours[1], off) == [both]
    assert fasttrack.places([], taken, found, {FILTER: [ACCEPT, off]}) == []


def test_it_is_told_what_is_off_and_why() -> None:
    def told(probed: bool, **options: object) -> list[str]:
        found = router(filter_rows=[OWNER], **options)
        return [finding.text for finding in fasttrack.remarks(Surroundings(read_intent(INTENT), found), misleading(found), probed)]

    assert told(True) == []
    assert told(False) == [
        "FastTrack is off for what goes by the lines, since nothing on the router watches them; role failover_netwatch does"
    ]
    assert told(True, rules=[VPN]) == ["/routing rule 'by VPN': leads elsewhere, so FastTrack is off for balanced connections"]


def test_it_is_told_when_main_and_the_lines_do_not_agree() -> None:
    """The first run was in an outage of the first line, and later runs keep the order that is on the router."""
    ours = [
        {"comment": f"multiwan:pcc_balance:route:main:isp{line}", "distance": 3 - line, "routing-table": "multiwan-main"} for line in (1, 2)
    ]
    there = router(filter_rows=[OWNER])
    there["ip route"] = [*there["ip route"], *ours]
    said = [remark.text for remark in fasttrack.remarks(Surroundings(read_intent(INTENT), there), [OWNER], True)]
    assert said == [
        "FastTrack is off while main's default route goes by isp1, and what is not balanced by isp2 first; "
        "write pcc_balance_first_wan: isp1 to have both go by that line"
    ]
    chosen = read_intent({**INTENT, "first_wan": "isp1"})
    assert not list(fasttrack.remarks(Surroundings(chosen, there), [OWNER], True))
