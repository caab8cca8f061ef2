# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rehearsal on an export alone says what a run says against the same router between its lines, with packets."""

from __future__ import annotations

import pytest

from tests.exports.cases import Case
from tests.exports.rehearsal import difference, said
from tests.exports.trial import open_case
from tests.lab.network import tags
from tests.unit.test_rehearsal import PRESENT


@pytest.mark.parametrize("case", PRESENT, ids=lambda case: case.name)
def test_it_says_the_same(case: Case) -> None:
    if case.has_tags and not tags.are_played():
        pytest.skip("only root may load programs that put tags on")
    with open_case(case, engines=False) as room:
        assert difference(case, said(case, room.lab)) == ""
