# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the command tree does not say about menus: defaults, references, uniqueness, what a row shows.

One ``Facts`` per menu that the project uses; every other menu of the tree works with ``Facts()``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .addresses import AddressRange, InterfaceAddress, Mac, Prefix
from .interfaces import GROUPS
from .links import Gateway, Mark, Named
from .paths import Path, path
from .times import Duration
from .values import INTERFACES, Boolean, Choice, Flag, Growing, Kind, Number, Numbers, Policies, Text
from .versions import DEFAULT_TRUST, Version


@dataclass(frozen=True)
class Unique:
    """A combination of properties that two rows must not share.

    :param properties: the combination.
    :param message: the refusal.
    :param only_enabled: rows count only while they are enabled.
    """

    properties: tuple[str, ...]
    message: str
    only_enabled: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of a menu beyond the command tree.

    :param defaults: values that a new row has without being told; an unset property falls back to them.
    :param state: read-only values of a new row, such as counters.
    :param kinds: properties whose kind the console's description hides.
    :param disabled: when a row shows ``disabled``: ``always``, or only once it was ``given``.
    :param unique: what no two rows may share.
    """

    defaults: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    disabled: Literal["always", "given"] = "always"
    unique: tuple[Unique, ...] = ()


def _unique_name(message: str) -> tuple[Unique, ...]:
    return (Unique(("name",), message),)


_ITEM_NAME = _unique_name("item with such name already exists")
"""[WILD] O for script, scheduler "and the like"."""

_ENTRY = "already have such entry"
"""[REST23] O for address lists. That routing tables, interface lists and their members answer the same is unknown."""

_TABLE = Named(path("routing table"))
_TABLE_MARK = Named(path("routing table"), negatable=True)

_FIREWALL_INTERFACE = Named(INTERFACES, words=tuple(GROUPS), negatable=True)
"""The groups of interfaces are the manual's; the crawl hides them among names."""

_FIREWALL = Facts(
    defaults={"action": "accept"},
    state={"bytes": "0", "packets": "0"},
    kinds={
        "in-interface": _FIREWALL_INTERFACE,
        "out-interface": _FIREWALL_INTERFACE,
        "new-routing-mark": _TABLE,
        "routing-mark": _TABLE_MARK,
        "chain": Text(),
        "jump-target": Text(),
        "to-ports": Numbers(0, 65535),
        "connection-bytes": Numbers(0, 4294967295),
        "dst-limit": Text(),
        "psd": Text(),
        "time": Text(),
        "address-list": Text(),
        "address-list-timeout": Duration(words=("none-dynamic", "none-static")),
    },
    disabled="given",
)
"""Rows of firewall menus: what was never given is absent; any chain may be named [REST23, MAN] O/D. That ``to-ports``
takes a range is I: the crawl describes one number. Exports have ``psd=21,3s,3,1``, ``connection-bytes=500000-0``,
``time=0s-1d,sun,mon`` O."""

SCRIPT_POLICIES = ("ftp", "reboot", "read", "write", "policy", "test", "password", "sniff", "sensitive", "romon")
"""The default policy of a new script, in the order it reads [CR, MAN] O/D."""

GROUP_POLICIES = (
    *("local", "telnet", "ssh", "ftp", "reboot", "read", "write", "policy", "test", "winbox", "password"),
    *("web", "sniff", "sensitive", "api", "romon", "rest-api"),
)
"""The policies of a user group, in the order of the console's completion and of exports [SCH] O."""

_SECONDS = Duration()
_ENTRY_TIME = Duration(high_ms=21_474_836_000)
"""Of an entry of an address list: at most 35w3d13h13m56s [MAN] D."""

_STORES = {
    Version.parse("7.21"): ("all", "untrusted", "fetch", "mqtt", "email", "netwatch", "container", "lora", "dns"),
    DEFAULT_TRUST: (
        *("all", "default", "untrusted", "ipsec", "wpa-eap", "capsman", "fetch", "sstp", "ovpn", "mqtt", "email", "netwatch", "radius"),
        *("container", "userman", "lora", "wiliot", "openflow", "tr069", "dot1x", "dns", "www", "api", "reverse-proxy", "logging"),
    ),
}
"""What has its own choice of built-in roots; ``wiliot`` and ``logging`` came in 7.23 [SCH] O."""

_DIALED = Facts(defaults={"disabled": "yes", "profile": "default"})
"""New clients of PPP kinds are disabled [CR] O."""

MENUS: Mapping[Path, Facts] = {
    path("ip firewall filter"): _FIREWALL,
    path("ip firewall nat"): _FIREWALL,
    path("ip firewall mangle"): _FIREWALL,
    path("ip firewall raw"): _FIREWALL,
    path("ip firewall address-list"): Facts(
        kinds={"address": AddressRange(domains=True), "timeout": _ENTRY_TIME, "list": Text()},
        unique=(Unique(("list", "address"), _ENTRY, only_enabled=True),),
    ),
    path("ip firewall layer7-protocol"): Facts(unique=_ITEM_NAME),
    path("interface list"): Facts(
        defaults={"include": "", "exclude": ""},
        kinds={
            "include": Named(path("interface list"), many=True),
            "exclude": Named(path("interface list"), many=True),
        },
        unique=_unique_name(_ENTRY),
    ),
    path("interface list member"): Facts(
        kinds={"interface": Named(INTERFACES), "list": Named(path("interface list"))},
        unique=(Unique(("list", "interface"), _ENTRY),),
    ),
    path("interface bridge port"): Facts(
        kinds={"interface": Named(INTERFACES), "bridge": Named(INTERFACES)},
    ),
    path("interface vlan"): Facts(kinds={"interface": Named(INTERFACES)}),
    path("interface vrrp"): Facts(defaults={"vrid": "1", "priority": "100"}, kinds={"interface": Named(INTERFACES)}),
    path("interface pppoe-client"): Facts(
        defaults={
            "disabled": "yes",
            "add-default-route": "no",
            "default-route-distance": "1",
            "use-peer-dns": "no",
            "profile": "default",
        },
        kinds={"interface": Named(INTERFACES)},
    ),
    path("interface pppoe-server server"): Facts(
        defaults={"disabled": "yes", "default-profile": "default"}, kinds={"interface": Named(INTERFACES)}
    ),
    **{path(f"interface {kind}-client"): _DIALED for kind in ("l2tp", "ovpn", "ppp", "pptp", "sstp")},
    path("ip address"): Facts(
        kinds={"address": InterfaceAddress(), "interface": Named(INTERFACES)},
        unique=(Unique(("address", "interface"), "already have such address"),),
    ),
    path("ip hotspot"): Facts(
        defaults={"disabled": "yes", "profile": "default", "idle-timeout": "5m"},
        kinds={"interface": Named(INTERFACES), "profile": Named(path("ip hotspot profile"))},
        unique=_ITEM_NAME,
    ),
    path("ip hotspot walled-garden ip"): Facts(defaults={"action": "accept"}),
    path("ip hotspot ip-binding"): Facts(defaults={"type": "regular"}),
    path("ip pool"): Facts(unique=_ITEM_NAME, kinds={"ranges": Text()}),
    path("ip route"): Facts(
        defaults={
            "dst-address": "0.0.0.0/0",
            "distance": "1",
            "scope": "30",
            "target-scope": "10",
            "routing-table": "main",
        },
        kinds={
            "blackhole": Flag(),
            "dst-address": Prefix(),
            "gateway": Gateway(),
            "routing-table": _TABLE,
            "check-gateway": Choice(("none", "arp", "ping", "bfd")),
        },
        disabled="given",
    ),
    path("routing table"): Facts(unique=_unique_name(_ENTRY), kinds={"fib": Flag(), "name": Mark()}),
    path("routing rule"): Facts(
        defaults={"action": "lookup"},
        kinds={
            "interface": Named(INTERFACES),
            "table": _TABLE,
            "routing-mark": _TABLE,
            "dst-address": Prefix(),
            "src-address": Prefix(),
        },
    ),
    path("routing settings"): Facts(
        defaults={
            "check-gateway-ping-interval": "10s",
            "check-gateway-ping-timeout": "1s",
            "check-gateway-ping-count": "2",
            "policy-rules": "mangle,vrf-lookup,vrf-unreach,local,user,main",
        },
        kinds={"check-gateway-ping-interval": _SECONDS, "check-gateway-ping-timeout": _SECONDS},
    ),
    path("tool netwatch"): Facts(
        defaults={"type": "simple"},
        state={"status": "unknown"},
        kinds={
            "check-certificate": Boolean(reads_yes_no=True),
            "certificate": Named(path("certificate"), words=("none",)),
            "interval": Duration(low_ms=1000),
            "timeout": Duration(low_ms=10),
            "start-delay": _SECONDS,
            "startup-delay": _SECONDS,
            "packet-interval": Duration(low_ms=20),
            **dict.fromkeys(("thr-max", "thr-avg", "thr-stdev", "thr-jitter", "thr-tcp-conn-time", "thr-http-time"), _SECONDS),
            "thr-loss-percent": Number(0, 100, suffix="%"),
        },
        disabled="given",
    ),
    path("ip dhcp-server alert"): Facts(
        defaults={"disabled": "yes", "alert-timeout": "1h", "valid-server": "", "on-alert": ""},
        state={"unknown-server": ""},
        kinds={"interface": Named(INTERFACES), "valid-server": Mac(), "alert-timeout": Duration(words=("none",))},
    ),
    path("ip dhcp-server"): Facts(
        defaults={"lease-time": "30m"},
        kinds={"interface": Named(INTERFACES), "lease-time": _SECONDS},
        unique=_unique_name("server with such name already exists"),
    ),
    path("ip dhcp-server network"): Facts(
        kinds={"address": Prefix()},
        unique=(Unique(("address",), "such network already exists"),),
    ),
    path("ip dhcp-server lease"): Facts(
        kinds={"server": Named(path("ip dhcp-server"), words=("all",))},
    ),
    path("ip dhcp-client"): Facts(
        defaults={
            "add-default-route": "yes",
            "default-route-distance": "1",
            "use-peer-dns": "yes",
            "use-peer-ntp": "yes",
            "dhcp-options": "hostname,clientid",
        },
        state={"status": "searching..."},
        kinds={"interface": Named(INTERFACES), "dhcp-options": Text(), "default-route-tables": Text()},
    ),
    path("ip settings"): Facts(
        defaults={"ip-forward": "yes", "rp-filter": "no", "ipv4-multipath-hash-policy": "l3"},
    ),
    path("ip dns"): Facts(defaults={"servers": "", "allow-remote-requests": "no"}, kinds={"servers": Text()}),
    path("system script"): Facts(
        defaults={
            "owner": "admin",
            "policy": ",".join(SCRIPT_POLICIES),
            "dont-require-permissions": "no",
            "source": "",
        },
        state={"run-count": "0"},
        kinds={"policy": Policies(SCRIPT_POLICIES), "owner": Text()},
        unique=_ITEM_NAME,
    ),
    path("system scheduler"): Facts(
        defaults={"interval": "0s", "on-event": "", "policy": ",".join(SCRIPT_POLICIES)},
        state={"run-count": "0", "owner": "admin"},
        kinds={"policy": Policies(SCRIPT_POLICIES), "interval": _SECONDS},
        unique=_ITEM_NAME,
    ),
    path("certificate"): Facts(
        defaults={"trusted": "no"},
        kinds={"trust-store": Text()},
        unique=_ITEM_NAME,
    ),
    path("certificate settings"): Facts(
        kinds={
            "builtin-trust-anchors": Choice(("trusted", "not-trusted")),
            "builtin-trust-store": Growing(_STORES),
        },
    ),
    path("system logging action"): Facts(unique=_ITEM_NAME),
    path("system logging"): Facts(
        defaults={"topics": "info", "action": "memory", "prefix": ""},
        kinds={"action": Named(path("system logging action")), "topics": Text()},
    ),
    path("system identity"): Facts(defaults={"name": "MikroTik"}),
    path("user"): Facts(
        kinds={"group": Named(path("user group")), "address": Text()},
        unique=_unique_name("user with the same name already exists"),
        state={"expired": "false"},
    ),
    path("user group"): Facts(
        defaults={"policy": "", "skin": "default"},
        kinds={"policy": Policies(GROUP_POLICIES, shows_absent=True)},
        unique=_unique_name("item with such name already exists"),
    ),
    path("queue simple"): Facts(unique=_ITEM_NAME, kinds={"priority": Text()}),
    path("queue tree"): Facts(unique=_ITEM_NAME),
    path("queue type"): Facts(unique=_ITEM_NAME),
    path("port"): Facts(unique=_ITEM_NAME),
}


def netwatch_defaults(kind: str) -> dict[str, str]:
    """What netwatch of a type does without being told; a simple one asks each minute [MAN:Netwatch, 2026-10] D. Whether rows show it is
    a trait."""
    return {"interval": "1m" if kind == "simple" else "10s", "timeout": "3s", "start-delay": "3s", "startup-delay": "5m"}


NETWATCH_ICMP_DEFAULTS = {"ttl": "255", "accept-icmp-time-exceeded": "false"}
"""The same for type icmp [CR] I."""

INTERFACE_NAME_TAKEN = "already have interface with such name"
"""[REST23] O."""


def facts(menu: Path) -> Facts:
    """What is known of a menu."""
    return MENUS.get(menu, Facts())
