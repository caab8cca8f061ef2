# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of the demo: the result comes first, nothing of others' texts becomes markup, and the recipe stands beside it as measured."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.lab.experiments.page import BENCH, Owner, Result, beside, render
from tests.lab.experiments.story import Event

TIMES = [float(second) for second in range(1, 60)]


def story(**speeds: float) -> Any:
    made = {line: [speed if not 20 < when < 40 or line != "isp1" else 0.0 for when in TIMES] for line, speed in speeds.items()}
    return SimpleNamespace(times=TIMES, speeds=made, events=[Event(20, "isp1 dies", "bad"), Event(41, "isp1 is <back>", "good")])


def page(**speeds: float) -> str:
    result = Result("Two lines & one page.", "version 1", {"isp1": 1e7, "both": 2e7}, [(20, 40)])
    return render(Owner("a: <b>", [("ls", "x < y")]), story(**speeds), result, ["<i>hello</i>"], ["12:00 <log>"])


def test_the_result_comes_first() -> None:
    body = page(isp1=1e7, isp2=1e7).partition("</h1>")[2]
    assert body.lstrip().startswith('<p class="result">Two lines &amp; one page.</p>')


def test_texts_are_no_markup() -> None:
    html = page(isp1=1e7, isp2=1e7)
    for text in ("a: &lt;b&gt;", "x &lt; y", "&lt;i&gt;hello&lt;/i&gt;", "12:00 &lt;log&gt;", "isp1 is &lt;back&gt;"):
        assert text in html


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_lines_can_be_told_apart_without_colours_and_their_sum_is_one(count: int) -> None:
    html = page(**{f"isp{number}": 1e7 for number in range(1, count + 1)})
    timeline = html.partition("a lease moves</h2>")[2].partition("Shaded")[0]
    wanted = ["together", *(f"isp{number}" for number in range(1, count + 1))]
    assert [title for title in re.findall(r">(\w+)</text>", timeline) if title in wanted] == wanted
    dashes = re.findall(r"\.serie-([0-9]+)\{stroke-width:3(?:;\s*stroke-dasharray:([0-9, ]+))?", timeline)
    colours = dict(re.findall(r"\.color-([0-9]+),[^{]*\{stroke:(#\w+)", timeline))
    assert len({(dash, colours[serie]) for serie, dash in dashes}) == len(dashes) == count


def test_the_recipe_stands_beside_it_as_measured() -> None:
    measured, rows = beside(BENCH.read_text(encoding="utf-8"))
    assert re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", measured)
    assert {cells[0] for cells in rows} == {"upstream", "gateway", "cable"}
    assert any(cells[1].startswith("recipe") for cells in rows)
    assert beside("") == ("", [])
