# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows of a router as it leaves the factory: a CHR without configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .interfaces import ETHERNET, LOOPBACK
from .kinds import LIST_WORDS
from .leases import LTE, follow
from .logs import USUAL_LINES
from .menus import GROUP_POLICIES, MENUS
from .paths import path
from .rows import Row
from .services import Services
from .store import Router
from .traits import Traits
from .trust import settle
from .versions import DEFAULT_VERSION

QUEUE_TYPES = {
    "default": "pfifo",
    "ethernet-default": "pfifo",
    "wireless-default": "sfq",
    "synchronous-default": "red",
    "hotspot-default": "sfq",
    "pcq-upload-default": "pcq",
    "pcq-download-default": "pcq",
    "only-hardware-queue": "none",
    "multi-queue-ethernet-default": "mq-pfifo",
    "default-small": "pfifo",
}
"""[SCH] O for the names."""

SERVICES = {
    "telnet": 23,
    "ftp": 21,
    "www": 80,
    "ssh": 22,
    "www-ssl": 443,
    "api": 8728,
    "winbox": 8291,
    "api-ssl": 8729,
}

ENCRYPTED = ("www-ssl", "api-ssl")
"""Services that show ``certificate`` [MAN:Services] D."""

PROFILES = {"default": 0, "default-encryption": 0xFFFFFFFE}
"""The profiles of PPP that are always there, by the ids that exports call them by [WILD] O."""

HELPERS = ("ftp", "tftp", "irc", "h323", "sip", "pptp", "rtsp", "udplite", "dccp", "sctp")

NOT_IN_GROUP = {
    "read": {"ftp", "write", "policy"},
    "write": {"ftp", "policy"},
    "full": set[str](),
}
"""What the groups of the factory lack [MAN:User] D."""

_OFF = frozenset({"container", "install-any-version", "partitions", "routerboard", "traffic-gen"})
_OFF_IN_BASIC = _OFF | {"bandwidth-test", "hotspot", "proxy", "socks", "zerotier"}

MODES: Mapping[str, frozenset[str]] = {
    "advanced": _OFF,
    "basic": _OFF_IN_BASIC,
    "home": _OFF_IN_BASIC | {"email", "fetch", "romon", "scheduler", "sniffer"},
}
"""What each device-mode leaves out [MAN:Device-mode] D."""

FEATURES = (
    *("bandwidth-test", "container", "email", "fetch", "hotspot", "install-any-version", "ipsec", "l2tp"),
    *("partitions", "pptp", "proxy", "romon", "routerboard", "scheduler", "smb", "sniffer", "socks", "traffic-gen"),
    "zerotier",
)
"""The features that device-mode switches [SCH] O."""


@dataclass(frozen=True)
class Port:
    """An ethernet port: what it is called on the case, and in the configuration."""

    default_name: str
    name: str


@dataclass(frozen=True)
class Hardware:
    """What a router is made of.

    :param ports: its ethernet ports, in order; those whose default names say so are modems.
    :param version: the release it runs.
    :param user: the first user, of group full.
    :param password: and that user's password.
    """

    ports: Sequence[Port]
    version: str = DEFAULT_VERSION
    user: str = "admin"
    password: str = ""


def ports(count: int) -> list[Port]:
    """``ether1`` to ``etherN``, named so."""
    return [Port(f"ether{number}", f"ether{number}") for number in range(1, count + 1)]


def new_router(hardware: Hardware, traits: Traits | None = None, services: Services | None = None) -> Router:
    """A router with nothing but factory rows."""
    router = Router(hardware.version, traits, services)
    furnish(router, hardware)
    router.observe(lambda change: follow(router, change))
    router.observe(lambda change: settle(router, change))
    return router


def furnish(router: Router, hardware: Hardware) -> None:
    """Throws away all rows of a router and puts those of the factory in place."""
    with router.lock:
        router.clear()
        _settings(router)
        _interfaces(router, hardware.ports)
        _routing(router)
        _users(router, hardware.user, hardware.password)
        _services(router)
        _system(router)


def _settings(router: Router) -> None:
    """Menus of single values have them from the start, read or not."""
    for menu in MENUS:
        if (known := router.tree.menu(menu)) is not None and known.single:
            router.table(menu)


def _interfaces(router: Router, hardware_ports: Sequence[Port]) -> None:
    for number, port in enumerate(hardware_ports, start=1):
        mac = f"02:1A:B0:00:00:{number:02X}"
        if port.default_name.startswith("lte"):
            router.install(LTE, {"name": port.name}, {"default-name": port.default_name})
            continue
        router.install(
            ETHERNET,
            {"name": port.name, "mac-address": mac},
            {"default-name": port.default_name, "orig-mac-address": mac},
        )
    router.install(LOOPBACK, {"name": "lo"}, {"mac-address": "00:00:00:00:00:00"})
    for name in LIST_WORDS:
        router.install(path("interface list"), {"name": name}, builtin=True)


def _routing(router: Router) -> None:
    main = Row(0, {"name": "main", "fib": "", "disabled": "false"}, dynamic=True)
    router.tables[path("routing table")] = [main]


def _users(router: Router, user: str, password: str) -> None:
    for name, lacking in NOT_IN_GROUP.items():
        policy = ",".join(word for word in GROUP_POLICIES if word not in lacking)
        router.install(path("user group"), {"name": name, "policy": policy})
    router.install(path("user"), {"name": user, "group": "full", "password": password})


def _services(router: Router) -> None:
    for name, port in SERVICES.items():
        certificate = {"certificate": "none"} if name in ENCRYPTED else {}
        router.install(path("ip service"), {"port": str(port), "disabled": "false", **certificate}, {"name": name})
    for name in HELPERS:
        router.install(path("ip firewall service-port"), {}, {"name": name})
    for name, kind in QUEUE_TYPES.items():
        router.install(path("queue type"), {"name": name, "kind": kind})
    router.install(path("port"), {"name": "serial0"})
    for name, number in PROFILES.items():
        router.install(path("ppp profile"), {"name": name}, {"default": "true"}).id = number
    for name in ("memory", "disk", "echo", "remote"):
        lines = {"memory-lines": str(USUAL_LINES), "memory-stop-on-full": "no"} if name == "memory" else {}
        router.install(path("system logging action"), {"name": name, "target": name, **lines}, {"default": "true"})
    for topic, action in (("info", "memory"), ("error", "memory"), ("warning", "memory"), ("critical", "echo")):
        router.install(path("system logging"), {"topics": topic, "action": action})
    router.install(path("snmp community"), {"name": "public"}, {"default": "true"})
    router.install(path("routing bgp template"), {"name": "default"}, {"default": "true"})
    for menu in ("ip hotspot profile", "ip ipsec profile", "ip ipsec proposal", "interface lte apn"):
        router.install(path(menu), {"name": "default"}, {"default": "true"})


def set_device_mode(router: Router, mode: str) -> None:
    """Puts a router into a mode, as its button does; rows that are there stay [MAN:Device-mode] D."""
    features = {name: "false" if name in MODES[mode] else "true" for name in FEATURES}
    router.install_state(path("system device-mode"), {"mode": mode, **features})


def _system(router: Router) -> None:
    router.install_state(
        path("system resource"),
        {
            "version": f"{router.version_text} (stable)",
            "build-time": "2026-01-01 00:00:00",
            "platform": "MikroTik",
            "board-name": "CHR QEMU Standard PC (Q35 + ICH9, 2009)",
            "architecture-name": "x86_64",
            "cpu": "lab",
            "cpu-count": "1",
            "cpu-frequency": "2400",
            "cpu-load": "0",
            "free-memory": "134217728",
            "total-memory": "268435456",
            "free-hdd-space": "67108864",
            "total-hdd-space": "134217728",
        },
    )
    router.install_state(path("system routerboard"), {"routerboard": "false"})
    router.install_state(path("system license"), {"system-id": "lab", "level": "free"})
    router.install_state(path("system device-mode"), {"flagged": "false", "attempt-count": "0"})
    set_device_mode(router, "advanced")
    router.install(
        path("system package"),
        {},
        {"name": "routeros", "version": router.version_text, "build-time": "2026-01-01 00:00:00", "disabled": "false"},
    )
