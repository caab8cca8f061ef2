# Copyright (c) 2026, the multiwan.routeros authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intent against the router: what must be mended before the first write, and what the user should know.

The router's rows come by path, as the internal role `router` reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from ..health import out_of_use, probes_watch
from ..lines import Lan
from ..reading import IntentError
from ..routeros.names import BALANCE, BYPASS_LIST, LAN_LIST, comment, mark
from ..routeros.paths import ADDRESS_LIST, DHCP_CLIENTS, LISTS, ROUTES, SETTINGS, TABLES, TRACKING
from ..routeros.rows import Found, is_ours
from ..routeros.spelling import word
from .conflicts import conflicts, remarks
from .intent import read_intent
from .surroundings import Surroundings

#: Kinds of interfaces on which a router has to ask for the address of each neighbour, by the word that /interface shows.
ETHERNET = ("ether", "vlan", "bridge")


def check(data: Mapping[str, object], found: Found | None = None) -> dict[str, list[str]]:
    """Return `errors` (nothing may be written) and `warnings`, each a list of sentences.

    `data` is what `intent.read_intent` takes. Without `found` only the intent itself is checked.
    """
    try:
        intent = read_intent(data)
    except IntentError as error:
        return {"errors": [str(error)], "warnings": []}
    if found is None:
        return {"errors": [], "warnings": []}
    router = Surroundings(intent, found)
    finders = (_missing_interfaces, _wrong_interfaces, _wrong_gateways, _networks_at_risk)
    errors = [str(error) for find in finders for error in find(router)]
    errors += [*_settings(router), *_taken_names(router)]
    warnings = [
        *(f"{name} is out of use on the router; this run leaves it so" for name in sorted(out_of_use(found))),
        *_disabled_interfaces(router),
        *_empty_lan(router),
        *_unreachable_gateways(router),
        *_silent_gateways(router),
        *_unusual_sources(router),
        *_untracked(router),
        *_more_bypassed(router),
        *remarks(router),
    ]
    for kind, sentence in conflicts(router):
        if kind in intent.options.warn_only:
            warnings.append(sentence)
        else:
            errors.append(f"{sentence}, or write pcc_balance_warn_only: [{kind}]")
    return {"errors": errors, "warnings": warnings}


def _lans(router: Surroundings) -> Iterator[tuple[str, Lan]]:
    return ((f"multiwan_lan_interfaces[{index}]", lan) for index, lan in enumerate(router.intent.lans))


def _missing_interfaces(router: Surroundings) -> Iterator[IntentError]:
    lists = {str(row.get("name")) for row in router.found[LISTS]}
    known = f"it has {', '.join(sorted(router.interfaces))}"
    for index, wan in enumerate(router.intent.wans):
        if wan.interface not in router.interfaces:
            yield IntentError(f"multiwan_wans[{index}].interface", f"the router has no interface '{wan.interface}'; {known}")
    for place, lan in _lans(router):
        if lan.is_list and lan.name not in lists:
            yield IntentError(place, f"the router has no interface list '{lan.name}'; it has {', '.join(sorted(lists))}")
        elif not lan.is_list and lan.name not in router.interfaces:
            hint = f"but an interface list of that name: write {{list: {lan.name}}}" if lan.name in lists else known
            yield IntentError(place, f"the router has no interface '{lan.name}'; {hint}")


def _wrong_interfaces(router: Surroundings) -> Iterator[IntentError]:
    """Rows see the bridge, not its ports, and a port has no addresses of its own (manual, "Bridging and Switching")."""
    for index, wan in enumerate(router.intent.wans):
        kind = router.interfaces.get(wan.interface, {}).get("type")
        if bridge := router.bridges.get(wan.interface):
            mend = f"/interface bridge port remove [find interface={word(wan.interface)}]"
            problem = f"'{wan.interface}' is a port of the bridge '{bridge}', so nothing can be routed to it; write {mend}"
            yield IntentError(f"multiwan_wans[{index}].interface", problem)
        if wan.gateway is None and kind in ETHERNET:
            problem = f"'{wan.interface}' is Ethernet (type {kind}), where the gateway has an address"
            yield IntentError(f"multiwan_wans[{index}].gateway", f"{problem}; write {_leased(router, wan.interface)}")
    for place, lan in _lans(router):
        interfaces = router.interfaces_of(lan)
        for interface in sorted(interfaces & router.bridges.keys()):
            bridge = router.bridges[interface]
            problem = f"is a port of the bridge '{bridge}', and packets come from the bridge"
            if not lan.is_list:
                yield IntentError(place, f"'{interface}' {problem}; write {bridge}")
            elif bridge not in router.lan:
                mend = f"/interface list member add list={word(lan.name)} interface={word(bridge)}"
                yield IntentError(place, f"'{interface}' of the list '{lan.name}' {problem}; write {mend}")
        for interface in sorted(interfaces & router.wans.keys() if lan.is_list else ()):
            problem = f"the list '{lan.name}' holds '{interface}', the interface of WAN '{router.wans[interface].name}'"
            yield IntentError(place, f"{problem}, whose answers would be sent out again; write a list of LAN interfaces only")


def _neighbours(router: Surroundings) -> Iterator[tuple[str, str, IPv4Address]]:
    """The place, the interface and the gateway of each line whose gateway is an address, unless its interface is wrong already."""
    for index, wan in enumerate(router.intent.wans):
        if wan.gateway is not None and wan.interface in router.interfaces.keys() - router.bridges.keys():
            yield f"multiwan_wans[{index}].gateway", wan.interface, wan.gateway


def _wrong_gateways(router: Surroundings) -> Iterator[IntentError]:
    """Lines may share a network, such as modems that are all 192.168.1.1: then it is that of each."""
    for place, interface, gateway in _neighbours(router):
        there = [here for here in router.networks if gateway in here.network]
        if gateway in router.own_addresses:
            yield IntentError(place, f"{gateway} is an address of the router itself; write the provider's")
        elif there and interface not in {here.interface for here in there} and not router.waits_for_address(interface):
            problem = f"{gateway} is in {there[0].network}, the network of {there[0].interface}, and not in one of {interface}"
            yield IntentError(place, f"{problem}; write the gateway of this line")


def _unreachable_gateways(router: Surroundings) -> Iterator[str]:
    """A lease may still be awaited, and the far end of a tunnel may have any address."""
    for place, interface, gateway in _neighbours(router):
        own = [here.network for here in router.networks if here.interface == interface]
        if not any(gateway in network for network in own):
            has = f"the networks {', '.join(map(str, own))}" if own else "no address"
            yield f"{place}: {gateway} is no neighbour of {interface}, which has {has}; a line needs an address beside its gateway"


def _disabled_interfaces(router: Surroundings) -> Iterator[str]:
    for index, wan in enumerate(router.intent.wans):
        if router.interfaces.get(wan.interface, {}).get("disabled"):
            mend = f"/interface enable {word(wan.interface)}"
            yield f"multiwan_wans[{index}].interface: '{wan.interface}' is disabled, so that the line is not used; write {mend}"


def _empty_lan(router: Surroundings) -> Iterator[str]:
    """Its members may come and go, such as those of a VPN."""
    if not router.lan:
        yield "multiwan_lan_interfaces: the lists have no members now, so that nothing is balanced until they have some"


def _unusual_sources(router: Surroundings) -> Iterator[str]:
    """A provider may route addresses to the router that it does not have, and the same ones over several lines."""
    owners: dict[IPv4Address, str] = {}
    for index, wan in enumerate(router.intent.wans):
        if wan.source_address is None:
            continue
        place = f"multiwan_wans[{index}].source_address: {wan.source_address}"
        if wan.source_address not in router.own_addresses:
            yield f"{place} is no address of the router; answers come only if the provider routes it here"
        if wan.source_address in owners:
            yield f"{place} is that of {owners[wan.source_address]} too; answers come only if it is routed here over both lines"
        owners.setdefault(wan.source_address, wan.name)


def _taken_names(router: Surroundings) -> Iterator[str]:
    """RouterOS knows lists and tables by name, and takes an address once per list: ours could not be written beside these."""
    tables = {mark(wan.name) for wan in router.intent.wans}
    for path, names in ((LISTS, {LAN_LIST}), (TABLES, tables)):
        for row in router.found[path]:
            name = str(row.get("name"))
            if name in names and not is_ours(row):
                mend = f"/{path} set [find name={word(name)}] name=..."
                yield f"/{path} {name}: the role needs this name, and this row is not of its making; remove it, or write {mend}"
    for address in _entries_of_others(router):
        if address in router.intent.bypass:
            mend = f"/ip firewall address-list remove [find list={BYPASS_LIST} address={address}]"
            problem = f"{address} is not of the role's making, so it cannot write its own"
            yield f"/ip firewall address-list {BYPASS_LIST}: {problem}; write {mend}"


def _more_bypassed(router: Surroundings) -> Iterator[str]:
    more = [address for address in _entries_of_others(router) if address not in router.intent.bypass]
    if more:
        yield f"/ip firewall address-list {BYPASS_LIST}: entries that are not the role's, and not balanced either: {len(more)}"


def _entries_of_others(router: Surroundings) -> list[str]:
    return [str(row.get("address")) for row in router.foreign(ADDRESS_LIST) if str(row.get("list")) == BYPASS_LIST]


def _untracked(router: Surroundings) -> Iterator[str]:
    """Marks of connections are kept by connection tracking, and so is NAT."""
    if any(row.get("enabled") in ("no", False) for row in router.found[TRACKING]):
        yield (
            "/ip firewall connection tracking enabled=no: connections that nothing keeps track of cannot be marked, so that nothing is "
            "balanced; write /ip firewall connection tracking set enabled=auto"
        )


def _leased(router: Surroundings, interface: str) -> str:
    """The gateway of an interface's DHCP lease, or where to find one."""
    leases = (row.get("gateway") for row in router.found[DHCP_CLIENTS] if str(row.get("interface")) == interface)
    gateway = next(filter(None, leases), None)
    return f"{gateway}, as its DHCP lease says" if gateway else "it; a DHCP line shows it in /ip dhcp-client print detail"


def _networks_at_risk(router: Surroundings) -> Iterator[IntentError]:
    """A mark comes before the main table (manual, "Policy Routing"), and the table of a line does not know the LAN's networks.

    Of other networks of the router's own there is only a remark: they may be those of a line that is not used any more.
    """
    told = set()
    for here in router.connected():
        if here.interface in router.lan and here.network not in told and not router.is_spared(here.network):
            told.add(here.network)
            problem = f"{here.network} is the network of {here.interface}, and connections to it would leave by a line"
            entry = str(here.network).removesuffix("/32")
            yield IntentError("pcc_balance_bypass", f"{problem}; add {entry}")


def _settings(router: Surroundings) -> Iterator[str]:
    """With `strict` a packet has to come in by the line that the table main would take for its answer (manual, "IP Settings")."""
    if any(row.get("rp-filter") == "strict" for row in router.found[SETTINGS]):
        yield (
            "/ip settings rp-filter=strict: what comes in by another line than the first one of the table main would be thrown away; "
            "write /ip settings set rp-filter=loose"
        )


def _silent_gateways(router: Surroundings) -> Iterator[str]:
    """A route whose gateway does not answer is not used. Where probes watch the lines, no gateway is asked (`plan.plan`)."""
    if router.intent.options.check_gateway == "none" or probes_watch(router.found):
        return
    inactive = {row.get("comment") for row in router.found[ROUTES] if row.get("inactive")}
    for index, wan in enumerate(router.intent.wans):
        if wan.gateway is not None and comment(BALANCE, "route", "main", wan.name) in inactive:
            yield (
                f"multiwan_wans[{index}].gateway: {wan.gateway} does not answer the router, so that the line is not used; "
                "if the line is well, its gateway answers no pings: write pcc_balance_check_gateway: arp"
            )
