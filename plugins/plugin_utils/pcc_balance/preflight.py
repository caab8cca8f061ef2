# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent of balancing against the router: what must be mended before the first write, and what the user should know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address

from ..drains import drains
from ..findings import Finding
from ..gateways import given
from ..health import check_gateway, out_of_use
from ..lines import LEASED, AddressGateway, InterfaceGateway, Lan
from ..names_taken import taken
from ..routeros.changing import Change, commands, same
from ..routeros.names import BALANCE, BYPASS_LIST, comment, mark, probe_table
from ..routeros.paths import (
    ADDRESS_LIST,
    ADDRESSES,
    DHCP_CLIENTS,
    DHCP_SERVERS,
    FILTER,
    HOTSPOTS,
    INTERFACES,
    IPV6_CLIENTS,
    IPV6_ROUTES,
    LISTS,
    MANGLE,
    MEMBERS,
    NAT,
    NETWATCH,
    POOLS,
    PORTS,
    PPP_CLIENTS,
    PPP_SERVERS,
    PPPOE_SERVERS,
    PROFILES,
    RAW,
    RESOURCE,
    ROUTES,
    ROUTING,
    RULES,
    SCHEDULER,
    SCRIPTS,
    SECRETS,
    SETTINGS,
    SWITCH_PORTS,
    SWITCHES,
    TABLES,
    TRACKING,
    VLANS,
    VRFS,
    VRRPS,
)
from ..routeros.reads import IF_THERE, WHOLE, Read, Reads
from ..routeros.rows import Found, Row
from ..routeros.spelling import word
from . import fasttrack, unmarked
from .addresses import addresses
from .boards import slow_boards
from .conflicts import conflicts, masqueraded, remarks
from .dialed import addresses_at_risk, unbalanced
from .exemptions import lost_exemptions, untranslated_probes
from .guards import unguarded_lines
from .hazards import hazards, vrfs
from .intent import CONFLICTS, Intent
from .ipv6 import ipv6
from .leases import leases
from .plan import bypass_row, plan
from .sides import served
from .surroundings import Surroundings

READS: Reads = {
    RESOURCE: WHOLE,
    INTERFACES: WHOLE,
    PORTS: WHOLE,
    LISTS: WHOLE,
    MEMBERS: WHOLE,
    ADDRESSES: WHOLE,
    DHCP_CLIENTS: WHOLE,
    ADDRESS_LIST: WHOLE,
    TRACKING: WHOLE,
    FILTER: WHOLE,
    MANGLE: WHOLE,
    NAT: WHOLE,
    ROUTES: WHOLE,
    ROUTING: WHOLE,
    RULES: WHOLE,
    SETTINGS: WHOLE,
    TABLES: WHOLE,
    NETWATCH: WHOLE,
    SCHEDULER: WHOLE,
    SCRIPTS: Read(("name", "source", "comment")),
    PROFILES: WHOLE,
    RAW: WHOLE,
    VRFS: WHOLE,
    VLANS: Read(("name", "interface", "disabled")),
    SWITCHES: IF_THERE,
    SWITCH_PORTS: IF_THERE,
    HOTSPOTS: IF_THERE,
    DHCP_SERVERS: Read(("interface", "disabled"), optional=True),
    VRRPS: Read(("name", "interface", "disabled"), optional=True),
    POOLS: Read(("name", "ranges"), optional=True),
    PPPOE_SERVERS: Read(("service-name", "interface", "default-profile", "disabled"), optional=True),
    SECRETS: Read(("service", "profile", "remote-address", "disabled"), optional=True),
    **dict.fromkeys(PPP_SERVERS.values(), Read(("enabled", "default-profile"), optional=True)),
    **dict.fromkeys(PPP_CLIENTS.values(), Read(("name", "interface", "profile", "disabled"), optional=True)),
    IPV6_ROUTES: Read(("dst-address", "gateway", "disabled"), optional=True),
    IPV6_CLIENTS: IF_THERE,
}
"""What `findings` and the plan look at."""

#: Kinds of interfaces on which a router has to ask for the address of each neighbour, by the word that /interface shows.
ETHERNET = ("ether", "vlan", "bridge")


LONGEST_NAME = 31 - len(probe_table(""))
"""Letters in the name of a WAN with which no mark is longer than 31."""


def findings(intent: Intent, found: Found, probed: bool, now: Found | None = None) -> list[Finding]:
    """Return what is wrong with a router that has the rows `found`, and what the user should know.

    `probed` says that the probes of role failover_netwatch judge the lines: they are on the router, or are written by the same run. `now`
    is the router with what earlier runs have changed in rows of its owner, where `found` is without it.
    """
    router = Surroundings(intent, found)
    everything = (
        *(_missing_interfaces(router), _wrong_interfaces(router), _wrong_gateways(router), taken(plan(intent), found)),
        *(
            _long_names(router),
            _lines_out_of_use(router),
            _drained_lines(router),
            _disabled_interfaces(router),
            _unreachable_gateways(router),
        ),
        *(_other_leases(router), leases(router, probed), addresses(router), vrfs(router)),
        *(lost_exemptions(router), untranslated_probes(router, probed)),
        *(_of_balancing(router, probed) if len(intent.wans) > 1 else (masqueraded(router),)),
    )
    return [_answered(finding, intent, found, now or found) for several in everything for finding in several]


def _of_balancing(router: Surroundings, probed: bool) -> Iterator[Iterator[Finding]]:
    """What matters to connections that are dealt to several lines."""
    yield from (_networks_at_risk(router), _strict_filter(router), _empty_lan(router), _silent_gateways(router, probed))
    yield from (_untracked(router), _more_bypassed(router), unguarded_lines(router), hazards(router), remarks(router))
    yield from (unbalanced(router), ipv6(router), unmarked.remarks(router), unmarked.choices(router))
    yield from (fasttrack.findings(router), conflicts(router), slow_boards(router, probed))


def _answered(finding: Finding, intent: Intent, found: Found, now: Found) -> Finding:
    """A finding that refuses only warns if the user has said so, or is mended by the role if they agree to it."""
    mends = bool(finding.changes or finding.additions)
    agreed = finding.kind in intent.options.take_over
    if finding.kind in intent.options.warn_only or not (finding.refuses or agreed):
        return replace(_with_command(finding, found, finding.changes, finding.additions), refuses=False, changes=(), additions=())
    if mends and agreed:
        return replace(_with_command(finding, found, finding.changes, finding.additions), refuses=False)
    if mends:
        finding = _to_agree(finding, found, now)
    return finding.or_else(f"write pcc_balance_warn_only: [{finding.kind}]") if finding.kind in CONFLICTS else finding


def _with_command(finding: Finding, found: Found, changes: Sequence[Change], additions: Sequence[tuple[str, Row]]) -> Finding:
    return finding if finding.command else replace(finding, command=commands(changes, additions, found))


def _to_agree(finding: Finding, found: Found, now: Found) -> Finding:
    """A finding that the role mends once the user agrees. Of what an earlier run has done there is no command: it would change nothing."""
    changes = [change for change in finding.changes if not _is_changed(change, now)]
    additions = [(path, row) for path, row in finding.additions if not _is_added(path, row, now)]
    agree = f"write multiwan_take_over: [{finding.kind}]"
    if changes or additions:
        return _with_command(finding, found, changes, additions).or_else(agree)
    problem = f"{finding.problem}; an earlier run has mended this, and what agreed to it is not in your inventory any more"
    return replace(finding, problem=problem, remedy=f"{agree} again", command="")


def _is_changed(change: Change, now: Found) -> bool:
    """Whether a row is what a change makes of it: an earlier run has made it, and a command would change nothing."""
    rows = (row for row in now[change.path] if row.get(".id") == change.row.get(".id"))
    return any(all(same(row.get(field), value) for field, value in change.fields.items()) for row in rows)


def _is_added(path: str, row: Row, now: Found) -> bool:
    """Whether a row of ours is there: RouterOS refuses to add the same member or entry once more."""
    return any(other.get("comment") == row["comment"] for other in now[path])


def _lans(router: Surroundings) -> Iterator[tuple[str, Lan]]:
    return ((f"multiwan_lan_interfaces[{index}]", lan) for index, lan in enumerate(router.intent.lans))


def _missing_interfaces(router: Surroundings) -> Iterator[Finding]:
    lists = {str(row.get("name")) for row in router.found[LISTS]}
    known = f"it has {', '.join(sorted(router.interfaces))}"
    for index, wan in enumerate(router.intent.wans):
        if wan.interface not in router.interfaces:
            place = f"multiwan_wans[{index}].interface"
            yield Finding(place, f"the router has no interface '{wan.interface}'", known, kind="interface")
    for place, lan in _lans(router):
        if lan.is_list and lan.name not in lists:
            there = f"it has {', '.join(sorted(lists))}"
            yield Finding(place, f"the router has no interface list '{lan.name}'", there, kind="interface")
        elif lan.is_everything:
            if not router.interfaces_of(lan) and len(router.intent.lans) == 1:
                problem = "the router has no network but those of its lines, of tunnels and of Hotspots"
                hotspots = [f"{{interface: {name}, hotspot: auth}}" for name in sorted(served(router))]
                yield Finding(place, problem, f"write {', '.join(hotspots) or 'the interface of the LAN'}", kind="interface")
        elif not lan.is_list and lan.name not in router.interfaces:
            hint = f"but an interface list of that name: write {{list: {lan.name}}}" if lan.name in lists else known
            yield Finding(place, f"the router has no interface '{lan.name}'", hint, kind="interface")


def _wrong_interfaces(router: Surroundings) -> Iterator[Finding]:
    """Rows see the bridge, not its ports, and a port has no addresses of its own (manual, "Bridging and Switching")."""
    for index, wan in enumerate(router.intent.wans):
        kind = router.interfaces.get(wan.interface, {}).get("type")
        if bridge := router.bridges.get(wan.interface):
            problem = f"'{wan.interface}' is a port of the bridge '{bridge}', so nothing can be routed to it"
            ports = [port for port in router.found[PORTS] if str(port.get("interface")) == wan.interface and not port.get("disabled")]
            changes = tuple(Change(PORTS, port, {"disabled": True}) for port in ports)
            yield Finding(f"multiwan_wans[{index}].interface", problem, kind="ports", changes=changes)
        if isinstance(wan.gateway, InterfaceGateway) and kind in ETHERNET:
            problem = f"'{wan.interface}' is Ethernet (type {kind}), where the gateway has an address"
            yield Finding(f"multiwan_wans[{index}].gateway", problem, f"write {_leased(router, wan.interface)}", kind="gateway")
    for place, lan in _lans(router):
        interfaces = router.interfaces_of(lan)
        for interface in sorted(interfaces & router.bridges.keys()):
            bridge = router.bridges[interface]
            problem = f"is a port of the bridge '{bridge}', and packets come from the bridge"
            if not lan.is_list:
                yield Finding(place, f"'{interface}' {problem}", f"write {bridge}", kind="interface")
            elif bridge not in router.lan:
                mend = f"/interface list member add list={word(lan.name)} interface={word(bridge)}"
                yield Finding(place, f"'{interface}' of the list '{lan.name}' {problem}", command=mend, kind="interface")
        for interface in sorted(interfaces & router.wans.keys() if lan.is_list else ()):
            problem = f"the list '{lan.name}' holds '{interface}', the interface of WAN '{router.wans[interface].name}'"
            effect = "whose answers would be sent out again"
            yield Finding(place, f"{problem}, {effect}", "write a list of LAN interfaces only", kind="interface")


def _neighbours(router: Surroundings) -> Iterator[tuple[str, str, IPv4Address]]:
    """The place, the interface and the gateway of each line whose gateway is an address, unless its interface is wrong already."""
    for index, wan in enumerate(router.intent.wans):
        if isinstance(wan.gateway, AddressGateway) and wan.interface in router.interfaces.keys() - router.bridges.keys():
            yield f"multiwan_wans[{index}].gateway", wan.interface, wan.gateway.address


def _wrong_gateways(router: Surroundings) -> Iterator[Finding]:
    """Lines may share a network, such as modems that are all 192.168.1.1: then it is that of each."""
    for place, interface, gateway in _neighbours(router):
        there = [here for here in router.networks if gateway in here.network]
        if gateway in router.own_addresses:
            yield Finding(place, f"{gateway} is an address of the router itself", "write the provider's", kind="gateway")
        elif there and interface not in {here.interface for here in there} and not router.waits_for_address(interface):
            problem = f"{gateway} is in {there[0].network}, the network of {there[0].interface}, and not in one of {interface}"
            yield Finding(place, problem, "write the gateway of this line", kind="gateway")


def _unreachable_gateways(router: Surroundings) -> Iterator[Finding]:
    """A lease may still be awaited, and the far end of a tunnel may have any address."""
    for place, interface, gateway in _neighbours(router):
        own = [here.network for here in router.networks if here.interface == interface]
        if not any(gateway in network for network in own):
            has = f"the networks {', '.join(map(str, own))}" if own else "no address"
            problem = f"{gateway} is no neighbour of {interface}, which has {has}"
            yield Finding(place, problem, "a line needs an address beside its gateway", refuses=False, kind="neighbour")


def _other_leases(router: Surroundings) -> Iterator[Finding]:
    """A typing error, or the provider has moved the line; a gateway beside that of the lease may be meant."""
    for place, interface, gateway in _neighbours(router):
        clients = [row for row in router.foreign(DHCP_CLIENTS) if str(row.get("interface")) == interface]
        leased = set(filter(None, map(given, clients)))
        if leased and gateway not in leased:
            problem = f"{gateway} is not the gateway that the DHCP lease of {interface} says"
            remedy = f"write {LEASED} to follow it, or {', '.join(map(str, sorted(leased)))}, unless it is meant"
            yield Finding(place, problem, remedy, refuses=False, kind="lease")


def _long_names(router: Surroundings) -> Iterator[Finding]:
    """Marks of connections and of routes may end at 31 letters (one report, without a source); a table that is there has its name."""
    there = {str(row.get("name")) for row in router.found[TABLES]}
    for index, wan in enumerate(router.intent.wans):
        if len(wan.name) > LONGEST_NAME and mark(wan.name) not in there:
            problem = f"'{wan.name}' has {len(wan.name)} letters, and RouterOS may not take the marks that are made of it"
            yield Finding(f"multiwan_wans[{index}].name", problem, f"write up to {LONGEST_NAME}", refuses=False, kind="long-name")


def _lines_out_of_use(router: Surroundings) -> Iterator[Finding]:
    for name in sorted(out_of_use(router.found, router.intent.wans)):
        yield Finding("", f"{name} is out of use on the router", "this run leaves it so", refuses=False, kind="out-of-use")


def _drained_lines(router: Surroundings) -> Iterator[Finding]:
    for name, drain in drains(router.found, router.intent.wans).items():
        until = f" until {drain.until}" if drain.until else ""
        yield Finding("", f"{name} is drained{until}, by {drain.who}", "this run leaves it so", refuses=False, kind="drained")


def _disabled_interfaces(router: Surroundings) -> Iterator[Finding]:
    for index, wan in enumerate(router.intent.wans):
        if router.interfaces.get(wan.interface, {}).get("disabled"):
            problem = f"'{wan.interface}' is disabled, so that the line is not used"
            mend = f"/interface enable {word(wan.interface)}"
            yield Finding(f"multiwan_wans[{index}].interface", problem, command=mend, refuses=False, kind="disabled")


def _empty_lan(router: Surroundings) -> Iterator[Finding]:
    """Its members may come and go, such as those of a VPN."""
    if not router.lan:
        problem = "the lists have no members now, so that nothing is balanced until they have some"
        yield Finding("multiwan_lan_interfaces", problem, refuses=False, kind="empty-lan")


def _more_bypassed(router: Surroundings) -> Iterator[Finding]:
    more = [address for address in _entries_of_others(router) if address not in router.intent.bypass]
    if more:
        problem = f"entries that are not the role's, and not balanced either: {len(more)}"
        yield Finding(f"/ip firewall address-list {BYPASS_LIST}", problem, refuses=False, kind="bypass")


def _entries_of_others(router: Surroundings) -> list[str]:
    return [str(row.get("address")) for row in router.foreign(ADDRESS_LIST) if str(row.get("list")) == BYPASS_LIST]


def _untracked(router: Surroundings) -> Iterator[Finding]:
    """Marks of connections are kept by connection tracking, and so is NAT."""
    if any(row.get("enabled") in ("no", False) for row in router.found[TRACKING]):
        problem = "connections that nothing keeps track of cannot be marked, so that nothing is balanced"
        mend = "/ip firewall connection tracking set enabled=auto"
        yield Finding("/ip firewall connection tracking enabled=no", problem, command=mend, refuses=False, kind="tracking")


def _leased(router: Surroundings, interface: str) -> str:
    """What to write as the gateway of an interface with a neighbour."""
    if any(str(row.get("interface")) == interface for row in router.foreign(DHCP_CLIENTS)):
        return f"{LEASED}, which follows its lease"
    return f"it, or {LEASED} where it has a DHCP client"


def _networks_at_risk(router: Surroundings) -> Iterator[Finding]:
    """A mark comes before the main table (manual, "Policy Routing"), and the table of a line does not know the LAN's networks.

    Of other networks of the router's own there is only a remark: they may be those of a line that is not used any more.
    """
    told = set()
    for here in router.connected():
        if here.interface in router.lan and here.network not in told and not router.is_spared(here.network):
            told.add(here.network)
            problem = f"{here.network} is the network of {here.interface}, and connections to it would leave by a line"
            entry = str(here.network).removesuffix("/32")
            spared = ADDRESS_LIST, bypass_row(entry)
            yield Finding("pcc_balance_bypass", problem, f"add {entry}", kind="network", additions=(spared,))
    for text, networks in addresses_at_risk(router):
        problem = f"clients that dial in get addresses of {text}, and connections to them would leave by a line"
        entries = [str(network).removesuffix("/32") for network in networks]
        additions = tuple((ADDRESS_LIST, bypass_row(entry)) for entry in entries)
        yield Finding("pcc_balance_bypass", problem, f"add {', '.join(entries)}", kind="network", additions=additions)


def _strict_filter(router: Surroundings) -> Iterator[Finding]:
    """With `strict` a packet has to come in by the line that the table main would take for its answer (manual, "IP Settings")."""
    changes = tuple(Change(SETTINGS, row, {"rp-filter": "loose"}) for row in router.found[SETTINGS] if row.get("rp-filter") == "strict")
    if changes:
        problem = "what comes in by another line than the first one of the table main would be thrown away"
        yield Finding("/ip settings rp-filter=strict", problem, kind="rp-filter", changes=changes)


def _silent_gateways(router: Surroundings, probed: bool) -> Iterator[Finding]:
    """A route whose gateway does not answer is not used, if the router asks for it."""
    if check_gateway(router.intent.options.check_gateway, probed) == "none":
        return
    inactive = {row.get("comment") for row in router.found[ROUTES] if row.get("inactive")}
    for index, wan in enumerate(router.intent.wans):
        if isinstance(wan.gateway, AddressGateway) and comment(BALANCE, "route", "main", wan.name) in inactive:
            problem = f"{wan.gateway.address} does not answer the router, so that the line is not used"
            remedy = "if the line is well, its gateway answers no pings: write pcc_balance_check_gateway: arp"
            yield Finding(f"multiwan_wans[{index}].gateway", problem, remedy, refuses=False, kind="silent-gateway")
