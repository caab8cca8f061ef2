# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the language knows in which release."""

from __future__ import annotations

import pytest

from tests.lab.router.language.errors import ScriptError
from tests.lab.router.traits import Traits

from .scripting import new, puts, value


@pytest.mark.parametrize(
    ("source", "until", "since"),
    [
        (":put [:convert to=base64 abc]", "7.10.2", "7.11.3"),
        (":put [:convert to=url abc]", "7.20.8", "7.21.5"),
        (":put [:jobname]", "7.11.3", "7.12.2"),
        (":onerror e in={} do={}", "7.12.2", "7.13.5"),
        (":put [:serialize to=json 1]", "7.12.2", "7.13.5"),
        (":put [:range 1 3]", "7.16.2", "7.17.1"),
        (":foreach x in={1} do={:break}", "7.21.5", "7.22.3"),
        (":foreach x in={1} do={:continue}", "7.21.5", "7.22.3"),
        (":exit", "7.21.5", "7.22.3"),
        ("/ip/address/print", "6.49.10", "7.1"),
    ],
)
def test_commands_by_version(source: str, until: str, since: str) -> None:
    with pytest.raises(ScriptError, match=r"bad command name|invalid value for argument"):
        puts(new(until), source)
    puts(new(since), source)


SECOND_NAME = ":onerror message,more in={:error x} do={:put [:typeof $more]}"


def test_a_second_name_of_onerror() -> None:
    assert puts(new("7.22"), SECOND_NAME) == ["nothing"]
    for source in (f":put never\n{SECOND_NAME}", f":if (no) do={{{SECOND_NAME}}}"):
        with pytest.raises(ScriptError, match="syntax error"):
            puts(new("7.21.5"), source)
    assert puts(new("7.21.5"), ':if (no) do={[:parse ":onerror message,more in={} do={}"]}; :put begun') == ["begun"]


@pytest.mark.parametrize(
    ("version", "says_where", "caught"),
    [
        ("7.24.3", True, ["no such item (/ip/address/remove; line 1)", "x"]),
        ("7.24.4", True, ["no such item (/ip/address/remove; line 1)", "x (/error; line 1)"]),
        ("7.24.4", False, ["no such item", "x"]),
    ],
)
def test_the_text_of_a_caught_error(version: str, says_where: bool, caught: list[str]) -> None:
    router = new(version, Traits(caught_errors_say_where=says_where))
    assert [puts(router, f":onerror e in={{{what}}} do={{:put $e}}")[0] for what in ("/ip address remove *99", ":error x")] == caught


def test_find_with_arguments_is_broken_on_one_release() -> None:
    for version in ("7.24", "7.24.0"):
        with pytest.raises(ScriptError, match="find with arguments is broken"):
            puts(new(version), ":put [/interface find name=ether1]")
        assert puts(new(version), ":put [:len [/interface find]]") == ["4"]
    for version in ("7.23.5", "7.24.1"):
        assert puts(new(version), ":put [:len [/interface find name=ether1]]") == ["1"]


def test_ping_at_the_root_is_gone() -> None:
    with pytest.raises(ScriptError, match="lab: /ping is not played here"):
        puts(new("7.22.3"), ":put [/ping 1.1.1.1 count=1]")
    with pytest.raises(ScriptError, match="bad command name ping"):
        puts(new("7.23.1"), ":put [/ping 1.1.1.1 count=1]")


@pytest.mark.parametrize(
    ("source", "output"),
    [
        (":foreach x in={1;2;3} do={:if ($x = 2) do={:break}; :put $x}", ["1"]),
        (":foreach x in={1;2;3} do={:if ($x = 2) do={:continue}; :put $x}", ["1", "3"]),
        (":local i 0; :while (yes) do={:set i ($i + 1); :if ($i > 2) do={:break}}; :put $i", ["3"]),
        (":put a; :exit; :put b", ["a"]),
    ],
)
def test_loops_can_be_left(source: str, output: list[str]) -> None:
    assert puts(new("7.22.3"), source) == output


def test_outside_of_a_loop() -> None:
    with pytest.raises(ScriptError, match="break outside of a loop"):
        puts(new("7.22.3"), ":break")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ('[:convert to=url "a b&ä/."]', "a%20b%26%C3%A4%2F."),
        ('[:convert from=url "a%20b"]', "a b"),
        ('[:convert to=base64 "hello"]', "aGVsbG8="),
        ('[:convert from=base64 "aGVsbG8="]', "hello"),
        ('[:convert to=hex "AB"]', "4142"),
        ('[:convert from=hex to=base32 "4142"]', "IFBA===="),
        ('[:convert to=byte-array "AB"]', "65;66"),
        ("[:convert from=byte-array {65;66}]", "AB"),
        ('[:serialize to=json {a=1;b="x";c={1;2};d=yes}]', '{"a":1,"b":"x","c":[1,2],"d":true}'),
        ('[:serialize to=json {a="5"} options=json.no-string-conversion]', '{"a":"5"}'),
        ('([:deserialize from=json "{\\"a\\":[1,2],\\"ok\\":true}"]->"a"->1)', "2"),
        ('[:typeof ([:deserialize from=json "{\\"ok\\":true}"]->"ok")]', "bool"),
    ],
)
def test_encodings(expression: str, text: str) -> None:
    assert value(new(), expression) == text


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ('[:convert from=base64 "%"]', "invalid value for :convert from=base64"),
        ('[:convert to=num "x"]', "lab: :convert from=raw to=num is not played here"),
        ("[:serialize to=dsv {1}]", "lab: to=dsv is not played here"),
        ('[:deserialize from=json "{"]', "Expecting property name"),
    ],
)
def test_encodings_that_fail(expression: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        value(new(), expression)
