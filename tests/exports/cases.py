# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The configurations, each with what its owner knows of it: which lines there are, where the LAN is, what to write.

Those of strangers lie outside the project and are read in place; those after MikroTik's defaults are in ``defaults/``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.lab.network.surroundings import Lan, Line

STRANGERS = Path(__file__).resolve().parents[3] / "shared" / "router-exports"
DEFAULTS = Path(__file__).parent / "defaults"

Wan = Mapping[str, object]


@dataclass(frozen=True)
class Case:
    """A configuration and its owner.

    :param name: how the table calls it.
    :param file: the export.
    :param wans: ``multiwan_wans`` of the owner's inventory.
    :param lan: ``multiwan_lan_interfaces``.
    :param lines: the lines of the network around it, in the order of the WANs.
    :param clients: the LANs that connections come from.
    :param hotspot: the one of them that has a Hotspot, by name; its clients are logged in.
    :param callers: customers that dial in, by name; connections come from them too.
    :param variable: the one variable that the owner sets after having read what a first run says, and its value.
    :param before: what the owner types on the router first: what an excerpt lacks, what a refusal asks for.
    :param refused: kinds of what refuses even with the variable, where that is the outcome.
    :param before_now: what commit 3489648 refused with nothing set, by kind; of lines by DHCP, with the gateway's address written.
    """

    name: str
    file: Path
    wans: Sequence[Wan]
    lan: Sequence[object]
    lines: Sequence[Line]
    clients: Sequence[Lan]
    variable: Mapping[str, object] = field(default_factory=dict)
    before: str = ""
    refused: frozenset[str] = frozenset()
    before_now: str = ""
    hotspot: str = ""
    callers: Sequence[str] = ()

    @property
    def has_tags(self) -> bool:
        """Whether clients' frames have tags, which the lab plays for root only."""
        return any(lan.vlan for lan in self.clients)


def wan(name: str, interface: str, gateway: str, weight: int = 10, **others: object) -> Wan:
    """A line of the owner's inventory."""
    return {"name": name, "interface": interface, "gateway": gateway, "weight": weight, **others}


def leased(name: str, interface: str, weight: int) -> Wan:
    """A line of the owner's inventory whose gateway is that of its lease."""
    return wan(name, interface, "dhcp", weight)


def dialed(name: str, interface: str, number: int) -> Line:
    """A point-to-point line."""
    address = f"100.80.{number}.7"
    return Line(name, interface, f"10.255.{number}.1", f"{address}/32", dialed=address)


TAKE_OVER = {"take_over": ["all"]}


def stranger(number: str) -> Path:
    """The export of a stranger by its number; a name of nothing where the exports are not here."""
    found = [*STRANGERS.glob(f"{number}-*.rsc"), *STRANGERS.glob(f"more/{number}-*.rsc")]
    return found[0] if found else STRANGERS / f"{number}.rsc"


ROUTERS = (
    Case(
        "01",
        stranger("01"),
        [wan(f"isp{n}", name, name) for n, name in enumerate(("pppoe-out1-ct", "pppoe-out2-ct", "pppoe-out3-cu", "pppoe-out4-cu"), 1)],
        ["bridge1"],
        [dialed(f"isp{n}", name, n) for n, name in enumerate(("pppoe-out1-ct", "pppoe-out2-ct", "pppoe-out3-cu", "pppoe-out4-cu"), 1)],
        [Lan("lan", "ether3", "10.10.7.0/24", "10.10.7.1")],
        TAKE_OVER,
        before_now="default-route (4), fasttrack",
    ),
    Case(
        "03",
        stranger("03"),
        [wan(f"isp{n}", f"PPPOE_0{n}", f"PPPOE_0{n}", weight) for n, weight in ((1, 20), (2, 10), (3, 10))],
        ["Local"],
        [dialed(f"isp{n}", f"PPPOE_0{n}", n) for n in (1, 2, 3)],
        [Lan("lan", "ether4", "192.168.66.0/24", "192.168.66.1", first=101)],
        TAKE_OVER,
        before_now="default-route (3)",
    ),
    Case(
        "05",
        stranger("05"),
        [wan(f"isp{n}", f"pppoe-out{n}", f"pppoe-out{n}", weight) for n, weight in ((1, 30), (2, 20), (3, 10))],
        ["bridge1"],
        [dialed(f"isp{n}", f"pppoe-out{n}", n) for n in (1, 2, 3)],
        [Lan("lan", "ether4", "192.168.100.0/24", "192.168.100.1")],
        TAKE_OVER,
        before_now="default-route (3)",
    ),
    Case(
        "09",
        stranger("09"),
        [wan("streamix", "Eth1_[ISP1]", "192.168.1.1", 30), wan("phoenix", "Eth2_[ISP2]", "192.168.2.1", 10)],
        ["Eth4_[LOCAL]"],
        [
            Line("streamix", "ether1", "192.168.1.1", "192.168.1.0/30"),
            Line("phoenix", "ether2", "192.168.2.1", "192.168.2.0/30"),
        ],
        [Lan("lan", "ether4", "172.30.1.0/30", "172.30.1.1", first=2)],
        TAKE_OVER,
        before_now="default-route (2)",
    ),
    Case(
        "11",
        stranger("11"),
        [
            leased("indocyber", "ether1", 40),
            leased("comnet", "ether2", 20),
            leased("biznet", "ether3", 20),
            leased("oxygen", "ether4", 20),
        ],
        ["ether5"],
        [
            Line("indocyber", "ether1", "192.168.0.1", "192.168.0.0/24", leased="192.168.0.20"),
            Line("comnet", "ether2", "192.168.100.1", "192.168.100.0/24", leased="192.168.100.20"),
            Line("biznet", "ether3", "192.168.18.1", "192.168.18.0/24", leased="192.168.18.20"),
            Line("oxygen", "ether4", "192.168.1.1", "192.168.1.0/24", leased="192.168.1.20"),
        ],
        [Lan("lan", "ether5", "198.51.100.0/24", "198.51.100.1")],
        TAKE_OVER,
        before_now="default-route (4), network",
    ),
    Case(
        "13",
        stranger("13"),
        [wan("first", "WAN1", "203.0.113.1", 20), wan("second", "WAN2", "10.10.0.1", 10)],
        ["HomeLAN", "LAN"],
        [
            Line("first", "ether3", "203.0.113.1", "203.0.113.0/24"),
            Line("second", "ether4", "10.10.0.1", "10.10.0.0/29"),
        ],
        [Lan("lan", "ether1", "192.168.111.0/24", "192.168.111.1")],
        TAKE_OVER,
        before="""
/interface ethernet enable WAN2
/interface list member add interface=WAN1 list=WAN
/interface list member add interface=WAN2 list=WAN
/interface list member add interface=HomeLAN list=LocalLAN
/interface list member add interface=LAN list=LocalLAN
/ip address add address=203.0.113.109/24 interface=WAN1
/ip address add address=10.10.0.2/29 interface=WAN2
/ip address add address=192.168.111.1/24 interface=HomeLAN
/ip address add address=192.168.222.1/24 interface=LAN
""",
        refused=frozenset({"marks"}),
        before_now="default-route",
    ),
    Case(
        "25",
        stranger("25"),
        [leased("first", "ether1-Internet", 20), leased("second", "ether4-PiHole", 10)],
        ["WiFi", "Private"],
        [
            Line("first", "ether1", "100.70.1.1", "100.70.1.0/24", leased="100.70.1.20"),
            Line("second", "ether4", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20"),
        ],
        [Lan("lan", "ether3", "172.16.178.0/24", "172.16.178.1")],
        TAKE_OVER,
        refused=frozenset({"marks"}),
        before_now="default-route (2)",
    ),
    Case(
        "28",
        stranger("28"),
        [wan("isp1", "ether1", "172.16.240.1", 20), wan("isp2", "ether2", "172.16.250.1", 10)],
        ["ether3"],
        [
            Line("isp1", "ether8", "172.16.240.1", "172.16.240.0/30"),
            Line("isp2", "ether9", "172.16.250.1", "172.16.250.0/30"),
        ],
        [Lan("lan", "ether10", "10.0.0.0/30", "10.0.0.1", first=2)],
        TAKE_OVER,
        before_now="default-route (2)",
    ),
    Case(
        "31",
        stranger("31"),
        [leased("first", "ether1", 30), leased("second", "ether2", 10)],
        ["bridge"],
        [
            Line("first", "ether1", "100.70.1.1", "100.70.1.0/24", leased="100.70.1.20"),
            Line("second", "ether2", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20"),
        ],
        [Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")],
        TAKE_OVER,
        before_now="default-route (2), fasttrack",
    ),
    Case(
        "38",
        stranger("38"),
        [leased("first", "ether1", 10), leased("second", "ether3", 10)],
        ["bridge1"],
        [
            Line("first", "ether1", "100.70.1.1", "100.70.1.0/24", leased="100.70.1.20"),
            Line("second", "ether3", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20"),
        ],
        [Lan("lan", "ether2", "192.168.88.0/24", "192.168.88.1")],
        TAKE_OVER,
        refused=frozenset({"hotspot"}),
        before_now="default-route (2)",
    ),
    Case(
        "home",
        DEFAULTS / "home.rsc",
        [leased("first", "ether1", 30), leased("second", "ether5", 10)],
        ["bridge"],
        [
            Line("first", "ether1", "100.70.1.1", "100.70.1.0/24", leased="100.70.1.20"),
            Line("second", "ether5", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20"),
        ],
        [Lan("lan", "ether2", "192.168.88.0/24", "192.168.88.1")],
        TAKE_OVER,
        before_now="default-route (2), fasttrack",
    ),
    Case(
        "shipped",
        DEFAULTS / "home.rsc",
        [leased("first", "ether1", 30), leased("second", "ether5", 10)],
        ["bridge"],
        [
            Line("first", "ether1", "100.70.1.1", "100.70.1.0/24", leased="100.70.1.20"),
            Line("second", "ether5", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20"),
        ],
        [Lan("lan", "ether2", "192.168.88.0/24", "192.168.88.1")],
        TAKE_OVER,
        before="/ip dhcp-client remove [find interface=ether5]\n/interface bridge port add bridge=bridge interface=ether5\n",
    ),
    Case(
        "pppoe",
        DEFAULTS / "pppoe.rsc",
        [wan("dsl", "pppoe-out1", "pppoe-out1", 10), leased("cable", "ether2", 20)],
        ["bridge"],
        [dialed("dsl", "pppoe-out1", 1), Line("cable", "ether2", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20")],
        [Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")],
        TAKE_OVER,
        before_now="default-route, fasttrack",
    ),
    Case(
        "lte",
        DEFAULTS / "lte.rsc",
        [leased("fibre", "ether1", 30), wan("modem", "lte1", "lte1", 10)],
        ["bridge"],
        [Line("fibre", "ether1", "100.70.1.1", "100.70.1.0/24", leased="100.70.1.20"), dialed("modem", "lte1", 2)],
        [Lan("lan", "ether2", "192.168.88.0/24", "192.168.88.1")],
        TAKE_OVER,
        before_now="default-route (2), fasttrack",
    ),
    Case(
        "wisp",
        DEFAULTS / "wisp.rsc",
        [leased("radio", "wlan1", 10), leased("cable", "ether2", 10)],
        ["bridgeLocal"],
        [
            Line("radio", "wlan1", "100.70.1.1", "100.70.1.0/24", leased="100.70.1.20"),
            Line("cable", "ether2", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20"),
        ],
        [Lan("lan", "ether1", "192.168.88.0/24", "192.168.88.1")],
        TAKE_OVER,
        before_now="default-route, fasttrack",
    ),
    Case(
        "office",
        DEFAULTS / "office.rsc",
        [wan("fibre", "ether1", "203.0.113.1", 30), wan("cable", "ether2", "198.51.100.17", 10)],
        ["ether3"],
        [
            Line("fibre", "ether1", "203.0.113.1", "203.0.113.0/28"),
            Line("cable", "ether2", "198.51.100.17", "198.51.100.16/29"),
        ],
        [Lan("lan", "ether3", "192.168.20.0/24", "192.168.20.1")],
        TAKE_OVER,
        before_now="default-route, fasttrack",
    ),
    Case(
        "modems",
        DEFAULTS / "modems.rsc",
        [leased("satellite", "ether1", 20), leased("mobile", "ether2", 10)],
        ["bridge"],
        [
            Line("satellite", "ether1", "192.168.1.1", "192.168.1.0/24", leased="192.168.1.2", translates=True),
            Line("mobile", "ether2", "192.168.1.1", "192.168.1.0/24", leased="192.168.1.100", translates=True),
        ],
        [Lan("lan", "ether3", "192.168.88.0/24", "192.168.88.1")],
        TAKE_OVER,
    ),
    Case(
        "school",
        DEFAULTS / "school.rsc",
        [wan("fibre", "ether1", "203.0.113.9", 30), leased("cable", "ether2", 10)],
        ["all"],
        [
            Line("fibre", "ether1", "203.0.113.9", "203.0.113.8/29"),
            Line("cable", "ether2", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20"),
        ],
        [
            Lan("office", "ether4", "10.10.0.0/24", "10.10.0.1", first=192),
            Lan("teachers", "ether3", "10.10.0.0/24", "10.10.0.1", vlan=10),
            Lan("pupils", "ether3", "10.20.0.0/22", "10.20.0.1", vlan=20),
            Lan("guests", "ether3", "10.30.0.0/23", "10.30.0.1", vlan=30),
        ],
        TAKE_OVER,
    ),
    Case(
        "isp",
        DEFAULTS / "isp.rsc",
        [wan("first", "ether1", "203.0.113.17", 30), leased("second", "ether2", 10)],
        [{"list": "customers"}, "ether5"],
        [
            Line("first", "ether1", "203.0.113.17", "203.0.113.16/28"),
            Line("second", "ether2", "100.70.2.1", "100.70.2.0/24", leased="100.70.2.20"),
        ],
        [Lan("office", "ether5", "192.168.50.0/24", "192.168.50.1")],
        TAKE_OVER,
        callers=("anna", "ben", "cleo", "dora", "emil", "frieda", "hill-farm", "mill"),
    ),
)

MARK_PACKETS = "/ip firewall mangle set [find {which}] action=mark-packet new-packet-mark={mark} !new-connection-mark passthrough=yes\n"
MENDED = {
    "13": MARK_PACKETS.format(which="dst-address-list=service-ipv4", mark="service"),
    "25": MARK_PACKETS.format(which="comment=CN-DN", mark="CN-DN") + MARK_PACKETS.format(which="comment=CN-UP", mark="CN-UP"),
}
"""What the owner of a router does who follows the remedy of a refusal."""

CASES = (
    *ROUTERS,
    *(
        replace(case, name=f"{case.name}b", before=f"{case.before}\n{MENDED[case.name]}", refused=frozenset())
        for case in ROUTERS
        if case.name in MENDED
    ),
    *(
        replace(
            case,
            name="25c",
            before=f"{MENDED['25']}/ip hotspot enable [find name=HOTSPOT]\n",
            lan=[*case.lan, {"interface": "HOTSPOT", "hotspot": "auth"}],
            clients=[*case.clients, Lan("guests", "ether5", "10.5.50.0/23", "10.5.50.1", vlan=300)],
            hotspot="guests",
            refused=frozenset(),
        )
        for case in ROUTERS
        if case.name == "25"
    ),
    *(
        replace(
            case,
            name="ispb",
            before="/ppp profile unset [find name=home] interface-list\n",
            variable={"take_over": ["clients"]},
        )
        for case in ROUTERS
        if case.name == "isp"
    ),
    *(
        replace(case, name="38b", lan=[{"interface": "bridge1", "hotspot": "auth"}], hotspot="lan", refused=frozenset())
        for case in ROUTERS
        if case.name == "38"
    ),
)
