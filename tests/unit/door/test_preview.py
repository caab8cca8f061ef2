# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What check mode predicts is what the run then writes: row by row, and field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.netwatch import HIDDEN
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE, FAILOVER

from tests.lab.router.lab import Lab
from tests.package.conftest import ROUTER

from .runs import Options, run

ISP1 = {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "10M"}
ISP2 = {"name": "isp2", "interface": "pppoe-out1", "gateway": "pppoe-out1", "weight": "30M"}
ISP3 = {"name": "isp3", "interface": "ether3", "gateway": "198.51.100.1", "weight": "5M", "tier": 2, "max_loss": 10}
BOT = {"token": "123456:no-bot-has-this-token-of-thirty-five", "chats": [-1001], "interfaces": ["bridge"], "api_url": "http://192.0.2.80"}


def site(*wans: dict[str, Any], bot: dict[str, Any] | None = None, **options: Any) -> Options:
    """All three roles."""
    return {BALANCE: {"wans": wans, "lan_interfaces": ["bridge"], **options}, FAILOVER: {"wans": wans}, ALERTS: bot or BOT}


FIRST = site(ISP1, ISP2)
EDITED = site(ISP2, {**ISP1, "weight": "20M", "gateway": "203.0.113.9"}, ISP3, bot={**BOT, "chats": [-1002]}, nat=False)
RENAMED = site({**ISP2, "name": "fiber"}, ISP3, bypass=["192.0.2.0/24"])


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(interfaces=6) as lab:
        lab.load(ROUTER, on_error="stop")
        yield lab


def previewed(lab: Lab, options: Options, *absent: str) -> Changes:
    """Preview a run, do it, and compare; return what it has changed."""
    before, writes = lab.dump(), len(lab.writes)
    predicted = run(lab, options, *absent, check=True)
    assert (lab.dump(), len(lab.writes)) == (before, writes)
    done = run(lab, options, *absent)
    assert predicted.rows() == done.rows()
    assert predicted.changed == done.changed
    for path, change in done.paths.items():
        for asked, written in zip(predicted.paths[path].after, change.after, strict=True):
            assert asked_for(asked, written) == asked_for(asked, asked)
    assert not run(lab, options, *absent).changed
    return done


def asked_for(asked: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row that were predicted: the router fills in the rest of a new one, and may not show that a row is not disabled.
    What netwatch hides is as it was asked for, if it is not shown."""
    return {key: row.get(key, key in HIDDEN and value) for key, value in asked.items() if key != ".id" and value is not None}


def take_out_of_use(lab: Lab, line: str) -> None:
    """As the control script leaves a dead line."""
    for path, name in (("ip/route", "distance=101"), ("ip/firewall/mangle", "disabled=no")):
        row = "route:main" if path == "ip/route" else "leave"
        lab.load(f'/{path} set [find comment="multiwan:pcc_balance:{row}:{line}"] {name}', on_error="stop")
    lab.load(f'/ip/firewall/mangle disable [find comment="multiwan:pcc_balance:else:{line}"]', on_error="stop")


def test_first_run(lab: Lab) -> None:
    done = previewed(lab, FIRST)
    assert {change.kind for change in done.rows()} == {"added"}


def test_edit(lab: Lab) -> None:
    run(lab, FIRST)
    done = previewed(lab, EDITED)
    assert {change.kind for change in done.rows()} >= {"added", "changed", "removed"}


def test_rename(lab: Lab) -> None:
    run(lab, EDITED)
    previewed(lab, RENAMED)


def test_run_in_an_outage(lab: Lab) -> None:
    run(lab, FIRST)
    take_out_of_use(lab, "isp1")
    done = previewed(lab, FIRST)
    assert {change.path for change in done.rows()} == {"ip route", "tool netwatch"}


def test_removal(lab: Lab) -> None:
    untouched = lab.dump()
    run(lab, EDITED)
    done = previewed(lab, {}, BALANCE, FAILOVER, ALERTS)
    assert {change.kind for change in done.rows()} == {"removed"}
    assert lab.dump() == untouched


def test_failover_goes_and_balancing_stays(lab: Lab) -> None:
    run(lab, FIRST)
    take_out_of_use(lab, "isp1")
    previewed(lab, {BALANCE: FIRST[BALANCE]}, FAILOVER)
    assert "distance=101" not in lab.dump()
