# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of the configurations, as a page of the documentation."""

from __future__ import annotations

from collections import Counter

from .cases import Case
from .trial import COUNT, Trial

PAGE = """# Real configurations

What becomes of a router that its owner has had for years, when they write an inventory and run the playbook. Tried in the lab, with
packets, by `make exports` (`python -m tests.exports` tries some of them by name), which writes this page.

Those with a number are exports that strangers have published; they lie beside the project and not in it. Those with a name were written
for this after MikroTik's published default configurations (`tests/exports/defaults/`). Exports of RouterOS 6 and of 7.0 to 7.14 are
loaded as after an upgrade to 7.15.3. What each owner knows of their router (lines, LAN, what they type first) is in
`tests/exports/cases.py`. Where the end is a refusal, it names the rows, and `13b`, `25b` and `38b` are the same routers after their
owners have done what it says (to mark packets where connections were marked; to write `hotspot: auth`, and all clients log in).

* **before**: what commit 3489648 refused with nothing set, by kind; the owner had to edit the router.
* **alone**: what is refused now with nothing set.
* **variable**: the one variable that the owner then sets.
* **yours, changed**: how many rows of the owner's the run changes with their consent; all others stay as they are. What is not balanced
  leaves by the line that it left by before.
* **shares**: how many of {count} new connections of the LAN each line's ISP has seen; in brackets how many the weights mean.
* **each line out and back**: a line is cut behind its gateway. Its connections have to go to the others by weight, all of them
  answered; then it is mended, and the shares have to be as before. Default routes that leases bring into main are moved behind all others
  and back, which nobody has to notice.
* **second run**: rows that it changes. **removal**: whether the whole configuration is as before the first run.

| router | lines | before | alone | variable | yours, changed | shares | each line out and back | second run | removal |
|---|---|---|---|---|---|---|---|---|---|
{rows}
""".replace("{count}", str(COUNT))


def row(case: Case, trial: Trial) -> str:
    """One line of the table."""
    return f"| {' | '.join([case.name, *_cells(case, trial)])} |"


def _cells(case: Case, trial: Trial) -> list[str]:
    lines = ", ".join(_line(case, number) for number in range(len(case.lines)))
    answers = ", ".join(f"`multiwan_{name}: {_word(value)}`" for name, value in case.variable.items())
    start = [lines, case.before_now or "nothing", _kinds(trial.alone)]
    if trial.answered:
        return [*start, f"{answers}: refused, {_kinds(trial.answered)}", *["-"] * 5]
    shares = ", ".join(f"{got} ({round(wanted)})" for got, wanted in trial.shares.values())
    wrong = [f"{line}: {what}" for line, what in trial.outages.items() if what]
    return [
        *start,
        answers if trial.alone else "none",
        str(trial.taken),
        shares,
        "; ".join(wrong) or "right",
        str(len(trial.again or ())),
        trial.difference or "all as before",
    ]


def _line(case: Case, number: int) -> str:
    line = case.lines[number]
    return "dialed" if line.dialed else "DHCP" if line.leased else "static"


def _kinds(found: Counter[str]) -> str:
    return ", ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(found.items())) or "nothing"


def _word(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
