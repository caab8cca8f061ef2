# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that run blocks, variables, functions, errors."""

from __future__ import annotations

import pytest

from tests.lab.router.language.errors import ScriptError
from tests.lab.router.store import Router

from .scripting import execute, new, puts


@pytest.fixture
def router() -> Router:
    return new()


@pytest.mark.parametrize(
    ("source", "output"),
    [
        (":if (1 < 2) do={:put a} else={:put b}", ["a"]),
        (":if (1 > 2) do={:put a} else={:put b}", ["b"]),
        (":if (1 > 2) do={:put a}", []),
        (":local i 0; :while ($i < 3) do={:put $i; :set i ($i + 1)}", ["0", "1", "2"]),
        (":local i 0; :do {:put $i; :set i ($i + 1)} while=($i < 2)", ["0", "1"]),
        (":for i from=1 to=3 do={:put $i}", ["1", "2", "3"]),
        (":for i from=3 to=1 do={:put $i}", ["3", "2", "1"]),
        (":for i from=0 to=10 step=5 do={:put $i}", ["0", "5", "10"]),
        (":for i from=0 to=-1 do={:put $i}", ["0", "-1"]),
        (":for i from= 1 to= 2 do={:put $i}", ["1", "2"]),
        (":foreach x in={1;2} do={:put $x}", ["1", "2"]),
        (':foreach k,v in={5;a=1} do={:put "$k:$v"}', ["0:5", "a:1"]),
        (":foreach x in=[/interface find where name=none] do={:put $x}", []),
        (":do {:error boom} on-error={:put caught}", ["caught"]),
        (":do {:put fine} on-error={:put caught}", ["fine"]),
        (":do {/ip address remove *99} on-error={:put caught}", ["caught"]),
        (":onerror e in={:error boom} do={:put $e}", ["boom"]),
        (":put [:onerror e in={:error boom} do={}]", ["true"]),
        (":put [:onerror e in={:put fine} do={}]", ["fine", "false"]),
        (":onerror e in={/ip address remove *99} do={:put $e}", ["no such item (/ip/address/remove; line 1)"]),
        (":foreach x in={1;2;3} do={:if ($x = 2) do={:error x}; :put $x} on-error={:put e}", ["1", "e"]),
        ("{:put a; {:put b}}", ["a", "b"]),
        (":put [:time {:put x}]", ["x", "00:00:00"]),
        (':local f [:parse ":put parsed"]; $f', ["parsed"]),
        (':local f [:parse ":put \\$x"]; $f x=5', ["5"]),
    ],
)
def test_control(router: Router, source: str, output: list[str]) -> None:
    router.services.clock.now = lambda: 0.0  # type: ignore[method-assign]
    assert puts(router, source) == output


@pytest.mark.parametrize(
    ("source", "output"),
    [
        (":local f do={:return ($1 + $named)}; :put [$f 3 named=4]", ["7"]),
        (":global f do={:return ($1 . $2)}; :put [$f a b]", ["ab"]),
        (":local x 5; :local f do={:put [:typeof $x]; :return 0}; $f", ["nothing"]),
        (":global x 5; :local f do={:put [:typeof $x]; :return 0}; $f", ["nothing"]),
        (":global x 5; :local f do={:global x; :put $x; :return 0}; $f", ["5"]),
        (":local f do={:foreach x in={1;2} do={:if ($x = 2) do={:return $x}}}; :put [$f]", ["2"]),
        (":global g do={:return 1}; :local f do={:global g; :return ([$g] + 1)}; :put [$f]", ["2"]),
        (":local f do={:put $1; :return 0}; :local x 7; $f $x; $f ($x + 1); $f [:len abc]", ["7", "8", "3"]),
        (":local f do={:return 1}; :put [:typeof $f]", ["code"]),
    ],
)
def test_functions(router: Router, source: str, output: list[str]) -> None:
    assert puts(router, source) == output


def test_return_needs_a_value(router: Router) -> None:
    with pytest.raises(ScriptError, match=r"missing value\(s\) of argument\(s\) value"):
        puts(router, ":local f do={:return}; $f")


def test_locals_live_in_their_block(router: Router) -> None:
    assert puts(router, ":local x 1; {:local x 2; :put $x}; :put $x; :if (yes) do={:set x 3}; :put $x") == [
        "2",
        "1",
        "3",
    ]


@pytest.mark.parametrize(
    "source",
    [
        ":put $unknown",
        ':put "<$unknown>"',
        "{:local x 1}; :put $x",
        ":set x 1",
        ":if (yes) do={:global g 1}; :put $g",
        "/ip route set [find where comment=$unknown] distance=1",
        ":local f do={:set x 1; :return 0}",
    ],
)
def test_undeclared_variables_keep_a_script_from_starting(router: Router, source: str) -> None:
    with pytest.raises(ScriptError, match="undeclared variable"):
        puts(router, f"/interface list add name=never\n{source}")
    assert all(row.name != "never" for row in router.table(("interface", "list")))


def test_globals_are_kept_per_user_and_declared_anew(router: Router) -> None:
    execute(router, ":global x 5")
    assert puts(router, ":global x; :put $x") == ["5"]
    with pytest.raises(ScriptError, match="undeclared variable x"):
        puts(router, ":put $x")
    execute(router, ":global x; :set x")
    assert puts(router, ":global x; :put [:typeof $x]") == ["nothing"]
    assert router.services.globals_of("*sys") == {}


def test_what_a_caller_brings_along_is_declared(router: Router) -> None:
    source = ':put $host; :if (yes) do={:put $"rtt-avg"}; :local f do={:put [:typeof $host]; :return 0}; $f'
    assert execute(router, source, {"host": "1.1.1.1", "rtt-avg": 1500}).output == ["1.1.1.1", "1500", "nothing"]


@pytest.mark.parametrize(
    ("source", "described"),
    [
        (":put 1\n:frobnicate", "bad command name frobnicate (line 2 column 2)"),
        ("/ip nowhere print", "bad command name nowhere (line 1 column 5)"),
        ("\n\n/ip address remove *99", "no such item (/ip/address/remove; line 3)"),
        ("\n  :error boom", "boom (/error; line 2)"),
        ("/ip address add nope=1", "unknown parameter nope (/ip/address/add; line 1)"),
        (":beep", "lab: the command beep is not played here (line 1 column 2)"),
        (":put 1 2", "expected end of command (line 1 column 8)"),
        (":if (5) do={}", "conditional not boolean (line 1 column 5)"),
        (":for i from=a to=2 do={}", "invalid value (line 1 column 13)"),
        (":pick", "missing value(s) of argument(s) counter (/pick; line 1)"),
        (":local a 1; :set ($a->0) 1", "invalid value (line 1 column 19)"),
    ],
)
def test_errors_with_their_place(router: Router, source: str, described: str) -> None:
    with pytest.raises(ScriptError) as caught:
        puts(router, source)
    assert caught.value.described == described


def test_a_wrong_command_is_an_error_when_it_is_reached(router: Router) -> None:
    assert puts(router, ":put a; :if (no) do={:frobnicate}; :do {:frobnicate} on-error={:put b}") == ["a", "b"]


def test_commands_are_counted(router: Router) -> None:
    assert execute(router, ":local x [:len abc]\n:foreach i in={1;2} do={:put $i}").commands == 5


def test_retry(router: Router) -> None:
    router.services.clock.sleep = lambda seconds, cancelled: None  # type: ignore[method-assign]
    source = ":local n 0; :retry command={:set n ($n + 1); :if ($n < 3) do={:error x}} delay=1s max=5; :put $n"
    assert puts(router, source) == ["3"]
    assert puts(router, ":retry command={:error x} delay=1s max=2 on-error={:put gaveup}") == ["gaveup"]
