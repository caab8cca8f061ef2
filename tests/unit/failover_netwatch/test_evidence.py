# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What speaks for a line and against it: what it costs, how fast it is, and what it makes of lines that are neither good nor dead."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.evidence import budget, megabytes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import PROFILES, read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.netwatch import State

from tests.lab.router.paths import path
from tests.lab.router.traits import Traits

from .site import Probes, Site, wans

BACKUP = [*wans(2), {**wans(3)[2], "tier": 2}]


# --- what it costs


@pytest.mark.parametrize(
    ("options", "state", "most"),
    [
        ({"profile": "normal"}, State(), 300),
        ({"profile": "fast"}, State(), 900),
        ({"profile": "calm"}, State(), 150),
        ({"tier": 2}, State(carries=False), 50),
        ({"metered": True}, State(), 50),
        ({"metered": True, "max_loss": 5, "profile": "fast"}, State(), 50),
    ],
)
def test_a_month_costs_at_most(options: dict[str, object], state: State, most: float) -> None:
    intent = read_intent({"wans": [{**wans(1)[0], **options}, wans(2)[1]]})
    assert 20 < megabytes(intent, intent.wans[0], state) <= most


def test_the_plan_says_what_each_line_costs() -> None:
    lines = [{**wans(1)[0], "max_loss": 20}, {**wans(2)[1], "metered": True}, {**wans(3)[2], "tier": 2}]
    assert budget(read_intent({"wans": lines})) == [
        "Traffic of the probes, both ways:",
        "  isp1: 576 MB a month",
        "  isp2: 48 MB a month",
        "  isp3: 40 MB a month while it stands by, 297 MB a month while it carries traffic",
    ]


def test_what_is_counted_is_what_is_sent() -> None:
    """The packets of a quarter of an hour, asked by the lab's netwatch."""
    with Site(wans(2)) as site:
        site.clock.advance(60)
        site.probes.asked.clear()
        site.probes.checked.clear()
        site.clock.advance(900)
        mine = site.targets("isp1")
        pings, checks = sum(site.probes.asked[host] for host in mine), sum(site.probes.checked[host, 853] for host in mine)
        intent = read_intent(site.failover)
        assert (pings * 108 + checks * 328) * 2880 / 1e6 == pytest.approx(megabytes(intent, intent.wans[0]), rel=0.02)


# --- how fast it is


@pytest.mark.parametrize(("profile", "longest"), [("fast", 1.3), ("normal", 2.5)])
def test_new_connections_go_elsewhere_soon_by_model(profile: str, longest: float) -> None:
    """A line dies at any moment: until the next packet, its timeout, and the pings of two addresses; the script takes 50 ms."""
    known, chance = PROFILES[profile], random.Random(1)
    wait, timeout = (float(text.removesuffix("ms")) / 1000 for text in (known.wait, known.timeout))
    times = sorted(chance.random() * known.gap / 1000 + timeout + 2 * wait + 0.05 for _ in range(2000))
    assert times[int(0.95 * len(times))] <= longest


def suspects(site: Site) -> set[str]:
    """The lines that new connections do not use, though nothing is decided."""
    rows = site.lab.router.table(path("ip firewall address-list"))
    return {row.values["list"].removeprefix("multiwan-suspect:") for row in rows if row.values["list"].startswith("multiwan-suspect:")}


@pytest.mark.parametrize(
    ("options", "longest"),
    [({"profile": "fast"}, 1.3), ({}, 2.5), ({"profile": "calm"}, 10), ({"metered": True, "patience": 20}, 10)],
    ids=str,
)
def test_new_connections_go_elsewhere_soon(options: dict[str, object], longest: float) -> None:
    """At twelve moments of the probes' turns, in manual time: the latest is no later than the 95th percentile may be."""
    with Site([{**wans(1)[0], **options}, wans(2)[1]]) as site:
        site.clock.advance(30)
        for _turn in range(12):
            site.clock.advance(31.37)
            site.kill("isp1")
            site.clock.advance(longest)
            assert suspects(site) == {"isp1"}
            site.revive("isp1")
            site.clock.advance(25)
            assert (suspects(site), site.out()) == (set(), set())
            for name in ("suspicions", "deaths", "hold"):
                site.load(f'/ip firewall address-list remove [find list="multiwan-{name}:isp1"]')


def test_a_line_is_back_soon_after_a_first_outage() -> None:
    with Site(wans(2)) as site:
        for wait in (61.3, 47.7):
            site.kill("isp1")
            site.clock.advance(wait)
            assert site.out() == {"isp1"}
            site.revive("isp1")
            site.clock.advance(35)
            assert site.out() == set()
            site.clock.advance(4000)


@pytest.mark.parametrize("exact", [True, False])
def test_a_ping_may_wait_a_second_whatever_it_is_told(exact: bool) -> None:
    with Site(wans(2), Traits(ping_waits_interval=exact)) as site:
        site.kill("isp1")
        site.clock.advance(20)
        assert site.out() == {"isp1"}
        assert site.log() == ["multiwan: isp1 is out of use: no answer from 1.1.1.1, 8.8.8.8"]


# --- lines that are neither good nor dead


def note_of(site: Site) -> list[str]:
    return [line for line in site.log() if "write other" in line]


def test_two_dead_addresses_are_not_the_line() -> None:
    with Site(wans(2)) as site:
        site.kill("isp1", 2)
        site.clock.advance(600)
        assert (site.out(), suspects(site)) == (set(), set())
        said = "1.1.1.1, 8.8.8.8 do not answer, while other checks of this line succeed, so it stays in use: write other probes for it"
        assert site.log() == [f"multiwan: isp1: {said}"]
        site.kill("isp1")
        site.clock.advance(20)
        assert site.out() == {"isp1"}
        site.revive("isp1")
        site.kill("isp1", 2)
        site.clock.advance(120)
        assert site.out() == set()


@pytest.mark.parametrize("options", [{"quorum": 2}, {"checks": []}], ids=str)
def test_two_dead_addresses_are_the_line_where_nothing_else_speaks_for_it_or_the_user_says_so(options: dict[str, object]) -> None:
    with Site([{**wans(1)[0], **options}, wans(2)[1]]) as site:
        site.kill("isp1", 2)
        site.clock.advance(30)
        assert site.out() == {"isp1"}


def garden(site: Site, line: str, port: int) -> None:
    """From now on only pings pass, or all but this port."""
    site.probes.refused |= {(host, port) for host in site.targets(line)}


@pytest.mark.parametrize(("kind", "port", "word"), [("tcp", 853, "TCP port 853"), ("dns", 53, "DNS"), ("https", 443, "HTTPS")])
def test_a_line_on_which_only_pings_pass_is_left(kind: str, port: int, word: str) -> None:
    with Site([{**wans(1)[0], "checks": ["tcp", kind]}, wans(2)[1]]) as site:
        site.clock.advance(100)
        garden(site, "isp1", port)
        site.clock.advance(60)
        assert site.out() == {"isp1"}
        reason = f"{word} gets no answer from 1.1.1.1,8.8.8.8,9.9.9.9, though pings do"
        assert site.log() == [f"multiwan: isp1 is out of use: {reason}"]
        site.clock.advance(300)
        site.lab.devices[0].reboot()
        site.clock.advance(300)
        assert site.out() == {"isp1"}
        site.probes.refused.clear()
        site.clock.advance(100)
        assert site.out() == set()


def test_one_address_that_serves_a_check_is_enough() -> None:
    with Site(wans(2)) as site:
        site.clock.advance(100)
        site.probes.refused |= {(host, 853) for host in site.targets("isp1")[:2]}
        site.clock.advance(300)
        assert (site.out(), site.log()) == (set(), [])


def test_a_check_that_has_never_succeeded_does_not_count_and_is_told_once() -> None:
    with Site(wans(2)) as site:
        site.load('/system script add name=multiwan-telegram source=":log info idle"')
        garden(site, "isp1", 853)
        site.load('/tool netwatch set [find comment~"tcp:isp1"] interval=47s')
        site.load('/ip firewall address-list remove [find list="multiwan-known:tcp"]')
        site.clock.advance(300)
        site.lab.devices[0].reboot()
        site.clock.advance(300)
        said = "isp1: TCP port 853 has never been answered on this line, so it does not count: write other checks or probes for it"
        assert site.out() == set()
        assert [event for event in site.events() if "never" in event] == [f"note 0 note - {said}"]


# --- loss and latency


class Lossy(Probes):
    """Each packet is lost by chance, as often as `chance` says of its address, but for what is dead."""

    chance: dict[str, float]
    dice: random.Random

    def loses(self, host: str) -> bool:
        return super().loses(host) or self.dice.random() < self.chance.get(host, 0)


@contextmanager
def lossy(loss: float, seed: int, **options: object) -> Iterator[Site]:
    """A site whose first line loses so much of what is sent."""
    site = Site([{**wans(1)[0], **options}, wans(2)[1]])
    site.probes.__class__ = Lossy
    site.probes.dice = random.Random(seed)
    site.probes.chance = dict.fromkeys(site.targets("isp1"), loss)
    with site:
        yield site


def changes(site: Site) -> list[str]:
    return [line for line in site.log() if "isp1 is " in line]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limit", [10, 20])
def test_loss_at_the_limit_is_at_most_two_changes(limit: int, seed: int) -> None:
    with lossy(limit / 100, seed, max_loss=limit) as site:
        site.clock.advance(1200)
        assert len(changes(site)) <= 2


@pytest.mark.parametrize("seed", range(3))
def test_loss_above_the_limit_is_out_and_stays_out(seed: int) -> None:
    with lossy(0.3, seed, max_loss=20) as site:
        site.clock.advance(420)
        assert site.out() == {"isp1"}
        site.clock.advance(1200)
        assert (site.out(), len(changes(site))) == ({"isp1"}, 1)
        site.probes.chance.clear()
        site.clock.advance(400)
        assert site.out() == set()


@pytest.mark.parametrize("options", [{"max_loss": 20}, {}], ids=str)
def test_loss_below_the_limit_or_without_one_is_nothing(options: dict[str, object]) -> None:
    with lossy(0.1, 1, **options) as site:
        site.clock.advance(1800)
        assert changes(site) == []


def test_a_line_that_is_too_slow_is_left_and_back_once_it_is_clearly_faster() -> None:
    with Site([{**wans(1)[0], "max_latency": 100}, wans(2)[1]]) as site:
        site.probes.slow = dict.fromkeys(site.targets("isp1"), 0.12)
        site.clock.advance(300)
        assert site.out() == {"isp1"}
        site.probes.slow = dict.fromkeys(site.targets("isp1"), 0.09)
        site.clock.advance(600)
        assert site.out() == {"isp1"}
        site.probes.slow = dict.fromkeys(site.targets("isp1"), 0.07)
        site.clock.advance(400)
        assert site.out() == set()


# --- backups


def enabled(site: Site, kind: str, line: str) -> bool:
    (words,) = {row["disabled"] for row in site.netwatch(kind, line)}
    return words == "false"


def test_the_probes_of_a_backup_are_quick_while_it_carries() -> None:
    with Site(BACKUP) as site:
        site.clock.advance(60)
        assert [enabled(site, kind, "isp3") for kind in ("probe", "thin", "tcp")] == [False, True, False]
        site.kill("isp1")
        site.kill("isp2")
        site.clock.advance(30)
        assert site.out() == {"isp1", "isp2"}
        assert [enabled(site, kind, "isp3") for kind in ("probe", "thin", "tcp")] == [True, False, True]
        assert site.play() == 0
        site.revive("isp1")
        site.clock.advance(60)
        assert [enabled(site, kind, "isp3") for kind in ("probe", "thin", "tcp")] == [False, True, False]
        assert site.play() == 0


def test_a_backup_that_dies_while_it_stands_by_is_found() -> None:
    with Site(BACKUP) as site:
        site.clock.advance(60)
        site.kill("isp3")
        site.clock.advance(10)
        assert suspects(site) | site.out() == {"isp3"}
        site.clock.advance(30)
        assert site.out() == {"isp3"}
        site.revive("isp3")
        site.clock.advance(60)
        assert site.out() == set()


def test_checks_of_other_addresses_have_to_succeed_anew() -> None:
    """What is known of addresses that are asked no more stands for no others."""
    with Site(wans(2)) as site:
        site.clock.advance(70)
        site.lines = [{**wans(2)[0], "probes": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]}, wans(2)[1]]
        site.play()
        site.clock.advance(70)
        rows = site.lab.router.table(path("ip firewall address-list"))
        assert {"192.0.2.1", "192.0.2.2", "192.0.2.3"} <= {
            row.values["address"] for row in rows if row.values["list"] == "multiwan-known:tcp"
        }
