# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole table: base chains at the kernel's hooks in the order of RouterOS [MAN:Packet Flow] D, and the rows in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from .actions import Acting, statement
from .matchers import FASTTRACKED, MATCHERS, Never, matches
from .names import KNOWN_CLIENTS, OUTSIDE_CLIENTS, TABLE, address_set, chain, counter
from .snapshot import CompileError, Shown, Snapshot

HOOKS = {
    ("raw", "prerouting"): "type filter hook prerouting priority -300",
    ("raw", "output"): "type filter hook output priority -300",
    ("mangle", "prerouting"): "type filter hook prerouting priority -150",
    ("mangle", "input"): "type filter hook input priority -150",
    ("mangle", "forward"): "type filter hook forward priority -150",
    ("mangle", "output"): "type route hook output priority -150",
    ("mangle", "postrouting"): "type filter hook postrouting priority -150",
    ("nat", "dstnat"): "type nat hook prerouting priority -100",
    ("nat", "srcnat"): "type nat hook postrouting priority 100",
    ("nat", "output"): "type nat hook output priority -100",
    ("nat", "input"): "type nat hook input priority 100",
    ("filter", "input"): "type filter hook input priority 0",
    ("filter", "forward"): "type filter hook forward priority 0",
    ("filter", "output"): "type filter hook output priority 0",
}
"""Built-in chains by menu and name."""

METERED = tuple(f"{what}-{way}-{kind}" for what, way, kind in product(("met", "packets"), ("up", "down"), ("new", "known")))
"""Counters of the meter: rows met and packets, from the LAN (``up``) or a line (``down``), by what is known of them."""

_NOT_MATCHERS = frozenset(
    {".id", "chain", "action", "comment", "disabled", "dynamic", "invalid", "bytes", "packets", "log", "log-prefix", "hw-offload"}
    | {"passthrough", "jump-target", "new-connection-mark", "new-packet-mark", "new-routing-mark", "new-mss"}
    | {"to-addresses", "to-ports", "reject-with"}
)


def compile_ruleset(snapshot: Snapshot) -> str:
    """The text for ``nft -f -``. It replaces the former rules in one step; counters of rows that stay go on counting.

    :raises CompileError: for a row that the lab's network does not know.
    """
    return "".join(f"{line}\n" for line in _lines(snapshot))


def _lines(snapshot: Snapshot) -> Iterator[str]:
    lists = {name: [_listed(row) for row in snapshot.address_lists.get(name, ())] for name in _named_lists(snapshot)}
    rows = [(menu, row) for menu, found in snapshot.rows.items() for row in found]
    chains = {(menu, row["chain"]) for menu, row in rows} | {
        (menu, row["jump-target"]) for menu, row in rows if row.get("action") == "jump" and "jump-target" in row
    }
    yield f"table ip {TABLE} {{"
    for name in METERED if snapshot.meter else ():
        yield f"counter {name} {{ }}"
    for menu, row in rows:
        yield f"counter {counter(menu, row['.id'])} {{ }}"
    for name in lists:
        yield f"set {address_set(name)} {{ type ipv4_addr; flags interval; auto-merge; }}"
    clients = {KNOWN_CLIENTS: snapshot.hotspots.known, OUTSIDE_CLIENTS: snapshot.hotspots.outside} if snapshot.hotspots.devices else {}
    for name in clients:
        yield f"set {name} {{ type ifname . ipv4_addr; }}"
    for key, hook in HOOKS.items():
        yield f"chain {chain(*key)} {{ {hook}; policy accept; }}"
    for key in sorted(chains - HOOKS.keys()):
        yield f"chain {chain(*key)} {{ }}"
    if snapshot.fast_path:
        yield "chain fast-path { type filter hook prerouting priority -140; policy accept; }"
    yield "}"
    yield f"flush table ip {TABLE}"
    for name, addresses in lists.items():
        yield f"flush set ip {TABLE} {address_set(name)}"
        if addresses:
            yield f"add element ip {TABLE} {address_set(name)} {{ {', '.join(addresses)} }}"
    for name, members in clients.items():
        yield f"flush set ip {TABLE} {name}"
        if members:
            listed = ", ".join(f'"{device}" . {address}' for device, address in sorted(members))
            yield f"add element ip {TABLE} {name} {{ {listed} }}"
    for key in HOOKS:
        if key[0] in ("mangle", "filter"):
            # Fasttracked packets skip mangle and filter [MAN:Fasttrack] D; all of them here, a few less on a router.
            yield f"add rule ip {TABLE} {chain(*key)} ct mark & {FASTTRACKED:#x} != 0 accept"
        if snapshot.meter and key == ("mangle", "prerouting"):
            yield f"add rule ip {TABLE} {chain(*key)} {_meter(snapshot, 'packets')}"
    if snapshot.fast_path:
        marked = f"ct mark & {FASTTRACKED:#x} != 0 meta mark set meta mark | {FASTTRACKED:#x}"
        yield f"add rule ip {TABLE} fast-path {marked}"
    for menu, row in rows:
        for rule in _rules(snapshot, menu, row):
            yield f"add rule ip {TABLE} {chain(menu, row['chain'])} {rule}"


def refused(snapshot: Snapshot, said: str) -> CompileError | None:
    """The error for the row that nft complains of: it shows the line, and every row's line has the row's counter."""
    problem = re.search(r"Error: (.*)", said)
    for menu, rows in snapshot.rows.items():
        for row in rows:
            if problem and f'"{counter(menu, row[".id"])}"' in said:
                return CompileError(menu, row, f"it: nft says {problem[1]}")
    return None


def _listed(row: Shown) -> str:
    """Names would have to be resolved, again and again."""
    if not re.fullmatch(r"[\d./-]+", row["address"]):
        raise CompileError("address-list", row, f"address={row['address']}")
    return row["address"]


def _rules(snapshot: Snapshot, menu: str, row: Shown) -> Iterator[str]:
    """The nft rules of a row: one, or several of which any packet meets one at most."""
    for name in row.keys() - MATCHERS.keys() - _NOT_MATCHERS - {"hotspot", "per-connection-classifier"}:
        raise CompileError(menu, row, f"{name}={row[name]}")
    if snapshot.meter and menu == "mangle":
        yield _meter(snapshot, "met")
    action = statement(Acting(snapshot, menu, row, _hooks_of(snapshot, menu, row, row["chain"])))
    try:
        for expression in matches(snapshot, menu, row):
            yield " ".join(filter(None, (expression, f'counter name "{counter(menu, row[".id"])}"', action)))
    except Never:
        return


def _meter(snapshot: Snapshot, what: str) -> str:
    """Counts by the device that the packet came in by, and by whether its connection is known."""
    ways = [(device, "down") for device in snapshot.wans] + [(device, "up") for device in snapshot.lans]
    states = (("new", "new"), ("established", "known"))
    pairs = [f'"{device}" . {state} : "{what}-{way}-{kind}"' for (device, way), (state, kind) in product(sorted(ways), states)]
    return f"counter name iifname . ct state map {{ {', '.join(pairs)} }}"


def _hooks_of(snapshot: Snapshot, menu: str, row: Shown, name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The built-in chains from which packets get to a chain.

    :raises CompileError: for chains that jump to each other in a circle.
    """
    if (menu, name) in HOOKS:
        return frozenset({name})
    if name in seen:
        raise CompileError(menu, row, f"a circle of jumps through chain {name}")
    sources = {other["chain"] for other in snapshot.rows[menu] if other.get("action") == "jump" and other.get("jump-target") == name}
    found = (_hooks_of(snapshot, menu, row, source, seen | {name}) for source in sources)
    return frozenset().union(*found)


def _named_lists(snapshot: Snapshot) -> list[str]:
    """The address lists that rows speak of; one that does not exist is empty [REST23] O."""
    rows = [row for found in snapshot.rows.values() for row in found]
    return sorted({row[key].removeprefix("!") for row in rows for key in ("src-address-list", "dst-address-list") if key in row})
