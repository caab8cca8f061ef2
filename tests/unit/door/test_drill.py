# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What speaks against a drill, and for how long its entry is there; and why a backup cannot be kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.keeping import Backup, folder
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.router import RouterProblem
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch import drill
from ansible_collections.multiwan.routeros.plugins.plugin_utils.failover_netwatch.intent import read_intent
from ansible_collections.multiwan.routeros.plugins.plugin_utils.pcc_balance.plan import remove_steps
from ansible_collections.multiwan.routeros.plugins.plugin_utils.reading import IntentErrors
from ansible_collections.multiwan.routeros.plugins.plugin_utils.routeros.paths import ADDRESS_LIST, SCRIPTS

from tests.lab.router.lab import Lab
from tests.unit.apply.router import door
from tests.unit.failover_netwatch.site import wans

from .test_drain import WANS, drained, router

INTENT = read_intent({"wans": wans(3), "profile": "fast"})

REFUSED = [
    ("isp9", router(), "line: 'isp9' is none of the lines, did you mean 'isp3'?; write -e line=NAME, one of isp1, isp2, isp3"),
    ("", router(), "line: it is not said which line is meant; write -e line=NAME, one of isp1, isp2, isp3"),
    ("isp1", router() | {SCRIPTS: []}, "/system script: the control script multiwan-failover is not there, so nobody would act; "),
    (
        "isp1",
        router(down=("isp2", "isp3")),
        "line: no other line could carry what 'isp1' does: isp2 is out of use and isp3 is out of use; ",
    ),
    ("isp1", router(down=("isp2",)), "line: isp2 is out of use; one line at a time: wait until it is back"),
    ("isp1", router(down=("isp1",)), "line: isp1 is out of use; one line at a time: wait until it is back"),
    ("isp1", router() | {ADDRESS_LIST: drained("isp3")}, "line: isp3 is drained; one line at a time: wait until it is back"),
    (
        "isp1",
        router() | {ADDRESS_LIST: [{"list": "multiwan-drill:isp2"}]},
        "line: isp2 is in a drill; one line at a time: wait until it is back",
    ),
]


@pytest.mark.parametrize(("line", "found", "message"), REFUSED, ids=lambda value: value[:50] if isinstance(value, str) else "")
def test_it_is_refused_in_these_words(line: str, found: dict[str, Any], message: str) -> None:
    with pytest.raises(IntentErrors) as refused:
        drill.chosen(line, WANS, found)
    assert str(refused.value).startswith(message)


def test_the_entry_outlives_the_drill() -> None:
    assert drill.chosen("isp2", WANS, router()) == WANS[1]
    assert (drill.noticed(INTENT, WANS[0]), drill.longest(INTENT, WANS[0], 20)) == (36, 96)
    entry = 'list="multiwan-drill:isp1" address=127.0.0.1 timeout=1m36s comment="multiwan:failover_netwatch:drill:isp1"'
    assert drill.entry(WANS[0], 96) == entry


def test_backups_are_in_no_folder_that_ansible_reads(tmp_path: Path) -> None:
    whole = tmp_path / "inventory"
    (whole / "prod").mkdir(parents=True)
    beside = str(tmp_path / "multiwan-backups")
    assert folder(str(tmp_path), [str(tmp_path / "hosts.yml")]) == beside
    assert {folder(str(place), [str(whole)]) for place in (whole, whole / "prod")} == {beside}
    assert folder(str(whole), [str(whole / "hosts.yml")]) == str(whole / "multiwan-backups")
    assert folder(None, ["gateway,"]) == str(Path.cwd() / "multiwan-backups")


def test_a_backup_that_cannot_be_written_refuses_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Lab(interfaces=2) as lab, door(lab) as there, pytest.raises(RouterProblem) as refused:
        Backup(str(tmp_path / "file" / "below"), "edge", there, remove_steps()).keep()
    assert str(refused.value).replace(str(tmp_path), "TMP") == (
        "multiwan_backup: the backup cannot be written to TMP/file/below: Not a directory; write another folder as multiwan_backup, or "
        "multiwan_backup: '' for none"
    )
