# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stories of routers, as data: what stands there before us, and what a user does, run by run.

Their dumps are recorded, so a stage that is there may not be changed. New ones need a recording by the release that they are about, see
``dumps/README.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Act = tuple[Literal["type", "lose", "mend", "wait"], str | int]
"""What happens before a stage: somebody types on the router's console; all that is watched over a line is lost, or answers again; so
many seconds pass, in which the router's own scripts run."""


@dataclass(frozen=True)
class Stage:
    """One run of a playbook.

    :param variables: what stands in the inventory.
    :param arguments: more words of the command line.
    :param acts: what happens before.
    :param upgraded: whether routers are upgraded from here; then the texts of the scripts are recorded too.
    """

    name: str
    variables: Mapping[str, object]
    arguments: tuple[str, ...] = ()
    playbook: str = "site.yml"
    acts: tuple[Act, ...] = ()
    upgraded: bool = False


@dataclass(frozen=True)
class Story:
    """A router and its stages.

    :param start: lines for the console: what others have on it.
    :param interfaces: how many ports it has.
    """

    name: str
    start: str
    interfaces: int
    stages: tuple[Stage, ...]


def removal(variables: Mapping[str, object]) -> Stage:
    """The end of each story."""
    return Stage("removal", variables, playbook="remove.yml")


# --- two lines

TWO_START = """
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.168.88.1/24 interface=ether3
/ip address add address=192.168.99.1/24 interface=ether4
/ip firewall filter add chain=input action=accept connection-state=established,related comment=defconf
"""
TWO: dict[str, object] = {
    "multiwan_wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "10M"},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": "10M"},
    ],
    "multiwan_lan_interfaces": ["ether3"],
}
TWO_WEIGHTS = TWO | {
    "multiwan_wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.1", "weight": "30M"},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": "10M"},
    ]
}
TWO_GATEWAY = TWO | {
    "multiwan_wans": [
        {"name": "isp1", "interface": "ether1", "gateway": "203.0.113.254", "weight": "30M"},
        {"name": "isp2", "interface": "ether2", "gateway": "198.51.100.1", "weight": "10M"},
    ]
}
TWO_LAN = TWO_GATEWAY | {"multiwan_lan_interfaces": ["ether4", "ether3"]}
TWO_BYPASS = TWO_LAN | {"pcc_balance_bypass": ["192.0.2.64/28", "192.0.2.1-192.0.2.9"]}
TWO_SERVICES = TWO_BYPASS | {"pcc_balance_bypass_services": ["53/udp", "53/tcp", "8000-8099/tcp"]}
TWO_CLASSIFIER = TWO_SERVICES | {"pcc_balance_classifier_tcp": "src-address-and-port"}

# --- a backup line, and an outage

BACKUP_START = """
/interface pppoe-client add name=pppoe-out1 interface=ether4 user=line password=line disabled=no
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.168.88.1/24 interface=ether3
/ip firewall mangle add chain=forward action=change-mss new-mss=clamp-to-pmtu protocol=tcp tcp-flags=syn comment=clamp
"""


def backup(*, isp1: str = "isp1", weight: str = "20M", isp2: str = "isp2", lte: bool = True) -> dict[str, object]:
    """Two lines and, behind them, one that is dialed."""
    lines: list[dict[str, object]] = [
        {"name": isp1, "interface": "ether1", "gateway": "203.0.113.1", "weight": weight},
        {"name": isp2, "interface": "ether2", "gateway": "198.51.100.1", "weight": "10M", "max_loss": 10},
        {"name": "lte", "interface": "pppoe-out1", "gateway": "pppoe-out1", "weight": "5M", "tier": 2},
    ]
    return {"multiwan_wans": lines if lte else lines[:2], "multiwan_lan_interfaces": ["ether3"]}


# --- a bot

TOKEN, OTHER = "123456:" + "s3cr3t-" * 5, "654321:" + "0ther-s3cr3t-" * 3
SECRETS = {TOKEN: "(the first token)", OTHER: "(the second token)"}
"""What stands in a dump for each."""

BOT_START = """
/interface bridge add name=bridge comment="the users"
/interface bridge port add bridge=bridge interface=ether5
/interface list add name=LAN
/interface list member add list=LAN interface=bridge
/interface list member add list=LAN interface=ether3
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.168.88.1/24 interface=ether3
/ip address add address=192.168.89.1/24 interface=bridge
/ip dns set servers=192.0.2.53
/certificate settings set builtin-trust-store=fetch
/system identity set name=edge
/system logging add topics=warning action=echo prefix=look
/ppp secret add name=roadwarrior password=secret service=l2tp
/system scheduler add name=nightly interval=1d on-event=":log info backup"
"""
BOT = TWO | {
    "dhcp_alert_telegram_token": TOKEN,
    "dhcp_alert_telegram_chats": [-1001, {"id": "-1002", "topic": 7}, "@people"],
    "dhcp_alert_telegram_heartbeat": "24h",
    "dhcp_alert_telegram_changes": False,
    "dhcp_alert_telegram_texts": {"rogue": "{router}: {mac} gives addresses on {interface}", "down": "{line} is down: {reason}"},
    "dhcp_alert_telegram_valid_servers": ["02-00-5e-10-00-01", "02:00:5E:10:00:02"],
}
BOT_CHATS = BOT | {"dhcp_alert_telegram_chats": [{"id": "-1002", "topic": 7}]}
BOT_TEXTS = BOT_CHATS | {
    "dhcp_alert_telegram_texts": {"down": 'line "{line}" is down'},
    "dhcp_alert_telegram_language": "id",
    "dhcp_alert_telegram_router_name": "gate",
    "dhcp_alert_telegram_heartbeat": "",
    "dhcp_alert_telegram_silent_hours": "22:00-06:00",
    "dhcp_alert_telegram_changes": True,
}
BOT_INTERFACES = BOT_TEXTS | {
    "dhcp_alert_telegram_interfaces": [{"list": "LAN"}],
    "dhcp_alert_telegram_valid_servers": [],
    "dhcp_alert_telegram_alert_timeout": "90m",
    "dhcp_alert_telegram_interval": 5,
}
BOT_TOKEN = BOT_INTERFACES | {"dhcp_alert_telegram_token": OTHER}
WAITING = """
/ip firewall address-list add list="multiwan-outbox:-1001/0" address=240.0.0.1 disabled=yes comment="*5 2026-01-01 00:00:00\\none"
/ip firewall address-list add list="multiwan-outbox:-1001/0" address=240.0.0.2 disabled=yes comment="*6 2026-01-01 00:00:01\\ntwo"
/ip firewall address-list add list="multiwan-outbox:-1002/7" address=240.0.0.1 disabled=yes comment="*5 2026-01-01 00:00:00\\none"
/ip firewall address-list add list="multiwan-outbox:@people/0" address=240.0.0.1 disabled=yes comment="*5 2026-01-01 00:00:00\\none"
/ip firewall address-list add list="multiwan-down:isp1" address=240.0.0.1 disabled=yes comment="2921w5d00:00:00"
"""
"""Messages that wait, as the router's script keeps them."""

# --- among rows of others

OTHERS_START = r"""
/interface ethernet set [find default-name=ether1] name="Eth1_[ISP1]" comment="000000000001 50M"
/interface ethernet set [find default-name=ether2] name="Eth2_[ISP2]" comment="000000000002 50M"
/interface bridge add name=bridge-loopback comment="Loopback for emergency routing"
/interface bridge add name=bridge1
/interface bridge port add bridge=bridge1 interface=ether4
/interface bridge port add bridge=bridge1 interface=ether5
/interface pppoe-client add name=pppoe-out3 interface=ether3 user=speedy password=speedy disabled=no
/interface list add name=WAN
/interface list add name=LAN comment="the users"
/interface list member add list=WAN interface="Eth1_[ISP1]"
/interface list member add list=WAN interface="Eth2_[ISP2]"
/interface list member add list=LAN interface=bridge1
/ip address add address=192.168.1.2/30 interface="Eth1_[ISP1]" comment="ISP 1 50M"
/ip address add address=192.168.2.2/30 interface="Eth2_[ISP2]" comment="ISP 2 50M"
/ip address add address=172.30.1.1/24 interface=bridge1 comment=LOCAL
/routing table add fib name=voip comment=telephones
/routing table add fib name=to_WAN1
/ip route add dst-address=0.0.0.0/0 gateway=bridge-loopback distance=254 comment="Emergency route"
/ip route add dst-address=0.0.0.0/0 gateway=192.168.1.1 distance=1 comment="by hand"
/ip route add dst-address=0.0.0.0/0 gateway=192.168.1.1 routing-table=to_WAN1 check-gateway=ping
/ip route add dst-address=10.9.0.0/16 gateway=172.30.1.9
/ip route add dst-address=10.8.0.0/16 gateway=172.30.1.8 disabled=yes comment="old office"
/routing rule add action=lookup src-address=172.30.1.64/26 table=voip
/ip firewall address-list add list="ALL NETWORK" address=172.30.1.0/24 comment=LOCAL
/ip firewall address-list add list=admins address=172.30.1.10 comment="Björn Ångström"
/ip firewall address-list add list=multiwan-bypass address=192.0.2.200 comment="put here by hand"
/ip firewall filter add chain=forward action=fasttrack-connection connection-state=established,related comment="defconf: fasttrack"
/ip firewall filter add chain=forward action=accept connection-state=established,related
/ip firewall filter add chain=forward action=drop connection-state=invalid disabled=yes
/ip firewall nat add chain=dstnat action=dst-nat in-interface="Eth1_[ISP1]" protocol=tcp dst-port=443 to-addresses=172.30.1.20 comment=web
/ip firewall nat add chain=dstnat action=redirect in-interface=bridge1 protocol=udp dst-port=53 comment="our DNS"
/ip firewall nat add chain=srcnat action=masquerade out-interface="Eth1_[ISP1]" src-address=172.30.1.0/24 comment="ISP A"
/ip firewall mangle add chain=prerouting action=accept dst-address-list="ALL NETWORK" in-interface-list=LAN comment="#### LAN ####"
/ip firewall mangle add chain=input action=mark-connection in-interface=pppoe-out3 new-connection-mark=WAN3_conn passthrough=yes
/ip firewall mangle add chain=output action=mark-routing connection-mark=WAN3_conn new-routing-mark=to_WAN1 passthrough=yes
/ip firewall mangle add chain=forward action=change-mss new-mss=clamp-to-pmtu protocol=tcp tcp-flags=syn passthrough=yes comment=clamp
/ip firewall mangle add chain=prerouting action=mark-packet new-packet-mark=voice passthrough=yes dscp=46
/system script add name=Alarm policy=read,write,test source=":beep"
/system scheduler add name=Alarm0 interval=1s on-event=Alarm disabled=yes
/tool netwatch add host=192.168.1.1 interval=1s comment="ISP 1 [streamix]" down-script="/system scheduler enable Alarm0"
/tool netwatch add host=8.8.8.8 interval=1s timeout=30ms comment="DNS GOOGLE"
"""
OTHERS: dict[str, object] = {
    "multiwan_wans": [
        {"name": "isp1", "interface": "Eth1_[ISP1]", "gateway": "192.168.1.1", "weight": 2, "probes": ["1.1.1.1", "8.8.8.8", "9.9.9.9"]},
        {"name": "isp-2.b", "interface": "Eth2_[ISP2]", "gateway": "192.168.2.1", "weight": 1, "probes": ["192.0.2.77", "192.0.2.78"]},
    ],
    "multiwan_lan_interfaces": ["bridge1"],
    "pcc_balance_warn_only": ["fasttrack", "default-route", "dst-nat", "rule"],
}
BALANCE, FAILOVER, NO_FAILOVER = ("--tags", "pcc_balance"), ("--tags", "failover_netwatch"), ("-e", "failover_netwatch_state=absent")

# --- four lines

FOUR_START = """
/interface list add name=LAN
/interface list member add list=LAN interface=ether5
/interface list member add list=LAN interface=ether6
/ip address add address=203.0.113.2/24 interface=ether1
/ip address add address=198.51.100.2/24 interface=ether2
/ip address add address=192.0.2.2/30 interface=ether3
/ip address add address=192.168.1.2/24 interface=ether4
/ip address add address=192.168.88.1/24 interface=ether5
/ip address add address=192.168.99.1/24 interface=ether6
/system script add name="my hook" policy=read,write,test source=":log info done"
"""
FOUR: dict[str, object] = {
    "multiwan_wans": [
        {"name": "a", "interface": "ether1", "gateway": "203.0.113.1", "weight": "100M", "source_address": "203.0.113.2"},
        {"name": "b", "interface": "ether2", "gateway": "198.51.100.1", "weight": "50M"},
        {"name": "c", "interface": "ether3", "gateway": "192.0.2.1", "weight": "30M", "source_address": "192.0.2.2"},
        {"name": "d", "interface": "ether4", "gateway": "192.168.1.1", "weight": "1.5M"},
    ],
    "multiwan_lan_interfaces": [{"list": "LAN"}],
    "pcc_balance_check_gateway": "arp",
    "pcc_balance_classifier": "both-addresses",
}
FOUR_NO_NAT = FOUR | {"pcc_balance_nat": False}
FOUR_WATCHED = FOUR_NO_NAT | {
    "failover_netwatch_profile": "fast",
    "failover_netwatch_recover_loss": 30,
    "failover_netwatch_schedule": 90,
    "failover_netwatch_on_down": "my hook",
    "failover_netwatch_on_up": "my hook",
}
FOUR_CALM = FOUR_WATCHED | {
    "failover_netwatch_profile": "calm",
    "failover_netwatch_on_up": "",
    "pcc_balance_nat": True,
    "pcc_balance_classifier": "src-address",
    "pcc_balance_check_gateway": "none",
    "pcc_balance_tolerance": 5,
}

STORIES = (
    Story(
        "two_lines",
        TWO_START,
        4,
        (
            Stage("first", TWO, upgraded=True),
            Stage("same_again", TWO),
            Stage("weights", TWO_WEIGHTS),
            Stage("gateway", TWO_GATEWAY),
            Stage("lan", TWO_LAN),
            Stage("bypass", TWO_BYPASS),
            Stage("services", TWO_SERVICES),
            Stage("classifier", TWO_CLASSIFIER, upgraded=True),
            removal(TWO_CLASSIFIER),
        ),
    ),
    Story(
        "outage",
        BACKUP_START,
        4,
        (
            Stage("first", backup(), upgraded=True),
            Stage("outage", backup(), acts=(("wait", 10), ("lose", "isp1"), ("wait", 20)), upgraded=True),
            Stage("other_weight", backup(weight="30M")),
            Stage("other_line_renamed", backup(weight="30M", isp2="cable")),
            Stage("backup_removed", backup(weight="30M", isp2="cable", lte=False), upgraded=True),
            Stage("dead_line_renamed", backup(isp1="fibre", isp2="cable", lte=False)),
            Stage("found_dead_again", backup(isp1="fibre", isp2="cable", lte=False), acts=(("wait", 20),)),
            Stage("backup_added", backup(isp1="fibre", isp2="cable"), acts=(("wait", 20),)),
            Stage("outage_over", backup(isp1="fibre", isp2="cable"), acts=(("mend", "fibre"), ("wait", 90))),
            removal(backup(isp1="fibre", isp2="cable")),
        ),
    ),
    Story(
        "bot",
        BOT_START,
        5,
        (
            Stage("first", BOT, upgraded=True),
            Stage("chats", BOT_CHATS, acts=(("type", WAITING),), upgraded=True),
            Stage("texts", BOT_TEXTS),
            Stage("interfaces", BOT_INTERFACES),
            Stage("token", BOT_TOKEN, upgraded=True),
            removal(BOT_TOKEN),
        ),
    ),
    Story(
        "others",
        OTHERS_START,
        5,
        (
            Stage("balance", OTHERS, BALANCE),
            Stage("failover", OTHERS, FAILOVER),
            Stage("no_failover", OTHERS, (*FAILOVER, *NO_FAILOVER)),
            Stage("balance_again", OTHERS, BALANCE),
            Stage("everything", OTHERS, upgraded=True),
            Stage("all_without_failover", OTHERS, NO_FAILOVER, upgraded=True),
            removal(OTHERS),
        ),
    ),
    Story(
        "four_lines",
        FOUR_START,
        6,
        (
            Stage("balance", FOUR, BALANCE, upgraded=True),
            Stage("no_nat", FOUR_NO_NAT, BALANCE),
            Stage("watched", FOUR_WATCHED),
            Stage("calm", FOUR_CALM, upgraded=True),
            removal(FOUR_CALM),
        ),
    ),
)
