# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values as RouterOS writes them."""

from __future__ import annotations

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.spelling import literal, milliseconds, span, word


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("ether1-wan_2.7", "ether1-wan_2.7"),
        ("My LAN", '"My LAN"'),
        ('a"b\\c$d', r'"a\"b\\c\$d"'),
        ("ether1;reset", '"ether1;reset"'),
        ("", '""'),
    ],
)
def test_a_name_is_quoted_where_a_command_would_take_it_for_more(name: str, written: str) -> None:
    assert word(name) == written


def test_a_string_is_written_byte_by_byte_where_it_is_not_plain_ascii() -> None:
    assert literal("Büro\n\t1 \\ $x") == r'"B\C3\BCro\n\091 \\ \$x"'


@pytest.mark.parametrize(("seconds", "written"), [(0, "0s"), (10, "10s"), (90, "1m30s"), (3600, "1h"), (700_000, "1w1d2h26m40s")])
def test_a_span_has_each_unit_once(seconds: int, written: str) -> None:
    assert span(seconds) == written


@pytest.mark.parametrize(("value", "written"), [(250, "250ms"), (1000, "1s"), (1333, "1s333ms"), (10_000, "10s")])
def test_a_span_may_have_milliseconds(value: int, written: str) -> None:
    assert milliseconds(value) == written
