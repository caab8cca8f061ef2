# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real configurations with their owners' inventories: at most one variable, then a run, a second one that changes nothing, and a removal
that leaves all as it was. ``tests/integration/test_exports.py`` has some of them with packets."""

from __future__ import annotations

import pytest

from tests.exports.cases import CASES, Case
from tests.exports.trial import kinds, paste, rehearse


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_first_run_takes_at_most_one_variable(case: Case) -> None:
    if not case.file.exists():
        pytest.skip(f"the export {case.file} is not here")
    trial = rehearse(case)
    assert len(case.variable) <= 1
    assert set(trial.answered) == case.refused, trial.told
    assert trial.written is not bool(case.refused)
    assert trial.problems == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_first_run_prints_may_be_pasted_instead(case: Case) -> None:
    if not case.file.exists():
        pytest.skip(f"the export {case.file} is not here")
    assert kinds(paste(case)).keys() == case.refused
