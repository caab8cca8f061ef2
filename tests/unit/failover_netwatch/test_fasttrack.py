# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When the rows that stand for the owner's FastTrack are on, and what is forgotten when they are not any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import ADDED, MOVED, RowChange
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import plan as failover_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import plan as balance_plan
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE, FAILOVER
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import FILTER

from tests.lab.network.lookup import watch
from tests.lab.router.paths import path
from tests.lab.router.rows import Change
from tests.lab.router.rows import Row as Stored
from tests.lab.router.store import Router
from tests.unit.apply.router import read, run_steps
from tests.unit.door.runs import run

from .drained import begin
from .site import Site, render, wans

OWNER = """
/ip address add address=192.168.9.1/24 interface=ether9
/ip route add dst-address=0.0.0.0/0 gateway=203.0.113.2%ether2 comment=own
/ip firewall filter
add chain=forward action=fasttrack-connection connection-state=established,related hw-offload=yes comment="defconf: fasttrack"
add chain=forward action=accept connection-state=established,related
/ip firewall nat
add chain=srcnat action=masquerade out-interface=ether1
add chain=srcnat action=masquerade out-interface=ether2
"""
FAST = {"fasttrack": "true", "srcnat": "true"}


def changes(site: Site, check: bool = False, **options: object) -> list[RowChange]:
    """What a run of both roles changes, with consent."""
    lines = {"wans": site.lines}
    balance = {**lines, "lan_interfaces": ["ether9"], "take_over": ["fasttrack"], **options}
    return run(site.lab, {BALANCE: balance, FAILOVER: {**lines, **site.options}}, check=check).rows()


def play(site: Site, **options: object) -> int:
    """How many rows it has changed."""
    return len(changes(site, **options))


@pytest.fixture
def site() -> Iterator[Site]:
    """Two lines of equal weight; the owner's default route goes by isp2."""
    with Site(wans(2), profile="calm") as site:
        run_steps(site.lab, [*failover_plan.remove_steps(), *balance_plan.remove_steps()])
        site.load(OWNER)
        assert play(site) > 0
        assert states(site) == {"unmarked": False, "line": False}
        site.clock.advance(11)
        yield site


def rows(site: Site) -> list[dict[str, object]]:
    return [row for row in read(site.lab, [FILTER])[FILTER] if ":fasttrack:" in str(row.get("comment"))]


def states(site: Site) -> dict[str, bool]:
    """Whether each of our rows is on."""
    return {str(row["comment"]).rpartition(":")[2]: not row.get("disabled") for row in rows(site)}


def state(site: Site) -> str:
    """The line that FastTrack follows, "" while it is off."""
    (line,) = (row for row in rows(site) if str(row["comment"]).endswith(":line"))
    on = set(states(site).values())
    assert len(on) == 1
    return str(line["connection-mark"]).removeprefix("multiwan-") if on == {True} else ""


def test_the_rows_stand_at_the_place_of_the_owner_s(site: Site) -> None:
    there = read(site.lab, [FILTER])[FILTER]
    told = [(row.get("comment"), row.get("connection-mark"), row.get("hw-offload"), bool(row.get("disabled"))) for row in there]
    assert told == [
        ("multiwan:pcc_balance:fasttrack:unmarked", "no-mark", False, False),
        ("multiwan:pcc_balance:fasttrack:line", "multiwan-isp2", False, False),
        ("defconf: fasttrack", None, True, True),
        (None, None, None, False),
    ]
    assert play(site) == 0


def test_a_preview_shows_what_a_run_does(site: Site) -> None:
    def shown(found: list[RowChange]) -> list[tuple[str, str]]:
        return [(row.name.rpartition(":")[2], row.kind) for row in found if row.path == FILTER and row.name.startswith("multiwan:")]

    site.load('/ip firewall filter move [find comment~"fasttrack:line"]\n')
    moved = [("unmarked", MOVED), ("line", MOVED)]
    assert (shown(changes(site, check=True)), shown(changes(site)), shown(changes(site))) == (moved, moved, [])
    site.load('/ip firewall filter remove [find comment~":fasttrack:"]\n')
    added = [("unmarked", ADDED), ("line", ADDED)]
    assert (shown(changes(site, check=True)), shown(changes(site)), shown(changes(site))) == (added, added, [])


def _set(route: str) -> Callable[[Site], None]:
    return lambda site: site.load(f"/ip route {route}\n")


STATES: dict[str, tuple[Callable[[Site], object], str]] = {
    "all is well": (lambda site: None, "isp2"),
    "its line is out": (lambda site: site.kill("isp2"), ""),
    "the other line is out": (lambda site: site.kill("isp1"), "isp2"),
    "its line is drained": (lambda site: begin(site, "isp2"), ""),
    "the other line is drained": (lambda site: begin(site, "isp1"), "isp2"),
    "all lines are out": (lambda site: (site.kill("isp1"), site.kill("isp2")), "isp2"),
    "the default route is by the other line": (_set("set [find comment=own] gateway=203.0.113.1%ether1"), ""),
    "the default route is by none of the lines": (_set("set [find comment=own] gateway=203.0.113.9%ether9"), ""),
    "two gateways in one route": (_set("set [find comment=own] gateway=203.0.113.2%ether2,203.0.113.1%ether1"), ""),
    "two routes of one distance": (_set("add dst-address=0.0.0.0/0 gateway=203.0.113.1%ether1"), ""),
    "the same with its line last": (_set("set [find comment=own] gateway=203.0.113.1%ether1,203.0.113.2%ether2"), ""),
    "a route that is not used": (_set("add dst-address=0.0.0.0/0 gateway=203.0.113.1%ether1 distance=9"), "isp2"),
    "no default route": (_set("remove [find comment=own]"), ""),
    "a blackhole": (lambda site: site.load("/ip route remove [find comment=own]\n/ip route add dst-address=0.0.0.0/0 blackhole\n"), ""),
    "another line is first": (lambda site: play(site, first_wan="isp1"), ""),
    "another line is first for both": (
        lambda site: (play(site, first_wan="isp1"), _set("set [find comment=own] gateway=203.0.113.1%ether1")(site)),
        "isp1",
    ),
}


@pytest.mark.parametrize(("change", "followed"), STATES.values(), ids=STATES)
def test_fasttrack_is_on_while_all_that_it_takes_goes_by_one_line(site: Site, change: Callable[[Site], object], followed: str) -> None:
    assert state(site) == "isp2"
    site.connections.marks = {"*1": "", "*2": "multiwan-isp2", "*3": "", "*4": "", "*5": "voip", "*6": ""}
    inward = {"fasttrack": "true", "dstnat": "true"}
    site.connections.more = {"*1": FAST, "*2": FAST, "*3": {"fasttrack": "true"}, "*4": {"srcnat": "true"}, "*5": FAST, "*6": inward}
    change(site)
    site.clock.advance(65)
    assert state(site) == followed
    there = set(site.connections.marks)
    assert there == ({"*3", "*4", "*5"} if followed != "isp2" else set(["*1", "*2", "*3", "*4", "*5", "*6"]))
    assert not [message for message in site.log() if not message.startswith("multiwan: ")]


def test_it_is_off_before_anything_else_is_done_and_on_again_when_the_line_is_back(site: Site) -> None:
    def look(router: Router) -> tuple[bool, bool]:
        """Whether a row of FastTrack is on, and whether the line is left."""
        with router.lock:
            filters, routes, mangle = (router.table(path(f"ip {name}")) for name in ("firewall filter", "route", "firewall mangle"))
            on = [row for row in filters if ":fasttrack:" in said(router, row) and not is_off(router, row)]
            demoted = [row for row in routes if said(router, row).endswith(":isp2") and int(router.text(row.values["distance"])) >= 100]
            left = [row for row in mangle if said(router, row).endswith("leave:isp2") and not is_off(router, row)]
        return bool(on), bool(demoted or left)

    with watch(site.lab, look) as moments:
        site.kill("isp2")
        site.clock.advance(60)
        assert site.out() == {"isp2"}
        assert play(site) == 0
        assert state(site) == ""
        site.revive("isp2")
        site.clock.advance(200)
    seen = {moment.seen for moment in moments}
    assert seen == {(True, False), (False, False), (False, True)}
    assert site.out() == set()
    assert state(site) == "isp2"
    assert play(site) == 0


def said(router: Router, row: Stored) -> str:
    return router.text(row.values.get("comment", ""))


def is_off(router: Router, row: Stored) -> bool:
    return router.text(row.values.get("disabled", "")) == "true"


def test_a_line_that_nothing_watches_is_not_followed(site: Site) -> None:
    lines = [*wans(1), {**wans(3)[2], "name": "isp3"}]
    job = site.lab.devices[0].start_script(render({"wans": lines}))
    job.wait()
    assert (job.error, state(site)) == (None, "")


def test_a_run_brings_the_rows_back_to_their_place(site: Site) -> None:
    site.load('/ip firewall filter move [find comment~"fasttrack:line"]\n')
    site.load("/ip firewall filter add chain=forward action=accept comment=new\n")
    assert [row.get("comment") for row in read(site.lab, [FILTER])[FILTER]].index("multiwan:pcc_balance:fasttrack:line") == 3
    assert play(site) == 2
    assert [str(row.get("comment")).rpartition(":")[2] for row in read(site.lab, [FILTER])[FILTER]] == [
        *("unmarked", "line", " fasttrack", "None", "new")
    ]
    assert state(site) == "isp2"
    assert play(site) == 0


def test_a_run_that_is_cut_anywhere_is_healed_by_the_next_one(site: Site) -> None:
    """Also where the script has switched on meanwhile what does not stand at its place yet, where no packet meets it."""
    whole = [row.get("comment") for row in read(site.lab, [FILTER])[FILTER]]
    for write in (1, 2, 3):
        site.load('/ip firewall filter remove [find comment~":fasttrack:"]\n')
        site.lab.faults.drop_before_write = write
        with pytest.raises(RouterProblem):
            play(site)
        site.lab.faults.clear()
        site.clock.advance(11)
        assert len(rows(site)) == write - 1
        assert play(site) > 0
        site.clock.advance(11)
        assert ([row.get("comment") for row in read(site.lab, [FILTER])[FILTER]], state(site), play(site)) == (whole, "isp2", 0)


def test_half_a_switch_is_mended(site: Site) -> None:
    site.load('/ip firewall filter disable [find comment~"fasttrack:line"]\n')
    site.clock.advance(11)
    assert state(site) == "isp2"
    site.load('/ip firewall filter set [find comment~"fasttrack:line"] connection-mark=multiwan-isp1\n')
    site.clock.advance(11)
    assert set(states(site).values()) == {False}
    site.clock.advance(11)
    assert state(site) == "isp2"


def test_a_run_that_switches_on_what_another_one_has_just_left_switches_it_off_again(site: Site) -> None:
    """The other one leaves the line between this one's look and its write; then there is nothing else to do for this one."""
    site.load('/ip firewall filter disable [find comment~":fasttrack:"]\n')
    site.connections.marks, site.connections.more = {"*1": ""}, {"*1": FAST}
    demoted = []

    def notice(change: Change) -> None:
        if change.menu == path("ip firewall filter") and not demoted:
            demoted.append(change)
            site.load('/ip route set [find comment="multiwan:pcc_balance:route:main:isp2"] distance=101\n')
            site.load('/ip firewall mangle enable [find comment="multiwan:pcc_balance:leave:isp2"]\n')

    stop = site.lab.router.observe(notice)
    job = site.lab.devices[0].start_script(render(site.failover))
    job.wait()
    stop()
    assert (job.error, len(demoted), state(site), site.connections.marks) == (None, 1, "", {})


def test_an_idle_run_writes_nothing_and_forgets_nothing(site: Site) -> None:
    site.connections.scans = 0
    before = site.lab.dump()
    job = site.lab.devices[0].start_script(render(site.failover))
    job.wait()
    assert (job.error, site.lab.dump() == before, site.connections.scans) == (None, True, 0)
    assert job.commands < 190


def test_removal_leaves_the_owner_s_row_as_it_was(site: Site) -> None:
    run(site.lab, {}, FAILOVER, BALANCE)
    there = read(site.lab, [FILTER])[FILTER]
    assert [(row.get("comment"), bool(row.get("disabled"))) for row in there] == [("defconf: fasttrack", False), (None, False)]
