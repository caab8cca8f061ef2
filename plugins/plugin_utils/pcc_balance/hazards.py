# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What keeps packets from our rows, or decides over them: switch chips, Hotspot, VRFs, untracked connections, routing rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, collapse_addresses
from itertools import chain, takewhile

from ..findings import Finding
from ..routeros.paths import MANGLE, RAW, RULES, SWITCH_PORTS, SWITCHES, VLANS, VRFS
from ..routeros.rows import Row, is_ours, label, matchers, readable, table_of
from ..routeros.spelling import word
from .sides import segments, served
from .surroundings import Surroundings

LOOKS_UP = ("lookup", "lookup-only-in-table")
FORBIDS = ("drop", "unreachable")
EVERYBODY = IPv4Network("0.0.0.0/0")
_ON = ("yes", "true", True)


def hazards(router: Surroundings) -> Iterator[Finding]:
    """All of them but `vrfs`, which matter to a line that is alone too."""
    return chain(_switched(router), _hotspots(router), _untracked_rows(router), _routing_rules(router))


def _switched(router: Surroundings) -> Iterator[Finding]:
    """Hardware routes only between two ports that both have l3-hw-offloading (manual, "L3 Hardware Offloading")."""
    switches = {str(row.get("name")) for row in router.foreign(SWITCHES) if row.get("l3-hw-offloading") in _ON}
    ports = {str(row.get("name")): row for row in router.foreign(SWITCH_PORTS)}
    for index, wan in enumerate(router.intent.wans):
        for port in sorted(_ports(router, wan.interface)):
            row = ports.get(port)
            if row and str(row.get("switch")) in switches and row.get("l3-hw-offloading", True) in _ON:
                problem = f"the switch chip routes by itself to '{port}' (l3-hw-offloading), and its packets never meet our rows"
                mend = f"/interface ethernet switch port set [find name={word(port)}] l3-hw-offloading=no"
                yield Finding(f"multiwan_wans[{index}].interface", problem, command=mend, kind="l3-hardware")


def _ports(router: Surroundings, interface: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The ports that an interface sends by: itself, those of a bridge, those of what a VLAN stands on."""
    below = {bridged for bridged, bridge in router.bridges.items() if bridge == interface}
    below |= {str(row.get("interface")) for row in router.foreign(VLANS) if str(row.get("name")) == interface}
    seen = seen | {interface}
    return frozenset({interface}).union(*(_ports(router, other, seen) for other in below - seen))


def _hotspots(router: Surroundings) -> Iterator[Finding]:
    """Hotspot redirects who is not logged in to the router, after the mark; a mark comes before local delivery ("Packet Flow").

    Once its owner knows, rows of ours leave alone whom Hotspot itself does (see chains.py).
    """
    known = frozenset().union(*(router.interfaces_of(lan) for lan in router.intent.lans if lan.has_hotspot))
    there = served(router)
    for interface, name in there.items():
        if interface in router.lan - known:
            problem = f"it serves {interface}, and who is not logged in would be sent to a line instead of its login page"
            remedy = (
                f"write {{interface: {interface}, hotspot: auth}} in multiwan_lan_interfaces, so that only who is logged in is balanced, "
                f"or leave {interface} out"
            )
            yield Finding(f"/ip hotspot {word(name)}", problem, remedy, kind="hotspot")
    for index, lan in enumerate(router.intent.lans):
        if lan.has_hotspot and not router.interfaces_of(lan) & there.keys():
            problem = f"no Hotspot is on {f'the list {lan}' if lan.is_list else lan}"
            yield Finding(f"multiwan_lan_interfaces[{index}].hotspot", problem, "leave it out", kind="hotspot")


def vrfs(router: Surroundings) -> Iterator[Finding]:
    """The connected networks of a VRF's interfaces stand in its table, and in no other (manual, "Virtual Routing and Forwarding")."""
    for row in router.foreign(VRFS):
        name, held = str(row.get("name")), _names(row.get("interfaces"))
        if name == "main" or row.get("builtin"):
            continue
        held = held.union(*(router.members(interface) for interface in held))
        for interface in sorted(held & {*router.wans, *router.lan}):
            whose = f"of line {router.wans[interface].name}" if interface in router.wans else "of the LAN"
            problem = f"it holds {interface} {whose}, whose networks are then in its table and not in main, where the others look for them"
            yield Finding(f"/ip vrf {word(name)}", problem, f"take {interface} out of it", kind="vrf")


def _names(value: object) -> frozenset[str]:
    return frozenset(filter(None, str(value or "").split(",")))


def _untracked_rows(router: Surroundings) -> Iterator[Finding]:
    """A connection that is not tracked has no mark and no NAT (manual, "RAW")."""
    for row in router.rows_of(RAW, "prerouting"):
        if row.get("action") != "notrack" or router.is_never_balanced(row):
            continue
        lines, lan = router.meets(row, "in", router.wans), router.meets(row, "in", router.lan)
        if not lines and not (lan and _is_from_lan(router, row.get("src-address"))):
            continue
        place, effect = f"/ip firewall raw {label(row)}", "what it takes has no mark and no NAT"
        if matchers(row).keys() <= {"in-interface", "in-interface-list", "src-address"}:
            whose = "from the LAN" if lan else f"by {', '.join(sorted(router.wans[line].name for line in lines))}"
            problem = f"{effect}, and it takes all that comes {whose}"
            yield Finding(place, problem, "limit it to what is not to be balanced, or remove it", kind="notrack")
        else:
            yield Finding(place, f"{effect}: it goes by the table main", refuses=False, kind="untracked")


def _is_from_lan(router: Surroundings, source: object) -> bool:
    """Whether a source address, or none, is one of the LAN."""
    text = str(source or "")
    if not text or text.startswith("!"):
        return True
    return any(network.overlaps(lan) for network in readable(text) for lan in router.lan_networks)


def _routing_rules(router: Surroundings) -> Iterator[Finding]:
    """A mark comes before the rules (manual, "Routing Decision"; before 7.22 always, since then unless policy-rules says otherwise)."""
    taking = [row for row in router.foreign(RULES) if _takes_from_us(router, row)]
    together = _take_all(router, [row for row in taking if not row.get("dst-address")])
    for row in taking:
        if _is_never_marked(router, row) and not together:
            continue
        action, table = row.get("action", "lookup"), table_of(row)
        place = f"/routing rule {label(row)}"
        effect = "it would not be dropped any more" if action in FORBIDS else f"it would leave by a line, and not by the table {table}"
        source = next((f" {key}={word(str(row[key]))}" for key in ("src-address",) if row.get(key)), "")
        source += f" in-interface={word(str(row['interface']))}" if row.get("interface") else ""
        if row.get("dst-address"):
            problem = f"what the LAN sends to {row['dst-address']} is balanced, and a mark comes before this rule"
            remedy = "add it to pcc_balance_bypass unless that is wanted"
            yield Finding(place, problem, remedy, refuses=False, kind="rule-destination")
        elif not together:
            problem = f"what it takes of the LAN is balanced, and a mark comes before this rule: {effect}"
            first = " place-before=([find]->0)" if router.found[MANGLE] else ""
            mend = f"/ip firewall mangle add chain=prerouting action=accept{source}{first}"
            yield Finding(place, problem, command=mend, kind="rule")
        else:
            whole = "it takes" if _take_all(router, [row]) else "together with other rules it takes"
            problem = f"{whole} all of the LAN, which is balanced, and a mark comes before this rule: {effect}"
            yield Finding(place, problem, "limit it to what is not to be balanced, or remove it", kind="rule")


def _takes_lan(router: Surroundings, row: Row) -> bool:
    interface = str(row.get("interface") or "")
    return (not interface or interface in router.lan) and _is_from_lan(router, row.get("src-address"))


def _takes_from_us(router: Surroundings, row: Row) -> bool:
    """Whether a rule sends what we balance anywhere else than to main."""
    action, table = row.get("action", "lookup"), table_of(row)
    elsewhere = action in FORBIDS or (action in LOOKS_UP and table != "main")
    limited = row.get("dynamic") or row.get("routing-mark")
    return elsewhere and not limited and _takes_lan(router, row) and not router.is_never_balanced(row)


def _take_all(router: Surroundings, rows: Sequence[Row]) -> bool:
    """Whether rules are about all of the LAN: rows of mangle that let that through would leave nothing to balance."""
    sources: dict[str, list[IPv4Network]] = {interface: [] for interface in router.lan}
    for row in rows:
        for interface in router.lan & {str(row["interface"])} if row.get("interface") else router.lan:
            sources[interface] += readable(row["src-address"]) if row.get("src-address") else [EVERYBODY]
    return bool(rows) and all(_are_all_of(router, interface, collapse_addresses(several)) for interface, several in sources.items())


def _are_all_of(router: Surroundings, interface: str, networks: Iterable[IPv4Network]) -> bool:
    """Whether these are all who are behind an interface of the LAN, as far as it is known who is there."""
    there, segment = list(networks), segments(router, frozenset({interface}))
    lans = [here.network for here in router.connected() if here.interface in segment]
    return EVERYBODY in there or (bool(lans) and all(any(map(lan.subnet_of, there)) for lan in lans))


def _is_never_marked(router: Surroundings, row: Row) -> bool:
    """Whether a row of others in mangle lets through, before ours come, what a rule is about."""
    sources = list(readable(row.get("src-address")))
    for taker in takewhile(lambda there: not (is_ours(there) and there.get("chain") == "prerouting"), router.found[MANGLE]):
        if taker.get("chain") != "prerouting" or taker.get("action") != "accept" or taker.get("disabled"):
            continue
        chosen = matchers(taker)
        inside = chosen.get("in-interface", row.get("interface")) == row.get("interface")
        within = list(readable(chosen.get("src-address", "0.0.0.0/0")))
        covered = bool(sources) and all(any(source.subnet_of(network) for network in within) for source in sources)
        if chosen and chosen.keys() <= {"in-interface", "src-address"} and inside and (covered or "src-address" not in chosen):
            return True
    return False
