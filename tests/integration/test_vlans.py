# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""VLANs with tags on the wire: LANs beside each other at one port, a line behind a tag, bridges that look at tags and those that do not."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.lab.experiments.room import Room, open_room
from tests.lab.experiments.traffic import ROOT, run_clients
from tests.lab.network import tags
from tests.lab.network.network import Network
from tests.lab.network.played import NotPlayed
from tests.lab.network.surroundings import Lan, Line

pytestmark = pytest.mark.skipif(not tags.are_played(), reason="only root may load programs that put tags on")

SERVER = "198.18.0.1"
LINES = [
    Line("isp1", "ether1", "203.0.113.1", "203.0.113.0/24"),
    Line("isp2", "vlan35", "198.51.100.1", "198.51.100.0/24"),
]
RULES = """
/routing table add name=isp2 fib
/ip route
add dst-address=0.0.0.0/0 gateway=203.0.113.1
add dst-address=0.0.0.0/0 gateway=198.51.100.1 routing-table=isp2
add dst-address=0.0.0.0/0 gateway=203.0.113.1 distance=2 routing-table=isp2
/ip firewall mangle
add action=mark-routing chain=prerouting dst-address-type=!local in-interface=vlan10 new-routing-mark=isp2
/ip firewall nat
add action=masquerade chain=srcnat out-interface=ether1
add action=masquerade chain=srcnat out-interface=vlan35
"""
"""What comes from vlan10 goes by isp2, which is VLAN 35 of ether2; all else by isp1."""
LINE_ADDRESSES = """
/interface vlan add name=vlan35 vlan-id=35 interface=ether2
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=vlan35
"""
LANS = [
    Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1"),
    Lan("vlan10", "ether3", "10.0.10.0/24", "10.0.10.1", vlan=10),
    Lan("vlan20", "ether3", "10.0.20.0/24", "10.0.20.1", vlan=20),
]
ON_A_PORT = f"""
{LINE_ADDRESSES}
/interface vlan add name=vlan10 vlan-id=10 interface=ether3
/interface vlan add name=vlan20 vlan-id=20 interface=ether3
/ip address add address=192.168.88.1/24 interface=ether3
/ip address add address=10.0.10.1/24 interface=vlan10
/ip address add address=10.0.20.1/24 interface=vlan20
{RULES}
"""
ON_A_BRIDGE = f"""
{LINE_ADDRESSES}
/interface bridge add name=bridge
/interface bridge port add bridge=bridge interface=ether3
/interface vlan add name=vlan10 vlan-id=10 interface=bridge
/interface vlan add name=vlan20 vlan-id=20 interface=bridge
/ip address add address=192.168.88.1/24 interface=bridge
/ip address add address=10.0.10.1/24 interface=vlan10
/ip address add address=10.0.20.1/24 interface=vlan20
{RULES}
"""
A_BRIDGE_EACH = f"""
{LINE_ADDRESSES}
/interface vlan add name=ether3-10 vlan-id=10 interface=ether3
/interface vlan add name=ether3-20 vlan-id=20 interface=ether3
/interface bridge add name=vlan10
/interface bridge add name=vlan20
/interface bridge port add bridge=vlan10 interface=ether3-10
/interface bridge port add bridge=vlan20 interface=ether3-20
/ip address add address=192.168.88.1/24 interface=ether3
/ip address add address=10.0.10.1/24 interface=vlan10
/ip address add address=10.0.20.1/24 interface=vlan20
{RULES}
"""
FILTERING = f"""
{LINE_ADDRESSES}
/interface bridge add name=bridge vlan-filtering=yes
/interface bridge port
add bridge=bridge interface=ether3
add bridge=bridge interface=ether4 pvid=10
/interface bridge vlan
add bridge=bridge vlan-ids=10 tagged=bridge,ether3
add bridge=bridge vlan-ids=20 tagged=bridge,ether3
/interface vlan add name=vlan10 vlan-id=10 interface=bridge
/interface vlan add name=vlan20 vlan-id=20 interface=bridge
/ip address add address=192.168.88.1/24 interface=bridge
/ip address add address=10.0.10.1/24 interface=vlan10
/ip address add address=10.0.20.1/24 interface=vlan20
{RULES}
"""
ON_A_PORT_OF_A_BRIDGE = A_BRIDGE_EACH.replace("10.0.10.1/24 interface=vlan10", "10.0.10.1/24 interface=ether3-10")
"""As owners have it who made the bridge later: the address works on the bridge."""
CONFIGURATIONS = {
    "port": ON_A_PORT,
    "bridge": ON_A_BRIDGE,
    "bridge each": A_BRIDGE_EACH,
    "port of a bridge": ON_A_PORT_OF_A_BRIDGE,
    "filtering": FILTERING,
}
ETH_P_ALL, SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID = 0x0003, 263, 8, 0x10
"""Linux, if_ether.h, socket.h and if_packet.h."""
IPV4 = b"\x08\x00"


@pytest.fixture(params=CONFIGURATIONS, scope="module")
def room(request: pytest.FixtureRequest) -> Iterator[Room]:
    with open_room(CONFIGURATIONS[request.param], LINES, LANS, engines=False) as made:
        yield made


def seen(room: Room, lan: str, client: str) -> str:
    """The address that a server sees of a client."""
    (answer,) = run_clients(room.network.namespace_of(lan), "whoami", pairs=[(client, SERVER)])
    return str(answer)


def answered(room: Room, lan: str, client: str) -> bool:
    """Whether a server answers a client."""
    found = run_clients(room.network.namespace_of(lan), "connect", pairs=[(client, SERVER)], patience=1.5)
    return bool(found["taken"])


def test_each_lan_has_its_way(room: Room) -> None:
    assert seen(room, "lan", "192.168.88.70") == "203.0.113.2"
    assert seen(room, "vlan10", "10.0.10.70") == "198.51.100.2"
    assert seen(room, "vlan20", "10.0.20.70") == "203.0.113.2"


def test_the_line_behind_a_tag_is_cut_and_comes_back(room: Room) -> None:
    room.network.cut("isp2", "cable")
    room.network.kernel.settle()
    assert seen(room, "vlan10", "10.0.10.70") == "203.0.113.2"
    room.network.mend("isp2")
    room.network.kernel.settle()
    assert seen(room, "vlan10", "10.0.10.70") == "198.51.100.2"
    room.network.cut("isp2", "upstream")
    room.network.kernel.settle()
    assert not answered(room, "vlan10", "10.0.10.70")
    room.network.mend("isp2")
    assert seen(room, "vlan10", "10.0.10.70") == "198.51.100.2"


def tagged(room: Room, device: str) -> dict[int, int]:
    """How many frames of IPv4 of each VLAN pass a device of the router while clients of all LANs ask; 0 is without a tag."""

    def listen() -> socket.socket:
        heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        heard.bind((device, ETH_P_ALL))
        heard.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)  # the tag is beside the frame
        heard.settimeout(0.3)
        return heard

    counted: dict[int, int] = {}
    with room.network.inside.inside(listen) as heard:
        for lan in LANS:
            seen(room, lan.name, lan.clients(7)[6])
        while True:
            try:
                frame, beside, _, _ = heard.recvmsg(2048, 256)
            except TimeoutError:
                return counted
            if frame[12:14] != IPV4:
                continue
            ((_, _, data),) = beside
            status, _, _, _, _, tag, _ = struct.unpack_from("=IIIHHHH", data)
            vlan = tag & 0xFFF if status & TP_STATUS_VLAN_VALID else 0
            counted[vlan] = counted.get(vlan, 0) + 1


def test_frames_have_their_tags_on_the_wire(room: Room) -> None:
    assert set(tagged(room, "ether3")) == {0, 10, 20}
    assert set(tagged(room, "ether2")) == {35}
    assert set(tagged(room, "ether1")) == {0}


def test_another_tag_is_another_network(room: Room) -> None:
    room.load('/interface vlan set [find vlan-id=20 name~"20"] vlan-id=21')
    assert not answered(room, "vlan20", "10.0.20.70")
    assert seen(room, "vlan10", "10.0.10.70") == "198.51.100.2"
    room.load('/interface vlan set [find vlan-id=21 name~"20"] vlan-id=20')
    assert seen(room, "vlan20", "10.0.20.70") == "203.0.113.2"


@pytest.fixture(scope="module")
def filtering() -> Iterator[Room]:
    lans = [
        LANS[0],
        Lan("vlan10", "ether3", "10.0.10.0/25", "10.0.10.1", vlan=10),
        Lan("desk", "ether4", "10.0.10.0/24", "10.0.10.1", first=200),
    ]
    with open_room(FILTERING, LINES, lans, engines=False) as made:
        yield made


def test_an_access_port_is_in_its_vlan(filtering: Room) -> None:
    """Clients at ether4 send without a tag, and are in vlan10 with those at ether3 who send with one."""
    assert seen(filtering, "desk", "10.0.10.210") == "198.51.100.2"
    filtering.load("/interface bridge port set [find interface=ether4] pvid=20")
    assert not answered(filtering, "desk", "10.0.10.210")
    filtering.load("/interface bridge port set [find interface=ether4] pvid=10")
    assert seen(filtering, "desk", "10.0.10.210") == "198.51.100.2"


def test_a_port_that_is_no_member_gets_nothing(filtering: Room) -> None:
    filtering.load('/interface bridge vlan set [find vlan-ids="10"] tagged=bridge')
    assert not answered(filtering, "vlan10", "10.0.10.70")
    assert seen(filtering, "desk", "10.0.10.210") == "198.51.100.2"
    filtering.load('/interface bridge vlan set [find vlan-ids="10"] tagged=bridge,ether3')
    assert seen(filtering, "vlan10", "10.0.10.70") == "198.51.100.2"


def test_without_filtering_all_tags_pass(filtering: Room) -> None:
    """And a port's ``pvid`` means nothing."""
    filtering.load("/interface bridge set bridge vlan-filtering=no")
    assert seen(filtering, "vlan10", "10.0.10.70") == "198.51.100.2"
    assert not answered(filtering, "desk", "10.0.10.210")
    filtering.load("/interface bridge set bridge vlan-filtering=yes")
    assert seen(filtering, "desk", "10.0.10.210") == "198.51.100.2"


@pytest.mark.parametrize(("version", "reached"), [("7.15.3", False), ("7.16.2", True)])
def test_a_vlan_interface_makes_its_bridge_a_member_from_7_16_on(version: str, reached: bool) -> None:
    configuration = FILTERING.replace("tagged=bridge,ether3", "tagged=ether3")
    with open_room(configuration, LINES, LANS, engines=False, version=version) as made:
        assert answered(made, "vlan10", "10.0.10.70") == reached


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("/interface vlan set vlan20 use-service-tag=yes", "/interface vlan .*use-service-tag=true"),
        ("/interface bridge set bridge ether-type=0x88a8", "/interface bridge .*ether-type=0x88a8"),
        ("/interface bridge port set [find interface=ether4] tag-stacking=yes", "/interface bridge port .*tag-stacking=true"),
    ],
)
def test_what_is_not_played_is_named(row: str, reason: str) -> None:
    with open_room(FILTERING, LINES, LANS, engines=False) as made, pytest.raises(NotPlayed, match=reason):
        made.load(row)


def test_a_cable_needs_one_port_of_a_bridge() -> None:
    configuration = f"{FILTERING}\n/interface bridge port add bridge=bridge interface=ether5"
    with open_room(configuration, LINES, [Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")], engines=False) as made:
        network = Network(made.lab.router, [*LINES, Line("isp3", "bridge", "192.0.2.1", "192.0.2.0/24")], [])
        with pytest.raises(ValueError, match="bridge has 3 ports for a cable: ether3, ether4, ether5"):
            network.start()


def test_frames_between_ports_of_a_bridge_meet_the_firewall_only_when_told() -> None:
    """A bridge passes them on; ``use-ip-firewall`` of its settings sends them by the firewall."""
    configuration = """
    /interface bridge add name=bridge
    /interface bridge port add bridge=bridge interface=ether3
    /interface bridge port add bridge=bridge interface=ether4
    /ip address add address=192.168.88.1/24 interface=bridge
    /ip firewall filter add chain=forward action=drop
    """
    lans = [Lan("one", "ether3", "192.168.88.0/25", "192.168.88.1"), Lan("other", "ether4", "192.168.88.0/24", "192.168.88.1", first=200)]
    with open_room(configuration, [], lans, engines=False) as made:
        for lan in lans:
            made.network.namespace_of(lan.name).run(["ip", "route", "replace", "192.168.88.0/24", "dev", "lan"])

        def reached() -> bool:
            found = run_clients(made.network.namespace_of("one"), "connect", pairs=[("192.168.88.70", "192.168.88.210")], patience=1.5)
            return bool(found["taken"])

        assert reached()
        made.load("/interface bridge settings set use-ip-firewall=yes")
        assert not reached()
        made.load("/interface bridge settings set use-ip-firewall=no")
        assert reached()


STANDALONE = """
from tests.lab.network.namespace import become_root
become_root()
from tests.integration.test_vlans import LANS, LINES, ON_A_PORT
from tests.lab.network.network import Network
from tests.lab.network.played import NotPlayed
from tests.lab.router.lab import Lab
lab = Lab()
lab.load(ON_A_PORT)
try:
    Network(lab.router, LINES, LANS).start()
except NotPlayed as reason:
    print(reason, flush=True)
import os
os._exit(0)
"""


def test_without_root_it_says_why_there_are_no_vlans() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / ".venv" / "collections")])}
    wrapper = ["unshare", "--user", "--map-user=1000", "--map-group=1000", sys.executable, "-c", STANDALONE]
    said = subprocess.run(wrapper, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "VLANs: the kernel takes no program: Operation not permitted; only root may load one" in said
