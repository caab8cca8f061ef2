# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RouterOS versions, and what is younger than the oldest one: menus and properties by the release that brought them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .paths import Path, path

DEFAULT_VERSION = "7.21.4"
OLDEST_VERSION = "7.15.3"
"""The oldest release of RouterOS 7 that exports are loaded as; what wrote an older one is taken to have been upgraded since."""


@dataclass(frozen=True, order=True)
class Version:
    """A release, ordered by its numbers. A test release (7.23rc1) counts as the release it leads to."""

    numbers: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Version:
        """Reads ``7.21.4``, ``7.23rc1`` or ``6.49.10``.

        :raises ValueError: for anything else.
        """
        found = re.fullmatch(r"(\d+(?:\.\d+){1,2})(?:(?:alpha|beta|rc)\d+)?", text)
        if found is None:
            raise ValueError(f"not a RouterOS version: {text!r}")
        return cls(tuple(int(part) for part in found[1].split(".")))


def _since(release: str, *names: str) -> dict[str, Version]:
    return dict.fromkeys(names, Version.parse(release))


EMPTY_REPLY = Version.parse("7.18")
"""From here on a reply without rows has ``!empty`` before its ``!done`` [MAN, TIK4] D/O."""

_TOS = _since("7.21", "tos")

PROPERTIES: Mapping[Path, Mapping[str, Version]] = {
    path("certificate settings"): _since("7.21", "builtin-trust-store"),
    path("interface bridge"): {
        **_since("7.15", "mvrp", "port-cost-mode"),
        **_since("7.16", "forward-reserved-addresses", "max-learned-entries"),
    },
    path("interface bridge port"): _since("7.15", "mvrp-applicant-state", "mvrp-registrar-state"),
    path("interface ethernet"): _since("7.15", "sfp-ignore-rx-los"),
    path("ip dhcp-client"): {
        **_since("7.18", "default-route-tables"),
        **_since("7.19", "check-gateway"),
        **_since("7.20", "allow-reconfigure", "dscp", "use-broadcast", "vlan-priority"),
    },
    path("ip dhcp-server"): {
        **_since("7.18", "address-lists"),
        **_since("7.20", "use-reconfigure"),
        **_since("7.21", "dynamic-lease-identifiers", "support-broadband-tr101"),
    },
    path("ip dhcp-server lease"): _since("7.21", "agent-circuit-id", "agent-remote-id"),
    path("ip dhcp-server network"): _since("7.20", "ntp-none"),
    path("ip dns"): {
        **_since("7.12", "address-list-extra-time"),
        **_since("7.15", "vrf"),
        **_since("7.16", "mdns-repeat-ifaces"),
    },
    path("ip firewall connection tracking"): _since("7.20", "liberal-tcp-tracking"),
    path("ip firewall filter"): _TOS,
    path("ip firewall mangle"): _TOS,
    path("ip firewall raw"): _TOS,
    path("ip firewall nat"): {
        **_TOS,
        **_since("7.12", "randomise-ports"),
        **_since("7.20", "socks5-port", "socks5-server", "socksify-service"),
    },
    path("ip service"): _since("7.16", "max-sessions"),
    path("ip settings"): {
        **_since("7.16", "ipv4-multipath-hash-policy"),
        **_since("7.18", "icmp-errors-use-inbound-interface-address", "tcp-timestamps"),
    },
    path("routing settings"): {
        **_since("7.20", "connected-in-chain", "dynamic-in-chain"),
        **_since("7.21", "check-gateway-ping-count", "check-gateway-ping-interval", "check-gateway-ping-timeout"),
    },
    path("system logging"): _since("7.18", "regex"),
    path("system logging action"): {
        **_since("7.18", "cef-event-delimiter", "remote-log-format", "remote-protocol"),
        **_since("7.20", "vrf"),
    },
    path("tool netwatch"): {
        **_since(
            "7.4",
            *("type", "start-delay", "startup-delay", "test-script", "packet-interval", "packet-count", "packet-size"),
            *("thr-max", "thr-avg", "thr-stdev", "thr-jitter", "thr-loss-percent", "thr-loss-count", "port"),
            *("thr-tcp-conn-time", "http-codes", "thr-http-time", "certificate", "check-certificate", "name"),
        ),
        **_since("7.11", "src-address"),
        **_since("7.16", "ttl", "accept-icmp-time-exceeded", "record-type", "dns-server"),
        **_since("7.17", "ignore-initial-up", "ignore-initial-down"),
        **_since("7.20", "early-success-detection", "early-failure-detection"),
    },
    path("user"): _since("7.16", "inactivity-policy", "inactivity-timeout"),
}
"""Properties that older releases do not have: the first crawled release with them, or the change log's where it is
earlier [SCH, MAN] O/D."""

LATER_PROPERTIES: Mapping[Path, Mapping[str, Version]] = {
    path("certificate settings"): _since("7.21", "builtin-trust-store"),
    path("ip dhcp-client"): _since("7.22", "name"),
    path("ip service"): _since("7.24", "available-from"),
    path("routing rule"): _since("7.22", "chain", "realm", "vrf"),
    path("system scheduler"): _since("7.24", "days"),
    path("routing settings"): _since("7.22", "policy-rules"),
}
"""Properties younger than the command tree that the lab's schema comes from; nothing is known of their values [SCH]
O."""

GONE_PROPERTIES: Mapping[Path, Mapping[str, tuple[Version, Version]]] = {
    path("certificate settings"): {"builtin-trust-anchors": (Version.parse("7.19"), Version.parse("7.21"))},
}
"""Properties that the command tree no longer has: the first release with them, and the first one without [SCH] O."""

BOARD_PROPERTIES: Mapping[Path, frozenset[str]] = {
    path("interface ethernet"): frozenset(
        {"combo-mode", "poe-lldp-enabled", "poe-out", "poe-priority", "poe-voltage", "sfp-rate-select"}
        | {f"power-cycle-{name}" for name in ("interval", "ping-address", "ping-enabled", "ping-timeout")}
    ),
    path("interface vrrp"): frozenset({"mtu"}),
    path("ip firewall filter"): frozenset({"hw-offload"}),
    path("ip route"): frozenset({"suppress-hw-offload"}),
    path("ipv6 route"): frozenset({"suppress-hw-offload"}),
}
"""Properties that boards have and the tree of a CHR lacks: the export of a board names them, on its FastTrack row for one [SCH, CR] O."""

COMMANDS: Mapping[str, Version] = {
    **_since("7.11", "convert"),
    **_since("7.12", "jobname"),
    **_since("7.13", "onerror", "serialize", "deserialize"),
    **_since("7.15", "grep", "tocrlf", "tolf"),
    **_since("7.17", "range"),
    **_since("7.22", "break", "continue", "exit"),
}
"""Global commands that older releases do not have [SCH] O."""

ERROR_ATTRIBUTES = Version.parse("7.22")
"""From here on ``:onerror`` takes a second name, for what a failed fetch tells ("return error code and HTTP headers to :onerror
script", change log of 7.22) D."""

ERROR_PLACE = Version.parse("7.24.4")
"""From here on the text of an ``:error`` that was caught ends with its place, as those of commands do (change log) D."""

BROKEN_FIND = (Version.parse("7.24"), Version.parse("7.24.0"))
"""The release whose ``find`` with arguments is broken (change log of 7.24.1) D, in both spellings; how it is broken is unknown."""

CONVERT_URL = Version.parse("7.21")
"""From here on ``:convert`` certainly knows ``to=url`` [SCH, EWORM] O."""

DEFAULT_TRUST = Version.parse("7.22")
"""From here on ``builtin-trust-store`` knows ``default``, and has it when it was never set [SCH, MAN] O."""

DEFAULT_START = (Version.parse("7.24"), Version.parse("7.24.5"))
"""The first release that does not run scheduler entries "with the default start date and time", and the first one that does again
(change log of 7.24.5) D."""

SCRIPT_PERMISSIONS = Version.parse("7.15")
"""From here on ``/system/script/run`` knows ``use-script-permissions`` [SCH] O."""

ROOT_PING_UNTIL = Version.parse("7.23")
"""From here on ``/ping`` is gone; ``/tool/ping`` is in every release [SCH] O."""

FETCH: Mapping[str, Version] = {
    **_since("7.15", "http-auth-scheme", "http-content-encoding", "idle-timeout"),
    **_since("7.18", "http-max-redirect-count"),
    **_since("7.21", "http-percent-encoding"),
}
"""Arguments of ``/tool/fetch`` that older releases do not have [SCH] O."""

MENUS: Mapping[Path, Version] = {
    path("routing settings"): Version.parse("7.12"),
    path("safe-mode"): Version.parse("7.18"),
}
"""Menus that older releases do not have [SCH] O."""
