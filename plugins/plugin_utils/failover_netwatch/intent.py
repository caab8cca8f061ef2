# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote for failover, read and checked. Nothing here knows a router."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..lines import Wan, read_wans
from ..reading import IntentError, Problems, kind_of, read_choice, read_whole, refuse_misread, refuse_unknown
from .targets import NONE_FREE, choose


@dataclass(frozen=True)
class Profile:
    """How often a line is asked, and how long it has to be good again.

    All times are RouterOS' own spelling, `interval` in whole seconds. `packets` leave `spacing` apart and are waited for as long as
    `timeout`; a probe is sent each `interval`. `window` is the time without trouble, in seconds, one packet each.

    A line that is silent is suspect for `patience` seconds before it is out of use; `wait` is how long a ping of the control script that
    confirms it waits for its answer.
    """

    interval: str
    packets: int
    spacing: str
    timeout: str
    window: int
    patience: int
    wait: str


PROFILES = {
    "fast": Profile("1s", 6, "50ms", "300ms", 15, patience=3, wait="250ms"),
    "normal": Profile("2s", 6, "50ms", "700ms", 30, patience=6, wait="450ms"),
    "calm": Profile("10s", 6, "200ms", "2s", 60, patience=20, wait="2s"),
}


@dataclass(frozen=True)
class Intent:
    """All that the user wrote for failover, checked; each WAN has its probes and its quorum.

    `probes` are those that the user wrote, or defaults. Which defaults, the router has a say in (`with_targets`).
    """

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

    Raises `IntentErrors` with all that is wrong.
    """
    problems = Problems()
    problems.read(None, refuse_unknown, data, sorted(OPTIONS), prefix)
    wans = problems.read((), read_wans, data.get("wans"))
    probes = choose(wans)
    problems.read(None, _refuse_missing_probes, wans, probes)
    problems.read(None, _refuse_shared_probes, wans, probes)
    intent = Intent(
        wans=wans,
        probes=probes,
        quorum=problems.read({}, _quorums, wans, probes),
        profile=problems.read("", read_choice, data.get("profile", "normal"), f"{prefix}profile", tuple(PROFILES)),
        recover_loss=problems.read(0, read_whole, data.get("recover_loss", 20), f"{prefix}recover_loss", 1, 80),
        schedule=problems.read(0, read_whole, data.get("schedule", 10), f"{prefix}schedule", 1, 3600),
        on_down=problems.read("", _hook, data.get("on_down"), f"{prefix}on_down"),
        on_up=problems.read("", _hook, data.get("on_up"), f"{prefix}on_up"),
    )
    problems.refuse()
    return intent


def _hook(value: object, place: str) -> str:
    """The name of a script; empty for none."""
    if value in (None, ""):
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise IntentError(place, f"write the name of a script, not {kind_of(value)}")
    refuse_misread(str(value), place)
    return str(value)


def _refuse_missing_probes(wans: Sequence[Wan], probes: Mapping[str, Sequence[str]]) -> None:
    problems = Problems()
    for index, wan in enumerate(wans):
        if not probes[wan.name]:
            problems.note(f"multiwan_wans[{index}].probes", NONE_FREE, "write 2 to 5 addresses behind this line, which answer pings")
    problems.refuse()


def _refuse_shared_probes(wans: Sequence[Wan], probes: Mapping[str, Sequence[str]]) -> None:
    """One address shows one line only: the router's way to it is that line's."""
    problems = Problems()
    seen: dict[str, str] = {}
    for index, wan in enumerate(wans):
        others = {str(address) for other in wans if other is not wan for address in other.gateway.addresses}
        for number, address in enumerate(probes[wan.name]):
            place = f"multiwan_wans[{index}].probes[{number}]"
            if address in seen:
                problems.note(place, f"'{address}' is already probed for '{seen[address]}'", "write another address")
            elif address in others:
                problems.note(place, f"'{address}' is the gateway of another WAN", "write an address behind this line")
            else:
                seen[address] = wan.name
    problems.refuse()


def _quorums(wans: Sequence[Wan], probes: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many probes of each WAN have to answer: half of them, rounded up, if the user says nothing else."""
    problems = Problems()
    quorums = {}
    for index, wan in enumerate(wans):
        count = len(probes[wan.name])
        quorums[wan.name] = (count + 1) // 2 if wan.quorum is None else wan.quorum
        if quorums[wan.name] > count:
            problems.note(f"multiwan_wans[{index}].quorum", f"{wan.quorum} of {count} probes cannot answer", f"write 1 to {count}")
    problems.refuse()
    return quorums


def has_limits(wan: Wan) -> bool:
    """Whether loss or latency can put the line out of use."""
    return wan.max_loss is not None or wan.max_latency is not None
