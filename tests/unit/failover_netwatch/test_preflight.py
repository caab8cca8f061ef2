# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What failover refuses, and what it warns of."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.targets import DEFAULT_PROBES

from tests.unit.sentences import failover as check

from .site import wans

HOOK = {"name": "hook", "policy": "read,write,test"}
FOUND = {
    "ip address": [{"address": "203.0.113.101/24"}],
    "ip route": [{"comment": f"multiwan:pcc_balance:route:main:isp{number}"} for number in (1, 2)],
    "system script": [HOOK],
    "tool netwatch": [],
    "system device-mode": [{"mode": "advanced", "scheduler": True}],
}


def line(**changes: object) -> list[dict[str, object]]:
    """Two lines, the second one changed."""
    first, second = wans(2)
    return [first, {**second, **changes}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"profil": "fast"}, "failover_netwatch_profil: unknown option, did you mean 'failover_netwatch_profile'?"),
        ({"profile": "slow"}, "failover_netwatch_profile: 'slow' is unknown; write one of fast, normal, calm"),
        ({"recover_loss": 0}, "failover_netwatch_recover_loss: 0 is out of range; write a whole number from 1 to 80"),
        ({"schedule": 0}, "failover_netwatch_schedule: 0 is out of range; write a whole number from 1 to 3600"),
        (
            {"wans": [{**line()[0], "probes": ["8.8.8.8", "9.9.9.9"]}, line(probes=["9.9.9.9", "8.8.8.8"])[1]]},
            "multiwan_wans[1].probes[0]: '9.9.9.9' is already probed for 'isp1'; write another address\n"
            "multiwan_wans[1].probes[1]: '8.8.8.8' is already probed for 'isp1'; write another address",
        ),
        (
            {"wans": line(probes=["203.0.113.1", "4.4.4.4"])},
            "multiwan_wans[1].probes[0]: '203.0.113.1' is the gateway of another WAN; write an address behind this line",
        ),
        ({"wans": line(quorum=4)}, "multiwan_wans[1].quorum: 4 of 3 probes cannot answer; write 1 to 3"),
        ({"wans": line(max_loss=100)}, "multiwan_wans[1].max_loss: 100 is out of range; write a whole number from 1 to 99"),
        (
            {"wans": line(max_latency=0)},
            "multiwan_wans[1].max_latency: 0 is out of range; write a whole number from 1 to 10000",
        ),
        (
            {"wans": line(probes=["203.0.113.101", "4.4.4.4"])},
            "multiwan_wans[1].probes[0]: '203.0.113.101' is an address of the router; write one behind this line",
        ),
        (
            {"on_down": "missing"},
            "failover_netwatch_on_down: the router has no script 'missing'; write the name of one of /system script",
        ),
    ],
)
def test_refused(data: dict[str, object], message: str) -> None:
    assert check({"wans": wans(2), **data}, FOUND)["errors"] == message.splitlines()


def test_a_hook_that_netwatch_could_not_run_is_refused() -> None:
    found = {**FOUND, "system script": [{**HOOK, "policy": "ftp,read,reboot,write,policy,test"}]}
    assert check({"wans": wans(2), "on_up": "hook"}, found)["errors"] == [
        "failover_netwatch_on_up: script 'hook' has the policies ftp,policy,reboot, which the control script has not; "
        'write /system script set "hook" policy=read,write,test'
    ]


@pytest.mark.parametrize(
    ("fetch", "more"), [(True, ""), (False, ", but alerts cannot leave the router, because fetch is not allowed either")]
)
def test_a_router_that_forbids_the_scheduler_is_told_what_is_missing(fetch: bool, more: str) -> None:
    found = {**FOUND, "system device-mode": [{"mode": "home", "scheduler": False, "fetch": fetch}]}
    said = "the scheduler is not allowed, so netwatch is the clock of the control script: failover works as elsewhere"
    assert check({"wans": wans(2)}, found) == {"errors": [], "warnings": [f"/system device-mode home: {said}{more}"]}


@pytest.mark.parametrize(
    ("checks", "dns", "told"),
    [
        (["tcp"], {"servers": "1.1.1.1,9.9.9.9"}, []),
        (["dns"], {"servers": "1.1.1.1"}, ["1.1.1.1"]),
        (["dns"], {"servers": "", "dynamic-servers": "8.8.8.8,203.0.113.53"}, ["8.8.8.8"]),
        (["dns"], {"servers": "", "use-doh-server": "https://1.1.1.1/dns-query"}, []),
        (["https"], {"servers": "", "use-doh-server": "https://9.9.9.9/dns-query"}, ["9.9.9.9"]),
    ],
)
def test_a_check_that_takes_the_routers_own_dns_along_is_told(checks: list[str], dns: dict[str, object], told: list[str]) -> None:
    first, second = wans(2)
    assert check({"wans": [{**first, "checks": checks}, second]}, {**FOUND, "ip dns": [dns]})["warnings"] == [
        f"multiwan_wans[0].checks: the router's own DNS asks {address}, and from now on by isp1 only; "
        f"write other probes, or leave {checks[0]} out"
        for address in told
    ]


def test_warnings() -> None:
    found = {**FOUND, "ip route": FOUND["ip route"][:1], "tool netwatch": [{"host": "8.8.8.8", "comment": "mine"}]}
    written = [{**wans(2)[0], "probes": ["8.8.8.8", "4.4.4.4"]}, wans(2)[1]]
    assert check({"wans": written}, found) == {
        "errors": [],
        "warnings": [
            "role pcc_balance has not balanced isp2 yet; until it runs, failover has nothing to steer there",
            "/tool netwatch 'mine': it also watches 8.8.8.8, and from now on by isp1 only",
        ],
    }


def test_nothing_to_say() -> None:
    assert check({"wans": wans(2), "on_down": "hook"}, FOUND) == {"errors": [], "warnings": []}


def test_default_probes_are_enough_for_all_lines_and_none_stands_twice() -> None:
    addresses = list(itertools.chain(*DEFAULT_PROBES))
    assert len(DEFAULT_PROBES) == 8
    assert len(set(addresses)) == len(addresses)
