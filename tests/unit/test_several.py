# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An intent says all that is wrong with it at once, each problem as if it were the only one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.dhcp_alert_telegram import intent as alerts
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import intent as failover
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import intent as balance
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from hypothesis import given
from hypothesis import strategies as st

Data = dict[str, Any]
Problem = tuple[tuple[str | int, ...], object]
"""Where in the data, and what is there instead."""

WANS = [{"name": f"isp{n}", "interface": f"ether{n}", "gateway": f"203.0.113.{n}", "weight": n} for n in range(1, 5)]

WRONG_WANS: tuple[Problem, ...] = (
    (("wans", 0, "weight"), "fast"),
    (("wans", 0, "tier"), 9),
    (("wans", 0, "max_loss"), 0),
    (("wans", 1, "name"), "the second"),
    (("wans", 1, "gateway"), "203.0.113.300"),
    (("wans", 1, "source_address"), "127.0.0.1"),
    (("wans", 2, "probes"), ["1.1.1.1"]),
    (("wans", 2, "probs"), []),
    (("wans", 2, "intrface"), "ether9"),
    (("wans", 3), "isp4"),
)
WRONG: dict[str, tuple[Callable[[Mapping[str, object]], object], Data, tuple[Problem, ...]]] = {
    "pcc_balance": (
        balance.read_intent,
        {"wans": WANS, "lan_interfaces": ["bridge", "vlan10"], "bypass": ["192.0.2.0/24", "192.0.2.128/25"]},
        (
            *WRONG_WANS,
            (("lan_interfaces", 0), 5),
            (("lan_interfaces", 1), {"list": "multiwan-lan"}),
            (("bypass", 0), "everything"),
            (("bypass", 1), "10.0.0.1/8"),
            (("bypass_services",), ["dns", "53/udp", "53/udp"]),
            (("tolerance",), 60),
            (("max_rows",), 1),
            (("classifier",), "clients"),
            (("check_gateway",), "pings"),
            (("nat",), "perhaps"),
            (("warn_only",), ["all", "fasttrack", "none"]),
            (("tolerence",), 1),
            (("speed",), 1),
        ),
    ),
    "failover_netwatch": (
        failover.read_intent,
        {"wans": WANS},
        (*WRONG_WANS, (("profile",), "slow"), (("recover_loss",), 0), (("schedule",), "often"), (("on_downn",), "x")),
    ),
    "dhcp_alert_telegram": (
        alerts.read_intent,
        {"token": "123456:" + "A" * 35, "chats": [-1001, -1002], "interfaces": ["bridge"], "valid_servers": [], "texts": {}},
        (
            (("token",), "123456"),
            (("chats", 0), "me"),
            (("chats", 1), {"id": -1002, "thread": 1, "subject": 2}),
            (("interfaces",), ["bridge", "bridge", {}]),
            (("valid_servers",), ["ours", "02:00:5E:10:00:01", "theirs"]),
            (("texts", "down"), "{who}"),
            (("texts", "up"), " "),
            (("language",), "la"),
            (("wan_events",), "perhaps"),
            (("alert_timeout",), "soon"),
            (("silent_hours",), "at night"),
            (("heartbeat",), "daily"),
            (("api_url",), "telegram"),
            (("interval",), 0),
            (("tokn",), "x"),
        ),
    ),
}


def sentences(role: str, problems: Sequence[Problem]) -> list[str]:
    """What is said of data that has these problems."""
    read, right, _ = WRONG[role]
    data = deepcopy(right)
    for path, value in problems:
        part: Any = data
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value
    try:
        read(data)
    except IntentErrors as refused:
        assert str(refused) == "\n".join(finding.text for finding in refused.findings)
        assert {finding.kind for finding in refused.findings} == {"intent"}
        return [finding.text for finding in refused.findings]
    return []


@pytest.mark.parametrize("role", WRONG)
def test_what_is_right_is_read(role: str) -> None:
    assert sentences(role, []) == []


@pytest.mark.parametrize("role", WRONG)
def test_each_problem_is_told_as_if_it_were_the_only_one(role: str) -> None:
    alone = {index: sentences(role, [problem]) for index, problem in enumerate(WRONG[role][2])}
    assert all(alone.values())

    @given(st.sets(st.sampled_from(sorted(alone))))
    def some(chosen: set[int]) -> None:
        told = sentences(role, [WRONG[role][2][index] for index in sorted(chosen)])
        assert sorted(told) == sorted(sentence for index in chosen for sentence in alone[index])

    some()


def test_what_follows_from_another_problem_is_not_told() -> None:
    """A missing key beside a misspelt one, a gateway without its interface, rows for WANs that are not known."""
    misspelt = [*WANS[:3], {"name": "isp4", "interfce": "ether4", "gateway": "ether4"}]
    with pytest.raises(IntentErrors) as refused:
        balance.read_intent({"wans": misspelt, "lan_interfaces": ["bridge"], "max_rows": 2})
    assert [finding.place for finding in refused.value.findings] == ["multiwan_wans[3].interfce"]
    nameless = [WANS[0], {"name": "isp2", "gateway": "pppoe-out1"}]
    with pytest.raises(IntentErrors) as refused:
        failover.read_intent({"wans": nameless})
    assert [finding.place for finding in refused.value.findings] == ["multiwan_wans[1].interface"]


def test_lines_are_compared_as_far_as_they_are_right() -> None:
    first = {**WANS[0], "weight": "fast"}
    again = [{**WANS[1], "name": "ISP3"}, WANS[2], {**WANS[2], "source_address": "203.0.113.2"}]
    with pytest.raises(IntentErrors) as refused:
        balance.read_intent({"wans": [first, *again], "lan_interfaces": ["bridge"]})
    assert [finding.place.removeprefix("multiwan_wans") for finding in refused.value.findings] == [
        *("[0].weight", "[3].name", "[2].name", "[3].name", "[3].interface", "[3].source_address")
    ]
