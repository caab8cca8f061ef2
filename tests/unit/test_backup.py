# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A backup puts a router back to where it was before the run: the first one, one that takes rows over, one that changes ours, a removal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils import backup, site

from tests.lab.router.lab import Lab
from tests.unit.apply.router import door, run_module
from tests.unit.door.runs import run
from tests.unit.failover_netwatch.site import Site, wans
from tests.unit.plays import Desk

WANS = [
    {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1"},
    {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": 3},
]
THIRD = {"name": "isp3", "interface": "ether4", "gateway": "192.0.2.1"}
CONFIGURATION = """
/ip address
add address=203.0.113.2/24 interface=ether1
add address=198.51.100.2/24 interface=ether2
add address=192.0.2.2/24 interface=ether4
add address=192.168.88.1/24 interface=ether3
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
/ip firewall nat
add chain=srcnat action=masquerade out-interface=ether1
/ip firewall filter
add chain=forward action=fasttrack-connection connection-state=established,related comment=fast
add chain=forward action=accept connection-state=established,related
add chain=forward action=drop connection-state=invalid comment=last
/ip dns set servers=1.1.1.1
/certificate settings set builtin-trust-store=all
/ip firewall mangle
add chain=forward action=change-mss new-mss=1440 protocol=tcp tcp-flags=syn comment=mss
"""
TOKEN = "123456789:AAHardlyASecretButLongEnoughToBeOne0"


def wanted(*wans: Mapping[str, object], **options: object) -> dict[str, dict[str, Any]]:
    return {
        "pcc_balance": {"wans": list(wans), "lan_interfaces": ["ether3"], "take_over": ["fasttrack"], **options},
        "failover_netwatch": {"wans": list(wans)},
    }


ALERTS = {"dhcp_alert_telegram": {"token": TOKEN, "chats": [1], "interfaces": ["ether3"]}}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(interfaces=5) as made:
        assert not made.load(CONFIGURATION).skipped
        yield made


def kept(lab: Lab, options: Mapping[str, Mapping[str, Any]], *absent: str) -> str:
    """The backup that a run would make."""
    with door(lab) as router:
        aim, problems = site.read(options, absent, goes_anyway=True)
        assert problems == []
        steps = site.check(aim, router.found(site.reads(aim, router.user))).steps()
    rows = {path: run_module(lab, "api_info", path=path, include_dynamic=False)["result"] for path in backup.paths(steps)}
    return backup.script(rows, steps, "edge, 2026-11-27")


_UNSAID = {"disabled": "false", "dynamic": "false", "passthrough": "true"}
"""What a row is that does not say so."""


def rows(lab: Lab) -> dict[str, list[str]]:
    """All that is written, whatever the order where it does not count."""
    dump = {path: [json.dumps(_UNSAID | row, sort_keys=True) for row in rows] for path, rows in json.loads(lab.dump()).items()}
    return {path: found if path in backup.ORDERED else sorted(found) for path, found in dump.items() if found}


def test_the_first_run(lab: Lab) -> None:
    before = rows(lab)
    text = kept(lab, wanted(*WANS))
    run(lab, wanted(*WANS))
    assert rows(lab) != before
    assert not lab.load(text).skipped
    assert rows(lab) == before


def test_a_run_that_changes_rows_of_ours(lab: Lab) -> None:
    run(lab, wanted(*WANS))
    before = rows(lab)
    text = kept(lab, wanted(*WANS, THIRD))
    run(lab, wanted(*WANS, THIRD))
    assert rows(lab) != before
    assert not lab.load(text).skipped
    assert rows(lab) == before


def test_a_removal(lab: Lab) -> None:
    run(lab, wanted(*WANS))
    before = rows(lab)
    text = kept(lab, {}, "pcc_balance", "failover_netwatch")
    run(lab, {}, "pcc_balance", "failover_netwatch")
    assert "multiwan" not in lab.dump()
    assert not lab.load(text).skipped
    assert rows(lab) == before


def test_what_others_have_written_since_stays(lab: Lab) -> None:
    text = kept(lab, wanted(*WANS))
    run(lab, wanted(*WANS))
    lab.load("/ip firewall filter add chain=input action=accept comment=since")
    assert not lab.load(text).skipped
    assert [json.loads(row).get("comment", "") for row in rows(lab)["ip firewall filter"]] == ["fast", "", "last", "since"]
    assert "multiwan" not in lab.dump()


def test_no_secret_is_in_it(lab: Lab) -> None:
    first = {**wanted(*WANS), **ALERTS}
    run(lab, first)
    text = kept(lab, {**wanted(*WANS), "dhcp_alert_telegram": {**ALERTS["dhcp_alert_telegram"], "chats": [2]}})
    assert "ppp secret add" in text
    assert TOKEN not in text


def test_a_run_keeps_it_before_it_writes_and_only_then(tmp_path: Path) -> None:
    with Site(wans(2)) as site:
        site.clock.advance(70)
        desk, kept = Desk(site, tmp_path), tmp_path / "multiwan-backups"
        site.lines[1]["weight"] = 4
        preview = desk.play("site", check=True)
        assert (preview.returncode, kept.exists()) == (0, False)
        before = rows(site.lab)
        done = desk.play("site")
        (file,) = kept.iterdir()
        assert done.returncode == 0, done.stdout
        assert re.fullmatch(r"edge\.[0-9]{8}-[0-9]{6}\.rsc", file.name)
        assert f"edge: what it was like before: {file}, which the router imports" in done.stdout
        assert file.stat().st_mode & 0o77 == 0
        assert desk.play("site").returncode == 0
        assert list(kept.iterdir()) == [file]
        assert rows(site.lab) != before
        assert not site.lab.load(file.read_text()).skipped
        assert rows(site.lab)["ip firewall mangle"] == before["ip firewall mangle"]


@pytest.mark.parametrize(
    ("folder", "confirm", "code"), [("", False, 0), ("/proc/none", False, 2), ("/proc/none", True, 2), (["a"], True, 2)]
)
def test_where_it_goes_is_for_the_user_to_say(tmp_path: Path, folder: object, confirm: bool, code: int) -> None:
    with Site(wans(2)) as site:
        site.lines[1]["weight"] = 4
        writes = len(site.lab.writes)
        done = Desk(site, tmp_path).play("site", multiwan_backup=folder, multiwan_commit_confirm=confirm)
        assert (done.returncode, (tmp_path / "multiwan-backups").exists()) == (code, False)
        if code:
            assert "edge: one problem, nothing was written\nedge: multiwan_backup: " in done.stdout
            assert len(site.lab.writes) == writes
