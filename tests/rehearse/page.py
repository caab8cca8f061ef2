# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A rehearsal as one page for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from jinja2 import Environment

from tests.lab.experiments.page import STYLE

from .trial import COUNT, Trial, seconds

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>multiwan.routeros: rehearsal of {{ host|e }}</title><style>{{ style }}</style></head><body>
<h1>Rehearsal: {{ host|e }}</h1>
<p class="result {{ 'bad' if problems else 'good' }}">{{ result|e }}</p>
<p>Real packets through the kernel, the way the rows say, on a copy of the router made of its export. This is a lab, not RouterOS;
{{ about|e }}.</p>
{% if problems %}<h2>What is wrong</h2><ul>{% for problem in problems %}<li>{{ problem|e }}</li>{% endfor %}</ul>{% endif %}
{% if lines %}<h2>What carries what</h2>
<div class="wide"><table><tr><th>line</th><th>wanted</th><th>of {{ total }} connections</th></tr>{% for line in lines %}
<tr><td>{{ line.name|e }}</td><td>{{ line.wanted }}</td><td>{{ line.got }}</td></tr>{% endfor %}</table></div>{% endif %}
{% if outages %}<h2>When a line dies</h2>
<p>Each was cut behind its gateway, where its port does not notice, and repaired.</p>
<div class="wide"><table><tr><th>line</th><th>new connections elsewhere after</th><th>left after</th><th>new connections meanwhile</th>
<th>used again after the repair</th></tr>{% for outage in outages %}
<tr><td>{{ outage.line|e }}</td><td>{{ seconds(outage.elsewhere) }}</td><td>{{ seconds(outage.out) }}</td>
<td>{{ counted(outage.connections)|e }}</td>
<td>{{ seconds(outage.back) }}</td></tr>{% endfor %}</table></div>{% endif %}
{% if trial.drained %}<h2>When somebody drains a line</h2>
<p>{{ trial.drained.line|e }} was to take no new connections for an hour, and then some again.</p>
<div class="wide"><table><tr><th></th><th>new connections</th></tr>{% for when, counts in
[("while it was drained", trial.drained.connections), ("afterwards", trial.drained.after)] %}
<tr><td>{{ when }}</td><td>{{ counted(counts)|e }}</td></tr>
{% endfor %}</table></div>{% endif %}
<h2>What was typed, and what was on the screen</h2>
{% for played in trial.played %}<pre class="screen"><b>$ {{ played.typed|e }}</b>
{% for line in played.screen %}{{ line|e }}
{% endfor %}{% if played.code and not played.screen %}{{ played.output|e }}{% endif %}</pre>{% endfor %}
{% if trial.log %}<h2>In the router's log</h2><pre>{{ trial.log|join("\\n")|e }}</pre>{% endif %}
{% if trial.skipped or trial.left_out or silent %}<h2>What the lab could not play</h2>
<ul>{% for text in silent %}<li>{{ text|e }}</li>{% endfor %}
{% for text in trial.skipped %}<li>in the export: {{ text|e }}</li>{% endfor %}
{% for text in trial.left_out %}<li>a row of the firewall, left out of the network: {{ text|e }}</li>{% endfor %}</ul>{% endif %}
<h2>The inventory</h2><pre>{{ inventory|e }}</pre>
</body></html>
"""


def sentence(trial: Trial, host: str) -> str:
    """The result in one sentence."""
    if trial.refused:
        count = sum(len(played.screen) > 1 for played in trial.played)
        return (
            f"A run would be refused on {host}, and nothing written: what stands in its way is below."
            if count
            else f"{host} was not played."
        )
    if trial.problems:
        return f"A run would go through on {host}, but not all is well: {trial.problems[0]}."
    outages = [outage for outage in trial.outages if outage.elsewhere is not None and outage.back is not None]
    if not outages:
        return f"A run goes through on {host}, a second one changes nothing, and the removal gives all of it back."
    away = f" No new connection went by {trial.drained.line} while it was drained." if trial.drained and trial.drained.connections else ""
    slowest, last = max(outage.elsewhere or 0 for outage in outages), max(outage.back or 0 for outage in outages)
    return (
        f"A run goes through on {host}. With each line cut, new connections went elsewhere within {slowest:.1f} s, and it was used again "
        f"within {last:.0f} s of its repair; a second run changes nothing, and the removal gives all of it back.{away}"
    )


def page(trial: Trial, host: str, weights: Sequence[tuple[str, Fraction]], about: str, inventory: str, silent: Sequence[str] = ()) -> str:
    """The page.

    :param weights: of the lines of the lowest tier, by name; of others 0.
    :param about: versions and the day.
    :param silent: what could not be played, in sentences.
    """
    total = sum(weight for _name, weight in weights)
    lines = [
        {"name": name, "wanted": f"{float(100 * weight / total):.1f} %", "got": trial.connections[name]}
        for name, weight in weights
        if name in trial.connections
    ]
    return (
        Environment(autoescape=False)
        .from_string(PAGE)
        .render(
            style=STYLE,
            host=host,
            result=sentence(trial, host),
            problems=trial.problems,
            about=about,
            lines=lines,
            total=COUNT,
            outages=trial.outages,
            seconds=seconds,
            counted=_counted,
            trial=trial,
            silent=silent,
            inventory=inventory,
        )
    )


def _counted(connections: Mapping[str, int]) -> str:
    """New connections by line; nobody can count where nobody could be plugged into the LAN."""
    return ", ".join(f"{name} {count}" for name, count in connections.items()) or "not counted"
