# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RouterOS actions as nft statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .matchers import CONNECTION_MARK, FASTTRACKED, PACKET_MARK, ROUTING_MARK, has_ports
from .names import chain
from .snapshot import CompileError, Shown, Snapshot


@dataclass(frozen=True)
class Acting:
    """A row whose action is to be said.

    :param hooks: the built-in chains from which packets get here.
    """

    snapshot: Snapshot
    menu: str
    row: Shown
    hooks: frozenset[str]

    def refuse(self, reason: str) -> CompileError:
        """The error for what is not played."""
        return CompileError(self.menu, self.row, reason)

    def needed(self, name: str) -> str:
        """A property that the action is nothing without."""
        value = self.row.get(name, "")
        if not value:
            raise self.refuse(f"action={self.row['action']} without {name}")
        return value

    @property
    def stop(self) -> str:
        """What follows a mark: the next row, or with ``passthrough=no`` the end of the menu for this packet [GPL] D."""
        return "" if self.row.get("passthrough", "true") == "true" else " accept"


Action = Callable[[Acting], str]


def statement(acting: Acting) -> str:
    """The nft statement of a row's action.

    :raises CompileError: for an action, or a use of it, that is not known.
    """
    action = acting.row.get("action", "accept")
    known = ACTIONS[acting.menu]
    if action not in known:
        raise acting.refuse(f"action={action}")
    return known[action](acting)


def _verdict(word: str) -> Action:
    return lambda acting: word


def _jump(acting: Acting) -> str:
    return f"jump {chain(acting.menu, acting.needed('jump-target'))}"


def _mark_connection(acting: Acting) -> str:
    name = acting.needed("new-connection-mark")
    number = 0 if name == "no-mark" else acting.snapshot.marks.of(name)
    return f"ct mark set ct mark & {0xFFFFFFFF ^ CONNECTION_MARK:#x} | {number:#x}{acting.stop}"


def _mark_packet(acting: Acting) -> str:
    name = acting.needed("new-packet-mark")
    number = 0 if name == "no-mark" else acting.snapshot.marks.of(name)
    return f"meta mark set meta mark & {0xFFFFFFFF ^ PACKET_MARK:#x} | {number << 16:#x}{acting.stop}"


def _mark_routing(acting: Acting) -> str:
    """Only where a route is still to be chosen: prerouting and output [MAN:PCC] D."""
    if strange := acting.hooks - {"prerouting", "output"}:
        raise acting.refuse(f"action=mark-routing in chain {', '.join(sorted(strange))}: RouterOS does not either")
    number = acting.snapshot.routing_mark(acting.needed("new-routing-mark"))
    return f"meta mark set meta mark & {0xFFFFFFFF ^ ROUTING_MARK:#x} | {number:#x}{acting.stop}"


def _change_mss(acting: Acting) -> str:
    wanted = acting.needed("new-mss")
    return f"tcp option maxseg size set {'rt mtu' if wanted == 'clamp-to-pmtu' else wanted}{acting.stop}"


def _fasttrack(acting: Acting) -> str:
    return f"ct mark set ct mark | {FASTTRACKED:#x}"


def _reject(acting: Acting) -> str:
    """Without ``reject-with`` as if the network were unreachable: our choice."""
    answer = acting.row.get("reject-with", "icmp-network-unreachable")
    if answer == "tcp-reset" and acting.row.get("protocol") == "tcp":
        return "reject with tcp reset"
    if answer not in REJECTIONS:
        raise acting.refuse(f"reject-with={answer}" + (" without protocol=tcp" if answer == "tcp-reset" else ""))
    return f"reject with icmp type {REJECTIONS[answer]}"


REJECTIONS = {
    "icmp-admin-prohibited": "admin-prohibited",
    "icmp-host-prohibited": "host-prohibited",
    "icmp-host-unreachable": "host-unreachable",
    "icmp-net-prohibited": "net-prohibited",
    "icmp-network-unreachable": "net-unreachable",
    "icmp-port-unreachable": "port-unreachable",
    "icmp-protocol-unreachable": "prot-unreachable",
}
"""ICMP errors as nft spells them."""


def _translate(word: str) -> Action:
    def action(acting: Acting) -> str:
        address, ports = acting.row.get("to-addresses", ""), _ports(acting)
        if not address and not ports:
            raise acting.refuse(f"action={acting.row['action']} without to-addresses or to-ports")
        return f"{word} to {address}{ports}"

    return action


def _to_ports(word: str) -> Action:
    def action(acting: Acting) -> str:
        ports = _ports(acting)
        return f"{word} to {ports}" if ports else word

    return action


def _masquerade(acting: Acting) -> str:
    """With the trait that what is translated stays so whatever becomes of its way, it is a ``src-nat`` to the address of each way out; one
    without an address lets nothing pass, as masquerading does."""
    kept = acting.snapshot.kept_sources
    if not kept or acting.row.get("to-ports"):
        return _to_ports("masquerade")(acting)
    ways = "; ".join(f'oifname "{device}" snat to {address}' for device, address in sorted(kept.items()))
    return f"jump {{ {ways}; drop; }}"


def _ports(acting: Acting) -> str:
    """``to-ports``, one or a range, with nft's colon. What it means for protocols without ports is unknown."""
    ports, protocol = acting.row.get("to-ports", ""), acting.row.get("protocol", "")
    if not ports:
        return ""
    if not re.fullmatch(r"\d+(-\d+)?", ports) or not has_ports(protocol):
        raise acting.refuse(f"to-ports={ports} with protocol={protocol or 'any'}")
    return f":{ports}"


_GENERAL: Mapping[str, Action] = {
    "accept": _verdict("accept"),
    "return": _verdict("return"),
    "passthrough": _verdict(""),
    "jump": _jump,
    "log": _verdict("log"),
}

ACTIONS: Mapping[str, Mapping[str, Action]] = {
    "raw": {**_GENERAL, "drop": _verdict("drop"), "notrack": _verdict("notrack")},
    "mangle": {
        **_GENERAL,
        "mark-connection": _mark_connection,
        "mark-packet": _mark_packet,
        "mark-routing": _mark_routing,
        "change-mss": _change_mss,
    },
    "nat": {
        **_GENERAL,
        "masquerade": _masquerade,
        "src-nat": _translate("snat"),
        "dst-nat": _translate("dnat"),
        "redirect": _to_ports("redirect"),
    },
    "filter": {
        **_GENERAL,
        "drop": _verdict("drop"),
        "reject": _reject,
        "fasttrack-connection": _fasttrack,
    },
}
"""What each menu's rows can do here."""
