# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote for failover, read and checked. Nothing here knows a router."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..lines import Wan, read_wans
from ..reading import IntentError, read_choice, read_number, refuse_unknown

#: Public resolvers: three per line, of three operators, none twice. None was asked while this was built, and none has promised to answer.
DEFAULT_PROBES = (
    ("1.1.1.1", "8.8.8.8", "9.9.9.9"),
    ("1.0.0.1", "8.8.4.4", "149.112.112.112"),
    ("208.67.222.222", "4.2.2.1", "94.140.14.14"),
    ("208.67.220.220", "4.2.2.2", "94.140.15.15"),
    ("64.6.64.6", "185.228.168.9", "76.76.2.0"),
    ("64.6.65.6", "185.228.169.9", "76.76.10.0"),
    ("77.88.8.8", "74.82.42.42", "8.26.56.26"),
    ("77.88.8.1", "156.154.70.1", "8.20.247.20"),
)


@dataclass(frozen=True)
class Profile:
    """How often a line is asked, and how long it has to be good again.

    All times are RouterOS' own spelling, `interval` in whole seconds. `packets` leave `spacing` apart and are waited for as long as
    `timeout`; a probe is sent each `interval`. `window` is the time without trouble, in seconds, one packet each.
    """

    interval: str
    packets: int
    spacing: str
    timeout: str
    window: int


PROFILES = {
    "fast": Profile("1s", 6, "50ms", "300ms", 15),
    "normal": Profile("2s", 6, "50ms", "700ms", 30),
    "calm": Profile("10s", 6, "200ms", "2s", 60),
}


@dataclass(frozen=True)
class Intent:
    """All that the user wrote for failover, checked; each WAN has its probes and its quorum."""

    wans: tuple[Wan, ...]
    probes: Mapping[str, tuple[str, ...]]
    quorum: Mapping[str, int]
    profile: str = "normal"
    recover_loss: int = 20
    schedule: int = 10
    on_down: str = ""
    on_up: str = ""


OPTIONS = {"wans", "profile", "recover_loss", "schedule", "on_down", "on_up"}


def read_intent(data: Mapping[str, object], prefix: str = "failover_netwatch_") -> Intent:
    """Return the user's data, checked: `wans` and the options of the role by their short names.

    Raises `IntentError` for the first thing that is wrong.
    """
    refuse_unknown(data, sorted(OPTIONS), prefix)
    wans = read_wans(data.get("wans"))
    probes = {wan.name: _probes(wan, index) for index, wan in enumerate(wans)}
    _refuse_shared_probes(wans, probes)
    return Intent(
        wans=wans,
        probes=probes,
        quorum={wan.name: _quorum(wan, len(probes[wan.name]), index) for index, wan in enumerate(wans)},
        profile=read_choice(data.get("profile", "normal"), f"{prefix}profile", tuple(PROFILES)),
        recover_loss=int(read_number(data.get("recover_loss", 20), f"{prefix}recover_loss", 1, 80, whole=True)),
        schedule=int(read_number(data.get("schedule", 10), f"{prefix}schedule", 1, 3600, whole=True)),
        on_down=str(data.get("on_down") or ""),
        on_up=str(data.get("on_up") or ""),
    )


def _probes(wan: Wan, index: int) -> tuple[str, ...]:
    return tuple(map(str, wan.probes)) or DEFAULT_PROBES[index]


def _refuse_shared_probes(wans: Sequence[Wan], probes: Mapping[str, Sequence[str]]) -> None:
    """One address shows one line only: the router's way to it is that line's."""
    seen: dict[str, str] = {}
    for index, wan in enumerate(wans):
        for number, address in enumerate(probes[wan.name]):
            place = f"multiwan_wans[{index}].probes[{number}]"
            if address in seen:
                raise IntentError(place, f"'{address}' is already probed for '{seen[address]}'; write another address")
            if any(address == str(other.gateway) for other in wans if other is not wan):
                raise IntentError(place, f"'{address}' is the gateway of another WAN; write an address behind this line")
            seen[address] = wan.name


def _quorum(wan: Wan, count: int, index: int) -> int:
    if wan.quorum is None:
        return (count + 1) // 2
    if wan.quorum > count:
        raise IntentError(f"multiwan_wans[{index}].quorum", f"{wan.quorum} of {count} probes cannot answer; write 1 to {count}")
    return wan.quorum


def has_limits(wan: Wan) -> bool:
    """Whether loss or latency can put the line out of use."""
    return wan.max_loss is not None or wan.max_latency is not None
