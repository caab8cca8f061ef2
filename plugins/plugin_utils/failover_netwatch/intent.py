# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the user wrote for failover, read and checked. Nothing here knows a router."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..lines import CHECKS, TCP, Wan, read_wans
from ..reading import IntentError, Problems, kind_of, read_choice, read_whole, refuse_misread, refuse_unknown
from .targets import NONE_FREE, choose


@dataclass(frozen=True)
class Profile:
    """How often a line is asked, and how long it has to be good again.

    :param gap: milliseconds between two packets, whichever of the line's addresses they go to; the addresses take turns.
    :param timeout: how long an answer may take, as RouterOS spells it.
    :param wait: the same for the pings by which the control script confirms that nothing answers.
    :param patience: for how many seconds a line that is silent is suspect, before it is out of use.
    :param window: so many seconds a line must not be lost before it is used again.
    :param packets: so many packets, one each second, to each address, show how good a line is that is to be used again.
    :param check: seconds between two checks of the other kinds at one address.
    """

    gap: int
    timeout: str
    wait: str
    patience: int
    window: int
    packets: int
    check: int


PROFILES = {
    "fast": Profile(gap=333, timeout="300ms", wait="250ms", patience=3, window=12, packets=14, check=48),
    "normal": Profile(gap=1150, timeout="450ms", wait="400ms", patience=6, window=25, packets=28, check=48),
    "calm": Profile(gap=3000, timeout="2s", wait="2s", patience=20, window=54, packets=58, check=60),
}
STANDBY_GAP, STANDBY_CHECK = 7000, 300
"""Milliseconds and seconds, see `Profile`: of a line that carries nothing, and of one whose traffic costs money."""


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

    def profile_of(self, wan: Wan) -> Profile:
        """Return how a WAN is asked: by its own profile, if it has one, and with its own patience."""
        profile = PROFILES[wan.profile or self.profile]
        return profile if wan.patience is None else replace(profile, patience=wan.patience)

    def stands_by(self, wan: Wan) -> bool:
        """Return whether a WAN is a backup: one that carries nothing while a line of a lower tier does."""
        return wan.tier > min(other.tier for other in self.wans)


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
    """Whether loss or latency can put the line out of use. To watch them takes traffic all the time, which a metered line has not."""
    return not wan.metered and (wan.max_loss is not None or wan.max_latency is not None)


def checks_of(wan: Wan) -> tuple[str, ...]:
    """Return what a WAN has to show besides pings, in the order of `CHECKS`; the default is `tcp`."""
    return tuple(check for check in CHECKS if check in (wan.checks if wan.checks is not None else (TCP,)))
