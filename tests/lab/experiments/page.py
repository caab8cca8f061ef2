# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demo as one page with pictures; it needs no network to be read."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pygal
from jinja2 import Environment
from pygal.style import Style

from .story import Mood, Story

# pygal leaves a finder of modules behind that Python 3.12 does not know any more, and over which pytest stumbles
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

MBIT = 1_000_000
BENCH = Path(__file__).resolve().parents[3] / "docs" / "bench.md"

LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""The colours of lines, which most people can tell apart (Okabe and Ito)."""
DASHES = ("", "8, 4", "2, 4", "12, 4, 2, 4")
"""How lines are drawn, for whoever sees no colours."""
SUM = "#777777"
SHADE = "#d6272838"
MOODS: dict[Mood, str] = {"": "#888888", "bad": "#d62728", "good": "#2ca02c"}
"""The colours of what happened."""
WIDTH = 900

STYLE = (Path(__file__).resolve().parents[3] / "plugins" / "plugin_utils" / "door" / "page.css").read_text(encoding="utf-8")
"""Of all pages: for wide and narrow screens, in the light and in the dark."""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>multiwan.routeros: from a router as shipped to two balanced lines</title>
<style>{{ style }}</style></head><body>
<h1>From a router as shipped to two balanced lines</h1>
<p class="result">{{ result|e }}</p>
<p>Real packets through the kernel, the way the router's rows say. This is a lab, not RouterOS; {{ about|e }}.</p>
<h2>The lines add up</h2><div class="wide">{{ sum }}</div>
<h2>A line pauses, dies and returns, a lease moves</h2><div class="wide">{{ timeline }}</div>
<p>Shaded: isp1 is cut.</p>
<table>{% for event in events %}
<tr class="{{ event.mood }}"><td>{{ "%.1f"|format(event.when) }} s</td><td>{{ event.what|e }}</td></tr>{% endfor %}</table>
{% if recipe %}<h2>Beside MikroTik's recipe</h2>
<p>Seconds until a new connection of a client of the dead line opens by the other one, median / p95, as <code>make bench</code> has measured
({{ measured|e }}).</p>
<div class="wide"><table><tr><th>line cut at</th><th>watched by</th><th>seconds</th></tr>{% for cells in recipe %}
<tr>{% for cell in cells %}<td>{{ cell|e }}</td>{% endfor %}</tr>{% endfor %}</table></div>{% endif %}
<h2>What people read in Telegram</h2>{% for message in messages %}<p class="message">{{ message|e }}</p>{% endfor %}
<h2>In the router's log</h2><pre>{{ log|join("\n")|e }}</pre>
<h2>What its owner wrote</h2><pre>{{ inventory|e }}</pre>
<h2>What its owner typed, and what was on the screen</h2>
{% for command, screen in typed %}<pre class="screen"><b>$ {{ command|e }}</b>
{{ screen|e }}</pre>{% endfor %}
</body></html>
"""


@dataclass(frozen=True)
class Owner:
    """What somebody did before people could download.

    :param inventory: what is in the file.
    :param typed: commands, each with what was on the screen.
    """

    inventory: str
    typed: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Result:
    """What came out of it.

    :param sentence: all of it in one.
    :param about: what it ran on: versions, and when.
    :param sums: bits per second by what carried them, in the order of the bars.
    :param outages: when a line was cut, and when it was mended, in seconds of the story.
    """

    sentence: str
    about: str
    sums: Mapping[str, float]
    outages: Sequence[tuple[float, float]]


def render(owner: Owner, story: Story, result: Result, messages: Sequence[str], log: Sequence[str]) -> str:
    """The page.

    :param messages: what arrived at Telegram, line by line.
    :param log: lines of the router's log.
    """
    page = Environment(autoescape=False).from_string(PAGE)
    measured, recipe = beside(BENCH.read_text(encoding="utf-8") if BENCH.exists() else "")
    return page.render(
        style=STYLE,
        result=result.sentence,
        about=result.about,
        inventory=owner.inventory,
        typed=owner.typed,
        sum=_bars(result.sums),
        timeline=_timeline(story, result.outages),
        events=story.events,
        messages=messages,
        log=log,
        recipe=recipe,
        measured=measured,
    )


def beside(bench: str) -> tuple[str, list[tuple[str, str, str]]]:
    """When failover was measured, and of its table where the line was cut, who watched, and the seconds to the other line.

    :param bench: the text of docs/bench.md.
    """
    part = bench.partition("\n## Failover\n")[2].partition("\n## ")[0]
    measured = re.search(r"Measured ([0-9-]+)", part)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    cut = [(row[0], row[1].replace("`", ""), row[2]) for row in rows if row[0] in ("upstream", "gateway", "cable")]
    return (measured[1] if measured else ""), cut


def _options(height: int, colours: Sequence[str]) -> dict[str, object]:
    ink = dict.fromkeys(("foreground", "foreground_strong", "foreground_subtle"), "#808080")
    sizes = dict.fromkeys(("label_font_size", "major_label_font_size", "legend_font_size", "title_font_size", "value_font_size"), 15)
    ink |= dict.fromkeys(("guide_stroke_color", "major_guide_stroke_color"), "#80808060")
    style = Style(background="transparent", plot_background="transparent", colors=tuple(colours), value_colors=("#ffffff",), **ink, **sizes)
    return {"style": style, "js": (), "height": height, "width": WIDTH, "y_title": "Mbit/s", "truncate_label": -1}


def _bars(sums: Mapping[str, float]) -> str:
    most = max(sums.values()) / MBIT
    chart = pygal.Bar(print_values=True, show_legend=False, range=(0, 1.1 * most), **_options(350, LINES))
    chart.x_labels = list(sums)
    chart.formatter = lambda value: f"{value:.2f}"
    chart.y_labels = _steps(1.1 * most)
    chart.add("", [speed / MBIT for speed in sums.values()])
    return str(chart.render(is_unicode=True, disable_xml_declaration=True))


def _timeline(story: Story, outages: Sequence[tuple[float, float]]) -> str:
    together = [sum(speeds) for speeds in zip(*story.speeds.values(), strict=True)]
    top = 1.05 * max(together) / MBIT
    names = list(story.speeds)
    inks = [LINES[number % len(LINES)] for number in range(len(names))]
    colours = (*(SHADE for _ in outages), SUM, *inks, *(MOODS[event.mood] for event in story.events))
    chart = pygal.XY(
        show_dots=False,
        x_title="seconds",
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        range=(0, top),
        xrange=(0, story.times[-1]),
        **_options(480, colours),
    )
    chart.y_labels = _steps(top)
    for begin, end in outages:
        corners = [(begin, 0), (begin, top), (end, top), (end, 0)]
        chart.add(None, corners, fill=True, stroke_style={"width": 0})
    chart.add("together", _line(story.times, together), stroke_style={"width": 1})
    for number, name in enumerate(names):
        # eight lines have four colours, and those of one colour are drawn otherwise
        dash = DASHES[(number + number // len(LINES)) % len(DASHES)]
        chart.add(name, _line(story.times, story.speeds[name]), stroke_style={"width": 3, "dasharray": dash} if dash else {"width": 3})
    for event in story.events:
        chart.add(None, [(event.when, 0), (event.when, top)], stroke_style={"dasharray": "1, 5"})
    return str(chart.render(is_unicode=True, disable_xml_declaration=True))


def _line(times: Sequence[float], speeds: Sequence[float]) -> list[tuple[float, float]]:
    return [(when, speed / MBIT) for when, speed in zip(times, speeds, strict=True)]


def _steps(top: float) -> list[int]:
    """Whole numbers for an axis, not many."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if top / step <= 8 or step == 1000)
    return list(range(0, int(top) + 1, step))
