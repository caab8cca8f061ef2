# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A router that runs the recorded release is taken over by this one: no row is lost, doubled, or left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.router.paths import path

from .dumps import SCRIPTS, SOURCE, Rows, Seen, compare, recorded, source_file, with_secrets
from .meant import today
from .play import Player, open_player
from .stories import STORIES, Stage, Story

#: What leads to what: a row can be written once those are there that it names.
ORDER = (
    "interface list",
    "interface list member",
    "ip firewall address-list",
    "routing table",
    "ip route",
    "ip firewall nat",
    "ip firewall mangle",
    "system logging action",
    "system logging",
    "ppp secret",
    "system script",
    "tool netwatch",
    "system scheduler",
    "ip dhcp-server alert",
)
CASES = [pytest.param(story, stage, id=f"{story.name}-{stage.name}") for story in STORIES for stage in story.stages if stage.upgraded]


@pytest.mark.parametrize(("story", "stage"), CASES)
def test_an_old_router_is_taken_over(story: Story, stage: Stage, tmp_path: Path) -> None:
    """It has what it had, with the scripts of a new router, and each of its rows is one that a new router gets too."""
    old = recorded(story, stage).rows
    with open_player(story, tmp_path) as player:
        make_old(player, stage, old)
        _compare(old, player.rows(), "the old router")
        new = today(old)
        _compare(new, _bare(player.play(stage).rows), "after the upgrade")
        before = len(player.lab.writes)
        assert not player.play(stage).changed
        assert not player.lab.writes[before:]
        _compare(new, _bare(player.rows()), "after the second run")
        upgraded = player.sources()
    with open_player(story, tmp_path) as player:
        assert names(today(old, story.start)) == names(player.play(stage).rows)
        assert upgraded == player.sources()


def _bare(rows: Rows) -> Rows:
    """Without what a row still says that has become a jump: it goes on behind it, which each jump does."""
    said = {"passthrough": "true"}.items()
    return {menu: [dict(row.items() - said) if row.get("action") == "jump" else row for row in found] for menu, found in rows.items()}


def names(rows: Rows) -> set[tuple[str, str]]:
    """Our rows by menu and comment; those without comments by their action's or their own name."""
    ours = set()
    for menu, found in rows.items():
        for row in found:
            comment = row.get("comment", "")
            if comment.startswith("multiwan:"):
                ours.add((menu, comment))
            elif menu in ("system logging", "system logging action") and {"multiwan", "multiwanalerts"} & {
                row.get("action"),
                row.get("name"),
            }:
                ours.add((menu, row.get("topics", "")))
    return ours


def make_old(player: Player, stage: Stage, rows: Rows) -> None:
    """Writes what the old release has written, the texts of its scripts included."""
    router, there = player.lab.router, json.loads(player.lab.dump())
    unknown = [menu for menu in rows if menu not in ORDER and rows[menu] != there.get(menu)]
    assert not unknown, f"in which order are rows of {unknown} written?"
    for menu in ORDER:
        before = list(there.get(menu, ()))
        for row in with_secrets({menu: rows.get(menu, [])})[menu]:
            if row in before:
                before.remove(row)
                continue
            if menu == SCRIPTS and row["source"] == SOURCE:
                row = row | {"source": source_file(player.story, stage, row["name"]).read_text()}
            router.add(path(menu), row)


def _compare(wanted: Rows, got: Rows, when: str) -> None:
    compare(Seen(False, [], _by_chain(wanted)), Seen(False, [], _by_chain(got)), when)


def _by_chain(rows: Rows) -> Rows:
    """Order means something within a chain only; a row that the old release did not have stands behind those of other roles."""
    return {menu: sorted(found, key=lambda row: row.get("chain", "")) for menu, found in rows.items()}
