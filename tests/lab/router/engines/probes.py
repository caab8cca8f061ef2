# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Probes of netwatch: what is asked, and whether the answer is good enough [MAN:Netwatch] D."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..menus import NETWATCH_ICMP_DEFAULTS, netwatch_defaults
from ..services import Ping, Prober
from ..times import parse_duration

Properties = Mapping[str, str]

DEFAULTS: Properties = {
    "packet-interval": "50ms",
    "packet-count": "10",
    "packet-size": "50",
    "ttl": NETWATCH_ICMP_DEFAULTS["ttl"],
    "thr-max": "1s",
    "thr-avg": "100ms",
    "thr-stdev": "250ms",
    "thr-jitter": "1s",
    "thr-loss-percent": "85%",
    "thr-tcp-conn-time": "1s",
    "http-codes": "100-299",
    "thr-http-time": "10s",
}
"""What a property that is not set means."""

COUNT_IS_REACHED = "count-is-reached"
"""Among the properties where a test fails as soon as ``thr-loss-count`` is reached: a trait."""

PORTS: Properties = {"tcp-conn": "80", "http-get": "80", "https-get": "443"}


@dataclass(frozen=True)
class Outcome:
    """What a probe found.

    :param good: whether the host counts as up.
    :param times: measured times by the name of their property, in microseconds.
    :param counts: everything else that was measured.
    """

    good: bool
    times: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


def setting(properties: Properties, name: str) -> str:
    """A property, or what it means when it is not set."""
    if name == "port":
        return properties.get(name) or PORTS[properties["type"]]
    return properties.get(name) or {**DEFAULTS, **netwatch_defaults(properties["type"])}.get(name, "")


def seconds(properties: Properties, name: str) -> float:
    """A time among the properties."""
    return (parse_duration(setting(properties, name)) or 0) / 1000


def train(properties: Properties) -> float:
    """Seconds that a test needs at most: ``timeout`` belongs to the last packet [MAN:Netwatch] D."""
    packets = int(setting(properties, "packet-count")) if properties["type"] == "icmp" else 1
    return (packets - 1) * seconds(properties, "packet-interval") + seconds(properties, "timeout")


def probe(prober: Prober, properties: Properties, host: str) -> Outcome | None:
    """Asks a host; an error of the network is a bad outcome.

    :param host: the address behind ``host``.
    :returns: None for types that are not played.
    """
    kind = PROBES.get(properties["type"])
    if kind is None:
        return None
    try:
        return kind(prober, properties, host)
    except OSError:
        return Outcome(False)


def _simple(prober: Prober, properties: Properties, host: str) -> Outcome:
    """One packet [MAN] D."""
    request = Ping(host, timeout=seconds(properties, "timeout"), src_address=properties.get("src-address"))
    return Outcome(any(time is not None for time in prober.ping(request)))


def _icmp(prober: Prober, properties: Properties, host: str) -> Outcome:
    request = Ping(
        host,
        count=int(setting(properties, "packet-count")),
        interval=seconds(properties, "packet-interval"),
        timeout=seconds(properties, "timeout"),
        size=int(setting(properties, "packet-size")),
        src_address=properties.get("src-address"),
        ttl=int(setting(properties, "ttl")),
    )
    answers = prober.ping(request)
    times = [time for time in answers if time is not None]
    lost = len(answers) - len(times)
    counts = {
        "sent-count": len(answers),
        "response-count": len(times),
        "loss-count": lost,
        "loss-percent": round(100 * lost / len(answers)) if answers else 100,
    }
    measured = _round_trips(times)
    limits = {name: seconds(properties, f"thr-{name.removeprefix('rtt-')}") for name in measured if name != "rtt-min"}
    fast = all(measured[name] <= round(limit * 1e6) for name, limit in limits.items())
    return Outcome(bool(times) and fast and _few_lost(properties, counts), measured, counts)


def _round_trips(times: list[float]) -> dict[str, int]:
    """Statistics in microseconds. Jitter is the difference of the longest and the shortest I."""
    if not times:
        return {}
    values = {
        "rtt-avg": statistics.fmean(times),
        "rtt-min": min(times),
        "rtt-max": max(times),
        "rtt-jitter": max(times) - min(times),
        "rtt-stdev": statistics.pstdev(times),
    }
    return {name: round(value * 1e6) for name, value in values.items()}


def _few_lost(properties: Properties, counts: Mapping[str, int]) -> bool:
    percent = float(setting(properties, "thr-loss-percent").removesuffix("%"))
    count, reached = properties.get("thr-loss-count"), properties.get(COUNT_IS_REACHED) is not None
    return counts["loss-percent"] <= percent and (count is None or counts["loss-count"] + reached <= int(count))


def _tcp(prober: Prober, properties: Properties, host: str) -> Outcome:
    port, timeout = int(setting(properties, "port")), seconds(properties, "timeout")
    time = prober.connect(host, port, timeout, properties.get("src-address"))
    good = time <= seconds(properties, "thr-tcp-conn-time")
    return Outcome(good, {"tcp-connect-time": round(time * 1e6)})


def _http(prober: Prober, properties: Properties, host: str) -> Outcome:
    answer = prober.http_get(
        host,
        int(setting(properties, "port")),
        seconds(properties, "timeout"),
        properties.get("src-address"),
        tls=properties["type"] == "https-get",
        verify=properties.get("check-certificate") == "yes",
    )
    good = answer.seconds <= seconds(properties, "thr-http-time") and _expected(properties, answer.status)
    times = {"http-resp-time": round(answer.seconds * 1e6)}
    return Outcome(good, times, {"http-status-code": answer.status})


def _dns(prober: Prober, properties: Properties, host: str) -> Outcome | None:
    """Good is an answer with an address; the resolver is the router's own one where none is named, which is not played."""
    server = properties.get("dns-server")
    if not server:
        return None
    prober.resolve(host, server, seconds(properties, "timeout"), properties.get("src-address"))
    return Outcome(True)


def _expected(properties: Properties, status: int) -> bool:
    """Whether a status is in ``http-codes``: ``100-299``, ``200,204``."""
    for part in setting(properties, "http-codes").split(","):
        first, _, last = part.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False


PROBES: Mapping[str, Callable[[Prober, Properties, str], Outcome | None]] = {
    "simple": _simple,
    "icmp": _icmp,
    "tcp-conn": _tcp,
    "http-get": _http,
    "https-get": _http,
    "dns": _dns,
}
"""Probes by type."""
