# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands of menus in scripts: find, get, print, set and the rest."""

from __future__ import annotations

import pytest

from tests.lab.router.language.errors import ScriptError
from tests.lab.router.load import load
from tests.lab.router.paths import path
from tests.lab.router.reading import read_rows
from tests.lab.router.store import Router
from tests.lab.router.traits import Traits

from .scripting import execute, new, only, puts, value

ROWS = """\
/ip address add address=10.0.0.2/24 interface=ether1 comment=one
/routing table add name=isp1 fib
/ip route add gateway=10.0.0.1 distance=3 routing-table=isp1 comment="multiwan:a" check-gateway=ping
/ip route add gateway=10.0.0.1,10.0.0.3 dst-address=1.1.1.1/32 comment="multiwan:b" disabled=no
/ip route add blackhole distance=250 dst-address=10.9.0.0/16
/tool netwatch add host=1.1.1.1 interval=30s comment=x
/system script add name=s source=":put 1"
"""


@pytest.fixture
def router() -> Router:
    made = new()
    assert load(made, ROWS).skipped == []
    return made


def count(router: Router, condition: str, menu: str = "/ip route") -> int:
    """How many rows of a menu meet a condition."""
    return int(value(router, f"[{menu} print count-only where {condition}]"))


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('comment="multiwan:a"', 1),
        ('comment~"^multiwan:"', 2),
        ("distance=3", 1),
        ("distance>1", 2),
        ("distance > 1 and distance < 100", 1),
        ("distance>=3", 2),
        ("routing-table=isp1", 1),
        ("routing-table!=isp1", 3),
        ("active", 4),
        ("!active", 0),
        ("active=yes", 4),
        ("disabled", 0),
        ("!disabled", 4),
        ("disabled=no", 4),
        ("disabled=yes", 0),
        ("blackhole", 1),
        ("!blackhole dynamic=no", 2),
        ('comment=""', 2),
        ("comment", 2),
        ("dst-address=1.1.1.1/32", 0),
        ('dst-address="1.1.1.1/32"', 1),
        ("dst-address=[:tostr 1.1.1.1/32]", 1),
        ("routing-mark=isp1", 0),
        ("nonsense", 0),
        ("check-gateway=ping", 1),
        ('comment="multiwan:a" or comment="multiwan:b"', 2),
        ('comment="multiwan:a" || blackhole', 2),
        ('(comment="multiwan:a" or routing-table=main) and distance=3', 1),
        ('(dst-address="1.1.1.1/32")', 1),
        ("!(distance=3)", 3),
        ('comment~("^multi" . "wan:a")', 1),
        ('comment~"nothing" comment~"multiwan"', 0),
    ],
)
def test_where(router: Router, condition: str, found: int) -> None:
    assert count(router, condition) == found


@pytest.mark.parametrize(
    ("condition", "menu", "found"),
    [
        ("interval=30s", "/tool netwatch", 0),
        ('interval="30s"', "/tool netwatch", 1),
        ("running", "/interface", 4),
        ("name=ether1", "/interface", 1),
        ("invalid", "/system script", 0),
        ('name="s" and run-count=0', "/system script", 1),
    ],
)
def test_where_in_other_menus(router: Router, condition: str, menu: str, found: int) -> None:
    assert count(router, condition, menu) == found


def test_a_property_hides_a_variable(router: Router) -> None:
    source = ':local comment "multiwan:a"; :local wanted "multiwan:a"; :put [:len [/ip route find where comment=$comment]]'
    assert puts(router, source + "; :put [:len [/ip route find where comment=$wanted]]") == ["4", "1"]


def test_conditions_that_are_none(router: Router) -> None:
    for condition in ("5", "(1 + 1)", "comment~5", "and"):
        with pytest.raises(ScriptError):
            count(router, condition)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('[/ip route get [find comment="multiwan:a"] distance]', "3"),
        ('[:typeof [/ip route get [find comment="multiwan:a"] distance]]', "num"),
        ('[:typeof [/ip route get [find comment="multiwan:a"] disabled]]', "bool"),
        ('[/ip route get [find comment="multiwan:a"] gateway]', "10.0.0.1"),
        ('[:typeof [/ip address get [find comment="one"] address]]', "str"),
        ("[:typeof [/tool netwatch get [find] interval]]", "str"),
        ("([/tool netwatch get [find] interval] = 30s)", "false"),
        ("([:totime [/tool netwatch get [find] interval]] = 30s)", "true"),
        ("[/tool netwatch get [find] disabled]", "false"),
        ("[:typeof [/ip route get [find blackhole] comment]]", "nil"),
        ("[/ip route get [find blackhole] blackhole]", "true"),
        ("[/system identity get name]", "MikroTik"),
        ("[/interface get ether1 running]", "true"),
        ("[:typeof [/interface get ether1 .id]]", "id"),
        ('([/system script get s]->"source")', ":put 1"),
        ("[:typeof [/ip route print as-value]]", "array"),
        ('([/ip route print as-value where comment="multiwan:b"]->0->"gateway"->1)', "10.0.0.3"),
        ('[:typeof ([/ip route print as-value where comment="multiwan:a"]->0->"gateway")]', "array"),
        ("[:len ([/tool netwatch print as-value proplist=host]->0)]", "1"),
        ("[:typeof [/ip route print]]", "nothing"),
        ("[/interface print count-only from=ether1,ether2]", "2"),
    ],
)
def test_reading(router: Router, expression: str, text: str) -> None:
    assert value(router, expression) == text


def test_a_property_without_a_value_by_the_trait() -> None:
    router = new(traits=Traits(absent_property_is_nil=False))
    load(router, ROWS)
    assert value(router, "[:typeof [/ip route get [find blackhole] comment]]") == "str"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("/ip route get [find comment=none] distance", "no such item"),
        ("/ip route get *77 distance", "no such item"),
        ("/ip route get [find blackhole] teleport", "input does not match any value of value-name"),
        ("/ip route set 0 distance=5", "no such item"),
        (":local x; /ip route remove $x", "no such item"),
        ("/ip route set [find blackhole] teleport=5", "unknown parameter teleport"),
        ("/routing table add name=x fib=yes", "expected end of command"),
        ("/ip route print file=x", "lab: print file is not played here"),
    ],
)
def test_refusals(router: Router, source: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        execute(router, source)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "source",
    [
        "/ip route set [find comment=none] distance=9",
        "/ip route remove [find comment=none]",
        "/ip route disable [find comment=none]",
        ':local none [:toarray ""]; /ip route enable $none',
    ],
)
def test_rows_that_are_not_found_are_no_error(router: Router, source: str) -> None:
    before = read_rows(router, path("ip route"))
    assert execute(router, source).writes == 0
    assert read_rows(router, path("ip route")) == before


def test_writing(router: Router) -> None:
    source = """
    :local d 20
    :local id [/ip route add gateway=10.0.0.1 dst-address=2.2.2.2/32 distance=$d comment=("a" . "b")]
    /ip route set $id distance=($d + 5)
    /ip route
    disable $id; enable $id
    set [find comment="multiwan:a"] !check-gateway
    unset [find comment="multiwan:b"] comment
    :put [get $id distance]
    """
    router_table = path("ip route")
    with pytest.raises(ScriptError, match="input does not match any value of value-name"):
        execute(router, source)
    source = source.replace('unset [find comment="multiwan:b"] comment', "")
    assert puts(router, source) == ["25"]
    shown = {row.get("comment"): row for row in read_rows(router, router_table)}
    assert "check-gateway" not in shown["multiwan:a"]
    assert shown["ab"]["distance"] == "25"


def test_a_value_of_each_type_can_be_written(router: Router) -> None:
    source = """
    :local t 1m; :local on yes; :local list {"tcp";"udp"}
    /tool netwatch set [find] interval=$t disabled=$on
    /ip firewall mangle add chain=x action=accept connection-state={"new";"related"} comment=[:tostr 5]
    """
    with pytest.raises(ScriptError):
        execute(router, source)
    execute(router, source.replace('{"new";"related"}', '({"new";"related"})'))
    assert only(router, "tool netwatch")["interval"] == "1m"
    assert only(router, "tool netwatch")["disabled"] == "true"
    assert only(router, "ip firewall mangle")["connection-state"] == "related,new"


def test_a_source_in_braces(router: Router) -> None:
    execute(router, "/system script add name=b source={:put 1; :put 2}")
    assert value(router, "[/system script get b source]") == ":put 1; :put 2"


def test_ids_by_variable_and_order(router: Router) -> None:
    execute(router, "/ip firewall mangle add chain=x comment=a; /ip firewall mangle add chain=x comment=b")
    execute(router, '/ip firewall mangle move [find comment="b"] [find comment="a"]')
    assert [row["comment"] for row in read_rows(router, path("ip firewall mangle"))] == ["b", "a"]
    execute(router, "/ip firewall mangle; :foreach i in=[find] do={remove $i}")
    assert read_rows(router, path("ip firewall mangle")) == []


def test_log(router: Router) -> None:
    execute(router, ':local n 1; :log info "number $n"; :log warning careful; /log error "x"')
    lines = [(row["topics"], row["message"]) for row in read_rows(router, path("log"))]
    assert lines == [("script,info", "number 1"), ("script,warning", "careful"), ("script,error", "x")]


def test_global_variables_are_listed(router: Router) -> None:
    execute(router, ":global a 1; :global b {1;2}")
    shown = [(row["name"], row["value"], row["user"]) for row in read_rows(router, path("system script environment"))]
    assert shown == [("a", "1", "admin"), ("b", "1;2", "admin")]
    execute(router, '/system script environment remove [find name="a"]; :environment print')
    assert value(router, "[:len [/system/script/environment/find]]") == "1"
