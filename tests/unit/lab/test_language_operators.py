# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Operators."""

from __future__ import annotations

import pytest

from tests.lab.router.language.errors import ScriptError
from tests.lab.router.store import Router

from .scripting import new, puts, value


@pytest.fixture(scope="module")
def router() -> Router:
    return new()


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("(1 + 2 * 3)", "7"),
        ("((1 + 2) * 3)", "9"),
        ("(10 / 3)", "3"),
        ("(-10 / 3)", "-3"),
        ("(-10 % 3)", "-1"),
        ("((10)/2)", "5"),
        ("(1m + 30s)", "00:01:30"),
        ("(1m + 5)", "00:01:05"),
        ("(1m / 2)", "00:00:30"),
        ("(1m / 7s)", "8"),
        ("(10.0.0.1 + 5)", "10.0.0.6"),
        ("(10.0.0.9 - 10.0.0.1)", "8"),
        ("(1 < 2)", "true"),
        ('("a" < "b")', "true"),
        ("(10.0.0.2 > 10.0.0.1)", "true"),
        ("(1m <= 60s)", "true"),
        ("(1 != 2)", "true"),
        ("(1 <> 1)", "false"),
        ("(!yes)", "false"),
        ("(yes && no || yes)", "true"),
        ("(yes and (no or yes))", "true"),
        ("(10.0.0.5 in 10.0.0.0/24)", "true"),
        ("(10.0.1.0/25 in 10.0.0.0/24)", "false"),
        ("(10.0.0.255 & 255.255.255.0)", "10.0.0.0"),
        ("(10.0.0.0 | 0.0.0.7)", "10.0.0.7"),
        ("(10.0.0.1 ^ 0.0.0.3)", "10.0.0.2"),
        ("(~255.255.255.0)", "0.0.0.255"),
        ("(0.0.0.1 << 8)", "0.0.1.0"),
        ("(0.0.1.0 >> 8)", "0.0.0.1"),
        ('("a" . 1 . yes)', "a1true"),
        ('("x" . {1;2})', "x1;x2"),
        ('({1;k=2} . "x")', "1x;k=2x"),
        ("(1,2,3)", "1;2;3"),
        ("({1;a=1},{2;a=3})", "1;2;a=3"),
        ('([:toarray ""] , 5)', "5"),
    ],
)
def test_operators(router: Router, expression: str, text: str) -> None:
    assert value(router, expression) == text


@pytest.mark.parametrize(
    ("expression", "equal"),
    [
        ('("0s" = 0s)', False),
        ('("1" = 1)', False),
        ('("10.0.0.1" = 10.0.0.1)', False),
        ("(10.0.0.1 = 10.0.0.1/32)", False),
        ("({1;2} = {1;2})", True),
        ("({1} = {2})", False),
        ("(yes = 1)", False),
        ('([:tonum "x"] = "")', False),
        ('([:typeof [:tonum "x"]] = "nil")', True),
    ],
)
def test_types_are_not_mixed(router: Router, expression: str, equal: bool) -> None:
    assert value(router, expression) == ("true" if equal else "false")


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("multiwan:isp1", "^multiwan:", True),
        ("x multiwan:", "^multiwan:", False),
        ("isp12", "isp[0-9]+\\$", True),
        ("isp12x", "isp[0-9]+\\$", False),
        ("ab", "a|z", True),
        ("a.b", "a\\\\.b", True),
        ("axb", "a\\\\.b", False),
        ("Ab", "^[[:upper:]][[:lower:]]\\$", True),
        ("a]b", "a[]x]b", True),
        ("a-b", "^[^0-9]+\\$", True),
        ("aaa", "^a{3}\\$", True),
        ("\\D0\\9F", "^..\\$", True),
    ],
)
def test_regular_expressions_are_posix_extended(router: Router, text: str, pattern: str, found: bool) -> None:
    assert value(router, f'("{text}" ~ "{pattern}")') == ("true" if found else "false")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("(1 / 0)", "division by zero"),
        ('("a" + 1)', "cannot add str and num"),
        ("(1 < 10s)", "cannot compare num and time"),
        ("(!5)", "cannot apply ! to num"),
        ("(1 && yes)", "conditional not boolean"),
        ("(1 | 2)", "cannot combine num and num"),
        ('("a" in 10.0.0.0/8)', "cannot look for str and ip-prefix"),
        ('("a" ~ "\\\\d")', "bad regexp: \\d is not POSIX"),
        ('("a" ~ "(\\?:x)")', "bad regexp: (? is not POSIX"),
        ('("a" ~ "[a")', "bad regexp: [ without ]"),
        ("({1} . {2})", "cannot concatenate array and array"),
        ("(10/2)", "invalid value"),
        ("(5->1)", "cannot take an element from num and num"),
    ],
)
def test_what_operators_do_not_take(router: Router, expression: str, message: str) -> None:
    with pytest.raises(ScriptError) as caught:
        puts(router, f":put {expression}")
    assert caught.value.message == message
    assert caught.value.place is not None
