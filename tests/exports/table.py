# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of the configurations, as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from .cases import Case
from .trial import COUNT, Trial

PAGE = """# Real configurations

What becomes of a router that its owner has had for years, when they write an inventory and run the playbook. Tried in the lab, with
packets, by `make exports` (`python -m tests.exports` tries some of them by name), which writes this page.

Those with a number are exports that strangers have published; they lie beside the project and not in it. Those with a name were written
for this after MikroTik's manual and its published default configurations (`tests/exports/defaults/`). Exports of RouterOS 6 and of 7.0 to
7.14 are loaded as after an upgrade to 7.15.3. What each owner knows of their router (lines, LAN) is in `tests/exports/cases.py`.

Every line by DHCP is written as `gateway: dhcp`. Nobody types anything on the router, with these exceptions: excerpts lack addresses and
lists (13); and the owners of 13b, 25b and 25c have done what a refusal says, to mark packets where connections were marked. Where a line is
new (the second ones of 25, 31, 38 and shipped), the run adds its DHCP client and, with the owner's consent, takes its port out of the
bridge.

25 has a Hotspot that is disabled; in 25c it is enabled, and a LAN. 38 is refused because its LAN has a Hotspot; 38b has the owner's word
(`hotspot: auth`). Their clients are logged in; those that are not see the login page, and nothing of theirs leaves. In isp, customers dial
in by PPPoE, and the list that their profiles put them into is the LAN; in ispb one profile names no list until the run lets it do so, and
they call again. In school, the LAN is `all`, and people of three VLANs are counted. The two modems of modems are both 192.168.1.1.

* **before**: what commit 3489648 refused with nothing set, by kind; the owner had to edit the router. -: not tried then.
* **alone**: what is refused now with nothing set.
* **rehearsal**: whether `serve --load` with the owner's inventory says the same as a run against the router between its lines, with nothing
  set and with the variable: told of the leases, each sentence, with the rows that it names; with leases that were made up, each kind and
  place.
* **variable**: the one variable that the owner then sets.
* **yours, changed**: how many rows of the owner's the run changes with their consent; all others stay as they are. What is not balanced
  leaves by the line that it left by before.
* **shares**: how many of {count} new connections of the LAN each line's ISP has seen; in brackets how many the weights mean.
* **each line out and back**: a line is cut behind its gateway. Its connections have to go to the others by weight, all of them
  answered; then it is mended, and the shares have to be as before. Default routes that leases bring into main are moved behind all others
  and back, which nobody has to notice.
* **lease moves**: each line by DHCP gets its lease with another gateway, and then with the old one again. Without a run its routes have to
  follow, all lines have to be in use again, and shares and answers have to be right. -: no line by DHCP.
* **second run**: rows that one changes at the end, + those that one changes once all lines are in use after the first run, if there are
  any. **removal**: whether the whole configuration is as before the first run.

{head}
{rows}
"""
COLUMNS = (
    "router",
    "lines",
    "before",
    "alone",
    "rehearsal",
    "variable",
    "yours, changed",
    "shares",
    "each line out and back",
    "lease moves",
    "second run",
    "removal",
)


def page(rows: Iterable[str]) -> str:
    """The page with these lines of the table."""
    head = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"
    return PAGE.format(count=COUNT, head=head, rows="\n".join(rows))


def row(case: Case, trial: Trial) -> str:
    """One line of the table."""
    return f"| {' | '.join([case.name, *_cells(case, trial)])} |"


def _cells(case: Case, trial: Trial) -> list[str]:
    lines = ", ".join(_line(case, number) for number in range(len(case.lines)))
    answers = ", ".join(f"`multiwan_{name}: {_word(value)}`" for name, value in case.variable.items())
    start = [lines, case.before_now or "-", _kinds(trial.alone), trial.rehearsal or "the same"]
    if trial.answered:
        return [*start, f"{answers}: refused, {_kinds(trial.answered)}", *["-"] * 6]
    shares = ", ".join(f"{got} ({round(wanted)})" for got, wanted in trial.shares.values())
    again = str(len(trial.again or ()))
    return [
        *start,
        answers if trial.alone or trial.taken else "none",
        str(trial.taken),
        shares,
        _wrong(trial.outages),
        _wrong(trial.moves) if trial.moves else "-",
        f"{again} + {len(trial.learnt)}" if trial.learnt else again,
        trial.difference or "all as before",
    ]


def _wrong(found: Mapping[str, str]) -> str:
    return "; ".join(f"{line}: {what}" for line, what in found.items() if what) or "right"


def _line(case: Case, number: int) -> str:
    line = case.lines[number]
    return "dialed" if line.dialed else "DHCP" if line.leased else "static"


def _kinds(found: Counter[str]) -> str:
    return ", ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(found.items())) or "nothing"


def _word(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
