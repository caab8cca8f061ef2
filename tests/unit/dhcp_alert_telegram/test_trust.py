# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router that was told a moment ago whom to trust."""

from __future__ import annotations

from ansible_collections.multiwan.routeros.plugins.action import alert_test

from .outbox import Router


def test_a_test_message_is_tried_again_while_the_playbook_waits() -> None:
    """The first verified fetch after the change fails for one or two seconds."""
    with Router() as router:
        router.telegram.problem = "failure: ssl: no trusted CA certificate found (6)"
        router.trial()
        router.until(lambda: router.telegram.refused == 1)
        router.clock.advance(2)
        router.telegram.problem = ""
        assert router.until(lambda: bool(router.telegram.arrived)) <= alert_test.SENDING - 2
