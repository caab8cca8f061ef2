# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How figures are written."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def span(values: Sequence[float], digits: int) -> str:
    """The median, and from the least to the greatest."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def p95(values: Sequence[float | None]) -> float:
    """The value that 95 of a hundred do not exceed (nearest rank); infinite for never, which is None."""
    return _ranked(values)[math.ceil(0.95 * len(values)) - 1]


def median_and_p95(values: Sequence[float | None], digits: int = 2) -> str:
    """The median and the value that 95 of a hundred do not exceed (nearest rank); None is written as never."""
    chosen = (statistics.median_low(_ranked(values)), p95(values))
    return " / ".join("never" if value == math.inf else f"{value:.{digits}f}" for value in chosen)


def _ranked(values: Sequence[float | None]) -> list[float]:
    return sorted(math.inf if value is None else value for value in values)
