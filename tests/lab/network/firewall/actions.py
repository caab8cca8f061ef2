# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RouterOS actions as nft statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .matchers import CONNECTION_MARK, FASTTRACKED, PACKET_MARK, ROUTING_MARK
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
    return f"jump {chain(acting.menu, acting.row['jump-target'])}"


def _log(acting: Acting) -> str:
    prefix = acting.row.get("log-prefix", "").replace('"', "'")
    return f'log prefix "{prefix} "' if prefix else "log"


def _mark_connection(acting: Acting) -> str:
    name = acting.row["new-connection-mark"]
    number = 0 if name == "no-mark" else acting.snapshot.marks.of(name)
    return f"ct mark set ct mark & {0xFFFFFFFF ^ CONNECTION_MARK:#x} | {number:#x}{acting.stop}"


def _mark_packet(acting: Acting) -> str:
    name = acting.row["new-packet-mark"]
    number = 0 if name == "no-mark" else acting.snapshot.marks.of(name)
    return f"meta mark set meta mark & {0xFFFFFFFF ^ PACKET_MARK:#x} | {number << 16:#x}{acting.stop}"


def _mark_routing(acting: Acting) -> str:
    """Only where a route is still to be chosen: prerouting and output [MAN:PCC] D. A table without ``fib`` is 0, main."""
    if strange := acting.hooks - {"prerouting", "output"}:
        raise acting.refuse(f"action=mark-routing in chain {', '.join(sorted(strange))}: RouterOS does not either")
    name = acting.row["new-routing-mark"]
    number = 0 if name == "main" else acting.snapshot.tables.get(name, 0)
    return f"meta mark set meta mark & {0xFFFFFFFF ^ ROUTING_MARK:#x} | {number:#x}{acting.stop}"


def _change_mss(acting: Acting) -> str:
    wanted = acting.row.get("new-mss", "")
    return f"tcp option maxseg size set {'rt mtu' if wanted == 'clamp-to-pmtu' else wanted}{acting.stop}"


def _fasttrack(acting: Acting) -> str:
    return f"ct mark set ct mark | {FASTTRACKED:#x}"


def _translate(word: str) -> Action:
    def action(acting: Acting) -> str:
        address, ports = acting.row.get("to-addresses", ""), acting.row.get("to-ports", "")
        if not address and not ports:
            raise acting.refuse(f"action={acting.row['action']} without to-addresses or to-ports")
        return f"{word} to {address}{':' if ports else ''}{ports}"

    return action


def _to_ports(word: str) -> Action:
    def action(acting: Acting) -> str:
        ports = acting.row.get("to-ports", "")
        return f"{word} to :{ports}" if ports else word

    return action


_GENERAL: Mapping[str, Action] = {
    "accept": _verdict("accept"),
    "return": _verdict("return"),
    "passthrough": _verdict(""),
    "jump": _jump,
    "log": _log,
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
        "masquerade": _to_ports("masquerade"),
        "src-nat": _translate("snat"),
        "dst-nat": _translate("dnat"),
        "redirect": _to_ports("redirect"),
    },
    "filter": {
        **_GENERAL,
        "drop": _verdict("drop"),
        "reject": _verdict("reject"),
        "fasttrack-connection": _fasttrack,
    },
}
"""What each menu's rows can do here."""
