# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every stage of every story leaves the rows that the recorded release has left, but for what is meant, and a second run nothing new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from .dumps import HERE, SOURCE, Seen, compare, difference, file_of, recorded, source_file
from .meant import heard, still_out, today
from .play import open_player
from .stories import SECRETS, STORIES, Story


@pytest.mark.parametrize("story", [pytest.param(story, id=story.name) for story in STORIES])
def test_a_story_goes_as_recorded(story: Story, tmp_path: Path) -> None:
    with open_player(story, tmp_path) as player:
        for stage in story.stages:
            for act in stage.acts:
                player.act(act)
            then, where = recorded(story, stage), f"{story.name}, {stage.name}"
            rows = still_out(then.rows, "fibre", "cable") if stage.name == "dead_line_renamed" else then.rows
            wanted = replace(then, log=heard(then.log), rows=today(rows, story.start))
            compare(wanted, player.play(stage), where)
            before = len(player.lab.writes)
            again = player.play(stage)
            assert not player.lab.writes[before:], f"{where}, second run"
            compare(Seen(False, [], wanted.rows), again, f"{where}, second run")


def test_a_difference_is_seen() -> None:
    """In a row's values, in its place, in its menu, and that nothing was said to be changed."""
    stage = STORIES[0].stages[0]
    seen = recorded(STORIES[0], stage)
    mangle, routes = seen.rows["ip firewall mangle"], seen.rows["ip route"]
    swapped = Seen(True, [], seen.rows | {"ip firewall mangle": [mangle[1], mangle[0], *mangle[2:]]})
    further = Seen(True, [], seen.rows | {"ip route": [routes[0] | {"distance": "77"}, *routes[1:]]})
    assert difference(seen, seen) == ""
    assert [row for row in mangle[:2] if row["comment"] in difference(seen, swapped)]
    assert "/ip/route {" in difference(seen, further) and '"distance": "77"' in difference(seen, further)
    assert "+/ip/proxy" in difference(seen, Seen(True, [], seen.rows | {"ip proxy": [{"enabled": "true"}]}))
    assert "-changed: True\n+changed: False" in difference(seen, Seen(False, [], seen.rows))


def test_dumps_belong_to_the_stories() -> None:
    """None is left over, none holds a secret, and only the upgrade's files hold the text of a script."""
    dumps = {file_of(story, stage) for story in STORIES for stage in story.stages}
    upgraded = [(story, stage) for story in STORIES for stage in story.stages if stage.upgraded]
    sources = {
        source_file(story, stage, row["name"])
        for story, stage in upgraded
        for row in recorded(story, stage).rows.get("system script", ())
        if row["source"] == SOURCE
    }
    assert {file for file in HERE.rglob("*") if file.is_file()} == {HERE / "README.md", *dumps, *sources}
    assert not [file for file in (*dumps, *sources) if any(secret in file.read_text() for secret in SECRETS)]
