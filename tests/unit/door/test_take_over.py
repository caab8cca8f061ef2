# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows of others are changed with consent, shown as theirs, and given back, wherever a run is cut and whatever the owner does meanwhile."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import ledger
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import screen
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import ADDED, GIVEN_BACK, REMOVED, YOURS, Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance import preflight
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.preflight import READS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.changing import Change, identity
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.names import BALANCE
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import FILTER, MEMBERS, NETWATCH, SCRIPTS, SETTINGS
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.reads import WHOLE, Read
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.steps import alter
from ansible_collections.multiwan.routeros.plugins.plugin_utils.site import Refused

from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.traits import Traits
from tests.unit.apply.router import door

from .runs import look, run

OWNER = r"""
/interface bridge add name=bridge
/interface bridge port add bridge=bridge interface=ether2
/interface bridge port add bridge=bridge interface=ether4
/ip settings set rp-filter=strict
/ip firewall filter
add chain=input action=accept connection-state=established,related
add chain=forward action=fasttrack-connection connection-state=established,related
add chain=forward action=fasttrack-connection connection-state=established,related
add chain=forward action=fasttrack-connection protocol=udp comment="say \"caf\C3\A9\" \\ \$5 ?"
add chain=forward action=fasttrack-connection protocol=tcp comment=007 disabled=no
add chain=forward action=accept connection-state=established,related
"""
WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1"},
]
OPTIONS = {BALANCE: {"wans": WANS, "lan_interfaces": ["ether3"]}}
TAKING = {BALANCE: {**OPTIONS[BALANCE], "take_over": "all"}}
EDITED = {BALANCE: {**TAKING[BALANCE], "bypass": ["198.18.0.0/15"], "take_over": ["ports", "rp-filter"], "warn_only": ["fasttrack"]}}
KINDS = ["fasttrack", "ports", "rp-filter"]
WITHDRAWN = {BALANCE: {**OPTIONS[BALANCE], "warn_only": KINDS}}
CHANGED = 6


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(interfaces=8) as lab:
        lab.load(OWNER, on_error="stop")
        yield lab


@pytest.fixture
def dropping() -> Iterator[Lab]:
    with Lab(interfaces=8, traits=Traits(toggling_drops_hotspot=True)) as lab:
        lab.load(OWNER, on_error="stop")
        yield lab


def state(lab: Lab) -> str:
    """The configuration, without what only the ledger knows; a row that was disabled once says that it is not, which no export shows."""
    text = re.sub(r'"(multiwan:ledger:).*"', r'"\1"', lab.dump())
    return "\n".join(line for line in text.replace(",\n", "\n").splitlines() if line.strip() != '"disabled": "false"')


def remove(lab: Lab) -> Changes:
    return run(lab, {}, BALANCE)


def theirs(lab: Lab) -> dict[str, Any]:
    """All rows of others, in order."""
    rows = json.loads(lab.dump())
    others = {path: [row for row in rows[path] if not row.get("comment", "").startswith("multiwan:")] for path in rows}
    return {
        path: [{key: row[key] for key in row if (key, row[key]) != ("disabled", "false")} for row in rows] for path, rows in others.items()
    }


def fasttracks(lab: Lab) -> list[str]:
    return [row.get("disabled", "false") for row in theirs(lab)[FILTER] if row["action"] == "fasttrack-connection"]


def yours(changes: Changes) -> list[str]:
    return [f"{row.path} {row.name}".strip() for row in changes.rows() if row.kind in (YOURS, GIVEN_BACK)]


def said(lab: Lab, options: Any = TAKING, *absent: str) -> list[str]:
    return [finding.text for finding in look(lab, options, *absent).findings if finding.kind == "taken-over"]


def test_without_consent_it_refuses_and_prints_the_command_and_the_word(lab: Lab) -> None:
    before = state(lab)
    refusing = [finding for finding in look(lab, OPTIONS).findings if finding.refuses]
    assert [finding.kind for finding in refusing] == ["ports", "rp-filter", *["fasttrack"] * 4]
    for finding in refusing:
        assert f"write multiwan_take_over: [{finding.kind}]" in finding.text
        assert finding.command.startswith("/") and "*" not in finding.command
    with pytest.raises(Refused):
        run(lab, OPTIONS)
    assert state(lab) == before


def test_the_commands_that_are_printed_mend_it(lab: Lab) -> None:
    for finding in look(lab, OPTIONS).findings:
        lab.load(finding.command, on_error="stop")
    assert not [finding for finding in look(lab, OPTIONS).findings if finding.refuses]
    assert yours(run(lab, TAKING)) == []


def test_what_is_taken_over_is_previewed_done_once_and_given_back(lab: Lab) -> None:
    before = state(lab)
    preview = run(lab, TAKING, check=True)
    assert state(lab) == before
    assert lab.writes == []
    done = run(lab, TAKING)
    assert preview.rows() == done.rows()
    assert yours(done) == [
        "interface bridge port 'ether2'",
        "ip settings",
        "ip firewall filter chain=forward action=fasttrack-connection (number 1 of 4)",
        "ip firewall filter chain=forward action=fasttrack-connection (number 2 of 4)",
        "ip firewall filter 'say \"café\" \\ $5 ?'",
        "ip firewall filter '007'",
    ]
    lines = screen.of_run("edge1", preview, (), True)
    assert "edge1:     * /ip/settings (yours, to change): rp-filter" in lines
    assert "edge1:     * /interface/bridge/port 'ether2' (yours, changed): disabled" in screen.of_run("edge1", done, (), False)
    (settings,) = [entry for entry in screen.differences(preview) if entry["before_header"] == "/ip/settings"]
    assert (settings["before"], settings["after"]) == ("(yours)\nrp-filter=strict\n", "(yours)\nrp-filter=loose\n")
    assert fasttracks(lab) == ["true"] * 4
    written = state(lab)
    assert not run(lab, TAKING).changed
    assert state(lab) == written
    given = remove(lab)
    assert len(yours(given)) == CHANGED
    assert "edge1:     * /interface/bridge/port 'ether2' (yours, given back): disabled" in screen.of_run("edge1", given, (), False)
    assert {row.kind for row in given.rows()} == {REMOVED, GIVEN_BACK}
    assert state(lab) == before


@pytest.mark.parametrize("fault", ["drop_before_write", "drop_after_write"])
@pytest.mark.parametrize(
    ("first", "then"),
    [((), TAKING), ((TAKING,), EDITED), ((TAKING,), WITHDRAWN), ((TAKING,), None)],
    ids=["first run", "edit", "withdrawal", "removal"],
)
def test_a_cut_at_any_write_heals_and_loses_nothing(lab: Lab, fault: str, first: tuple[Any, ...], then: Any) -> None:
    def act() -> None:
        if then is None:
            remove(lab)
        else:
            run(lab, then)

    untouched = state(lab)
    for options in first:
        run(lab, options)
    at, wanted = len(lab.writes), ""
    act()
    wanted, writes = state(lab), len(lab.writes) - at
    assert writes > 5
    for number in range(1, writes + 1):
        remove(lab)
        assert state(lab) == untouched, f"removal after a cut at write {number - 1}"
        for options in first:
            run(lab, options)
        setattr(lab.faults, fault, number)
        with pytest.raises(RouterProblem):
            act()
        setattr(lab.faults, fault, 0)
        if number % 2 and then is not None:
            remove(lab)
            assert state(lab) == untouched, f"cut at write {number}, and then removed"
            continue
        if number % 3 == 0:
            reboot(lab)
        act()
        assert state(lab) == wanted, f"cut at write {number}"


def reboot(lab: Lab) -> None:
    """Each row has the id that another one had before, as on a router on which somebody has moved and removed rows."""
    for menu in (FILTER, "interface bridge port"):
        rows = lab.router.table(path(menu))
        ids = [row.id for row in rows]
        for row, other in zip(rows, [*ids[1:], *ids[:1]], strict=True):
            row.id = other
    lab.router.kept.clear()


def test_consent_that_is_withdrawn_refuses_again_and_gives_back_where_it_only_warns(lab: Lab) -> None:
    owner = theirs(lab)
    run(lab, TAKING)
    refusing = [finding.kind for finding in look(lab, OPTIONS).findings if finding.refuses]
    assert refusing == ["ports", "rp-filter", *["fasttrack"] * 4]
    run(lab, WITHDRAWN)
    assert {path: rows for path, rows in theirs(lab).items() if path in owner} == owner
    assert "ledger" not in state(lab)


def test_no_command_is_printed_for_what_an_earlier_run_has_done(lab: Lab) -> None:
    run(lab, TAKING)
    refusing = [finding for finding in look(lab, OPTIONS).findings if finding.refuses]
    assert {finding.kind for finding in refusing} == set(KINDS)
    for finding in refusing:
        assert not finding.command
        assert f"write multiwan_take_over: [{finding.kind}] again" in finding.text
    lab.load("/ip firewall filter add chain=forward action=fasttrack-connection protocol=gre comment=new", on_error="stop")
    assert [finding.command for finding in look(lab, OPTIONS).findings if finding.command] == [
        '/ip firewall filter set [find comment="new"] disabled=yes'
    ]


@pytest.mark.parametrize("which", ["in-interface=ether1", "in-interface=!ether3", "in-interface=ether1 dst-address-type=local"])
def test_an_accept_of_what_arrives_does_not_become_one_of_all_that_the_lan_sends(lab: Lab, which: str) -> None:
    lab.load(f"/ip firewall mangle add chain=prerouting action=accept {which} comment=recipe", on_error="stop")
    run(lab, TAKING)
    (row,) = theirs(lab)["ip firewall mangle"]
    assert row["disabled"] == "true"
    assert f"in-interface={row['in-interface']}" in which


def test_what_would_still_refuse_once_all_is_mended_refuses_before(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change that mends one thing and breaks another one: the run would be green, and the next one too."""
    told = preflight.findings

    def findings(intent: Any, found: Any, probed: bool, now: Any) -> list[Finding]:
        strict = [row for row in found["ip settings"] if row.get("rp-filter") == "loose"]
        return [*told(intent, found, probed, now), *(Finding("/ip settings", "it is loose now", kind="rp-filter") for _row in strict)]

    monkeypatch.setattr(preflight, "findings", findings)
    assert [finding.text for finding in look(lab, TAKING).findings if finding.refuses] == ["/ip settings: it is loose now"]
    with pytest.raises(Refused):
        run(lab, TAKING)


def test_what_the_owner_edits_meanwhile_is_theirs_and_is_told(lab: Lab) -> None:
    run(lab, TAKING)
    lab.load("/ip settings set rp-filter=no", on_error="stop")
    lab.load('/ip firewall filter set [find comment="007"] disabled=no protocol=icmp', on_error="stop")
    (told,) = said(lab)
    assert told == "/ip settings: its rp-filter was changed by a run, and since then by somebody else; it stays as it is"
    (told,) = said(lab, {}, BALANCE)
    assert told.startswith("/ip settings: ")
    remove(lab)
    rows = theirs(lab)
    assert rows["ip settings"][0]["rp-filter"] == "no"
    assert next(row for row in rows[FILTER] if row.get("comment") == "007")["protocol"] == "icmp"
    assert fasttracks(lab) == ["false"] * 4
    assert "ledger" not in state(lab)


def test_rows_that_go_move_or_are_copied(lab: Lab) -> None:
    run(lab, TAKING)
    lab.load('/ip firewall filter remove [find comment="007"]', on_error="stop")
    lab.load("/ip firewall filter move [find protocol=udp] destination=0", on_error="stop")
    (told,) = said(lab, {}, BALANCE)
    assert told == "/ip firewall filter '007': this run cannot give back its disabled, since the row is not there any more"
    remove(lab)
    rows = theirs(lab)[FILTER]
    assert rows[0]["comment"].startswith("say")
    assert fasttracks(lab) == ["false"] * 3


def test_after_a_reboot_rows_are_known_though_their_ids_are_others(lab: Lab) -> None:
    before = theirs(lab)
    lab.load("/ip firewall filter add chain=input place-before=0 comment=first", on_error="stop")
    run(lab, TAKING)
    lab.load("/ip firewall filter remove [find comment=first]", on_error="stop")
    reboot(lab)
    assert not run(lab, TAKING).changed
    remove(lab)
    assert theirs(lab) == before


RENAMED = """
/interface list add name=outside
/ip firewall filter
add chain=forward action=fasttrack-connection in-interface=ether3
add chain=forward action=fasttrack-connection in-interface=ether6
add chain=forward action=fasttrack-connection out-interface-list=!outside
"""


@pytest.mark.parametrize(
    "names",
    [
        "/interface ethernet set ether6 name=uplink",
        "/interface ethernet set ether2 name=uplink\n/interface ethernet set ether6 name=other",
        "/interface list set outside name=inside",
    ],
)
def test_a_row_is_known_when_what_it_names_is_called_something_else(lab: Lab, names: str) -> None:
    lab.load(RENAMED, on_error="stop")
    before = fasttracks(lab)
    run(lab, TAKING)
    lab.load(names, on_error="stop")
    wans = [{**wan, "interface": "uplink" if wan["interface"] == "ether2" and "ether2" in names else wan["interface"]} for wan in WANS]
    renamed = {BALANCE: {**TAKING[BALANCE], "wans": wans}}
    assert said(lab, renamed) == []
    run(lab, renamed)
    assert set(fasttracks(lab)) == {"true"}
    remove(lab)
    assert fasttracks(lab) == before


def test_a_row_that_went_with_its_interface_is_no_other_row(lab: Lab) -> None:
    lab.load("/interface vlan add name=vlan9 interface=ether3 vlan-id=9\n" + RENAMED.replace("ether6", "vlan9"), on_error="stop")
    run(lab, TAKING)
    lab.load("/ip firewall filter remove [find in-interface=vlan9]\n/interface vlan remove vlan9", on_error="stop")
    assert len(said(lab)) == 1
    remove(lab)
    assert set(fasttracks(lab)) == {"false"}


def test_one_of_two_rows_that_say_the_same(lab: Lab) -> None:
    """The second of them was disabled by its owner: it stays so."""
    lab.load("/ip firewall filter set [:pick [find chain=forward connection-state=established,related] 1 2] disabled=yes", on_error="stop")
    before = state(lab)
    assert len(yours(run(lab, TAKING))) == CHANGED - 1
    remove(lab)
    assert state(lab) == before


SOURCE = "".join(f':log info "line {number}  of  caf\u00e9 \\\\ \\"x\\" \\$y ?"\r\n\t# {"x" * 40}\r\n' for number in range(30))
"""A script of some length, with what might go wrong on its way."""


@pytest.mark.parametrize("written", ["", "1", "007", "yes", '# off\n:put "caf\u00e9"\n'])
def test_values_of_any_kind_come_back(lab: Lab, written: str) -> None:
    with door(lab) as router:
        lab.router.add(("system", "script"), {"name": "owner", "source": SOURCE, "comment": "1"})
        before = state(lab)

        def carry_out(*wanted: Change) -> None:
            for step in ledger.steps(found(), wanted):
                router.write(step, Changes(), check=False)

        def found() -> Any:
            return router.found({**READS, SCRIPTS: WHOLE})

        (script,) = found()[SCRIPTS]
        carry_out(Change(SCRIPTS, script, {"source": written}))
        (script,) = json.loads(lab.dump())["system script"]
        assert script["source"] == written
        (kept,) = ledger.original(found())[SCRIPTS]
        assert kept["source"] == SOURCE
        carry_out(Change(SCRIPTS, kept, {"source": "another"}))
        assert len(ledger.entries(found())) == 1
        carry_out()
        assert state(lab) == before


def test_a_field_that_was_not_there_is_taken_away_again(lab: Lab) -> None:
    before = state(lab)
    with door(lab) as router:
        row = router.rows(FILTER)[1]
        for wanted in ((Change(FILTER, row, {"src-address": "10.0.0.0/8", "connection-state": None}),), ()):
            for step in ledger.steps(router.found(READS), wanted):
                router.write(step, Changes(), check=False)
            now = json.loads(lab.dump())[FILTER][1]
            assert ("src-address" in now, "connection-state" in now) == ((True, False) if wanted else (False, True))
    assert state(lab) == before


def test_a_row_that_vanishes_while_the_run_is_at_work_stops_it(lab: Lab) -> None:
    with door(lab) as router:
        rows = router.rows(FILTER)
        row = next(row for row in rows if row.get("comment") == "007")
        lab.load('/ip firewall filter remove [find comment="007"]', on_error="stop")
        step = alter(FILTER, [Change(FILTER, row, {"disabled": True}, identity(FILTER, row, rows))])
        with pytest.raises(RouterProblem) as stopped:
            router.write(step, Changes(), check=False)
    assert stopped.value.finding.text == (
        "Change /ip/firewall/filter '007': the row is not there any more; somebody else is at work on this router; run it again"
    )


def test_a_row_of_a_path_that_has_one_needs_no_id(lab: Lab) -> None:
    with door(lab) as router:
        row = router.rows(SETTINGS)[0]
        assert ".id" not in row
        router.write(alter(SETTINGS, [Change(SETTINGS, row, {"rp-filter": "loose"})]), Changes(), check=False)
        assert router.rows(SETTINGS)[0]["rp-filter"] == "loose"


@pytest.mark.parametrize("cut", [0, *range(1, 16)])
def test_a_row_that_loses_a_field_by_being_switched_gets_it_back(dropping: Lab, cut: int) -> None:
    lab = dropping
    lab.load('/ip firewall filter set [find comment="007"] hotspot=auth', on_error="stop")
    before = state(lab)
    lab.faults.drop_before_write = cut
    with contextlib.suppress(RouterProblem):
        run(lab, TAKING)
    lab.faults.drop_before_write = 0
    run(lab, TAKING)
    assert next(row for row in theirs(lab)[FILTER] if row.get("comment") == "007")["hotspot"] == "auth"
    assert not run(lab, TAKING).changed
    lab.faults.drop_before_write = cut
    with contextlib.suppress(RouterProblem):
        run(lab, WITHDRAWN)
    lab.faults.drop_before_write = 0
    remove(lab)
    assert state(lab) == before


GUARD = {"list": "WAN", "interface": "ether2", "comment": "multiwan:pcc_balance:guard:WAN:isp2"}
DROP = {"chain": "forward", "action": "drop", "connection-state": "invalid", "comment": "multiwan:pcc_balance:guard:filter"}


def test_rows_of_ours_that_a_finding_takes_come_and_go_with_consent(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever their path: also one on which the role has no others."""
    lab.load("/interface list add name=WAN\n/interface list member add list=WAN interface=ether1", on_error="stop")
    before, told = state(lab), preflight.findings

    def findings(intent: Any, found: Any, probed: bool, now: Any) -> list[Finding]:
        lacking = Finding("/ip firewall filter", "it lacks ether2", kind="lists", additions=((MEMBERS, GUARD), (FILTER, DROP)))
        return [preflight._answered(lacking, intent, found, now), *told(intent, found, probed, now)]

    monkeypatch.setattr(preflight, "findings", findings)
    refused = look(lab, {BALANCE: {**TAKING[BALANCE], "take_over": ["fasttrack", "ports", "rp-filter"]}}).findings[0]
    assert refused.command.splitlines() == [
        "/interface list member add list=WAN interface=ether2",
        "/ip firewall filter add chain=forward action=drop connection-state=invalid",
    ]
    done = run(lab, TAKING)
    assert {GUARD["comment"], DROP["comment"]} <= {row.name for row in done.rows() if row.kind == ADDED}
    assert not run(lab, TAKING).changed
    monkeypatch.setattr(preflight, "findings", told)
    without = run(lab, TAKING)
    assert {GUARD["comment"], DROP["comment"]} == {row.name for row in without.rows() if row.kind == REMOVED}
    monkeypatch.setattr(preflight, "findings", findings)
    run(lab, TAKING)
    remove(lab)
    assert state(lab) == before


def test_half_an_entry_and_a_strange_one_are_no_entries(lab: Lab) -> None:
    run(lab, TAKING)
    lab.load(
        '/ip firewall address-list add list=multiwan-ledger address=240.9.9.9 comment="multiwan:ledger:0123456789ab:1/2:{"', on_error="stop"
    )
    lab.load('/ip firewall address-list add list=multiwan-ledger address=240.9.9.8 comment="multiwan:ledger:x"', on_error="stop")
    with door(lab) as router:
        assert len(ledger.entries(router.found(READS))) == CHANGED
    run(lab, TAKING)
    assert "240.9.9" not in lab.dump()


def test_a_comment_in_another_encoding_stays(lab: Lab) -> None:
    """Of bytes that are no UTF-8 the modules read nothing: such a row is known by what else it says."""
    lab.load('/ip firewall filter add chain=forward action=fasttrack-connection protocol=gre comment="\\C4\\EE\\EC"', on_error="stop")
    before = state(lab)
    assert len(yours(run(lab, TAKING))) == CHANGED + 1
    assert fasttracks(lab) == ["true"] * 5
    remove(lab)
    assert state(lab) == before


def test_a_watch_without_a_name_is_known_by_its_host_however_it_is_read(lab: Lab) -> None:
    """What netwatch counts is different in each reading, and module api_info leaves it out."""
    lab.load(
        "/tool netwatch add host=192.0.2.7 down-script=x\n/tool netwatch add host=192.0.2.8\n/tool netwatch add host=192.0.2.8 port=9",
        on_error="stop",
    )
    before = state(lab)
    with door(lab) as router:
        hidden = router.found({**READS, NETWATCH: Read(None, hidden=True)})
        for step in ledger.steps(hidden, [Change(NETWATCH, row, {"disabled": True}) for row in hidden[NETWATCH]]):
            router.write(step, Changes(), check=False)
        shown = router.found({**READS, NETWATCH: WHOLE})
        assert [row["disabled"] for row in shown[NETWATCH]] == [True] * 3
        for row in lab.router.table(path(NETWATCH)):
            lab.router.set_state(path(NETWATCH), row, {"since": "2026-01-01 00:00:00", "status": "down"})
        for step in ledger.steps(router.found({**READS, NETWATCH: WHOLE})):
            router.write(step, Changes(), check=False)
    assert state(lab) == before
