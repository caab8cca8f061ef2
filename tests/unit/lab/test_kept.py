# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was read is kept until something changes; nobody may see that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.lab.router.leases import Lease, bind, release
from tests.lab.router.reading import KEPT, read_rows
from tests.lab.router.rows import Change

from .scripting import new_device

ROWS = """
/ip address add address=10.0.1.2/24 interface=ether1
/ip dhcp-client add interface=ether2
/interface list add name=lines
/ip route add gateway=10.0.1.1 check-gateway=ping
/ip firewall mangle add chain=prerouting action=accept in-interface=ether1 in-interface-list=lines
/ip firewall raw add chain=prerouting action=accept in-interface=ether1
/ip firewall filter add chain=input action=accept in-interface=ether1
/ip firewall nat add chain=srcnat action=masquerade out-interface=ether1
/ip firewall address-list add list=x address=10.0.0.1 timeout=1m
/tool netwatch add host=10.0.1.1 type=icmp thr-loss-percent=20%
"""
CHANGES = (
    "/ip route set [find static] distance=5",
    "/interface set ether1 name=wan",
    "/interface list set lines name=wans",
    "/interface disable wan",
    "/ip firewall address-list remove [find list=x]",
    "/tool netwatch set [find] interval=5s",
    "/routing rule add action=lookup table=main",
)


@pytest.mark.parametrize("menu", sorted(KEPT), ids="/".join)
def test_whoever_reads_sees_each_change(menu: tuple[str, ...]) -> None:
    device, _clock = new_device()
    router = device.router
    assert not device.load(ROWS).skipped

    def silence() -> None:
        router.silent.add(("10.0.1.1", "ping"))
        router.notify(Change(("ip", "route"), "state", ()))

    actions = [
        *(lambda text=text: device.load(text) for text in CHANGES),
        lambda: bind(router, "ether2", Lease("10.0.2.7/24", "10.0.2.1")),
        lambda: release(router, "ether2"),
        lambda: router.set_running("wan", False),
        silence,
        lambda: setattr(router, "traits", replace(router.traits, percent_has_sign=not router.traits.percent_has_sign)),
        device.reboot,
        device.reset,
    ]
    seen = set()
    for act in actions:
        read_rows(router, menu)
        act()
        shown = read_rows(router, menu)
        seen.add(str(shown))
        router.touch()
        assert shown == read_rows(router, menu)
    assert len(seen) > 1


def test_what_somebody_does_to_a_row_that_he_has_read_stays_with_him() -> None:
    device, _clock = new_device()
    assert not device.load(ROWS).skipped
    (row,) = read_rows(device.router, ("tool", "netwatch"))
    row["host"] = "x"
    assert read_rows(device.router, ("tool", "netwatch"))[0]["host"] == "10.0.1.1"
