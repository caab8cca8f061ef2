# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is on the router after a stage, as a file of ``dumps/`` has it: one row per line, so that a difference can be read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from .stories import SECRETS, Stage, Story

HERE = Path(__file__).with_name("dumps")
SCRIPTS = "system script"
OURS = ("multiwan-failover", "multiwan-telegram")
"""Scripts that the collection writes. Their text has tests of its own, and may change with every release."""
SOURCE = "(source)"
"""What stands in a dump for it."""

Rows = dict[str, list[dict[str, str]]]
"""Rows by menu, in the order of the router where it means anything."""


@dataclass(frozen=True)
class Seen:
    """What a play has left.

    :param changed: whether it said that it changed anything.
    :param log: what the router's log says of it.
    """

    changed: bool
    log: list[str]
    rows: Rows


def normal(dump: str, new: str) -> Rows:
    """The rows of a router's dump, with words in place of secrets and of the scripts' text.

    :param new: the dump of a new router; menus that are the same there are left out.
    """
    rows, factory = json.loads(dump), json.loads(new)
    for row in rows.get(SCRIPTS, ()):
        if row["name"] in OURS:
            row["source"] = SOURCE
    for secret, word in SECRETS.items():
        rows = _replaced(rows, secret, word)
    return {menu: rows[menu] for menu in rows if rows[menu] != factory.get(menu)}


def _replaced(rows: Rows, old: str, new: str) -> Rows:
    return {menu: [{name: value.replace(old, new) for name, value in row.items()} for row in found] for menu, found in rows.items()}


def with_secrets(rows: Rows) -> Rows:
    """The rows with the secrets that `normal` has taken out."""
    for secret, word in SECRETS.items():
        rows = _replaced(rows, word, secret)
    return rows


def text(seen: Seen) -> str:
    """As it stands in a file."""
    menus = [
        f"  {json.dumps(menu)}: [\n" + ",\n".join(f"   {json.dumps(row)}" for row in rows) + "\n  ]" for menu, rows in seen.rows.items()
    ]
    head = f'{{\n "changed": {json.dumps(seen.changed)},\n "log": {json.dumps(seen.log)},\n "rows": {{\n'
    return head + ",\n".join(menus) + "\n }\n}\n"


def difference(wanted: Seen, got: Seen) -> str:
    """What is other than it should be, with the heads of the menus; empty where nothing is."""
    return "\n".join(unified_diff(_lines(wanted), _lines(got), "as recorded", "now", n=0, lineterm=""))


def compare(wanted: Seen, got: Seen, when: str) -> None:
    """Complains, row by row, of what is other than it should be.

    :raises AssertionError: with the difference.
    """
    if found := difference(wanted, got):
        raise AssertionError(f"{when}:\n{found}")


def _lines(seen: Seen) -> list[str]:
    """As in a file, but each row with its menu, without commas at the end, and rows of a firewall by chain: chains stand in no order."""
    by_chain = {menu: sorted(found, key=lambda row: row.get("chain", "")) for menu, found in seen.rows.items()}
    rows = [f"/{menu.replace(' ', '/')} {json.dumps(row, sort_keys=True)}" for menu, found in by_chain.items() for row in found]
    return [f"changed: {seen.changed}", f"log: {seen.log}", *rows]


def file_of(story: Story, stage: Stage) -> Path:
    """Where a stage's dump lies."""
    return HERE / story.name / f"{stage.name}.json"


def source_file(story: Story, stage: Stage, script: str) -> Path:
    """Where the text of a script lies, as it was on the router after a stage."""
    return HERE / story.name / f"{stage.name}.{script}.rsc"


def recorded(story: Story, stage: Stage) -> Seen:
    """What a stage left when the stories were recorded."""
    return Seen(**json.loads(file_of(story, stage).read_text()))
