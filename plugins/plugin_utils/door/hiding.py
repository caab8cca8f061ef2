# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keeps secrets out of what is shown."""

from __future__ import annotations

SHORT = 10
"""What is no longer than this is no secret that can be looked for: it may be a part of any text."""


class Secrets:
    """Texts that are shown nowhere, such as a password and the token of a bot."""

    def __init__(self, *texts: str) -> None:
        self._texts = sorted((text for text in texts if len(text) > SHORT), key=len, reverse=True)

    def __repr__(self) -> str:
        return f"Secrets({len(self._texts)})"

    def hide(self, text: str) -> str:
        """Return a text with dots where a secret stood."""
        for secret in self._texts:
            text = text.replace(secret, "...")
        return text
