# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of netwatch: each test ends within its interval, else RouterOS logs a warning and asks less often (manual); names; turns."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES, Intent, read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.netwatch import (
    NAME_LENGTH,
    State,
    clock_row,
    kind_of,
    netwatch_rows,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.lines import PROFILES as NAMES

from tests.lab.router.engines.probes import seconds, train

from .site import wans

ADDRESSES = ["4.4.4.1", "4.4.4.2", "4.4.4.3", "4.4.4.4", "4.4.4.5"]
OPTIONS = [
    {"probes": ADDRESSES[:count], "tier": tier, "metered": metered, "checks": ["tcp", "dns", "https"], **limit}
    for count, tier, metered, limit in itertools.product(
        (2, 3, 5), (1, 2), (False, True), ({}, {"max_loss": 1}, {"max_loss": 99, "max_latency": 10_000})
    )
]


def intent_of(**options: object) -> Intent:
    """A line with these options beside one in the lowest tier."""
    first = {"name": "a" * 32, "interface": "ether1", "gateway": "203.0.113.1", **options}
    return read_intent({"wans": [first, wans(2)[1]]})


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_packets_fit_and_names_are_unique(profile: str, options: dict[str, object]) -> None:
    intent = intent_of(profile=profile, **options)
    rows = [row for wan in intent.wans for row in netwatch_rows(intent, wan, early=True)]
    for row in rows:
        properties = {name: str(value) for name, value in row.items()}
        assert train(properties) <= seconds(properties, "interval"), row["comment"]
    names = [str(row["name"]) for row in (*rows, clock_row(10))]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= NAME_LENGTH


def test_profiles_have_the_names_that_lines_may_have() -> None:
    assert tuple(PROFILES) == NAMES


@pytest.mark.parametrize(
    ("options", "state", "on"),
    [
        ({}, State(), {"probe", "tcp"}),
        ({}, State(out=True), {"probe", "clean", "tcp"}),
        ({"max_loss": 5}, State(), {"probe", "limit", "tcp"}),
        ({"max_loss": 5, "metered": True}, State(), {"probe", "tcp"}),
        ({"checks": []}, State(), {"probe"}),
        ({"tier": 2}, State(carries=False), {"thin"}),
        ({"tier": 2}, State(), {"probe", "tcp"}),
        ({"tier": 2}, State(carries=False, out=True), {"thin", "clean", "tcp"}),
        ({"tier": 2, "metered": True}, State(carries=False), {"probe", "tcp"}),
    ],
)
def test_which_entries_run(options: dict[str, object], state: State, on: set[str]) -> None:
    intent = intent_of(**options)
    rows = list(netwatch_rows(intent, intent.wans[0], state))
    assert {kind_of(row) for row in rows if not row["disabled"]} == on


def test_the_addresses_of_a_line_take_turns() -> None:
    intent = intent_of()
    rows = [row for row in netwatch_rows(intent, intent.wans[0]) if kind_of(row) == "probe"]
    assert [(row["start-delay"], row["interval"]) for row in rows] == [("1s", "3s450ms"), ("2s150ms", "3s450ms"), ("3s300ms", "3s450ms")]


@pytest.mark.parametrize(("gateway", "delay"), [("203.0.113.1", "15s"), ("dhcp", "15s"), ("ether1", "1m15s")])
def test_a_line_that_dials_is_given_its_time_after_a_boot(gateway: str, delay: str) -> None:
    intent = intent_of(gateway=gateway)
    assert {row["startup-delay"] for row in netwatch_rows(intent, intent.wans[0])} == {delay}
