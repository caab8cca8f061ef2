# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the script does, it does on routers that keep global variables between its runs, and on those that do not."""

from __future__ import annotations

import pytest

from . import outbox

BOTH_WAYS = {f"{__package__}.{name}" for name in ("test_script", "test_noise", "test_channels")}
"""Modules whose tests run the script again and again; each of them is tried both ways."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in BOTH_WAYS:
        metafunc.parametrize("globals_need_policy", [True, False], indirect=True, ids=["no globals", "globals"])


@pytest.fixture(autouse=True)
def globals_need_policy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all routers of a test that does not say so itself."""
    monkeypatch.setitem(outbox.TRAITS, "globals_need_policy", getattr(request, "param", True))
