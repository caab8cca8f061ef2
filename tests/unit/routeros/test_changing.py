# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that change rows of others: each does in the router's own language what its change says, to that row and to no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.changing import Change, addition_command, command, name
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import (
    ADDRESS_LIST,
    DHCP_CLIENTS,
    FILTER,
    MANGLE,
    MEMBERS,
    NAT,
    NETWATCH,
    PORTS,
    ROUTES,
    SCHEDULER,
    SCRIPTS,
    SETTINGS,
)
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.rows import Row, label

from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.rows import id_text
from tests.unit.apply.router import door

EXPORTS = Path(__file__).parents[4] / "shared" / "router-exports"
FILES = sorted(EXPORTS.rglob("*.rsc"))
PATHS = (FILTER, MANGLE, NAT, ADDRESS_LIST, PORTS, MEMBERS, ROUTES, DHCP_CLIENTS, NETWATCH, SCHEDULER, SCRIPTS)
FEW = 6
"""So many rows of each path are changed."""
ROWS = r"""
/interface bridge add name=bridge
/interface bridge port add bridge=bridge interface=ether2
/interface bridge port add bridge=bridge interface="ether3"
/ip firewall address-list add list=a address=10.0.0.0/8
/ip firewall address-list add list=a address=10.1.0.0-10.1.0.9
/ip firewall address-list add list=disabled address=10.0.0.0/8
/ip firewall mangle
add chain=prerouting action=mark-connection new-connection-mark=a
add chain=prerouting action=mark-connection new-connection-mark=a
add chain=prerouting action=mark-connection new-connection-mark=a src-address=10.0.0.0/8
add chain=prerouting action=mark-connection new-connection-mark=a comment="say \"x\" \\ \$y ?"
add chain=prerouting action=mark-connection new-connection-mark=a comment="caf\C3\A9"
add chain=prerouting action=mark-connection new-connection-mark=a comment="\C4\EE\EC"
add chain=prerouting action=mark-connection new-connection-mark=a comment=007
add chain=prerouting action=mark-connection new-connection-mark=a comment=yes
add chain=prerouting action=mark-connection new-connection-mark=a comment=disabled
add chain=prerouting action=mark-connection new-connection-mark=a comment=twice
add chain=prerouting action=mark-connection new-connection-mark=a comment=twice
add chain=comment action=accept
/system script add name="my script" source=":put 1"
/ip route add dst-address=10.9.0.0/16 gateway=192.0.2.1
/ip route add dst-address=10.9.0.0/16 gateway=192.0.2.2
"""


def check(lab: Lab, menu: str, number: int, rows: Sequence[Row], fields: Row) -> None:
    """The command changes this row of a path, and nothing else."""
    wanted, at = written(lab, menu), str(rows[number].get(".id", ""))
    changed = {key: _text(value) for key, value in fields.items() if value is not None}
    wanted[at] = {key: value for key, value in {**wanted[at], **changed}.items() if key not in fields or key in changed}
    said = command(Change(menu, rows[number], fields), rows)
    report = lab.load(said, on_error="stop")
    assert (said, report.skipped) == (said, [])
    assert (said, written(lab, menu)) == (said, wanted)


def written(lab: Lab, menu: str) -> dict[str, dict[str, str]]:
    """What somebody wrote in the rows of a path, by id."""
    single = lab.router.menu(path(menu)).single
    return {
        "" if single else id_text(row.id): {key: lab.router.text(value) for key, value in row.values.items()}
        for row in lab.router.table(path(menu))
    }


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(lab: Lab, menu: str) -> list[Row]:
    with door(lab) as router:
        return router.rows(menu)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(interfaces=4) as lab:
        lab.load(ROWS)
        yield lab


@pytest.mark.parametrize("menu", [MANGLE, ADDRESS_LIST, PORTS, SCRIPTS, ROUTES])
def test_each_row_is_found_among_those_that_are_like_it(lab: Lab, menu: str) -> None:
    rows = read(lab, menu)
    assert rows
    for number, row in enumerate(rows):
        if row.get("dynamic"):
            continue
        check(lab, menu, number, rows, {"source": ':put "a b"\n'} if menu == SCRIPTS else {"disabled": True})
        rows = read(lab, menu)


def test_a_field_is_set_to_what_needs_quotes_and_taken_away(lab: Lab) -> None:
    for fields in ({"src-address": "10.0.0.0/8", "comment": 'a "b" $c'}, {"src-address": None}, {"log": True, "log-prefix": "007"}):
        check(lab, MANGLE, 0, read(lab, MANGLE), fields)


def test_a_path_that_has_one_row_needs_nothing_to_be_found() -> None:
    with Lab(interfaces=2) as lab:
        check(lab, SETTINGS, 0, read(lab, SETTINGS), {"rp-filter": "loose"})


def test_a_row_of_ours_can_be_added_by_hand_without_being_ours(lab: Lab) -> None:
    row: Row = {"list": "my list", "interface": "ether2", "disabled": False, "comment": "multiwan:pcc_balance:guard:my list:isp1"}
    assert addition_command(MEMBERS, row) == '/interface list member add list="my list" interface=ether2 disabled=no'
    lab.load('/interface list add name="my list"\n' + addition_command(MEMBERS, row), on_error="stop")
    (member,) = read(lab, MEMBERS)
    assert (member["list"], member.get("comment")) == ("my list", None)


def test_people_read_no_ids(lab: Lab) -> None:
    for menu in (MANGLE, ADDRESS_LIST, PORTS, SCRIPTS, ROUTES):
        rows = read(lab, menu)
        names = [name(menu, row, rows) for row in rows]
        assert len(set(names)) == len(names)
        assert not [said for said in names if not said or said.startswith("*")]


@pytest.mark.skipif(not FILES, reason="the exports of real routers are not here")
@pytest.mark.parametrize("file", FILES or [None], ids=lambda file: file.stem[:24] if file else "none")
def test_rows_of_real_routers(file: Path) -> None:
    with Lab(load=[file]) as lab:
        for menu in PATHS:
            rows = read(lab, menu)
            static = [number for number, row in enumerate(rows) if not row.get("dynamic")]
            for number in static[:: max(1, len(static) // FEW)]:
                rows = read(lab, menu)
                fields: Row = {"source": ':put "x"'} if menu == SCRIPTS else {"disabled": not rows[number].get("disabled")}
                check(lab, menu, number, rows, fields)


@pytest.mark.parametrize(
    ("row", "called"),
    [
        ({".id": "*1", "comment": "my row", "chain": "input"}, "'my row'"),
        (
            {".id": "*1", "chain": "input", "action": "drop", "in-interface": "ether1", "bytes": 7},
            "chain=input action=drop in-interface=ether1",
        ),
        ({".id": "*1", "dst-address": "10.0.0.0/8", "gateway": "10.1.1.1"}, "dst-address=10.0.0.0/8"),
        ({".id": "*1", "host": "192.0.2.1"}, "host=192.0.2.1"),
        ({".id": "*1"}, "without a comment"),
    ],
)
def test_a_sentence_has_no_ids(row: Row, called: str) -> None:
    assert label(row) == called
