# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Labs and clients for the tests of the lab."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from librouteros.api import Api

from tests.lab.router.lab import Lab

from .client import connect

StartLab = Callable[..., Lab]


@pytest.fixture
def start_lab() -> Iterator[StartLab]:
    """Starts labs that end with the test."""
    with ExitStack() as labs:
        yield lambda *arguments, **options: labs.enter_context(Lab(*arguments, **options))


@pytest.fixture
def lab(start_lab: StartLab) -> Lab:
    """One router with factory rows."""
    return start_lab()


@pytest.fixture
def api(lab: Lab) -> Iterator[Api]:
    """A client that is logged in to the lab."""
    client = connect(lab)
    yield client
    client.close()
