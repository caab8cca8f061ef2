# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demo as one page with pictures; it needs no network to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pygal
from jinja2 import Environment
from pygal.style import Style

from .story import Mood, Story

MBIT = 1_000_000

LINES = ("#1f77b4", "#ff7f0e")
"""The colours of lines."""
MOODS: dict[Mood, str] = {"": "#888888", "bad": "#d62728", "good": "#2ca02c"}
"""The colours of what happened."""

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>multiwan.routeros: from a router as shipped to two balanced lines</title>
<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}
td,th{padding:.2rem 1rem .2rem 0;text-align:left;vertical-align:top}svg{width:100%;height:auto}
pre{background:#f5f5f5;padding:.6rem .8rem;white-space:pre-wrap;font-size:.85rem}.bad{color:#d62728}.good{color:#2ca02c}
.message{background:#e3f2fd;border-radius:.6rem;padding:.4rem .8rem;margin:.4rem 0;width:fit-content}</style></head><body>
<h1>From a router as shipped to two balanced lines</h1>
<p>Real packets through the kernel, the way the router's rows say. This is a lab, not RouterOS.</p>
<h2>What its owner wrote</h2><pre>{{ inventory|e }}</pre>
<h2>The lines add up</h2>{{ sum }}
<h2>A line pauses, dies and returns, a lease moves</h2>{{ timeline }}
<table>{% for event in events %}
<tr class="{{ event.mood }}"><td>{{ "%.1f"|format(event.when) }} s</td><td>{{ event.what|e }}</td></tr>{% endfor %}</table>
<h2>What people read in Telegram</h2>{% for message in messages %}<p class="message">{{ message|e }}</p>{% endfor %}
<h2>In the router's log</h2><pre>{{ log|join("\n")|e }}</pre>
<h2>What its owner typed, and what was on the screen</h2>
{% for command, screen in typed %}<pre><b>$ {{ command|e }}</b>
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


def render(owner: Owner, story: Story, sums: Mapping[str, float], messages: Sequence[str], log: Sequence[str]) -> str:
    """The page.

    :param sums: bits per second by what carried them, in the order of the bars.
    :param messages: what arrived at Telegram, line by line.
    :param log: lines of the router's log.
    """
    page = Environment(autoescape=False).from_string(PAGE)
    return page.render(
        inventory=owner.inventory,
        typed=owner.typed,
        sum=_bars(sums),
        timeline=_timeline(story),
        events=story.events,
        messages=messages,
        log=log,
    )


def _options(height: int, colours: Sequence[str] = LINES) -> dict[str, object]:
    style = Style(background="transparent", plot_background="transparent", colors=tuple(colours))
    return {"style": style, "js": (), "height": height, "width": 900, "y_title": "Mbit/s"}


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
        **_options(420, (*LINES, *(MOODS[event.mood] for event in story.events))),
    )
    for line, speeds in story.speeds.items():
        chart.add(line, [(when, speed / MBIT) for when, speed in zip(story.times, speeds, strict=True)])
    top = max(max(speeds) for speeds in story.speeds.values()) / MBIT
    for event in story.events:
        chart.add(None, [(event.when, 0), (event.when, top)], stroke_style={"dasharray": "4, 4"})
    return str(chart.render(is_unicode=True, disable_xml_declaration=True))
