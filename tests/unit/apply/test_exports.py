# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routers of strangers: apply, apply again, remove, and every row of theirs is as before.

The exports are real and lie outside the project; the tests run where they are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import READS

from tests.lab.router.lab import Lab
from tests.unit.sentences import balance as check

from .router import apply, foreign, read, read_as, remove

EXPORTS = Path(__file__).parents[4] / "shared" / "router-exports"
FILES = sorted(EXPORTS.glob("*.rsc"))

pytestmark = pytest.mark.skipif(not FILES, reason="the exports of real routers are not here")


@pytest.fixture(params=FILES or [None], ids=lambda file: file.name[:2] if file else "none")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with Lab(load=[request.param]) as lab:
        yield lab


def intent_for(lab: Lab) -> dict[str, object]:
    """Two lines on the first ports that are in no bridge, the LAN on a third interface that is in none either."""
    found = read(lab, ["interface", "interface bridge port", "interface ethernet"])
    bridged = {row["interface"] for row in found["interface bridge port"]}
    ports = [row["name"] for row in found["interface ethernet"] if row["name"] not in bridged]
    others = [row["name"] for row in found["interface"] if row["name"] not in (*ports[:2], *bridged, "lo")]
    return {
        "wans": [
            {"name": "isp1", "interface": ports[0], "gateway": "203.0.113.1", "weight": "20M"},
            {"name": "isp2", "interface": ports[1], "gateway": "192.0.2.1", "weight": "10M"},
        ],
        "lan_interfaces": others[:1],
    }


def test_every_row_of_theirs_is_as_before(lab: Lab) -> None:
    before, rows_of_theirs = lab.dump(), foreign(lab)
    intent = intent_for(lab)
    assert apply(lab, intent) > 0
    assert foreign(lab) == rows_of_theirs
    assert apply(lab, intent) == 0
    assert remove(lab) > 0
    assert lab.dump() == before


IN_THE_WAY = {
    "01": {"default-route", "fasttrack"},
    "03": {"default-route", "marks"},
    "05": {"default-route"},
    "09": set(),
    "11": {"default-route", "balancing"},
    "13": {"dst-nat", "marks"},
    "25": {"marks"},
    "28": {"default-route"},
}
"""What the routers of strangers, most of which balance already, have against ours: kinds of conflicts."""


def test_the_preflight_tells_what_is_in_the_way(lab: Lab, request: pytest.FixtureRequest) -> None:
    errors = check(intent_for(lab), read_as(lab, READS))["errors"]
    told = {error.rpartition("pcc_balance_warn_only: ")[2].strip("[]") for error in errors}
    assert told == IN_THE_WAY[request.node.callspec.id]
