# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The paths of RouterOS that we read or write, as community.routeros names them: words with spaces."""

from __future__ import annotations

ACTIVE = "user active"
"""Who is logged in."""

INTERFACES = "interface"
PORTS = "interface bridge port"
SWITCHES = "interface ethernet switch"
SWITCH_PORTS = "interface ethernet switch port"
VLANS = "interface vlan"
LISTS = "interface list"
MEMBERS = "interface list member"
VRRPS = "interface vrrp"

PPPOE_SERVERS = "interface pppoe-server server"
PPP_SERVERS = {kind: f"interface {kind}-server server" for kind in ("l2tp", "pptp", "sstp")}
"""Where people dial in over the internet, by the service: one row each."""
PPP_CLIENTS = {kind: f"interface {kind}-client" for kind in ("pppoe", "l2tp", "pptp", "sstp")}
"""By which the router itself dials, by the service."""

ADDRESSES = "ip address"
DHCP_CLIENTS = "ip dhcp-client"
DHCP_SERVERS = "ip dhcp-server"
DHCP_ALERTS = "ip dhcp-server alert"
DNS = "ip dns"
HOTSPOTS = "ip hotspot"
HOTSPOT_BINDINGS = "ip hotspot ip-binding"
HOTSPOT_USERS = "ip hotspot active"
"""Who is logged in."""
POOLS = "ip pool"
ROUTES = "ip route"
RULES = "routing rule"
ROUTING = "routing settings"
SETTINGS = "ip settings"
TABLES = "routing table"
RULES = "routing rule"
VRFS = "ip vrf"

IPV6_CLIENTS = "ipv6 dhcp-client"
IPV6_ROUTES = "ipv6 route"

SERVICES = "ip service"

ADDRESS_LIST = "ip firewall address-list"
CONNECTIONS = "ip firewall connection"
FILTER = "ip firewall filter"
MANGLE = "ip firewall mangle"
NAT = "ip firewall nat"
RAW = "ip firewall raw"
TRACKING = "ip firewall connection tracking"

CERTIFICATES = "certificate"
TRUST = "certificate settings"
CLOCK = "system clock"
DEVICE_MODE = "system device-mode"
IDENTITY = "system identity"
LOGGING = "system logging"
LOG_ACTIONS = "system logging action"
NETWATCH = "tool netwatch"
PROFILES = "ppp profile"
RESOURCE = "system resource"
"""What the router is: release, board, since when it runs."""
SAFE_MODE = "safe-mode"
"""What is written while somebody holds it is taken back unless they release it; from 7.18 on (command trees)."""
SCHEDULER = "system scheduler"
SCRIPTS = "system script"
SECRETS = "ppp secret"
"""Who may dial in, and where the password of an entry is the bot's token."""


def menu(path: str) -> str:
    """Return a path as people write it on the router: ``/ip/route``."""
    return f"/{path.replace(' ', '/')}"
