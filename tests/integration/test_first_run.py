# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/first-run.md, followed word by word: its files, its commands and its blocks as they stand there, on a router as shipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.multiwan.routeros.plugins.plugin_utils.door.access import GONE

from tests.lab.desk import ADDRESS, Desk, Page, asked_to_cut_power, configuration, cut_power, in_use, open_desk, paste
from tests.lab.experiments.openings import different_pairs
from tests.lab.experiments.room import Room
from tests.lab.experiments.traffic import run_clients
from tests.lab.network.surroundings import Lan, Line
from tests.lab.router.lab import Lab

from .test_failover import wait_for

LAN = Lan("lan", "ether3", "192.168.88.0/24", ADDRESS)
LINES = [
    Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24", leased="203.0.113.2"),
    Line("isp2", "ether2", "198.51.100.1", "198.51.100.0/24", leased="198.51.100.2"),
]
PAGE = Page.read()
*INSTALL, PREPARE, KEEP, PREVIEW, SITE, AGAIN = PAGE.commands
ONE_SCREEN = 60
"""Lines of the whole page."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "desk"
    folder.mkdir()
    with open_desk(folder) as made:
        (folder / "hosts.yml").write_text(PAGE.inventory)
        made.settings["ANSIBLE_LOG_PATH"] = str(tmp_path / "ansible.log")
        yield made


@pytest.fixture
def room(desk: Desk) -> Iterator[Room]:
    with desk.router(LINES, [LAN]) as made:
        yield made


def paste_twice(lab: Lab, block: str) -> list[str]:
    """A home router first wants its power cut."""
    before = configuration(lab)
    with pytest.raises(ValueError, match="this router keeps scheduler off") as refused:
        paste(lab, block)
    assert configuration(lab) == before
    cut_power(lab, asked_to_cut_power(refused.value))
    return paste(lab, block)


def prepared(desk: Desk, room: Room) -> str:
    """Goes to where the router lets runs in; the fingerprint that it has printed."""
    fingerprint = paste_twice(room.lab, desk.run(PREPARE).pasted)[-1].rpartition("=")[2]
    assert desk.run(KEEP.replace("FINGERPRINT", fingerprint)).code == 0
    return fingerprint


def seen(room: Room) -> set[str]:
    """The addresses that servers see of clients."""
    room.network.kernel.settle()
    return set(run_clients(room.network.clients["lan"].namespace, "whoami", pairs=list(different_pairs(LAN.clients(40), 40))))


def test_word_by_word(desk: Desk, room: Room) -> None:
    assert INSTALL[1:] == ["pip install ansible-core librouteros", "ansible-galaxy collection install multiwan.routeros"]
    shipped, log = configuration(room.lab), Path(desk.settings["ANSIBLE_LOG_PATH"])
    first = desk.run(PREPARE)
    assert (first.code, first.changed, configuration(room.lab)) == (0, 0, shipped)
    password = desk.folder / "router.password"
    secret = password.read_text().split()[0]
    assert password.stat().st_mode & 0o077 == 0 and secret in first.pasted and secret not in log.read_text()

    printed = paste_twice(room.lab, first.pasted)
    keep = printed[-1].removeprefix("Now on your machine: ")
    assert f"{keep.rpartition('=')[0]}=FINGERPRINT" == KEEP
    kept = desk.run(keep)
    assert (kept.code, kept.changed) == (0, 1) and (desk.folder / "router.pem").exists()
    assert f"    {PREVIEW}" in kept.output.splitlines()
    assert desk.run(keep).changed == 0

    before = configuration(room.lab)
    preview = desk.run(PREVIEW)
    assert (preview.code, preview.changed > 0, configuration(room.lab)) == (0, True, before)
    site = desk.run(SITE)
    assert (site.code, site.changed > 0) == (0, True), site.output
    room.network.give_lease("isp2")
    wait_for(lambda: in_use(room.lab, "isp2"), 90)
    again = desk.run(AGAIN)
    assert (again.code, again.changed) == (0, 0), again.output
    assert seen(room) == {"203.0.113.2", "198.51.100.2"}

    assert desk.run(SITE.replace("site", "remove")).code == 0
    assert configuration(room.lab) == before
    (gone,) = PAGE.blocks("text")
    assert gone == f"{GONE}\n"
    paste(room.lab, gone)
    assert configuration(room.lab) == shipped
    assert secret not in log.read_text()


def test_another_certificate_is_not_kept(desk: Desk, room: Room) -> None:
    paste_twice(room.lab, desk.run(PREPARE).pasted)
    refused = desk.run(KEEP.replace("FINGERPRINT", "12:34"))
    assert refused.code == 2 and not (desk.folder / "router.pem").exists()
    assert f"{ADDRESS}, port 8729: a certificate with the fingerprint " in refused.output and " answers, and not 1234; " in refused.output


def test_each_of_two_routers_has_its_own_command(desk: Desk) -> None:
    (desk.folder / "hosts.yml").write_text(PAGE.inventory.replace("{gateway:", "{shop: {ansible_host: shop.lan}, gateway:"))
    shown = desk.run(PREPARE).output
    for host, name in (("shop", "DNS:shop.lan"), ("gateway", f"IP:{ADDRESS}")):
        assert f"{PREPARE} --limit {host} -e multiwan_api_fingerprint=" in shown and f'subject-alt-name="{name}"' in shown


LACKING = {
    "api": f"{ADDRESS}, port 8729: the router does not let 'multiwan' in",
    "read": "the user may not do this",
    "write": "'multiwan' is in the group 'multiwan', which lacks the policy write",
    "test": "'multiwan' is in the group 'multiwan', which lacks the policy test",
}


def test_no_right_of_the_user_is_too_many(desk: Desk, room: Room) -> None:
    prepared(desk, room)
    (group,) = (row for row in room.lab.router.table(("user", "group")) if row.name == "multiwan")
    granted = [word for word in room.lab.router.text(group.values["policy"]).split(",") if not word.startswith("!")]
    assert sorted(granted) == sorted(LACKING)
    for word, said in LACKING.items():
        room.load(f"/user group set multiwan policy={','.join(other for other in granted if other != word)}")
        told = desk.run(PREVIEW)
        assert (word, said in told.output, told.code == 0) == (word, True, False), told.output


def test_the_page_is_one_screen() -> None:
    assert len(PAGE.text.splitlines()) <= ONE_SCREEN
    assert len(PAGE.inventory.splitlines()) == 10
