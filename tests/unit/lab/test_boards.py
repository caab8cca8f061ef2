# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Exports of boards: what a CHR has no menus for is there as the export has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.router.lab import Lab
from tests.lab.router.paths import path
from tests.lab.router.reading import Shown, read_rows

HEADER = "# 2026-01-01 00:00:00 by RouterOS 7.21.4\n"


def loaded(tmp_path: Path, source: str) -> Lab:
    """A router with an export, all of it."""
    file = tmp_path / "export.rsc"
    file.write_text(f"{HEADER}{source}", encoding="utf-8")
    lab = Lab(load=[file])
    assert [str(item) for item in lab.reports[0][file].skipped] == []
    return lab


def rows(lab: Lab, menu: str) -> list[Shown]:
    return read_rows(lab.router, path(menu))


def test_a_switch_chip_has_its_ports(tmp_path: Path) -> None:
    lab = loaded(
        tmp_path, "/interface ethernet switch\nset 0 l3-hw-offloading=yes\n/interface ethernet switch port\nset 1 l3-hw-offloading=no\n"
    )
    assert [(row["name"], row["l3-hw-offloading"]) for row in rows(lab, "interface ethernet switch")] == [("switch1", "true")]
    ports = [(row["name"], row["switch"], row.get("l3-hw-offloading")) for row in rows(lab, "interface ethernet switch port")]
    assert ports[:3] == [("ether1", "switch1", None), ("ether2", "switch1", "false"), ("ether3", "switch1", None)]


def test_a_radio_is_one_interface_and_what_stands_on_it_another(tmp_path: Path) -> None:
    source = """
/interface wireless security-profiles
set [ find default=yes ] supplicant-identity=MikroTik
add name=profile1 mode=dynamic-keys
/interface wireless
set [ find default-name=wlan1 ] ssid=office disabled=no name=radio
add master-interface=radio name=guests security-profile=profile1
/interface bridge add name=bridge
/interface bridge port
add bridge=bridge interface=radio
add bridge=bridge interface=guests
"""
    lab = loaded(tmp_path, source)
    names = [row["name"] for row in rows(lab, "interface")]
    assert (names.count("radio"), names.count("guests")) == (1, 1)
    assert [row["interface"] for row in rows(lab, "interface bridge port")] == ["radio", "guests"]
    assert rows(lab, "interface wireless")[0]["ssid"] == "office"
    profiles = [(row["name"], row.get("supplicant-identity")) for row in rows(lab, "interface wireless security-profiles")]
    assert profiles == [("default", "MikroTik"), ("profile1", None)]


def test_a_packages_interface_is_one(tmp_path: Path) -> None:
    lab = loaded(
        tmp_path,
        '/zerotier\nset zt1 comment="ZeroTier"\n/zerotier interface\nadd instance=zt1 name=zerotier1\n'
        "/ip firewall filter add chain=input in-interface=zerotier1\n",
    )
    assert ("zerotier1", "zerotier") in [(row["name"], row["type"]) for row in rows(lab, "interface")]


def test_settings_of_a_board_and_queues_of_its_ports(tmp_path: Path) -> None:
    lab = loaded(
        tmp_path,
        "/interface ethernet set [ find default-name=ether2 ] name=office\n"
        "/system routerboard settings\nset cpu-frequency=auto\n/queue interface\nset office queue=default\n",
    )
    assert rows(lab, "system routerboard settings") == [{"cpu-frequency": "auto"}]
    assert [(row["interface"], row["queue"]) for row in rows(lab, "queue interface")] == [("office", "default")]


@pytest.mark.parametrize("source", ["/nowhere\nset a=b\n", "/interface wireless\nadd name=a\n/interface wirless\nadd name=b\n"])
def test_what_no_board_has_is_skipped_and_told(tmp_path: Path, source: str) -> None:
    file = tmp_path / "export.rsc"
    file.write_text(f"{HEADER}{source}", encoding="utf-8")
    assert [item.reason for item in Lab(load=[file]).reports[0][file].skipped] == ["no such command prefix"] * 2


def test_a_router_without_an_export_has_no_such_menus() -> None:
    lab = Lab()
    assert [item.reason for item in lab.load("/interface wireless add name=a").skipped] == ["no such command prefix"]
