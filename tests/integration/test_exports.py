# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real configurations with packets: balanced, each line out and back, and removed. ``python -m tests.exports`` tries all of them."""

from __future__ import annotations

import pytest

from tests.exports.cases import CASES, Case
from tests.exports.trial import attempt

TRIED = [case for case in CASES if case.name in ("09", "shipped", "pppoe", "isp")]
"""Balanced by hand with addresses set by hand; as shipped, with leases; dialed; customers that dial in."""


@pytest.mark.parametrize("case", TRIED, ids=lambda case: case.name)
def test_its_owner_balances_it(case: Case) -> None:
    if not case.file.exists():
        pytest.skip(f"the export {case.file} is not here")
    trial = attempt(case)
    assert trial.told == []
    assert trial.problems == []
    assert trial.shares
