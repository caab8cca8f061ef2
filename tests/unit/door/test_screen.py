# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people read after a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.multiwan.routeros.plugins.plugin_utils.door import screen
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.changes import Changes
from ansible_collections.multiwan.routeros.plugins.plugin_utils.findings import Finding
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.changing import Change

WORTH_A_LOOK = Finding(place="/ip dns", problem="no server", remedy="", command="/ip dns set servers=1.1.1.1", refuses=False, kind="dns")
REFUSES = Finding(place="multiwan_wans", problem="0 given", remedy="write 1 to 8 WANs", command="", refuses=True, kind="intent")


def row(name: str, **fields: Any) -> dict[str, Any]:
    return {"comment": f"multiwan:pcc_balance:{name}", **fields}


def changes(before: list[dict[str, Any]], after: list[dict[str, Any]], path: str = "ip route") -> Changes:
    made = Changes()
    made.note(path, before, after, before != after)
    return made


def test_a_run_without_changes_is_one_line() -> None:
    same = [row("a")]
    assert screen.of_run("edge", changes(same, same), [], check=False) == ["edge: nothing to change, all rows are as they should be"]


def test_rows_are_counted_and_named() -> None:
    made = changes([row("a", distance=1), row("b")], [row("a", distance=2), row("c")])
    assert screen.of_run("edge", made, [], check=False) == [
        "edge: rows added 1, changed 1, removed 1",
        "edge:     /ip/route: added 1, changed 1, removed 1",
        "edge:     ~ /ip/route multiwan:pcc_balance:a: distance",
        "edge:     + /ip/route multiwan:pcc_balance:c",
        "edge:     - /ip/route multiwan:pcc_balance:b",
    ]


def test_check_mode_says_that_nothing_is_written() -> None:
    told = screen.of_run("edge", changes([], [row("a")]), [], check=True)
    assert told[0] == "edge: rows to add 1 (check mode: nothing is written)"
    assert told[1] == "edge:     /ip/route: to add 1"


def test_many_new_rows_are_counted_only_and_changed_ones_named() -> None:
    new = [row(f"new{number}") for number in range(screen.FEW)]
    told = screen.of_run("edge", changes([row("a", distance=1)], [row("a", distance=2), *new]), [], check=False)
    assert told[2:] == ["edge:     ~ /ip/route multiwan:pcc_balance:a: distance"]


def test_every_line_names_its_router_but_for_commands() -> None:
    told = screen.of_run("edge", changes([], [row("a")]), [WORTH_A_LOOK], check=False)
    assert told[-2:] == ["edge: /ip dns: no server; write:", "    /ip dns set servers=1.1.1.1"]
    assert all(line.startswith("edge: ") for line in told[:-1])


def test_a_comment_of_somebody_else_neither_ends_a_line_nor_steers_the_terminal() -> None:
    place = "/ip firewall nat 'a\n    /system reset-configuration\x1b[31m ä'"
    told = screen.of_run("edge", Changes(), [replace(WORTH_A_LOOK, place=place, command="")], check=False)
    assert told[1:] == ["edge: /ip firewall nat 'a\\0A    /system reset-configuration\\1B[31m ä': no server"]


def test_a_refusal_tells_only_what_refuses() -> None:
    assert screen.of_refusal("edge", [REFUSES, WORTH_A_LOOK]) == [
        "edge: one problem, nothing was written",
        "edge: multiwan_wans: 0 given; write 1 to 8 WANs",
    ]
    assert screen.of_refusal("edge", [REFUSES, REFUSES])[0] == "edge: 2 problems, nothing was written"


def test_what_a_run_can_do_by_itself_is_said_in_one_word() -> None:
    fasttrack = replace(REFUSES, kind="fasttrack", changes=(Change("ip firewall filter", {}, {"disabled": True}),))
    lists = replace(REFUSES, kind="lists", additions=(("interface list member", {"list": "WAN"}),))
    word = "edge: to let the run do itself what it can, write multiwan_take_over: [fasttrack, lists]"
    assert screen.of_refusal("edge", [REFUSES, fasttrack, lists, fasttrack])[-1] == word
    assert word not in screen.of_refusal("edge", [REFUSES, fasttrack, fasttrack])


def test_a_run_that_has_stopped_says_what_it_has_written() -> None:
    told = screen.of_run("edge", changes([], [row("a")]), [], check=False, trouble=REFUSES)
    assert told[0] == "edge: rows added 1"
    assert told[-2:] == [
        "edge: the run has stopped here, in a step that may have written some rows",
        "edge: multiwan_wans: 0 given; write 1 to 8 WANs",
    ]
    assert screen.of_run("edge", Changes(), [], check=False, trouble=REFUSES)[0].startswith("edge: the run has stopped here, ")
    assert screen.of_run("edge", Changes(), [], check=True, trouble=REFUSES)[0] == "edge: the run has stopped here"


def test_the_difference_has_a_header_per_path_and_only_rows_that_differ() -> None:
    made = changes([row("same"), row("a", distance=1)], [row("same"), row("a", distance=2), row("b", gateway="")])
    assert screen.differences(made) == [
        {
            "before_header": "/ip/route",
            "after_header": "/ip/route",
            "before": "multiwan:pcc_balance:a\ndistance=1\n",
            "after": 'multiwan:pcc_balance:a\ndistance=2\ncomment=multiwan:pcc_balance:b gateway=""\n',
        }
    ]


def test_of_a_script_its_lines_are_compared() -> None:
    made = changes([row("script", source="a\nb\n")], [row("script", source="a\nc\n")], path="system script")
    header = "/system/script multiwan:pcc_balance:script"
    assert screen.differences(made) == [{"before_header": header, "after_header": header, "before": "a\nb\n", "after": "a\nc\n"}]


def test_without_changes_there_is_no_difference() -> None:
    assert screen.differences(changes([row("a")], [row("a")])) == []
