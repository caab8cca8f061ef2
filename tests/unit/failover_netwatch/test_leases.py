# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control script follows the leases of lines whose gateway is `dhcp`, without a run and without a write while nothing changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, DHCP_CLIENTS, ROUTES

from tests.lab.router.leases import Lease, bind, release
from tests.unit.apply.router import read
from tests.unit.door.runs import look, run

from .site import Site, render

LINES: list[dict[str, object]] = [
    {"name": "isp1", "interface": "ether1", "gateway": "dhcp"},
    {"name": "isp2", "interface": "ether2", "gateway": "dhcp"},
    {"name": "isp3", "interface": "ether3", "gateway": "203.0.113.1"},
]
OWNER = """
/ip dhcp-client add interface=ether1 default-route-distance=5
/ip dhcp-client add interface=ether2 add-default-route=no
/ip address add address=203.0.113.7/24 interface=ether3
/ip address add address=192.168.9.1/24 interface=ether9
"""
FIRST, SECOND = Lease("198.51.100.7/24", "198.51.100.1"), Lease("100.64.0.7/24", "100.64.0.1")
NOWHERE = "192.0.2.254"


class Leased(Site):
    """Two lines have leases, the third a fixed address; all roles' steps come from one run of the door.

    `agreed`: what may be changed in rows of its owner.
    """

    agreed: Sequence[str] = ()

    def __enter__(self) -> Leased:
        self.lab.start()
        self.load(OWNER)
        self.give("ether1", FIRST)
        self.play()
        self.clock.advance(11)
        return self

    def play(self) -> int:
        return len(run(self.lab, self.wanted).rows())

    @property
    def wanted(self) -> dict[str, dict[str, object]]:
        balance = {"wans": self.lines, "lan_interfaces": ["ether9"], "take_over": self.agreed}
        return {"pcc_balance": balance, "failover_netwatch": self.failover}

    def give(self, interface: str, lease: Lease) -> None:
        bind(self.lab.router, interface, lease)

    def take(self, interface: str) -> None:
        release(self.lab.router, interface)

    def gateways(self, line: str) -> set[str]:
        """The gateways of all routes of a line."""
        rows = [row for row in read(self.lab, [ROUTES])[ROUTES] if str(row.get("comment")).startswith("multiwan:")]
        return {str(row["gateway"]) for row in rows if str(row["comment"]).endswith(f":{line}")}


@pytest.fixture
def site() -> Iterator[Leased]:
    with Leased(LINES, profile="fast") as site:
        yield site


def test_the_first_run_uses_the_lease_and_waits_for_the_other(site: Leased) -> None:
    assert (site.gateways("isp1"), site.gateways("isp2"), site.gateways("isp3")) == ({"198.51.100.1%ether1"}, {NOWHERE}, {"203.0.113.1"})
    assert site.out() == {"isp2"}
    assert site.play() == 0
    site.give("ether2", SECOND)
    site.clock.advance(40)
    assert (site.gateways("isp2"), site.out()) == ({"100.64.0.1%ether2"}, set())
    assert site.play() == 0


@pytest.mark.parametrize("line", ["isp1", "isp2"])
def test_a_new_gateway_is_in_all_routes_within_a_schedule_and_no_outage(site: Leased, line: str) -> None:
    site.give("ether2", SECOND)
    site.clock.advance(40)
    interface = f"ether{line[-1]}"
    moved = Lease("192.0.2.20/25", "192.0.2.1")
    site.give(interface, moved)
    before = site.gateways(line)
    site.clock.advance(11)
    assert (before, site.gateways(line), site.out()) == (
        {f"{(FIRST, SECOND)[line == 'isp2'].gateway}%{interface}"},
        {f"192.0.2.1%{interface}"},
        set(),
    )
    assert [message for message in site.log() if "another gateway" in message][-1] == (
        f"multiwan-failover: {line}: its lease has another gateway: 192.0.2.1%{interface}"
    )


def test_what_was_lost_by_the_old_gateway_is_no_outage_and_what_is_lost_by_the_new_one_is(site: Leased) -> None:
    site.kill("isp1")
    site.give("ether1", Lease("198.51.100.7/24", "198.51.100.129"))
    site.clock.advance(30)
    assert (site.gateways("isp1"), site.out() >= {"isp1"}) == ({"198.51.100.129%ether1"}, True)


def test_nothing_is_written_while_leases_are_renewed_as_they_were(site: Leased) -> None:
    site.give("ether2", SECOND)
    site.clock.advance(60)
    before, writes = site.lab.dump(), len(site.lab.device.log.writes)
    for _ in range(10):
        site.give("ether1", FIRST)
        site.give("ether2", SECOND)
        site.clock.advance(11)
    assert (site.lab.dump(), len(site.lab.device.log.writes)) == (before, writes)
    job = site.lab.device.start_script(render(site.failover))
    job.wait()
    assert job.error is None
    assert job.commands < 260


def test_a_lease_that_is_lost_leads_nowhere_and_the_message_says_why(site: Leased) -> None:
    site.take("ether1")
    site.clock.advance(11)
    assert site.gateways("isp1") == {NOWHERE}
    site.kill("isp1")
    site.clock.advance(11)
    assert site.out() >= {"isp1"}
    assert "multiwan: isp1 is out of use: no lease on ether1" in site.log()
    site.revive("isp1")
    site.give("ether1", FIRST)
    site.clock.advance(60)
    assert (site.gateways("isp1"), "isp1" in site.out()) == ({"198.51.100.1%ether1"}, False)


def test_a_client_that_is_gone_or_an_interface_with_another_name_changes_no_route(site: Leased) -> None:
    site.load("/interface ethernet set ether1 name=fiber")
    site.clock.advance(11)
    assert site.gateways("isp1") == {"198.51.100.1%fiber"}
    site.load("/interface ethernet set fiber name=ether1\n/ip dhcp-client remove [find interface=ether1]")
    site.clock.advance(11)
    assert site.gateways("isp1") == {"198.51.100.1%ether1"}


def test_a_client_that_is_switched_off_costs_the_line(site: Leased) -> None:
    site.load("/ip dhcp-client disable [find interface=ether1]")
    site.clock.advance(11)
    assert site.gateways("isp1") == {NOWHERE}


def test_a_lease_in_the_network_of_the_lan_is_told_once_and_the_next_run_is_refused(site: Leased) -> None:
    site.give("ether2", Lease("192.168.9.20/24", "192.168.9.254"))
    site.clock.advance(33)
    site.give("ether1", Lease("203.0.113.99/24", "203.0.113.1"))  # the network of the third line
    site.clock.advance(11)
    told = [message for message in site.log() if "another interface" in message]
    assert told == ["multiwan: isp2 has got a lease in the network of another interface, so that answers get lost: ether9"]
    refusing = [finding.text for finding in look(site.lab, site.wanted).findings if finding.refuses]
    assert refusing == [
        "multiwan_wans[1].interface: 192.168.9.0/24 is the network of ether2 and of ether9, so that answers to the LAN get lost; "
        "give the LAN or the modem of this line another network"
    ]


def test_a_lease_in_the_network_of_another_line_is_no_clash(site: Leased) -> None:
    site.give("ether2", FIRST)
    site.clock.advance(60)
    assert (site.gateways("isp2"), site.out(), site.play()) == ({"198.51.100.1%ether2"}, set(), 0)
    assert not [message for message in site.log() if "another interface" in message]


def test_a_server_that_names_nobody_as_the_gateway_is_no_lease_for_a_run_either(site: Leased) -> None:
    site.give("ether1", Lease("198.51.100.7/24", "0.0.0.0"))
    site.clock.advance(11)
    told = [finding.text for finding in look(site.lab, site.wanted).findings]
    assert "multiwan_wans[0].gateway: 'ether1' has a lease without a gateway now; isp1 is used once it has one" in told
    assert (site.gateways("isp1"), site.play()) == ({NOWHERE}, 0)


@pytest.mark.parametrize("gateway", ["198.51.100.7", "192.168.9.1"])
def test_a_lease_that_names_the_router_itself_is_told(site: Leased, gateway: str) -> None:
    site.give("ether1", Lease("198.51.100.7/24", gateway))
    site.clock.advance(11)
    told = [finding.text for finding in look(site.lab, site.wanted).findings]
    assert (
        f"multiwan_wans[0].gateway: the lease of 'ether1' names {gateway} as the gateway, an address of the router itself; "
        "isp1 is used once it has another one"
    ) in told


def test_a_line_whose_client_is_ours_does_not_lose_its_address_when_a_gateway_is_written() -> None:
    with Leased(LINES, profile="fast") as site:
        site.load("/ip dhcp-client remove [find interface=ether2]")
        site.play()
        site.give("ether2", SECOND)
        site.clock.advance(40)
        site.lines = [*LINES[:1], {**LINES[1], "gateway": "100.64.0.1"}, *LINES[2:]]
        (finding,) = [finding for finding in look(site.lab, site.wanted).findings if finding.refuses]
        site.load(finding.command)
        assert {row.name for row in run(site.lab, site.wanted).rows()} == {"multiwan:failover_netwatch:script"}
        site.clock.advance(11)
        assert (site.gateways("isp2"), site.out(), site.play()) == ({"100.64.0.1%ether2"}, set(), 0)
        assert "ether2" in {row["interface"] for row in read(site.lab, [DHCP_CLIENTS])[DHCP_CLIENTS]}


def test_a_run_keeps_what_the_router_has_while_a_lease_is_away(site: Leased) -> None:
    site.take("ether1")
    assert site.play() == 0
    assert site.gateways("isp1") == {"198.51.100.1%ether1"}
    site.clock.advance(11)
    assert (site.play(), site.gateways("isp1")) == (0, {NOWHERE})


def test_a_run_that_comes_before_the_script_writes_what_the_lease_says(site: Leased) -> None:
    site.give("ether1", Lease("198.51.100.7/24", "198.51.100.129"))
    assert site.play() > 0
    assert site.gateways("isp1") == {"198.51.100.129%ether1"}
    assert site.play() == 0


@pytest.mark.parametrize("number", range(1, 5))
def test_a_script_that_has_died_after_a_write_is_finished_by_the_next(site: Leased, number: int) -> None:
    site.give("ether1", Lease("198.51.100.7/24", "198.51.100.129"))
    ours = [str(row["comment"]) for row in read(site.lab, [ROUTES])[ROUTES] if str(row.get("comment")).endswith(":isp1")]
    assert len(ours) == 5
    for comment in ours[:number]:
        site.load(f'/ip route set [find comment="{comment}"] gateway=198.51.100.129%ether1')
    site.clock.advance(11)
    assert site.gateways("isp1") == {"198.51.100.129%ether1"}


def test_an_interface_without_a_client_gets_one_and_loses_it_at_removal() -> None:
    with Leased(LINES, profile="fast") as site:
        site.load("/ip dhcp-client remove [find interface=ether2]\n/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.1 comment=own")
        told = [finding.text for finding in look(site.lab, site.wanted).findings]
        assert "multiwan_wans[1].gateway: 'ether2' has no DHCP client, so the role adds one, and isp2 is used once it has a lease" in told
        assert site.play() == 1
        (client,) = [row for row in read(site.lab, [DHCP_CLIENTS])[DHCP_CLIENTS] if row["interface"] == "ether2"]
        assert (client["comment"], client["add-default-route"]) == ("multiwan:pcc_balance:lease:isp2", False)
        told = [finding.text for finding in look(site.lab, site.wanted).findings]
        assert "multiwan_wans[1].gateway: 'ether2' has no lease now; isp2 is used once it has one" in told
        site.give("ether2", SECOND)
        assert not [finding for finding in look(site.lab, site.wanted).findings if "ether2" in finding.problem]
        site.clock.advance(40)
        assert (site.gateways("isp2"), site.out(), site.play()) == ({"100.64.0.1%ether2"}, set(), 0)
        run(site.lab, {}, "pcc_balance", "failover_netwatch")
        assert [row["interface"] for row in read(site.lab, [DHCP_CLIENTS])[DHCP_CLIENTS]] == ["ether1"]


@pytest.mark.parametrize("owner", ["isp1", "ours"])
def test_a_removal_that_takes_the_last_way_out_shows_how_the_lease_brings_one(owner: str) -> None:
    """Once the owner's own default route is gone, which was there before the first run."""
    with Leased(LINES[:2], profile="fast") as site:
        if owner == "ours":
            site.load("/ip dhcp-client remove [find interface=ether1]")
            site.load("/ip dhcp-client set [find interface=ether2] add-default-route=yes")
            site.play()
            site.give("ether1", FIRST)
            site.clock.advance(40)
        site.load(f"/ip dhcp-client set [find interface={'ether1' if owner == 'isp1' else 'ether2'}] add-default-route=no")
        (finding,) = [finding for finding in removal(site) if "default route of its own" in finding.problem]
        keeps = {"isp1": "", "ours": ' comment="lease of isp1"'}[owner]
        assert finding.command == f"/ip dhcp-client set [find interface=ether1] add-default-route=yes{keeps}"
        site.load(finding.command)
        assert [finding for finding in removal(site) if "default route of its own" in finding.problem] == []


def removal(site: Leased) -> list[Finding]:
    return list(look(site.lab, {}, "pcc_balance", "failover_netwatch").findings)


def test_who_takes_failover_alone_away_is_told_that_nothing_follows_the_lease(site: Leased) -> None:
    told = [finding.text for finding in look(site.lab, {}, "failover_netwatch").findings]
    assert told == [
        "the gateway of isp1 is that of a lease, which nothing follows any more; run role pcc_balance with the address that it is to have"
    ]


FAST = '/ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related comment="fast"'


def listed(site: Leased) -> dict[str, str]:
    """What connections of a line leave out, by comment."""
    rows = [row for row in read(site.lab, [ADDRESS_LIST])[ADDRESS_LIST] if row["list"] == "multiwan-specific"]
    return {str(row["comment"]).removeprefix("multiwan:pcc_balance:specific:"): str(row["address"]) for row in rows}


def test_fasttrack_leaves_out_the_networks_of_leases_as_they_are_now() -> None:
    with Leased(LINES, profile="fast") as site:
        site.load(FAST)
        site.agreed = ["fasttrack"]
        site.play()
        first = {"203.0.113.0/24": "203.0.113.0/24", "lease:isp1": "198.51.100.0/24"}
        assert listed(site) == first
        site.give("ether2", SECOND)
        site.clock.advance(40)
        assert listed(site) == {**first, "lease:isp2": "100.64.0.0/24"}
        assert site.play() == 0
        site.give("ether2", Lease("203.0.112.77/32", "10.99.0.1"))
        site.clock.advance(11)
        assert (listed(site), site.play()) == ({**first, "lease:isp2": "203.0.112.77"}, 0)
        site.take("ether2")
        site.clock.advance(11)
        assert (listed(site), site.play()) == ({**first, "lease:isp2": "203.0.112.77"}, 0)
        site.give("ether2", Lease("198.51.100.9/24", "198.51.100.1"))
        before = site.lab.dump()
        site.clock.advance(60)
        assert listed(site) == {**first, "lease:isp2": "203.0.112.77"}, "one network is listed once"
        site.play()
        assert (listed(site), site.play(), before != site.lab.dump()) == (first, 0, True)
        site.give("ether1", FIRST)
        site.give("ether1", Lease("203.0.111.7/24", "203.0.111.1"))
        site.clock.advance(22)
        assert listed(site) == {"203.0.113.0/24": "203.0.113.0/24", "lease:isp1": "203.0.111.0/24", "lease:isp2": "198.51.100.0/24"}
        assert site.play() == 0


def test_clean_entries_that_a_late_run_has_switched_on_are_off_while_the_line_is_in_use(site: Leased) -> None:
    site.give("ether2", SECOND)
    site.clock.advance(40)
    site.load('/tool netwatch enable [find comment~"multiwan:failover_netwatch:clean:isp1:"]')
    site.clock.advance(11)
    assert {entry["disabled"] for entry in site.netwatch("clean", "isp1")} == {"true"}
    assert (site.out(), site.play()) == (set(), 0)
