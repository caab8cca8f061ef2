# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control script guards the routing rules for what is not balanced, and tells where main leaves the lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.script import STRAY_SAYS, UNGUARDED
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import RULES

from tests.lab.network.lookup import Moment, lookup, watch
from tests.lab.router.paths import path
from tests.lab.router.store import Router
from tests.unit.apply.router import read

from .site import Site, wans

SPECIFIC, DEFAULT = 'comment="multiwan:pcc_balance:rule:specific"', 'comment="multiwan:pcc_balance:rule:default"'
HALF = {
    "disabled": f"/routing rule disable [find {SPECIFIC}]",
    "missing": f"/routing rule remove [find {SPECIFIC}]",
    "behind": f"/routing rule move [find {DEFAULT}] [find {SPECIFIC}]",
    "another min-prefix": f"/routing rule set [find {SPECIFIC}] min-prefix=8",
    "no min-prefix": f"/routing rule unset [find {SPECIFIC}] value-name=min-prefix",
    "another table": f"/routing rule set [find {SPECIFIC}] table=multiwan-isp1",
    "another action": f"/routing rule set [find {SPECIFIC}] action=unreachable",
}
LAN, INTERNET = "192.168.9.70", "198.18.0.1"


@pytest.fixture
def site() -> Iterator[Site]:
    """Its LAN has a network of its own, and the owner's default route goes by isp2."""
    with Site(wans(2), profile="calm") as site:
        site.load("/ip address add address=192.168.9.1/24 interface=ether9")
        site.load("/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.2%ether2 comment=own")
        site.clock.advance(11)
        assert site.log() == []
        yield site


def lan(router: Router) -> str:
    return lookup(router, LAN)


def enabled(site: Site) -> list[str]:
    rows = read(site.lab, [RULES])[RULES]
    return [str(row.get("comment")).rpartition(":")[2] for row in rows if not row.get("disabled")]


def said(site: Site) -> list[str]:
    return [message.removeprefix("multiwan: ") for message in site.log()]


@pytest.mark.parametrize("typed", HALF.values(), ids=HALF)
def test_the_second_rule_never_works_alone(site: Site, typed: str) -> None:
    site.load(f"{typed}\n")
    site.clock.advance(11)
    assert "default" not in enabled(site)
    assert said(site) == [UNGUARDED]
    assert lan(site.lab.router) == "ether9" or "unreachable" in typed
    site.clock.advance(60)
    assert said(site) == [UNGUARDED]
    assert site.play() > 0
    assert enabled(site) == ["specific", "default"]
    with watch(site.lab, lan) as moments:
        site.clock.advance(30)
    assert {moment.seen for moment in moments} <= {"ether9"}
    assert site.play() == 0


def written(moments: Sequence[Moment[str]]) -> list[str]:
    return [moment.write for moment in moments if not moment.write.startswith(("state ", "add /log"))]


def test_it_looks_after_the_rules_before_the_lines(site: Site) -> None:
    site.load(f"/routing rule disable [find {SPECIFIC}]\n")
    site.kill("isp1")
    with watch(site.lab, lan) as moments:
        site.clock.advance(60)
    assert site.out() == {"isp1"}
    assert "/routing/rule" in written(moments)[0]
    assert any("/ip/route" in write for write in written(moments))


def test_rules_of_the_owner_come_first_again_by_one_command(site: Site) -> None:
    site.load("/routing rule add action=lookup src-address=192.168.9.0/24 table=main comment=later\n")
    with watch(site.lab, lan) as moments:
        site.clock.advance(11)
    assert [write.partition(" ")[0] for write in written(moments)] == ["move"]
    assert {moment.seen for moment in moments} == {"ether9"}
    assert enabled(site) == ["later", "specific", "default"]
    assert site.log() == []
    assert site.play() == 0


def test_rules_that_nobody_wants_are_not_missed(site: Site) -> None:
    site.load(f"/routing rule remove [find {SPECIFIC}]\n/routing rule remove [find {DEFAULT}]\n")
    site.clock.advance(60)
    assert site.log() == []
    site.kill("isp2")
    site.clock.advance(60)
    assert site.out() == {"isp2"}


def test_a_main_that_leaves_the_lines_is_told_once(site: Site) -> None:
    leave = "/ip route add dst-address=0.0.0.0/0 gateway=192.168.9.9 distance={} comment=stray\n"
    site.load(leave.format(5))
    site.clock.advance(30)
    assert site.log() == []
    site.load("/ip route disable [find comment=own]\n")
    site.clock.advance(60)
    assert said(site) == [f"{STRAY_SAYS}192.168.9.9"]
    site.lab.device.reboot()
    site.clock.advance(60)
    assert [line for line in said(site) if STRAY_SAYS in line] == []
    site.load("/ip route enable [find comment=own]\n")
    site.clock.advance(11)
    assert strays(site) == []
    site.load("/ip route disable [find comment=own]\n")
    site.clock.advance(11)
    assert [line for line in said(site) if STRAY_SAYS in line] == [f"{STRAY_SAYS}192.168.9.9"]
    assert site.play() == 0


def test_a_blackhole_in_main_is_named(site: Site) -> None:
    site.load("/ip route disable [find comment=own]\n/ip route add dst-address=0.0.0.0/0 blackhole distance=9\n")
    site.clock.advance(11)
    assert said(site) == [f"{STRAY_SAYS}blackhole"]


def strays(site: Site) -> list[str]:
    rows = site.lab.router.table(path("ip firewall address-list"))
    return [str(row.values["comment"]) for row in rows if row.values["list"] == "multiwan-stray"]
