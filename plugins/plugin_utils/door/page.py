# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A drill as a page for people, on one file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from ..lines import Wan

STYLE = Path(__file__).with_name("page.css")
"""Of all pages of the project, those of the lab too."""

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>multiwan.routeros: {{ line }} lost for an exercise on {{ host }}</title><style>{{ style|safe }}</style></head><body>
<h1>{{ line }}, lost for an exercise</h1>
<p class="result {{ 'bad' if failed else 'good' }}">{{ result }}</p>
<p>On {{ host }}, {{ about }}. The control script looks by itself every few seconds; a real outage it hears of at once.</p>
<h2>What happened</h2>
<div class="wide"><table>
{% for what, when in times %}<tr><td>{{ when }}</td><td>{{ what }}</td></tr>
{% endfor %}<tr><td>{{ live }}</td><td>live connections of {{ line }} were removed</td></tr></table></div>
<h2>The lines</h2>
<div class="wide"><table><tr><th>line</th><th>interface</th><th>tier</th><th>new connections meanwhile</th></tr>{% for wan in wans %}
<tr><td>{{ wan.name }}</td><td>{{ wan.interface }}</td><td>{{ wan.tier }}</td><td>{{ connections.get(wan.name, 0) }}</td></tr>{% endfor %}
</table></div>
<h2>On the screen</h2><pre class="screen">{{ screen|join("\n") }}</pre>
<h2>In the router's log</h2><pre>{{ log|join("\n") or "nothing of ours" }}</pre>
</body></html>
"""


@dataclass(frozen=True)
class Drilled:
    """What has become of a drill; times are in seconds, None for what did not come.

    :param elsewhere: until new connections went elsewhere.
    :param left: until the line was left.
    :param back: from the end of the drill until the line was used again.
    :param connections: new ones while the line was out, by line.
    :param live: how many it had before.
    :param problem: what did not go as it should; empty for nothing.
    """

    line: str
    seconds: int
    elsewhere: float | None
    left: float | None
    back: float | None
    connections: Mapping[str, int]
    live: int
    problem: str = ""

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        if self.problem:
            return f"Not as it should be: {self.problem}."
        return (
            f"{self.line} was lost for {self.seconds} s: new connections went elsewhere after {_time(self.elsewhere)}, it was left after "
            f"{_time(self.left)}, and used again {_time(self.back)} after the end."
        )


def of_drill(drilled: Drilled, host: str, about: str, wans: Sequence[Wan], screen: Sequence[str], log: Sequence[str]) -> str:
    """Return the page.

    :param about: what it ran on, and when.
    :param log: what the router has logged of ours meanwhile.
    """
    times = (
        ("after the cut new connections went elsewhere", _time(drilled.elsewhere)),
        ("after the cut the line was left", _time(drilled.left)),
        ("after the end it was used again", _time(drilled.back)),
    )
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.from_string(_PAGE).render(
        style=STYLE.read_text(encoding="utf-8"),
        line=drilled.line,
        host=host,
        failed=bool(drilled.problem),
        result=drilled.sentence,
        about=about,
        times=times,
        live=drilled.live,
        wans=wans,
        connections=drilled.connections,
        screen=screen,
        log=log,
    )


def _time(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.1f} s"
