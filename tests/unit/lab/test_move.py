# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The order of rows: place-before and move."""

from __future__ import annotations

import pytest
from librouteros.api import Api

from .client import add, comments, raw, refusal

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


@pytest.mark.parametrize("path", ["/ip/route", "/tool/netwatch", "/ip/firewall/address-list"])
def test_menus_without_an_order(api: Api, path: str) -> None:
    assert refusal(api, f"{path}/move", "=numbers=*1") == "no such command"


def test_rules_have_an_order(api: Api) -> None:
    for letter in "ab":
        add(api, "/routing/rule", table="main", comment=letter)
    raw(api, "/routing/rule/move", "=numbers=*2", "=destination=*1")
    assert comments(api, "/routing/rule") == ["b", "a"]
