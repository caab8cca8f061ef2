# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run says that it has changed."""

from __future__ import annotations

from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes, RowChange, show
from hypothesis import given
from hypothesis import strategies as st

ROUTE = "ip route"


def row(name: str, **fields: Any) -> dict[str, Any]:
    return {".id": f"*{name}", "comment": f"multiwan:pcc_balance:{name}", **fields}


def changes(*notes: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> list[tuple[str, str, tuple[str, ...]]]:
    made = Changes()
    for before, after in notes:
        made.note(ROUTE, before, after, before != after)
    return [(change.kind, change.name.rpartition(":")[2], change.fields) for change in made.rows()]


def test_rows_are_added_changed_and_removed() -> None:
    before = [row("stays", distance=1), row("edited", distance=1, gateway="192.0.2.1"), row("gone")]
    after = [row("stays", distance=1), row("edited", distance=2, gateway="192.0.2.9"), row("new")]
    assert changes((before, after)) == [("changed", "edited", ("distance", "gateway")), ("added", "new", ()), ("removed", "gone", ())]


def test_what_the_router_fills_in_is_no_change() -> None:
    assert changes(([row("a", inactive=True)], [{**row("a"), ".id": "*99", "active": True}])) == []


def test_two_steps_on_one_path_are_one_change() -> None:
    """What is added first, and what is left behind and removed last."""
    added = ([row("a", distance=1)], [row("a", distance=2), row("b")])
    cleared = ([row("old")], [])
    assert changes(added, cleared) == [("changed", "a", ("distance",)), ("added", "b", ()), ("removed", "old", ())]


def test_a_row_of_two_steps_is_compared_with_how_it_was_first() -> None:
    first = ([row("a", distance=1)], [row("a", distance=2)])
    assert changes(first, ([row("a", distance=2)], [row("a", distance=1)])) == []
    assert changes(([], [row("a")]), ([row("a")], [])) == []


@given(st.permutations("abcdef"))
def test_the_fewest_rows_are_moved(order: list[str]) -> None:
    moved = [name for kind, name, _ in changes(([row(name) for name in "abcdef"], [row(name) for name in order])) if kind == "moved"]
    stayed = [name for name in order if name not in moved]
    assert stayed == sorted(stayed)
    assert all([*stayed, name] and sorted([*stayed, name]) != [n for n in order if n in (*stayed, name)] for name in moved)


def test_rows_without_a_comment_of_ours_have_a_name() -> None:
    made = Changes()
    made.note("system logging", [], [{"topics": "script", "action": "multiwan"}, {"topics": "dhcp,critical", "action": "multiwan"}], True)
    made.note("ip firewall address-list", [{"list": "multiwan-outbox:1/0", "address": "240.0.0.1", "comment": "*1 now\ntext"}], [], True)
    assert made.rows() == [
        RowChange("system logging", "script", "added"),
        RowChange("system logging", "dhcp,critical", "added"),
        RowChange("ip firewall address-list", "multiwan-outbox:1/0 240.0.0.1", "removed"),
    ]


def test_a_row_that_stands_twice_is_two_rows() -> None:
    assert changes(([row("a")], [row("a"), row("a")])) == [("added", "a #2", ())]


def test_a_secret_is_not_shown() -> None:
    told = show({"name": "multiwan-telegram", "password": "123456:secret", "disabled": True})
    assert "secret" not in told
    assert told == 'name=multiwan-telegram disabled=yes password="(not shown)"'


def test_of_a_script_only_its_name_stands_in_the_row() -> None:
    made = Changes()
    made.note("system script", [row("script", source="a\nb\n")], [row("script", source="a\nc\n")], True)
    assert [list(path.scripts()) for path in made.paths.values()] == [[("multiwan:pcc_balance:script", "a\nb\n", "a\nc\n")]]
    assert show(row("script", source="a\nb\n")) == "comment=multiwan:pcc_balance:script source=(2 lines)"


def test_a_script_that_is_new_or_gone_is_a_row_like_others() -> None:
    made = Changes()
    made.note("system script", [row("old", source="a")], [row("new", source="b")], True)
    assert [list(path.scripts()) for path in made.paths.values()] == [[]]
