# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Types, literals and conversions."""

from __future__ import annotations

import pytest

from tests.lab.router.store import Router

from .scripting import new, puts, value


@pytest.fixture(scope="module")
def router() -> Router:
    return new()


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("1", "num"),
        ("-5", "num"),
        ("0x1F", "num"),
        ("yes", "bool"),
        ("(1 = 1)", "bool"),
        ('"yes"', "str"),
        ("ether1", "str"),
        ("192.168.88.1", "ip"),
        ("10.0.0.1/24", "ip-prefix"),
        ("::1", "ip6"),
        ("fe80::/10", "ip6-prefix"),
        ("*1A", "id"),
        ("10s", "time"),
        ("00:01:30", "time"),
        ("{1;2}", "array"),
        ('[:toarray ""]', "array"),
        ('[:tonum "x"]', "nil"),
        ('[:find "abc" "z"]', "nil"),
        ('({a=1}->"b")', "nothing"),
        ('[:parse ":put 1"]', "code"),
        ("[/interface find]", "array"),
        ("([/interface find]->0)", "id"),
    ],
)
def test_typeof(router: Router, expression: str, kind: str) -> None:
    assert value(router, f"[:typeof {expression}]") == kind


def test_what_was_never_set_is_nothing(router: Router) -> None:
    assert puts(router, ":local x\n:put [:typeof $x]\n:put [:len $x]\n:global neverSet; :put [:typeof $neverSet]") == [
        "nothing",
        "0",
        "nothing",
    ]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("200ms", "00:00:00.200"),
        ("10s", "00:00:10"),
        ("1m30s", "00:01:30"),
        ("1d2h3m4s", "1d02:03:04"),
        ("1d02:03:04", "1d02:03:04"),
        ("8d", "1w1d00:00:00"),
        ("yes", "true"),
        ("no", "false"),
        ("{3;b=2;1;a=1}", "3;1;a=1;b=2"),
        ('{1;"x y"={5;6}}', "1;x y=5;6"),
        ("9223372036854775807", "9223372036854775807"),
        ("(9223372036854775807 + 1)", "-9223372036854775808"),
        ("*1a", "*1A"),
    ],
)
def test_texts_of_values(router: Router, expression: str, text: str) -> None:
    assert value(router, expression) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('[:tonum "12"]', "12"),
        ("[:tonum 1m]", "60"),
        ("[:tonum yes]", "1"),
        ("[:tonum 0.0.1.0]", "256"),
        ("[:typeof [:tonum 12a]]", "nil"),
        ('[:tobool "yes"]', "true"),
        ("[:tobool 0]", "false"),
        ('[:typeof [:tobool "maybe"]]', "nil"),
        ('[:toip "1.2.3.4"]', "1.2.3.4"),
        ("[:toip 10.0.0.1/24]", "10.0.0.1"),
        ("[:toip 256]", "0.0.1.0"),
        ('[:typeof [:toip "1.2.3"]]', "nil"),
        ('[:totime "30m"]', "00:30:00"),
        ("[:totime 90]", "00:01:30"),
        ('[:totime "0s"]', "00:00:00"),
        ('[:totime "1970-01-02 00:00:01"]', "1d00:00:01"),
        ('[:typeof [:totime "soon"]]', "nil"),
        ('[:toid "*1F"]', "*1F"),
        ('[:typeof [:toid "x"]]', "nil"),
        ("[:tonsec 1s]", "1000000000"),
        ('[:toarray "a,b"]', "a;b"),
        ('[:len [:toarray ""]]', "0"),
        ('[:toarray "a|b" delimiter="|"]', "a;b"),
        ("[:toarray 5]", "5"),
        ("[:typeof [:tostr 5]]", "str"),
    ],
)
def test_conversions(router: Router, expression: str, text: str) -> None:
    assert value(router, expression) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (":local a {1;2;3}; :put ($a->0)", "1"),
        (':local a {x=1}; :put ($a->"x")', "1"),
        (':local a {x={y=2}}; :put ($a->"x"->"y")', "2"),
        (':local a {1}; :set ($a->"k") 5; :put $a', "1;k=5"),
        (":local a {1;2}; :set ($a->1) 9; :put $a", "1;9"),
        (":local a {1;2}; :set ($a->0); :put $a", "2"),
        (':local a {x={y=2}}; :set ($a->"x"->"y") 3; :put $a', "x=y=3"),
        (":local a {1;2}; :local b $a; :set ($b->0) 9; :put $a", "1;2"),
        (":put [:len {1;2;k=3}]", "3"),
        (":put [:pick {1;2;3} 1]", "2"),
        (":put [:pick {1;2;3} 1 9]", "2;3"),
        (":put [:find {1;2;3} 3]", "2"),
        (":put [:find {a=5;b=6} 6]", "b"),
        (":put [:typeof ({1}->7)]", "nothing"),
    ],
)
def test_arrays(router: Router, source: str, text: str) -> None:
    assert puts(router, source) == [text]
