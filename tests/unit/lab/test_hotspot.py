# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a Hotspot adds by itself, and who is logged in; the packets are in tests/integration."""

from __future__ import annotations

import pytest
from librouteros.api import Api
from librouteros.exceptions import TrapError

from tests.lab.router.factory import set_device_mode
from tests.lab.router.lab import Lab

from .client import add, raw, rows

NAT, FILTER = "/ip/firewall/nat", "/ip/firewall/filter"
PRINTED = [
    ("dstnat", "jump", "hotspot", ""),
    ("hotspot", "jump", "pre-hotspot", ""),
    ("hotspot", "redirect", "", 64872),
    ("hotspot", "redirect", "", 64872),
    ("hotspot", "redirect", "", 64873),
    ("hotspot", "redirect", "", 64875),
    ("hotspot", "jump", "hs-unauth", ""),
    ("hotspot", "jump", "hs-auth", ""),
    ("hs-unauth", "redirect", "", 64874),
    ("hs-unauth", "redirect", "", 64874),
    ("hs-unauth", "redirect", "", 64874),
    ("hs-unauth", "redirect", "", 64875),
    ("hs-unauth", "jump", "hs-smtp", ""),
    ("hs-auth", "redirect", "", 64874),
    ("hs-auth", "jump", "hs-smtp", ""),
]
"""NAT of a hEX with 7.x, as a thread of the maker's forum prints it [WILD] O."""


@pytest.fixture
def hotspot(api: Api) -> str:
    """A Hotspot that is on; its id."""
    add(api, NAT, chain="srcnat", action="masquerade")
    add(api, "/ip/address", address="192.168.88.1/24", interface="ether3")
    return add(api, "/ip/hotspot", name="hotspot1", interface="ether3", disabled="no")


def dynamic(api: Api, menu: str) -> list[dict[str, object]]:
    return [row for row in rows(api, menu) if row["dynamic"]]


def test_its_rows_stand_before_all_others(api: Api, hotspot: str) -> None:
    shown = [(row["chain"], row["action"], row.get("jump-target", ""), row.get("to-ports", "")) for row in rows(api, NAT)]
    assert shown == [*PRINTED, ("srcnat", "masquerade", "", "")]
    assert [row["chain"] for row in dynamic(api, FILTER)] == [
        *("forward", "forward", "input", "input", "hs-input", "hs-input", "hs-input", "hs-input"),
        *("hs-unauth", "hs-unauth", "hs-unauth-to"),
    ]


def test_they_are_there_while_a_hotspot_is_on(api: Api, hotspot: str) -> None:
    raw(api, "/ip/hotspot/disable", f"=numbers={hotspot}")
    assert not dynamic(api, NAT) and not dynamic(api, FILTER)
    raw(api, "/ip/hotspot/enable", f"=numbers={hotspot}")
    assert len(dynamic(api, NAT)) == len(PRINTED)
    raw(api, "/ip/hotspot/remove", f"=numbers={hotspot}")
    assert not dynamic(api, NAT)


def test_device_mode_turns_it_off(lab: Lab, api: Api, hotspot: str) -> None:
    set_device_mode(lab.router, "home")
    assert not dynamic(api, NAT)
    set_device_mode(lab.router, "advanced")
    assert len(dynamic(api, NAT)) == len(PRINTED)


def test_a_new_one_is_disabled(api: Api) -> None:
    add(api, "/ip/hotspot", interface="ether3")
    assert not dynamic(api, NAT)


def test_nobody_may_change_them_and_no_dump_shows_them(api: Api, lab: Lab, hotspot: str) -> None:
    number = dynamic(api, NAT)[0][".id"]
    with pytest.raises(TrapError):
        raw(api, f"{NAT}/remove", f"=numbers={number}")
    assert "hs-unauth" not in lab.dump()


def test_the_walled_garden_is_in_both_menus(api: Api, hotspot: str) -> None:
    add(api, "/ip/hotspot/walled-garden/ip", dst_address="1.1.1.1", comment="free")
    add(api, "/ip/hotspot/walled-garden/ip", dst_address="9.9.9.9", protocol="udp", dst_port="53")
    shown = [(row["chain"], row.get("dst-address"), row.get("comment")) for row in dynamic(api, NAT) if row["action"] == "return"]
    assert shown == [("hs-unauth", "1.1.1.1", "free")]
    returns = [row for row in dynamic(api, FILTER) if row["action"] == "return"]
    assert [row["chain"] for row in returns] == ["hs-unauth", "hs-unauth", "hs-unauth-to", "hs-unauth-to"]
    assert [row.get("src-address") for row in returns] == [None, None, "1.1.1.1", "9.9.9.9"]
    assert returns[3]["src-port"] == 53


def test_a_client_logs_in_and_is_thrown_out(api: Api, hotspot: str) -> None:
    raw(api, "/ip/hotspot/active/login", "=user=anna", "=ip=192.168.88.70")
    (active,) = rows(api, "/ip/hotspot/active")
    assert (active["user"], active["address"], active["server"]) == ("anna", "192.168.88.70", "hotspot1")
    raw(api, "/ip/hotspot/active/remove", f"=numbers={active['.id']}")
    assert not rows(api, "/ip/hotspot/active")


def test_a_login_needs_a_client(api: Api, hotspot: str) -> None:
    with pytest.raises(TrapError, match="missing value"):
        raw(api, "/ip/hotspot/active/login", "=user=anna")
