# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of rows: place-before and move."""

from __future__ import annotations

import pytest
from librouteros.api import Api

from tests.lab.router.lab import Lab
from tests.lab.router.language.errors import ScriptError
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows

from .client import add, comments, raw, refusal
from .scripting import execute, new, puts

MANGLE = "/ip/firewall/mangle"


@pytest.fixture
def five(api: Api) -> Api:
    """Rows a to e with ids *1 to *5, in two chains."""
    for letter, chain in zip("abcde", ("x", "x", "y", "y", "y"), strict=True):
        add(api, MANGLE, chain=chain, comment=letter)
    return api


@pytest.mark.parametrize(
    ("numbers", "destination", "order"),
    [
        ("*4", "*2", "adbce"),
        ("*1", "*4", "bcade"),
        ("*5", "*1", "eabcd"),
        ("*2,*4", "*1", "bdace"),
        ("*4,*2", "*1", "dbace"),
        ("*1", "*99", "bcdea"),
        ("*1", None, "bcdea"),
        ("0", "2", "bacde"),
        ("4", "0", "eabcd"),
    ],
)
def test_move(five: Api, numbers: str, destination: str | None, order: str) -> None:
    words = [] if destination is None else [f"=destination={destination}"]
    raw(five, f"{MANGLE}/move", f"=numbers={numbers}", *words)
    assert "".join(comments(five, MANGLE)) == order


def test_ids_stay_when_rows_move(five: Api) -> None:
    raw(five, f"{MANGLE}/move", "=numbers=*5", "=destination=*1")
    assert [row[".id"] for row in five(f"{MANGLE}/print")] == ["*5", "*1", "*2", "*3", "*4"]


def test_not_before_itself(five: Api) -> None:
    message = refusal(five, f"{MANGLE}/move", "=numbers=*2", "=destination=*2")
    assert message == "failure: can not move object before itself"
    assert "".join(comments(five, MANGLE)) == "abcde"


def test_unknown_rows_do_not_move(five: Api) -> None:
    assert refusal(five, f"{MANGLE}/move", "=numbers=*2,*77", "=destination=*1") == "no such item"
    assert "".join(comments(five, MANGLE)) == "abcde"


@pytest.mark.parametrize(("place", "order"), [("*1", "nabcde"), ("*3", "abncde"), ("0", "nabcde"), ("4", "abcdne")])
def test_place_before(five: Api, place: str, order: str) -> None:
    raw(five, f"{MANGLE}/add", "=chain=x", "=comment=n", f"=place-before={place}")
    assert "".join(comments(five, MANGLE)) == order


def test_place_before_nothing(api: Api) -> None:
    assert refusal(api, f"{MANGLE}/add", "=chain=x", "=place-before=0") == "no such item"


def test_place_before_is_for_add_only(five: Api) -> None:
    message = refusal(five, f"{MANGLE}/set", "=.id=*1", "=place-before=*2")
    assert message == "unknown parameter place-before"


@pytest.mark.parametrize("menu", ["/ip/route", "/tool/netwatch", "/ip/firewall/address-list"])
def test_menus_without_an_order(api: Api, menu: str) -> None:
    assert refusal(api, f"{menu}/move", "=numbers=*1") == "no such command"


def test_rules_have_an_order(api: Api) -> None:
    for letter in "ab":
        add(api, "/routing/rule", table="main", comment=letter)
    raw(api, "/routing/rule/move", "=numbers=*2", "=destination=*1")
    assert comments(api, "/routing/rule") == ["b", "a"]


ORDERED = (
    *("/routing/rule", "/ip/firewall/filter", "/ip/firewall/nat", "/ip/firewall/mangle", "/ip/firewall/raw"),
    *("/ipv6/firewall/filter", "/ipv6/firewall/mangle", "/queue/simple"),
)
MOVES = [
    ('move [find comment="c"] [find comment="a"]', "cabde"),
    ('move numbers=[find comment="c"] destination=[find comment="a"]', "cabde"),
    ('move [find comment~"[bd]"] [find comment="a"]', "bdace"),
    ('move [find where comment~"[bd]"] destination=[find comment="a"]', "bdace"),
    (r'move [find comment~"^(a|c)\$"]', "bdeac"),
    ('move numbers=[find comment~"a|b|e"]', "cdabe"),
    ('move [find comment="a"] [find comment="nobody"]', "bcdea"),
    ('move [find comment="nobody"] [find comment="a"]', "abcde"),
    ('move [find comment="e"] destination=0', "eabcd"),
    ('move [find comment~"[de]"] ([find]->0)', "deabc"),
    (':local block [find comment~"[bd]"]; move $block', "acebd"),
    (':local to [find comment="a"]; :foreach row in=[find comment~"[bd]"] do={move $row $to}', "bdace"),
    (':foreach row in=[find comment~"[bd]"] do={move $row}', "acebd"),
]


@pytest.mark.parametrize("menu", ORDERED)
def test_scripts_move_rows_in_every_ordered_menu(menu: str) -> None:
    for source, order in MOVES:
        router = new()
        words = "chain=forward" if "firewall" in menu else "target=10.0.0.0/8" if "queue" in menu else "action=lookup"
        for letter in "abcde":
            execute(router, f"{menu} add {words} comment={letter}")
        execute(router, f"{menu}\n{source}")
        assert "".join(row["comment"] for row in read_rows(router, path(menu.replace("/", " ")))) == order, source


def test_clients_move_several_rules_as_one_block(api: Api) -> None:
    for letter in "abcd":
        add(api, "/routing/rule", comment=letter)
    raw(api, "/routing/rule/move", "=numbers=*1,*2")
    assert "".join(comments(api, "/routing/rule")) == "cdab"
    raw(api, "/routing/rule/move", "=.id=*2,*1", "=destination=*3")
    assert "".join(comments(api, "/routing/rule")) == "bacd"


def test_one_row_that_must_stay_keeps_all(lab: Lab, api: Api) -> None:
    for letter in "ab":
        add(api, MANGLE, chain="x", comment=letter)
    lab.router.install(path("ip firewall mangle"), {"chain": "x", "comment": "c"}, dynamic=True)
    refusal(api, f"{MANGLE}/move", "=numbers=*1,*3")
    assert "".join(comments(api, MANGLE)) == "abc"


@pytest.mark.parametrize(("row", "place"), [("a", "0"), ("c", "2"), ("e", "4")])
def test_a_rows_place_is_its_ids_in_what_find_gives(row: str, place: str) -> None:
    router = new()
    for letter in "abcde":
        execute(router, f"/routing rule add comment={letter}")
    source = f':local id ([/routing/rule/find comment="{row}"]->0); :put [:find [/routing/rule/find] $id]'
    assert puts(router, source) == [place]
    assert puts(router, f'/routing rule; :put [:find [find] ([find comment="{row}"]->0)]') == [place]


def test_a_row_that_find_does_not_give_has_no_place() -> None:
    router = new()
    execute(router, "/routing rule add comment=a; /routing rule add comment=b disabled=yes")
    source = ':local id ([find comment="a"]->0); :put [:typeof [:find [find disabled=yes] $id]]'
    assert puts(router, f"/routing rule\n{source}") == ["nil"]


def test_a_match_without_where_is_for_find_only() -> None:
    with pytest.raises(ScriptError, match="syntax error"):
        execute(new(), ':put a~"b"')
