# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which connections the control script removes, when it looks for them, and that they hold nothing up."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import flows

from tests.lab.router.errors import failure
from tests.lab.router.paths import path

from .site import Site, render, wans

LISTS = path("ip firewall address-list")
MANY = 5000
ADDRESSES = {f"isp{number}": f"203.0.113.{100 + number}" for number in range(1, 9)}


def flow(site: Site, number: int, line: str, address: str, port: str = ":5060") -> str:
    """A connection with the mark of a line, "" for none, and an address at this end."""
    name = f"*{number:X}"
    site.connections.marks[name] = f"multiwan-{line}" if line else ""
    site.connections.more[name] = {"reply-dst-address": address + port}
    return name


def left(site: Site) -> set[str]:
    return set(site.connections.marks)


def listed(site: Site, name: str) -> list[str]:
    rows = site.lab.router.table(LISTS)
    return [site.lab.router.text(row.values.get("comment", row.values["address"])) for row in rows if row.values["list"] == name]


def unplug(site: Site, interface: str, seconds: float) -> None:
    site.lab.router.set_running(interface, False)
    site.clock.advance(seconds)
    site.lab.router.set_running(interface, True)


@pytest.mark.parametrize("stops", [False, True], ids=["the others are removed", "the others stay"])
def test_connections_that_vanish_while_they_are_removed_delay_nothing(stops: bool) -> None:
    with Site(wans(3), profile="fast") as site:
        for number in range(1, MANY + 1):
            flow(site, number, "isp1", ADDRESSES["isp1"])
        mine = flow(site, MANY + 1, "isp2", ADDRESSES["isp2"])
        site.connections.fading = set(list(site.connections.marks)[:MANY:3])
        site.connections.stops = stops
        site.kill("isp1")
        site.clock.advance(12)
        assert (site.out(), left(site)) == ({"isp1"}, {mine})


def test_a_removal_that_takes_minutes_holds_up_neither_the_message_nor_another_line() -> None:
    with Site(wans(3), profile="fast") as site:
        for number in range(1, MANY + 1):
            flow(site, number, "isp1", ADDRESSES["isp1"])
        site.connections.pauses = [0.02] * MANY
        site.kill("isp1")
        site.clock.advance(12)
        assert (site.out(), len(site.log()), len(left(site)) > 1000, site.locks()) == ({"isp1"}, 1, True, [])
        site.kill("isp2")
        site.clock.advance(12)
        assert site.out() == {"isp1", "isp2"}
        site.clock.advance(120)
        assert left(site) == set()


def test_a_line_that_is_left_loses_its_connections_and_those_without_a_mark_that_have_its_address() -> None:
    with Site(wans(2), profile="fast") as site:
        goes = [flow(site, 1, "isp1", ADDRESSES["isp1"]), flow(site, 2, "isp1", "192.168.88.7"), flow(site, 3, "", ADDRESSES["isp1"], "")]
        stays = {
            flow(site, 4, "isp2", ADDRESSES["isp2"]),
            flow(site, 5, "", ADDRESSES["isp2"]),
            flow(site, 6, "", "203.0.113.10"),
            flow(site, 7, "", "203.0.113.1010"[:12]),
            flow(site, 8, "voip", ADDRESSES["isp1"]),
        }
        site.kill("isp1")
        site.clock.advance(12)
        assert (site.out(), left(site), goes) == ({"isp1"}, stays, ["*1", "*2", "*3"])


def test_what_has_another_lines_address_goes_once_something_has_changed_and_nobody_looks_before() -> None:
    with Site(wans(3)) as site:
        site.clock.advance(30)
        wrong = {flow(site, 1, "isp1", ADDRESSES["isp2"]), flow(site, 2, "isp2", ADDRESSES["isp3"], "")}
        right = {
            flow(site, 3, "isp1", ADDRESSES["isp1"]),
            flow(site, 4, "isp1", "198.51.100.7"),  # from outside, or translated by rules of the owner's
            flow(site, 5, "", ADDRESSES["isp2"]),
            flow(site, 6, "voip", ADDRESSES["isp2"]),
        }
        site.connections.scans = 0
        site.clock.advance(60)
        assert (left(site), site.connections.scans) == (wrong | right, 0)
        unplug(site, "ether2", 0.5)
        site.clock.advance(11)
        assert (left(site), site.out()) == (right, set())
        site.connections.scans = 0
        site.clock.advance(60)
        assert site.connections.scans == 0


def test_an_address_that_a_line_has_lost_is_no_lines_any_more() -> None:
    with Site(wans(2)) as site:
        site.clock.advance(20)
        flow(site, 1, "isp1", ADDRESSES["isp1"])
        flow(site, 2, "", ADDRESSES["isp2"])
        site.load("/ip address set [find interface=ether1] address=203.0.113.111/24")
        site.clock.advance(11)
        assert left(site) == {"*2"}


def test_what_is_not_balanced_goes_back_with_its_line() -> None:
    """It has the address of the line that took it meanwhile; what had that before is not known apart."""
    with Site(wans(3), profile="fast") as site:
        site.clock.advance(20)
        (first,) = listed(site, flows.WAY_LIST)
        second = "isp2" if first == "isp1" else "isp1"
        site.kill(first)
        site.clock.advance(12)
        assert listed(site, flows.WAY_LIST) == [second]
        moved, other = flow(site, 1, "", ADDRESSES[second]), flow(site, 2, "", ADDRESSES["isp3"])
        site.clock.advance(30)
        assert left(site) == {moved, other}
        site.revive(first)
        site.clock.advance(80)
        assert (site.out(), listed(site, flows.WAY_LIST), left(site)) == (set(), [first], {other})


def test_a_run_that_dies_while_it_looks_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site(wans(2)) as site:
        site.clock.advance(20)
        flow(site, 1, "isp1", ADDRESSES["isp2"])
        look, died = site.connections.rows, []

        def rows() -> object:
            if not died:
                died.append(True)
                raise failure("busy")
            return look()

        monkeypatch.setattr(site.connections, "rows", rows)
        unplug(site, "ether1", 0.5)
        site.clock.advance(25)
        assert (left(site), died) == (set(), [True])


def test_it_looks_again_each_day_and_after_a_reboot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that is five minutes long."""
    monkeypatch.setattr(flows, "SEEN_TIME", 300)
    with Site(wans(2)) as site:
        site.clock.advance(20)
        site.connections.scans = 0
        site.clock.advance(flows.SEEN_TIME)
        assert site.connections.scans > 0
        site.connections.scans = 0
        site.lab.devices[0].reboot()
        site.clock.advance(30)
        assert site.connections.scans > 0
        assert listed(site, "multiwan-addresses:isp1") == [ADDRESSES["isp1"]]


def test_entries_that_somebody_has_removed_are_written_again() -> None:
    with Site(wans(2)) as site:
        site.load("/ip address set [find interface=ether1] address=198.51.100.7/24")
        site.clock.advance(11)
        site.load('/ip firewall address-list remove [find list="multiwan-near:isp1"]')
        site.clock.advance(11)
        assert listed(site, "multiwan-near:isp1") == ["multiwan:pcc_balance:near:isp1:198.51.100.0/24"]


def test_one_line_alone_has_no_list_of_who_is_near() -> None:
    with Site(wans(1)) as site:
        site.load("/ip address set [find interface=ether1] address=198.51.100.7/24")
        site.clock.advance(11)
        assert (listed(site, "multiwan-near:isp1"), listed(site, "multiwan-addresses:isp1")) == ([], ["198.51.100.7"])


def test_a_router_with_a_full_table_is_looked_at_all_the_same() -> None:
    with Site(wans(2)) as site:
        routes = "\n".join(f"add dst-address=10.{n // 250}.{n % 250}.0/24 gateway=ether1" for n in range(flows.MOST_NEAR + 5))
        site.load(f"/ip route\n{routes}")
        site.clock.advance(11)
        assert listed(site, "multiwan-near:isp1") == []
        flow(site, 1, "isp1", ADDRESSES["isp2"])
        unplug(site, "ether1", 0.5)
        site.clock.advance(11)
        assert left(site) == set()
        job = site.lab.devices[0].start_script(render(site.failover))
        job.wait()
        assert job.error is None


def talk(site: Site, number: int, line: str, client: str, protocol: str = "udp", port: int = 5060) -> str:
    """A connection of a client of the LAN by a line."""
    name = flow(site, number, line, ADDRESSES[line])
    ends = {"src-address": f"{client}:5060", "dst-address": f"198.18.0.1:{port}", "protocol": protocol, "srcnat": "true"}
    site.connections.more[name] = {**site.connections.more[name], **ends}
    return name


def outage(site: Site, line: str, seconds: float) -> None:
    """A line dies, and is in use again."""
    site.kill(line)
    site.clock.advance(seconds)
    assert site.out() == {line}
    site.revive(line)
    site.clock.advance(80)
    assert site.out() == set()


@pytest.mark.parametrize("back", ["new", "move"])
def test_a_backup_that_carries_no_more_loses_what_left_by_it_where_its_owner_wants_that(back: str) -> None:
    first, backup = wans(2)
    with Site([first, {**backup, "tier": 2, "failback": back}], profile="fast") as site:
        site.clock.advance(20)
        site.kill("isp1")
        site.clock.advance(15)
        leaves, came = talk(site, 1, "isp2", "192.168.9.7", "tcp"), flow(site, 2, "isp2", "8.8.8.8")
        site.revive("isp1")
        site.clock.advance(80)
        assert (site.out(), left(site)) == (set(), {leaves, came})
        site.clock.advance(flows.MOVE_AFTER + 11)
        assert left(site) == ({came} if back == "move" else {leaves, came})


@pytest.mark.parametrize("back", ["new", "move"])
def test_calls_begin_anew_when_a_line_carries_again_where_its_owner_wants_that_and_nothing_else_does(back: str) -> None:
    first, second = wans(2)
    with Site([{**first, "failback": back}, second], profile="fast") as site:
        site.clock.advance(20)
        site.kill("isp1")
        site.clock.advance(15)
        calls = {talk(site, 1, "isp2", "192.168.9.7"), talk(site, 2, "isp2", "192.168.9.70")}
        others = {talk(site, 3, "isp2", "192.168.9.7", "tcp"), talk(site, 4, "isp2", "192.168.9.7", port=443)}
        site.revive("isp1")
        site.clock.advance(80)
        others |= {talk(site, 5, "isp1", "192.168.9.8"), flow(site, 6, "", ADDRESSES["isp2"]), flow(site, 7, "isp2", "8.8.8.8")}
        assert (site.out(), left(site)) == (set(), calls | others)
        site.clock.advance(flows.MOVE_AFTER + 11)
        assert left(site) == others | (calls if back == "new" else set())


def test_a_line_that_comes_and_goes_moves_nothing_before_it_stays() -> None:
    first, second = wans(2)
    with Site([first, {**second, "tier": 2, "failback": "move"}], profile="fast") as site:
        site.clock.advance(20)
        outage(site, "isp1", 15)
        leaves = talk(site, 1, "isp2", "192.168.9.7")
        site.clock.advance(flows.MOVE_AFTER - 120)
        site.kill("isp1")
        site.clock.advance(30)
        assert site.out() == {"isp1"}
        site.clock.advance(flows.MOVE_AFTER)
        assert left(site) == {leaves}
