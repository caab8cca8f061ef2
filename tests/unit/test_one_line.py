# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One line: it is watched and told of, and nothing else of the router changes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.filter.pcc_buckets import pcc_buckets
from ansible_collections.multiwan.routeros.plugins.filter.pcc_mark_table import pcc_mark_table
from ansible_collections.multiwan.routeros.plugins.filter.route_distances import route_distances
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.report import summary
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import ALERTS, BALANCE, FAILOVER

from tests.lab.router.lab import Lab

from .apply.router import read
from .door.runs import look, run
from .failover_netwatch.site import Site, wans
from .failover_netwatch.test_leases import FIRST, LINES, SECOND, Leased

LINE = {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "20M"}
OTHER = {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": "10M"}
BOT = {"token": "123456:no-bot-has-this-token-of-thirty-five", "chats": [-1001], "interfaces": "all", "heartbeat": "1d"}
CONFIGURATION = r"""
/interface list add name=WAN
/interface list member add list=WAN interface=ether1
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=192.168.88.1/24 interface=ether3
/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1
/ip route add dst-address=0.0.0.0/0 gateway=192.168.88.254 distance=5 comment="the neighbour's"
/ip dns set servers=192.0.2.53
/certificate settings set builtin-trust-anchors=trusted
/ip firewall filter
add chain=forward action=fasttrack-connection connection-state=established,related
add chain=forward action=accept connection-state=established,related
add chain=input action=drop in-interface-list=WAN
/ip firewall mangle add chain=forward action=mark-connection new-connection-mark=qos protocol=udp
/ip firewall nat add chain=srcnat action=masquerade out-interface-list=WAN
/ip firewall nat add chain=dstnat action=redirect protocol=udp dst-port=53 in-interface=ether3
/ip hotspot add name=guests interface=ether3 disabled=no
"""
"""Much of what several lines would refuse."""


def options(*lines: dict[str, Any], **others: object) -> dict[str, dict[str, Any]]:
    return {BALANCE: {"wans": list(lines), "lan_interfaces": ["ether3"], **others}, FAILOVER: {"wans": list(lines)}, ALERTS: BOT}


def loaded() -> Lab:
    lab = Lab("7.20.8", interfaces=4)
    assert [str(line) for line in lab.load(CONFIGURATION).skipped] == []
    return lab


def ours(lab: Lab) -> dict[str, list[str]]:
    """The comments of role pcc_balance by path."""
    found = read(lab, ("interface list", "interface list member", "routing table", "ip route", "routing rule", "ip firewall mangle"))
    found |= read(lab, ("ip firewall nat", "ip firewall address-list", "ip firewall filter"))
    begin = f"multiwan:{BALANCE}:"
    comments = {path: [str(row.get("comment")) for row in rows] for path, rows in found.items()}
    return {path: [text.removeprefix(begin) for text in some if text.startswith(begin)] for path, some in comments.items()}


def test_a_run_writes_what_watches_the_line_and_no_marks() -> None:
    with loaded() as lab:
        before = lab.dump()
        checked = look(lab, options(LINE))
        assert [finding.text for finding in checked.findings if finding.refuses] == []
        run(lab, options(LINE))
        there = ours(lab)
        assert {path: comments for path, comments in there.items() if comments} == {
            "interface list": ["lan"],
            "interface list member": ["lan:ether3"],
            "routing table": ["table:main"],
            "ip route": ["route:main:isp1"],
            "ip firewall nat": ["nat:isp1"],
        }
        assert run(lab, options(LINE)).changed is False
        run(lab, {}, *options(LINE))
        assert lab.dump() == before


def test_alerts_on_all_networks_are_those_of_the_list() -> None:
    with loaded() as lab:
        run(lab, options(LINE))
        (alert,) = read(lab, ["ip dhcp-server alert"])["ip dhcp-server alert"]
        assert alert["interface"] == "ether3"


def test_a_second_line_is_one_more_entry_and_may_go_again() -> None:
    with Lab("7.20.8", interfaces=4) as lab:
        assert not lab.load(
            "/ip address add address=203.0.113.2/24 interface=ether1\n/ip address add address=192.168.88.1/24 interface=ether3\n"
            "/ip address add address=198.51.100.2/24 interface=ether2\n/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1\n"
            "/ip dns set servers=192.0.2.53\n/certificate settings set builtin-trust-anchors=trusted"
        ).skipped
        run(lab, options(LINE))
        alone = lab.dump()
        run(lab, options(LINE, OTHER))
        assert {"rule:specific", "rule:default"} == set(ours(lab)["routing rule"])
        assert run(lab, options(LINE, OTHER)).changed is False
        run(lab, options(LINE))
        assert lab.dump() == alone


@pytest.mark.parametrize("profile", ["normal", "calm"])
def test_an_outage_is_told_and_no_connection_goes(profile: str) -> None:
    """There is nowhere to go: what runs may live through it."""
    with Site(wans(1), profile=profile) as site:
        site.connections.marks = {"*1": "", "*2": "voip"}
        site.kill("isp1")
        site.clock.advance(60)
        assert site.out() == {"isp1"}
        assert site.play() == 0
        site.revive("isp1")
        site.clock.advance(150)
        assert site.out() == set()
        assert site.play() == 0
        out, back = site.log()
        assert (out.partition(": ")[2][:20], back) == ("isp1 is out of use: ", "multiwan: isp1 is in use again")
        assert site.connections.marks == {"*1": "", "*2": "voip"}
        assert site.mangle() == []


def test_a_lease_is_followed() -> None:
    with Leased(LINES[:1]) as site:
        told = []
        for lease in (FIRST, SECOND, None, FIRST):
            site.give("ether1", lease) if lease else site.take("ether1")
            site.revive("isp1") if lease else site.kill("isp1")
            site.clock.advance(60)
            told.append((site.gateways("isp1"), site.out(), site.play()))
        first, second = ({f"{lease.gateway}%ether1"} for lease in (FIRST, SECOND))
        assert told == [(first, set(), 0), (second, set(), 0), (told[2][0], {"isp1"}, 0), (first, set(), 0)]
        assert told[2][0] not in (first, second)
        assert "multiwan: isp1 is out of use: no lease on ether1" in site.log()


def test_what_several_lines_would_refuse_is_no_news_but_the_line_itself_is_looked_at() -> None:
    with loaded() as lab:
        assert {finding.kind for finding in look(lab, options(LINE, OTHER)).findings if finding.refuses} >= {
            "fasttrack",
            "dst-nat",
            "hotspot",
        }
        assert [finding.kind for finding in look(lab, options({**LINE, "gateway": "192.168.88.7"})).findings if finding.refuses] == [
            "gateway"
        ]
        assert [finding.kind for finding in look(lab, options({**LINE, "interface": "ether9"})).findings if finding.refuses] == [
            "interface"
        ]
        there = {**LINE, "source_address": "203.0.113.2"}
        assert [finding.kind for finding in look(lab, options(there)).findings if finding.refuses] == ["masquerade"]


def test_the_filters_have_an_answer() -> None:
    assert pcc_buckets([LINE])["wans"] == [
        {"name": "isp1", "buckets": 1, "wanted_percent": 100.0, "share_percent": 100.0, "deviation_points": 0.0}
    ]
    assert pcc_mark_table([LINE]) == []
    assert [(row["gateway"], row["distance"], row["routing-table"]) for row in route_distances([LINE])] == [
        ("203.0.113.1", 1, "multiwan-main")
    ]


def test_the_plan_says_it_in_words() -> None:
    assert summary(read_intent({"wans": [LINE], "lan_interfaces": "all"})) == [
        "WAN   interface  tier  buckets  share     points off",
        "isp1  ether1     1     1/1      100.00 %  0.00",
        "One line: nothing is balanced. It is watched and told of, and what goes where stays as it is.",
    ]
