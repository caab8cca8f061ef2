# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan for people: shares, marks and distances as text tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TypedDict

from ..lines import Wan, balanced, heaviest_first
from ..routeros.names import MAIN_TABLE, mark
from ..routeros.rows import Row
from .buckets import MAX_ROWS, Buckets
from .intent import MOST_ROWS, Intent, solve_buckets, solve_periods
from .routes import route_rows


class Share(TypedDict):
    """What one WAN carries, in percent, and how far that is from what it should, in percentage points."""

    name: str
    buckets: int
    wanted_percent: float
    share_percent: float
    deviation_points: float


class Shares(TypedDict):
    """What the WANs carry; `rows` are those of one classifier."""

    denominator: int
    rows: int
    deviation_points: float
    within_tolerance: bool
    wans: list[Share]


def shares(wans: Sequence[Wan], buckets: Buckets, tolerance: Fraction) -> Shares:
    """Return the solution as plain data, percent and points to three decimals."""
    carried: list[Share] = [
        {
            "name": wan.name,
            "buckets": count,
            "wanted_percent": round(float(wanted * 100), 3),
            "share_percent": round(float(share * 100), 3),
            "deviation_points": round(float(deviation), 3),
        }
        for wan, count, wanted, share, deviation in zip(
            balanced(wans), buckets.counts, buckets.wanted, buckets.shares, buckets.deviations, strict=True
        )
    ]
    worst = max(buckets.deviations)
    return {
        "denominator": buckets.denominator,
        "rows": buckets.rows,
        "deviation_points": round(float(worst), 3),
        "within_tolerance": worst <= tolerance,
        "wans": carried,
    }


def summary(intent: Intent) -> list[str]:
    """Return the text of two tables, line by line: who carries what, and in which order each routing table tries the lines."""
    wans, tolerance = intent.wans, intent.options.tolerance
    buckets = solve_buckets(wans, intent.options)
    result = shares(wans, buckets, tolerance)
    by_name = {share["name"]: share for share in result["wans"]}
    carried = [["WAN", "interface", "tier", "buckets", "share", "points off"]]
    for wan in heaviest_first(wans):
        share = by_name.get(wan.name)
        columns = (
            [f"{share['buckets']}/{result['denominator']}", f"{share['share_percent']:.2f} %", f"{share['deviation_points']:.2f}"]
            if share
            else ["backup", "-", "-"]
        )
        carried.append([wan.name, wan.interface, str(wan.tier), *columns])
    rows = route_rows(wans, intent.options.check_gateway)
    if len(wans) == 1:
        return [*table(carried), "One line: nothing is balanced. It is watched and told of, and what goes where stays as it is."]
    tables = [*(mark(wan.name) for wan in heaviest_first(wans)), MAIN_TABLE]
    text = [
        *table(carried),
        *table([["table", "lines by distance"], *([table, _order(rows, table)] for table in tables)]),
    ]
    text += _at_times(intent)
    if not result["within_tolerance"]:
        off, wanted = _points(max(buckets.deviations)), _points(tolerance)
        text.append(f"The shares are up to {off} points off, wanted were {wanted}: {_remedy(intent, buckets)}.")
    return text


def _at_times(intent: Intent) -> list[str]:
    """The shares by time of day, and what they cost."""
    solved = solve_periods(intent.wans, intent.options)
    if not solved:
        return []
    cells = [["hours", "shares"]]
    for period, buckets in solved:
        carried = shares(period.wans, buckets, intent.options.tolerance)["wans"]
        said = ", ".join(f"{share['name']} {share['share_percent']:.2f} %" for share in carried)
        cells += [[str(hours), said] for hours in period.hours]
    rows = sum(buckets.rows for _period, buckets in solved) + solve_buckets(intent.wans, intent.options).rows
    return [*table(cells), f"The weights by time of day and the usual ones take {rows} rows of each classifier, at most {MOST_ROWS}."]


def table(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return a table line by line, its columns below each other."""
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _remedy(intent: Intent, buckets: Buckets) -> str:
    """What brings the shares nearer, or the tolerance to where they are."""
    best = solve_buckets(intent.wans, replace(intent.options, max_rows=MAX_ROWS))
    nearest = max(best.deviations)
    if nearest < max(buckets.deviations):
        return f"{intent.options.max_rows} rows cannot come nearer; pcc_balance_max_rows: {best.rows} comes to {_points(nearest)}"
    return "no number of rows comes nearer; write a larger pcc_balance_tolerance"


def _points(value: Fraction) -> str:
    """Three digits, wherever they begin, and no exponent."""
    return f"{Decimal(f'{float(value):.3g}'):f}"


def _order(rows: Sequence[Row], table: str) -> str:
    mine = sorted((row for row in rows if row["routing-table"] == table), key=lambda row: int(row["distance"] or 0))
    return ", ".join(f"{row['distance']} {str(row['comment']).rsplit(':', 1)[-1]}" for row in mine)
