# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demo as one page with pictures; it needs no network to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pygal
from jinja2 import Environment
from pygal.style import Style

from .story import Story

MBIT = 1_000_000

STYLE = Style(
    background="transparent",
    plot_background="transparent",
    colors=("#1f77b4", "#ff7f0e", "#888888", "#d62728", "#d62728", "#2ca02c", "#2ca02c", "#888888"),
)
"""The lines first, then what happened: grey, red while a line is dead, green when it is well."""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>multiwan.routeros: two lines on a lab router</title>
<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}
td,th{padding:.2rem 1rem .2rem 0;text-align:left;vertical-align:top}svg{width:100%;height:auto}
.message{background:#e3f2fd;border-radius:.6rem;padding:.4rem .8rem;margin:.4rem 0;width:fit-content}</style></head><body>
<h1>Two lines on a lab router</h1>
<p>Real packets through the kernel, the way the router's rows say. This is a lab, not RouterOS.</p>
<h2>The lines add up</h2>{{ sum }}
<h2>A line dies and returns</h2>{{ timeline }}
<table>{% for when, event in events %}<tr><td>{{ "%.1f"|format(when) }} s</td><td>{{ event }}</td></tr>{% endfor %}</table>
<h2>What people read in Telegram</h2>{% for message in messages %}<p class="message">{{ message|e }}</p>{% endfor %}
<h2>In the router's log</h2><pre>{{ log|join("\n")|e }}</pre>
</body></html>
"""


def render(story: Story, sums: Mapping[str, float], messages: Sequence[str], log: Sequence[str]) -> str:
    """The page.

    :param sums: bits per second by what carried them, in the order of the bars.
    :param messages: what arrived at Telegram, line by line.
    :param log: lines of the router's log.
    """
    page = Environment(autoescape=False).from_string(PAGE)
    return page.render(sum=_bars(sums), timeline=_timeline(story), events=story.events, messages=messages, log=log)


def _options(height: int) -> dict[str, object]:
    return {"style": STYLE, "js": (), "height": height, "width": 900, "y_title": "Mbit/s"}


def _bars(sums: Mapping[str, float]) -> str:
    chart = pygal.Bar(print_values=True, show_legend=False, range=(0, None), **_options(350))
    chart.x_labels = list(sums)
    chart.formatter = lambda value: f"{value:.2f}"
    chart.add("", [speed / MBIT for speed in sums.values()])
    return str(chart.render(is_unicode=True, disable_xml_declaration=True))


def _timeline(story: Story) -> str:
    chart = pygal.XY(
        show_dots=False,
        fill=False,
        x_title="seconds",
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        truncate_legend=-1,
        **_options(500),
    )
    for line, speeds in story.speeds.items():
        chart.add(line, [(when, speed / MBIT) for when, speed in zip(story.times, speeds, strict=True)])
    top = max(max(speeds) for speeds in story.speeds.values()) / MBIT
    for when, event in story.events:
        chart.add(event, [(when, 0), (when, top)], stroke_style={"dasharray": "4, 4"})
    return str(chart.render(is_unicode=True, disable_xml_declaration=True))
