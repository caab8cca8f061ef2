# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records what a release writes: ``python -m tests.release.record [STORY]...``. Only its own code may do that, see ``dumps/README.md``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from .dumps import file_of, source_file, text
from .play import ROOT, open_player
from .stories import STORIES, Story

RELEASE = "3489648"
"""Whose rows the dumps are."""
SHIPPED = ("roles", "plugins", "playbooks")


def main(names: list[str]) -> int:
    changed = subprocess.run(["git", "diff", "--quiet", RELEASE, "--", *SHIPPED], cwd=ROOT, check=False).returncode
    if changed:
        print(f"{', '.join(SHIPPED)} are not those of commit {RELEASE}: what they write is not what the dumps are to say")
        return 1
    for story in STORIES:
        if not names or story.name in names:
            record(story)
    return 0


def record(story: Story) -> None:
    """Writes the dumps of all stages."""
    with tempfile.TemporaryDirectory() as directory, open_player(story, Path(directory)) as player:
        for stage in story.stages:
            for act in stage.acts:
                player.act(act)
            file = file_of(story, stage)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text(player.play(stage)))
            for script, source in player.sources().items() if stage.upgraded else ():
                source_file(story, stage, script).write_text(source)
            print(f"{story.name}: {stage.name}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
