# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The router loses its power: in the middle of the control script, in each state of a line, at any moment of an outage."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from tests.lab.router.errors import failure
from tests.lab.router.paths import path
from tests.lab.router.rows import Row

from .site import Site, wans

OUT_AFTER = 25
"""Seconds within which a line that is dead is out of use again after a boot: probes begin 5 s after it."""

EACH = int(os.environ.get("MULTIWAN_EACH", "6"))
"""Of the writes, and of fifty reboots, each so manieth is tried; with 1 all of them, in half an hour."""

BACK_AFTER = 150
"""Seconds within which a good line is in use after a boot; a line that has died twice in an hour has to be good for two windows."""


class Power:
    """Cuts the power at a write of the router's own scripts: nothing is written any more, and nobody knows.

    :param number: at which write, from 1.
    """

    def __init__(self, site: Site, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        self.left, self.gone = number, False
        for kind in ("add", "set", "remove"):
            write = getattr(site.lab.router, kind)
            monkeypatch.setattr(site.lab.router, kind, self._cut(write))

    def _cut(self, write: Callable[..., Row | None]) -> Callable[..., Row | None]:
        def cut(menu: tuple[str, ...], *words: Sequence[Row] | Mapping[str, str] | str | None) -> Row | None:
            if not threading.current_thread().name.startswith("lab-script-"):
                return write(menu, *words)
            if self.left == 0:
                self.gone = True
                raise failure("no power")
            self.left -= 1
            return write(menu, *words)

        return cut


def with_reader(site: Site) -> None:
    """Somebody who would tell people."""
    site.load('/system script add name=multiwan-telegram source=":log info idle"')


def reboot(site: Site) -> None:
    """What ran is gone; what was written stays."""
    device = site.lab.devices[0]
    for job in device.engines.scripts.running():
        job.cancel()
    device.reboot()


def wait(site: Site, out: set[str], seconds: float) -> None:
    """Until so many lines are out of use, at most so long; and then for what the next run of the script does."""
    end = site.clock.now() + seconds
    while site.demoted() != out and site.clock.now() < end:
        site.clock.advance(2)
    site.clock.advance(11)


def left(site: Site) -> set[str]:
    """Lines whose new connections go elsewhere."""
    rows = [row for row in site.mangle() if ":leave:" in str(row["comment"])]
    return {str(row["comment"]).rsplit(":", 1)[1] for row in rows if not row.get("disabled")}


def told(site: Site) -> list[str]:
    """What happened to which line, in order."""
    return [" ".join(event.split()[2:4]) for event in site.events()]


def cuts(lines: int, dead: Sequence[str], returns: bool) -> Iterator[int]:
    """Each write of the script from when lines die, or return, until all is as it should be; the power goes at each of them in turn."""
    for number in range(1, 200, EACH):
        with pytest.MonkeyPatch.context() as patch, Site(wans(lines), profile="fast") as site:
            with_reader(site)
            if returns:
                for line in dead:
                    site.kill(line)
                site.clock.advance(20)
            power = Power(site, patch, number - 1)
            for line in dead:
                (site.revive if returns else site.kill)(line)
            for _quarter in range(4 * (40 if returns else 12)):
                site.clock.advance(0.25)
                if power.gone:
                    break
            patch.undo()
            if not power.gone:
                return
            reboot(site)
            wanted = set() if returns else set(dead)
            wait(site, wanted, BACK_AFTER if returns else OUT_AFTER)
            expected = [f"down {line}" for line in dead] + [f"up {line}" for line in dead if returns]
            where = f"cut at write {number}"
            assert (site.out(), left(site), site.locks()) == (wanted, wanted, []), where
            assert sorted(told(site)) == sorted(expected), where
            assert site.play() == 0, where
            yield number
    raise AssertionError("it never ends")


@pytest.mark.parametrize(
    ("dead", "returns", "least"),
    [(("isp1",), False, 8), (("isp1",), True, 8), (("isp1", "isp2"), False, 12)],
    ids=["dies", "returns", "two die"],
)
def test_a_cut_at_any_write_is_healed_after_the_boot_and_told_once(dead: tuple[str, ...], returns: bool, least: int) -> None:
    assert EACH * len(list(cuts(3, dead, returns))) >= least


def suspect(site: Site) -> None:
    site.kill("isp1")
    site.clock.advance(3.5)


def out(site: Site) -> None:
    site.kill("isp1")
    site.clock.advance(20)


def held(site: Site) -> None:
    for _turn in range(4):
        site.kill("isp1")
        site.clock.advance(3.9)
        site.revive("isp1")
        site.clock.advance(20.1)
    assert told(site) == ["held isp1"]


def by_hand(site: Site) -> None:
    site.load('/ip route disable [find comment="multiwan:pcc_balance:route:isp1:isp1"]')
    site.clock.advance(12)


def all_out(site: Site) -> None:
    for line in ("isp1", "isp2"):
        site.kill(line)
    site.clock.advance(30)


@pytest.mark.parametrize("into", [suspect, out, held, by_hand, all_out])
def test_a_reboot_in_each_state_changes_nothing_and_tells_nothing_twice(into: Callable[[Site], None]) -> None:
    """What was remembered for a time only is forgotten: a line that was held needs one clean window."""
    with Site(wans(2), profile="fast") as site:
        with_reader(site)
        into(site)
        before = (site.demoted(), told(site))
        reboot(site)
        assert (site.demoted(), told(site)) == before
        site.clock.advance(4)
        assert (site.demoted(), told(site)) == before
        site.clock.advance(OUT_AFTER)
        dead = {line for line in ("isp1", "isp2") if set(site.targets(line)) <= site.probes.dead}
        assert site.demoted() >= dead
        assert len(told(site)) == len(set(told(site)))
        site.load('/ip route enable [find comment="multiwan:pcc_balance:route:isp1:isp1"]')
        for line in ("isp1", "isp2"):
            site.revive(line)
        wait(site, set(), BACK_AFTER)
        assert (site.out(), left(site), site.locks()) == (set(), set(), [])
        assert len(told(site)) == len(set(told(site)))
        assert site.play() == 0


def test_fifty_reboots_at_any_moment_of_outages() -> None:
    """Lines die and return at random; right after each boot, a line that was out is out, and each event is told once."""
    draw = random.Random(17)
    with Site(wans(3), profile="fast") as site:
        with_reader(site)
        listed = path("ip firewall address-list")
        for number in range(0, 50, EACH):
            line = draw.choice(("isp1", "isp2", "isp3"))
            site.kill(line)
            site.clock.advance(draw.uniform(0, 25))
            before = site.demoted()
            reboot(site)
            assert site.demoted() == before, number
            wait(site, {line}, OUT_AFTER)
            assert site.out() == {line}, number
            assert told(site) == [f"down {line}"], number
            site.revive(line)
            site.clock.advance(draw.uniform(0, 40))
            reboot(site)
            wait(site, set(), BACK_AFTER)
            assert (site.out(), left(site), site.locks()) == (set(), set(), []), number
            assert told(site) == [f"down {line}", f"up {line}"], number
            events = [row for row in site.lab.router.table(listed) if row.values["list"] == "multiwan-events"]
            site.lab.router.remove(listed, events)
        assert site.play() == 0
