# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever a test of this folder lets the modules write has to exist in every supported release."""

from collections.abc import Iterator

import pytest

from tests.unit.schemas import unknown

from .router import WRITTEN


@pytest.fixture(autouse=True)
def every_write_exists_in_every_release() -> Iterator[None]:
    WRITTEN.clear()
    yield
    assert not [missing for path, command, names in WRITTEN for missing in unknown(path, command, names)]
