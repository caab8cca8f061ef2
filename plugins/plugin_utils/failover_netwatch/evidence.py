# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the control script has to know of a line to judge it, and what the evidence costs.

How it judges stands in roles/failover_netwatch/templates/failover_evidence.rsc.j2.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..lines import DNS, HTTPS, TCP, Wan
from ..routeros.names import FAILOVER, PREFIX, comment
from ..routeros.rows import Row
from ..routeros.spelling import Value, exact, literal, mapping, seconds
from .intent import Intent, checks_of, has_limits
from .netwatch import CARRIES, CLEAN, LIMIT, PORTS, PROBE, SIZE, THIN, State, kind_of, netwatch_rows

MONTH = 30 * 86_400
"""Seconds of a month on a bill."""

BYTES = {TCP: 328, DNS: 140, HTTPS: 6000}
"""Of one check with all headers from IP on, both ways: a connection that is opened and closed (six packets with options); a question and
its answer; a handshake with a chain of certificates and a short page."""

WORDS = {TCP: f"TCP port {PORTS[TCP][1]}", DNS: "DNS", HTTPS: "HTTPS"}
"""What people read of a check."""

DARK, FRESH, DOUBT, SECOND, POOR, DEAF, STILL, TOLD, KNOWN = (
    f"{PREFIX}-{word}" for word in ("dark", "fresh", "doubt", "second", "poor", "deaf", "still", "told", "known")
)
"""Lists; all but the last two have entries with a timeout, which are not written to flash and are gone after a reboot."""


DRILL = f"{PREFIX}-drill:"
"""Before the name of a line: the list whose entry says that the line is to be lost for an exercise. It has a timeout: whoever has begun one
and is gone leaves nothing behind."""


def script_variables() -> dict[str, object]:
    """Return what failover_evidence.rsc.j2 takes, as RouterOS writes it."""
    return {
        "check_words": mapping(WORDS),
        "ping_size": SIZE,
        "evidence": literal(comment(FAILOVER, "evidence")),
        "entry": literal(comment(FAILOVER, "")),
        "known": literal(comment(FAILOVER, "known", "")),
        "told": literal(comment(FAILOVER, "told", "")),
        "poor_time": "5m",
        "second_time": "1m50s",
        "doubt_time": "10m",
        "dark_time": "10m",
        "fresh_time": "5m",
        "deaf_time": "5m",
        "still_time": "1m",
        **{
            f"{word.removeprefix(f'{PREFIX}-')}_list": literal(f"{word}:")
            for word in (DARK, FRESH, DOUBT, SECOND, POOR, DEAF, STILL, TOLD, KNOWN)
        },
        "drill_list": literal(DRILL),
        "drill_text": DRILL,
        "drill": literal("a drill"),
        "unproven": literal(" has never been answered on this line, so it does not count: write other checks or probes for it"),
        "deaf": literal(" do not answer, while other checks of this line succeed, so it stays in use: write other probes for it"),
    }


def keys(intent: Intent, wan: Wan) -> dict[str, Value]:
    """Return what the script has to know of a WAN.

    `probe`, `quick`, `thin`, `clean`, `limit`, `again` and those by the name of a check are regular expressions of comments of netwatch,
    empty where there are no such entries; NAME`-known` are those of entries that say that a check has succeeded here. `addresses` and
    `checks` are lists with commas. `strict` says that the user chose the quorum.
    """
    kinds = checks_of(wan)
    addresses = intent.probes[wan.name]
    quorum = intent.quorum[wan.name]
    asked = (PROBE, THIN) if intent.stands_by(wan) and not wan.metered else (PROBE,)
    return {
        "name": wan.name,
        "checks": ",".join(kinds),
        "addresses": ",".join(addresses),
        "probes": len(addresses),
        "enough": enough(intent, wan),
        "quorum": quorum,
        "strict": wan.quorum is not None,
        "probe": _entries(asked, wan),
        "quick": _entries((PROBE,), wan),
        "thin": _entries((THIN,), wan) if THIN in asked else "",
        "clean": _entries((CLEAN,), wan),
        "limit": _entries((LIMIT,), wan) if has_limits(wan) else "",
        "checked": _entries(kinds, wan) if kinds else "",
        "again": _entries((CLEAN, *kinds), wan),
        **{kind: _entries((kind,), wan) for kind in kinds},
        **{f"{kind}-known": f"^{_known(intent, wan, kind)}$" for kind in kinds},
    }


def known_checks(intent: Intent) -> str:
    """Return a regular expression of the comments of all entries that say that a check has succeeded, of those that are made now."""
    return f"^({'|'.join(_known(intent, wan, kind) for wan in intent.wans for kind in checks_of(wan)) or '-'})$"


def _known(intent: Intent, wan: Wan, kind: str) -> str:
    hosts = "|".join(map(exact, intent.probes[wan.name]))
    return f"{exact(comment(FAILOVER, 'known', kind, wan.name, ''))}({hosts})"


def enough(intent: Intent, wan: Wan) -> int:
    """Return how many silent addresses are too many."""
    return len(intent.probes[wan.name]) - intent.quorum[wan.name] + 1


def _entries(kinds: Sequence[str], wan: Wan) -> str:
    """A regular expression of the comments of a WAN's entries of these kinds."""
    words = kinds[0] if len(kinds) == 1 else f"({'|'.join(kinds)})"
    return f"^{exact(comment(FAILOVER, ''))}{words}:{exact(wan.name)}:"


def megabytes(intent: Intent, wan: Wan, state: State = CARRIES) -> float:
    """Return what a WAN's entries of netwatch cost in a month, both ways, in MB, in a state in which nothing is lost."""
    rows = (row for row in netwatch_rows(intent, wan, state) if not row["disabled"])
    return sum(MONTH / seconds(row["interval"]) * _bytes(row) for row in rows) / 1e6


def _bytes(row: Row) -> int:
    """Of one test."""
    kind = kind_of(row)
    return BYTES[kind] if kind in BYTES else 2 * int(row["packet-count"] or 0) * int(row["packet-size"] or 0)


def budget(intent: Intent) -> list[str]:
    """Return what the evidence costs, line by line, for people."""
    return ["Traffic of the probes, both ways:", *(f"  {wan.name}: {_cost(intent, wan)}" for wan in intent.wans)]


def _cost(intent: Intent, wan: Wan) -> str:
    uses = f"{megabytes(intent, wan):.0f} MB a month"
    if intent.stands_by(wan) and not wan.metered:
        idle = f"{megabytes(intent, wan, State(carries=False)):.0f} MB a month while it stands by"
        return f"{idle}, {uses} while it carries traffic"
    return uses
