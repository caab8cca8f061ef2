# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Texts: escapes, what is replaced in them, and that they are bytes."""

from __future__ import annotations

import pytest

from tests.lab.router.language.errors import ScriptError
from tests.lab.router.store import Router

from .scripting import new, puts


@pytest.fixture(scope="module")
def router() -> Router:
    return new()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r':put "\"\\\n\r\t\$\_\?"', '"\\\n\r\t$ ?'),
        (r':put "\41\C3\A4"', "Aä"),
        (':put "one \\\n    two"', "one two"),
        (':local a 5; :put "<$a>"', "<5>"),
        (':local a 5; :put "$($a + 1)"', "6"),
        (':put "$[:len "abc"]"', "3"),
        (':put "$[/system identity get name]\'s"', "MikroTik's"),
        (':local "my-name" 7; :put $"my-name"', "7"),
        (':put [:len "ä"]', "2"),
        (':put ([:pick "ä" 0 1] . [:pick "ä" 1 2])', "ä"),
        (':put [:pick "abcde" 1 3]', "bc"),
        (':put [:pick "abcde" 1]', "b"),
        (':put [:pick "abc" 1 99]', "bc"),
        (':put [:typeof [:pick "abc" 9]]', "nil"),
        (':put [:find "abca" "a"]', "0"),
        (':put [:find "abca" "a" -1]', "0"),
        (':put [:find "abca" "a" 0]', "3"),
        (':put [:find "abc" "bc"]', "1"),
        (":put [:len 12345]", "5"),
        (":put a-word/with.things", "a-word/with.things"),
    ],
)
def test_texts(router: Router, source: str, text: str) -> None:
    assert puts(router, source) == [text]


@pytest.mark.parametrize(
    "source",
    [
        r':put "\q"',
        r':put "\4f"',
        ':put "open',
        ':put "$ "',
        ":put $",
        ":local foo_bar 1",
        ":put (1 +)",
        ":local x = 1",
        ":if (yes) do = {}",
        ":put {}",
        ":put {A=1}",
        ":put {1 2}",
        "x=1",
    ],
)
def test_errors_of_syntax(router: Router, source: str) -> None:
    with pytest.raises(ScriptError) as caught:
        puts(router, f":put before\n{source}")
    assert caught.value.message in ("syntax error", "expected end of command")
    assert caught.value.place is not None and caught.value.place[0] == 2


def test_a_missing_brace(router: Router) -> None:
    with pytest.raises(ScriptError) as caught:
        puts(router, ":if (yes) do={ :put 1")
    assert caught.value.described == "missing closing brace (line 1 column 14)"


def test_nothing_runs_of_a_script_with_an_error_of_syntax(router: Router) -> None:
    with pytest.raises(ScriptError):
        puts(router, "/interface list add name=never\n:put (")
    assert all(row.name != "never" for row in router.table(("interface", "list")))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(router: Router, end: str) -> None:
    assert puts(router, end.join([":local a 1", "# a comment", ":put \\", "  $a; :put 2"])) == ["1", "2"]
