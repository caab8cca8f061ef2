# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever the router does where nobody knows, a second run changes nothing, and what somebody has changed is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.health import out_of_use, probes_watch
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import intent as balance_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import plan as balance_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import NETWATCH, ROUTES

from tests.lab.router.lab import Lab
from tests.lab.router.traits import Traits
from tests.unit.apply.router import read, run_steps
from tests.unit.failover_netwatch.site import found, steps, wans

LINES = [*wans(2, isp1=30, isp2=10), {"name": "lte", "interface": "ether4", "gateway": "ether4", "tier": 2, "max_loss": 10}]
SETTINGS = {"as it is": Traits()} | {
    f"{trait.name}={not trait.default}": replace(Traits(), **{trait.name: not trait.default}) for trait in fields(Traits)
}


def balance(lab: Lab) -> int:
    before = read(lab, (ROUTES, NETWATCH))
    intent = balance_intent.read_intent({"wans": LINES, "lan_interfaces": ["ether9"]})
    return run_steps(lab, balance_plan.apply_steps(balance_plan.plan(intent, out_of_use(before), probes_watch(before))))


def watch(profile: str) -> Callable[[Lab], int]:
    def run(lab: Lab) -> int:
        data = {"wans": LINES, "profile": profile}
        return balance(lab) + run_steps(lab, steps(data, found(lab)))

    return run


RUNS: dict[str, Callable[[Lab], int]] = {
    "pcc_balance": balance,
    # the interval of profile calm is what netwatch has by default
    **{f"failover_netwatch, {profile}": watch(profile) for profile in ("normal", "calm")},
}
"""What a playbook does for a role, with all that it needs; returns how many steps changed something."""


@pytest.mark.parametrize("version", ["7.15.3", "7.21.4"])
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("role", RUNS)
def test_a_second_run_changes_nothing(role: str, setting: str, version: str) -> None:
    with Lab(version=version, traits=SETTINGS[setting], interfaces=9) as lab:
        assert RUNS[role](lab) > 0
        wanted, writes = lab.dump(), len(lab.writes)
        assert RUNS[role](lab) == 0
        assert (lab.dump(), len(lab.writes)) == (wanted, writes)


@pytest.mark.parametrize("sign", [True, False])
def test_another_limit_of_loss_is_written(sign: bool) -> None:
    with Lab(traits=Traits(percent_has_sign=sign), interfaces=9) as lab:
        run = RUNS["failover_netwatch, normal"]
        run(lab)
        wanted = lab.dump()
        assert not lab.load('/tool netwatch set [find host="1.1.1.1"] thr-loss-percent=3').skipped
        assert (lab.dump() != wanted, run(lab), lab.dump() == wanted, run(lab)) == (True, 1, True, 0)


@pytest.mark.parametrize("setting", ["as it is", "netwatch_shows_ttl=True"])
def test_a_changed_ttl_is_mended(setting: str) -> None:
    with Lab(traits=SETTINGS[setting], interfaces=9) as lab:
        run = RUNS["failover_netwatch, normal"]
        run(lab)
        wanted = lab.dump()
        assert not lab.load('/tool netwatch set [find host="1.1.1.1"] ttl=3').skipped
        assert lab.dump() != wanted
        assert run(lab) == 1
        assert run(lab) == 0
