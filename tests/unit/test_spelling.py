# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values as RouterOS' scripting language has them: what is written comes back when the lab's router reads it."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.spelling import array, exact, literal, mapping, value, word
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.lab.scripting import new, puts

TEXT = st.text(st.characters(codec="ascii", exclude_characters="\0\r"), max_size=12)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (value("a"), '"a"'),
        (value(True), "true"),
        (value(False), "false"),
        (value(12), "12"),
        (array(["a", "b"]), '{"a";"b"}'),
        (array([]), '[:toarray ""]'),
        (mapping({"a": 1, "b": "x"}), '{"a"=1;"b"="x"}'),
        (mapping({"a": {"x": True}}), '{"a"={"x"=true}}'),
        (mapping({"a": {}}), '{"a"=[:toarray ""]}'),
        (word("ether1"), "ether1"),
        (word("my port"), '"my port"'),
        (literal('"$\\\né'), '"\\"\\$\\\\\\n\\C3\\A9"'),
    ],
)
def test_values_are_written_so(written: str, wanted: str) -> None:
    assert written == wanted


@given(TEXT, TEXT, TEXT)
def test_what_is_written_is_read(text: str, key: str, other: str) -> None:
    router = new()
    assert puts(router, f":put ({array([text, other])}->0)") == [text]
    assert puts(router, f':put ({mapping({"a": {key: text}})}->"a"->{literal(key)})') == [text]


@given(TEXT, TEXT)
def test_an_exact_expression_finds_its_text_and_no_other(text: str, other: str) -> None:
    assert puts(new(), f":put ({literal(text)}~{literal(f'^{exact(text)}$')})") == ["true"]
    assert puts(new(), f":put ({literal(other)}~{literal(f'^{exact(text)}$')})") == [str(text == other).lower()]
