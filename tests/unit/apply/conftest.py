# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever a test of this folder lets the modules write is valid in every supported release."""

from collections.abc import Iterator

import pytest

from tests.lab.router.lab import Lab
from tests.unit.schemas import complaints


@pytest.fixture(autouse=True)
def every_write_is_valid_in_every_release(lab: Lab) -> Iterator[None]:
    yield
    assert complaints(("/".join(write.path), write.command, write.attributes) for write in lab.writes) == []
