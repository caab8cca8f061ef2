# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of netwatch: what is asked over each line, how often, and when that is too little.

Netwatch holds two kinds of entries per address. A *probe* asks often and fails when next to nothing comes back: it decides that a line
is dead. A *clean* entry watches a long window and fails on moderate loss: it decides that a line is good again. It runs only while its
line is out of use, or always where the user sets a limit to loss or latency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..lines import Wan
from ..routeros.names import FAILOVER, PREFIX, comment
from ..routeros.rows import Row
from ..routeros.spelling import milliseconds, span
from .intent import PROFILES, Intent, Profile, has_limits

SCRIPT = f"{PREFIX}-failover"
"""The control script, which netwatch runs at each change."""

#: Fields of netwatch that nobody gives, and that some releases may show and others not.
HIDDEN = ("ttl", "accept-icmp-time-exceeded")
LOSS = "thr-loss-percent"


def netwatch_rows(intent: Intent, wan: Wan, down: bool) -> Iterator[Row]:
    """Yield the entries of one WAN, a probe and a clean entry per address; `down` says that it is out of use, so that clean ones run.

    Every threshold is given: left alone, netwatch calls a line above 100 ms dead and is blind for five minutes after boot (manual).
    """
    profile = PROFILES[intent.profile]
    patient = span(profile.window)
    latency = "10s" if wan.max_latency is None else milliseconds(wan.max_latency)
    addresses = intent.probes[wan.name]
    for number, address in enumerate(addresses):
        common: Row = {
            "host": address,
            "type": "icmp",
            "start-delay": _start_delay(profile, number, len(addresses)),
            "startup-delay": "5s",
            "packet-size": 64,
            "up-script": SCRIPT,
            "down-script": SCRIPT,
        }
        yield {
            **common,
            "interval": profile.interval,
            "timeout": profile.timeout,
            "packet-count": profile.packets,
            "packet-interval": profile.spacing,
            **_thresholds("10s", 85),
            "disabled": False,
            "comment": comment(FAILOVER, "probe", wan.name, address),
        }
        yield {
            **common,
            "interval": patient,
            "timeout": "900ms" if intent.profile != "calm" else profile.timeout,
            "packet-count": profile.window - 2,
            "packet-interval": "1s",
            **_thresholds(latency, intent.recover_loss if wan.max_loss is None else wan.max_loss),
            "disabled": not (down or has_limits(wan)),
            "comment": comment(FAILOVER, "clean", wan.name, address),
        }


def _start_delay(profile: Profile, number: int, count: int) -> str:
    """The entries of a WAN take turns, evenly over an interval: wherever in it a line dies, the quorum's last probe is not far."""
    interval = int(profile.interval.removesuffix("s"))
    return milliseconds(1000 + 1000 * interval * number // count)


def _thresholds(average: str, loss: int) -> Row:
    """Only the average round trip and the loss decide; what takes longer than `timeout` is lost anyway."""
    return {
        "thr-avg": average,
        "thr-max": "10s",
        "thr-stdev": "10s",
        "thr-jitter": "10s",
        LOSS: f"{loss}%",
    }


def as_shown(rows: Sequence[Row], there: Sequence[Row]) -> Iterator[Row]:
    """Yield rows of netwatch in the form in which the router shows them: an entry that is written begins anew.

    api_modify knows defaults of the fields that are hidden, and writes them in each run where a row does not show them. Prints of real
    routers do not. So where they are hidden, they are asked to be absent, which they are already. `there`, the entries on the router,
    have None for what is hidden (`reads.Read.hidden`); a release that does not know a field has no such key. A percentage reads `20%` in
    exports, but clients of the API read those of statistics as `20`.
    """
    by_comment = {row.get("comment"): row for row in there}
    for row in rows:
        known = by_comment.get(row["comment"], {})
        hidden: Row = {field: None for field in HIDDEN if field in known and known[field] is None}
        same = str(known.get(LOSS)).removesuffix("%") == str(row[LOSS]).removesuffix("%")
        yield row | hidden | ({LOSS: known[LOSS]} if same else {})
